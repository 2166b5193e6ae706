//go:build linux

package pluginhost_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/core/payment"
)

func TestAPluginHasOnlyItsGrants(t *testing.T) {
	dir := t.TempDir()
	file := func(parts ...string) string {
		path := filepath.Join(append([]string{dir}, parts...)...)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte("content"), 0o644))
		return path
	}
	secret, readable, writable := file("secret", "shadow"), file("readable", "prices"), file("writable", "journal")
	link := filepath.Join(dir, "writable", "link")
	require.NoError(t, os.Symlink(secret, link))
	entry := probeVersion(t, "1.0.0")
	entry.Grants = pluginhost.Grants{Read: []string{filepath.Dir(readable)}, Write: []string{filepath.Dir(writable)}}
	host := startEntries(t, quick(), entry)

	const denied = "permission denied"
	for name, c := range map[string]struct{ kind, path, want string }{
		"reading a granted file":         {"read", readable, ""},
		"writing where it may only read": {"write", readable, denied},
		"writing a granted file":         {"write", writable, ""},
		"making a granted file":          {"write", filepath.Join(dir, "writable", "new"), ""},
		"reading outside":                {"read", secret, denied},
		"reading outside by a link":      {"read", link, denied},
		"writing outside":                {"write", filepath.Join(dir, "secret", "new"), denied},
		"listing outside":                {"list", dir, denied},
		"the passwords":                  {"read", "/etc/shadow", denied},
		"the environment of the host":    {"read", fmt.Sprintf("/proc/%d/environ", os.Getpid()), denied},
		"the certificates":               {"list", "/etc/ssl", ""},
		"a library":                      {"list", "/usr/lib", ""},
		"its own folder":                 {"write", "note", ""},
	} {
		r, err := probe(t.Context(), host, probeAccount(), c.kind, map[string]string{"path": c.path})
		require.NoError(t, err, name)
		if c.want == "" {
			require.Equal(t, "1.0.0", r.Message, name)
		} else {
			require.Contains(t, r.Message, c.want, name)
		}
	}
	for _, own := range []string{secret, readable} {
		content, err := os.ReadFile(own)
		require.NoError(t, err, "the host itself keeps its rights")
		require.Equal(t, "content", string(content))
	}
}

func TestAPluginHasNoRightsOverTheMachine(t *testing.T) {
	host := startEntries(t, quick(), probeVersion(t, "1.0.0"))
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pidOf(t, host)))
	require.NoError(t, err)
	require.Regexp(t, `(?m)^NoNewPrivs:\s+1$`, string(status))
	for _, set := range []string{"CapEff", "CapPrm", "CapInh", "CapAmb"} {
		require.Regexp(t, `(?m)^`+set+`:\s+0+$`, string(status))
	}
	require.Regexp(t, `(?m)^TracerPid:\s+0$`, string(status))

	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pidOf(t, host)))
	require.NoError(t, err)
	for name, want := range map[string]string{"Max open files": "256", "Max core file size": "0", "Max data size": strconv.Itoa(512 << 20)} {
		require.Regexp(t, name+`\s+`+want+`\s+`+want+`\s`, string(limits))
	}
	oom, err := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", pidOf(t, host)))
	require.NoError(t, err)
	require.Equal(t, "700\n", string(oom))

	for kind, fields := range map[string]map[string]string{"signal": {"pid": strconv.Itoa(os.Getpid())}, "raise": nil} {
		r, err := probe(t.Context(), host, probeAccount(), kind, fields)
		require.NoError(t, err)
		require.Contains(t, r.Message, "operation not permitted", kind)
	}
	own, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	require.Regexp(t, `(?m)^NoNewPrivs:\s+0$`, string(own), "the host is not confined")
}

func TestAPluginThatEatsMemoryDiesAlone(t *testing.T) {
	o := quick()
	o.Limits.Memory = 256 << 20
	host := startEntries(t, o, probeVersion(t, "1.0.0"), catalogOf(t, nil, "payment-odd")[0])
	before := host.States()
	r, err := probe(t.Context(), host, probeAccount(), "eat", nil)
	require.NoError(t, err)
	require.Equal(t, payment.Unknown, r.Outcome)
	require.Eventually(t, func() bool {
		now := host.States()[0]
		return now.Restarts == 1 && now.Phase == pluginhost.Ready
	}, 10*time.Second, 5*time.Millisecond)
	require.Regexp(t, `exit status 2: fatal error: .*memory`, host.States()[0].LastError)
	lines, _ := host.Log("payment-probe")
	require.Less(t, len(lines), 10, "the trace is one line")
	require.Contains(t, strings.Join(lines, "\n"), "payment-probe/main.go", "the log says where")
	require.Equal(t, before[1].PID, host.States()[1].PID, "the other plugin did not notice")
	r, err = probe(t.Context(), host, probeAccount(), "create", nil)
	require.NoError(t, err)
	require.Equal(t, payment.Captured, r.Outcome)
}

func TestAnExecutableThatEverybodyMayChangeIsRefused(t *testing.T) {
	entry := probeVersion(t, "1.0.0")
	loose := filepath.Join(t.TempDir(), "payment-probe")
	content, err := os.ReadFile(entry.Path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(loose, content, 0o700))
	require.NoError(t, os.Chmod(loose, 0o757))
	entry.Path = loose
	host := pluginhost.New(pluginhost.Catalog{entry}, quick())
	defer host.Stop()
	require.ErrorContains(t, host.Start(t.Context()), "may be changed by every user")
}
