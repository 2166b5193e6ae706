package web

import (
	"net/url"
	"strings"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
)

const (
	perPage   = 24
	onHome    = 8
	onRelated = 4
)

// shelf is a category with a picture from it.
type shelf struct {
	catalog.Category
	Image catalog.Image
}

func home(v *visit) error {
	newest, err := v.web.d.Shop.Catalog.List(v.ctx, v.shop, catalog.Query{Limit: 100})
	if err != nil {
		return err
	}
	p := v.page("")
	p.Image = absolute(v.origin(), p.Shop.HeroURL)
	return v.shown(homePage(p, newest.Products[:min(onHome, len(newest.Products))], shelves(p.Categories, newest.Products)))
}

// shelves gives each category the picture of its newest product.
func shelves(categories []catalog.Category, products []catalog.Summary) []shelf {
	images := map[string]catalog.Image{}
	for _, s := range products {
		if _, ok := images[s.Category]; !ok && s.Image.URL != "" {
			images[s.Category] = s.Image
		}
	}
	all := make([]shelf, len(categories))
	for i, c := range categories {
		all[i] = shelf{c, images[c.Slug]}
	}
	return all
}

// list is one page of products and what was asked for.
type list struct {
	Form     form
	Category catalog.Category
	Page     catalog.Page
	Later    bool // not the first page
	base     string
	asked    url.Values
}

// Action is where the filters are sent.
func (l list) Action() string { return l.base }

// Next is the address of the next page.
func (l list) Next() string { return l.with("after", l.Page.Next) }

// First is the address of the first page with the same filters.
func (l list) First() string { return l.with("after", "") }

// Filtered reports whether a filter is set that could hide something.
func (l list) Filtered() bool {
	return l.asked.Has("min") || l.asked.Has("max") || l.asked.Has("stock") || l.asked.Has("q")
}

func (l list) with(key, value string) string {
	q := url.Values{}
	for k, all := range l.asked {
		q[k] = all
	}
	q.Del(key)
	if value != "" {
		q.Set(key, value)
	}
	if len(q) == 0 {
		return l.base
	}
	return l.base + "?" + q.Encode()
}

var sortNames = []struct{ Sort, Name string }{
	{string(catalog.Newest), "Newest"},
	{string(catalog.PriceUp), "Price, low to high"},
	{string(catalog.PriceDown), "Price, high to low"},
	{string(catalog.ByTitle), "Name"},
}

func listing(v *visit) error {
	l := list{Form: newForm(), base: "/products", asked: url.Values{}, Later: v.query("after") != ""}
	for _, name := range []string{"q", "min", "max", "stock", "sort"} {
		value := strings.TrimSpace(v.query(name))
		l.Form.set(name, value)
		if value != "" {
			l.asked.Set(name, value)
		}
	}
	p := v.page("All products")
	p.Query = l.Form.Value("q")
	if slug := v.param("category"); slug != "" {
		found := false
		for _, c := range p.Categories {
			if c.Slug == slug {
				l.Category, found = c, true
			}
		}
		if !found {
			return fault.New(fault.NotFound, "category_not_found", "There is no such category in this shop.")
		}
		l.base, p.Title = categoryPath(slug), l.Category.Name
	}
	if p.Query != "" {
		p.Title, p.Hidden = "“"+p.Query+"”", true
	}
	query := l.query(v.shop.Shop.Currency, v.query("after"))
	var err error
	if len(l.Form.errors) == 0 {
		l.Page, err = v.web.d.Shop.Catalog.List(v.ctx, v.shop, query)
	}
	if fault.KindOf(err) == fault.Invalid {
		err = l.Form.explain(err)
	}
	if err != nil {
		return err
	}
	return v.shown(listPage(p, l))
}

// query reads the filters; what cannot be read is marked in the form.
func (l list) query(c money.Currency, after string) catalog.Query {
	q := catalog.Query{
		Text: l.Form.Value("q"), Category: l.Category.Slug, InStock: l.Form.Value("stock") != "",
		Sort: catalog.Sort(l.Form.Value("sort")), Limit: perPage, After: after,
	}
	for _, f := range []struct {
		name string
		into *int64
	}{{"min", &q.MinPrice}, {"max", &q.MaxPrice}} {
		if typed := l.Form.Value(f.name); typed != "" {
			m, err := money.ParseDecimal(typed, c)
			if err != nil {
				l.Form.errors[f.name] = "Write a price, such as 19.90."
			}
			*f.into = m.Amount
		}
	}
	if q.MaxPrice > 0 && q.MaxPrice < q.MinPrice {
		l.Form.errors["max"] = "The highest price is below the lowest."
	}
	return q
}
