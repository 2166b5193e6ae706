package web

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/search"
)

// list is one page of products and what was asked for.
type list struct {
	Form     form
	Category catalog.Category
	Found    shop.Found
	Later    bool // not the first page
	base     string
	asked    url.Values
	tree     *catalog.Tree
	known    shop.Filters
	Children []catalog.Category // right below the category
}

// one and many are the parameters of a listing's address; the latter may be given several times.
var (
	one  = []string{"q", "min", "max", "stock", "sort", "rating"}
	many = []string{"category", "brand", "option", "attribute"}
)

var sortNames = []struct {
	Sort search.Sort
	Name string
}{
	{search.Newest, "Newest"},
	{search.Popular, "Most popular"},
	{search.PriceUp, "Price, low to high"},
	{search.PriceDown, "Price, high to low"},
	{search.Rated, "Best rated"},
}

func listing(v *visit) error {
	l := list{Form: newForm(), base: "/products", asked: url.Values{}, Later: v.query("after") != ""}
	l.read(v)
	p := v.page(t(v.ctx, "All products"))
	l.tree = p.tree
	l.known = v.filters()
	p.Query = l.Form.Value("q")
	if slug := v.param("category"); slug != "" {
		found, err := v.web.d.Shop.Catalog.Category(v.ctx, v.shop, v.locale, slug)
		if err != nil {
			return err
		}
		if found.Slug != slug {
			return v.moved(categoryPath(found.Slug))
		}
		l.Category, l.Children = found.Category, found.Children
		l.base, p.Title = categoryPath(slug), l.Category.Name
	}
	if p.Query != "" {
		p.Title = "“" + p.Query + "”"
	}
	p.Hidden = len(l.asked) > 0 // search engines need each product on one listing only
	query := l.query(v.shop.Shop.Currency, v.query("after"))
	var err error
	if len(l.Form.errors) == 0 {
		l.Found, err = v.web.d.Shop.Search.Find(v.ctx, v.shop, query)
	}
	if fault.KindOf(err) == fault.Invalid {
		err = l.Form.explain(v.ctx, err)
	}
	if err != nil {
		return err
	}
	l.Found.Summaries = v.offered(l.Found.Summaries)
	return v.shown(listPage(p, l))
}

// read takes what the address asks for, as far as it means anything.
func (l *list) read(v *visit) {
	for _, name := range one {
		value := strings.TrimSpace(v.query(name))
		l.Form.set(name, value)
		if value != "" {
			l.asked.Set(name, value)
		}
	}
	for key, value := range v.c.Request().URI().QueryArgs().All() {
		if name, text := string(key), strings.TrimSpace(string(value)); slices.Contains(many, name) && text != "" {
			l.asked.Add(name, text)
		}
	}
}

// query reads the filters; what cannot be read is marked in the form.
func (l *list) query(c money.Currency, after string) search.Query {
	q := search.Query{
		Text: l.Form.Value("q"), Sort: search.Sort(l.Form.Value("sort")), Limit: perPage, After: after,
		Facets: []string{search.ByBrand, search.AllOptions, search.AllAttributes, search.ByPrice, search.ByRating},
	}
	add := func(group string, names ...string) {
		if len(names) > 0 {
			q.Filters = append(q.Filters, search.Filter{Group: group, Names: names})
		}
	}
	if l.Category.Slug != "" {
		add(search.ByCategory, l.Category.Slug)
	} else {
		q.Facets = append([]string{search.ByCategory}, q.Facets...)
		add(search.ByCategory, l.asked["category"]...)
	}
	add(search.ByBrand, l.asked["brand"]...)
	for name, values := range l.named("option") {
		add(search.OptionGroup(name), values...)
	}
	for key, values := range l.named("attribute") {
		add(search.AttributeGroup(key), values...)
	}
	if l.Form.Value("stock") != "" {
		add(search.ByStock, "true")
	}
	if stars := l.Form.Value("rating"); stars != "" {
		add(search.ByRating, stars)
	}
	q.MinPrice, q.MaxPrice = l.price("min", c), l.price("max", c)
	if q.MaxPrice > 0 && q.MaxPrice < q.MinPrice {
		l.Form.errors["max"] = "The highest price is below the lowest."
	}
	return q
}

// named are the chosen values by the option's name, or the attribute's key.
func (l *list) named(param string) map[string][]string {
	chosen := map[string][]string{}
	for _, o := range l.asked[param] {
		if name, value, ok := strings.Cut(o, ":"); ok && name != "" && value != "" {
			chosen[name] = append(chosen[name], value)
		}
	}
	return chosen
}

func (l *list) price(name string, c money.Currency) int64 {
	typed := l.Form.Value(name)
	if typed == "" {
		return 0
	}
	m, err := money.ParseDecimal(typed, c)
	if err != nil {
		l.Form.errors[name] = "Write a price, such as 19.90."
	}
	return m.Amount
}

// Action is where the filters are sent.
func (l list) Action() string { return l.base }

// Next is the address of the next page.
func (l list) Next() string { return l.with("after", l.Found.Next) }

// First is the address of the first page with the same filters.
func (l list) First() string { return l.with("after", "") }

// Clear is the address without filters; the words stay.
func (l list) Clear() string {
	return list{base: l.base, asked: url.Values{}}.with("q", l.Form.Value("q"))
}

// Filtered reports whether a filter is set that could hide something.
func (l list) Filtered() bool {
	return slices.ContainsFunc([]string{"min", "max", "stock", "rating", "category", "brand", "option", "attribute"}, l.asked.Has)
}

// Sorts are the sorts to choose from, the best match only where there is something to match.
func (l list) Sorts(ctx context.Context) []pick {
	var all []pick
	if l.Form.Value("q") != "" {
		all = append(all, pick{Value: string(search.Relevance), Label: t(ctx, "Best match")})
	}
	for _, s := range sortNames {
		all = append(all, pick{Value: string(s.Sort), Label: t(ctx, s.Name), Chosen: string(s.Sort) == l.Form.Value("sort")})
	}
	return all
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

// pick is one of several things to choose from.
type pick struct {
	Value, Label string
	Count        int
	Chosen       bool
}

// facet is one group of filters with its values.
type facet struct {
	Param, Legend string
	Values        []pick
}

// Chosen reports whether any of its values is.
func (f facet) Chosen() bool {
	return slices.ContainsFunc(f.Values, func(o pick) bool { return o.Chosen })
}

// Facets are the groups that can narrow the listing further, or that do so already.
func (l list) Facets(ctx context.Context) (all []facet) {
	for _, found := range l.Found.Facets {
		f, prefix := facet{Param: found.Group}, ""
		key, isAttribute := search.AttributeOf(found.Group)
		switch name, isOption := search.OptionOf(found.Group); {
		case isAttribute:
			f.Param, f.Legend, prefix = "attribute", l.known.Attribute(key).Name, key+":"
		case isOption:
			f.Param, f.Legend, prefix = "option", l.known.Said.Option(name).Name, name+":"
		case found.Group == search.ByCategory:
			f.Legend = t(ctx, "Category")
		case found.Group == search.ByBrand:
			f.Legend = t(ctx, "Brand")
		default:
			continue // prices and stars have forms of their own
		}
		for _, value := range found.Values {
			label := cmp.Or(l.known.Label(found.Group, value.Name), value.Name)
			if isAttribute {
				label = valueText(ctx, catalog.AttributeValue{Attribute: l.known.Attribute(key), Value: value.Name, Label: label})
			}
			f.add(l, prefix+value.Name, label, value.Count)
		}
		if len(f.Values) > 1 || f.Chosen() {
			all = append(all, f)
		}
	}
	return l.withChosen(ctx, all)
}

// add adds a value; a category that the menu does not know has no name to show.
func (f *facet) add(l list, value, label string, count int) {
	if f.Param == search.ByCategory {
		c, _ := l.tree.BySlug(label)
		label = c.Name
	}
	if label != "" {
		f.Values = append(f.Values, pick{Value: value, Label: label, Count: count, Chosen: slices.Contains(l.asked[f.Param], value)})
	}
}

// withChosen adds what was chosen and has no products with the other filters, so that it can be given up again.
func (l list) withChosen(ctx context.Context, all []facet) []facet {
	for _, param := range many {
		for _, value := range l.asked[param] {
			legend, label := t(ctx, sentenceCase(param)), value
			if name, of, ok := strings.Cut(value, ":"); ok && param == "option" {
				said := l.known.Said.Option(name)
				legend, label = said.Name, cmp.Or(said.Values[of], of)
			} else if ok && param == "attribute" {
				a := l.known.Attribute(name)
				legend, label = a.Name, valueText(ctx, catalog.AttributeValue{Attribute: a, Value: of, Label: l.known.Said.Choice(name, of)})
			}
			if legend == "" {
				continue // an attribute that is no more
			}
			i := slices.IndexFunc(all, func(f facet) bool { return f.Param == param && f.Legend == legend })
			if i < 0 {
				i, all = len(all), append(all, facet{Param: param, Legend: legend})
			}
			if !slices.ContainsFunc(all[i].Values, func(p pick) bool { return p.Value == value }) {
				all[i].add(l, value, label, 0)
			}
		}
	}
	return all
}

// valueText writes the value of an attribute for people.
func valueText(ctx context.Context, v catalog.AttributeValue) string {
	if v.Type != catalog.BooleanAttribute {
		return cmp.Or(v.Label, v.Value)
	}
	if v.Value == "true" {
		return t(ctx, "Yes")
	}
	return t(ctx, "No")
}

// filters are best effort, as the menu is.
func (v *visit) filters() shop.Filters {
	all, err := v.web.d.Shop.Catalog.Filters(v.ctx, v.shop, v.locale)
	if err != nil {
		v.web.d.Log.WarnContext(v.ctx, "the listing has no attributes", "error", err)
	}
	return all
}

func sentenceCase(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// band is a link to the products of a range of prices.
type band struct {
	Text, Path string
	Count      int
}

// Bands are the ranges of prices that hold something.
func (l list) Bands(ctx context.Context, p page) (all []band) {
	for _, value := range l.values(search.ByPrice) {
		from, end, ok := search.Band(value.Name)
		if !ok {
			continue
		}
		b := band{Count: value.Count}
		low, high := money.New(from, p.Shop.Currency), money.New(max(end-1, 0), p.Shop.Currency)
		narrowed := list{base: l.base, asked: url.Values{}}
		for k, v := range l.asked {
			narrowed.asked[k] = v
		}
		narrowed.asked.Del("min")
		narrowed.asked.Del("max")
		switch {
		case end == 0:
			b.Text = t(ctx, "%s and more", p.Money(low))
		case from == 0:
			b.Text = t(ctx, "Below %s", p.Money(money.New(end, p.Shop.Currency)))
		default:
			b.Text = t(ctx, "%s to %s", p.Money(low), p.Money(money.New(end, p.Shop.Currency)))
		}
		if from > 0 {
			narrowed.asked.Set("min", low.Decimal())
		}
		if end > 0 {
			narrowed.asked.Set("max", high.Decimal())
		}
		b.Path = narrowed.First()
		all = append(all, b)
	}
	return all
}

// Stars are the ratings to choose from, the best first.
func (l list) Stars(ctx context.Context) (all []pick) {
	for _, value := range l.values(search.ByRating) {
		n, err := strconv.Atoi(value.Name)
		if err != nil || n < 1 {
			continue
		}
		all = append(all, pick{Value: value.Name, Label: counted(ctx, int64(n), "%d star and more", "%d stars and more"), Count: value.Count, Chosen: l.Form.Value("rating") == value.Name})
	}
	slices.SortFunc(all, func(a, b pick) int { return strings.Compare(b.Value, a.Value) })
	return all
}

func (l list) values(group string) []search.Count {
	i := slices.IndexFunc(l.Found.Facets, func(f search.Facet) bool { return f.Group == group })
	if i < 0 {
		return nil
	}
	return l.Found.Facets[i].Values
}

// suggest completes what is being typed into the search box: a piece of a page, for the script.
func suggest(v *visit) error {
	found, err := v.web.d.Shop.Search.Suggest(v.ctx, v.shop, search.Beginning{Text: v.query("q"), Limit: 5})
	if err != nil {
		return err
	}
	v.c.Set("Cache-Control", "private, max-age=60")
	found.Products = v.offered(found.Products)
	return v.render(200, suggestions(page{Shop: v.shop.Shop, Locale: v.locale, Currency: v.currency}, found))
}
