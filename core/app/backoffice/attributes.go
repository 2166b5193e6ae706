package backoffice

import (
	"context"
	"slices"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/indexing"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/ports"
)

// errAttributeRevision asks for the revision that a change was made from.
var errAttributeRevision = ErrRevision.Saying("read this attribute first and say which revision you change")

// Attributes lists the shop's attributes in display order. Permission catalog:read.
func (c *Catalog) Attributes(ctx context.Context, by identity.Actor) (all []catalog.Attribute, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return nil, err
	}
	err = c.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		all, err = v.Attributes(ctx)
		return err
	})
	return all, err
}

// Attribute returns one. Permission catalog:read. Errors: catalog.ErrNoAttribute.
func (c *Catalog) Attribute(ctx context.Context, by identity.Actor, key string) (catalog.Attribute, error) {
	all, err := c.Attributes(ctx, by)
	if err != nil {
		return catalog.Attribute{}, err
	}
	i := slices.IndexFunc(all, func(a catalog.Attribute) bool { return a.Key == key })
	if i < 0 {
		return catalog.Attribute{}, catalog.ErrNoAttribute
	}
	return all[i], nil
}

// CreateAttribute makes one. Permission catalog:manage. Errors: Invalid, catalog.ErrAttributeTaken, ErrTooManyAttributes.
func (c *Catalog) CreateAttribute(ctx context.Context, by identity.Actor, a catalog.Attribute, once *app.Once) (catalog.Attribute, error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return a, err
	}
	a, err := a.Check()
	if err != nil {
		return a, err
	}
	a.Revision = 1
	a, err = app.Update(ctx, c.d.Store, by.Tenant, once, func(ctx context.Context, tx ports.Tx) (catalog.Attribute, error) {
		all, at, err := lockedAttributes(ctx, tx, a.Key)
		switch {
		case err != nil:
			return a, err
		case at >= 0:
			return a, catalog.ErrAttributeTaken
		}
		if err := catalog.CheckAttributes(append(all, a)); err != nil {
			return a, err
		}
		tx.Emit(by.Who(), catalog.AttributesChanged{Key: a.Key})
		return a, tx.SaveAttribute(ctx, a)
	})
	c.forget(ctx, by, err)
	return a, err
}

// AttributeEdit is what staff want of an attribute. What is nil stays as it is.
type AttributeEdit struct {
	Name       *string
	Choices    []string
	Filterable *bool
	Position   *int
}

func (e AttributeEdit) apply(a catalog.Attribute) (catalog.Attribute, error) {
	if e.Name != nil {
		a.Name = *e.Name
	}
	if e.Choices != nil {
		a.Choices = e.Choices
	}
	if e.Filterable != nil {
		a.Filterable = *e.Filterable
	}
	if e.Position != nil {
		a.Position = *e.Position
	}
	return a.Check()
}

// ChangeAttribute edits one. Products keep a choice that is taken away until they are given another. Permission
// catalog:manage. Errors: ErrRevision without a revision, catalog.ErrAttributeChanged when it is not the present one,
// catalog.ErrNoAttribute, ErrTooManyAttributes, Invalid.
func (c *Catalog) ChangeAttribute(ctx context.Context, by identity.Actor, key string, revision *int64, e AttributeEdit) (out catalog.Attribute, err error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return out, err
	}
	if revision == nil {
		return out, errAttributeRevision
	}
	err = c.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		all, at, err := lockedAttributes(ctx, tx, key)
		if err != nil {
			return err
		}
		if at < 0 {
			return catalog.ErrNoAttribute
		}
		old := all[at]
		if out, err = e.apply(old); err != nil {
			return err
		}
		switch {
		case same(old, out):
			return nil
		case old.Revision != *revision:
			return catalog.ErrAttributeChanged
		}
		out.Revision++
		all[at] = out
		if err := catalog.CheckAttributes(all); err != nil {
			return err
		}
		tx.Emit(by.Who(), catalog.AttributesChanged{Key: key})
		if old.Filterable != out.Filterable {
			tx.Emit(by.Who(), indexing.Wanted{})
		}
		return tx.SaveAttribute(ctx, out)
	})
	c.forget(ctx, by, err)
	return out, err
}

func same(a, b catalog.Attribute) bool {
	return a.Name == b.Name && slices.Equal(a.Choices, b.Choices) && a.Filterable == b.Filterable && a.Position == b.Position
}

// DeleteAttribute removes one with all its values; revision may be nil. Permission catalog:manage. Errors:
// catalog.ErrNoAttribute, ErrAttributeChanged.
func (c *Catalog) DeleteAttribute(ctx context.Context, by identity.Actor, key string, revision *int64) error {
	if err := by.May(identity.ManageCatalog); err != nil {
		return err
	}
	err := c.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		all, at, err := lockedAttributes(ctx, tx, key)
		switch {
		case err != nil:
			return err
		case at < 0:
			return catalog.ErrNoAttribute
		case revision != nil && *revision != all[at].Revision:
			return catalog.ErrAttributeChanged
		}
		tx.Emit(by.Who(), catalog.AttributesChanged{Key: key}, indexing.Wanted{})
		return tx.DeleteAttribute(ctx, key)
	})
	c.forget(ctx, by, err)
	return err
}

// lockedAttributes lists the definitions and finds one; at is -1 when there is none.
func lockedAttributes(ctx context.Context, tx ports.Tx, key string) (all []catalog.Attribute, at int, err error) {
	if err := tx.LockAttributes(ctx); err != nil {
		return nil, 0, err
	}
	all, err = tx.Attributes(ctx)
	return all, slices.IndexFunc(all, func(a catalog.Attribute) bool { return a.Key == key }), err
}
