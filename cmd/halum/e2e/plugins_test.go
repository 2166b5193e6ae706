//go:build faults

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// buildProbe builds a version of a small plugin, under the name payment-probe.
func buildProbe(t *testing.T, dir, version string) string {
	t.Helper()
	path := filepath.Join(dir, "probe-"+version, "payment-probe")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w -X main.version="+version, "-o", path,
		"./adapters/pluginhost/testdata/payment-probe")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}

// refused runs a command that must fail and returns what it says.
func (s *stack) refused(args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), filepath.Join(root, "bin/halum"), args...)
	cmd.Env = s.env
	out, err := cmd.CombinedOutput()
	require.Error(s.t, err, "halum %s:\n%s", strings.Join(args, " "), out)
	return string(out)
}

// probes returns the process ids of a plugin on all nodes, as status shows them.
func (s *stack) probes(version string) []int {
	s.t.Helper()
	var pids []int
	line := regexp.MustCompile(`(?m)^payment-probe\s+\S+/\d+\s+` + regexp.QuoteMeta(version) + `\s+ready\s+\S+\s+(\d+)\s`)
	for _, found := range line.FindAllStringSubmatch(s.halum("plugin", "status"), -1) {
		pid, err := strconv.Atoi(found[1])
		require.NoError(s.t, err)
		pids = append(pids, pid)
	}
	return pids
}

// A plugin's life from a terminal, against two nodes that are never restarted for it.
func TestFaultPluginLifecycle(t *testing.T) {
	s := newStack(t)
	one, two := buildProbe(t, s.dir, "1.0.0"), buildProbe(t, s.dir, "2.0.0")
	first, _ := s.start("serve"), s.start("serve")

	require.Contains(t, s.refused("plugin", "enable", "payment-probe"), "not installed")
	require.Contains(t, s.halum("plugin", "install", one), "payment-probe@1.0.0 is installed")
	require.Contains(t, s.halum("plugin", "install", two), "payment-probe@2.0.0 is installed")
	require.Empty(t, s.probes("1.0.0"), "installing runs nothing")
	require.Contains(t, s.refused("plugin", "install", "--write", s.dir, two), "plugin_version_taken", "its rights do not change under a version")
	require.Contains(t, s.refused("plugin", "install", filepath.Join(root, "bin/halum")), "payment-NAME")

	require.Contains(t, s.halum("plugin", "enable", "payment-probe@1.0.0"), "1.0.0 is in use on 2 node(s)")
	require.Len(t, s.probes("1.0.0"), 2)
	s.halum("tenant", "create", "--slug", "probed", "--name", "Probed", "--currency", "USD", "--email", "owner@probed.example", "--password", "correct horse battery")
	s.configureProbe("probed", `{"refused_by": "2.0.0"}`)
	require.Contains(t, s.refused("plugin", "upgrade", "payment-probe@2.0.0"), "does not accept the test settings of the shop probed")
	require.Len(t, s.probes("1.0.0"), 2, "nothing changed")
	s.configureProbe("probed", `{}`)
	require.Contains(t, s.halum("plugin", "upgrade", "payment-probe@2.0.0"), "2.0.0 is in use on 2 node(s)")
	require.Len(t, s.probes("2.0.0"), 2)
	require.Contains(t, s.halum("plugin", "rollback", "payment-probe"), "1.0.0 is in use on 2 node(s)")
	require.Len(t, s.probes("1.0.0"), 2)
	require.Contains(t, s.refused("plugin", "rollback", "payment-probe"), "plugin_no_previous")

	stored, err := filepath.Glob(filepath.Join(s.dir, "data/plugins/payment-probe-*"))
	require.NoError(t, err)
	require.Len(t, stored, 2)
	for _, path := range stored {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o555), info.Mode().Perm())
	}
	require.Eventually(t, func() bool { return strings.Contains(s.halum("plugin", "logs", "payment-probe"), "plugin stopped") }, 20*time.Second, 200*time.Millisecond)

	before := s.probes("1.0.0")
	first.stop(syscall.SIGKILL)
	require.Eventually(t, func() bool {
		return syscall.Kill(before[0], 0) != nil || syscall.Kill(before[1], 0) != nil
	}, 5*time.Second, 20*time.Millisecond, "the plugin ends with its host")
	first.begin()
	require.Eventually(t, func() bool { return len(s.probes("1.0.0")) == 2 }, 30*time.Second, 200*time.Millisecond, "a new node runs the version in use")

	require.Contains(t, s.halum("plugin", "disable", "payment-probe"), "no version is in use")
	require.Empty(t, s.probes("1.0.0"))
	require.NotZero(t, s.audited("plugin.activated"))
	require.NotZero(t, s.audited("plugin.ready"))
	require.NotZero(t, s.audited("plugin.stopped"))
}

// configureProbe writes a shop's settings of the probe.
func (s *stack) configureProbe(slug, config string) {
	s.t.Helper()
	_, err := s.db.Exec(s.t.Context(), `insert into `+s.schema(slug)+`.provider_accounts (kind, plugin, mode, config, revision, enabled, position)
		values ('payment', 'probe', 'test', $1, 1, true, 9) on conflict (kind, plugin, mode) do update set config = excluded.config, revision = 2`, config)
	require.NoError(s.t, err)
}

// audited counts what the audit trail has of the probe.
func (s *stack) audited(action string) (n int) {
	s.t.Helper()
	require.NoError(s.t, s.db.QueryRow(s.t.Context(),
		"select count(*) from platform.audit where action = $1 and detail->>'program' = 'payment-probe'", action).Scan(&n))
	return n
}
