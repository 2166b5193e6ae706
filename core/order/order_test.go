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
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
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

// TestSettleTable says for every state of an order and every status of its payment what follows.
func TestSettleTable(t *testing.T) {
	const stays = order.Status("")
	type effect struct {
		status  order.Status
		fact    string
		release bool
	}
	none := effect{}
	confirm := effect{order.Confirmed, order.KindConfirmed, false}
	cancel := effect{order.Cancelled, order.KindCancelled, true}
	late := effect{stays, order.KindPaidLate, false}
	fact := func(kind string) effect { return effect{stays, kind, false} }
	payments := []payment.Status{
		payment.Created, payment.Processing, payment.Waiting, payment.Reserved, payment.Paid, payment.Refused,
		payment.Cancelled, payment.Held, payment.Returned,
	}
	pending, action, held := fact(order.KindPending), fact(order.KindAction), fact(order.KindHeld)
	for name, c := range map[string]struct {
		status order.Status
		was    order.PaymentStatus
		want   []effect
	}{
		"placed":             {order.Pending, order.AwaitingPayment, []effect{none, pending, action, confirm, confirm, cancel, cancel, held, cancel}},
		"waiting for bank":   {order.Pending, order.PaymentPending, []effect{none, none, action, confirm, confirm, cancel, cancel, held, cancel}},
		"waiting for person": {order.Pending, order.ActionRequired, []effect{none, pending, none, confirm, confirm, cancel, cancel, held, cancel}},
		"promised":           {order.Confirmed, order.Authorized, []effect{none, pending, action, none, fact(order.KindPaid), cancel, cancel, held, cancel}},
		"paid":               {order.Confirmed, order.Paid, []effect{none, pending, action, none, none, cancel, cancel, held, cancel}},
		"sent, promised":     {order.Fulfilled, order.Authorized, []effect{none, pending, action, none, fact(order.KindPaid), none, none, held, none}},
		"sent, paid":         {order.Fulfilled, order.Paid, []effect{none, pending, action, none, none, none, none, held, none}},
		"declined":           {order.Cancelled, order.Declined, []effect{none, pending, action, late, late, none, none, held, none}},
		"voided":             {order.Cancelled, order.Voided, []effect{none, pending, action, late, late, none, none, held, none}},
		"late, to return":    {order.Cancelled, order.Paid, []effect{none, pending, action, late, none, none, none, held, none}},
	} {
		t.Run(name, func(t *testing.T) {
			for i, s := range payments {
				o := order.Order{ID: "ord_1", Number: 7, Total: bdt(100), Status: c.status, Payment: c.was}
				facts, release := o.Settle(payment.Payment{ID: "pay_1", Amount: bdt(100), Status: s, Message: "why"}, at)
				want := c.want[i]
				if want.status == stays {
					want.status = c.status
				}
				require.Equal(t, want, effect{o.Status, kinds(facts), release}, s)
				for _, f := range facts {
					require.Equal(t, "ord_1", f.Subject())
				}
				again, release := o.Settle(payment.Payment{ID: "pay_1", Amount: bdt(100), Status: s}, at)
				require.Empty(t, again, "settling twice says nothing new")
				require.False(t, release, "stock is released once")
			}
		})
	}
}

func kinds(facts []event.Fact) (s string) {
	for _, f := range facts {
		s += f.Kind()
	}
	return s
}

// TestStockAndMoneyAgree drives an order with a payment through random answers: stock is released at most once, exactly
// when the order is cancelled, and money that comes in for a cancelled order is always announced.
func TestStockAndMoneyAgree(t *testing.T) {
	outcomes := []payment.Outcome{
		payment.Captured, payment.Authorized, payment.Pending, payment.RequiresAction, payment.Declined, payment.Voided,
		payment.Unknown, payment.NoSuchPayment,
	}
	rapid.Check(t, func(t *rapid.T) {
		p := payment.New("pay_1", "ord_1", "sandbox", bdt(100), at)
		o := order.Order{ID: "ord_1", Total: bdt(100), Status: order.Pending, Payment: order.AwaitingPayment}
		released, toReturn := 0, false
		for range rapid.IntRange(1, 20).Draw(t, "answers") {
			if rapid.IntRange(0, 9).Draw(t, "fulfil") == 0 {
				before := o.Status
				_, err := o.Fulfil("T-1", at)
				require.Equal(t, before == order.Confirmed, err == nil)
			}
			if _, err := p.Apply(payment.Result{Outcome: rapid.SampledFrom(outcomes).Draw(t, "outcome"), Amount: bdt(100)}, at); err != nil {
				t.Fatal(err)
			}
			facts, release := o.Settle(p, at)
			if release {
				released++
			}
			for _, f := range facts {
				toReturn = toReturn || f.Kind() == order.KindPaidLate
			}
			holds := p.Status == payment.Paid || p.Status == payment.Reserved
			switch o.Status {
			case order.Cancelled:
				require.Equal(t, 1, released)
				require.True(t, !holds || toReturn, "money of a cancelled order goes unnoticed")
			case order.Confirmed:
				require.True(t, holds, "a confirmed order has its money or the promise of it")
				require.Zero(t, released)
			case order.Pending, order.Fulfilled:
				require.Zero(t, released)
			}
		}
	})
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
