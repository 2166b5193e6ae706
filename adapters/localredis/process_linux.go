package localredis

import "syscall"

// sysProcAttr keeps a Ctrl-C in the terminal away from the server and ends it when the host dies.
func sysProcAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
