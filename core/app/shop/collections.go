package shop

import (
	"context"
	"slices"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Collections lists the active ones by title, without what is in them.
func (c *Catalog) Collections(ctx context.Context, t tenant.ID) (all []catalog.Collection, err error) {
	err = c.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		all, err = v.Collections(ctx)
		return err
	})
	return slices.DeleteFunc(all, func(one catalog.Collection) bool { return !one.Active }), err
}

// Collected is a collection with a page of what is for sale in it.
type Collected struct {
	catalog.Collection
	catalog.Page
}

// Collection returns an active collection, by its slug or by one that it had before, with a page of its products: sorted as staff have put them, or when conditions
// say what is in it the newest first, unless another sort is asked for. Of the query only sort, limit and cursor count.
// Two statements, however large it is. Errors: catalog.ErrNoCollection, Invalid for a bad query or cursor.
func (c *Catalog) Collection(ctx context.Context, t tenant.ID, slug string, q catalog.Query) (out Collected, err error) {
	err = c.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		if out.Collection, err = v.CollectionBySlug(ctx, slug); err != nil {
			return err
		}
		if !out.Active {
			return catalog.ErrNoCollection
		}
		q, err := catalog.Query{Sort: q.Sort, Limit: q.Limit, After: q.After, Collection: &out.Collection}.Check()
		if err != nil {
			return err
		}
		out.Page, err = v.Products(ctx, q)
		return err
	})
	if err != nil {
		return Collected{}, err
	}
	return out, nil
}
