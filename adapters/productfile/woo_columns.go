package productfile

import (
	"strconv"
	"strings"

	"github.com/halum-hut/halum/core/catalog"
)

// The columns of WooCommerce's files that mean something here. Those of attributes follow behind them.
const (
	wooID column = iota
	wooType
	wooSKU
	wooGTIN
	wooName
	wooSlug
	wooPublished
	wooVisibility
	wooShort
	wooDescription
	wooSaleFrom
	wooSaleTo
	wooTax
	wooInStock
	wooStock
	wooBackorders
	wooWeight
	wooSale
	wooRegular
	wooCategories
	wooTags
	wooBrands
	wooImages
	wooParent
	wooGrouped
	wooURL
	wooPosition
	wooFixed // their number
)

const wooAttributes = 100 // of one product

var wooNames = map[string]column{
	"id": wooID, "type": wooType, "sku": wooSKU, "gtin,upc,ean,orisbn": wooGTIN, "name": wooName, "slug": wooSlug, "published": wooPublished,
	"visibilityincatalog": wooVisibility, "shortdescription": wooShort, "description": wooDescription,
	"datesalepricestarts": wooSaleFrom, "datesalepriceends": wooSaleTo, "taxstatus": wooTax, "instock?": wooInStock, "stock": wooStock,
	"backordersallowed?": wooBackorders, "saleprice": wooSale, "regularprice": wooRegular, "categories": wooCategories, "tags": wooTags,
	"brands": wooBrands, "images": wooImages, "parent": wooParent, "groupedproducts": wooGrouped, "externalurl": wooURL, "position": wooPosition,
}

var woo = dialect{
	format: catalog.FileWooCommerce, columns: int(wooFixed) + 2*wooAttributes, find: findWoo,
	required: []requirement{
		{[]column{wooName}, "Name"},
		{[]column{wooRegular}, "Regular price"},
	},
}

func attributeName(i int) column   { return wooFixed + column(2*i) }
func attributeValues(i int) column { return wooFixed + column(2*i) + 1 }

// findWoo knows "Weight (kg)" in any unit, and the numbered columns of attributes.
func findWoo(normal string) (column, bool) {
	if c, ok := wooNames[normal]; ok {
		return c, true
	}
	if strings.HasPrefix(normal, "weight(") {
		return wooWeight, true
	}
	rest, ok := strings.CutPrefix(normal, "attribute")
	if !ok {
		return 0, false
	}
	digits := strings.TrimRight(rest, "abcdefghijklmnopqrstuvwxyz()")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > wooAttributes {
		return 0, false
	}
	switch rest[len(digits):] {
	case "name":
		return attributeName(n - 1), true
	case "value(s)":
		return attributeValues(n - 1), true
	}
	return 0, false
}

// weightUnit reads the unit that the header of the weight names.
func (h *header) weightUnit() string {
	_, unit, _ := strings.Cut(normalise(h.text(h.at[wooWeight])), "(")
	switch unit = strings.TrimSuffix(unit, ")"); unit {
	case "lbs":
		return "lb"
	default:
		return unit
	}
}
