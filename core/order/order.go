// Package order owns what was bought: a frozen copy of lines, prices and addresses, and the order's way from placed to
// fulfilled. Orders never change their money. Read status.go for the transitions.
package order

import (
	"strconv"
	"time"

	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/shipping"
)

// ID is "ord_" and 26 characters.
type ID string

// Order is one purchase.
type Order struct {
	ID         ID
	Number     int64  // per tenant, grows, may have gaps; see Name
	Secret     string // 128 random bits: with the number it opens the order without an account
	CartID     cart.ID
	CustomerID string // "" for guests
	Email      string
	Address    shipping.Address
	Rate       shipping.Rate
	Lines      []Line
	Subtotal   money.Money
	Shipping   money.Money
	Total      money.Money
	Status     Status
	Payment    PaymentStatus
	Provider   string // payment plugin
	Reason     string // why it was cancelled, a code
	Note       string
	Tracking   string
	PlacedAt   time.Time
	UpdatedAt  time.Time
}

// Line is a frozen copy of what was bought.
type Line struct {
	Variant      catalog.VariantID
	Product      catalog.ProductID
	Slug         string
	Title        string
	VariantTitle string
	SKU          string
	ImageURL     string
	Quantity     int64
	Price        money.Money
	Total        money.Money
	Shipped      bool      // must be shipped
	Parts        []Part    // what one of a bundle is put together from
	ShipsAt      time.Time // of a pre-order, the day the shopper was told; otherwise zero
}

// Part is a frozen copy of a part of a bundle.
type Part struct {
	Variant      catalog.VariantID
	Title        string
	VariantTitle string
	SKU          string
	Quantity     int64 // in one bundle
}

// Name is how people call the order, such as "#1001".
func (o Order) Name() string { return "#" + strconv.FormatInt(o.Number, 10) }

// Faults of this package.
var (
	ErrNotFound     = fault.New(fault.NotFound, "order_not_found", "there is no such order")
	ErrEmail        = fault.InvalidField("email", "enter an email address, such as name@example.com")
	ErrCartChanged  = fault.New(fault.Conflict, "cart_changed", "something in the cart changed: look at it again before you order")
	ErrTotalChanged = fault.New(fault.Conflict, "total_changed", "the total is not the one you saw: look at it again before you order")
	ErrTransition   = fault.New(fault.Conflict, "order_state", "the order's state does not allow this")
	ErrFinished     = fault.New(fault.Conflict, "order_finished", "this order is already fulfilled or cancelled")
	ErrNoAddress    = fault.InvalidField("shipping_address", "is required for items that are shipped")
)

// Draft is what a checkout knows before an order can be placed.
type Draft struct {
	ID         ID
	Secret     string
	CustomerID string
	Email      string
	Address    shipping.Address
	Rate       shipping.Rate
	Cart       cart.Priced
	Provider   string
	Note       string
}

// Place freezes a priced cart into an order that waits for its payment.
// Errors: cart.ErrEmpty, ErrCartChanged when a line cannot be bought, shipping.ErrUnknownRate for a negative price,
// money.ErrMismatch, money.ErrOverflow.
func Place(d Draft, at time.Time) (Order, error) {
	if len(d.Cart.Lines) == 0 {
		return Order{}, cart.ErrEmpty
	}
	if !d.Cart.Ready {
		return Order{}, changed(d.Cart)
	}
	if d.Rate.Price.Amount < 0 {
		return Order{}, shipping.ErrUnknownRate.Saying("the shipping provider quoted a negative price")
	}
	total, err := d.Cart.Subtotal.Add(d.Rate.Price)
	if err != nil {
		return Order{}, err
	}
	o := Order{
		ID: d.ID, Secret: d.Secret, CartID: d.Cart.ID, CustomerID: d.CustomerID, Email: d.Email, Address: d.Address,
		Rate: d.Rate, Subtotal: d.Cart.Subtotal, Shipping: money.New(d.Rate.Price.Amount, d.Cart.Currency), Total: total,
		Status: Pending, Payment: AwaitingPayment, Provider: d.Provider, Note: d.Note, PlacedAt: at, UpdatedAt: at,
	}
	for _, l := range d.Cart.Lines {
		o.Lines = append(o.Lines, Line{
			Variant: l.Offer.Variant, Product: l.Offer.Product, Slug: l.Offer.Slug, Title: l.Offer.Title,
			VariantTitle: l.Offer.VariantTitle, SKU: l.Offer.SKU, ImageURL: l.Offer.Image.URL,
			Quantity: l.Quantity, Price: l.Price, Total: l.Total, Shipped: l.Offer.RequiresShipping,
			Parts: partsOf(l.Offer), ShipsAt: shipsAt(l.Offer.Stock, l.Quantity),
		})
	}
	return o, nil
}

func partsOf(o catalog.Offer) (all []Part) {
	for _, p := range o.Parts {
		all = append(all, Part{p.Variant, p.Title, p.VariantTitle, p.SKU, p.Quantity})
	}
	return all
}

func shipsAt(s catalog.StockPolicy, quantity int64) time.Time {
	if s.For(quantity) != catalog.Preorder {
		return time.Time{}
	}
	return s.ShipsAt
}

// Stock lists the quantities the order holds, for bundles those of their parts. Each variant is named once.
func (o Order) Stock() []inventory.Line {
	lines, parts := make([]inventory.Line, len(o.Lines)), map[catalog.VariantID][]catalog.Part{}
	for i, l := range o.Lines {
		lines[i] = inventory.Line{Variant: l.Variant, Quantity: l.Quantity}
		for _, p := range l.Parts {
			parts[l.Variant] = append(parts[l.Variant], catalog.Part{Variant: p.Variant, Quantity: p.Quantity})
		}
	}
	return inventory.Unpack(lines, parts)
}

func changed(c cart.Priced) error {
	f := ErrCartChanged
	for i, l := range c.Lines {
		for _, n := range l.Notices {
			f = f.At(fault.Field{Path: "lines[" + strconv.Itoa(i) + "]", Message: l.Offer.Title + ": " + n.Message})
		}
	}
	return f
}
