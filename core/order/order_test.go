package order_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/shipping"
)

var at = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func bdt(n int64) money.Money { return money.New(n, "BDT") }

func draft(t require.TestingT, offers ...catalog.Offer) order.Draft {
	c := cart.Cart{ID: "cart_1", Currency: "BDT"}
	by := map[catalog.VariantID]catalog.Offer{}
	for i, o := range offers {
		c.Lines = append(c.Lines, cart.Line{Variant: o.Variant, Quantity: int64(i + 1), Seen: o.Price})
		by[o.Variant] = o
	}
	priced, err := c.Price(by)
	require.NoError(t, err)
	return order.Draft{
		ID: "ord_1", Secret: "s", Email: "a@b.example", Cart: priced, Provider: "sandbox",
		Rate: shipping.Rate{Provider: "flatrate", Service: "standard", Price: bdt(120)},
	}
}

func offer(name string, price int64) catalog.Offer {
	return catalog.Offer{
		Variant: catalog.VariantID("var_" + name), Product: "prod_1", Title: name, SKU: "SKU-" + name,
		Price: bdt(price), RequiresShipping: true, Active: true, Available: 1000,
	}
}

func TestPlaceFreezesTheCart(t *testing.T) {
	d := draft(t, offer("a", 1000), offer("b", 250))
	o, err := order.Place(d, at)
	require.NoError(t, err)
	require.Equal(t, order.Pending, o.Status)
	require.Equal(t, order.AwaitingPayment, o.Payment)
	require.Equal(t, bdt(1500), o.Subtotal)
	require.Equal(t, bdt(120), o.Shipping)
	require.Equal(t, bdt(1620), o.Total)
	require.Equal(t, "SKU-a", o.Lines[0].SKU)
	require.Equal(t, []inventory.Line{{Variant: "var_a", Quantity: 1}, {Variant: "var_b", Quantity: 2}}, o.Stock())
	require.Equal(t, cart.ID("cart_1"), o.CartID)
	require.Equal(t, at, o.PlacedAt)
	o.Number = 1001
	require.Equal(t, "#1001", o.Name())
}

func TestTotalsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var offers []catalog.Offer
		for i, price := range rapid.SliceOfN(rapid.Int64Range(0, 1e13), 1, 200).Draw(t, "prices") {
			offers = append(offers, offer(fmt.Sprint(i), price))
		}
		d := draft(t, offers...)
		d.Rate.Price = bdt(rapid.Int64Range(0, 1e9).Draw(t, "shipping"))
		o, err := order.Place(d, at)
		require.NoError(t, err)
		sum := int64(0)
		for _, l := range o.Lines {
			require.Equal(t, l.Price.Amount*l.Quantity, l.Total.Amount)
			sum += l.Total.Amount
		}
		require.Equal(t, bdt(sum), o.Subtotal)
		require.Equal(t, bdt(sum+d.Rate.Price.Amount), o.Total)
		require.Equal(t, o.Total.Amount, o.Subtotal.Amount+o.Shipping.Amount)
	})
}

func TestPlaceRefuses(t *testing.T) {
	sold := offer("sold", 100)
	sold.Available = 0
	changes := map[string]struct {
		draft  order.Draft
		change func(*order.Draft)
		want   error
	}{
		"an empty cart":      {draft(t), nil, cart.ErrEmpty},
		"what is sold out":   {draft(t, offer("a", 1), sold), nil, order.ErrCartChanged},
		"a negative rate":    {draft(t, offer("a", 1)), func(d *order.Draft) { d.Rate.Price = bdt(-1) }, shipping.ErrUnknownRate},
		"a foreign rate":     {draft(t, offer("a", 1)), func(d *order.Draft) { d.Rate.Price = money.New(1, "USD") }, money.ErrMismatch},
		"more than there is": {draft(t, offer("a", math.MaxInt64)), func(d *order.Draft) { d.Rate.Price = bdt(1) }, money.ErrOverflow},
	}
	for name, c := range changes {
		t.Run(name, func(t *testing.T) {
			if c.change != nil {
				c.change(&c.draft)
			}
			o, err := order.Place(c.draft, at)
			require.ErrorIs(t, err, c.want)
			require.Zero(t, o)
		})
	}
	_, err := order.Place(changes["what is sold out"].draft, at)
	f := (*fault.Error)(nil)
	require.ErrorAs(t, err, &f)
	require.Len(t, f.Fields, 1)
	require.Equal(t, "lines[1]", f.Fields[0].Path)
}

func TestFulfil(t *testing.T) {
	for status, ok := range map[order.Status]bool{order.Pending: false, order.Confirmed: true, order.Fulfilled: false, order.Cancelled: false} {
		o := order.Order{ID: "ord_1", Number: 7, Status: status}
		f, err := o.Fulfil("T-1", at)
		if !ok {
			require.ErrorIs(t, err, order.ErrTransition)
			require.Equal(t, order.Order{ID: "ord_1", Number: 7, Status: status}, o)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, order.FulfilledFact{Order: "ord_1", Number: 7, Tracking: "T-1"}, f)
		require.Equal(t, order.Fulfilled, o.Status)
		require.Equal(t, "T-1", o.Tracking)
		require.Equal(t, at, o.UpdatedAt)
	}
}
