package pluginhost_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/pluginhost"
)

// debugged runs the probe as a debugger would and returns its process.
func debugged(t *testing.T, path, target string) (cmd *exec.Cmd, said *bufio.Scanner) {
	t.Helper()
	cmd = exec.Command(path)
	cmd.Env = []string{"HALUM_PLUGIN_DEBUG=" + target, "TMPDIR=" + t.TempDir()}
	out, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, bufio.NewScanner(out)
}

func TestAttachToAPluginUnderADebugger(t *testing.T) {
	probes := probeVersion(t, "1.0.0")
	file := filepath.Join(t.TempDir(), "address")
	first, said := debugged(t, probes.Path, file)
	for said.Scan() && !strings.Contains(said.Text(), "halum dev --attach") {
	}
	require.Contains(t, said.Text(), "--attach payment-NAME="+file)

	host := startEntries(t, quick(), pluginhost.Entry{Name: "probe", Kind: pluginhost.Payment, Attach: file})
	r, err := probe(t.Context(), host, probeAccount(), "create", nil)
	require.NoError(t, err)
	require.Equal(t, "1.0.0", r.Message)
	require.Equal(t, "1.0.0", host.States()[0].Version)

	require.NoError(t, first.Process.Signal(os.Interrupt))
	_, err = first.Process.Wait()
	require.NoError(t, err)
	debugged(t, probeVersion(t, "2.0.0").Path, file)
	require.Eventually(t, func() bool {
		r, err := probe(t.Context(), host, probeAccount(), "create", nil)
		return err == nil && r.Message == "2.0.0"
	}, 10*time.Second, 10*time.Millisecond, "the host finds the plugin that was started anew")
	host.Stop()
}

func TestAttachRefusesTheNetwork(t *testing.T) {
	file := filepath.Join(t.TempDir(), "address")
	require.NoError(t, os.WriteFile(file, []byte("dns:///example.com:443\n"), 0o600))
	for _, at := range []string{file, "tcp:127.0.0.1:1", "unix:relative"} {
		host := pluginhost.New(pluginhost.Catalog{{Name: "probe", Kind: pluginhost.Payment, Attach: at}}, quick())
		require.Error(t, host.Start(t.Context()), at)
		host.Stop()
	}
}
