package backoffice

import (
	"context"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/ports"
)

// errCollectionRevision asks for the revision that a change was made from.
var errCollectionRevision = ErrRevision.Saying("read this collection first and say which revision you change")

// Collections lists all, without their descriptions, products and conditions. Permission catalog:read.
func (c *Catalog) Collections(ctx context.Context, by identity.Actor) (all []catalog.Collection, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return nil, err
	}
	err = c.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		all, err = v.Collections(ctx)
		return err
	})
	return all, err
}

// Collection returns one. Permission catalog:read. Errors: catalog.ErrNoCollection.
func (c *Catalog) Collection(ctx context.Context, by identity.Actor, id catalog.CollectionID) (out catalog.Collection, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return out, err
	}
	err = c.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		out, err = v.Collection(ctx, id)
		return err
	})
	return out, err
}

// CreateCollection makes one. Permission catalog:manage. Errors: Invalid, catalog.ErrCollectionTaken,
// ErrCollectionProducts, ErrTooManyCollections.
func (c *Catalog) CreateCollection(ctx context.Context, by identity.Actor, e catalog.CollectionEdit, once *app.Once) (catalog.Collection, error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return catalog.Collection{}, err
	}
	c.clean(&e)
	out, err := app.Update(ctx, c.d.Store, by.Tenant, once, func(ctx context.Context, tx ports.Tx) (catalog.Collection, error) {
		made, err := catalog.CreateCollection(e, c.d.Now())
		if err != nil {
			return made, err
		}
		all, err := tx.Collections(ctx)
		switch {
		case err != nil:
			return made, err
		case len(all) >= catalog.MaxCollections:
			return made, catalog.ErrTooManyCollections
		}
		return made, saveCollection(ctx, tx, by, made, e.Products)
	})
	c.forget(ctx, by, err)
	return out, err
}

// ChangeCollection edits one. An edit that changes nothing is fine whatever the revision. Permission catalog:manage.
// Errors: ErrRevision without a revision, catalog.ErrCollectionChanged when it is not the present one,
// catalog.ErrNoCollection, ErrCollectionTaken, ErrCollectionProducts, Invalid.
func (c *Catalog) ChangeCollection(ctx context.Context, by identity.Actor, id catalog.CollectionID, revision *int64, e catalog.CollectionEdit) (out catalog.Collection, err error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return out, err
	}
	if revision == nil {
		return out, errCollectionRevision
	}
	c.clean(&e)
	err = c.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		old, err := tx.Collection(ctx, id)
		if err != nil {
			return err
		}
		out, err = e.Apply(old, c.d.Now())
		switch {
		case err == nil && out.SameAs(old):
			out = old
			return nil
		case old.Revision != *revision:
			return catalog.ErrCollectionChanged
		case err != nil:
			return err
		}
		return saveCollection(ctx, tx, by, out, e.Products)
	})
	c.forget(ctx, by, err)
	return out, err
}

// DeleteCollection removes one, and none of its products; revision may be nil. Permission catalog:manage. Errors:
// catalog.ErrNoCollection, ErrCollectionChanged.
func (c *Catalog) DeleteCollection(ctx context.Context, by identity.Actor, id catalog.CollectionID, revision *int64) error {
	if err := by.May(identity.ManageCatalog); err != nil {
		return err
	}
	err := c.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		old, err := tx.Collection(ctx, id)
		switch {
		case err != nil:
			return err
		case revision != nil && *revision != old.Revision:
			return catalog.ErrCollectionChanged
		}
		tx.Emit(by.Who(), catalog.CollectionChanged{Collection: id})
		return tx.DeleteCollection(ctx, id)
	})
	c.forget(ctx, by, err)
	return err
}

func (c *Catalog) clean(e *catalog.CollectionEdit) {
	if e.Description != nil {
		clean := c.d.Source.Sanitise(*e.Description)
		e.Description = &clean
	}
}

// saveCollection stores a collection. Only products that were named now must be there: others may have been deleted since.
func saveCollection(ctx context.Context, tx ports.Tx, by identity.Actor, c catalog.Collection, named []catalog.ProductID) error {
	missing, err := tx.ProductsMissing(ctx, named)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return catalog.ErrCollectionProducts
	}
	tx.Emit(by.Who(), catalog.CollectionChanged{Collection: c.ID})
	return tx.SaveCollection(ctx, c)
}
