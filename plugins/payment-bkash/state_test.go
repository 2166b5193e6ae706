package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk"
)

// A payment that cannot be written down is not made, and one that cannot be marked is not executed.
func TestAFolderThatCannotBeWritten(t *testing.T) {
	s := newShop(t)
	p, params := s.approved()
	s.dir = "/dev/null/nowhere"
	s.restart()
	_, err := s.plugin.CreatePayment(t.Context(), s.sale())
	requireFault(t, err, sdk.FaultUnavailable, "")
	_, err = s.plugin.ContinuePayment(t.Context(), sdk.ContinuePayment{Account: s.account, Payment: p, Params: params})
	requireFault(t, err, sdk.FaultUnavailable, "")
	require.Empty(t, s.fake.Seen("/execute"))
}
