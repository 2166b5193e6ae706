package shop

import (
	"context"
	"slices"
	"strings"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/locale"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Catalog is what everyone may see of a shop's products.
type Catalog struct {
	d      Deps
	search *Search
	trees  *trees
}

// List returns a page of active products. Words are looked up in the search index, by relevance unless a sort is given;
// a listing without words, and one by title, comes from the products themselves. Errors: Invalid for a bad query or cursor.
func (c *Catalog) List(ctx context.Context, t tenant.Tenant, q catalog.Query) (page catalog.Page, err error) {
	if strings.TrimSpace(q.Text) != "" && q.Sort != catalog.ByTitle {
		return c.find(ctx, t, q)
	}
	q.Drafts = false
	if q, err = q.Check(); err != nil {
		return page, err
	}
	err = c.d.Store.View(ctx, t.ID, func(ctx context.Context, v ports.View) error {
		page, err = v.Products(ctx, q)
		return err
	})
	return page, err
}

func (c *Catalog) find(ctx context.Context, t tenant.Tenant, q catalog.Query) (catalog.Page, error) {
	s := search.Query{Text: q.Text, MinPrice: q.MinPrice, MaxPrice: q.MaxPrice, Sort: search.Sort(q.Sort), Limit: q.Limit, After: q.After}
	if q.Category != "" {
		s.Filters = append(s.Filters, search.Filter{Group: search.ByCategory, Names: []string{q.Category}})
	}
	if q.InStock {
		s.Filters = append(s.Filters, search.Filter{Group: search.ByStock, Names: []string{"true"}})
	}
	found, err := c.search.Find(ctx, t, s)
	return catalog.Page{Products: found.Summaries, Next: found.Next}, err
}

// Summaries returns the active products among ids, in the order of ids.
func (c *Catalog) Summaries(ctx context.Context, t tenant.ID, ids []catalog.ProductID) ([]catalog.Summary, error) {
	return summaries(ctx, c.d, t, ids)
}

// Product returns an active product by its slug, or by one that it had before. Errors: catalog.ErrNotFound, also for drafts.
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

// InLanguage returns what products and categories are called in a language; nothing, at no cost, in the shop's own.
func (c *Catalog) InLanguage(ctx context.Context, t tenant.Tenant, asked string, subjects ...string) (catalog.Translations, error) {
	locales := locale.Wanted(asked, t.Shop.Locale)
	if len(locales) == 0 || len(subjects) == 0 {
		return nil, nil
	}
	var found []catalog.Translation
	err := c.d.Store.View(ctx, t.ID, func(ctx context.Context, v ports.View) (err error) {
		found, err = v.Translations(ctx, subjects, locales)
		return err
	})
	return catalog.InOrder(found, locales), err
}

// Related returns what is shown with a product: the active ones of those that staff chose, or when nobody chose any the
// newest of the same category, at most limit.
func (c *Catalog) Related(ctx context.Context, t tenant.Tenant, p catalog.Product, limit int) ([]catalog.Summary, error) {
	if len(p.Related) > 0 {
		return summaries(ctx, c.d, t.ID, p.Related)
	}
	if p.Category == nil {
		return nil, nil
	}
	page, err := c.List(ctx, t, catalog.Query{Category: p.Category.Slug, Limit: limit + 1})
	if err != nil {
		return nil, err
	}
	others := slices.DeleteFunc(slices.Clone(page.Products), func(s catalog.Summary) bool { return s.ID == p.ID })
	return others[:min(limit, len(others))], nil
}

// Addresses lists the pages of active products from the offset on, for sitemaps.
func (c *Catalog) Addresses(ctx context.Context, t tenant.ID, offset, limit int) (all []catalog.Address, err error) {
	err = c.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		all, err = v.Addresses(ctx, offset, limit)
		return err
	})
	return all, err
}

// CountAddresses counts what Addresses lists.
func (c *Catalog) CountAddresses(ctx context.Context, t tenant.ID) (n int, err error) {
	err = c.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		n, err = v.CountAddresses(ctx)
		return err
	})
	return n, err
}
