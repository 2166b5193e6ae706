package main

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

// keepFor is how long a payment is remembered after the last change to its file.
const keepFor = 400 * 24 * time.Hour

// record is what is remembered of a payment. Its JSON names are in files: never rename them.
type record struct {
	Payment    string         `json:"payment"`         // the platform's id
	URL        string         `json:"url,omitempty"`   // of SSLCommerz's page for the shopper
	Minor      int64          `json:"minor,omitempty"` // as SSLCommerz was asked for it
	OpenedAt   time.Time      `json:"opened_at,omitzero"`
	GivenUp    bool           `json:"given_up,omitempty"` // Void was asked: no session is opened or shown any more
	Declined   *no            `json:"declined,omitempty"` // SSLCommerz said so when the shopper came back
	Refunds    []refundRecord `json:"refunds,omitempty"`
	Incomplete bool           `json:"incomplete,omitempty"` // there may have been refunds before these
}

// refundRecord is a refund that the platform asked for, written before SSLCommerz is asked.
type refundRecord struct {
	ID       string    `json:"id"` // the platform's
	BankTran string    `json:"bank_tran"`
	Minor    int64     `json:"minor"`
	SentAt   time.Time `json:"sent_at,omitzero"`
	Taken    bool      `json:"taken,omitempty"` // SSLCommerz said that it is under way
	Ref      string    `json:"ref,omitempty"`   // SSLCommerz's refund_ref_id
	Done     bool      `json:"done,omitempty"`
	Failed   *no       `json:"failed,omitempty"`
}

// settled reports whether nothing will change any more.
func (r *refundRecord) settled() bool { return r.Done || r.Failed != nil }

// counts reports whether the amount was given back, or may be.
func (r *refundRecord) counts() bool {
	return r.Failed == nil && (r.Taken || r.Ref != "" || !r.SentAt.IsZero())
}

// complete reports whether all refunds that the platform ever asked for are in the record.
func (r *record) complete() bool { return r.Payment != "" && !r.Incomplete }

func (r *record) refund(id string) *refundRecord {
	for i := range r.Refunds {
		if r.Refunds[i].ID == id {
			return &r.Refunds[i]
		}
	}
	return nil
}

// back is what was given back or may be, of one transaction or of all.
func (r *record) back(bankTran string) (minor int64) {
	for i := range r.Refunds {
		if one := &r.Refunds[i]; one.counts() && (bankTran == "" || one.BankTran == bankTran) {
			minor += one.Minor
		}
	}
	return minor
}

// store keeps one file for each payment, which is also the lock that keeps two operations on the payment apart: in this
// process, and in all others that are given the same folder.
type store struct {
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

// openStore uses a folder, or one that ends with the process when there is none.
func openStore(dir string, now func() time.Time) *store {
	s := &store{dir: dir, durable: dir != "", now: now, turns: map[string]*turn{}}
	if s.durable {
		go s.tidy()
	}
	return s
}

// path is the payment's file. The folder is made with the first payment.
func (s *store) path(a sdk.Account, payment string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "sslcommerz-")
		if err != nil {
			return "", err
		}
		s.dir = dir
	}
	sum := sha256.Sum256([]byte(a.Tenant + "\x00" + string(a.Mode) + "\x00" + payment))
	name := hex.EncodeToString(sum[:])
	return filepath.Join(s.dir, name[:2], name[2:]), nil
}

// peek reads what is remembered without waiting for anybody.
func (s *store) peek(a sdk.Account, payment string) (record, error) {
	path, err := s.path(a, payment)
	if err != nil {
		return record{}, err
	}
	written, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return record{}, nil
	}
	return lastRecord(written), err
}

// lastRecord reads the last whole line: a process may have died while it wrote.
func lastRecord(written []byte) (r record) {
	lines := bytes.Split(written, []byte("\n"))
	for i := len(lines) - 2; i >= 0; i-- { // what is behind the last line end is not whole
		if json.Unmarshal(lines[i], &r) == nil {
			return r
		}
		r = record{}
	}
	return r
}

// held is a payment that nobody else works on.
type held struct {
	record
	file *os.File
	done func()
}

// hold waits for its turn on a payment and reads what is remembered. Errors: the context's, or of the file.
func (s *store) hold(ctx context.Context, a sdk.Account, payment string) (*held, error) {
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
	h := &held{file: file, done: leave}
	written, err := os.ReadFile(path)
	if err != nil {
		h.release()
		return nil, err
	}
	h.record = lastRecord(written)
	return h, nil
}

func (s *store) enter(ctx context.Context, path string) (leave func(), err error) {
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

// save writes the record, and returns when it is on the disk.
func (h *held) save() error {
	line, err := json.Marshal(h.record)
	if err != nil {
		return err
	}
	// The line end in front closes a line that another process left unfinished.
	if _, err := h.file.Write(append(append([]byte{'\n'}, line...), '\n')); err != nil {
		return err
	}
	return h.file.Sync()
}

// release gives the payment back. A file in which nothing was ever written goes.
func (h *held) release() {
	if info, err := h.file.Stat(); err == nil && info.Size() == 0 {
		_ = os.Remove(h.file.Name()) // an empty file harms nobody
	}
	_ = h.file.Close() // what counts was synced
	h.done()
}

// tidy removes what is too old to matter, now and every day.
func (s *store) tidy() {
	for ; ; time.Sleep(24 * time.Hour) {
		s.removeOlder(s.now().Add(-keepFor))
	}
}

func (s *store) removeOlder(than time.Time) {
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
