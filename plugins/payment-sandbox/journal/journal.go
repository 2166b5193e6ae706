// Package journal is the sandbox bank's durable memory: an append-only file of JSON lines, each written and synced
// before anything is answered. Several processes share one file: each takes a file lock, reads what the others have
// appended, decides, appends. It never holds a card number.
//
// Tests read the file with Read and compare it with the platform's books.
package journal

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

// State is where a payment stands at the bank.
type State string

// The states. Captured is the only one in which money was taken; Crashed marks a key on which the crash card has already
// ended a process, and stands for no payment at all.
const (
	Captured       State = "captured"
	Authorized     State = "authorized"
	RequiresAction State = "requires_action"
	Declined       State = "declined"
	Voided         State = "voided"
	Crashed        State = "crashed"
)

// Record is one line: a payment took a new state. The last line of a (tenant, key) is its present state.
type Record struct {
	Key       string    `json:"key"` // the platform's payment id
	Tenant    string    `json:"tenant"`
	Amount    int64     `json:"amount"` // minor units
	Currency  string    `json:"currency"`
	State     State     `json:"state"`
	At        time.Time `json:"at"`
	Ref       string    `json:"ref,omitempty"` // the bank's own reference, unguessable
	Code      string    `json:"code,omitempty"`
	Message   string    `json:"message,omitempty"`
	Retryable bool      `json:"retryable,omitempty"`
	Last4     string    `json:"last4,omitempty"`
	ReturnURL string    `json:"return_url,omitempty"`
	Order     string    `json:"order,omitempty"`
}

type payment struct{ tenant, key string }

// Journal is one process's view of the file. It is safe for concurrent use.
type Journal struct {
	turn   chan struct{} // holds one token; a channel, so that waiting ends with the caller's deadline
	file   *os.File
	offset int64 // how far the file has been read
	byID   map[payment]Record
	byRef  map[string]payment
	now    func() time.Time
}

// Open reads the file, creating it when there is none.
func Open(path string) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	j := &Journal{turn: make(chan struct{}, 1), file: f, byID: map[payment]Record{}, byRef: map[string]payment{}, now: time.Now}
	if err := j.tail(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

// Close ends the use of the file.
func (j *Journal) Close() error { return j.file.Close() }

// Get returns a payment's present state as any process wrote it.
func (j *Journal) Get(ctx context.Context, tenant, key string) (Record, bool, error) {
	if err := j.enter(ctx); err != nil {
		return Record{}, false, err
	}
	defer j.leave()
	if err := j.tail(); err != nil {
		return Record{}, false, err
	}
	r, ok := j.byID[payment{tenant, key}]
	return r, ok, nil
}

// ByRef finds a payment by the bank's reference.
func (j *Journal) ByRef(ctx context.Context, ref string) (Record, bool, error) {
	if err := j.enter(ctx); err != nil {
		return Record{}, false, err
	}
	defer j.leave()
	if err := j.tail(); err != nil {
		return Record{}, false, err
	}
	id, ok := j.byRef[ref]
	return j.byID[id], ok, nil
}

// Update decides a payment's next state while no other process can. decide sees the present record (ok is false when
// there is none) and returns the record to append, or false to leave things as they are. The returned record is the
// payment's state afterwards; the second result tells whether it was appended by this call. When an error is returned,
// nothing was decided, except that a failed write may have left a torn line, which every reader drops.
func (j *Journal) Update(ctx context.Context, tenant, key string, decide func(now Record, ok bool) (Record, bool)) (Record, bool, error) {
	if err := j.enter(ctx); err != nil {
		return Record{}, false, err
	}
	defer j.leave()
	if err := j.lock(ctx); err != nil {
		return Record{}, false, err
	}
	defer j.unlock()
	if err := errors.Join(j.tail(), j.dropTornLine()); err != nil {
		return Record{}, false, err
	}
	now, ok := j.byID[payment{tenant, key}]
	next, write := decide(now, ok)
	if !write {
		return now, false, nil
	}
	next.Tenant, next.Key, next.At = tenant, key, j.now().UTC()
	if err := j.append(next); err != nil {
		return Record{}, false, err
	}
	return next, true, nil
}

func (j *Journal) append(r Record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if _, err := j.file.Write(line); err != nil {
		return errors.Join(fmt.Errorf("write the journal: %w", err), j.file.Truncate(j.offset))
	}
	if err := j.file.Sync(); err != nil {
		return errors.Join(fmt.Errorf("sync the journal: %w", err), j.file.Truncate(j.offset))
	}
	j.offset += int64(len(line))
	j.apply(r)
	return nil
}

func (j *Journal) apply(r Record) {
	id := payment{r.Tenant, r.Key}
	j.byID[id] = r
	if r.Ref != "" {
		j.byRef[r.Ref] = id
	}
}

// tail reads the whole lines that were appended since the last look. A line without its end is left alone.
func (j *Journal) tail() error {
	if st, err := j.file.Stat(); err != nil || st.Size() == j.offset {
		return err
	}
	read, err := parse(io.NewSectionReader(j.file, j.offset, 1<<62), j.apply)
	j.offset += read
	return err
}

// dropTornLine removes what a writer that died left behind. It needs the lock: nobody else is writing.
func (j *Journal) dropTornLine() error {
	if st, err := j.file.Stat(); err != nil || st.Size() == j.offset {
		return err
	}
	return j.file.Truncate(j.offset)
}

func (j *Journal) enter(ctx context.Context) error {
	select {
	case j.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (j *Journal) leave() { <-j.turn }

// lock takes the file lock that the kernel gives back when a process dies. It polls, so that a stopped process that
// holds it cannot keep this one beyond its deadline.
func (j *Journal) lock(ctx context.Context) error {
	for wait := 200 * time.Microsecond; ; wait = min(2*wait, 5*time.Millisecond) {
		err := syscall.Flock(int(j.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (j *Journal) unlock() { _ = syscall.Flock(int(j.file.Fd()), syscall.LOCK_UN) }

// Read returns all records of a journal in the order they were written. A torn last line is left out.
func Read(path string) ([]Record, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var records []Record
	_, err = parse(f, func(r Record) { records = append(records, r) })
	return records, err
}

// parse hands on each whole line and returns how many bytes they took.
func parse(r io.Reader, each func(Record)) (read int64, err error) {
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return read, nil
		}
		if err != nil {
			return read, err
		}
		var rec Record
		if err := json.Unmarshal(line, &rec); err != nil {
			return read, fmt.Errorf("journal at byte %d: %w", read, err)
		}
		each(rec)
		read += int64(len(line))
	}
}
