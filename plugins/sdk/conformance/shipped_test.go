package conformance_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk/conformance"
)

var update = flag.Bool("update", false, "write plugins/CONFORMANCE.md anew")

const (
	pluginsDir = "../.."
	tableFile  = "../../CONFORMANCE.md"
)

// Every plugin that ships with a scenario file passes, and the committed table says what it was put through.
func TestShippedPluginsKeepTheContract(t *testing.T) {
	t.Parallel()
	var reports []*conformance.Report
	for _, dir := range shipped(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			report, err := conformance.Verify(t.Context(), dir, conformance.Options{})
			require.NoError(t, err)
			for _, failed := range report.Failures() {
				t.Errorf("%s: %s: %s", failed.Check, failed.Title, failed.Reason)
			}
			reports = append(reports, report)
		})
	}
	if t.Failed() {
		return
	}
	want := document(reports)
	if *update {
		require.NoError(t, os.WriteFile(tableFile, []byte(want), 0o644))
	}
	is, err := os.ReadFile(tableFile)
	require.NoError(t, err)
	require.Equal(t, want, string(is), "run: go test ./plugins/sdk/conformance -run Shipped -update")
}

// shipped lists the plugins of this repository. npm installs into a folder, so the example of it is tried as a copy.
func shipped(t *testing.T) []string {
	t.Helper()
	scenarios, err := filepath.Glob(filepath.Join(pluginsDir, "*-*", conformance.ScenarioFile))
	require.NoError(t, err)
	var dirs []string
	for _, s := range scenarios {
		dirs = append(dirs, filepath.Dir(s))
	}
	require.NotEmpty(t, dirs)
	example := filepath.Join(t.TempDir(), "payment-node")
	require.NoError(t, os.CopyFS(example, os.DirFS(filepath.Join(pluginsDir, "examples", "payment-node"))))
	return append(dirs, example)
}

// document is the whole table. It holds no figures, which differ from run to run.
func document(reports []*conformance.Report) string {
	var b strings.Builder
	b.WriteString(`# Conformance of the shipped plugins

Made by the conformance kit (` + "`halum plugin verify`" + `); a test compares this page with what the kit finds. To make it anew:
` + "`go test ./plugins/sdk/conformance -run Shipped -update`" + `.

- **pass**: every check of the case passed, apart from those that do not apply to the plugin.
- **n/a**: no check of the case applies to the plugin; the reasons are below.
- **host**: the case is the platform's own.

## The 23 failure cases

`)
	payments := ofKind(reports, "payment")
	row(&b, "#", "Case", names(payments)...)
	row(&b, "---", "---", slices.Repeat([]string{"---"}, len(payments))...)
	for _, c := range conformance.Cases {
		var cells []string
		for _, r := range payments {
			cells = append(cells, string(ofCase(r, c.Number)))
		}
		row(&b, fmt.Sprint(c.Number), c.Title, cells...)
	}
	b.WriteString("\nCases of the platform:\n\n")
	for _, c := range conformance.Cases {
		if c.Host != "" {
			fmt.Fprintf(&b, "- %d, %s: %s.\n", c.Number, strings.ToLower(c.Title[:1])+c.Title[1:], c.Host)
		}
	}
	for _, kind := range []string{"payment", "shipping"} {
		fmt.Fprintf(&b, "\n## All checks of %s plugins\n\n", kind)
		checks(&b, ofKind(reports, kind))
	}
	return b.String()
}

// checks prints what each plugin was put through, and why some of it does not apply.
func checks(b *strings.Builder, reports []*conformance.Report) {
	if len(reports) == 0 {
		return
	}
	row(b, "Check", "What", names(reports)...)
	row(b, "---", "---", slices.Repeat([]string{"---"}, len(reports))...)
	for i, result := range reports[0].Results {
		if result.Status == conformance.Host {
			continue
		}
		var cells []string
		for _, r := range reports {
			cells = append(cells, string(settled(r.Results[i].Status)))
		}
		row(b, "`"+result.Check+"`", result.Title, cells...)
	}
	b.WriteString("\nNot applicable:\n\n")
	for _, r := range reports {
		byReason := map[string][]string{}
		var order []string
		for _, result := range r.Results {
			if result.Status != conformance.NotApplicable {
				continue
			}
			if byReason[result.Reason] == nil {
				order = append(order, result.Reason)
			}
			byReason[result.Reason] = append(byReason[result.Reason], "`"+result.Check+"`")
		}
		for _, reason := range order {
			fmt.Fprintf(b, "- **%s-%s** %s: %s.\n", r.Plugin.Kind, r.Plugin.Name, strings.Join(byReason[reason], ", "), strings.TrimSuffix(reason, "."))
		}
	}
}

func ofKind(reports []*conformance.Report, kind string) []*conformance.Report {
	return slices.DeleteFunc(slices.Clone(reports), func(r *conformance.Report) bool { return r.Plugin.Kind != kind })
}

func names(reports []*conformance.Report) (out []string) {
	for _, r := range reports {
		out = append(out, r.Plugin.Name)
	}
	return out
}

func row(b *strings.Builder, first, second string, cells ...string) {
	fmt.Fprintf(b, "| %s | %s |", first, second)
	for _, c := range cells {
		fmt.Fprintf(b, " %s |", c)
	}
	b.WriteString("\n")
}

// ofCase is what the checks of a case come to: they all have to pass that apply.
func ofCase(r *conformance.Report, number int) conformance.Status {
	status := conformance.NotApplicable
	for _, result := range r.Results {
		if !slices.Contains(result.Cases, number) {
			continue
		}
		switch s := settled(result.Status); s {
		case conformance.Fail, conformance.Host:
			return s
		case conformance.Pass, conformance.Warn:
			status = conformance.Pass
		case conformance.NotApplicable:
		}
	}
	return status
}

// settled takes a warning for a pass: it depends on the machine.
func settled(s conformance.Status) conformance.Status {
	if s == conformance.Warn {
		return conformance.Pass
	}
	return s
}
