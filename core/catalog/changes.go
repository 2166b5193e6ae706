package catalog

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/halum-hut/halum/core/money"
)

// Change is one field of a product that is different now.
type Change struct {
	Field string `json:"field"` // such as "title", "price" of the only variant, or "variants[Large / Indigo].price"
	Old   string `json:"old"`
	New   string `json:"new"`
}

// What is shown of a difference.
const (
	maxChanges     = 200
	maxChangeRunes = 200
)

// Changes lists in which fields a product differs from what it was: all that SameAs looks at, except ids. Long values
// are shortened, and of very many changes the rest is counted.
func Changes(was, is Product) []Change {
	var d differ
	d.text("title", was.Title, is.Title)
	d.text("slug", was.Slug, is.Slug)
	d.text("description", was.Description, is.Description)
	d.text("brand", was.Brand, is.Brand)
	d.text("seo_title", was.SEO.Title, is.SEO.Title)
	d.text("seo_description", was.SEO.Description, is.SEO.Description)
	d.text("category", categorySlug(was), categorySlug(is))
	d.text("tags", strings.Join(was.Tags, ", "), strings.Join(is.Tags, ", "))
	d.text("status", string(was.Status), string(is.Status))
	d.text("options", optionsText(was.Options), optionsText(is.Options))
	d.text("images", imagesText(was.Images), imagesText(is.Images))
	d.variants(was.Variants, is.Variants)
	if d.more > 0 {
		d.all = append(d.all, Change{Field: "…", New: fmt.Sprintf("%d more", d.more)})
	}
	return d.all
}

type differ struct {
	all  []Change
	more int
}

func (d *differ) text(field, was, is string) {
	switch {
	case was == is:
	case len(d.all) >= maxChanges:
		d.more++
	default:
		d.all = append(d.all, Change{field, shortened(was), shortened(is)})
	}
}

func (d *differ) variants(was, is []Variant) {
	old, order := map[string]Variant{}, make([]string, 0, len(was))
	for _, v := range was {
		old[key(v.Values)] = v
		order = append(order, key(v.Values))
	}
	stays := map[string]bool{}
	for _, v := range is {
		name := key(v.Values)
		stays[name] = true
		if before, known := old[name]; known {
			field := ""
			if len(v.Values) > 0 {
				field = "variants[" + v.Title() + "]."
			}
			d.variant(field, before, v)
		} else {
			d.text("variants["+v.Title()+"]", "", v.Price.String())
		}
	}
	for _, name := range order {
		if !stays[name] {
			d.text("variants["+old[name].Title()+"]", old[name].Price.String(), "")
		}
	}
	if len(d.all) == 0 && d.more == 0 && len(was) == len(is) {
		for i := range is {
			d.text("variants["+strconv.Itoa(i)+"]", was[i].Title(), is[i].Title()) // only their order is another
		}
	}
}

func (d *differ) variant(field string, was, is Variant) {
	d.text(field+"sku", was.SKU, is.SKU)
	d.text(field+"barcode", was.Barcode, is.Barcode)
	d.text(field+"price", moneyText(was.Price), moneyText(is.Price))
	d.text(field+"compare_at", moneyText(was.CompareAt), moneyText(is.CompareAt))
	d.text(field+"grams", strconv.FormatInt(was.Grams, 10), strconv.FormatInt(is.Grams, 10))
	d.text(field+"image_url", was.ImageURL, is.ImageURL)
	d.text(field+"requires_shipping", strconv.FormatBool(was.RequiresShipping), strconv.FormatBool(is.RequiresShipping))
	d.text(field+"taxable", strconv.FormatBool(was.Taxable), strconv.FormatBool(is.Taxable))
	d.text(field+"stock.tracked", strconv.FormatBool(was.Stock.Tracked), strconv.FormatBool(is.Stock.Tracked))
	d.text(field+"stock.backorder", strconv.FormatBool(was.Stock.Continue), strconv.FormatBool(is.Stock.Continue))
	d.text(field+"stock.on_hand", strconv.FormatInt(was.Stock.OnHand, 10), strconv.FormatInt(is.Stock.OnHand, 10))
}

func categorySlug(p Product) string {
	if p.Category == nil {
		return ""
	}
	return p.Category.Slug
}

func optionsText(all []Option) string {
	texts := make([]string, len(all))
	for i, o := range all {
		texts[i] = o.Name + ": " + strings.Join(o.Values, ", ")
	}
	return strings.Join(texts, "; ")
}

func imagesText(all []Image) string {
	texts := make([]string, len(all))
	for i, img := range all {
		if texts[i] = img.URL; img.Alt != "" {
			texts[i] += " (" + img.Alt + ")"
		}
	}
	return strings.Join(texts, ", ")
}

func moneyText(m money.Money) string {
	if m.IsZero() {
		return ""
	}
	return m.String()
}

func shortened(s string) string {
	runes := []rune(s)
	if len(runes) <= maxChangeRunes {
		return s
	}
	return string(runes[:maxChangeRunes-1]) + "…"
}
