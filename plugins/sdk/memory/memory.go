// Package memory keeps what a plugin must remember of its payments when the provider cannot tell: an address that was
// handed out, a refund that was sent. Most plugins need none of it: give the platform's id to the provider instead.
//
// Every payment has a file of its own, which is also a lock: operations on one payment take turns, in this process and in
// all others that are given the same folder. What was saved is on the disk when Save returns.
package memory

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

// KeepFor is how long a payment is remembered after the last change to its file.
const KeepFor = 400 * 24 * time.Hour

// Store remembers a record R of each payment, written as JSON: never rename its fields. It is safe for concurrent use.
type Store[R any] struct {
	dir     string
	durable bool // it outlives the process
	now     func() time.Time
	mu      sync.Mutex
	turns   map[string]*turn
}

// turn is who works on a payment in this process. The others wait for it.
type turn struct {
	taken chan struct{}
	users int
}

// Open uses a folder, or one of this process alone when dir is empty.
func Open[R any](dir string, now func() time.Time) *Store[R] {
	s := &Store[R]{dir: dir, durable: dir != "", now: now, turns: map[string]*turn{}}
	if s.durable {
		go s.tidy()
	}
	return s
}

// Durable reports whether the memory outlives the process.
func (s *Store[R]) Durable() bool { return s.durable }

// path is the payment's file. The folder is made with the first payment.
func (s *Store[R]) path(a sdk.Account, payment string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "payments-")
		if err != nil {
			return "", err
		}
		s.dir = dir
	}
	sum := sha256.Sum256([]byte(a.Tenant + "\x00" + string(a.Mode) + "\x00" + payment))
	name := hex.EncodeToString(sum[:])
	return filepath.Join(s.dir, name[:2], name[2:]), nil
}

// Peek reads what is remembered without waiting for anybody; the zero R is nothing.
func (s *Store[R]) Peek(a sdk.Account, payment string) (r R, err error) {
	path, err := s.path(a, payment)
	if err != nil {
		return r, err
	}
	written, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	return last[R](written), err
}

// last reads the last whole line: a process may have died while it wrote.
func last[R any](written []byte) (r R) {
	lines := bytes.Split(written, []byte("\n"))
	for i := len(lines) - 2; i >= 0; i-- { // what is behind the last line end is not whole
		if json.Unmarshal(lines[i], &r) == nil {
			return r
		}
		r = *new(R)
	}
	return r
}

// Held is a payment that nobody else works on.
type Held[R any] struct {
	Record R // as it was saved last; the zero R is nothing
	file   *os.File
	done   func()
}

// Hold waits for its turn on a payment and reads what is remembered. Release it. Errors: the context's, or of the file.
func (s *Store[R]) Hold(ctx context.Context, a sdk.Account, payment string) (*Held[R], error) {
	path, err := s.path(a, payment)
	if err != nil {
		return nil, err
	}
	leave, err := s.enter(ctx, path)
	if err != nil {
		return nil, err
	}
	file, err := openLocked(ctx, path)
	if err != nil {
		leave()
		return nil, err
	}
	h := &Held[R]{file: file, done: leave}
	written, err := os.ReadFile(path)
	if err != nil {
		h.Release()
		return nil, err
	}
	h.Record = last[R](written)
	return h, nil
}

func (s *Store[R]) enter(ctx context.Context, path string) (leave func(), err error) {
	s.mu.Lock()
	t := s.turns[path]
	if t == nil {
		t = &turn{taken: make(chan struct{}, 1)}
		s.turns[path] = t
	}
	t.users++
	s.mu.Unlock()
	out := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(s.turns, path)
		}
	}
	select {
	case t.taken <- struct{}{}:
		return func() { <-t.taken; out() }, nil
	case <-ctx.Done():
		out()
		return nil, ctx.Err()
	}
}

// openLocked opens and locks the file that is at the path. Another process may be removing it, so that it is looked at
// again once it is locked.
func openLocked(ctx context.Context, path string) (*os.File, error) {
	for {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return nil, err
		}
		if err := lock(ctx, file); err != nil {
			return nil, errors.Join(err, file.Close())
		}
		if same(file, path) {
			return file, nil
		}
		_ = file.Close() // nothing was written
	}
}

func same(file *os.File, path string) bool {
	ours, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(ours, there)
}

// lock takes turns with other processes. The kernel gives the lock back when a process dies.
func lock(ctx context.Context, file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Save writes a record, and returns when it is on the disk.
func (h *Held[R]) Save(r R) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	// The line end in front closes a line that another process left unfinished.
	if _, err := h.file.Write(append(append([]byte{'\n'}, line...), '\n')); err != nil {
		return err
	}
	return h.file.Sync()
}

// Release gives the payment back. A file in which nothing was ever written goes.
func (h *Held[R]) Release() {
	if info, err := h.file.Stat(); err == nil && info.Size() == 0 {
		_ = os.Remove(h.file.Name()) // an empty file harms nobody
	}
	_ = h.file.Close() // what counts was synced
	h.done()
}

// tidy removes what is too old to matter, now and every day.
func (s *Store[R]) tidy() {
	for ; ; time.Sleep(24 * time.Hour) {
		s.removeOlder(s.now().Add(-KeepFor))
	}
}

func (s *Store[R]) removeOlder(than time.Time) {
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return // nothing was ever written
	}
	defer root.Close() //nolint:errcheck // it was only read
	// What cannot be read or removed today is tried again tomorrow.
	_ = fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || len(entry.Name()) != 2*sha256.Size-2 {
			return nil //nolint:nilerr // as above
		}
		if info, err := entry.Info(); err == nil && info.ModTime().Before(than) {
			_ = root.Remove(path)
		}
		return nil
	})
}
