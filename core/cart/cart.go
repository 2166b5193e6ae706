// Package cart owns what a shopper intends to buy. A cart stores variants and quantities; prices are asked of the
// catalogue at every look, and pricing.go says what changed since the last one.
package cart

import (
	"slices"
	"time"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
)

// ID is "cart_" and 26 characters.
type ID string

// Limits of one cart.
const (
	MaxLines    = 200
	MaxQuantity = 999
	Lifetime    = 90 * 24 * time.Hour
	MaxAttempts = 15 // orders from one cart: a shopper with bad luck needs fewer, somebody who tries out cards more
)

// Cart is a shopper's basket. Whoever has its token may use it; a signed-in shopper's cart also follows the account.
type Cart struct {
	ID         ID
	TokenHash  []byte // SHA-256 of the guest token
	CustomerID string
	Currency   money.Currency
	Lines      []Line
	Ordered    bool // an order was placed: the cart takes no more lines
	Attempts   int  // how many orders were placed from it, most of which must have failed
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Line is one variant in a cart. Seen is the unit price the shopper last saw.
type Line struct {
	Variant  catalog.VariantID
	Quantity int64
	Seen     money.Money
}

// Faults of this package.
var (
	ErrNotFound    = fault.New(fault.NotFound, "cart_not_found", "there is no such cart: start a new one")
	ErrQuantity    = fault.InvalidField("quantity", "use a whole number from 1 to 999")
	ErrTooMany     = fault.New(fault.Invalid, "cart_full", "a cart holds at most 200 different items")
	ErrLine        = fault.New(fault.NotFound, "line_not_found", "this item is not in the cart")
	ErrUnavailable = fault.New(fault.Conflict, "not_for_sale", "this item is not for sale at the moment")
	ErrEmpty       = fault.New(fault.Conflict, "cart_empty", "the cart is empty")
	ErrAttempts    = fault.New(fault.Exhausted, "too_many_payments", "too many payments of this cart failed: start a new one, or ask the shop")
	ErrOrdered     = fault.New(fault.Conflict, "cart_ordered", "this cart was already ordered: start a new one")
)

// Add puts a quantity of an offered variant into the cart, on top of what is there.
// Errors: ErrOrdered, ErrQuantity, ErrUnavailable, ErrTooMany, out_of_stock naming what is left.
func (c *Cart) Add(o catalog.Offer, quantity int64, at time.Time) error {
	if quantity < 1 || quantity > MaxQuantity {
		return ErrQuantity
	}
	if i := c.find(o.Variant); i >= 0 {
		quantity += c.Lines[i].Quantity
	}
	return c.Set(o, quantity, at)
}

// Set makes quantity the cart's quantity of a variant; 0 removes it. Errors as Add.
func (c *Cart) Set(o catalog.Offer, quantity int64, at time.Time) error {
	i := c.find(o.Variant)
	switch {
	case c.Ordered:
		return ErrOrdered
	case quantity == 0:
		return c.Remove(o.Variant, at)
	case quantity < 0 || quantity > MaxQuantity:
		return ErrQuantity
	case i < 0 && len(c.Lines) >= MaxLines:
		return ErrTooMany
	case !o.Active:
		return ErrUnavailable
	case o.Available < quantity:
		return notEnough(o)
	}
	line := Line{Variant: o.Variant, Quantity: quantity, Seen: o.For(quantity)}
	if i >= 0 {
		c.Lines[i] = line
	} else {
		c.Lines = append(c.Lines, line)
	}
	c.UpdatedAt = at
	return nil
}

// Remove takes a variant out. Errors: ErrOrdered, ErrLine.
func (c *Cart) Remove(v catalog.VariantID, at time.Time) error {
	i := c.find(v)
	switch {
	case c.Ordered:
		return ErrOrdered
	case i < 0:
		return ErrLine
	}
	c.Lines, c.UpdatedAt = slices.Delete(c.Lines, i, i+1), at
	return nil
}

// Order marks the cart as ordered. Errors: ErrOrdered, ErrAttempts.
func (c *Cart) Order(at time.Time) error {
	switch {
	case c.Ordered:
		return ErrOrdered
	case c.Attempts >= MaxAttempts:
		return ErrAttempts
	}
	c.Ordered, c.Attempts, c.UpdatedAt = true, c.Attempts+1, at
	return nil
}

// Reopen lets the shopper try again after an order came to nothing. tried says whether a payment was really tried: one
// whose provider could not be reached does not count as an attempt.
func (c *Cart) Reopen(tried bool, at time.Time) {
	if c.Ordered && !tried {
		c.Attempts--
	}
	c.Ordered, c.UpdatedAt = false, at
}

// Merge takes over another cart's lines, as at sign-in: quantities add up, capped by what is available and by the
// limits; what is no longer for sale stays behind. Offers must cover the other cart's variants.
func (c *Cart) Merge(other Cart, offers map[catalog.VariantID]catalog.Offer, at time.Time) {
	for _, l := range other.Lines {
		o, ok := offers[l.Variant]
		if !ok || !o.Active {
			continue
		}
		have := int64(0)
		if i := c.find(l.Variant); i >= 0 {
			have = c.Lines[i].Quantity
		} else if len(c.Lines) >= MaxLines {
			continue
		}
		if n := min(have+l.Quantity, o.Available, MaxQuantity); n > have {
			_ = c.Set(o, n, at) // cannot fail: quantity and availability were just bounded
		}
	}
}

// Denominate makes the cart one in a currency. Offers must be those of a buyer in it. Whoever asks for it has seen the
// prices then. Errors: ErrOrdered.
func (c *Cart) Denominate(in money.Currency, offers map[catalog.VariantID]catalog.Offer, at time.Time) error {
	if c.Ordered {
		return ErrOrdered
	}
	c.Currency, c.UpdatedAt = in, at
	for i, l := range c.Lines {
		if o, ok := offers[l.Variant]; ok && o.Active {
			c.Lines[i].Seen = o.For(l.Quantity)
		}
	}
	return nil
}

// Buyer is who asks for prices with this cart.
func (c Cart) Buyer() catalog.Buyer {
	return catalog.Buyer{Customer: c.CustomerID, Currency: c.Currency, Holder: string(c.ID)}
}

// Variants lists the variants in the cart.
func (c Cart) Variants() []catalog.VariantID {
	ids := make([]catalog.VariantID, len(c.Lines))
	for i, l := range c.Lines {
		ids[i] = l.Variant
	}
	return ids
}

func (c Cart) find(v catalog.VariantID) int {
	return slices.IndexFunc(c.Lines, func(l Line) bool { return l.Variant == v })
}

func notEnough(o catalog.Offer) error {
	if o.Available == 0 {
		return fault.Newf(fault.Conflict, "out_of_stock", "%s: sold out", o.Title)
	}
	return fault.Newf(fault.Conflict, "out_of_stock", "%s: only %d left", o.Title, o.Available)
}
