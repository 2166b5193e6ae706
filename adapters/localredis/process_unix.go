//go:build unix && !linux

package localredis

import "syscall"

// sysProcAttr keeps a Ctrl-C in the terminal away from the server.
func sysProcAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
