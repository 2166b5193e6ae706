package sdk

import (
	"os"
	"path/filepath"
	"syscall"
	"unsafe"
)

// The host starts the verified file by its descriptor, so that ps would show a number. The name that counts is that of the
// first thread, and only while packages are initialised is it certain that we run on that; the file of the name below
// /proc is one of those that a confined plugin cannot open.
var _ = nameProcess()

func nameProcess() bool {
	if os.Getenv(Handshake.MagicCookieKey) != Handshake.MagicCookieValue {
		return false
	}
	name := append([]byte(filepath.Base(os.Args[0])), 0)
	_, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_NAME, uintptr(unsafe.Pointer(&name[0])), 0) //nolint:gosec // the kernel reads the bytes
	return errno == 0
}
