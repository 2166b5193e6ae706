package ports

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/catalog"
)

// PriceView reads prices beside the usual ones.
type PriceView interface {
	// PriceLists lists all but deleted ones, the newest first.
	PriceLists(ctx context.Context) ([]catalog.PriceList, error)
	// PriceList returns one. In a Tx it is locked until commit. Errors: catalog.ErrNoPriceList.
	PriceList(ctx context.Context, id catalog.PriceListID) (catalog.PriceList, error)
	// Prices lists prices of a list, or with list "" those in further currencies, in the order of variants. The cursor is
	// that of the page before. Errors: catalog.ErrCursor.
	Prices(ctx context.Context, q PriceQuery) (PricePage, error)
	// Quotes returns what a buyer is asked for the variants of active products. Those that are not for sale in the buyer's
	// currency are missing. Variants are in the order of their product. One statement.
	Quotes(ctx context.Context, to catalog.Buyer, products []catalog.ProductID) ([]catalog.VariantQuote, error)
	// VariantsOf finds variants by id or by SKU; those that do not exist are missing. A SKU that several variants have is
	// missing too.
	VariantsOf(ctx context.Context, names []string) (map[string]catalog.VariantID, error)
}

// PriceQuery asks for prices.
type PriceQuery struct {
	List    catalog.PriceListID
	Variant catalog.VariantID // "" for all
	Limit   int
	After   string // opaque cursor
}

// PricedVariant is a price with what people call the variant.
type PricedVariant struct {
	catalog.ListPrice
	Title, VariantTitle, SKU string
}

// PricePage is a part of a list of prices. Next is "" on the last page.
type PricePage struct {
	Prices []PricedVariant
	Next   string
}

// Discount says which variants get a reduced price: those of products or of categories and what is below them, or all
// when none is named.
type Discount struct {
	Products    []catalog.ProductID
	Categories  []catalog.CategoryID
	BasisPoints int64 // off the usual price: 1000 is a tenth
}

// PriceTx writes prices.
type PriceTx interface {
	// SavePriceList inserts or replaces a list.
	SavePriceList(ctx context.Context, l catalog.PriceList) error
	// HidePriceList makes a list as if it were not there any more. Its prices are dropped part by part.
	HidePriceList(ctx context.Context, id catalog.PriceListID, at time.Time) error
	// ListVariants returns the variants that have a price in a list, hidden ones too, in order after a given one.
	ListVariants(ctx context.Context, id catalog.PriceListID, after catalog.VariantID, limit int) ([]catalog.VariantID, error)
	// DropHidden removes the prices of variants from a list when it is hidden, and the list with its last price.
	DropHidden(ctx context.Context, id catalog.PriceListID, variants []catalog.VariantID) error
	// PutPrices inserts or replaces prices of a list by variant, currency and quantity. One statement.
	PutPrices(ctx context.Context, prices []catalog.ListPrice) error
	// DropPrices removes prices; amounts do not matter, and what is not there is fine. One statement.
	DropPrices(ctx context.Context, prices []catalog.ListPrice) error
	// PutDiscount puts reduced prices into a list, and returns the variants that have them now. Errors:
	// catalog.ErrTooManyDiscounts.
	PutDiscount(ctx context.Context, id catalog.PriceListID, d Discount) ([]catalog.VariantID, error)
	// ApplySales brings what everybody is asked for variants, and what their products are listed at, to what the lists say
	// at a time, and returns the products. Products and variants are locked in order. A fixed number of statements.
	ApplySales(ctx context.Context, variants []catalog.VariantID, at time.Time) ([]catalog.ProductID, error)
	// DropPriceHistory forgets prices that ended before a time, other than those of the 30 days before a variant's present
	// price began: a reduction names the lowest of them for as long as it lasts.
	DropPriceHistory(ctx context.Context, before time.Time) error
}
