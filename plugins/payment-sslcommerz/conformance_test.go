package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk/conformance"
)

// The real program, started as the platform does, with the fake as a program of its own.
func TestConformance(t *testing.T) {
	report, err := conformance.Verify(t.Context(), ".", conformance.Options{Done: func(r conformance.Result) {
		t.Logf("%-4s %-24s %s", r.Status, r.Check, r.Reason)
	}})
	require.NoError(t, err)
	require.Empty(t, report.Failures())
	require.Less(t, report.Figures.IdleBytes, int64(25<<20))
	t.Logf("%+v", report.Figures)
}
