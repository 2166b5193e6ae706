package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/fault"
)

var errSoldOut = fault.New(fault.Conflict, "out_of_stock", "sold out")

func TestIsComparesCodes(t *testing.T) {
	same := []error{
		errSoldOut,
		errSoldOut.Saying("only %d left", 3),
		errSoldOut.With(io.EOF),
		errSoldOut.At(fault.Field{Path: "quantity", Message: "too many"}),
		fault.New(fault.Invalid, "out_of_stock", "another kind, the same code"),
		fmt.Errorf("deep: %w", errSoldOut),
		errors.Join(io.EOF, errSoldOut),
	}
	for _, err := range same {
		require.ErrorIs(t, err, errSoldOut)
	}
	for _, err := range []error{nil, io.EOF, fault.New(fault.Conflict, "other", "sold out")} {
		require.NotErrorIs(t, err, errSoldOut)
	}
	require.ErrorIs(t, errSoldOut.With(io.EOF), io.EOF, "the cause is found too")
}

func TestCopiesLeaveTheOriginalAlone(t *testing.T) {
	_ = errSoldOut.Saying("x")
	_ = errSoldOut.With(io.EOF)
	first := errSoldOut.At(fault.Field{Path: "a", Message: "1"})
	second := first.At(fault.Field{Path: "b", Message: "2"})
	_ = first.At(fault.Field{Path: "c", Message: "3"})
	require.Equal(t, "sold out", errSoldOut.Message)
	require.NoError(t, errSoldOut.Cause)
	require.Empty(t, errSoldOut.Fields)
	require.Len(t, first.Fields, 1)
	require.Equal(t, []fault.Field{{Path: "a", Message: "1"}, {Path: "b", Message: "2"}}, second.Fields)
}

func TestWrap(t *testing.T) {
	require.NoError(t, fault.Wrap(nil, "read"))
	require.Equal(t, error(errSoldOut), fault.Wrap(errSoldOut, "read"), "a fault stays as it is")
	deep := fmt.Errorf("deep: %w", errSoldOut)
	require.Equal(t, deep, fault.Wrap(deep, "read"))
	err := fault.Wrap(io.EOF, "read a file")
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, fault.Internal, fault.KindOf(err))
	require.Equal(t, "internal", fault.CodeOf(err))
	require.Equal(t, "internal: read a file: EOF", err.Error())
}

func TestKindAndCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		kind fault.Kind
		code string
	}{
		{nil, fault.Internal, ""},
		{io.EOF, fault.Internal, "internal"},
		{errSoldOut, fault.Conflict, "out_of_stock"},
		{fmt.Errorf("x: %w", errSoldOut), fault.Conflict, "out_of_stock"},
		{fault.InvalidField("q", "is bad"), fault.Invalid, "invalid_request"},
		{fault.Newf(fault.NotFound, "gone", "%d", 1), fault.NotFound, "gone"},
	} {
		require.Equal(t, c.kind, fault.KindOf(c.err))
		require.Equal(t, c.code, fault.CodeOf(c.err))
	}
	require.Equal(t, []fault.Field{{Path: "q", Message: "is bad"}}, fault.InvalidField("q", "is bad").Fields)
}

func TestKindsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for k := fault.Internal; k <= fault.Declined; k++ {
		require.False(t, seen[k.String()], "%s names two kinds", k)
		seen[k.String()] = true
	}
	require.Equal(t, "internal", fault.Kind(200).String())
}

func TestUnder(t *testing.T) {
	require.Equal(t, []fault.Field{{Path: "lines[1]", Message: "sold out"}}, errSoldOut.Under("lines[1]"))
	two := errSoldOut.At(fault.Field{Path: "a", Message: "1"}, fault.Field{Path: "b[0].c", Message: "2"})
	require.Equal(t, []fault.Field{{Path: "lines[1].a", Message: "1"}, {Path: "lines[1].b[0].c", Message: "2"}}, two.Under("lines[1]"))
	require.Equal(t, "a", two.Fields[0].Path, "the error stays as it is")
}
