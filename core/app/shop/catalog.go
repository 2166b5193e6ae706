package shop

import (
	"context"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Catalog is what everyone may see of a shop's products.
type Catalog struct{ d Deps }

// List returns a page of active products. Errors: Invalid for a bad query or cursor.
func (c *Catalog) List(ctx context.Context, t tenant.ID, q catalog.Query) (page catalog.Page, err error) {
	q.Drafts = false
	if q, err = q.Check(); err != nil {
		return page, err
	}
	err = c.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		page, err = v.Products(ctx, q)
		return err
	})
	return page, err
}

// Product returns an active product. Errors: catalog.ErrNotFound, also for drafts.
func (c *Catalog) Product(ctx context.Context, t tenant.ID, slug string) (p catalog.Product, err error) {
	err = c.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		p, err = v.ProductBySlug(ctx, slug)
		return err
	})
	if err == nil && p.Status != catalog.Active {
		return catalog.Product{}, catalog.ErrNotFound
	}
	return p, err
}

// Categories lists the categories with something for sale.
func (c *Catalog) Categories(ctx context.Context, t tenant.ID) (all []catalog.Category, err error) {
	err = c.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		all, err = v.Categories(ctx)
		return err
	})
	return all, err
}
