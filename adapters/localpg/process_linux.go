package localpg

import (
	"os"
	"strconv"
	"syscall"
)

// sysProcAttr puts the child into its own process group, so that a Ctrl-C in the terminal does not reach it before
// our orderly Stop, and has the kernel ask it for a fast shutdown when the host dies.
func sysProcAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
}

// servesDir tells whether process pid is a server on this data directory: a postmaster works inside it.
func servesDir(pid int, dataDir string) bool {
	cwd, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/cwd")
	return err == nil && cwd == dataDir
}
