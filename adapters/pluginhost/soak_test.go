//go:build faults && linux

package pluginhost_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// TestFaultThousandRestarts is the long run: nothing may be left of a process that was killed.
func TestFaultThousandRestarts(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	o := quick()
	o.BackoffMin, o.BackoffMax, o.MaxRestarts = time.Nanosecond, time.Nanosecond, 1<<30
	o.TempDir = t.TempDir()
	host := startEntries(t, o, probeVersion(t, "1.0.0"))
	kill := func(n int) {
		for range n {
			before := pidOf(t, host)
			require.NoError(t, syscall.Kill(before, syscall.SIGKILL))
			require.Eventually(t, func() bool { pid := host.States()[0].PID; return pid != 0 && pid != before }, 10*time.Second, time.Millisecond)
		}
	}
	kill(20)
	settle := func() (files, threads, routines, rss int) {
		runtime.GC()
		return openFiles(t), threadsOf(t), runtime.NumGoroutine(), statusKiB(t, os.Getpid(), "VmRSS:")
	}
	files, threads, routines, rss := settle()
	began := time.Now()
	times := 1000
	if n, err := strconv.Atoi(os.Getenv("HALUM_FAULTS_RESTARTS")); err == nil {
		times = n
	}
	kill(times)
	t.Logf("%d restarts in %v", times, time.Since(began))
	files2, threads2, routines2, rss2 := settle()
	require.LessOrEqual(t, files2, files+2)
	require.LessOrEqual(t, threads2, threads+4)
	require.LessOrEqual(t, routines2, routines+5)
	require.LessOrEqual(t, rss2, rss+5*1024, "KiB")
	require.LessOrEqual(t, children(t), 1)
	sockets, err := filepath.Glob(filepath.Join(o.TempDir, "hp-*", "plugin-dir*"))
	require.NoError(t, err)
	require.LessOrEqual(t, len(sockets), 1)
	host.Stop()
	require.Zero(t, children(t))
	left, err := os.ReadDir(o.TempDir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func threadsOf(t *testing.T) int {
	t.Helper()
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", os.Getpid()))
	require.NoError(t, err)
	return len(tasks)
}
