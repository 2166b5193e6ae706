package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk/conformance"
)

func TestVerifyWritesAReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.json")
	require.NoError(t, pluginVerifyCmd{Path: "scaffold/shipping/go", Only: "quote", JSON: path}.Run(t.Context()))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	report := conformance.Report{}
	require.NoError(t, json.Unmarshal(data, &report))
	require.True(t, report.Passed)
	require.Equal(t, conformance.ReportSchema, report.Schema)
	require.Equal(t, "shipping", report.Plugin.Kind)
	require.Equal(t, "acme", report.Plugin.Name)
	require.Equal(t, "0.1.0", report.Plugin.Version)
	require.NotEmpty(t, report.Results)
	require.Positive(t, report.Figures.ReadyMillis)
}

// A failed check is a failed command, as a build needs it.
func TestVerifyFailsWithTheChecks(t *testing.T) {
	scenario, err := os.ReadFile("scaffold/shipping/go/" + conformance.ScenarioFile)
	require.NoError(t, err)
	wrong := filepath.Join(t.TempDir(), "wrong.json")
	text := strings.Replace(string(scenario), `"to": {"country": "US"`, `"to": {"country": "FR"`, 1)
	require.NotEqual(t, string(scenario), text)
	require.NoError(t, os.WriteFile(wrong, []byte(text), 0o600))
	err = pluginVerifyCmd{Path: "scaffold/shipping/go", Only: "quote.rates", Scenario: wrong}.Run(t.Context())
	require.EqualError(t, err, "1 failed check")
}

func TestVerifyTellsWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		cmd   pluginVerifyCmd
		wants string
	}{
		"nothing there":  {pluginVerifyCmd{Path: filepath.Join(dir, "none")}, "no such file"},
		"empty folder":   {pluginVerifyCmd{Path: dir}, "neither Go files nor a package.json"},
		"no executable":  {pluginVerifyCmd{Path: "plugin_verify.go"}, "neither a folder nor an executable"},
		"no scenario":    {pluginVerifyCmd{Path: "scaffold/shipping/go", Scenario: filepath.Join(dir, "none.json")}, "scenario file"},
		"no such check":  {pluginVerifyCmd{Path: "scaffold/shipping/go", Only: "qoute"}, "no check named qoute"},
		"not our plugin": {pluginVerifyCmd{Path: "/bin/true", Scenario: "scaffold/shipping/go/" + conformance.ScenarioFile}, "did not start"},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorContains(t, c.cmd.Run(t.Context()), c.wants) })
	}
}
