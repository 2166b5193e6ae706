// Package journal is the sandbox bank's durable memory: an append-only file of JSON lines, each written and synced
// before anything is answered. Several processes share one file: each takes a file lock, reads what the others have
// appended, decides, appends. A line is a list of records that happened together or not at all. It never holds a card
// number.
//
// Tests read the file with Read and compare it with the platform's books: records of KindPayment by Key, KindCapture and
// KindRefund by ID.
package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

// Journal is one process's view of the file. It is safe for concurrent use.
type Journal struct {
	turn      chan struct{} // holds one token; a channel, so that waiting ends with the caller's deadline
	file      *os.File
	offset    int64 // how far the file has been read
	payments  map[ID]Payment
	byRef     map[string]ID
	merchants map[ID]Merchant // by tenant and mode
	waiting   map[ID]time.Time
	outbox    map[delivery]Record
	now       func() time.Time
}

type delivery struct {
	id   string
	copy int
}

// Open reads the file, creating it when there is none. Records are stamped by the clock now.
func Open(path string, now func() time.Time) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	j := &Journal{
		turn: make(chan struct{}, 1), file: f, payments: map[ID]Payment{}, byRef: map[string]ID{}, merchants: map[ID]Merchant{},
		waiting: map[ID]time.Time{}, outbox: map[delivery]Record{}, now: now,
	}
	if err := j.tail(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

// Close ends the use of the file.
func (j *Journal) Close() error { return j.file.Close() }

// Get returns a payment as all processes have written it; one with no state when there is none.
func (j *Journal) Get(ctx context.Context, id ID) (p Payment, err error) {
	err = j.look(ctx, func() { p = j.payment(id) })
	return p, err
}

// Find looks for a payment by the bank's reference, or by the platform's id when only one payment has it.
func (j *Journal) Find(ctx context.Context, name string) (p Payment, err error) {
	err = j.look(ctx, func() {
		id, ok := j.byRef[name]
		if !ok {
			id, ok = j.byKey(name)
		}
		if ok {
			p = j.payment(id)
		}
	})
	return p, err
}

func (j *Journal) byKey(key string) (found ID, ok bool) {
	for id := range j.payments {
		if id.Key == key {
			if ok {
				return ID{}, false
			}
			found, ok = id, true
		}
	}
	return found, ok
}

// All returns every payment, in no order.
func (j *Journal) All(ctx context.Context) (all []Payment, err error) {
	err = j.look(ctx, func() {
		for id := range j.payments {
			all = append(all, j.payment(id))
		}
	})
	return all, err
}

// Ripe names the payments of which something has become by itself until now.
func (j *Journal) Ripe(ctx context.Context) (ids []ID, err error) {
	err = j.look(ctx, func() {
		now := j.now()
		for id, at := range j.waiting {
			if !at.After(now) {
				ids = append(ids, id)
			}
		}
	})
	return ids, err
}

// look reads what others have written and then calls see.
func (j *Journal) look(ctx context.Context, see func()) error {
	if err := j.enter(ctx); err != nil {
		return err
	}
	defer j.leave()
	if err := j.tail(); err != nil {
		return err
	}
	see()
	return nil
}

func (j *Journal) payment(id ID) Payment {
	p := j.payments[id]
	m := j.merchants[ID{Tenant: id.Tenant, Mode: id.Mode}]
	p.Merchant, p.Revision = m.Secret, m.Revision
	return p
}

// Update decides what becomes of a payment while no other process can. decide sees the payment and returns the records
// to append, or none to leave things as they are; their time and the payment they are of are filled in. Update returns
// the payment afterwards and whether this call appended something. When an error is returned, nothing was decided, except
// that a failed write may have left a torn line, which every reader drops.
func (j *Journal) Update(ctx context.Context, id ID, decide func(Payment) []Record) (p Payment, fresh bool, err error) {
	err = j.write(ctx, true, func() []Record {
		p = j.payment(id)
		records := decide(p)
		for i := range records {
			records[i].Tenant, records[i].Mode, records[i].Key, records[i].At = id.Tenant, id.Mode, id.Key, j.stamp()
		}
		p, fresh = p.With(records...), len(records) > 0
		return records
	})
	if err != nil {
		return Payment{}, false, err
	}
	return p, fresh, nil
}

func (j *Journal) stamp() time.Time { return j.now().UTC().Round(0) }

// write appends what decide returns as one line.
func (j *Journal) write(ctx context.Context, durable bool, decide func() []Record) error {
	if err := j.enter(ctx); err != nil {
		return err
	}
	defer j.leave()
	if err := j.lock(ctx); err != nil {
		return err
	}
	defer j.unlock()
	if err := errors.Join(j.tail(), j.dropTornLine()); err != nil {
		return err
	}
	if records := decide(); len(records) > 0 {
		return j.append(records, durable)
	}
	return nil
}

func (j *Journal) append(records []Record, durable bool) error {
	line, err := json.Marshal(records)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if _, err := j.file.Write(line); err != nil {
		return errors.Join(fmt.Errorf("write the journal: %w", err), j.file.Truncate(j.offset))
	}
	if durable {
		if err := j.file.Sync(); err != nil {
			return errors.Join(fmt.Errorf("sync the journal: %w", err), j.file.Truncate(j.offset))
		}
	}
	j.offset += int64(len(line))
	for _, r := range records {
		j.apply(r)
	}
	return nil
}

func (j *Journal) apply(r Record) {
	switch r.Kind {
	case KindMerchant:
		j.merchants[ID{Tenant: r.Tenant, Mode: r.Mode}] = *r.Merchant
	case KindWebhook:
		j.applyDelivery(r)
	case KindPayment, KindCapture, KindRelease, KindRefund, KindDispute:
		id := r.PaymentID()
		p := j.payments[id].after(r)
		j.payments[id] = p
		if r.Kind == KindPayment && r.Ref != "" {
			j.byRef[r.Ref] = id
		}
		if at := p.NextChange(); at.IsZero() {
			delete(j.waiting, id)
		} else {
			j.waiting[id] = at
		}
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
