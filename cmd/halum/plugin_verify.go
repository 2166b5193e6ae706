package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/mattn/go-isatty"

	"github.com/halum-hut/halum/plugins/sdk/conformance"
)

type pluginVerifyCmd struct {
	Path     string `arg:"" help:"Folder with a Go program or a package.json, or an executable in any language."`
	Scenario string `help:"How to use the plugin; conformance.json beside it when not given." type:"path" placeholder:"FILE"`
	JSON     string `name:"json" help:"Write the report here, as JSON." type:"path" placeholder:"FILE"`
	Only     string `help:"One check, such as refund.beyond, or a group, such as refund." placeholder:"CHECK"`
}

// Run tries a plugin against the contract and prints what it found. It fails when a check does.
func (c pluginVerifyCmd) Run(ctx context.Context) error {
	report, err := conformance.Verify(ctx, c.Path, conformance.Options{Scenario: c.Scenario, Only: c.Only, Done: progressOf(os.Stderr)})
	if err != nil {
		return err
	}
	if c.JSON != "" {
		if err := writeReport(c.JSON, report); err != nil {
			return err
		}
	}
	if err := report.Table(os.Stdout); err != nil {
		return err
	}
	switch n := len(report.Failures()); n {
	case 0:
		return nil
	case 1:
		return errors.New("1 failed check")
	default:
		return fmt.Errorf("%d failed checks", n)
	}
}

// progressOf names the checks as they end, where somebody watches.
func progressOf(w *os.File) func(conformance.Result) {
	if !isatty.IsTerminal(w.Fd()) {
		return nil
	}
	return func(r conformance.Result) { fmt.Fprintf(w, "\r\033[K%s %s", r.Check, r.Status) }
}

func writeReport(path string, report *conformance.Report) error {
	data, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}
