package backoffice

import (
	"context"
	"errors"
	"slices"
	"strings"

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
		if changed, err = differs(old, next, *revision, err); err != nil || !changed {
			out = old
			return err
		}
		out, err = save(ctx, tx, by, next)
		return err
	})
	if changed {
		c.forget(ctx, by, err)
	}
	return out, err
}

// differs tells whether an edit, which failed or not, changes the product. One that changes nothing is fine whatever the
// revision it was made from. Errors: catalog.ErrChanged, failed.
func differs(old, next catalog.Product, revision int64, failed error) (bool, error) {
	switch {
	case failed == nil && next.SameAs(old):
		return false, nil
	case old.Revision != revision:
		return false, catalog.ErrChanged
	}
	return failed == nil, failed
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

// editing checks the right to edit, cleans the descriptions and returns the shop's currency.
func (c *Catalog) editing(ctx context.Context, by identity.Actor, edits ...*catalog.Edit) (money.Currency, error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return "", err
	}
	t, err := c.d.Registry.Tenant(ctx, by.Tenant)
	if err != nil {
		return "", err
	}
	for _, e := range edits {
		if e.Description != nil {
			clean := c.d.Source.Sanitise(*e.Description)
			e.Description = &clean
		}
	}
	return t.Shop.Currency, nil
}

// save stores a product and returns it as it is then.
func save(ctx context.Context, tx ports.Tx, by identity.Actor, p catalog.Product) (catalog.Product, error) {
	if err := saveAll(ctx, tx, by, []catalog.Product{p}); err != nil {
		return p, err
	}
	return productIn(ctx, tx, p.ID)
}

// saveAll stores products and says so.
func saveAll(ctx context.Context, tx ports.Tx, by identity.Actor, products []catalog.Product) error {
	if len(products) == 0 {
		return nil
	}
	ids := make([]catalog.ProductID, len(products))
	for i, p := range products {
		ids[i] = p.ID
	}
	tx.Emit(by.Who(), catalog.Changed{Products: ids})
	for _, p := range products {
		if !p.PublishAt.IsZero() {
			tx.Emit(by.Who(), catalog.Scheduled{Product: p.ID, At: p.PublishAt})
		}
	}
	return tx.SaveProducts(ctx, products)
}

// forget makes the nodes forget their answers after a change. It is a hint: the events do the same, and answers expire.
func (c *Catalog) forget(ctx context.Context, by identity.Actor, failed error) {
	if failed == nil {
		_ = c.d.Forget.Forget(ctx, "catalog:"+string(by.Tenant))
	}
}

// resolve completes what an edit names. Errors: catalog.ErrCategory, ErrRelated.
func resolve(ctx context.Context, v ports.CatalogView, e *catalog.Edit) error {
	n, err := look(ctx, v, e)
	if err != nil {
		return err
	}
	return n.complete(e)
}

// named is what the shop has of what edits name.
type named struct {
	categories map[string]catalog.Category
	attributes []catalog.Attribute
	missing    []catalog.ProductID // of the related ones
}

// look reads what edits name, in a number of statements that does not depend on how many they are.
func look(ctx context.Context, v ports.CatalogView, edits ...*catalog.Edit) (n named, err error) {
	var categories []string
	var related []catalog.ProductID
	attributes := false
	for _, e := range edits {
		if e.Category != nil && e.Category.Slug != "" && askable(e.Category.Slug) {
			categories = append(categories, e.Category.Slug)
		}
		for _, id := range e.Related {
			if askable(id) {
				related = append(related, id)
			} else {
				n.missing = append(n.missing, id)
			}
		}
		attributes = attributes || len(e.Attributes) > 0
	}
	if len(related) > 0 {
		missing, err := v.ProductsMissing(ctx, related)
		if err != nil {
			return n, err
		}
		n.missing = append(n.missing, missing...)
	}
	if attributes {
		if n.attributes, err = v.Attributes(ctx); err != nil {
			return n, err
		}
	}
	if len(categories) > 0 {
		n.categories, err = v.CategoriesBySlug(ctx, categories)
	}
	return n, err
}

// askable reports whether the database can be asked for a name: it knows no zero characters, and so nothing with one.
func askable[T ~string](name T) bool { return !strings.ContainsRune(string(name), 0) }

// complete puts what was read into an edit. Errors: catalog.ErrCategory, ErrRelated.
func (n named) complete(e *catalog.Edit) error {
	if slices.ContainsFunc(e.Related, func(id catalog.ProductID) bool { return slices.Contains(n.missing, id) }) {
		return catalog.ErrRelated
	}
	e.Definitions = n.attributes
	if e.Category == nil || e.Category.Slug == "" {
		return nil
	}
	category, ok := n.categories[e.Category.Slug]
	if !ok {
		return catalog.ErrCategory
	}
	e.Category = &category
	return nil
}

// freeSlug returns the first of slug, slug-2, slug-3, … that no product has.
func freeSlug(ctx context.Context, v ports.CatalogView, slug string) (string, error) {
	free, err := freeSlugs(ctx, v, []string{slug}, map[string]bool{})
	if err != nil {
		return "", err
	}
	return free[0], nil
}

// freeSlugs gives each of the slugs the first of slug, slug-2, slug-3, … that no product has and that is not in taken, to
// which it is added then.
func freeSlugs(ctx context.Context, v ports.CatalogView, slugs []string, taken map[string]bool) ([]string, error) {
	times := map[string]int{}
	for _, slug := range slugs {
		times[slug]++
	}
	free := make([]string, len(slugs))
	for n := 16; slices.Contains(free, ""); n *= 16 {
		var all []string
		like := map[string][]string{}
		for i, slug := range slugs {
			if free[i] == "" && like[slug] == nil {
				like[slug] = catalog.SlugsLike(slug, n+times[slug])
				all = append(all, like[slug]...)
			}
		}
		found, err := v.TakenSlugs(ctx, all)
		if err != nil {
			return nil, err
		}
		for _, slug := range found {
			taken[slug] = true
		}
		for i, slug := range slugs {
			k := slices.IndexFunc(like[slug], func(s string) bool { return !taken[s] })
			if free[i] == "" && k >= 0 {
				free[i] = like[slug][k]
				taken[free[i]] = true
			}
		}
	}
	return free, nil
}
