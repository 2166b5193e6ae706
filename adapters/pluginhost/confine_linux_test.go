package pluginhost

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// started runs an executable confined on a thread of its own, which before is called on, and returns its output.
func started(t *testing.T, path string, limits Limits, before func() error, args ...string) string {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	var out bytes.Buffer
	ended := make(chan error, 1)
	onOwnThread(func() {
		if before != nil {
			if err := before(); err != nil {
				ended <- err
				return
			}
		}
		cmd := &exec.Cmd{Path: path, Args: append([]string{filepath.Base(path)}, args...), Dir: t.TempDir(), Stdout: &out, Stderr: &out}
		isolate(cmd)
		cmd, err := startConfined(cmd, f, cmd.Dir, Grants{}, limits.withDefaults())
		if err == nil {
			err = cmd.Wait()
		}
		ended <- err
	})
	require.NoError(t, <-ended, "%s", out.String())
	return out.String()
}

// The limits hold in the first instruction already, where tracing is allowed, and hold at all where it is not.
func TestLimitsWithAndWithoutTracing(t *testing.T) {
	limits := Limits{Memory: 300 << 20, Files: 77, Processes: 5000}
	for name, before := range map[string]func() error{"traced": nil, "tracing forbidden": forbidTracing} {
		said := started(t, "/bin/sh", limits, before, "-c", "sleep 0.1; ulimit -n; ulimit -c; ulimit -d; ulimit -H -n")
		require.Equal(t, "77\n0\n307200\n77\n", said, name)
	}
}

// A plugin may be a script: the kernel hands the interpreter the open file.
func TestAScriptIsConfinedToo(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("secret"), 0o644))
	script := filepath.Join(t.TempDir(), "payment-script")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\necho ran; cat "+secret+" 2>&1; echo note > note && cat note\n"), 0o755))
	require.Regexp(t, `^ran\ncat: .*Permission denied\nnote\n$`, started(t, script, Limits{}, nil))
}

// forbidTracing makes ptrace fail for the calling thread and its children, as some containers do.
func forbidTracing() error {
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the number of the system call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: unix.SYS_PTRACE},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
}
