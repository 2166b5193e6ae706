// Package wishlist owns what shoppers keep for later: several lists of products, who may see them, and when somebody is
// told that a price has dropped or that something is back. It refuses to know prices and stock: they are asked of the
// catalogue, and an item only remembers what its owner was last told.
package wishlist

import (
	"slices"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
)

// ID is "wish_" and 26 characters.
type ID string

// Limits of one owner, and of one list.
const (
	MaxLists = 20
	MaxItems = 200
	MaxName  = 80
)

// DefaultName is that of the list which is made when something is kept for the first time.
const DefaultName = "Wishlist"

// Owner says whose a list is: a customer, or whoever holds the secret whose hash it is.
type Owner struct {
	Customer string
	Hash     []byte // SHA-256 of a guest's secret; nil for a customer
}

// List is a named list of products.
type List struct {
	ID        ID
	Owner     Owner
	Name      string
	Share     string // the secret of the address at which anybody may read it; "" while nobody else may
	Items     []Item // the newest first
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Item is a product, or one variant of it.
type Item struct {
	Product catalog.ProductID
	Variant catalog.VariantID // "" for whichever
	AddedAt time.Time
	Seen    money.Money // the lowest price that the owner knows of
	InStock bool        // what the owner knows
}

// Faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "wishlist_not_found", "there is no such wishlist")
	ErrItem     = fault.New(fault.NotFound, "wishlist_item_not_found", "this is not on the list")
	ErrName     = fault.InvalidField("name", "use 1 to 80 characters")
	ErrTooMany  = fault.New(fault.Invalid, "too_many_wishlists", "keep at most 20 lists")
	ErrFull     = fault.New(fault.Invalid, "wishlist_full", "a list holds at most 200 items")
	ErrChoose   = fault.New(fault.Conflict, "variant_needed", "choose which one first: this product comes in several")
)

// Rename gives the list another name. Errors: ErrName.
func (l *List) Rename(name string, at time.Time) error {
	name = strings.Join(strings.Fields(name), " ")
	if n := len([]rune(name)); n == 0 || n > MaxName {
		return ErrName
	}
	l.Name, l.UpdatedAt = name, at
	return nil
}

// Add keeps an item; keeping it again changes nothing. Errors: ErrFull.
func (l *List) Add(i Item) error {
	switch {
	case l.Find(i.Product, i.Variant) >= 0:
		return nil
	case len(l.Items) >= MaxItems:
		return ErrFull
	}
	l.Items, l.UpdatedAt = slices.Insert(l.Items, 0, i), i.AddedAt
	return nil
}

// Remove takes an item out. Errors: ErrItem.
func (l *List) Remove(p catalog.ProductID, v catalog.VariantID, at time.Time) error {
	i := l.Find(p, v)
	if i < 0 {
		return ErrItem
	}
	l.Items, l.UpdatedAt = slices.Delete(l.Items, i, i+1), at
	return nil
}

// Find returns the place of an item, or -1.
func (l List) Find(p catalog.ProductID, v catalog.VariantID) int {
	return slices.IndexFunc(l.Items, func(i Item) bool { return i.Product == p && i.Variant == v })
}

// Merge takes over another list's items, as far as there is room.
func (l *List) Merge(other List, at time.Time) {
	for _, i := range slices.Backward(other.Items) {
		if l.Add(i) != nil {
			break
		}
	}
	l.UpdatedAt = at
}

// State is what a product, or a variant, is sold for now.
type State struct {
	Price   money.Money // the lowest
	InStock bool
}

// StateOf is what an item costs now, the cheapest of what would do, and whether it can be bought. ok is false when it is
// not for sale at all.
func (i Item) StateOf(offers []catalog.Offer) (now State, ok bool) {
	for _, o := range offers {
		if !o.Active || i.Variant != "" && o.Variant != i.Variant {
			continue
		}
		if !ok || o.Price.Amount < now.Price.Amount {
			now.Price = o.Price
		}
		now.InStock, ok = now.InStock || o.Available > 0, true
	}
	return now, ok
}

// News is what an item's owner is told.
type News struct {
	Product catalog.ProductID `json:"product"`
	Variant catalog.VariantID `json:"variant,omitempty"`
	Was     money.Money       `json:"was,omitzero"` // the price before; zero when it did not drop
	Now     money.Money       `json:"now"`
	Back    bool              `json:"back"` // it can be bought again
}

// Look compares an item with what is true now, and returns what its owner should be told. The owner then knows it: the
// same is not told twice. A price that rose is forgotten, so that the next drop counts from there.
func (i *Item) Look(now State) (News, bool) {
	n := News{Product: i.Product, Variant: i.Variant, Now: now.Price}
	same := i.Seen.Currency == now.Price.Currency
	if same && now.Price.Amount < i.Seen.Amount {
		n.Was = i.Seen
	}
	n.Back = now.InStock && !i.InStock
	i.InStock = now.InStock
	if !now.InStock && n.Was.Amount > 0 {
		return n, false // no news while it cannot be bought: the drop is told once it is back
	}
	i.Seen = now.Price
	return n, n.Back || n.Was.Amount > 0
}

// Told is the fact that somebody is to be told of changes.
type Told struct {
	List     ID     `json:"list"`
	Customer string `json:"customer"`
	News     []News `json:"news"`
}

// KindTold is the kind of Told.
const KindTold = "wishlist.told"

// Kind returns "wishlist.told".
func (Told) Kind() string { return KindTold }

// Subject returns the list's id.
func (t Told) Subject() string { return string(t.List) }
