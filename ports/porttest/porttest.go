// Package porttest holds the suites that any implementation of the ports must pass. Each test makes tenants of its own,
// so that the suites may run beside others on one database.
package porttest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Subject is the implementation under test.
type Subject struct {
	Store ports.Store
	// Tenant makes an empty tenant.
	Tenant func(t testing.TB) tenant.Tenant
}

// Store runs all suites of ports.Store.
func Store(t *testing.T, s Subject) {
	t.Helper()
	for name, suite := range map[string]func(*testing.T, Subject){
		"transactions":  transactions,
		"isolation":     isolation,
		"catalog":       products,
		"stock":         stock,
		"stock race":    stockRace,
		"carts":         carts,
		"cart race":     cartRace,
		"orders":        orders,
		"order pages":   orderPages,
		"settlement":    settlement,
		"moves":         moves,
		"payments":      anotherPayment,
		"inbox":         inbox,
		"bookings":      bookings,
		"open bookings": openBookings,
		"customers":     customers,
		"sessions":      sessions,
		"notifications": notifications,
		"providers":     providers,
		"units sold":    unitsSold,
		"claims":        claims,
		"claim race":    claimRace,
		"search words":  searchSettings,
		"once":          once,
		"once race":     onceRace,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite(t, s)
		})
	}
}

// shop is a tenant with short ways to its data.
type shop struct {
	t  testing.TB
	s  ports.Store
	id tenant.ID
}

func (s Subject) shop(t testing.TB) shop { return shop{t, s.Store, s.Tenant(t).ID} }

func (s shop) update(fn func(context.Context, ports.Tx) error) {
	s.t.Helper()
	require.NoError(s.t, s.s.Update(s.t.Context(), s.id, fn))
}

func (s shop) view(fn func(context.Context, ports.View)) {
	s.t.Helper()
	require.NoError(s.t, s.s.View(s.t.Context(), s.id, func(ctx context.Context, v ports.View) error {
		fn(ctx, v)
		return nil
	}))
}

// now has the precision that every implementation must keep.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// newProduct is for sale in one variant per stock number given.
func newProduct(slug string, stocks ...int64) catalog.Product {
	at := now()
	p := catalog.Product{
		ID: catalog.ProductID(id.New("prod", at)), Slug: slug, Title: "The " + slug, Description: "<p>" + slug + "</p>", Brand: "Halum",
		Category: &catalog.Category{Slug: "shelf", Name: "Shelf"}, Tags: []string{"good"}, Status: catalog.Active,
		Options: []catalog.Option{{Name: "No"}}, Images: []catalog.Image{{URL: "https://img.example/1.jpg", Alt: "one"}}, CreatedAt: at, UpdatedAt: at,
	}
	for i, n := range stocks {
		value := string(rune('A' + i))
		p.Options[0].Values = append(p.Options[0].Values, value)
		p.Variants = append(p.Variants, catalog.Variant{
			ID: catalog.VariantID(id.New("var", at)), SKU: slug + value, Values: []string{value}, Price: money.New(int64(1000*(i+1)), "BDT"), Grams: 10,
			RequiresShipping: true, Stock: catalog.StockPolicy{Tracked: true, OnHand: n},
		})
	}
	return p
}

// stocked saves a product and returns it.
func (s shop) stocked(stocks ...int64) catalog.Product {
	s.t.Helper()
	p := newProduct("thing-"+id.Secret()[:8], stocks...)
	s.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveProducts(ctx, []catalog.Product{p}) })
	return p
}

// stockOf reads a variant's stock.
func (s shop) stockOf(p catalog.Product, variant int) (got catalog.StockPolicy) {
	s.t.Helper()
	s.view(func(ctx context.Context, v ports.View) {
		found, err := v.ProductBySlug(ctx, p.Slug)
		require.NoError(s.t, err)
		got = found.Variants[variant].Stock
	})
	return got
}

func line(v catalog.Variant, n int64) inventory.Line {
	return inventory.Line{Variant: v.ID, Quantity: n}
}

// newOrder has n lines and a payment intent.
func newOrder(n int) (order.Order, payment.Payment) {
	at := now()
	o := order.Order{
		ID: order.ID(id.New("ord", at)), Secret: id.Secret(), CartID: cart.ID(id.New("cart", at)), Email: "shopper@example.com",
		Address: shipping.Address{Name: "A Shopper", Line1: "1 Road", City: "Dhaka", PostalCode: "1205", Country: "BD"},
		Rate:    shipping.Rate{Provider: "flatrate", Service: "standard", Name: "Standard", Price: money.New(6000, "BDT"), MinDays: 1, MaxDays: 3},
		Status:  order.Pending, Payment: order.AwaitingPayment, Provider: "sandbox", Note: "ring twice", PlacedAt: at, UpdatedAt: at,
	}
	for i := range n {
		o.Lines = append(o.Lines, order.Line{
			Variant: catalog.VariantID(id.New("var", at)), Product: catalog.ProductID(id.New("prod", at)), Slug: "thing", Title: "Thing",
			VariantTitle: "A / B", SKU: "T", ImageURL: "https://img.example/1.jpg", Quantity: int64(i + 1), Price: money.New(100, "BDT"),
			Total: money.New(100*int64(i+1), "BDT"), Shipped: true,
		})
		o.Subtotal.Amount += 100 * int64(i+1)
	}
	o.Subtotal.Currency, o.Shipping = "BDT", money.New(6000, "BDT")
	o.Total = money.New(o.Subtotal.Amount+6000, "BDT")
	return o, payment.New(payment.ID(id.New("pay", at)), string(o.ID), provider.Account{Plugin: "sandbox", Mode: provider.Test}, "card", o.Total, at)
}

// place stores an order and returns it with its number.
func (s shop) place(o order.Order, p payment.Payment) order.Order {
	s.t.Helper()
	s.update(func(ctx context.Context, tx ports.Tx) (err error) {
		o.Number, err = tx.PlaceOrder(ctx, o, p)
		return err
	})
	return o
}
