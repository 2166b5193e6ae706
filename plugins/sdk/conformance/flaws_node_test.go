package conformance_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk/conformance"
)

// What the Go SDK does for its authors, authors in other languages may forget. Each of these spoils the example in Node.js.
func TestEachFlawOfAnotherLanguageIsFound(t *testing.T) {
	t.Parallel()
	example := filepath.Join(t.TempDir(), "payment-node")
	require.NoError(t, os.CopyFS(example, os.DirFS(filepath.Join(pluginsDir, "examples", "payment-node"))))
	library := filepath.Join(example, "halum.js")
	source, err := os.ReadFile(library)
	require.NoError(t, err)
	for _, f := range []flaw{
		{name: "lets everybody in", old: `cert_chain: Buffer.from(own.cert) }], true)`, new: `cert_chain: Buffer.from(own.cert) }], false)`, only: "start", caughtBy: "start.tls"},
		{name: "serves whoever starts it", old: `if (process.env[COOKIE[0]] !== COOKIE[1]) {`, new: "process.env.PLUGIN_UNIX_SOCKET_DIR ??= process.env.TMPDIR;\n  if (false) {", only: "start", caughtBy: "start.by_hand"},
		{name: "outlives the platform", old: `  endWithParent();`, new: ``, only: "lifetime", caughtBy: "lifetime.parent"},
		{name: "does not end when asked", old: `setTimeout(() => process.exit(0), 20);`, new: ``, only: "lifetime", caughtBy: "lifetime.shutdown"},
		{name: "takes messages of any size", old: `new grpc.Server({ 'grpc.max_receive_message_length': MAX_MESSAGE,`, new: `new grpc.Server({ 'grpc.max_receive_message_length': -1,`, only: "fault.large", caughtBy: "fault.large"},
		{name: "says why only to people", old: `metadata.set('grpc-status-details-bin'`, new: `metadata.set('details-bin'`, only: "describe", caughtBy: "describe.capabilities"},
		{name: "says not that it is well", old: `[0x08, 0x01]`, new: `[0x08, 0x02]`, only: "start", caughtBy: ""},
	} {
		t.Run(f.name, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(string(source), f.old), "the example has changed: bring the flaw up to date")
			require.NoError(t, os.WriteFile(library, []byte(strings.Replace(string(source), f.old, f.new, 1)), 0o600))
			report, err := conformance.Verify(t.Context(), example, conformance.Options{Only: f.only})
			if f.caughtBy == "" {
				require.ErrorContains(t, err, "NOT_SERVING")
				return
			}
			require.NoError(t, err)
			require.Len(t, report.Failures(), 1)
			require.Equal(t, f.caughtBy, report.Failures()[0].Check)
			t.Log(report.Failures()[0].Reason)
		})
	}
}
