//go:build linux

package pluginhost_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/plugins/sdk"
)

func TestPluginSeesNothingOfTheHost(t *testing.T) {
	t.Setenv("HALUM_SECRET_CANARY", "do-not-pass")
	host := start(t, quick(), nil, "payment-manual")
	environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pidOf(t, host)))
	require.NoError(t, err)
	for entry := range strings.SplitSeq(strings.TrimRight(string(environ), "\x00"), "\x00") {
		name, _, _ := strings.Cut(entry, "=")
		require.True(t, slices.Contains([]string{"HALUM_PLUGIN", "TMPDIR", "GOMEMLIMIT", "PATH"}, name) || strings.HasPrefix(name, "PLUGIN_"), "unexpected %s", name)
	}
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pidOf(t, host)))
	require.NoError(t, err)
	require.Equal(t, "payment-manual\n", string(comm))
	stdin, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/0", pidOf(t, host)))
	require.NoError(t, err)
	require.Equal(t, "/dev/null", stdin)
}

func TestIdleMemory(t *testing.T) {
	host := start(t, quick(), bankAt(filepath.Join(t.TempDir(), "j")), "payment-manual", "payment-sandbox", "shipping-flatrate")
	for _, state := range host.States() {
		kib := statusKiB(t, state.PID, "VmRSS:")
		t.Logf("%s-%s: %d KiB", state.Kind, state.Name, kib)
		require.LessOrEqual(t, kib, 25*1024, "%s", state.Name)
	}
}

func statusKiB(t testing.TB, pid int, field string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(status), field)
	require.True(t, ok)
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(t, err)
	return kib
}

func TestRestartsLeaveNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	temp, err := os.MkdirTemp("", "ph")
	require.NoError(t, err)
	defer func() { _ = os.RemoveAll(temp) }()
	o := quick()
	o.TempDir = temp
	host := pluginhost.New(catalogOf(t, bankAt(filepath.Join(t.TempDir(), "j")), "payment-sandbox"), o)
	require.NoError(t, host.Start(t.Context()))
	cycle := func() {
		pid := pidOf(t, host)
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
		require.Eventually(t, func() bool { now := host.States()[0].PID; return now != 0 && now != pid }, 10*time.Second, time.Millisecond)
	}
	for range 3 {
		cycle()
	}
	before := openFiles(t)
	for range 50 {
		cycle()
	}
	require.Eventually(t, func() bool { return openFiles(t) <= before }, 5*time.Second, 20*time.Millisecond, "file descriptors grew from %d to %d", before, openFiles(t))
	sockets, err := filepath.Glob(filepath.Join(temp, "*", "plugin-dir*"))
	require.NoError(t, err)
	require.Len(t, sockets, 1, "one socket folder for the one process")
	host.Stop()
	require.Zero(t, children(t), "zombies or children are left")
	left, err := os.ReadDir(temp)
	require.NoError(t, err)
	require.Empty(t, left)
	require.Equal(t, pluginhost.Stopped, host.States()[0].Phase)
}

func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(files)
}

// children counts this process's children, zombies included.
func children(t *testing.T) int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	n := 0
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		after := stat[bytes.LastIndexByte(stat, ')')+1:]
		if fields := strings.Fields(string(after)); len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) {
			n++
		}
	}
	return n
}

func TestGrandchildrenDieWithThePlugin(t *testing.T) {
	host := start(t, quick(), nil, "payment-odd")
	r, err := host.For(account("odd")).Payment(t.Context(), oddly("child"))
	require.NoError(t, err)
	child, err := strconv.Atoi(r.ProviderRef)
	require.NoError(t, err)
	before := pidOf(t, host)
	require.NoError(t, syscall.Kill(before, syscall.SIGKILL))
	require.Eventually(t, func() bool { return !running(child) }, 3*time.Second, 10*time.Millisecond)
	require.Eventually(t, func() bool { pid := host.States()[0].PID; return pid != 0 && pid != before }, 5*time.Second, 5*time.Millisecond)
}

// running reports whether a process exists and is no zombie.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	return len(fields) > 0 && fields[0] != "Z"
}

func TestCrashLoopIsFailedAndSaysWhy(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	o := quick()
	o.MaxRestarts = 3
	host := pluginhost.New(catalogOf(t, map[string][]string{"payment-odd": {"--die"}}, "payment-odd"), o)
	defer host.Stop()
	require.ErrorContains(t, host.Start(t.Context()), "no wish to live")
	require.Eventually(t, func() bool { return host.States()[0].Phase == pluginhost.Failed }, 10*time.Second, time.Millisecond)
	_, err := host.For(account("odd")).Create(t.Context(), byCard("pay_f", "4242424242424242"))
	require.ErrorIs(t, err, payment.ErrUnavailable)
	require.Contains(t, host.States()[0].LastError, "no wish to live")
}

func TestDeathAtAnyMomentOfTheStartLeavesNothing(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	host := pluginhost.New(catalogOf(t, map[string][]string{"payment-odd": {"--short-lived"}}, "payment-odd"), quick())
	before := openFiles(t)
	_ = host.Start(t.Context()) // it may or may not have been ready for a moment
	require.Eventually(t, func() bool { return host.States()[0].Restarts >= 60 }, 30*time.Second, 10*time.Millisecond)
	host.Stop()
	require.LessOrEqual(t, openFiles(t), before)
	require.Zero(t, children(t))
}

func TestMuteStartIsGivenUp(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	o := quick()
	o.StartTimeout = 300 * time.Millisecond
	host := pluginhost.New(catalogOf(t, map[string][]string{"payment-odd": {"--mute"}}, "payment-odd"), o)
	defer host.Stop()
	began := time.Now()
	require.Error(t, host.Start(t.Context()))
	require.Less(t, time.Since(began), 2*time.Second)
}

func TestHostKilledLeavesNoOrphan(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "PLUGINHOST_TEST_HOST="+bin)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var plugin int
	_, err = fmt.Fscanln(out, &plugin)
	require.NoError(t, err)
	require.True(t, running(plugin))
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	require.Eventually(t, func() bool { return !running(plugin) }, 3*time.Second, 10*time.Millisecond)
}

func TestChangedExecutableIsRefused(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "payment-manual")
	content, err := os.ReadFile(filepath.Join(bin, "payment-manual"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(program, content, 0o755))
	catalog, err := pluginhost.LoadCatalog(dir, nil)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(program, append(content, 0), 0o755))

	before := openFiles(t)
	host := pluginhost.New(catalog, quick())
	defer host.Stop()
	require.ErrorContains(t, host.Start(t.Context()), "does not match its pinned checksum")
	_, err = host.For(account("manual")).Payment(t.Context(), cardPayment("pay_x"))
	require.ErrorIs(t, err, payment.ErrUnavailable)
	require.Greater(t, host.States()[0].Restarts, 3)
	host.Stop()
	require.LessOrEqual(t, openFiles(t), before)
}

// Without the kernel's parent-death signal, as outside Linux, the SDK notices by itself.
func TestPluginEndsWithItsParent(t *testing.T) {
	shell := exec.Command("sh", "-c", `"$0" & wait`, filepath.Join(bin, "payment-manual"))
	shell.Env = []string{sdk.Handshake.MagicCookieKey + "=" + sdk.Handshake.MagicCookieValue, "PLUGIN_PROTOCOL_VERSIONS=1"}
	out, err := shell.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, shell.Start())
	var address string
	_, err = fmt.Fscanln(out, &address)
	require.NoError(t, err)
	require.Contains(t, address, "|grpc|")
	require.NoError(t, shell.Process.Kill())
	ended := make(chan error, 1)
	go func() { _, err := io.Copy(io.Discard, out); ended <- err }() // the pipe ends with its last writer
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(3 * time.Second):
		t.Fatal("the plugin outlived its parent")
	}
	require.Error(t, shell.Wait())
}
