// Package catalog owns products, their options and variants, and categories. Prices are those of the shop's currency.
// Read listing.go for what shoppers ask of it.
package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/media"
	"github.com/halum-hut/halum/core/money"
)

type (
	// ProductID is "prod_" and 26 characters.
	ProductID string
	// VariantID is "var_" and 26 characters.
	VariantID string
	// CategoryID is "cat_" and 26 characters.
	CategoryID string
)

// IsProductID reports whether an id is written as a product's.
func IsProductID(id string) bool { return strings.HasPrefix(id, "prod_") }

// Status says who sees a product: only active ones are for sale.
type Status string

// The product statuses.
const (
	Draft    Status = "draft"
	Active   Status = "active"
	Archived Status = "archived"
)

// Product is what a shop sells, with the variants that can be bought.
type Product struct {
	ID          ProductID
	Slug        string // unique in the shop, part of its address
	Title       string
	Description string // sanitised HTML
	Brand       string
	Category    *Category
	Tags        []string
	Status      Status
	PublishAt   time.Time // when a draft becomes active by itself; zero for never
	SEO         SEO
	Attributes  []AttributeValue // in the order of their definitions
	Related     []ProductID      // what staff chose to show with it, in this order
	Options     []Option         // at most three
	Variants    []Variant
	Images      []Image
	Rating      Rating // of its reviews; read only
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Revision    int64 // counts the changes since it was made; given by the store
}

// Option is a choice such as "Size" with its values in display order.
type Option struct {
	Name   string
	Values []string
}

// Variant is one buyable combination of option values. A product without options has exactly one, with no values.
type Variant struct {
	ID               VariantID
	SKU              string
	Barcode          string
	Values           []string // one per product option, in the same order
	Price            money.Money
	CompareAt        money.Money // zero when there is none; otherwise above Price
	Sale             money.Money // what everybody pays for a time; without a currency when there is no sale; read only
	Tiers            []Tier      // of the price lists, for the one it was read for; read only
	Lowest           money.Money // see Quote; read only
	Grams            int64
	ImageURL         string
	RequiresShipping bool
	Taxable          bool
	Stock            StockPolicy
	Parts            []Part // of a bundle, which has no stock of its own; read only
}

// StockPolicy says how selling depends on stock.
type StockPolicy struct {
	Tracked  bool      // false: always available
	Continue bool      // sell more than is on hand (backorder)
	OnHand   int64     // quantity on hand; written on import, read from inventory
	Reserved int64     // held by unfulfilled orders; read only
	Held     int64     // held by carts at checkout; read only
	Cap      *int64    // how many more Continue lets be sold, nil for any number; saved with new variants only
	ShipsAt  time.Time // what Continue sells is a pre-order that is sent then; zero for a backorder; saved likewise
}

// Image is a picture or a video by URL.
type Image struct {
	URL string
	Alt string
	// The focal point stays in sight when the picture is cropped: percent from the left and from the top, 1 to 100; 0 is
	// the middle.
	FocalX, FocalY int
}

// Category is a shelf of the shop. Where it stands is known of those in a Tree; of a product's category only Above.
type Category struct {
	ID       CategoryID
	Slug     string
	Name     string
	Parent   CategoryID   // "" at the top
	Position int          // among its siblings
	Path     []CategoryID // from the top, with itself
	Revision int64        // counts the changes by staff, not those of its siblings' order
	Stocked  bool         // one of its own products is for sale
	Above    []Category   // from the top
}

// Faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "product_not_found", "there is no such product in this shop")
	ErrInvalid  = fault.New(fault.Invalid, "invalid_product", "the product breaks a rule of the catalogue")
)

// Limits of one product.
const (
	MaxOptions  = 3
	MaxVariants = 2000
	MaxImages   = 250
)

// slugPattern allows letters and digits of any script with their combining marks, without which Bengali cannot be written.
var slugPattern = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:[-_][\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*$`)

// Check validates the product's own rules. Errors: ErrInvalid with the offending fields.
func (p Product) Check() error {
	var bad []fault.Field
	add := func(path, msg string) { bad = append(bad, fault.Field{Path: path, Message: msg}) }
	if p.Title = strings.TrimSpace(p.Title); p.Title == "" || !isText(p.Title, maxText) {
		add("title", "needs 1 to 255 characters")
	}
	if !slugPattern.MatchString(p.Slug) || len(p.Slug) > 255 {
		add("slug", "use letters, digits and single hyphens")
	}
	p.fields(add)
	p.presentation(add)
	p.choices(add)
	if len(p.Variants) == 0 || len(p.Variants) > MaxVariants {
		add("variants", "needs 1 to 2000 variants")
	}
	if len(p.Images) > MaxImages {
		add("images", "at most 250 images")
	}
	seen := map[string]bool{}
	for i, v := range p.Variants {
		v.check(fmt.Sprintf("variants[%d]", i), add)
		name := key(v.Values)
		switch {
		case len(v.Values) != len(p.Options):
			add("variants", "every variant needs one value per option")
		case seen[name]:
			add("variants", "two variants have the same option values: "+v.Title())
		case v.Price.Amount < 0, v.CompareAt.Amount < 0:
			add("variants", "prices cannot be negative")
		}
		seen[name] = true
	}
	if bad == nil {
		return nil
	}
	return ErrInvalid.At(bad...)
}

// Cover is the first image that is no video; empty when there is none.
func (p Product) Cover() Image {
	for _, i := range p.Images {
		if media.VideoAt(i.URL) == "" {
			return i
		}
	}
	return Image{}
}

// Title joins the variant's option values, such as "Large / Indigo"; it is empty for a product without options.
func (v Variant) Title() string { return strings.Join(v.Values, valueSeparator) }

const valueSeparator = " / "

// InStock reports whether any variant can be bought.
func (p Product) InStock() bool {
	return slices.ContainsFunc(p.Variants, func(v Variant) bool { return v.Supply().Available() > 0 })
}

// Slugify makes a slug of a name: lower case letters and digits of any script, everything else becomes single hyphens.
func Slugify(name string) string {
	var b strings.Builder
	gap := true // a mark stays only behind the letter it belongs to
	for _, r := range strings.ToLower(name) {
		switch {
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r) && !gap:
			b.WriteRune(r)
			gap = false
		case !gap:
			b.WriteByte('-')
			gap = true
		}
	}
	return strings.TrimSuffix(b.String(), "-")
}

// Changed tells that products were created, edited or removed from sale.
type Changed struct {
	Products []ProductID `json:"products"`
}

// Kind returns "catalog.changed".
func (Changed) Kind() string { return "catalog.changed" }

// Subject returns the first product's id.
func (c Changed) Subject() string {
	if len(c.Products) == 0 {
		return ""
	}
	return string(c.Products[0])
}

// SameAs reports whether two products say the same to shoppers and to stock: everything but times, revision, the
// id of the category, and quantities reserved.
func (p Product) SameAs(o Product) bool {
	same := p.ID == o.ID && p.Slug == o.Slug && p.Title == o.Title && p.Description == o.Description &&
		p.Brand == o.Brand && p.Status == o.Status && slices.Equal(p.Tags, o.Tags) && slices.Equal(p.Images, o.Images) &&
		p.PublishAt.Equal(o.PublishAt) && p.SEO == o.SEO && slices.Equal(p.Related, o.Related) &&
		slices.EqualFunc(p.Attributes, o.Attributes, func(a, b AttributeValue) bool { return a.Key == b.Key && a.Value == b.Value }) &&
		slices.EqualFunc(p.Options, o.Options, func(a, b Option) bool { return a.Name == b.Name && slices.Equal(a.Values, b.Values) }) &&
		slices.EqualFunc(p.Variants, o.Variants, Variant.sameAs)
	if (p.Category == nil) != (o.Category == nil) {
		return false
	}
	return same && (p.Category == nil || p.Category.Slug == o.Category.Slug)
}

func (v Variant) sameAs(o Variant) bool {
	return v.ID == o.ID && v.SKU == o.SKU && v.Barcode == o.Barcode && slices.Equal(v.Values, o.Values) &&
		v.Price == o.Price && v.CompareAt.Amount == o.CompareAt.Amount && v.Grams == o.Grams && v.ImageURL == o.ImageURL &&
		v.RequiresShipping == o.RequiresShipping && v.Taxable == o.Taxable && v.Stock.Tracked == o.Stock.Tracked &&
		v.Stock.Continue == o.Stock.Continue && v.Stock.OnHand == o.Stock.OnHand
}
