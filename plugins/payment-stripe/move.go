package main

import (
	"context"
	"errors"
	"slices"

	"github.com/stripe/stripe-go/v76"

	"github.com/halum-hut/halum/plugins/sdk"
)

var errNoPayment = sdk.Invalid("payment", "Stripe has no such payment")

// existing is find for operations on a payment that there must be. Errors: all say that nothing happened.
func (c *client) existing(ctx context.Context, p sdk.Payment) (*stripe.PaymentIntent, error) {
	pi, err := c.find(ctx, p)
	switch f := faultOf(err); {
	case f != nil && f.Kind != sdk.FaultInvalid:
		return nil, f
	case err != nil:
		return nil, sdk.Unavailable("Stripe did not say what became of the payment")
	case pi == nil:
		return nil, errNoPayment
	}
	return pi, nil
}

// Capture takes some or all of the promise. Stripe releases the rest with it unless the account has multicapture, so that
// a part that is not the last one needs that.
func (s *stripePlugin) Capture(ctx context.Context, in sdk.Capture) (sdk.Result, error) {
	c, err := s.clients.of(in.Account)
	if err != nil {
		return sdk.Result{}, err
	}
	amount, err := toStripe(in.Amount)
	if err != nil {
		return sdk.Result{}, err
	}
	pi, err := c.existing(ctx, in.Payment)
	if err != nil {
		return sdk.Result{}, err
	}
	switch {
	case ended(pi):
		return c.result(pi), nil
	case pi.Status != stripe.PaymentIntentStatusRequiresCapture:
		return sdk.Result{}, sdk.Invalid("payment", "is not promised, so that nothing can be captured")
	case !in.Final && amount < pi.Amount && !c.Multicapture:
		return refusedCapture(pi.ID, "multicapture_off", "Stripe would release the rest with this capture: make it the last one, or let Stripe enable multicapture"), nil
	}
	params := &stripe.PaymentIntentCaptureParams{Params: c.params(ctx, in.IdempotencyKey), AmountToCapture: &amount}
	if !in.Final && c.Multicapture {
		params.FinalCapture = stripe.Bool(false)
	}
	params.AddExpand("latest_charge")
	got, err := whenFree(ctx, func() (*stripe.PaymentIntent, error) { return c.intents.Capture(pi.ID, params) })
	return c.captured(ctx, pi.ID, got, err)
}

func (c *client) captured(ctx context.Context, id string, got *stripe.PaymentIntent, err error) (sdk.Result, error) {
	e := stripeError(err)
	switch class := classify(err); {
	case class == succeeded && !replayed(got.LastResponse):
		return c.result(got), nil
	case class == succeeded, class == refused && slices.Contains(stateCodes, e.Code):
		return c.look(ctx, id), nil
	case class == refused:
		return refusedCapture(id, codeOr(e, "capture_refused"), sentence(e.Msg)), nil
	case class == declined:
		no := decline(e)
		no.ProviderRef = id
		return no, nil
	}
	if f := faultOf(err); f != nil {
		return sdk.Result{}, f
	}
	note(ctx, "a capture at Stripe did not end well", err)
	return unknown(id), nil
}

func refusedCapture(ref, code, message string) sdk.Result {
	r := sdk.Decline(code, message, false)
	r.ProviderRef = ref
	return r
}

func codeOr(e *stripe.Error, otherwise string) string {
	if e.Code == "" {
		return otherwise
	}
	return string(e.Code)
}

// Void cancels the PaymentIntent. For a payment never heard of it opens one and cancels that: a CreatePayment that
// arrives later finds it and is refused. After openWindow none is made any more, so there is nothing to cancel.
func (s *stripePlugin) Void(ctx context.Context, in sdk.Void) (sdk.Result, error) {
	c, err := s.clients.of(in.Account)
	if err != nil {
		return sdk.Result{}, err
	}
	pi, err := c.existing(ctx, in.Payment)
	if errors.Is(err, errNoPayment) {
		pi, err = c.shutDoor(ctx, in.Payment)
		if err == nil && pi == nil {
			return sdk.Result{Outcome: sdk.Voided}, nil
		}
	}
	if err != nil {
		return sdk.Result{}, err
	}
	return c.cancel(ctx, pi, in.IdempotencyKey)
}

// shutDoor opens the PaymentIntent that a late CreatePayment would. nil without an error says that none can be opened.
func (c *client) shutDoor(ctx context.Context, p sdk.Payment) (*stripe.PaymentIntent, error) {
	amount, err := toStripe(p.Amount)
	if err != nil || c.now().Sub(p.CreatedAt) > openWindow {
		return nil, nil //nolint:nilnil,nilerr // an amount that Stripe does not take was never asked for
	}
	params := opening(p, amount)
	params.Params = c.params(ctx, openKey(p))
	pi, err := whenFree(ctx, func() (*stripe.PaymentIntent, error) { return c.intents.New(params) })
	switch classify(err) {
	case succeeded:
		return pi, nil
	case unclear, reused: // a CreatePayment was faster, or nobody knows
		return c.found(ctx, p, "Stripe did not say what became of the payment")
	case refused: // as it would refuse a CreatePayment
		return nil, nil //nolint:nilnil // there is none
	case declined, misconfigured, away, busy:
	}
	if f := faultOf(err); f != nil {
		return nil, f
	}
	return nil, sdk.Unavailable("Stripe did not say what became of the payment")
}

// cancel ends a PaymentIntent and says how it ended. Cancelling twice does no harm, so that the key matters to nobody but
// the vendor who reads Stripe's log.
func (c *client) cancel(ctx context.Context, pi *stripe.PaymentIntent, key string) (sdk.Result, error) {
	if ended(pi) {
		return c.result(pi), nil
	}
	try := func(key string) (*stripe.PaymentIntent, error) {
		return whenFree(ctx, func() (*stripe.PaymentIntent, error) {
			return c.intents.Cancel(pi.ID, &stripe.PaymentIntentCancelParams{Params: c.params(ctx, key)})
		})
	}
	got, err := try(key)
	if err != nil && replayed(stripeError(err).LastResponse) {
		got, err = try("") // that was the answer to an earlier try: things may have changed
	}
	if err == nil && got.AmountReceived == 0 {
		return c.result(got), nil
	}
	if f := faultOf(err); f != nil && f.Kind != sdk.FaultInvalid {
		return sdk.Result{}, f
	}
	if pi, err = c.get(ctx, pi.ID); err != nil {
		note(ctx, "Stripe did not say what became of a payment", err)
		return unknown(""), nil
	}
	return c.afterCancel(ctx, pi), nil
}

// afterCancel is the result of a PaymentIntent that did not simply cancel.
func (c *client) afterCancel(ctx context.Context, pi *stripe.PaymentIntent) sdk.Result {
	if pi.Status == stripe.PaymentIntentStatusRequiresCapture && pi.AmountReceived > 0 {
		// Captured in part with more to come: what was taken stays, the rest is released by a last capture of nothing.
		params := &stripe.PaymentIntentCaptureParams{Params: c.params(ctx, ""), AmountToCapture: stripe.Int64(0), FinalCapture: stripe.Bool(true)}
		if _, err := c.intents.Capture(pi.ID, params); err != nil {
			note(ctx, "Stripe did not release the rest of a promise", err)
			return unknown(pi.ID)
		}
		return c.look(ctx, pi.ID)
	}
	if ended(pi) || pi.Status == stripe.PaymentIntentStatusProcessing {
		return c.result(pi)
	}
	return unknown(pi.ID)
}

// UpdatePayment changes the amount while nothing was charged. Stripe refuses it once the bank has been asked.
func (s *stripePlugin) UpdatePayment(ctx context.Context, in sdk.UpdatePayment) (sdk.Result, error) {
	c, err := s.clients.of(in.Account)
	if err != nil {
		return sdk.Result{}, err
	}
	amount, err := toStripe(in.Payment.Amount)
	if err != nil {
		return sdk.Result{}, err
	}
	pi, err := c.existing(ctx, in.Payment)
	switch {
	case err != nil:
		return sdk.Result{}, err
	case pi.Amount == amount || ended(pi) || pi.Status == stripe.PaymentIntentStatusRequiresCapture:
		return c.result(pi), nil
	}
	params := &stripe.PaymentIntentParams{Params: c.params(ctx, in.IdempotencyKey), Amount: &amount}
	got, err := whenFree(ctx, func() (*stripe.PaymentIntent, error) { return c.intents.Update(pi.ID, params) })
	switch class := classify(err); {
	case class == succeeded && !replayed(got.LastResponse):
		return c.result(got), nil
	case class == refused && slices.Contains(stateCodes, stripeError(err).Code):
		return sdk.Result{}, sdk.Invalid("amount", "cannot change any more: void the payment and begin another one")
	}
	if f := faultOf(err); f != nil {
		return sdk.Result{}, f
	}
	return c.look(ctx, pi.ID), nil
}
