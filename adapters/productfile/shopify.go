package productfile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/microcosm-cc/bluemonday"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

// maxErrors bounds what one product reports.
const maxErrors = 100

var (
	optionNames  = [catalog.MaxOptions]column{option1Name, option2Name, option3Name}
	optionValues = [catalog.MaxOptions]column{option1Value, option2Value, option3Value}
	variantCells = []column{option1Value, option2Value, option3Value, sku, barcode, price, compareAt, quantity}
)

// builder makes one product of its rows.
type builder struct {
	p        ports.SourceProduct
	currency money.Currency
	html     *bluemonday.Policy
	refused  bool           // what the product lacks makes its other rows meaningless: they are only counted
	titles   map[string]int // of variants → line
	values   [catalog.MaxOptions]map[string]bool
	images   map[string]int  // URL → index in positions
	position []int64         // of the images, in the order of the file
	full     map[column]bool // limits already reported
}

func newBuilder(c money.Currency, html *bluemonday.Policy, slug string, line int) *builder {
	b := &builder{currency: c, html: html, titles: map[string]int{}, images: map[string]int{}, full: map[column]bool{}}
	b.p.Line, b.p.Product.Slug = line, slug
	return b
}

// refuse reports an error after which the rest of the product is not looked at.
func (b *builder) refuse(e catalog.RowError) {
	b.report(e)
	b.refused = true
}

func (b *builder) report(e catalog.RowError) { report(&b.p, e) }

// report adds what is wrong to a product, up to a limit.
func report(p *ports.SourceProduct, e catalog.RowError) {
	switch n := len(p.Errors); {
	case n < maxErrors:
		p.Errors = append(p.Errors, e)
	case n == maxErrors:
		p.Errors = append(p.Errors, catalog.RowError{Line: e.Line, Message: "this product has more errors, which are not listed: mend these first"})
	}
}

// read reads one cell with parse and reports what parse finds wrong.
func read[T any](b *builder, r *row, c column, parse func(string) (T, error)) T {
	v, err := parse(r.get(c))
	if err != nil {
		b.report(r.fault(c, "%s", err.Error()))
	}
	return v
}

func (b *builder) text(r *row, c column) string {
	return read(b, r, c, func(s string) (string, error) { return parseText(s, maxText) })
}

// first takes the row with the product's fields, its first variant and its first image.
func (b *builder) first(r *row) {
	b.p.Rows++
	switch {
	case b.refused:
		return
	case r.problem != nil:
		b.refuse(*r.problem)
		return
	case r.get(title) == "":
		b.refuse(r.fault(title, "the product has no title: give one in its first row, and keep all rows of a product together"))
		return
	case b.p.Product.Slug == "", len(b.p.Product.Slug) > maxText:
		b.refuse(r.fault(handle, "no address can be made of this handle: use at most 255 letters, digits and single hyphens"))
		return
	}
	b.fields(r)
	if b.options(r); b.refused {
		return
	}
	b.variant(r)
	b.image(r)
}

// next takes a further variant, a further image, or both.
func (b *builder) next(r *row) {
	b.p.Rows++
	switch {
	case b.refused:
		return
	case r.problem != nil:
		b.report(*r.problem)
		return
	case r.get(handle) == "":
		b.report(r.fault(handle, "the handle is missing: repeat the product's handle in each of its rows"))
		return
	}
	variant := slices.ContainsFunc(variantCells, func(c column) bool { return r.get(c) != "" })
	if variant {
		b.sameOptions(r)
		b.variant(r)
	} else if r.get(image) == "" {
		b.report(catalog.RowError{Line: r.line, Message: "this row has neither a variant nor an image: give option values and a price, or an image, or remove it"})
	}
	b.image(r)
}

func (b *builder) fields(r *row) {
	p := &b.p.Product
	p.Title, p.Brand = b.text(r, title), b.text(r, vendor)
	p.Description = read(b, r, body, func(s string) (string, error) {
		s, err := parseText(s, maxHTML)
		return sanitise(b.html, s), err
	})
	p.SEO.Title = b.text(r, seoTitle)
	p.SEO.Description = read(b, r, seoText, func(s string) (string, error) { return parseText(s, maxSEO) })
	p.Tags = read(b, r, tags, parseTags)
	if p.Category = read(b, r, kind, parseCategory); p.Category == nil {
		p.Category = read(b, r, category, parseCategory)
	}
	p.Status = catalog.Draft
	if read(b, r, published, func(s string) (bool, error) { return parseBool(s, true) }) {
		p.Status = catalog.Active
	}
	if r.get(status) != "" {
		p.Status = read(b, r, status, parseStatus)
	}
	if read(b, r, giftCard, func(s string) (bool, error) { return parseBool(s, false) }) {
		b.report(r.fault(giftCard, "gift cards are not supported: leave this product out"))
	}
}

// options reads the names of the options. Without good names no variant can be understood.
func (b *builder) options(r *row) {
	before := len(b.p.Errors)
	for i, c := range optionNames {
		name := b.text(r, c)
		if name == "" && i == 0 && isDefault(r.get(option1Value)) {
			name = "Title"
		}
		if name == "" {
			continue
		}
		options := b.p.Product.Options
		if len(options) < i {
			b.refuse(r.fault(optionNames[i-1], "the option before %q has no name: fill the options from the first on", name))
			return
		}
		if slices.ContainsFunc(options, func(o catalog.Option) bool { return strings.EqualFold(o.Name, name) }) {
			b.report(r.fault(c, "there are two options named %q: give each its own name", name))
		}
		b.p.Product.Options = append(options, catalog.Option{Name: name})
		b.values[i] = map[string]bool{}
	}
	b.refused = len(b.p.Errors) > before
}

// sameOptions checks the option names of a further row: they may be repeated, not changed.
func (b *builder) sameOptions(r *row) {
	for i, c := range optionNames {
		name := r.get(c)
		if name == "" || (i < len(b.p.Product.Options) && strings.EqualFold(name, b.p.Product.Options[i].Name)) {
			continue
		}
		b.report(r.fault(c, "the product's first row names this option differently: keep the names of the first row"))
	}
}

func (b *builder) variant(r *row) {
	if len(b.p.Product.Variants) >= catalog.MaxVariants {
		b.once(r, price, "this product has too many variants: use at most 2000")
		return
	}
	v := catalog.Variant{
		SKU:              b.text(r, sku),
		Barcode:          b.text(r, barcode),
		Values:           b.choice(r),
		Price:            read(b, r, price, b.price),
		Grams:            b.weight(r),
		RequiresShipping: read(b, r, shipping, orTrue),
		Taxable:          read(b, r, taxable, orTrue),
		Stock: catalog.StockPolicy{
			Tracked:  r.get(tracker) != "" || r.get(quantity) != "",
			Continue: read(b, r, policy, parseContinue),
			OnHand:   read(b, r, quantity, parseQuantity),
		},
	}
	if r.get(compareAt) != "" {
		if was := read(b, r, compareAt, b.price); was.Amount > v.Price.Amount {
			v.CompareAt = was
		}
	}
	if r.get(variantImage) != "" {
		v.ImageURL = read(b, r, variantImage, parseURL)
	}
	b.p.Product.Variants = append(b.p.Product.Variants, v)
}

func (b *builder) price(s string) (money.Money, error) { return parsePrice(s, b.currency) }

func orTrue(s string) (bool, error) { return parseBool(s, true) }

// choice reads a variant's option values and refuses a choice that another variant already is.
func (b *builder) choice(r *row) []string {
	options := b.p.Product.Options
	var values []string
	for i, c := range optionValues {
		v := b.text(r, c)
		switch {
		case i < len(options) && v == "":
			b.report(r.fault(c, "the value of option %q is missing: every variant needs one", options[i].Name))
		case i >= len(options) && v != "":
			b.report(r.fault(c, "this option has no name: name it in the product's first row"))
		}
		if i >= len(options) {
			continue
		}
		if values = append(values, v); !b.values[i][v] {
			b.values[i][v] = true
			options[i].Values = append(options[i].Values, v)
		}
	}
	name := catalog.Variant{Values: values}.Title()
	if line, taken := b.titles[name]; taken {
		b.report(r.fault(option1Value, "line %d is the same variant %q: give each variant its own option values", line, name))
	}
	b.titles[name] = r.line
	return values
}

// weight reads the grams, or else the weight with its unit.
func (b *builder) weight(r *row) int64 {
	c, unit := grams, "g"
	if r.get(grams) == "" {
		c, unit = weight, r.get(weightUnit)
	}
	if r.get(c) == "" {
		return 0
	}
	return read(b, r, c, func(s string) (int64, error) { return parseWeight(s, unit) })
}

// image adds the row's picture. A picture without a position stays behind the one before it.
func (b *builder) image(r *row) {
	if r.get(image) == "" {
		return
	}
	img := catalog.Image{URL: read(b, r, image, parseURL)}
	img.Alt = read(b, r, imageAlt, func(s string) (string, error) { return parseText(s, maxAlt) })
	at := int64(0)
	if n := len(b.position); n > 0 {
		at = b.position[n-1]
	}
	if r.get(imagePosition) != "" {
		at = read(b, r, imagePosition, parsePosition)
	}
	images := b.p.Product.Images
	if i, known := b.images[img.URL]; known {
		images[i].Alt = cmp.Or(images[i].Alt, img.Alt)
		return
	}
	if len(images) >= catalog.MaxImages {
		b.once(r, image, "this product has too many images: use at most 250")
		return
	}
	b.images[img.URL] = len(images)
	b.p.Product.Images, b.position = append(images, img), append(b.position, at)
}

// once reports a limit the first time it is passed.
func (b *builder) once(r *row, c column, message string) {
	if !b.full[c] {
		b.full[c] = true
		b.report(r.fault(c, "%s", message))
	}
}

// finish returns the product as read.
func (b *builder) finish() ports.SourceProduct {
	p := &b.p.Product
	if len(p.Options) == 1 && len(p.Variants) == 1 && strings.EqualFold(p.Options[0].Name, "Title") && isDefault(p.Variants[0].Values[0]) {
		p.Options, p.Variants[0].Values = nil, nil // Shopify's way to say that there is nothing to choose
	}
	order := make([]int, len(p.Images))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(b.position[x], b.position[y]) })
	var images []catalog.Image
	for _, i := range order {
		images = append(images, p.Images[i])
	}
	p.Images = images
	return b.p
}

func isDefault(value string) bool { return strings.EqualFold(value, "Default Title") }
