package backoffice

import (
	"context"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/ports"
)

// errCategoryRevision asks for the revision that a change was made from.
var errCategoryRevision = ErrRevision.Saying("read this category first and say which revision you change")

// Categories returns the whole tree, with empty categories. Permission catalog:read.
func (c *Catalog) Categories(ctx context.Context, by identity.Actor) (tree *catalog.Tree, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return nil, err
	}
	err = c.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		tree, err = treeIn(ctx, v)
		return err
	})
	return tree, err
}

func treeIn(ctx context.Context, v ports.CategoryView) (*catalog.Tree, error) {
	rows, err := v.Categories(ctx)
	if err != nil {
		return nil, err
	}
	return catalog.NewTree(rows), nil
}

// CategoryAt is a category in its tree.
type CategoryAt struct {
	Tree *catalog.Tree
	ID   catalog.CategoryID
}

// CreateCategory makes a category. Permission catalog:manage. Errors: those of catalog.Tree.Create.
func (c *Catalog) CreateCategory(ctx context.Context, by identity.Actor, e catalog.CategoryEdit, once *app.Once) (out CategoryAt, err error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return out, err
	}
	type made struct{ ID catalog.CategoryID }
	m, err := app.Update(ctx, c.d.Store, by.Tenant, once, func(ctx context.Context, tx ports.Tx) (made, error) {
		tree, err := lockedTree(ctx, tx)
		if err != nil {
			return made{}, err
		}
		id, changed, err := tree.Create(e, c.d.Now())
		if err != nil {
			return made{}, err
		}
		tx.Emit(by.Who(), catalog.CategoryChanged{Category: id})
		return made{id}, tx.SaveCategories(ctx, changed)
	})
	if err != nil {
		return out, err
	}
	c.forget(ctx, by, nil)
	out.ID = m.ID
	out.Tree, err = c.Categories(ctx, by)
	return out, err
}

// ChangeCategory renames a category, gives it another slug, moves it below another one, or to another place among its
// siblings. A change that says what is there already is fine whatever the revision. Permission catalog:manage. Errors:
// ErrRevision without a revision, catalog.ErrCategoryChanged when it is not the present one, and those of
// catalog.Tree.Change.
func (c *Catalog) ChangeCategory(ctx context.Context, by identity.Actor, id catalog.CategoryID, revision *int64, e catalog.CategoryEdit) (out CategoryAt, err error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return out, err
	}
	if revision == nil {
		return out, errCategoryRevision
	}
	err = c.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		tree, err := lockedTree(ctx, tx)
		if err != nil {
			return err
		}
		old, known := tree.ByID(id)
		changed, err := tree.Change(id, e)
		switch {
		case err == nil && len(changed) == 0:
			out = CategoryAt{tree, id}
			return nil
		case known && old.Revision != *revision:
			return catalog.ErrCategoryChanged
		case err != nil:
			return err
		}
		if err := tx.SaveCategories(ctx, changed); err != nil {
			return err
		}
		tx.Emit(by.Who(), catalog.CategoryChanged{Category: id})
		out.ID = id
		out.Tree, err = treeIn(ctx, tx)
		return err
	})
	c.forget(ctx, by, err)
	return out, err
}

// DeleteCategory removes an empty category; revision may be nil. Permission catalog:manage. Errors:
// catalog.ErrNoCategory, ErrCategoryKept, ErrCategoryChanged.
func (c *Catalog) DeleteCategory(ctx context.Context, by identity.Actor, id catalog.CategoryID, revision *int64) error {
	if err := by.May(identity.ManageCatalog); err != nil {
		return err
	}
	err := c.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		tree, err := lockedTree(ctx, tx)
		if err != nil {
			return err
		}
		old, known := tree.ByID(id)
		switch {
		case !known:
			return catalog.ErrNoCategory
		case revision != nil && *revision != old.Revision:
			return catalog.ErrCategoryChanged
		}
		tx.Emit(by.Who(), catalog.CategoryChanged{Category: id})
		return tx.DeleteCategory(ctx, id)
	})
	c.forget(ctx, by, err)
	return err
}

func lockedTree(ctx context.Context, tx ports.Tx) (*catalog.Tree, error) {
	if err := tx.LockCategories(ctx); err != nil {
		return nil, err
	}
	return treeIn(ctx, tx)
}
