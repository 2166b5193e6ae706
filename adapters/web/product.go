package web

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
)

// choice is a product with the options chosen so far.
type choice struct {
	catalog.Product
	Chosen  []string        // one value per option
	Variant catalog.Variant // the chosen one; zero when the combination does not exist
	Form    form
	Text    string // the description, sanitised
	Related []catalog.Summary
	Viewed  []catalog.Summary // before this one
	Reviews []opinion         // the first
}

// option is one value of an option as the form shows it.
type option struct {
	Value   string
	Chosen  bool
	Missing bool // there is no such combination with the other chosen values
	SoldOut bool
}

// Exists reports whether the chosen combination is made at all.
func (c choice) Exists() bool { return c.Variant.ID != "" }

// Buyable reports whether the chosen combination can be bought now.
func (c choice) Buyable() bool { return c.Exists() && c.Variant.Supply().Available() > 0 }

// SoldOut reports whether some combination cannot be bought now.
func (c choice) SoldOut() bool {
	return slices.ContainsFunc(c.Variants, func(v catalog.Variant) bool { return v.Supply().Available() == 0 })
}

// Left is how many are left when that is worth saying, else 0.
func (c choice) Left() int64 {
	if n := c.Variant.Supply().Available(); c.Exists() && n > 0 && n <= fewLeft {
		return n
	}
	return 0
}

// stockNote says that what is bought is sent later, and when; "" when it is there.
func stockNote(ctx context.Context, s catalog.StockPolicy, quantity int64) string {
	switch s.For(quantity) {
	case catalog.Backorder:
		return t(ctx, "On order: sent as soon as it comes in")
	case catalog.Preorder:
		return t(ctx, "Pre-order: sent on %s", tongueIn(ctx).day(s.ShipsAt))
	case catalog.InStock, catalog.OutOfStock:
	}
	return ""
}

// Options lists the values of option i, seen from what is chosen for the other options.
func (c choice) Options(i int) []option {
	all := make([]option, len(c.Product.Options[i].Values))
	for n, value := range c.Product.Options[i].Values {
		values := slices.Clone(c.Chosen)
		values[i] = value
		found, ok := variantOf(c.Product, values)
		all[n] = option{value, c.Chosen[i] == value, !ok, ok && found.Supply().Available() == 0}
	}
	return all
}

// Bundles are the variants that are put together from others.
func (c choice) Bundles() (all []catalog.Variant) {
	for _, v := range c.Variants {
		if v.Parts != nil {
			all = append(all, v)
		}
	}
	return all
}

// partText says what is in a bundle, such as "2 × Olive soap, 100 g".
func partText(ctx context.Context, quantity int64, title, variant string) string {
	if variant != "" {
		title += ", " + variant
	}
	return t(ctx, "%d × %s", quantity, title)
}

// Pictures puts the chosen variant's own picture first.
func (c choice) Pictures() []catalog.Image {
	all := slices.Clone(c.Images)
	if c.Variant.ImageURL == "" {
		return all
	}
	at := slices.IndexFunc(all, func(i catalog.Image) bool { return i.URL == c.Variant.ImageURL })
	if at < 0 {
		return append([]catalog.Image{{URL: c.Variant.ImageURL, Alt: c.Title}}, all...)
	}
	first := all[at]
	return append([]catalog.Image{first}, slices.Delete(all, at, at+1)...)
}

// variantData is what the script needs to switch variants. Prices are already written for people.
type variantData struct {
	ID        string   `json:"id"`
	Values    []string `json:"values"`
	Price     string   `json:"price"`
	CompareAt string   `json:"compare_at,omitempty"`
	Lowest    string   `json:"lowest,omitempty"`
	Tiers     []string `json:"tiers,omitempty"`
	Left      int64    `json:"left"`          // 0 sold out, up to 5, or 6 for more
	Few       string   `json:"few,omitempty"` // says how few are left, or that it is sent later
	Image     string   `json:"image,omitempty"`
}

// fewLeft is up to how many left are worth saying.
const fewLeft = 5

// productData is what the script of a product's page needs.
type productData struct {
	Variants []variantData     `json:"variants"`
	Words    map[string]string `json:"words"`
}

// Data is for the script.
func (c choice) Data(ctx context.Context, p page) productData {
	all := make([]variantData, len(c.Variants))
	for i, v := range c.Variants {
		all[i] = variantData{ID: string(v.ID), Values: v.Values, Price: p.Money(v.Pays()), Left: min(v.Supply().Available(), fewLeft+1), Image: v.ImageURL}
		if was := v.Was(); was.Amount > 0 {
			all[i].CompareAt = p.Money(was)
		}
		all[i].Lowest, all[i].Tiers = p.Lowest(ctx, v), p.Tiers(ctx, v)
		if all[i].Few = stockNote(ctx, v.Supply(), 1); all[i].Few == "" && all[i].Left > 0 && all[i].Left <= fewLeft {
			all[i].Few = t(ctx, "Only %d left", all[i].Left)
		}
	}
	return productData{all, map[string]string{
		"missing": t(ctx, "This combination is not made"), "sold_out": t(ctx, "Sold out"), "in_stock": t(ctx, "In stock"),
		"not_available": t(ctx, "Not available"), "add": t(ctx, "Add to cart"),
		"missing_note": t(ctx, "(not available in this combination)"), "sold_out_note": t(ctx, "(sold out)"),
	}}
}

var schemaOf = map[catalog.Availability]string{
	catalog.InStock: "InStock", catalog.Backorder: "BackOrder", catalog.Preorder: "PreOrder", catalog.OutOfStock: "OutOfStock",
}

// Linked is the product for search engines (schema.org).
func (c choice) Linked(p page) map[string]any {
	offers := make([]map[string]any, len(c.Variants))
	for i, v := range c.Variants {
		offers[i] = map[string]any{
			"@type": "Offer", "sku": v.SKU, "price": v.Pays().Decimal(), "priceCurrency": v.Price.Currency,
			"availability": "https://schema.org/" + schemaOf[v.Supply().For(1)], "url": p.Canonical,
		}
	}
	data := map[string]any{
		"@context": "https://schema.org", "@type": "Product", "name": c.Title, "description": p.Description,
		"offers": offers, "url": p.Canonical,
	}
	if c.Brand != "" {
		data["brand"] = map[string]any{"@type": "Brand", "name": c.Brand}
	}
	if p.Image != "" {
		data["image"] = p.Image
	}
	if n := c.Rating.Count(); n > 0 {
		data["aggregateRating"] = map[string]any{"@type": "AggregateRating", "ratingValue": float64(c.Rating.Average()) / 100, "reviewCount": n}
		said := make([]map[string]any, len(c.Reviews))
		for i, r := range c.Reviews {
			said[i] = map[string]any{
				"@type": "Review", "author": map[string]any{"@type": "Person", "name": r.Author}, "name": r.Title, "reviewBody": r.Text,
				"datePublished": r.CreatedAt.UTC().Format("2006-01-02"), "reviewRating": map[string]any{"@type": "Rating", "ratingValue": r.Stars},
			}
		}
		data["review"] = said
	}
	return data
}

func variantOf(p catalog.Product, values []string) (catalog.Variant, bool) {
	i := slices.IndexFunc(p.Variants, func(v catalog.Variant) bool { return slices.Equal(v.Values, values) })
	if i < 0 {
		return catalog.Variant{}, false
	}
	return p.Variants[i], true
}

// product reads a product as its reader's language calls it.
func (v *visit) product(slug string) (catalog.Product, error) {
	found, err := v.web.d.Shop.Catalog.Product(v.ctx, v.shop.ID, slug)
	if err != nil {
		return found, err
	}
	if found, err = v.quoted(found); err != nil {
		return found, err
	}
	return v.said(found.Subjects()...).Product(found), nil
}

func product(v *visit) error { return showProduct(v, 200, v.query, newForm()) }

// showProduct shows a product with the options that read names ("o0", "o1", …), by default the first that is in stock.
func showProduct(v *visit, status int, read func(string) string, f form) error {
	found, err := v.product(v.slug())
	if err != nil {
		return err
	}
	if status == 200 && found.Slug != v.slug() {
		return v.moved(productPath(found.Slug))
	}
	c := choose(found, read)
	c.Form, c.Text = f, v.web.html.Sanitize(found.Description)
	c.Related, c.Viewed, c.Reviews = v.related(found), v.keepViewed(found.ID), v.firstReviews(found)
	p := v.page(cmp.Or(found.SEO.Title, found.Title))
	p.Canonical, p.Description = v.origin()+productPath(found.Slug), cmp.Or(found.SEO.Description, excerpt(found.Description, 160))
	if cover := found.Cover(); cover.URL != "" {
		p.Image = absolute(v.origin(), cover.URL)
	}
	if status == 200 {
		return v.shown(productPage(p, c))
	}
	return v.private(status, productPage(p, c))
}

func (v *visit) slug() string {
	if slug := v.param("slug"); slug != "" {
		return slug
	}
	return v.form("slug")
}

func choose(p catalog.Product, read func(string) string) choice {
	c := choice{Product: p, Chosen: make([]string, len(p.Options))}
	first := slices.IndexFunc(p.Variants, func(v catalog.Variant) bool { return v.Supply().Available() > 0 })
	if len(p.Variants) > 0 {
		copy(c.Chosen, p.Variants[max(first, 0)].Values)
	}
	for i, o := range p.Options {
		if asked := read("o" + strconv.Itoa(i)); slices.Contains(o.Values, asked) {
			c.Chosen[i] = asked
		}
	}
	c.Variant, _ = variantOf(p, c.Chosen)
	return c
}

// related is best effort: a page without it is still the product's.
func (v *visit) related(p catalog.Product) []catalog.Summary {
	all, err := v.web.d.Shop.Catalog.Related(v.ctx, v.shop, p, onRelated)
	if err != nil {
		return nil
	}
	return v.offered(all)
}

// addToCart takes the chosen options, or a variant's id as product cards send it.
func addToCart(v *visit) error {
	f := v.read("quantity")
	quantity, err := strconv.ParseInt(f.Value("quantity"), 10, 64)
	if err != nil {
		quantity = 0 // refused below, with the words of the cart
	}
	variant := catalog.VariantID(v.form("variant"))
	if variant == "" {
		found, err := v.product(v.slug())
		if err != nil {
			return err
		}
		c := choose(found, v.form)
		if !c.Exists() {
			f.Message = t(v.ctx, "This combination is not made. Choose another one.")
			return showProduct(v, 422, v.form, f)
		}
		variant = c.Variant.ID
	}
	view, err := v.add(variant, quantity)
	if err == nil {
		v.keepCount(count(view.Priced))
		return v.redirect("/cart?added=1")
	}
	if err := f.explain(v.ctx, err); err != nil || v.form("slug") == "" {
		return err
	}
	return showProduct(v, statusOf[fault.KindOf(err)], v.form, f)
}

// count is how many units a cart holds, bought or not.
func count(c cart.Priced) (units int64) {
	for _, l := range c.Lines {
		units += l.Quantity
	}
	return units
}

// isGone reports that a cart token is of no more use.
func isGone(err error) bool {
	return errors.Is(err, cart.ErrOrdered) || errors.Is(err, cart.ErrNotFound)
}
