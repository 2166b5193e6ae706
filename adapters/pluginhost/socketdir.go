package pluginhost

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	// The name is short because the path of a socket may have some hundred bytes only.
	socketDirs = "hp-"
	socketLock = "lock"
	// A folder without a lock may be one that is being made just now.
	socketDirAge = time.Minute
)

// newSocketDir makes a folder for the sockets of one host, which only its user may enter, and removes those that hosts
// left behind which were killed. The open lock tells others that this host lives, also across containers.
func newSocketDir(in string) (dir string, lock *os.File, err error) {
	if in == "" {
		in = os.TempDir()
	}
	sweepSocketDirs(in)
	if dir, err = os.MkdirTemp(in, socketDirs); err != nil {
		return "", nil, fmt.Errorf("make the plugins' socket folder: %w", err)
	}
	if lock, err = os.OpenFile(filepath.Join(dir, socketLock), os.O_CREATE|os.O_RDWR, 0o600); err == nil {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		return "", nil, fmt.Errorf("lock the plugins' socket folder: %w", err)
	}
	return dir, lock, nil
}

// sweepSocketDirs is best effort: what stays harms nobody.
func sweepSocketDirs(in string) {
	found, _ := filepath.Glob(filepath.Join(in, socketDirs+"*")) // the pattern is well-formed
	for _, dir := range found {
		info, err := os.Stat(dir)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < socketDirAge {
			continue
		}
		lock, err := os.OpenFile(filepath.Join(dir, socketLock), os.O_RDWR, 0)
		if err == nil {
			if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
				_ = os.RemoveAll(dir)
			}
			_ = lock.Close()
		} else if os.IsNotExist(err) {
			_ = os.RemoveAll(dir)
		}
	}
}
