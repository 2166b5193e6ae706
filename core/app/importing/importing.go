// Package importing brings files into the catalogue. A file is first kept in parts, so that any worker can read it, and
// then worked on in batches of products: each batch, with the position it leads to, is one transaction. Whoever dies in
// the middle of one has done nothing of it, and the next one goes on where the last batch ended.
//
// It owns the order of the steps and who works on an import at a time. What files mean is ports.CatalogSource's business,
// what products may be is core/catalog's. Read work.go for the steps, apply.go for one batch.
package importing

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Deps is what importing stands on.
type Deps struct {
	Store    ports.Store
	Registry ports.Registry
	Source   ports.CatalogSource
	Forget   ports.Invalidation
	Now      app.Clock
	MaxBytes int64 // of a file: 256 MB
}

// DefaultMaxBytes is how long a file may be when nothing else is said.
const DefaultMaxBytes = 256 << 20

const (
	keepEnded   = 30 * 24 * time.Hour
	keepUploads = 24 * time.Hour // that were never completed
)

// ErrTooLarge says that a file is longer than allowed.
var ErrTooLarge = fault.New(fault.Invalid, "file_too_large", "the file is too large")

// TooLarge says how long a file may be.
func TooLarge(limit int64) error {
	return ErrTooLarge.Saying("the file is longer than %d MB: split it and import one part after the other", limit>>20)
}

// Importer imports. It is safe for concurrent use, on any number of nodes.
type Importer struct{ d Deps }

// New returns an Importer.
func New(d Deps) *Importer {
	if d.MaxBytes <= 0 {
		d.MaxBytes = DefaultMaxBytes
	}
	return &Importer{d}
}

// MaxBytes is how long a file may be.
func (x *Importer) MaxBytes() int64 { return x.d.MaxBytes }

// Upload keeps a file of which one part at a time is in memory, finds its format unless in.Format says it, and asks for
// the work, which then runs in the background or with Work. in says name, policy, format and whether to change anything.
// What ended long ago is forgotten on the way. Errors: Invalid for a file that is no product file or too long,
// catalog.ErrManyImports, those of r.
func (x *Importer) Upload(ctx context.Context, t tenant.ID, by string, in catalog.Import, r io.Reader) (catalog.Import, error) {
	now := x.d.Now()
	in.ID, in.By, in.Status, in.CreatedAt, in.UpdatedAt = catalog.ImportID(id.New("imp", now)), by, catalog.ImportUploading, now, now
	if err := in.Check(); err != nil {
		return in, err
	}
	if err := x.begin(ctx, t, in); err != nil {
		return in, err
	}
	err := x.keep(ctx, t, &in, r)
	if err == nil {
		err = x.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
			tx.Emit(by, catalog.ImportRequested{Import: in.ID})
			return tx.SaveImport(ctx, in)
		})
	}
	if err != nil {
		x.forgetUpload(ctx, t, in.ID)
	}
	return in, err
}

// begin stores an import without its file, unless there are too many.
func (x *Importer) begin(ctx context.Context, t tenant.ID, in catalog.Import) error {
	return x.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		if err := tx.DeleteImports(ctx, "", in.CreatedAt.Add(-keepEnded), in.CreatedAt.Add(-keepUploads)); err != nil {
			return err
		}
		latest, err := tx.CatalogImports(ctx, "", 10*catalog.MaxImports)
		if err != nil {
			return err
		}
		open := 0
		for _, i := range latest {
			if !i.Ended() {
				open++
			}
		}
		if open >= catalog.MaxImports {
			return catalog.ErrManyImports
		}
		return tx.SaveImport(ctx, in)
	})
}

// keep stores the file part by part and makes the import ready.
func (x *Importer) keep(ctx context.Context, t tenant.ID, in *catalog.Import, r io.Reader) error {
	part := make([]byte, ports.ImportChunk)
	size := int64(0)
	for n := 0; ; n++ {
		got, err := io.ReadFull(r, part)
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return err
		}
		if size += int64(got); size > x.d.MaxBytes {
			return TooLarge(x.d.MaxBytes)
		}
		if n == 0 { // its beginning tells what it is, before the rest is stored
			if in.Format, err = x.d.Source.Detect(bytes.NewReader(part[:got]), in.Format); err != nil {
				return err
			}
		}
		if got > 0 {
			if err := x.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
				return tx.AddImportChunk(ctx, in.ID, n, part[:got])
			}); err != nil {
				return err
			}
		}
		if last {
			in.Uploaded(in.Format, size, x.d.Now())
			return nil
		}
	}
}

// forgetUpload undoes what was stored of a file that is refused; otherwise it goes with the next upload after a day.
func (x *Importer) forgetUpload(ctx context.Context, t tenant.ID, which catalog.ImportID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	_ = x.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		return tx.DeleteImports(ctx, which, time.Time{}, time.Time{})
	})
}
