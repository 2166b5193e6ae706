package catalog

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/money"
)

// Edit is what staff want of a product. What is nil stays as it is; an empty list empties.
type Edit struct {
	Title       *string
	Slug        *string
	Description *string // sanitised HTML
	Brand       *string
	Category    *Category // one without a slug takes the product off its shelf
	Tags        []string
	Status      *Status
	Options     []Option
	Variants    []VariantEdit // all variants there shall be, in display order
	Images      []Image
	PublishAt   *time.Time // zero for never
	SEOTitle    *string
	SEOText     *string
	Related     []ProductID
	Attributes  map[string]any // by key, as Attribute.Written takes them; nil takes a value away
	Definitions []Attribute    // of the shop; needed with Attributes
}

// VariantEdit is what staff want of one variant. It means the variant with its id, or else the one with its values, or
// else a new one. What is nil stays as it is.
type VariantEdit struct {
	ID               VariantID
	Values           []string
	SKU              *string
	Barcode          *string
	Price            *money.Money // needed by new variants
	CompareAt        *money.Money // of amount 0 when there is none
	Grams            *int64
	ImageURL         *string
	RequiresShipping *bool
	Taxable          *bool
	Tracked          *bool
	Continue         *bool
	OnHand           *int64
}

// Create returns a new draft of an edit. Errors: ErrInvalid.
func Create(e Edit, c money.Currency, at time.Time) (Product, error) {
	p := Product{ID: ProductID(id.New("prod", at)), Status: Draft, CreatedAt: at}
	return e.Apply(p, c, at)
}

// Apply returns the product as edited, checked. Variants that stay keep their ids; option values that only variants name
// are added to their option. Errors: ErrInvalid with the fields.
func (e Edit) Apply(p Product, c money.Currency, at time.Time) (Product, error) {
	set(&p.Title, e.Title)
	set(&p.Slug, e.Slug)
	set(&p.Description, e.Description)
	set(&p.Brand, e.Brand)
	set(&p.Status, e.Status)
	set(&p.PublishAt, e.PublishAt)
	set(&p.SEO.Title, e.SEOTitle)
	set(&p.SEO.Description, e.SEOText)
	if e.PublishAt == nil && p.Status != Draft {
		p.PublishAt = time.Time{} // the status was changed by hand
	}
	p.Title, p.Brand = strings.TrimSpace(p.Title), strings.TrimSpace(p.Brand)
	if e.Category != nil {
		if p.Category = e.Category; p.Category.Slug == "" {
			p.Category = nil
		}
	}
	if e.Tags != nil {
		p.Tags = cleanTags(e.Tags)
	}
	if len(e.Attributes) > 0 {
		values, err := e.attributes(p.Attributes)
		if err != nil {
			return p, err
		}
		p.Attributes = values
	}
	if e.Related != nil {
		p.Related = slices.Clone(e.Related)
	}
	if e.Images != nil {
		p.Images = slices.Clone(e.Images)
	}
	if e.Options != nil {
		p.Options = cloneOptions(e.Options)
	}
	if e.Variants != nil {
		variants, err := e.variants(p.Variants, c, at)
		if err != nil {
			return p, err
		}
		p.Variants = variants
	}
	p.Options = withValues(p.Options, p.Variants)
	p.UpdatedAt = at
	return p, p.Check()
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

func (e Edit) variants(present []Variant, c money.Currency, at time.Time) ([]Variant, error) {
	var bad []fault.Field
	all := make([]Variant, len(e.Variants))
	used := map[VariantID]bool{}
	for i, change := range e.Variants {
		v, known := change.among(present)
		add := func(field, message string) {
			bad = append(bad, fault.Field{Path: fmt.Sprintf("variants[%d].%s", i, field), Message: message})
		}
		switch {
		case change.ID != "" && !known:
			add("id", "the product has no such variant")
		case known && used[v.ID]:
			add("id", "this variant is named twice")
		case !known && change.Price == nil:
			add("price", "a new variant needs a price")
		}
		if used[v.ID] = true; !known {
			v = Variant{ID: VariantID(id.New("var", at)), RequiresShipping: true, Taxable: true}
		}
		all[i] = change.apply(v, c, add)
	}
	if bad != nil {
		return nil, ErrInvalid.At(bad...)
	}
	return all, nil
}

// among finds the variant that is meant.
func (e VariantEdit) among(all []Variant) (Variant, bool) {
	i := slices.IndexFunc(all, func(v Variant) bool {
		return e.ID != "" && v.ID == e.ID || e.ID == "" && slices.Equal(v.Values, e.Values)
	})
	if i < 0 {
		return Variant{}, false
	}
	return all[i], true
}

func (e VariantEdit) apply(v Variant, c money.Currency, add func(field, message string)) Variant {
	if e.Price != nil && e.Price.Currency != c {
		add("price", "the shop's prices are in "+string(c))
	}
	if e.CompareAt != nil && e.CompareAt.Currency != c {
		add("compare_at", "the shop's prices are in "+string(c))
	}
	if e.Values != nil {
		v.Values = slices.Clone(e.Values)
	}
	set(&v.SKU, e.SKU)
	set(&v.Barcode, e.Barcode)
	set(&v.Price, e.Price)
	set(&v.CompareAt, e.CompareAt)
	set(&v.Grams, e.Grams)
	set(&v.ImageURL, e.ImageURL)
	set(&v.RequiresShipping, e.RequiresShipping)
	set(&v.Taxable, e.Taxable)
	set(&v.Stock.Tracked, e.Tracked)
	set(&v.Stock.Continue, e.Continue)
	set(&v.Stock.OnHand, e.OnHand)
	if v.Parts != nil && v.Stock.OnHand != 0 {
		add("stock.on_hand", "a bundle has the stock of its parts: change theirs")
	}
	if e.CompareAt != nil && e.CompareAt.Amount != 0 && v.CompareAt.Amount <= v.Price.Amount {
		add("compare_at", "must be above the price")
	}
	if v.CompareAt.Amount <= v.Price.Amount && v.CompareAt.Amount >= 0 {
		v.CompareAt = money.Money{} // it is no reduction any more
	}
	return v
}

// cleanTags leaves out blank tags and repetitions, whatever their letters' case.
func cleanTags(tags []string) []string {
	all := []string{}
	for _, t := range tags {
		t = strings.TrimSpace(t)
		if t != "" && !slices.ContainsFunc(all, func(o string) bool { return strings.EqualFold(o, t) }) {
			all = append(all, t)
		}
	}
	return all
}

func cloneOptions(options []Option) []Option {
	all := make([]Option, len(options))
	for i, o := range options {
		all[i] = Option{strings.TrimSpace(o.Name), slices.Clone(o.Values)}
	}
	return all
}

// withValues adds the values that variants have to their options, behind those that are there.
func withValues(options []Option, variants []Variant) []Option {
	all := cloneOptions(options)
	for i := range all {
		known := map[string]bool{}
		for _, value := range all[i].Values {
			known[value] = true
		}
		for _, v := range variants {
			if len(v.Values) == len(all) && !known[v.Values[i]] {
				known[v.Values[i]] = true
				all[i].Values = append(all[i].Values, v.Values[i])
			}
		}
	}
	return all
}

// Duplicate returns a draft like p with ids of its own, an empty shelf and no parts. SKUs and barcodes are left out, since they
// name one thing only. The slug is left to the caller.
func (p Product) Duplicate(at time.Time) Product {
	const mark = " (copy)"
	title := []rune(p.Title)
	for len(string(title))+len(mark) > maxText {
		title = title[:len(title)-1]
	}
	p.ID, p.Title, p.Status, p.CreatedAt, p.UpdatedAt, p.Revision = ProductID(id.New("prod", at)), string(title)+mark, Draft, at, at, 0
	p.PublishAt = time.Time{}
	p.Variants = slices.Clone(p.Variants)
	for i, v := range p.Variants {
		v.ID, v.SKU, v.Barcode = VariantID(id.New("var", at)), "", ""
		v.Stock.OnHand, v.Stock.Reserved, v.Stock.Held, v.Parts = 0, 0, 0, nil
		p.Variants[i] = v
	}
	return p
}

// SlugFor makes the slug of a title, short enough for a number behind it.
func SlugFor(title string) string {
	const room = 240
	runes := []rune(Slugify(title))
	for len(string(runes)) > room {
		runes = runes[:len(runes)-1]
	}
	if slug := strings.TrimRight(string(runes), "-"); slug != "" {
		return slug
	}
	return "product"
}

// SlugsLike lists a slug and n-1 others that are like it: slug-2, slug-3, ….
func SlugsLike(slug string, n int) []string {
	all := []string{slug}
	for i := 2; i <= n; i++ {
		all = append(all, fmt.Sprintf("%s-%d", slug, i))
	}
	return all
}
