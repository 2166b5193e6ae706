package main

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/stripe/stripe-go/v76"

	"github.com/halum-hut/halum/plugins/sdk"
)

// methodForm is what Stripe's ids look like. A card number does not.
var methodForm = regexp.MustCompile(`^pm_[A-Za-z0-9_]{1,250}$`)

// CreatePayment opens the payment's PaymentIntent and charges the payment method. A repeat finds the same PaymentIntent
// and says what became of it.
func (s *stripePlugin) CreatePayment(ctx context.Context, in sdk.CreatePayment) (sdk.Result, error) {
	c, err := s.clients.of(in.Account)
	if err != nil {
		return sdk.Result{}, err
	}
	if err := checkMethod(in); err != nil {
		return sdk.Result{}, err
	}
	amount, err := toStripe(in.Payment.Amount)
	if err != nil {
		return sdk.Result{}, err
	}
	pi, err := c.openFor(ctx, in, amount)
	if err != nil {
		return sdk.Result{}, err
	}
	switch sameAmount := pi.Amount == amount && strings.EqualFold(string(pi.Currency), in.Payment.Amount.Currency); {
	case !untried(pi):
		return c.result(pi), nil
	case !sameAmount:
		return sdk.Result{}, sdk.Invalid("amount", "differs from what Stripe was asked for before: another amount is asked for by an update")
	case in.Payment.MethodKind == elementKind:
		return c.result(pi), nil
	case c.age(pi) > confirmWindow:
		// Left behind by an attempt long ago. To charge it now would break what GetPayment may have promised since.
		return c.cancel(ctx, pi, "")
	}
	return c.confirm(ctx, in, pi)
}

func checkMethod(in sdk.CreatePayment) error {
	if in.Payment.ID == "" {
		return sdk.Invalid("payment_id", "is required")
	}
	if in.Payment.MethodKind != cardKind && in.Payment.MethodKind != elementKind {
		return sdk.Invalid("method.kind", "must be "+cardKind+" or "+elementKind)
	}
	for name := range in.MethodFields {
		if in.Payment.MethodKind != cardKind || name != methodField {
			return sdk.Invalid(name, "is not asked for: cards are entered in Stripe's own form only")
		}
	}
	if in.Payment.MethodKind == cardKind && !methodForm.MatchString(in.MethodFields[methodField]) {
		return sdk.Invalid(methodField, "must be the id that Stripe.js made of the card, such as pm_card_visa; a card number is never accepted")
	}
	return nil
}

// openFor returns the payment's one PaymentIntent as it is now. Nothing is taken or promised by that, so every error says
// that nothing happened. Errors: Invalid, Misconfigured, Unavailable.
func (c *client) openFor(ctx context.Context, in sdk.CreatePayment, amount int64) (*stripe.PaymentIntent, error) {
	if in.Payment.Ref != "" || c.now().Sub(in.Payment.CreatedAt) > openWindow {
		return c.found(ctx, in.Payment, "the payment is too old to be started: begin another one")
	}
	params := opening(in.Payment, amount)
	params.Params = c.params(ctx, openKey(in.Payment))
	c.describe(params, in)
	pi, err := whenFree(ctx, func() (*stripe.PaymentIntent, error) { return c.intents.New(params) })
	switch classify(err) {
	case succeeded:
		if replayed(pi.LastResponse) { // as it was then: ask what it is now
			return c.found(ctx, sdk.Payment{ID: in.Payment.ID, Ref: pi.ID}, "")
		}
		return pi, nil
	case unclear, reused: // it may be there all the same, or was opened with other words, as by a Void
		note(ctx, "opening a payment at Stripe did not end well", err)
		return c.found(ctx, in.Payment, "Stripe could not open the payment")
	case declined, refused, misconfigured, away, busy:
	}
	if f := faultOf(err); f != nil {
		return nil, f
	}
	return nil, sdk.Unavailable("Stripe could not open the payment")
}

// found is find for which nil is an error too: Unavailable with the message.
func (c *client) found(ctx context.Context, p sdk.Payment, otherwise string) (*stripe.PaymentIntent, error) {
	pi, err := c.find(ctx, p)
	if f := faultOf(err); f != nil && f.Kind != sdk.FaultInvalid {
		return nil, f
	}
	if pi == nil || err != nil {
		if otherwise == "" || err != nil {
			otherwise = "Stripe did not answer"
		}
		return nil, sdk.Unavailable("%s", otherwise)
	}
	return pi, nil
}

// openKey makes a payment's PaymentIntent one of a kind. The charge has the platform's own key.
func openKey(p sdk.Payment) string { return "halum-open-" + p.ID }

// opening is what a PaymentIntent needs at the least.
func opening(p sdk.Payment, amount int64) *stripe.PaymentIntentParams {
	params := &stripe.PaymentIntentParams{
		Amount: &amount, Currency: stripe.String(strings.ToLower(p.Amount.Currency)),
		Metadata: map[string]string{metaPayment: p.ID, metaMethod: p.MethodKind},
	}
	if p.MethodKind == elementKind {
		params.AutomaticPaymentMethods = &stripe.PaymentIntentAutomaticPaymentMethodsParams{Enabled: stripe.Bool(true)}
	} else {
		params.PaymentMethodTypes = []*string{stripe.String("card")}
	}
	return params
}

// describe adds what makes it readable for the vendor and, to fraud checks, worth more. No receipt_email: the platform
// writes to the shopper, and Stripe would too.
func (c *client) describe(params *stripe.PaymentIntentParams, in sdk.CreatePayment) {
	method := stripe.PaymentIntentCaptureMethodAutomatic
	if in.CaptureLater {
		method = stripe.PaymentIntentCaptureMethodManual
		if c.Multicapture {
			params.PaymentMethodOptions = &stripe.PaymentIntentPaymentMethodOptionsParams{Card: &stripe.PaymentIntentPaymentMethodOptionsCardParams{
				RequestMulticapture: stripe.String(string(stripe.PaymentIntentPaymentMethodOptionsCardRequestMulticaptureIfAvailable)),
			}}
		}
	}
	params.CaptureMethod = stripe.String(string(method))
	if in.OrderNumber != "" {
		params.Description = stripe.String("Order " + in.OrderNumber)
		params.Metadata[metaOrder] = in.OrderNumber
	}
	if c.StatementDescriptor != "" {
		params.StatementDescriptorSuffix = stripe.String(c.StatementDescriptor)
	}
	if a := in.ShippingAddress; a.Name != "" && a.Line1 != "" {
		params.Shipping = &stripe.ShippingDetailsParams{Name: &a.Name, Phone: optional(a.Phone), Address: &stripe.AddressParams{
			Line1: &a.Line1, Line2: optional(a.Line2), City: optional(a.City), State: optional(a.Region),
			PostalCode: optional(a.PostalCode), Country: optional(a.Country),
		}}
	}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// confirm charges the payment method, under the platform's key.
func (c *client) confirm(ctx context.Context, in sdk.CreatePayment, pi *stripe.PaymentIntent) (sdk.Result, error) {
	params := &stripe.PaymentIntentConfirmParams{
		Params: c.params(ctx, in.IdempotencyKey), PaymentMethod: stripe.String(in.MethodFields[methodField]), ReturnURL: optional(in.ReturnURL),
	}
	params.AddExpand("latest_charge")
	got, err := whenFree(ctx, func() (*stripe.PaymentIntent, error) { return c.intents.Confirm(pi.ID, params) })
	switch class := classify(err); {
	case class == succeeded && !replayed(got.LastResponse):
		return c.result(got), nil
	case class == declined:
		no := decline(stripeError(err))
		no.ProviderRef, no.Amount = pi.ID, in.Payment.Amount
		return no, nil
	case class == refused && slices.Contains(stateCodes, stripeError(err).Code): // somebody was faster
		return c.look(ctx, pi.ID), nil
	}
	if f := faultOf(err); f != nil {
		return sdk.Result{}, f
	}
	if err != nil {
		note(ctx, "charging a payment at Stripe did not end well", err)
	}
	return c.look(ctx, pi.ID), nil
}

// stateCodes say that an object is not in a state that allows the request.
var stateCodes = []stripe.ErrorCode{
	stripe.ErrorCodePaymentIntentUnexpectedState, stripe.ErrorCodeChargeAlreadyCaptured, stripe.ErrorCodeChargeExpiredForCapture,
	stripe.ErrorCodeChargeAlreadyRefunded,
}
