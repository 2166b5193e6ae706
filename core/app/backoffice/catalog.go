package backoffice

import (
	"context"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/ports"
)

// Catalog is the vendor's products.
type Catalog struct{ d Deps }

// List returns products of every status. Permission catalog:read. Errors: Invalid for a bad query.
func (c *Catalog) List(ctx context.Context, by identity.Actor, q catalog.Query) (page catalog.Page, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return page, err
	}
	q.Drafts = true
	if q, err = q.Check(); err != nil {
		return page, err
	}
	err = c.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		page, err = v.Products(ctx, q)
		return err
	})
	return page, err
}
