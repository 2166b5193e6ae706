package catalog

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/halum-hut/halum/core/fault"
)

// What the fields of a product may hold, in bytes unless said otherwise.
const (
	MaxDescription = 512 << 10
	maxText        = 255 // titles, names, codes, tags
	maxAlt         = 512
	maxURL         = 2048
	maxTags        = 250
	maxNumber      = 999_999_999           // grams, and stock either way
	maxPrice       = 1_000_000_000_000_000 // minor units
)

// fields checks what is said of the product as a whole.
func (p Product) fields(add func(path, msg string)) {
	switch p.Status {
	case Draft, Active, Archived:
	default:
		add("status", "use draft, active or archived")
	}
	if !isText(p.Description, MaxDescription) {
		add("description", "use at most 512 KB, without zero characters")
	}
	if !isText(p.Brand, maxText) {
		add("brand", "use at most 255 characters")
	}
	if len(p.Tags) > maxTags {
		add("tags", "at most 250 tags")
	}
	for i, t := range p.Tags {
		if t == "" || !isText(t, maxText) {
			add(fmt.Sprintf("tags[%d]", i), "needs 1 to 255 characters")
		}
	}
	for i, img := range p.Images {
		if img.URL != "" && !isURL(img.URL) || !isText(img.Alt, maxAlt) {
			add(fmt.Sprintf("images[%d]", i), "needs an address that begins with https:// or one /, and at most 512 characters of text")
		}
		if min(img.FocalX, img.FocalY) < 0 || max(img.FocalX, img.FocalY) > 100 {
			add(fmt.Sprintf("images[%d].focal_x", i), "the focal point is in percent: use 1 to 100, or 0 for the middle")
		}
	}
}

func (p Product) choices(add func(path, msg string)) {
	if len(p.Options) > MaxOptions {
		add("options", "at most three options")
		return
	}
	names := map[string]bool{}
	for i, o := range p.Options {
		path := fmt.Sprintf("options[%d]", i)
		name := strings.ToLower(strings.TrimSpace(o.Name))
		if name == "" || names[name] || !isText(o.Name, maxText) {
			add(path+".name", "every option needs a name of its own of 1 to 255 characters")
		}
		names[name] = true
		values := map[string]bool{}
		for _, v := range o.Values {
			if v == "" || values[v] || !isText(v, maxText) {
				add(path+".values", "every value is named once, with 1 to 255 characters")
				break
			}
			values[v] = true
		}
	}
}

// check checks one variant but for what depends on the others.
func (v Variant) check(path string, add func(path, msg string)) {
	if !isText(v.SKU, maxText) || !isText(v.Barcode, maxText) {
		add(path+".sku", "SKU and barcode have at most 255 characters each")
	}
	if v.Price.Amount > maxPrice || v.CompareAt.Amount > maxPrice {
		add(path+".price", "this price is too high")
	}
	if v.Grams < 0 || v.Grams > maxNumber {
		add(path+".grams", "use 0 to 999999999")
	}
	if v.Stock.OnHand < -maxNumber || v.Stock.OnHand > maxNumber {
		add(path+".stock.on_hand", "use at most 999999999")
	}
	if v.ImageURL != "" && !isURL(v.ImageURL) {
		add(path+".image_url", "write an address that begins with https:// or one /")
	}
}

func isText(s string, limit int) bool { return len(s) <= limit && !strings.ContainsRune(s, 0) }

// isURL accepts http and https addresses, and paths on the shop's own host.
func isURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || len(s) > maxURL || strings.Contains(s, `\`) || u.User != nil {
		return false
	}
	if u.Scheme == "" && u.Host == "" {
		return strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//")
	}
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// Faults of edits.
var (
	ErrSlugTaken = fault.New(fault.Conflict, "slug_taken_product", "another product has this slug")
	ErrChanged   = fault.New(fault.Conflict, "revision_mismatch", "somebody else has changed this product: read it again")
	ErrKept      = fault.New(fault.Conflict, "product_kept", "only drafts that were never ordered can be deleted: archive this product instead")
	ErrCategory  = fault.InvalidField("category", "there is no category with this slug")
)
