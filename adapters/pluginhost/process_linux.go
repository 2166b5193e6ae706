package pluginhost

import (
	"errors"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// isolate puts the plugin in a process group of its own, which dies with the host.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// startConfined starts cmd, whose executable is the open file, on the calling thread, which it confines for good. The
// child is traced for a moment, so that it stands still before its first instruction until its limits are set. It
// returns the command that runs.
func startConfined(cmd *exec.Cmd, executable *os.File, dir string, g Grants, l Limits) (*exec.Cmd, error) {
	rules, err := newRuleset(executable, dir, g)
	defer rules.close()
	if err != nil {
		return nil, err
	}
	if err := confine(rules); err != nil {
		return nil, err
	}
	// The plugin gets the open file as its descriptor 3, the only number that is certain to mean the same file between
	// fork and exec: what was hashed runs even when the path is replaced meanwhile.
	cmd.ExtraFiles, cmd.Path = []*os.File{executable}, "/proc/self/fd/3"
	untraced := exec.Cmd{
		Path: cmd.Path, Args: cmd.Args, Env: cmd.Env, Dir: cmd.Dir, Stdout: cmd.Stdout, Stderr: cmd.Stderr,
		ExtraFiles: cmd.ExtraFiles, SysProcAttr: cmd.SysProcAttr,
	}
	traced := *cmd.SysProcAttr
	traced.Ptrace = true
	cmd.SysProcAttr = &traced
	switch err := cmd.Start(); {
	case errors.Is(err, unix.EPERM): // tracing is forbidden here: the limits come a moment after the start
		if err := untraced.Start(); err != nil {
			return nil, err
		}
		return &untraced, limit(untraced.Process.Pid, l)
	case err != nil:
		return nil, err
	}
	return cmd, release(cmd.Process.Pid, l)
}

// awaitExit returns when the process has ended and leaves it to be reaped, so that its id stays taken.
func awaitExit(pid int) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

func killGroup(pid int) { _ = unix.Kill(-pid, unix.SIGKILL) } // no such group: nothing is left to kill
