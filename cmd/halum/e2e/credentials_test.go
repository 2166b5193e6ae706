//go:build faults

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// with replaces variables of the commands that follow.
func (s *stack) with(vars ...string) {
	s.env = append(append([]string(nil), s.env...), vars...) // of equal names the last one counts
}

// halumWith is halum with something on its standard input.
func (s *stack) halumWith(input string, args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), filepath.Join(root, "bin/halum"), args...)
	var out bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = s.env, strings.NewReader(input), &out, &out
	require.NoError(s.t, cmd.Run(), "halum %s:\n%s", strings.Join(args, " "), &out)
	return out.String()
}

// Credentials from a terminal, and the replacement of all keys below them.
func TestFaultCredentialsOutliveTheirKeys(t *testing.T) {
	s := newStack(t)
	plugins := filepath.Join(s.dir, "plugins")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", plugins+"/", "./adapters/http/testdata/payment-gossip")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	s.with("HALUM_PLUGIN_DIR="+plugins, "HALUM_SANDBOX_JOURNAL=", "HALUM_LOG_LEVEL=info")
	s.halum("tenant", "create", "--slug", "sealed", "--name", "Sealed", "--currency", "USD", "--email", "owner@sealed.example", "--password", "correct horse battery")

	const canary = "sk_good_canary_0123456789"
	set := []string{"tenant", "provider", "--tenant", "sealed", "--kind", "payment", "--plugin", "gossip"}
	secrets, err := json.Marshal(map[string]string{"api_key": canary})
	require.NoError(t, err)
	said := s.halumWith(string(secrets), append(set, "--secrets", "-")...)
	require.Contains(t, said, "[secret]", "the plugin talks")
	require.NotContains(t, said, canary)
	require.EqualValues(t, 1, s.count("sealed", "select count(*) from %s.provider_accounts where plugin = 'gossip' and mode = 'live' and enabled and secrets ? 'api_key'"))
	broken := s.refused(append(set, "--secrets", filepath.Join(root, "go.mod"))...)
	require.Contains(t, broken, "write the credentials as")

	change := func(mood string) []string {
		path := filepath.Join(s.dir, "settings.json")
		require.NoError(t, os.WriteFile(path, []byte(`{"sites":["https://`+mood+`.example"]}`), 0o600))
		return append(set, "--settings", path)
	}
	require.Contains(t, s.halum("keys", "rotate", "--all"), "1 shops have a new data key")
	s.halum(change("one")...)

	const old, fresh = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="
	s.with("HALUM_MASTER_KEY=" + fresh)
	require.Contains(t, s.refused(change("two")...), "sealed_value_unreadable")
	s.with("HALUM_MASTER_KEY_OLD=" + old)
	s.halum(change("three")...)
	require.Contains(t, s.halum("doctor"), "an older master key wraps 2 of them")
	require.NotContains(t, s.halum("config"), old)
	require.Contains(t, s.halum("keys", "rewrap"), "2 data keys wrapped anew")
	s.with("HALUM_MASTER_KEY_OLD=")
	s.halum(change("four")...)
	require.NotContains(t, s.halum("doctor"), "older master key")
	s.halum(append(set, "--off")...)
	require.EqualValues(t, 1, s.count("sealed", "select count(*) from %s.provider_accounts where plugin = 'gossip' and not enabled"))
}
