package productfile

import "github.com/halum-hut/halum/core/catalog"

// The columns of Shopify's files, in whichever dialect the header names them.
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
	shopifyColumns // their number
)

// shopifyNames holds the header texts of both dialects as normalise makes them.
var shopifyNames = map[string]column{
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

var shopify = dialect{
	format: catalog.FileShopify, columns: int(shopifyColumns), find: named(shopifyNames),
	required: []requirement{
		{[]column{handle}, "Handle (or URL handle)"},
		{[]column{title}, "Title"},
		{[]column{price}, "Variant Price (or Price)"},
	},
}
