package sdk

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestFaultsKeepTheirClassAcrossTheBorder(t *testing.T) {
	for _, c := range []struct {
		err  error
		want *Fault
	}{
		{Invalid("card_number", "is no number"), Invalid("card_number", "is no number")},
		{fmt.Errorf("while creating: %w", Misconfigured("settings.key", "is no key")), Misconfigured("settings.key", "is no key")},
		{Unavailable("closed on %s", "Sunday"), Unavailable("closed on Sunday")},
		{errors.New("a defect"), &Fault{Kind: FaultPlugin, Code: "plugin_error", Message: "a defect"}},
	} {
		got, ok := FaultFromStatus(faultToProto(c.err))
		require.True(t, ok)
		require.Equal(t, c.want, got)
	}
}

func TestEndsOfTheContextAreNoAnswer(t *testing.T) {
	for err, code := range map[error]codes.Code{context.DeadlineExceeded: codes.DeadlineExceeded, context.Canceled: codes.Canceled} {
		crossed := faultToProto(err)
		require.Equal(t, code, status.Code(crossed))
		_, ok := FaultFromStatus(crossed)
		require.False(t, ok)
	}
	_, ok := FaultFromStatus(status.Error(codes.Unavailable, "connection lost"))
	require.False(t, ok)
	_, ok = FaultFromStatus(nil)
	require.False(t, ok)
}

func TestFieldsDoNotPrint(t *testing.T) {
	f := Fields{"card_number": "4242"}
	require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", f, CreatePayment{MethodFields: f}, f, f), "4242")
}
