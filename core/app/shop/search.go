package shop

import (
	"context"
	"slices"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Search finds products by what shoppers type and choose.
type Search struct {
	d     Deps
	trees *trees
}

// Found is a page of results with what shows them.
type Found struct {
	search.Result
	Summaries []catalog.Summary
}

// Find answers a query. The index says which products, in which order and how many; what is shown of them, such as price
// and stock, is read at that moment. Errors: Invalid for a bad query or cursor.
func (s *Search) Find(ctx context.Context, t tenant.Tenant, q search.Query) (found Found, err error) {
	if q, err = q.Check(); err != nil {
		return found, err
	}
	if q.Facets, err = s.groups(ctx, t, q.Facets); err != nil {
		return found, err
	}
	if found.Result, err = s.d.Search.Search(ctx, shelf(t), q); err != nil {
		return found, err
	}
	found.Summaries, err = summaries(ctx, s.d, t.ID, found.Products)
	return found, err
}

// groups names the groups that are to be counted: those of all attributes that may be filtered by, where these are
// asked for.
func (s *Search) groups(ctx context.Context, t tenant.Tenant, asked []string) ([]string, error) {
	at := slices.Index(asked, search.AllAttributes)
	if at < 0 {
		return asked, nil
	}
	k, err := s.trees.read(ctx, s.d.Store, t, "")
	if err != nil {
		return nil, err
	}
	all := slices.Delete(slices.Clone(asked), at, at+1)
	for _, a := range k.filters.Attributes {
		all = append(all, search.AttributeGroup(a.Key))
	}
	return all, nil
}

// Suggested is what completes a beginning.
type Suggested struct {
	Texts    []string
	Products []catalog.Summary
}

// Suggest completes what was typed so far. Errors: Invalid.
func (s *Search) Suggest(ctx context.Context, t tenant.Tenant, b search.Beginning) (out Suggested, err error) {
	if b, err = b.Check(); err != nil {
		return out, err
	}
	found, err := s.d.Search.Suggest(ctx, shelf(t), b)
	if err != nil {
		return out, err
	}
	out.Texts = found.Texts
	out.Products, err = summaries(ctx, s.d, t.ID, found.Products)
	return out, err
}

func summaries(ctx context.Context, d Deps, t tenant.ID, ids []catalog.ProductID) (all []catalog.Summary, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		all, err = v.Summaries(ctx, ids)
		return err
	})
	return all, err
}

func shelf(t tenant.Tenant) ports.Shelf { return ports.Shelf{Tenant: t.ID, Locale: t.Shop.Locale} }
