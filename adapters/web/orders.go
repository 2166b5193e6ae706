package web

import (
	"context"
	"strings"

	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
)

// showOrder is for whoever has the order's secret, and for the account that placed it.
func showOrder(v *visit) error {
	secret := v.query("secret")
	var st settle.State
	var err error
	if secret != "" {
		st, err = v.web.d.Shop.Orders.ByNumber(v.ctx, v.shop.ID, v.number(), secret)
	} else {
		var by identity.Actor
		if by, _, err = v.actor(); err == nil {
			st, err = v.web.d.Shop.Orders.Mine(v.ctx, by, v.number())
		}
	}
	if err != nil {
		return err
	}
	v.follow(st)
	p := v.page(t(v.ctx, "Order %s", st.Order.Name()))
	p.Hidden, v.pays = true, stripeStep(st.Payment) != nil
	files, err := v.web.d.Shop.Downloads.Of(v.ctx, v.shop.ID, st.Order)
	if err != nil {
		return err
	}
	return v.private(200, orderPage(p, st, files, v.query("pay") != ""))
}

// sizeText rounds a size up.
func sizeText(ctx context.Context, bytes int64) string {
	switch {
	case bytes < 1_000:
		return t(ctx, "%d bytes", bytes)
	case bytes < 1_000_000:
		return t(ctx, "%d kB", (bytes+999)/1_000)
	}
	return t(ctx, "%d MB", (bytes+999_999)/1_000_000)
}

// story is how an order stands, in words for its shopper.
type story struct{ Title, Text, Tone string }

func storyOf(ctx context.Context, st settle.State) story {
	o, next := st.Order, st.Payment.Next
	switch {
	case o.Status == order.Fulfilled && arrived(st):
		return story{t(ctx, "Your order has arrived"), t(ctx, "The carrier says that it was delivered. Thank you for buying from us."), "good"}
	case o.Status == order.Fulfilled && !o.Ships():
		return story{t(ctx, "Your order is ready"), t(ctx, "Nothing has to be sent. Thank you for buying from us."), "good"}
	case o.Status == order.Fulfilled:
		return story{t(ctx, "Your order is on its way"), t(ctx, "It has left our hands. Thank you for buying from us."), "good"}
	case o.Status == order.Cancelled:
		text := t(ctx, "The payment did not go through, so nothing was charged.")
		switch {
		case o.Payment == order.UnfulfillablePaid:
			return story{t(ctx, "The order was cancelled"), t(ctx, "What you paid is on its way back to you."), "bad"}
		case o.Payment == order.Refunded:
			return story{t(ctx, "The order was cancelled"), t(ctx, "What you paid was given back."), "bad"}
		case strings.HasPrefix(o.Reason, "cancelled_by_"):
			return story{t(ctx, "The order was cancelled"), t(ctx, "Nothing was charged. Your cart is as it was."), "bad"}
		}
		if st.Payment.Message != "" {
			text = refusal(ctx, st.Payment.Message) + " " + t(ctx, "Nothing was charged.")
		}
		return story{t(ctx, "The order was not placed"), text + " " + t(ctx, "Your cart is as it was."), "bad"}
	case o.Payment == order.UnfulfillablePaid:
		return story{t(ctx, "We are looking into your payment"), t(ctx, "Something about the payment is not as expected. We will write to you at %s.", o.Email), "wait"}
	case o.Status == order.Confirmed && (o.Payment == order.PartlyRefunded || o.Payment == order.Refunded):
		return story{t(ctx, "Thank you. Your order is confirmed"), t(ctx, "Money was given back to you; the shop wrote to %s.", o.Email), "good"}
	case o.Status == order.Confirmed && (o.Payment == order.Paid || o.Payment == order.PartlyPaid):
		return story{t(ctx, "Thank you. Your order is confirmed"), t(ctx, "We sent the details to %s.", o.Email), "good"}
	case o.Status == order.Confirmed:
		return story{t(ctx, "Thank you. Your order is confirmed"), t(ctx, "You pay later, as you chose. We sent the details to %s.", o.Email), "good"}
	case next != nil && next.URL != "":
		return story{t(ctx, "One more step"), t(ctx, "Your bank wants to hear from you before the payment goes through."), "wait"}
	case next != nil && (next.QR != "" || next.Library != ""):
		return story{t(ctx, "One more step"), t(ctx, "Pay here; your order is confirmed as soon as the payment goes through."), "wait"}
	case next != nil && next.Instructions != "":
		return story{t(ctx, "Thank you. We wait for your payment"), t(ctx, "Your order is confirmed as soon as the money arrives."), "wait"}
	}
	return story{t(ctx, "We are checking your payment"), t(ctx, "This takes a moment. You need not do anything; this page will tell you."), "wait"}
}

// step is one mark on the order's way.
type step struct {
	Name string
	Done bool
	Now  bool
}

func stepsOf(ctx context.Context, o order.Order) []step {
	paid := o.Status == order.Confirmed || o.Status == order.Fulfilled
	sent := o.Status == order.Fulfilled
	confirmed := sent || o.Status == order.Confirmed
	name := t(ctx, "Payment")
	switch {
	case o.Payment == order.Authorized:
		name = t(ctx, "Payment agreed")
	case paid:
		name = t(ctx, "Paid")
	}
	last := t(ctx, "On its way")
	if !o.Ships() {
		last = t(ctx, "Ready")
	}
	return []step{
		{t(ctx, "Placed"), true, false},
		{name, paid, !paid},
		{t(ctx, "Getting it ready"), sent, confirmed && !sent},
		{last, sent, false},
	}
}

// payLink is where the shopper must go on to pay, when the provider said so; only web addresses count.
func payLink(p payment.Payment) string {
	if p.Status == payment.Waiting && p.Next != nil {
		return p.Next.URL
	}
	return ""
}

// qrText is what a banking app reads from the page.
func qrText(p payment.Payment) string {
	if p.Status == payment.Waiting && p.Next != nil {
		return p.Next.QR
	}
	return ""
}

// stripeStep is what Stripe.js needs to ask for a card in the page; nil when there is nothing for it to do.
func stripeStep(p payment.Payment) map[string]string {
	if p.Status == payment.Waiting && p.Next != nil && p.Next.Library == "stripe.js" && p.Next.Data["client_secret"] != "" {
		return p.Next.Data
	}
	return nil
}

// providerName is the plugin's name, and says when no real money moves.
func providerName(p payment.Payment) string {
	switch {
	case p.Provider == "":
		return "nothing to pay"
	case p.Mode == provider.Test:
		return p.Provider + ", test mode"
	}
	return p.Provider
}

// withAmount fills an amount in unless somebody has typed one.
func withAmount(f form, name string, m money.Money) form {
	if f.Value(name) == "" {
		f.set(name, m.Decimal())
	}
	return f
}

func instructions(p payment.Payment) string {
	if p.Status.Open() && p.Next != nil {
		return p.Next.Instructions
	}
	return ""
}
