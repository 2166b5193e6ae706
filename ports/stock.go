package ports

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/inventory"
)

// StockView reads quantities.
type StockView interface {
	// OffersTo is CatalogView.Offers for a buyer: at their prices, and with what their cart holds. What has no price in
	// the buyer's currency is not for sale.
	OffersTo(ctx context.Context, to catalog.Buyer, variants []catalog.VariantID) (map[catalog.VariantID]catalog.Offer, error)
	// Shelves returns where variants lie; unknown ones are missing in the map. In a Tx they are locked until commit.
	Shelves(ctx context.Context, variants []catalog.VariantID) (map[catalog.VariantID]inventory.Shelf, error)
	// StockPage lists the stock of variants, in the order of their ids.
	StockPage(ctx context.Context, q StockQuery) (StockPage, error)
	// Movements lists the ledger, newest first. Errors: catalog.ErrCursor.
	Movements(ctx context.Context, q MovementQuery) (MovementPage, error)
	// Parts returns the parts of those of these variants that are bundles.
	Parts(ctx context.Context, variants []catalog.VariantID) (map[catalog.VariantID][]catalog.Part, error)
	StockPlaceView
}

// StockPlaceView reads where stock lies and how the shop handles it.
type StockPlaceView interface {
	// Locations lists all locations by position. In a Tx none of them changes until commit, but by the transaction itself.
	Locations(ctx context.Context) ([]inventory.Location, error)
	StockSettings(ctx context.Context) (inventory.Settings, error)
}

// StockQuery filters a list of stock. Zero fields do not filter.
type StockQuery struct {
	Low      bool // at or below the threshold
	Location inventory.LocationID
	SKU      string
	Product  catalog.ProductID
	Variant  catalog.VariantID
	Limit    int
	After    string // opaque cursor
}

// StockItem is the stock of a variant with what people call it.
type StockItem struct {
	inventory.Shelf
	Slug, Title, VariantTitle, SKU string
	Parts                          []catalog.Part // of a bundle
}

// StockPage is a part of a list of stock. Next is "" on the last page.
type StockPage struct {
	Items []StockItem
	Next  string
}

// MovementQuery filters the ledger. Zero fields do not filter.
type MovementQuery struct {
	Variant  catalog.VariantID
	Location inventory.LocationID
	Kind     inventory.Kind
	Limit    int
	After    string // opaque cursor
}

// MovementPage is a part of the ledger. Next is "" on the last page.
type MovementPage struct {
	Movements []inventory.Movement
	Next      string
}

// StockTx moves the quantities of orders. Variants are locked in their order. What follows from it for others, such as
// that something is back or low, is emitted with the commit.
type StockTx interface {
	// Reserve takes every line or none, and nothing of bundles, which must be unpacked before: shortages come back with nothing changed. The hold of the reservation's cart ends
	// with it. soldOut names the products of which something has just become unavailable. Doing it again with the same
	// reference changes nothing.
	Reserve(ctx context.Context, r inventory.Reservation) (short []inventory.Shortage, soldOut []catalog.ProductID, err error)
	// Release gives back what is reserved for a reference. Doing it again changes nothing.
	Release(ctx context.Context, reference string) error
	// Ship takes what is reserved for a reference off the shelves where it lies. What was sold as a backorder is taken from
	// wherever there is some; goods that were sent although nobody had counted them are first counted in. Doing it again
	// changes nothing.
	Ship(ctx context.Context, reference, by string) error
}

// StockBookTx writes what staff decides about stock. What was read for it must have been locked by Shelves, and what
// follows from it is the caller's to emit.
type StockBookTx interface {
	// Move appends movements to the ledger, and with them changes the quantities on hand.
	Move(ctx context.Context, movements []inventory.Movement) error
	// DecideStock stores the policy of a variant.
	DecideStock(ctx context.Context, s inventory.State) error
	// SaveParts replaces the parts of a bundle. They must be locked too; none end the bundle.
	SaveParts(ctx context.Context, bundle inventory.State, parts []inventory.Line) error
	// SaveLocations inserts or replaces locations by id. Errors: inventory.ErrCodeTaken, inventory.ErrHasStock when one
	// with goods is to be inactive.
	SaveLocations(ctx context.Context, all ...inventory.Location) error
	SaveStockSettings(ctx context.Context, s inventory.Settings) error
}

// HoldTx keeps stock for carts at checkout. Holds end by the database's clock.
type HoldTx interface {
	// Hold lets a cart hold its lines, instead of what it held before. A hold that has not ended keeps its end, a new one
	// lasts for the shop's time. Shortages come back with nothing changed. What is not limited is not held.
	Hold(ctx context.Context, c cart.ID, lines []inventory.Line) (h Held, err error)
	// EndHolds deletes the holds of a cart which have ended, and returns how long the others last, and the products of
	// which something can be bought again.
	EndHolds(ctx context.Context, c cart.ID) (left time.Duration, back []catalog.ProductID, err error)
}

// Held is the outcome of a hold.
type Held struct {
	Until   time.Time // zero when nothing needed to be held
	Fresh   bool      // the cart held nothing before
	Short   []inventory.Shortage
	SoldOut []catalog.ProductID // something of these is now unavailable to others
}

// SignupTx keeps who waits for what.
type SignupTx interface {
	// SaveSignup stores a sign-up. One by the same address for the same variant stays as it is, unless it has been told.
	SaveSignup(ctx context.Context, s inventory.Signup) error
	// DueSignups marks up to limit sign-ups for variants of these products that can be bought right now, and returns them.
	// Each is returned once.
	DueSignups(ctx context.Context, products []catalog.ProductID, limit int) ([]inventory.SignupID, error)
	// Signup returns a sign-up. Errors: inventory.ErrSignup.
	Signup(ctx context.Context, id inventory.SignupID) (inventory.Signup, error)
	// DeleteSignup removes a sign-up. Deleting what is not there is fine.
	DeleteSignup(ctx context.Context, id inventory.SignupID) error
}
