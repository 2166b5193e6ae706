package web

import (
	"net/url"

	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
)

// gathered is one page of a collection.
type gathered struct {
	shop.Collected
	Text  string // the description, sanitised
	Sort  catalog.Sort
	Later bool // not the first page
}

var collectionSorts = []struct {
	Sort catalog.Sort
	Name string
}{
	{catalog.Chosen, "Our selection"},
	{catalog.Newest, "Newest"},
	{catalog.PriceUp, "Price, low to high"},
	{catalog.PriceDown, "Price, high to low"},
}

// collection shows a collection. A sort or a place in it that means nothing shows its beginning.
func collection(v *visit) error {
	slug, q := v.param("slug"), catalog.Query{Sort: catalog.Sort(v.query("sort")), After: v.query("after"), Limit: perPage}
	found, err := v.web.d.Shop.Catalog.Collection(v.ctx, v.shop.ID, slug, q)
	if fault.KindOf(err) == fault.Invalid {
		q = catalog.Query{Limit: perPage}
		found, err = v.web.d.Shop.Catalog.Collection(v.ctx, v.shop.ID, slug, q)
	}
	if err != nil {
		return err
	}
	if found.Slug != slug {
		return v.moved(collectionPath(found.Slug))
	}
	found.Collection = v.said(string(found.ID)).Collection(found.Collection)
	g := gathered{Collected: found, Text: v.web.html.Sanitize(found.Description), Sort: q.Sort, Later: q.After != ""}
	g.Page.Products = v.offered(g.Page.Products)
	p := v.page(found.Title)
	p.Hidden = q.Sort != "" || q.After != ""
	p.Canonical = v.origin() + collectionPath(found.Slug)
	if text := excerpt(found.Description, 160); text != "" {
		p.Description = text
	}
	return v.shown(collectionPage(p, g))
}

func collectionPath(slug string) string { return "/collections/" + url.PathEscape(slug) }

// Sorts are the sorts to choose from. Rules leave nothing to a selection.
func (g gathered) Sorts() (all []pick) {
	for _, s := range collectionSorts {
		if s.Sort != catalog.Chosen || !g.ByRules() {
			all = append(all, pick{Value: string(s.Sort), Label: s.Name, Chosen: s.Sort == g.Sort})
		}
	}
	return all
}

// At is the address of a page of it.
func (g gathered) At(after string) string {
	q := url.Values{}
	if g.Sort != "" {
		q.Set("sort", string(g.Sort))
	}
	if after != "" {
		q.Set("after", after)
	}
	if len(q) == 0 {
		return collectionPath(g.Slug)
	}
	return collectionPath(g.Slug) + "?" + q.Encode()
}

// Way leads from the shop's first page to the collection.
func (g gathered) Way(p page) []crumb {
	return []crumb{{p.Shop.Name, "/"}, {g.Title, collectionPath(g.Slug)}}
}
