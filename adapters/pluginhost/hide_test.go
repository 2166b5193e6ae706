package pluginhost

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
)

const hiddenKey = "sk_live_canary/0123456789"

func TestMessagesOfAPluginHoldNoSecret(t *testing.T) {
	s := newSecrets()
	reply := &paymentv1.ResultResponse{Result: &paymentv1.Result{ProviderRef: hiddenKey, Message: "bad key " + hiddenKey}}
	s.hideInReply(reply)
	require.Equal(t, "bad key "+hiddenKey, reply.GetResult().GetMessage(), "nothing is known yet")
	s.add(hiddenKey)
	s.hideInReply(reply)
	require.Equal(t, "bad key [secret]", reply.GetResult().GetMessage())
	require.Equal(t, hiddenKey, reply.GetResult().GetProviderRef(), "a reference must still work")
	s.hideInReply("no message")
}

func TestErrorsOfAPluginHoldNoSecret(t *testing.T) {
	s := newSecrets()
	s.add(hiddenKey)
	require.NoError(t, s.hideInError(nil))
	st, err := status.New(codes.InvalidArgument, "says "+hiddenKey).WithDetails(
		&borderv1.Fault{Kind: borderv1.Kind_KIND_MISCONFIGURED, Message: hiddenKey + "?", Fields: []*borderv1.FieldFault{{Path: "api_key", Message: "not " + hiddenKey}}},
		durationpb.New(1),
	)
	require.NoError(t, err)
	hidden := s.hideInError(st.Err())
	require.Equal(t, codes.InvalidArgument, status.Code(hidden))
	require.NotContains(t, hidden.Error(), hiddenKey)
	details := status.Convert(hidden).Details()
	require.Len(t, details, 2)
	fault := details[0].(*borderv1.Fault) //nolint:forcetypeassert // it was put there above
	require.Equal(t, "[secret]?", fault.GetMessage())
	require.Equal(t, "api_key", fault.GetFields()[0].GetPath())
	require.Equal(t, "not [secret]", fault.GetFields()[0].GetMessage())
}
