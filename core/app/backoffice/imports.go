package backoffice

import (
	"context"
	"io"
	"time"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/ports"
)

// Imports is the files that staff bring into the catalogue. Products are matched by slug: new ones are made, changed ones
// updated, equal ones left alone, so that importing a file twice changes nothing.
type Imports struct{ d Deps }

// MaxBytes is how long a file may be.
func (m *Imports) MaxBytes() int64 { return m.d.Importer.MaxBytes() }

// Begin takes a file and returns its import, which is worked on in the background. The file is stored part by part as it
// comes. in says name, policy, format ("" to find it out) and whether to change anything. Permission catalog:manage.
// Errors: those of importing.Importer.Upload.
func (m *Imports) Begin(ctx context.Context, by identity.Actor, in catalog.Import, file io.Reader) (catalog.Import, error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return in, err
	}
	return m.d.Importer.Upload(ctx, by.Tenant, by.Who(), in, file)
}

// Finish works on an import here and now until it ends, or follows whoever does. tell, which may be nil, is called
// as it goes on. Permission catalog:manage. Errors: catalog.ErrImportNotFound.
func (m *Imports) Finish(ctx context.Context, by identity.Actor, which catalog.ImportID, tell func(catalog.Import)) (catalog.Import, error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return catalog.Import{}, err
	}
	for {
		again, err := m.d.Importer.Work(ctx, by.Tenant, which, 0, tell)
		if err != nil {
			return catalog.Import{}, err
		}
		i, err := m.Get(ctx, by, which)
		if err != nil || i.Ended() {
			return i, err
		}
		if tell != nil {
			tell(i)
		}
		select {
		case <-ctx.Done():
			return i, ctx.Err()
		case <-time.After(min(again, time.Second)):
		}
	}
}

// Get returns an import as it stands. Permission catalog:read. Errors: catalog.ErrImportNotFound.
func (m *Imports) Get(ctx context.Context, by identity.Actor, which catalog.ImportID) (i catalog.Import, err error) {
	err = m.view(ctx, by, which, func(ctx context.Context, v ports.View) error {
		i, err = v.CatalogImport(ctx, which)
		return err
	})
	return i, err
}

// List returns imports, newest first, after a given one. Permission catalog:read.
func (m *Imports) List(ctx context.Context, by identity.Actor, after catalog.ImportID, limit int) (all []catalog.Import, err error) {
	err = m.view(ctx, by, after, func(ctx context.Context, v ports.View) error {
		all, err = v.CatalogImports(ctx, after, limit)
		return err
	})
	return all, err
}

// Rows returns what an import did with products. Permission catalog:read. Errors: catalog.ErrImportNotFound.
func (m *Imports) Rows(ctx context.Context, by identity.Actor, which catalog.ImportID, q ports.ImportRowQuery) (rows []catalog.ImportRow, err error) {
	err = m.view(ctx, by, which, func(ctx context.Context, v ports.View) error {
		if _, err := v.CatalogImport(ctx, which); err != nil {
			return err
		}
		rows, err = v.ImportRows(ctx, which, q)
		return err
	})
	return rows, err
}

func (m *Imports) view(ctx context.Context, by identity.Actor, which catalog.ImportID, fn func(context.Context, ports.View) error) error {
	if err := by.May(identity.ReadCatalog); err != nil {
		return err
	}
	if which != "" && id.Check("imp", string(which)) != nil {
		return catalog.ErrImportNotFound
	}
	return m.d.Store.View(ctx, by.Tenant, fn)
}

// Cancel ends an import before its batch under way is done, or after it. What it imported stays. Permission
// catalog:manage. Errors: catalog.ErrImportNotFound, catalog.ErrImportEnded.
func (m *Imports) Cancel(ctx context.Context, by identity.Actor, which catalog.ImportID) (i catalog.Import, err error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return i, err
	}
	err = m.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		if i, err = tx.CatalogImport(ctx, which); err != nil {
			return err
		}
		if err := i.Cancel(m.d.Now()); err != nil {
			return err
		}
		if err := tx.DropImportFile(ctx, i.ID); err != nil {
			return err
		}
		return tx.SaveImport(ctx, i)
	})
	return i, err
}

// Delete forgets an import that has ended, with what it says of products. The products stay. Permission catalog:manage.
// Errors: catalog.ErrImportNotFound, catalog.ErrImportRunning.
func (m *Imports) Delete(ctx context.Context, by identity.Actor, which catalog.ImportID) error {
	if err := by.May(identity.ManageCatalog); err != nil {
		return err
	}
	return m.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		i, err := tx.CatalogImport(ctx, which)
		if err != nil {
			return err
		}
		if !i.Ended() {
			return catalog.ErrImportRunning
		}
		return tx.DeleteImports(ctx, which, time.Time{}, time.Time{})
	})
}
