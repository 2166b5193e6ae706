package productfile

import (
	"slices"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

// wooBuilder makes one product of its row and those of its variations.
type wooBuilder struct {
	p          ports.SourceProduct
	in         *wooReading
	kind       string
	virtual    bool
	failed     bool
	attributes []catalog.Option // of the product's row
	variations []wooVariation
	grams      int64               // what a variation without a weight weighs
	shared     catalog.StockPolicy // what a variation without a stock of its own has
	whyDraft   string
}

// wooVariation is a variation whose options are not known yet.
type wooVariation struct {
	row    *row
	v      catalog.Variant
	values []catalog.Option // attribute → its value, none for any
	shares bool             // its stock is the product's
}

func (b *wooBuilder) fail(e catalog.RowError) {
	report(&b.p, e)
	b.failed = true
}

func (b *wooBuilder) note(r *row, c column, format string, args ...any) {
	b.p.Notes = append(b.p.Notes, r.fault(c, format, args...))
}

// cell returns a cell without what exports put before formulas.
func (b *wooBuilder) cell(r *row, c column) string { return unguard(r.get(c)) }

// readWoo reads one cell with parse and reports what parse finds wrong. Blank cells are the zero value.
func readWoo[T any](b *wooBuilder, r *row, c column, parse func(string) (T, error)) (v T) {
	cell := b.cell(r, c)
	if cell == "" {
		return v
	}
	v, err := parse(cell)
	if err != nil {
		report(&b.p, r.fault(c, "%s", err.Error()))
	}
	return v
}

func (b *wooBuilder) text(r *row, c column) string {
	return readWoo(b, r, c, func(s string) (string, error) { return parseText(s, maxText) })
}

// product takes the row of a product.
func (b *wooBuilder) product(r *row) {
	b.kind, b.virtual = wooKind(b.cell(r, wooType))
	switch b.kind {
	case "simple", "variable", "grouped", "external":
	default:
		b.fail(r.fault(wooType, "products of the type %q are not supported: leave this one out, or make it simple or variable", clip(b.kind)))
		return
	}
	p := &b.p.Product
	if p.Title = b.text(r, wooName); p.Title == "" {
		b.fail(r.fault(wooName, "the product has no name: give it one"))
		return
	}
	if b.slug(r); b.failed {
		return
	}
	p.Brand = readWoo(b, r, wooBrands, func(s string) (string, error) { return parseText(firstOf(wooList(s)), maxText) })
	p.Description = b.description(r)
	p.Tags = readWoo(b, r, wooTags, func(s string) ([]string, error) { return parseTags(strings.Join(wooList(s), ",")) })
	b.category(r)
	b.status(r)
	b.images(r)
	b.attributes = b.options(r, wooList)
	b.grams = b.weight(r)
	b.shared, _ = b.stock(r)
}

// slug makes the address: of the name, or with what tells it from an earlier product of that name.
func (b *wooBuilder) slug(r *row) {
	name := b.text(r, wooName)
	for _, s := range []string{b.cell(r, wooSlug), name, name + " " + b.cell(r, wooSKU), name + " " + b.cell(r, wooID)} {
		slug := catalog.Slugify(s)
		if slug == "" || len(slug) > maxText {
			continue
		}
		if _, again := b.in.used.claim(slug, r.line); !again {
			b.p.Product.Slug = slug
			return
		}
	}
	b.fail(r.fault(wooName, "no address of its own can be made of this name: use letters and digits, and another name than other products"))
}

// description reads the long text behind the short one. Exports write line ends as \n.
func (b *wooBuilder) description(r *row) string {
	var parts []string
	for _, c := range []column{wooShort, wooDescription} {
		if s := readWoo(b, r, c, func(s string) (string, error) { return parseText(s, maxHTML/2) }); s != "" {
			parts = append(parts, wooLines.Replace(s))
		}
	}
	return sanitise(b.in.source.html, strings.Join(parts, "\n"))
}

var wooLines = strings.NewReplacer(`\\n`, `\n`, `\n`, "\n")

// category takes the last part of the first path.
func (b *wooBuilder) category(r *row) {
	all := wooList(b.cell(r, wooCategories))
	if len(all) == 0 {
		return
	}
	c, err := parseCategory(all[0])
	if err != nil {
		report(&b.p, r.fault(wooCategories, "%s", err.Error()))
	}
	if b.p.Product.Category = c; len(all) > 1 {
		b.note(r, wooCategories, "only the first of %d categories is kept: a product has one", len(all))
	}
}

func (b *wooBuilder) status(r *row) {
	b.p.Product.Status = catalog.Active
	switch s := strings.ToLower(b.cell(r, wooPublished)); s {
	case "", "1", "true", "yes":
	case "0", "-1", "false", "no":
		b.p.Product.Status = catalog.Draft
	default:
		report(&b.p, r.fault(wooPublished, "write 1, 0 or -1"))
	}
	if strings.EqualFold(b.cell(r, wooVisibility), "hidden") {
		b.draft("it was hidden from the catalogue")
	}
	switch b.kind {
	case "grouped":
		b.draft("grouped products are not supported: sell their parts")
	case "external":
		b.draft("products that are sold elsewhere are not supported")
	}
}

// draft keeps a product from being sold, and says why at the end.
func (b *wooBuilder) draft(why string) {
	if b.whyDraft == "" {
		b.whyDraft = why
	}
	b.p.Product.Status = catalog.Draft
}

func (b *wooBuilder) images(r *row) {
	for _, url := range wooList(b.cell(r, wooImages)) {
		url, err := parseURL(url)
		if err != nil {
			report(&b.p, r.fault(wooImages, "%s", err.Error()))
			continue
		}
		known := slices.ContainsFunc(b.p.Product.Images, func(i catalog.Image) bool { return i.URL == url })
		if !known && len(b.p.Product.Images) < catalog.MaxImages {
			b.p.Product.Images = append(b.p.Product.Images, catalog.Image{URL: url})
		}
	}
}

// options reads the attributes of a row with their values, which split tells apart.
func (b *wooBuilder) options(r *row, split func(string) []string) (all []catalog.Option) {
	for i := range wooAttributes {
		name := b.text(r, attributeName(i))
		if name == "" {
			continue
		}
		var values []string
		for _, v := range split(b.cell(r, attributeValues(i))) {
			v, err := parseText(v, maxText)
			if err != nil {
				report(&b.p, r.fault(attributeValues(i), "%s", err.Error()))
			}
			if !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		all = append(all, catalog.Option{Name: name, Values: values})
	}
	return all
}

func (b *wooBuilder) weight(r *row) int64 {
	return readWoo(b, r, wooWeight, func(s string) (int64, error) { return parseWeight(leadingZero(s), r.head.weightUnit()) })
}

// stock reads how a row is counted; shares says that it has no stock of its own.
func (b *wooBuilder) stock(r *row) (s catalog.StockPolicy, shares bool) {
	in := strings.ToLower(b.cell(r, wooInStock))
	switch strings.ToLower(b.cell(r, wooBackorders)) {
	case "1", "yes", "notify", "true":
		s.Continue = true
	}
	s.Continue = s.Continue || in == "backorder" || in == "onbackorder"
	switch quantity := b.cell(r, wooStock); {
	case strings.EqualFold(quantity, "parent"):
		return s, true
	case quantity != "":
		s.Tracked = true
		s.OnHand = readWoo(b, r, wooStock, parseWooStock)
		if s.OnHand < 0 && !s.Continue {
			s.OnHand = 0
		}
	case slices.Contains([]string{"0", "no", "false", "outofstock"}, in):
		s.Tracked = true
	}
	return s, false
}

// parseWooStock reads a quantity that may be owed, and that may be written with decimals.
func parseWooStock(s string) (int64, error) {
	whole, frac, _ := strings.Cut(s, ".")
	if strings.Trim(frac, "0") != "" {
		return 0, badCell("write the quantity as a whole number, such as 12")
	}
	return parseStock(whole)
}

// price reads what a row costs now and what it cost before. priced is false when it cannot be bought.
func (b *wooBuilder) price(r *row) (now, was money.Money, priced bool) {
	parse := func(s string) (money.Money, error) { return parsePrice(leadingZero(s), b.in.currency) }
	regular := readWoo(b, r, wooRegular, parse)
	if b.cell(r, wooRegular) == "" {
		return money.Zero(b.in.currency), money.Money{}, false
	}
	if b.cell(r, wooSale) == "" {
		return regular, money.Money{}, true
	}
	sale := readWoo(b, r, wooSale, parse)
	if sale.Amount >= regular.Amount || !b.onSale(r) {
		return regular, money.Money{}, true
	}
	return sale, regular, true
}

// onSale reports whether the sale of a row is on, and says what becomes of one with dates.
func (b *wooBuilder) onSale(r *row) bool {
	from, to := readWoo(b, r, wooSaleFrom, parseDate), readWoo(b, r, wooSaleTo, parseDate)
	now := b.in.source.now()
	if !to.IsZero() && to.Hour() == 0 && to.Minute() == 0 {
		to = to.AddDate(0, 0, 1) // a date without a time is the whole day
	}
	switch {
	case !from.IsZero() && now.Before(from), !to.IsZero() && !now.Before(to):
		b.note(r, wooSale, "the sale is not on now: the regular price is kept, and the sale's is not")
		return false
	case !to.IsZero():
		b.note(r, wooSaleTo, "the sale price has no end here: end it on %s", b.cell(r, wooSaleTo))
	}
	return true
}

func parseDate(s string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.DateTime, "2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04", "2006/01/02"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, nil
		}
	}
	return time.Time{}, badCell("write the date as 2026-11-23")
}

// variant reads what a simple product and a variation have in common.
func (b *wooBuilder) variant(r *row, virtual bool) (v catalog.Variant, priced bool) {
	v.SKU, v.Barcode = b.text(r, wooSKU), b.text(r, wooGTIN)
	v.Price, v.CompareAt, priced = b.price(r)
	v.RequiresShipping = !virtual
	switch strings.ToLower(b.cell(r, wooTax)) {
	case "", "taxable":
		v.Taxable = true
	case "shipping", "none":
	default:
		report(&b.p, r.fault(wooTax, "write taxable, shipping or none"))
	}
	return v, priced
}

// variation takes the row of a variation.
func (b *wooBuilder) variation(r *row) {
	if r.problem != nil {
		b.fail(*r.problem)
		return
	}
	if b.kind != "variable" {
		b.fail(r.fault(wooParent, "line %d is not a variable product: give it the type variable, or take this variation away", b.p.Line))
		return
	}
	if b.cell(r, wooPublished) == "0" || b.cell(r, wooPublished) == "-1" {
		b.note(r, wooPublished, "this variation is switched off and was left out")
		return
	}
	_, virtual := wooKind(b.cell(r, wooType))
	v, priced := b.variant(r, virtual || b.virtual)
	if !priced {
		b.note(r, wooRegular, "this variation has no price and was left out")
		return
	}
	if v.Grams = b.weight(r); b.cell(r, wooWeight) == "" {
		v.Grams = b.grams
	}
	v.ImageURL = readWoo(b, r, wooImages, func(s string) (string, error) {
		if s = firstOf(wooList(s)); s == "" {
			return "", nil
		}
		return parseURL(s)
	})
	var shares bool
	v.Stock, shares = b.stock(r)
	b.variations = append(b.variations, wooVariation{r, v, b.options(r, oneValue), shares})
}

// finish makes the variants, once all rows are known.
func (b *wooBuilder) finish(r *row) {
	if b.failed {
		return
	}
	if b.kind == "variable" {
		b.choices(r)
	}
	if p := &b.p.Product; len(p.Variants) == 0 && !b.failed {
		v, priced := b.variant(r, b.virtual)
		if v.Grams, v.Stock = b.grams, b.shared; !priced || b.kind == "variable" {
			b.draft("it has no price")
		}
		p.Options = nil
		p.Variants = []catalog.Variant{v}
	}
	if b.whyDraft != "" {
		b.note(r, wooType, "imported as a draft: %s", b.whyDraft)
	}
	b.unkept(r)
}

// unkept tells of attributes that are no option.
func (b *wooBuilder) unkept(r *row) {
	var names []string
	for _, a := range b.attributes {
		if !slices.ContainsFunc(b.p.Product.Options, func(o catalog.Option) bool { return strings.EqualFold(o.Name, a.Name) }) {
			names = append(names, a.Name)
		}
	}
	if len(names) > 0 {
		b.note(r, attributeName(0), "attributes between which nobody chooses are not kept: %s", strings.Join(names, ", "))
	}
}

// leadingZero completes ".5".
func leadingZero(s string) string {
	if strings.HasPrefix(s, ".") {
		return "0" + s
	}
	return s
}

// wooList splits a cell at commas; those that belong to a text have a backslash before them.
func wooList(s string) (all []string) {
	const held = "\x00" // no row holds it
	for part := range strings.SplitSeq(strings.ReplaceAll(s, `\,`, held), ",") {
		if part = strings.TrimSpace(strings.ReplaceAll(part, held, ",")); part != "" {
			all = append(all, strings.Clone(part))
		}
	}
	return all
}

// oneValue is the value of a variation, in which a comma is a comma.
func oneValue(s string) []string {
	if s == "" {
		return nil
	}
	return []string{strings.ReplaceAll(s, `\,`, ",")}
}

func firstOf(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}
