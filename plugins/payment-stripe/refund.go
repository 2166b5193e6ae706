package main

import (
	"context"
	"errors"

	"github.com/stripe/stripe-go/v76"

	"github.com/halum-hut/halum/plugins/sdk"
)

// reasons that Stripe knows; others stand in the metadata only.
var reasons = map[string]stripe.RefundReason{
	"requested_by_customer": stripe.RefundReasonRequestedByCustomer,
	"duplicate":             stripe.RefundReasonDuplicate,
	"fraudulent":            stripe.RefundReasonFraudulent,
}

// Refund gives money back. Stripe takes it from the vendor's balance; the buyer's bank may refuse it days later.
func (s *stripePlugin) Refund(ctx context.Context, in sdk.Refund) (sdk.RefundResult, error) {
	c, err := s.clients.of(in.Account)
	if err != nil {
		return sdk.RefundResult{}, err
	}
	amount, err := toStripe(in.Amount)
	if err != nil {
		return sdk.RefundResult{}, err
	}
	ref := in.Payment.Ref
	if ref == "" {
		pi, err := c.existing(ctx, in.Payment)
		if err != nil {
			return sdk.RefundResult{}, err
		}
		ref = pi.ID
	}
	params := &stripe.RefundParams{
		Params: c.params(ctx, in.IdempotencyKey), PaymentIntent: &ref, Amount: &amount,
		Metadata: map[string]string{metaRefund: in.RefundID, metaPayment: in.Payment.ID},
	}
	if reason, ok := reasons[in.Reason]; ok {
		params.Reason = stripe.String(string(reason))
	} else if in.Reason != "" {
		params.Metadata["halum_reason"] = in.Reason
	}
	got, err := whenFree(ctx, func() (*stripe.Refund, error) { return c.refunds.New(params) })
	return c.refunded(ctx, in, ref, got, err)
}

func (c *client) refunded(ctx context.Context, in sdk.Refund, ref string, got *stripe.Refund, err error) (sdk.RefundResult, error) {
	e := stripeError(err)
	switch class := classify(err); {
	case class == succeeded && !replayed(got.LastResponse):
		return refundResult(got), nil
	case class == succeeded: // as it was then: it may have failed since
		return c.findRefund(ctx, ref, in.RefundID, got.ID)
	case class == refused || class == declined:
		return c.refundRefused(ctx, in.RefundID, ref, e)
	}
	if f := faultOf(err); f != nil {
		return sdk.RefundResult{}, f
	}
	note(ctx, "a refund at Stripe did not end well", err)
	r, err := c.findRefund(ctx, ref, in.RefundID, "")
	if err != nil || r.Outcome == sdk.RefundNotFound { // it may still come
		return sdk.RefundResult{}, nil //nolint:nilerr // the zero value is an unknown outcome
	}
	return r, nil
}

// refundRefused believes a no only when there is no such refund: after a day Stripe forgets keys, and would then say no to
// the repeat of a refund that gave back all there was.
func (c *client) refundRefused(ctx context.Context, id, ref string, e *stripe.Error) (sdk.RefundResult, error) {
	r, err := c.findRefund(ctx, ref, id, "")
	switch {
	case err != nil:
		return sdk.RefundResult{}, nil //nolint:nilerr // the zero value is an unknown outcome
	case r.Outcome == sdk.RefundNotFound:
		code := codeOr(e, "refund_refused")
		return sdk.FailRefund(code, sentence(e.Msg), passing[code]), nil
	}
	return r, nil
}

// GetRefund asks for the refund by Stripe's id, or looks through the payment's refunds for ours. That list is complete.
func (s *stripePlugin) GetRefund(ctx context.Context, in sdk.GetRefund) (sdk.RefundResult, error) {
	c, err := s.clients.of(in.Account)
	if err != nil {
		return sdk.RefundResult{}, err
	}
	ref := in.Payment.Ref
	if in.RefundRef == "" && ref == "" {
		pi, err := c.existing(ctx, in.Payment)
		if errors.Is(err, errNoPayment) {
			return sdk.RefundResult{Outcome: sdk.RefundNotFound}, nil
		}
		if err != nil {
			return sdk.RefundResult{}, err
		}
		ref = pi.ID
	}
	return c.findRefund(ctx, ref, in.RefundID, in.RefundRef)
}

func (c *client) findRefund(ctx context.Context, payment, id, ref string) (sdk.RefundResult, error) {
	if ref != "" {
		got, err := c.refunds.Get(ref, &stripe.RefundParams{Params: c.params(ctx, "")})
		if err != nil {
			return noRefundAnswer(ctx, err)
		}
		return refundResult(got), nil
	}
	list := c.refunds.List(&stripe.RefundListParams{ListParams: c.listParams(ctx), PaymentIntent: &payment})
	for list.Next() {
		if got := list.Refund(); got.Metadata[metaRefund] == id {
			return refundResult(got), nil
		}
	}
	if err := list.Err(); err != nil {
		return noRefundAnswer(ctx, err)
	}
	return sdk.RefundResult{Outcome: sdk.RefundNotFound}, nil
}

func noRefundAnswer(ctx context.Context, err error) (sdk.RefundResult, error) {
	if f := faultOf(err); f != nil && f.Kind != sdk.FaultInvalid {
		return sdk.RefundResult{}, f
	}
	note(ctx, "Stripe did not say what became of a refund", err)
	return sdk.RefundResult{}, nil
}

// refundResult says what a refund of Stripe means. What cannot be expressed exactly is unknown.
func refundResult(got *stripe.Refund) sdk.RefundResult {
	r := sdk.RefundResult{ProviderRef: got.ID}
	amount, ok := fromStripe(got.Amount, string(got.Currency))
	if !ok {
		return r
	}
	r.Amount = amount
	switch got.Status {
	case stripe.RefundStatusSucceeded:
		r.Outcome = sdk.RefundSucceeded
	case stripe.RefundStatusPending, stripe.RefundStatusRequiresAction:
		r.Outcome = sdk.RefundPending
	case stripe.RefundStatusFailed:
		r.Outcome, r.Code = sdk.RefundFailed, string(got.FailureReason)
		r.Message = "The buyer's bank did not take the refund (" + r.Code + "). The money is back in the Stripe balance: arrange another way with the buyer."
	case stripe.RefundStatusCanceled:
		r.Outcome, r.Code, r.Message = sdk.RefundFailed, "canceled", "The refund was cancelled before it was sent."
	}
	if r.Outcome == sdk.RefundFailed && r.Code == "" {
		r.Code = "refund_failed"
	}
	return r
}
