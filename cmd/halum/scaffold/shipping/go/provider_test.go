package main

import (
	"testing"

	"github.com/halum-hut/halum/plugins/sdk/conformance"
)

func TestKeepsTheContract(t *testing.T) {
	report, err := conformance.Verify(t.Context(), ".", conformance.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, failed := range report.Failures() {
		t.Errorf("%s: %s: %s", failed.Check, failed.Title, failed.Reason)
	}
}
