// Package search owns what a shop's search knows of a product, what may be asked of it and what it answers: words and
// how they are cut, synonyms, filters, facets, sorts and suggestions.
//
// It refuses to know where the index lives: that is ports.SearchIndex. Read document.go for what is found, query.go for
// what is asked, words.go for how text becomes words.
package search

import (
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/catalog"
)

// Document is a product as the search knows it. The index keeps what is needed to find, filter, count and sort; what a
// result shows is read from the products at that moment.
type Document struct {
	Product catalog.ProductID
	// Version orders the states of one product: an index refuses a document that is not newer than its own.
	Version int64
	// Gone says that shoppers do not see the product: it is taken out of the index, and only Product and Version count.
	Gone bool

	Title    string   // found first
	Keywords []string // brand, tags, categories, option values
	Text     string   // the description without markup
	Codes    []string // SKUs and barcodes, found as a whole

	Facets     []Value
	Price      int64 // of the cheapest variant, minor units
	CreatedAt  time.Time
	Popularity int64 // units sold, the recent ones counting more; in thousandths
	Rating     int64 // the average in hundredths of a star, 0 without reviews
}

// Value is one property of a product by which results are filtered and counted.
type Value struct {
	Group string // such as "brand", or OptionGroup("Size")
	Name  string
}

// The groups of values. Categories are named by slug and include those above.
const (
	ByCategory = "category"
	ByBrand    = "brand"
	ByTag      = "tag"
	ByPrice    = "price"    // bands, named "from-to" in minor units; the last one has no end
	ByStock    = "in_stock" // "true"
	ByRating   = "rating"   // "4" holds what has four stars or more

	optionPrefix    = "option:"
	attributePrefix = "attribute:"
)

// OptionGroup is the group of a product option, such as "Size".
func OptionGroup(option string) string { return optionPrefix + strings.TrimSpace(option) }

// OptionOf returns the name of the option whose group this is, and whether it is one.
func OptionOf(group string) (string, bool) { return strings.CutPrefix(group, optionPrefix) }

// AttributeGroup is the group of a shop's own attribute, by its key.
func AttributeGroup(key string) string { return attributePrefix + key }

// AttributeOf returns the key of the attribute whose group this is, and whether it is one.
func AttributeOf(group string) (string, bool) { return strings.CutPrefix(group, attributePrefix) }

// Facts are what the search needs to know of a product besides the product itself.
type Facts struct {
	Version    int64
	Popularity int64
	Also       []catalog.Translation // what it is called in other languages
}

// DocumentOf makes the document of a product as it is now. Anything but an active product is gone.
func DocumentOf(p catalog.Product, f Facts) Document {
	d := Document{Product: p.ID, Version: f.Version, Gone: p.Status != catalog.Active}
	if d.Gone {
		return d
	}
	d.Title, d.Text, d.CreatedAt, d.Popularity = p.Title, plainText(p.Description), p.CreatedAt, f.Popularity
	d.describe(p)
	for _, t := range f.Also {
		d.Keywords = append(d.Keywords, t.Words()...)
		d.Text = strings.TrimSpace(d.Text + " " + plainText(t.Description))
	}
	for i, v := range p.Variants {
		if price := v.Pays().Amount; i == 0 || price < d.Price {
			d.Price = price
		}
		d.Codes = append(d.Codes, v.SKU, v.Barcode)
	}
	d.Rating = p.Rating.Average()
	for stars := int64(1); stars <= 5 && stars*100 <= d.Rating; stars++ {
		d.value(ByRating, strconv.FormatInt(stars, 10))
	}
	d.Codes = slices.DeleteFunc(d.Codes, func(c string) bool { return c == "" })
	d.value(ByPrice, BandOf(d.Price))
	if p.InStock() {
		d.value(ByStock, "true")
	}
	return d
}

// describe adds what is both a word to be found by and a value to filter by.
func (d *Document) describe(p catalog.Product) {
	if p.Brand != "" {
		d.Keywords = append(d.Keywords, p.Brand)
		d.value(ByBrand, p.Brand)
	}
	if p.Category != nil {
		for _, c := range append(slices.Clone(p.Category.Above), *p.Category) {
			d.Keywords = append(d.Keywords, c.Name)
			d.value(ByCategory, c.Slug)
		}
	}
	for _, t := range p.Tags {
		d.Keywords = append(d.Keywords, t)
		d.value(ByTag, t)
	}
	for _, a := range p.Attributes {
		if a.Type == catalog.TextAttribute || a.Type == catalog.ChoiceAttribute {
			d.Keywords = append(d.Keywords, a.Value)
		}
		if a.Filterable {
			d.value(AttributeGroup(a.Key), a.Value)
		}
	}
	for i, o := range p.Options {
		var used []string
		for _, v := range p.Variants {
			if i < len(v.Values) && !slices.Contains(used, v.Values[i]) {
				used = append(used, v.Values[i])
			}
		}
		for _, u := range used {
			d.Keywords = append(d.Keywords, u)
			d.value(OptionGroup(o.Name), u)
		}
	}
}

func (d *Document) value(group, name string) {
	if name = strings.TrimSpace(name); name != "" && !slices.Contains(d.Facets, Value{group, name}) {
		d.Facets = append(d.Facets, Value{group, name})
	}
}

var markup = regexp.MustCompile(`(?s)<(script|style)[^>]*>.*?</(script|style)>|<[^>]*>`)

// plainText is what a reader sees of HTML.
func plainText(s string) string { return html.UnescapeString(markup.ReplaceAllString(s, " ")) }

// BandOf names the price band of an amount. Bands begin at 1, 2 and 5 times the powers of ten, so that they fit every
// currency and never move.
func BandOf(amount int64) string {
	from, to := bandAround(amount)
	if to == 0 {
		return strconv.FormatInt(from, 10) + "-"
	}
	return strconv.FormatInt(from, 10) + "-" + strconv.FormatInt(to, 10)
}

const (
	firstBand = 100
	lastBand  = 1_000_000_000_000
)

func bandAround(amount int64) (from, to int64) {
	for power := int64(firstBand); power < lastBand; power *= 10 {
		for _, step := range []int64{1, 2, 5} {
			if to = power * step; amount < to {
				return from, to
			}
			from = to
		}
	}
	return from, 0
}

// Band reads the name of a price band. End is exclusive, and 0 when there is none.
func Band(name string) (from, end int64, ok bool) {
	a, b, found := strings.Cut(name, "-")
	from, err := strconv.ParseInt(a, 10, 64)
	if err != nil || !found {
		return 0, 0, false
	}
	if b == "" {
		return from, 0, true
	}
	end, err = strconv.ParseInt(b, 10, 64)
	return from, end, err == nil
}
