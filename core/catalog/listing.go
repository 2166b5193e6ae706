package catalog

import (
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
)

// Sort orders a listing.
type Sort string

// The sort orders shoppers may ask for.
const (
	Newest    Sort = "newest"
	PriceUp   Sort = "price_asc"
	PriceDown Sort = "price_desc"
	ByTitle   Sort = "title"
	Chosen    Sort = "chosen" // as staff have put the products of a collection
)

// Query is what a shopper asks of the listing. Zero fields do not filter.
type Query struct {
	Text     string // search words, matched in title, tags and brand
	Category string // slug
	MinPrice int64  // minor units, inclusive
	MaxPrice int64  // minor units, inclusive; 0 means no limit
	InStock  bool
	Sort     Sort
	Limit    int    // 1 to 100
	After    string // opaque cursor of the previous page
	Drafts   bool   // staff only: all statuses
	// Collection keeps to the products of one.
	Collection *Collection
}

// Faults of listings.
var (
	ErrCursor = fault.New(fault.Invalid, "invalid_cursor", "this cursor does not belong to this listing: start again without it")
	ErrLimit  = fault.InvalidField("limit", "use 1 to 100")
)

// Check validates a query and fills the defaults: newest first, 20 a page.
func (q Query) Check() (Query, error) {
	if q.Limit == 0 {
		q.Limit = 20
	}
	manual := q.Collection != nil && !q.Collection.ByRules()
	if q.Sort == "" {
		if q.Sort = Newest; manual {
			q.Sort = Chosen
		}
	}
	switch {
	case q.Limit < 1 || q.Limit > 100:
		return q, ErrLimit
	case q.MinPrice < 0 || q.MaxPrice < 0 || (q.MaxPrice > 0 && q.MaxPrice < q.MinPrice):
		return q, fault.InvalidField("max_price", "prices are minor units, and the highest is not below the lowest")
	case len(q.Text) > 200 || len(q.Category) > 255:
		return q, fault.InvalidField("q", "use at most 200 characters")
	}
	switch q.Sort {
	case Newest, PriceUp, PriceDown, ByTitle:
		return q, nil
	case Chosen:
		if manual {
			return q, nil
		}
	}
	return q, fault.InvalidField("sort", "use newest, price_asc, price_desc or title")
}

// Summary is one product in a listing.
type Summary struct {
	ID        ProductID
	Slug      string
	Title     string
	Brand     string
	Status    Status
	Category  string // slug
	Image     Image
	MinPrice  money.Money
	MaxPrice  money.Money
	CompareAt money.Money // of the cheapest variant; zero when there is none
	InStock   bool
	Unpriced  bool // it has no price in the currency that was asked for
	Rating    Rating
	Variants  int
	VariantID VariantID // the only variant, when there is just one: it can be bought without choosing
}

// Address is where a product's page is, for search engines.
type Address struct {
	Slug      string
	UpdatedAt time.Time
}

// Page is a part of a listing. Next is "" on the last page.
type Page struct {
	Products []Summary
	Next     string
}

// Offer is the current price and stock of one variant with what a cart shows of it. Carts and checkouts trust only offers.
type Offer struct {
	Variant          VariantID
	Product          ProductID
	Slug             string
	Title            string
	VariantTitle     string
	SKU              string
	Image            Image
	Price            money.Money // of one, for the buyer who asked
	Tiers            []Tier      // of price lists, for the same one
	Further          bool        // they are not in the shop's main currency
	Grams            int64
	RequiresShipping bool
	Active           bool // the product is for sale
	Available        int64
	Stock            StockPolicy // behind Available; of a bundle that of its parts
	Parts            []Part      // of a bundle
}
