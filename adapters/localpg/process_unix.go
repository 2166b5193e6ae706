//go:build unix && !linux

package localpg

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// sysProcAttr puts the child into its own process group, so that a Ctrl-C in the terminal does not reach it before
// our orderly Stop. There is no parent-death signal here: a server left by a killed host is stopped by the next Start.
func sysProcAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// servesDir tells whether process pid is a server on this data directory: it was started with it as an argument.
func servesDir(pid int, dataDir string) bool {
	out, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(out), "postgres") && strings.Contains(string(out), dataDir)
}
