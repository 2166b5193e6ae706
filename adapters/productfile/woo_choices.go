package productfile

import (
	"slices"
	"strings"

	"github.com/halum-hut/halum/core/catalog"
)

// choices makes options of the attributes that variations name, and variants of the variations.
func (b *wooBuilder) choices(r *row) {
	options := b.chosen()
	if len(options) > catalog.MaxOptions {
		b.fail(r.fault(attributeName(0), "the variations differ in %d attributes: use at most 3", len(options)))
		return
	}
	b.p.Product.Options = options
	taken := map[string]int{}
	sharing := true // the first one that shares gets the product's stock
	for _, v := range b.variations {
		if v.shares {
			v.v.Stock = b.shared
			if !sharing {
				v.v.Stock.OnHand = 0
			} else if b.shared.Tracked {
				b.note(v.row, wooStock, "the variations share one stock: all of it is put to this one, spread it")
			}
			sharing = false
		}
		if b.expand(v, options, taken); b.failed {
			return
		}
	}
}

// chosen returns the attributes that variations name, in the order of the product's row, with all values.
func (b *wooBuilder) chosen() (options []catalog.Option) {
	named := map[string]bool{}
	for _, v := range b.variations {
		for _, a := range v.values {
			if key := strings.ToLower(a.Name); !named[key] {
				named[key] = true
				if i := attribute(b.attributes, a.Name); i < 0 {
					b.attributes = append(b.attributes, catalog.Option{Name: a.Name})
				}
			}
			for _, value := range a.Values {
				own := &b.attributes[attribute(b.attributes, a.Name)]
				if _, known := sameText(own.Values, value); !known {
					own.Values = append(own.Values, value)
				}
			}
		}
	}
	for _, a := range b.attributes {
		if named[strings.ToLower(a.Name)] && len(a.Values) > 0 {
			options = append(options, a)
		}
	}
	return options
}

func attribute(all []catalog.Option, name string) int {
	return slices.IndexFunc(all, func(o catalog.Option) bool { return strings.EqualFold(o.Name, name) })
}

// sameText finds a text whatever its letter case.
func sameText(all []string, s string) (string, bool) {
	for _, have := range all {
		if strings.EqualFold(have, s) {
			return have, true
		}
	}
	return s, false
}

// expand makes the variants a variation stands for: one, or one of each value where it leaves an option open.
func (b *wooBuilder) expand(v wooVariation, options []catalog.Option, taken map[string]int) {
	combinations := [][]string{nil}
	var open []int // the options it leaves open
	for n, o := range options {
		values := o.Values
		if i := attribute(v.values, o.Name); i >= 0 && len(v.values[i].Values) > 0 {
			value, _ := sameText(o.Values, v.values[i].Values[0])
			values = []string{value}
		} else {
			open = append(open, n)
		}
		if len(combinations)*len(values)+len(b.p.Product.Variants) > catalog.MaxVariants {
			b.fail(v.row.fault(attributeValues(0), "this product has more than 2000 combinations of attributes: give each variation its values"))
			return
		}
		var next [][]string
		for _, c := range combinations {
			for _, value := range values {
				next = append(next, append(slices.Clone(c), value))
			}
		}
		combinations = next
	}
	added := 0
	for _, c := range combinations {
		key := strings.Join(c, "\x00")
		if line, again := taken[key]; again {
			if open == nil {
				b.fail(v.row.fault(attributeValues(0), "line %d is the same variation: give each its own values", line))
				return
			}
			continue
		}
		taken[key] = v.row.line
		b.p.Product.Variants = append(b.p.Product.Variants, v.one(c, open, added))
		added++
	}
	if added > 1 {
		b.note(v.row, attributeValues(0), "this variation leaves a choice open: it became %d variants", added)
	}
}

// one is the n-th variant a variation stands for. What names or counts one thing stays with the first.
func (v wooVariation) one(values []string, open []int, n int) catalog.Variant {
	out := v.v
	out.Values = values
	if n == 0 {
		return out
	}
	out.Barcode, out.Stock.OnHand = "", 0
	for _, i := range open {
		if out.SKU != "" {
			out.SKU += "-" + catalog.Slugify(values[i])
		}
	}
	if len(out.SKU) > maxText {
		out.SKU = ""
	}
	return out
}
