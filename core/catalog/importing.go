package catalog

import (
	"strings"
	"time"

	"github.com/halum-hut/halum/core/fault"
)

// ImportID is "imp_" and 26 characters.
type ImportID string

// ImportPolicy says what becomes of a file, or of a request about several products, in which some cannot be used.
type ImportPolicy string

// The policies.
const (
	SkipFailed ImportPolicy = "skip_failed" // the other products are imported
	RejectAll  ImportPolicy = "reject_all"  // all are checked first, and one bad product keeps all of them out
)

// Check refuses what is no policy. Errors: Invalid.
func (p ImportPolicy) Check() error {
	switch p {
	case SkipFailed, RejectAll:
		return nil
	}
	return fault.InvalidField("policy", "use skip_failed or reject_all")
}

// ImportStatus is where an import stands.
type ImportStatus string

// The statuses. The last four are final.
const (
	ImportUploading ImportStatus = "uploading"
	ImportQueued    ImportStatus = "queued"
	ImportRunning   ImportStatus = "running"
	ImportDone      ImportStatus = "done"
	ImportRejected  ImportStatus = "rejected"  // by the policy: nothing was changed
	ImportFailed    ImportStatus = "failed"    // the file cannot be read on: Message says why
	ImportCancelled ImportStatus = "cancelled" // what was imported before stays
)

// Import is one file on its way into the catalogue. It is worked on in batches; the counts and what a batch did are
// stored in one transaction, so that whoever goes on after a crash neither leaves a product out nor does one twice.
type Import struct {
	ID     ImportID
	Name   string // of the file, as whoever sent it calls it
	Format FileFormat
	Policy ImportPolicy
	DryRun bool // says what would happen, changes nothing
	Leave  bool // pictures stay where the file says they are
	Status ImportStatus
	By     string // who asked for it

	Size                                int64 // of the file, bytes
	Read                                int64 // of these, in the present pass
	Checking                            bool  // the first pass of RejectAll
	Rows                                int
	Products                            int // also the position from which to go on
	Created, Updated, Unchanged, Failed int
	Message                             string

	// Holder works on it until HeldUntil, which moves on with every batch. Another one may take it over then.
	Holder    string
	HeldUntil time.Time

	CreatedAt, UpdatedAt time.Time
	FinishedAt           time.Time // zero until the status is final
}

// PicturesWanted tells that products of an import name pictures that lie elsewhere.
type PicturesWanted struct {
	Import   ImportID    `json:"import"`
	Products []ProductID `json:"products"`
}

// Kind returns "catalog.pictures_wanted".
func (PicturesWanted) Kind() string { return "catalog.pictures_wanted" }

// Subject returns the import's id.
func (p PicturesWanted) Subject() string { return string(p.Import) }

// Faults of imports.
var (
	ErrImportNotFound = fault.New(fault.NotFound, "import_not_found", "there is no such import in this shop")
	ErrImportEnded    = fault.New(fault.Conflict, "import_ended", "this import has ended")
	ErrImportRunning  = fault.New(fault.Conflict, "import_running", "this import has not ended: cancel it first")
	ErrManyImports    = fault.New(fault.Conflict, "too_many_imports", "several imports are still waiting: let one end, or cancel one")
)

// MaxImports is how many imports of a shop may be under way.
const MaxImports = 5

// Check validates what was asked for. Errors: Invalid.
func (i Import) Check() error {
	if err := i.Policy.Check(); err != nil {
		return err
	}
	if !isText(i.Name, maxText) || strings.ContainsAny(i.Name, "\r\n") {
		return fault.InvalidField("name", "use at most 255 characters on one line")
	}
	return nil
}

// Ended reports a final status.
func (i Import) Ended() bool {
	switch i.Status {
	case ImportUploading, ImportQueued, ImportRunning:
		return false
	case ImportDone, ImportRejected, ImportFailed, ImportCancelled:
	}
	return true
}

// Uploaded makes it ready to be worked on.
func (i *Import) Uploaded(as FileFormat, size int64, at time.Time) {
	i.Status, i.Format, i.Size, i.UpdatedAt = ImportQueued, as, size, at
	i.Checking = i.Policy == RejectAll && !i.DryRun
}

// Claim gives it to a worker until a time. It reports false when another one has it, or there is nothing to do.
func (i *Import) Claim(holder string, at, until time.Time) bool {
	if i.Ended() || i.Status == ImportUploading || i.Holder != "" && i.Holder != holder && at.Before(i.HeldUntil) {
		return false
	}
	i.Status, i.Holder, i.HeldUntil, i.UpdatedAt = ImportRunning, holder, until, at
	return true
}

// HeldBy reports whether a worker has it and has seen all that was done.
func (i Import) HeldBy(holder string, products int, checking bool) bool {
	return i.Status == ImportRunning && i.Holder == holder && i.Products == products && i.Checking == checking
}

// Complete ends a pass over the file: the import ends with it, unless it was the check of a file that is right.
func (i *Import) Complete(at time.Time) {
	switch {
	case i.Checking && i.Failed == 0:
		i.Checking, i.UpdatedAt = false, at
		i.Read, i.Rows, i.Products = 0, 0, 0
	case i.Checking:
		i.end(ImportRejected, at)
	default:
		i.Read = i.Size
		i.end(ImportDone, at)
	}
}

// Fail ends it, saying why.
func (i *Import) Fail(why string, at time.Time) {
	i.Message = why
	i.end(ImportFailed, at)
}

// Cancel ends it. What was imported stays. Errors: ErrImportEnded.
func (i *Import) Cancel(at time.Time) error {
	if i.Ended() {
		return ErrImportEnded
	}
	i.end(ImportCancelled, at)
	return nil
}

func (i *Import) end(s ImportStatus, at time.Time) {
	i.Status, i.Holder, i.HeldUntil, i.UpdatedAt, i.FinishedAt = s, "", time.Time{}, at, at
}

// Progress is how much of the work is done, in thousandths.
func (i Import) Progress() int {
	if i.Ended() {
		return 1000
	}
	part := int(i.Read * 1000 / max(i.Size, 1))
	switch {
	case i.Policy != RejectAll || i.DryRun:
		return part
	case i.Checking:
		return part / 5 // reading takes less time than writing
	}
	return 200 + part*4/5
}

// ImportOutcome is what an import does with a product.
type ImportOutcome string

// The outcomes.
const (
	ImportCreates  ImportOutcome = "created"
	ImportUpdates  ImportOutcome = "updated"
	ImportLeaves   ImportOutcome = "unchanged"
	ImportFailsRow ImportOutcome = "failed"
)

// ImportRow is what an import did, or would do, with one product of the file.
type ImportRow struct {
	Number  int // of the product in the file, from 1
	Line    int // of its first row
	Slug    string
	Outcome ImportOutcome
	Changes []Change   // of an update
	Errors  []RowError // why it failed
	Notes   []RowError // what a person should know all the same
}

// RowError says what is wrong in a file, where, and how to mend it.
type RowError struct {
	Line    int    `json:"line"`
	Column  string `json:"column"` // the header's text, "" when the whole row is meant
	Message string `json:"message"`
}

// ImportRequested tells that a file waits to be imported.
type ImportRequested struct {
	Import ImportID `json:"import"`
}

// KindImportRequested names the event.
const KindImportRequested = "catalog.import_requested"

// Kind returns "catalog.import_requested".
func (ImportRequested) Kind() string { return KindImportRequested }

// Subject returns the import's id.
func (r ImportRequested) Subject() string { return string(r.Import) }
