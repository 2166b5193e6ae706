package shopifycsv

import (
	"slices"
	"strings"
	"unicode"

	"github.com/halum-hut/halum/core/fault"
)

// column is a column this package understands, in whichever dialect the header names it.
type column int

const (
	handle column = iota
	title
	body
	vendor
	category
	kind
	tags
	published
	status
	option1Name
	option1Value
	option2Name
	option2Value
	option3Name
	option3Value
	sku
	barcode
	price
	compareAt
	grams
	weight
	weightUnit
	tracker
	quantity
	policy
	shipping
	taxable
	variantImage
	image
	imagePosition
	imageAlt
	giftCard
	seoTitle
	seoText
	columns // their number
)

// aliases holds the header texts of both dialects as normalise makes them.
var aliases = map[string]column{
	"handle": handle, "urlhandle": handle,
	"title":      title,
	"body(html)": body, "description": body,
	"vendor":          vendor,
	"productcategory": category,
	"type":            kind,
	"tags":            tags,
	"published":       published, "publishedononlinestore": published,
	"status":      status,
	"option1name": option1Name, "option1value": option1Value,
	"option2name": option2Name, "option2value": option2Value,
	"option3name": option3Name, "option3value": option3Value,
	"variantsku": sku, "sku": sku,
	"variantbarcode": barcode, "barcode": barcode,
	"variantprice": price, "price": price,
	"variantcompareatprice": compareAt, "compare-atprice": compareAt,
	"variantgrams": grams, "weightvalue(grams)": grams,
	"variantweight":     weight,
	"variantweightunit": weightUnit, "weightunitfordisplay": weightUnit,
	"variantinventorytracker": tracker, "inventorytracker": tracker,
	"variantinventoryqty": quantity, "inventoryquantity": quantity,
	"variantinventorypolicy": policy, "continuesellingwhenoutofstock": policy,
	"variantrequiresshipping": shipping, "requiresshipping": shipping,
	"varianttaxable": taxable, "chargetax": taxable,
	"variantimage": variantImage, "variantimageurl": variantImage,
	"imagesrc": image, "productimageurl": image,
	"imageposition": imagePosition,
	"imagealttext":  imageAlt,
	"giftcard":      giftCard,
	"seotitle":      seoTitle, "seodescription": seoText,
}

var required = []struct {
	column column
	name   string
}{
	{handle, "Handle (or URL handle)"},
	{title, "Title"},
	{price, "Variant Price (or Price)"},
}

// header says where the columns of one file are.
type header struct {
	texts []string       // as the file writes them
	at    [columns]int   // the index of a column, -1 when the file lacks it
	known map[int]column // the other way round
}

// newHeader reads the header row. Errors: ErrNotCSV, ErrColumns.
func newHeader(cells []string) (*header, error) {
	h := &header{known: map[int]column{}}
	for c := range h.at {
		h.at[c] = -1
	}
	for i, cell := range cells {
		h.texts = append(h.texts, clip(strings.TrimSpace(cell)))
		c, ok := aliases[normalise(cell)]
		if !ok {
			continue
		}
		if first := h.at[c]; first >= 0 {
			return nil, ErrColumns.Saying("the columns %q and %q say the same: keep one of them", h.texts[first], h.texts[i])
		}
		h.at[c], h.known[i] = i, c
	}
	return h, h.check()
}

func (h *header) check() error {
	if len(h.known) == 0 {
		return ErrNotCSV.Saying("the first line has none of the columns of a product file%s", separatorHint(h.texts))
	}
	var missing []string
	var fields []fault.Field
	for _, r := range required {
		if h.at[r.column] < 0 {
			missing = append(missing, r.name)
			fields = append(fields, fault.Field{Path: r.name, Message: "this column is missing"})
		}
	}
	if missing == nil {
		return nil
	}
	return ErrColumns.Saying("the file lacks these columns: %s", strings.Join(missing, ", ")).At(fields...)
}

// text returns the header text above cell i, "" beyond the last column.
func (h *header) text(i int) string {
	if i < 0 || i >= len(h.texts) {
		return ""
	}
	return h.texts[i]
}

// separatorHint tells the commonest reason why a header is not understood.
func separatorHint(texts []string) string {
	line := strings.Join(texts, ",")
	for _, s := range []struct{ sep, name string }{{";", "semicolons"}, {"\t", "tabs"}} {
		if slices.ContainsFunc(strings.Split(line, s.sep), func(part string) bool { _, ok := aliases[normalise(part)]; return ok }) {
			return ": it is separated by " + s.name + ", save it with commas"
		}
	}
	return ": export the products as CSV again, and keep the header"
}

// clip bounds what is shown of a header text.
func clip(s string) string { return strings.Clone(strings.ToValidUTF8(s[:min(len(s), maxText)], "")) }

// normalise makes header texts comparable: letter case and spaces do not count.
func normalise(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}
