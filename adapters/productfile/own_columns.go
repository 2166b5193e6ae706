package productfile

import "github.com/halum-hut/halum/core/catalog"

// The columns of our own CSV, in the order in which they are written.
const (
	ownSlug column = iota
	ownTitle
	ownDescription
	ownBrand
	ownCategory
	ownCategoryName
	ownTags
	ownStatus
	ownSEOTitle
	ownSEOText
	ownOption1
	ownOption1Values
	ownOption2
	ownOption2Values
	ownOption3
	ownOption3Values
	ownSKU
	ownBarcode
	ownValue1
	ownValue2
	ownValue3
	ownPrice
	ownCompareAt
	ownCurrency
	ownGrams
	ownVariantImage
	ownShipping
	ownTaxable
	ownTracked
	ownBackorder
	ownStock
	ownImage
	ownImageAlt
	ownColumns // their number
)

var ownHeader = [ownColumns]string{
	"slug", "title", "description", "brand", "category", "category_name", "tags", "status", "seo_title", "seo_description",
	"option1_name", "option1_values", "option2_name", "option2_values", "option3_name", "option3_values",
	"sku", "barcode", "option1", "option2", "option3", "price", "compare_at_price", "currency", "weight_grams", "variant_image",
	"requires_shipping", "taxable", "track_stock", "backorder", "stock", "image", "image_alt",
}

var (
	ownOptionNames  = [catalog.MaxOptions]column{ownOption1, ownOption2, ownOption3}
	ownOptionValues = [catalog.MaxOptions]column{ownOption1Values, ownOption2Values, ownOption3Values}
	ownValues       = [catalog.MaxOptions]column{ownValue1, ownValue2, ownValue3}
)

var own = dialect{
	format: catalog.FileCSV, columns: int(ownColumns), find: named(ownNames()),
	required: []requirement{
		{[]column{ownSlug}, "slug"},
		{[]column{ownTitle}, "title"},
		{[]column{ownPrice}, "price"},
	},
}

func ownNames() map[string]column {
	names := make(map[string]column, ownColumns)
	for i, text := range ownHeader {
		names[normalise(text)] = column(i)
	}
	return names
}
