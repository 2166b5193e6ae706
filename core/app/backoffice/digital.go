package backoffice

import (
	"context"
	"errors"
	"io"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/digital"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/ports"
)

// Digital is the files that staff sell.
type Digital struct{ d Deps }

// Add stores a file to be sold with a variant. expect is how many bytes are to come, below zero when nobody knows; what
// comes is not kept in memory. A file that was stored but not booked, since the process died in between, is never served.
// Permission catalog:manage. Errors: inventory.ErrVariant, digital.ErrName, ErrEmpty, ErrTooLarge, ErrCut, ErrTooMany,
// those of the store.
func (g *Digital) Add(ctx context.Context, by identity.Actor, v catalog.VariantID, name string, content io.Reader, expect int64) (digital.File, error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return digital.File{}, err
	}
	now := g.d.Now()
	f, err := digital.New(digital.FileID(id.New("dig", now)), v, name, now)
	if err != nil {
		return f, err
	}
	if err := g.d.Store.View(ctx, by.Tenant, func(ctx context.Context, view ports.View) error { return room(ctx, view, v) }); err != nil {
		return f, err
	}
	at := ports.DigitalName(by.Tenant, f.ID)
	if f.Bytes, err = g.d.Blobs.Write(ctx, at, "application/octet-stream", &complete{r: content, expect: expect}); err != nil {
		return f, err
	}
	err = g.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		if err := room(ctx, tx, v); err != nil {
			return err
		}
		return tx.SaveDigitalFile(ctx, f)
	})
	if err != nil {
		return f, errors.Join(err, g.d.Blobs.Delete(context.WithoutCancel(ctx), at))
	}
	return f, nil
}

// room checks that a variant may have another file; in a transaction it locks the variant.
func room(ctx context.Context, view ports.View, v catalog.VariantID) error {
	shelves, err := view.Shelves(ctx, []catalog.VariantID{v})
	if err != nil {
		return err
	}
	if _, ok := shelves[v]; !ok {
		return inventory.ErrVariant
	}
	all, err := sold(ctx, view, v)
	if err == nil && len(all) >= digital.MaxFiles {
		err = digital.ErrTooMany
	}
	return err
}

// sold lists the files of a variant without removed ones.
func sold(ctx context.Context, view ports.View, v catalog.VariantID) (all []digital.File, err error) {
	found, err := view.DigitalFiles(ctx, []catalog.VariantID{v})
	for _, f := range found {
		if f.RemovedAt.IsZero() {
			all = append(all, f)
		}
	}
	return all, err
}

// complete reads a file that is neither empty, nor too long, nor cut off.
type complete struct {
	r           io.Reader
	expect, got int64
}

func (c *complete) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	switch c.got += int64(n); {
	case c.got > digital.MaxBytes:
		return n, digital.ErrTooLarge
	case errors.Is(err, io.EOF) && c.got < c.expect, err != nil && !errors.Is(err, io.EOF):
		return n, digital.ErrCut
	case errors.Is(err, io.EOF) && c.got == 0:
		return n, digital.ErrEmpty
	}
	return n, err
}

// List returns the files that are sold with a variant. Permission catalog:read. Errors: inventory.ErrVariant.
func (g *Digital) List(ctx context.Context, by identity.Actor, v catalog.VariantID) (all []digital.File, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return nil, err
	}
	err = g.d.Store.View(ctx, by.Tenant, func(ctx context.Context, view ports.View) error {
		shelves, err := view.Shelves(ctx, []catalog.VariantID{v})
		if err != nil {
			return err
		}
		if _, ok := shelves[v]; !ok {
			return inventory.ErrVariant
		}
		all, err = sold(ctx, view, v)
		return err
	})
	return all, err
}

// Remove sells a file no longer. Who has bought it can still download it; one that nobody bought is deleted. Permission
// catalog:manage. Errors: digital.ErrNotFound.
func (g *Digital) Remove(ctx context.Context, by identity.Actor, v catalog.VariantID, which digital.FileID) error {
	if err := by.May(identity.ManageCatalog); err != nil {
		return err
	}
	gone := false
	err := g.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		f, err := tx.DigitalFile(ctx, which)
		if err != nil {
			return err
		}
		if f.Variant != v || !f.RemovedAt.IsZero() {
			return digital.ErrNotFound
		}
		was, err := tx.WasOrdered(ctx, v)
		if err != nil {
			return err
		}
		if gone = !was; gone {
			return tx.DeleteDigitalFile(ctx, which)
		}
		f.RemovedAt = g.d.Now()
		return tx.SaveDigitalFile(ctx, f)
	})
	if err != nil || !gone {
		return err
	}
	return g.d.Blobs.Delete(ctx, ports.DigitalName(by.Tenant, which))
}
