package main

import (
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/halum-hut/halum/plugins/sdk"
)

// Metadata by which Stripe's objects are recognised. They are part of what is stored at Stripe: never rename them.
const (
	metaPayment = "halum_payment_id"
	metaMethod  = "halum_method"
	metaOrder   = "halum_order"
	metaRefund  = "halum_refund_id"
)

// result says what a PaymentIntent means. One that was opened but not charged is Unknown: a charge may be on its way.
// Totals of refunds are known only when latest_charge was expanded. What cannot be expressed exactly is Unknown.
func (c *client) result(pi *stripe.PaymentIntent) sdk.Result {
	r := sdk.Result{ProviderRef: pi.ID}
	amount, ok := fromStripe(pi.Amount, string(pi.Currency))
	captured, ok2 := fromStripe(pi.AmountReceived, string(pi.Currency))
	refunded, ok3 := fromStripe(refundedOf(pi), string(pi.Currency))
	if !ok || !ok2 || !ok3 {
		return r
	}
	r.Amount = amount
	if pi.AmountReceived > 0 {
		r.Outcome, r.Captured, r.Refunded = sdk.Captured, captured, refunded
		return r
	}
	switch pi.Status {
	case stripe.PaymentIntentStatusRequiresCapture:
		r.Outcome, r.ExpiresAt = sdk.Authorized, captureBefore(pi)
	case stripe.PaymentIntentStatusProcessing:
		r.Outcome = sdk.Pending
	case stripe.PaymentIntentStatusRequiresAction:
		r.Outcome, r.Next = sdk.RequiresAction, c.next(pi)
	case stripe.PaymentIntentStatusCanceled:
		r.Outcome = sdk.Voided
		if pi.CancellationReason == stripe.PaymentIntentCancellationReasonAutomatic || pi.CancellationReason == "expired" {
			r.Outcome = sdk.Expired
		}
	case stripe.PaymentIntentStatusSucceeded: // with nothing received: a promise of which nothing was ever taken
		r.Outcome = sdk.Voided
	case stripe.PaymentIntentStatusRequiresPaymentMethod, stripe.PaymentIntentStatusRequiresConfirmation:
		c.unpaid(pi, &r)
	}
	return r
}

// unpaid fills in the result of a PaymentIntent that waits for a payment method. In the Payment Element the shopper may
// try as often as it takes; a card that came with the order has one try.
func (c *client) unpaid(pi *stripe.PaymentIntent, r *sdk.Result) {
	switch {
	case pi.Metadata[metaMethod] == elementKind:
		r.Outcome, r.Next = sdk.RequiresAction, c.inBrowser(pi)
	case pi.LastPaymentError != nil:
		no := decline(pi.LastPaymentError)
		r.Outcome, r.Code, r.Message, r.Retryable = no.Outcome, no.Code, no.Message, no.Retryable
	case pi.LatestCharge != nil: // an update has cleared the reason
		no := sdk.Decline("card_declined", "The card was declined.", false)
		r.Outcome, r.Code, r.Message = no.Outcome, no.Code, no.Message
	}
}

// open reports whether a PaymentIntent waits for its first charge or the next one.
func open(pi *stripe.PaymentIntent) bool {
	return pi.Status == stripe.PaymentIntentStatusRequiresPaymentMethod || pi.Status == stripe.PaymentIntentStatusRequiresConfirmation
}

// untried reports whether nobody has charged a PaymentIntent yet, as far as can be seen.
func untried(pi *stripe.PaymentIntent) bool {
	return open(pi) && pi.LastPaymentError == nil && pi.LatestCharge == nil
}

// ended reports whether nothing more can be taken.
func ended(pi *stripe.PaymentIntent) bool {
	return pi.Status == stripe.PaymentIntentStatusCanceled || pi.Status == stripe.PaymentIntentStatusSucceeded
}

func (c *client) next(pi *stripe.PaymentIntent) *sdk.NextAction {
	if n := pi.NextAction; n != nil && n.RedirectToURL != nil && n.RedirectToURL.URL != "" {
		return &sdk.NextAction{RedirectURL: n.RedirectToURL.URL}
	}
	return c.inBrowser(pi)
}

// inBrowser leaves the next step to Stripe.js. The client secret is made to be shown to this shopper.
func (c *client) inBrowser(pi *stripe.PaymentIntent) *sdk.NextAction {
	data := map[string]string{"client_secret": pi.ClientSecret, "publishable_key": c.PublishableKey}
	if c.ConnectedAccount != "" {
		data["stripe_account"] = c.ConnectedAccount
	}
	return &sdk.NextAction{Client: &sdk.ClientAction{Library: "stripe.js", Data: data}}
}

// captureBefore is when the issuer gives up the promise; zero when Stripe did not say.
func captureBefore(pi *stripe.PaymentIntent) time.Time {
	ch := pi.LatestCharge
	if ch == nil || ch.PaymentMethodDetails == nil || ch.PaymentMethodDetails.Card == nil || ch.PaymentMethodDetails.Card.CaptureBefore == 0 {
		return time.Time{}
	}
	return time.Unix(ch.PaymentMethodDetails.Card.CaptureBefore, 0)
}

// refundedOf is what of the captured money went back, failed refunds not counted. When a promise was captured in part,
// Stripe counts the rest that it released as refunded too, and that is no money of the vendor.
func refundedOf(pi *stripe.PaymentIntent) int64 {
	ch := pi.LatestCharge
	if ch == nil || ch.AmountRefunded == 0 || pi.AmountReceived == 0 {
		return 0
	}
	released := ch.Amount - ch.AmountCaptured
	if pi.Status == stripe.PaymentIntentStatusRequiresCapture || ch.AmountCaptured == 0 || ch.AmountRefunded < released {
		released = 0 // still promised, not told, or evidently not counted
	}
	return min(ch.AmountRefunded-released, pi.AmountReceived)
}

func unknown(ref string) sdk.Result { return sdk.Result{Outcome: sdk.Unknown, ProviderRef: ref} }
