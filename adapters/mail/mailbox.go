package mail

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/ports"
)

// Kept is how many mails a mailbox holds; older ones are deleted.
const Kept = 500

const entrySuffix = ".json"

// ErrNoEntry says that the mailbox does not hold, or no longer holds, this mail.
var ErrNoEntry = fault.New(fault.NotFound, "mail_not_found", "there is no such mail in the mailbox")

var entryName = regexp.MustCompile(`^[0-9a-f]{32}$`)

// Entry is a mail in the mailbox.
type Entry struct {
	ID   string     `json:"id"` // names it in addresses of the mailbox page
	At   time.Time  `json:"at"`
	Mail ports.Mail `json:"mail"`
}

// Mailbox is the ports.Mailer of the development mode. It is a folder with a file per mail, so that all processes of
// this machine share it. Its methods may be called from many goroutines and processes.
type Mailbox struct {
	dir string
	now func() time.Time
}

// NewMailbox opens or makes the folder.
func NewMailbox(dir string, now func() time.Time) (*Mailbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &Mailbox{dir: dir, now: now}, nil
}

// Send implements ports.Mailer. A mail whose ID is there already is not kept twice.
func (b *Mailbox) Send(_ context.Context, m ports.Mail) error {
	sum := sha256.Sum256([]byte(m.ID))
	e := Entry{ID: hex.EncodeToString(sum[:16]), At: b.now().UTC(), Mail: m}
	data, err := json.MarshalIndent(e, "", "  ")
	if err == nil {
		err = b.write(e.ID+entrySuffix, data)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		err = b.prune()
	}
	return fault.Wrap(err, "keep a mail in the mailbox")
}

// write makes the file appear whole, and once: only the first one with a name gets it.
func (b *Mailbox) write(name string, data []byte) error {
	aside, err := os.CreateTemp(b.dir, ".new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(aside.Name()) }()
	_, err = aside.Write(data)
	if err := errors.Join(err, aside.Close()); err != nil {
		return err
	}
	return os.Link(aside.Name(), filepath.Join(b.dir, name))
}

// List returns the mails, newest first.
func (b *Mailbox) List(ctx context.Context) ([]Entry, error) {
	names, err := b.names()
	if err != nil {
		return nil, fault.Wrap(err, "read the mailbox")
	}
	all := make([]Entry, 0, len(names))
	for _, n := range names {
		e, err := b.Get(ctx, strings.TrimSuffix(n, entrySuffix))
		if errors.Is(err, ErrNoEntry) {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(x, y Entry) int { return cmp.Or(y.At.Compare(x.At), cmp.Compare(x.ID, y.ID)) })
	return all, nil
}

// Get returns one mail. Errors: ErrNoEntry.
func (b *Mailbox) Get(_ context.Context, id string) (Entry, error) {
	if !entryName.MatchString(id) {
		return Entry{}, ErrNoEntry
	}
	data, err := os.ReadFile(filepath.Join(b.dir, id+entrySuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return Entry{}, ErrNoEntry
	}
	var e Entry
	if err == nil {
		err = json.Unmarshal(data, &e)
	}
	return e, fault.Wrap(err, "read a mail from the mailbox")
}

func (b *Mailbox) names() ([]string, error) {
	files, err := os.ReadDir(b.dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		if id, ok := strings.CutSuffix(f.Name(), entrySuffix); ok && entryName.MatchString(id) {
			names = append(names, f.Name())
		}
	}
	return names, nil
}

// prune deletes the oldest files when there are too many. Another process may do the same at the same time.
func (b *Mailbox) prune() error {
	names, err := b.names()
	if err != nil || len(names) <= Kept {
		return err
	}
	written := map[string]time.Time{}
	for _, n := range names {
		if info, err := os.Stat(filepath.Join(b.dir, n)); err == nil {
			written[n] = info.ModTime()
		}
	}
	slices.SortFunc(names, func(x, y string) int { return written[x].Compare(written[y]) })
	for _, n := range names[:len(names)-Kept] {
		if err := os.Remove(filepath.Join(b.dir, n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

var _ ports.Mailer = (*Mailbox)(nil)
