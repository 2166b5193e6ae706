package localpg

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// dirLock is held by the host process as long as it uses the directory; the kernel frees it when the host dies. The
// file names the host and the server it started, so that a server without its host is known as an orphan.
type dirLock struct {
	file   *os.File
	server int // pid recorded by the last host, 0 when unknown
}

func lockDir(dir string) (*dirLock, error) {
	f, err := os.OpenFile(filepath.Join(dir, "host.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock for Postgres: %w", err)
	}
	host, server := readPair(f)
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, inUse(dir, host)
	}
	return &dirLock{file: f, server: server}, nil
}

func readPair(f *os.File) (host, server int) {
	if _, err := fmt.Fscan(f, &host, &server); err != nil {
		return 0, 0
	}
	return host, server
}

func inUse(dir string, host int) error {
	pm, ok := readPostmaster(filepath.Join(dir, "data"))
	if !ok || host == 0 {
		return fmt.Errorf("another process is starting or stopping the Postgres in %s: wait for it, or choose another directory", dir)
	}
	return fmt.Errorf("the Postgres in %s is in use by process %d (server pid %d, port %d): stop that process, or choose another directory",
		dir, host, pm.pid, pm.port)
}

// record notes who runs what; the next host needs it when this one dies without a word.
func (l *dirLock) record(server int) error {
	line := fmt.Appendf(nil, "%d %d\n", os.Getpid(), server)
	if err := l.file.Truncate(0); err != nil {
		return fmt.Errorf("lock for Postgres: %w", err)
	}
	if _, err := l.file.WriteAt(line, 0); err != nil {
		return fmt.Errorf("lock for Postgres: %w", err)
	}
	return nil
}

func (l *dirLock) release() error { return l.file.Close() }

// postmaster is what a server writes about itself into its data directory.
type postmaster struct{ pid, port int }

func pidFile(dataDir string) string { return filepath.Join(dataDir, "postmaster.pid") }

func readPostmaster(dataDir string) (postmaster, bool) {
	raw, err := os.ReadFile(pidFile(dataDir))
	lines := strings.Split(string(raw), "\n")
	if err != nil {
		return postmaster{}, false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 0 {
		return postmaster{}, false
	}
	port := 0
	if len(lines) > 3 {
		port, _ = strconv.Atoi(strings.TrimSpace(lines[3]))
	}
	return postmaster{pid: pid, port: port}, true
}

// recover deals with the postmaster.pid an earlier server left behind. The caller holds the lock, so no other host is
// alive: a server we started is an orphan and is stopped, one that somebody else started is respected.
func (l *dirLock) recover(dataDir string, log io.Writer) error {
	pm, ok := readPostmaster(dataDir)
	switch {
	case !ok: // absent, or torn by a crash; Postgres would stumble over the latter
		return removeIfPresent(pidFile(dataDir))
	case !alive(pm.pid): // Postgres clears it by itself
		return nil
	case !servesDir(pm.pid, dataDir):
		return disown(dataDir, pm, log)
	case pm.pid != l.server:
		return fmt.Errorf("a Postgres not started by us runs on %s (pid %d, port %d): stop it with `kill -INT %d`, or choose another directory",
			dataDir, pm.pid, pm.port, pm.pid)
	}
	return stopOrphan(dataDir, pm, log)
}

func removeIfPresent(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("stale lock of Postgres: %w", err)
	}
	return nil
}

// disown handles a pid that now belongs to some other program. Postgres takes a pid file naming its parent for stale,
// so our own pid goes in; removing the file instead would take away the shared memory key with which Postgres makes
// sure that no backend of the dead server still writes.
func disown(dataDir string, pm postmaster, log io.Writer) error {
	fmt.Fprintf(log, "the lock of an earlier Postgres names pid %d, which is another program now: ignored\n", pm.pid)
	path := pidFile(dataDir)
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("stale lock of Postgres: %w", err)
	}
	_, rest, _ := bytes.Cut(raw, []byte("\n"))
	line := fmt.Appendf(nil, "%d\n%s", os.Getpid(), rest)
	if err := os.WriteFile(path, line, 0o600); err != nil {
		return fmt.Errorf("stale lock of Postgres: %w", err)
	}
	return nil
}

func stopOrphan(dataDir string, pm postmaster, log io.Writer) error {
	fmt.Fprintf(log, "stopping Postgres pid %d, left by a host that died\n", pm.pid)
	for _, step := range []struct {
		sig    syscall.Signal
		within time.Duration
	}{{syscall.SIGINT, fastWithin}, {syscall.SIGQUIT, quitWithin}} {
		_ = syscall.Kill(pm.pid, step.sig)
		for end := time.Now().Add(step.within); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if !servesDir(pm.pid, dataDir) {
				return nil
			}
		}
	}
	return fmt.Errorf("postgres pid %d, left by a host that died, does not stop: end it with `kill -QUIT %d`", pm.pid, pm.pid)
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
