package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk/conformance"
)

// The real program, started as the platform does.
func TestConformance(t *testing.T) {
	report, err := conformance.Verify(t.Context(), ".", conformance.Options{Done: func(r conformance.Result) {
		t.Logf("%-4s %-24s %s", r.Status, r.Check, r.Reason)
	}})
	require.NoError(t, err)
	require.Empty(t, report.Failures())
}
