package productfile

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

// ownReading is one pass over our own CSV: a product's first row carries its fields, each of its rows a variant, a
// picture, or both. The rows of a product stand together.
type ownReading struct {
	source   *Source
	currency money.Currency
	fn       func(ports.SourceProduct) error
	used     *used
	end      int64
	product  *ownBuilder
}

func (s *Source) readOwn(rows *rows, currency money.Currency, fn func(ports.SourceProduct) error) error {
	in := ownReading{source: s, currency: currency, fn: fn, used: newUsed()}
	for {
		row, err := rows.next()
		if errors.Is(err, io.EOF) {
			return in.flush()
		}
		if err == nil {
			err = in.add(&row)
		}
		if err != nil {
			return err
		}
		in.end = rows.split.position()
	}
}

func (in *ownReading) add(r *row) error {
	slug := strings.Clone(strings.TrimSpace(unguard(r.raw(ownSlug))))
	if in.product != nil && (slug == in.product.p.Product.Slug || slug == "") {
		in.product.row(r)
		return nil
	}
	if err := in.flush(); err != nil {
		return err
	}
	in.product = &ownBuilder{source: in.source, currency: in.currency}
	in.product.p.Line, in.product.p.Product.Slug = r.line, slug
	if line, again := in.used.claim(slug, r.line); again {
		in.product.refuse(r.fault(ownSlug, "the slug %q is already used in line %d: put all rows of a product together", slug, line))
	}
	in.product.row(r)
	return nil
}

func (in *ownReading) flush() error {
	if in.product == nil {
		return nil
	}
	p := in.product.p
	p.End = in.end
	in.product = nil
	return in.fn(p)
}

// ownBuilder makes one product of its rows.
type ownBuilder struct {
	p        ports.SourceProduct
	source   *Source
	currency money.Currency
	refused  bool
}

func (b *ownBuilder) refuse(e catalog.RowError) {
	report(&b.p, e)
	b.refused = true
}

// readOwn reads one cell with parse and reports what parse finds wrong. Blank cells are the zero value.
func readOwn[T any](b *ownBuilder, r *row, c column, parse func(string) (T, error)) (v T) {
	cell := unguard(r.raw(c))
	if cell == "" {
		return v
	}
	v, err := parse(cell)
	if err != nil {
		report(&b.p, r.fault(c, "%s", err.Error()))
	}
	return v
}

func (b *ownBuilder) text(r *row, c column) string {
	return readOwn(b, r, c, func(s string) (string, error) { return parseText(s, maxText) })
}

// flag reads a yes or no; blank cells and missing columns are what blank says.
func (b *ownBuilder) flag(r *row, c column, blank bool) bool {
	if strings.TrimSpace(r.raw(c)) == "" {
		return blank
	}
	return readOwn(b, r, c, func(s string) (bool, error) { return parseBool(strings.TrimSpace(s), blank) })
}

func (b *ownBuilder) row(r *row) {
	b.p.Rows++
	switch {
	case b.refused:
		return
	case r.problem != nil && b.p.Rows == 1:
		b.refuse(*r.problem)
		return
	case r.problem != nil:
		report(&b.p, *r.problem)
		return
	case strings.TrimSpace(r.raw(ownSlug)) == "":
		b.refuse(r.fault(ownSlug, "the slug is missing: repeat the product's slug in each of its rows"))
		return
	}
	if b.p.Rows == 1 {
		b.fields(r)
		b.options(r)
	}
	if strings.TrimSpace(r.raw(ownPrice)) != "" {
		b.variant(r)
	} else if b.p.Rows == 1 || r.raw(ownImage) == "" && r.raw(ownImageAlt) == "" {
		report(&b.p, r.fault(ownPrice, "the price is missing: write a number such as 19.90, or 0 when it is free"))
	}
	b.image(r)
}

func (b *ownBuilder) fields(r *row) {
	p := &b.p.Product
	p.Title, p.Brand = b.text(r, ownTitle), b.text(r, ownBrand)
	p.Description = readOwn(b, r, ownDescription, func(s string) (string, error) {
		s, err := parseText(s, maxHTML)
		return sanitise(b.source.html, s), err
	})
	p.SEO.Title = b.text(r, ownSEOTitle)
	p.SEO.Description = readOwn(b, r, ownSEOText, func(s string) (string, error) { return parseText(s, maxSEO) })
	p.Category = categoryOf(b.text(r, ownCategory), b.text(r, ownCategoryName))
	p.Tags = readOwn(b, r, ownTags, func(s string) ([]string, error) { return splitList(strings.Clone(s)), nil })
	if p.Status = readOwn(b, r, ownStatus, func(s string) (catalog.Status, error) { return parseStatus(strings.TrimSpace(s)) }); p.Status == "" {
		p.Status = catalog.Draft
	}
}

// categoryOf makes what is missing of what is there; nil without both.
func categoryOf(slug, name string) *catalog.Category {
	switch {
	case slug == "":
		slug = catalog.Slugify(name)
	case name == "":
		name = slug
	}
	if slug == "" {
		return nil
	}
	return &catalog.Category{Slug: slug, Name: name}
}

func (b *ownBuilder) options(r *row) {
	p := &b.p.Product
	for i, c := range ownOptionNames {
		name := b.text(r, c)
		if name == "" {
			continue
		}
		if len(p.Options) < i {
			b.refuse(r.fault(ownOptionNames[i-1], "the option before %q has no name: fill the options from the first on", name))
			return
		}
		values := readOwn(b, r, ownOptionValues[i], func(s string) ([]string, error) { return splitList(strings.Clone(s)), nil })
		p.Options = append(p.Options, catalog.Option{Name: name, Values: values})
	}
}

func (b *ownBuilder) variant(r *row) {
	p := &b.p.Product
	if len(p.Variants) >= catalog.MaxVariants {
		b.refuse(r.fault(ownPrice, "this product has too many variants: use at most 2000"))
		return
	}
	if c := strings.TrimSpace(r.raw(ownCurrency)); c != "" && money.Currency(c) != b.currency {
		b.refuse(r.fault(ownCurrency, "this price is in %s, but the shop sells in %s: convert the prices first", clip(c), b.currency))
		return
	}
	v := catalog.Variant{
		SKU: b.text(r, ownSKU), Barcode: b.text(r, ownBarcode), Values: b.values(r),
		Price:            readOwn(b, r, ownPrice, b.price),
		CompareAt:        readOwn(b, r, ownCompareAt, b.price),
		Grams:            readOwn(b, r, ownGrams, func(s string) (int64, error) { return parseWeight(strings.TrimSpace(s), "g") }),
		ImageURL:         readOwn(b, r, ownVariantImage, parseURL),
		RequiresShipping: b.flag(r, ownShipping, true), Taxable: b.flag(r, ownTaxable, true),
		Stock: catalog.StockPolicy{
			Tracked:  b.flag(r, ownTracked, strings.TrimSpace(r.raw(ownStock)) != ""),
			Continue: b.flag(r, ownBackorder, false),
			OnHand:   readOwn(b, r, ownStock, parseStock),
		},
	}
	p.Variants = append(p.Variants, v)
}

func (b *ownBuilder) price(s string) (money.Money, error) {
	return parsePrice(strings.TrimSpace(s), b.currency)
}

// parseStock reads a quantity that may be owed.
func parseStock(s string) (int64, error) {
	s = strings.TrimSpace(s)
	if rest, owed := strings.CutPrefix(s, "-"); owed && rest != "" {
		n, err := parseQuantity(rest)
		return -n, err
	}
	return parseQuantity(s)
}

// values reads what a variant is, one value per option.
func (b *ownBuilder) values(r *row) (values []string) {
	options := b.p.Product.Options
	for i, c := range ownValues {
		v := b.text(r, c)
		switch {
		case i >= len(options) && v != "":
			report(&b.p, r.fault(c, "this option has no name: name it in the product's first row"))
		case i < len(options) && v == "":
			report(&b.p, r.fault(c, "the value of option %q is missing: every variant needs one", options[i].Name))
		}
		if i >= len(options) || v == "" {
			continue
		}
		values = append(values, v)
		if !slices.Contains(options[i].Values, v) {
			options[i].Values = append(options[i].Values, v)
		}
	}
	return values
}

func (b *ownBuilder) image(r *row) {
	if r.raw(ownImage) == "" && r.raw(ownImageAlt) == "" {
		return
	}
	p := &b.p.Product
	if len(p.Images) >= catalog.MaxImages {
		b.refuse(r.fault(ownImage, "this product has too many images: use at most 250"))
		return
	}
	p.Images = append(p.Images, catalog.Image{
		URL: readOwn(b, r, ownImage, parseURL),
		Alt: readOwn(b, r, ownImageAlt, func(s string) (string, error) { return parseText(s, maxAlt) }),
	})
}
