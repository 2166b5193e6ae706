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

// runOpenFile runs what was hashed even when the path is replaced meanwhile: the plugin gets the open file as its
// descriptor 3, the only number that is certain to mean the same file between fork and exec.
func runOpenFile(cmd *exec.Cmd, f *os.File) {
	cmd.ExtraFiles, cmd.Path = []*os.File{f}, "/proc/self/fd/3"
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
