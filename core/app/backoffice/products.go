package backoffice

import (
	"context"
	"errors"
	"slices"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

// errProductRevision asks for the revision that a change was made from.
var errProductRevision = ErrRevision.Saying("read this product first and say which revision you change")

// Get returns a product of any status. Permission catalog:read. Errors: catalog.ErrNotFound.
func (c *Catalog) Get(ctx context.Context, by identity.Actor, id catalog.ProductID) (p catalog.Product, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return p, err
	}
	err = c.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		p, err = productIn(ctx, v, id)
		return err
	})
	return p, err
}

func productIn(ctx context.Context, v ports.CatalogView, id catalog.ProductID) (catalog.Product, error) {
	found, err := v.ProductsByID(ctx, []catalog.ProductID{id})
	if err != nil {
		return catalog.Product{}, err
	}
	p, ok := found[id]
	if !ok {
		return p, catalog.ErrNotFound
	}
	return p, nil
}

// Create makes a product, by default a draft. Without a slug it gets one of its title that is free. Permission
// catalog:manage. Errors: catalog.ErrInvalid, ErrCategory, ErrRelated, ErrSlugTaken for a slug that was given.
func (c *Catalog) Create(ctx context.Context, by identity.Actor, e catalog.Edit, once *app.Once) (catalog.Product, error) {
	currency, err := c.editing(ctx, by, &e)
	if err != nil {
		return catalog.Product{}, err
	}
	own := e.Slug != nil && *e.Slug != ""
	return c.add(ctx, by, once, own, func(ctx context.Context, tx ports.Tx) (catalog.Product, error) {
		if err := resolve(ctx, tx, &e); err != nil {
			return catalog.Product{}, err
		}
		if !own && e.Title != nil {
			slug, err := freeSlug(ctx, tx, catalog.SlugFor(*e.Title))
			if err != nil {
				return catalog.Product{}, err
			}
			e.Slug = &slug
		}
		return catalog.Create(e, currency, c.d.Now())
	})
}

// Duplicate makes a draft like a product, without its stock. Permission catalog:manage. Errors: catalog.ErrNotFound.
func (c *Catalog) Duplicate(ctx context.Context, by identity.Actor, id catalog.ProductID, once *app.Once) (catalog.Product, error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return catalog.Product{}, err
	}
	return c.add(ctx, by, once, false, func(ctx context.Context, tx ports.Tx) (catalog.Product, error) {
		p, err := productIn(ctx, tx, id)
		if err != nil {
			return p, err
		}
		p = p.Duplicate(c.d.Now())
		p.Slug, err = freeSlug(ctx, tx, catalog.SlugFor(p.Title))
		return p, err
	})
}

// slugTries is how often a slug of our own choice is chosen anew when somebody else takes it in that moment.
const slugTries = 3

func (c *Catalog) add(ctx context.Context, by identity.Actor, once *app.Once, own bool,
	build func(context.Context, ports.Tx) (catalog.Product, error),
) (p catalog.Product, err error) {
	for range slugTries {
		p, err = app.Update(ctx, c.d.Store, by.Tenant, once, func(ctx context.Context, tx ports.Tx) (catalog.Product, error) {
			p, err := build(ctx, tx)
			if err != nil {
				return p, err
			}
			return save(ctx, tx, by, p)
		})
		if own || !errors.Is(err, catalog.ErrSlugTaken) {
			break
		}
	}
	c.forget(ctx, by, err)
	return p, err
}

// Change edits a product. An edit that changes nothing is fine whatever the revision, so that a request may be sent
// again. Permission catalog:manage. Errors: ErrRevision without a revision, catalog.ErrChanged when it is not the
// present one, catalog.ErrNotFound, ErrInvalid, ErrCategory, ErrSlugTaken.
func (c *Catalog) Change(ctx context.Context, by identity.Actor, id catalog.ProductID, revision *int64, e catalog.Edit) (catalog.Product, error) {
	currency, err := c.editing(ctx, by, &e)
	if err != nil {
		return catalog.Product{}, err
	}
	return c.change(ctx, by, id, revision, func(ctx context.Context, tx ports.Tx, p catalog.Product) (catalog.Product, error) {
		if err := resolve(ctx, tx, &e); err != nil {
			return p, err
		}
		return e.Apply(p, currency, c.d.Now())
	})
}

// Generate gives a product one variant per combination of option values, as catalog.Product.GenerateVariants does.
// Permission catalog:manage. Errors: those of Change.
func (c *Catalog) Generate(ctx context.Context, by identity.Actor, id catalog.ProductID, revision *int64, options []catalog.Option) (catalog.Product, error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return catalog.Product{}, err
	}
	return c.change(ctx, by, id, revision, func(_ context.Context, _ ports.Tx, p catalog.Product) (catalog.Product, error) {
		return p.GenerateVariants(options, c.d.Now())
	})
}

func (c *Catalog) change(ctx context.Context, by identity.Actor, id catalog.ProductID, revision *int64,
	edit func(context.Context, ports.Tx, catalog.Product) (catalog.Product, error),
) (out catalog.Product, err error) {
	if revision == nil {
		return out, errProductRevision
	}
	changed := false
	err = c.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		changed = false
		old, err := productIn(ctx, tx, id)
		if err != nil {
			return err
		}
		next, err := edit(ctx, tx, old)
		switch {
		case err == nil && next.SameAs(old):
			out = old
			return nil
		case old.Revision != *revision:
			return catalog.ErrChanged
		case err != nil:
			return err
		}
		changed = true
		out, err = save(ctx, tx, by, next)
		return err
	})
	if changed {
		c.forget(ctx, by, err)
	}
	return out, err
}

// Delete removes a draft that was never ordered; revision may be nil. Permission catalog:manage. Errors:
// catalog.ErrNotFound, ErrKept, ErrChanged.
func (c *Catalog) Delete(ctx context.Context, by identity.Actor, id catalog.ProductID, revision *int64) error {
	if err := by.May(identity.ManageCatalog); err != nil {
		return err
	}
	err := c.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		p, err := productIn(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case revision != nil && *revision != p.Revision:
			return catalog.ErrChanged
		case p.Status != catalog.Draft:
			return catalog.ErrKept
		}
		tx.Emit(by.Who(), catalog.Changed{Products: []catalog.ProductID{id}})
		return tx.DeleteProduct(ctx, id)
	})
	c.forget(ctx, by, err)
	return err
}

// editing checks the right to edit, cleans the description and returns the shop's currency.
func (c *Catalog) editing(ctx context.Context, by identity.Actor, e *catalog.Edit) (money.Currency, error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return "", err
	}
	t, err := c.d.Registry.Tenant(ctx, by.Tenant)
	if err != nil {
		return "", err
	}
	if e.Description != nil {
		clean := c.d.Source.Sanitise(*e.Description)
		e.Description = &clean
	}
	return t.Shop.Currency, nil
}

// save stores a product and returns it as it is then.
func save(ctx context.Context, tx ports.Tx, by identity.Actor, p catalog.Product) (catalog.Product, error) {
	if err := tx.SaveProducts(ctx, []catalog.Product{p}); err != nil {
		return p, err
	}
	tx.Emit(by.Who(), catalog.Changed{Products: []catalog.ProductID{p.ID}})
	if !p.PublishAt.IsZero() {
		tx.Emit(by.Who(), catalog.Scheduled{Product: p.ID, At: p.PublishAt})
	}
	return productIn(ctx, tx, p.ID)
}

// forget makes the nodes forget their answers after a change. It is a hint: the events do the same, and answers expire.
func (c *Catalog) forget(ctx context.Context, by identity.Actor, failed error) {
	if failed == nil {
		_ = c.d.Forget.Forget(ctx, "catalog:"+string(by.Tenant))
	}
}

// resolve looks up what an edit names. Errors: catalog.ErrCategory, ErrRelated.
func resolve(ctx context.Context, v ports.CatalogView, e *catalog.Edit) error {
	if len(e.Related) > 0 {
		missing, err := v.ProductsMissing(ctx, e.Related)
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			return catalog.ErrRelated
		}
	}
	if len(e.Attributes) > 0 {
		var err error
		if e.Definitions, err = v.Attributes(ctx); err != nil {
			return err
		}
	}
	return shelve(ctx, v, e)
}

// shelve completes the category of an edit. Errors: catalog.ErrCategory.
func shelve(ctx context.Context, v ports.CatalogView, e *catalog.Edit) error {
	if e.Category == nil || e.Category.Slug == "" {
		return nil
	}
	found, err := v.CategoriesBySlug(ctx, []string{e.Category.Slug})
	if err != nil {
		return err
	}
	category, ok := found[e.Category.Slug]
	if !ok {
		return catalog.ErrCategory
	}
	e.Category = &category
	return nil
}

// freeSlug returns the first of slug, slug-2, slug-3, … that no product has.
func freeSlug(ctx context.Context, v ports.CatalogView, slug string) (string, error) {
	for n := 16; ; n *= 16 {
		wanted := catalog.SlugsLike(slug, n)
		taken, err := v.TakenSlugs(ctx, wanted)
		if err != nil {
			return "", err
		}
		i := slices.IndexFunc(wanted, func(s string) bool { return !slices.Contains(taken, s) })
		if i >= 0 {
			return wanted[i], nil
		}
	}
}
