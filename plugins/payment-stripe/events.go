package main

import (
	"encoding/json"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/halum-hut/halum/plugins/sdk"
)

// readers fill in what an event is about, by its type. Other types mean nothing to the platform. An event without
// content is a hint: the platform then asks GetPayment, which is right when the event cannot say it all, or when a late
// one would tell of totals that are gone.
var readers = map[stripe.EventType]func(*client, json.RawMessage, *sdk.PaymentEvent) error{
	stripe.EventTypePaymentIntentSucceeded:               readIntent,
	stripe.EventTypePaymentIntentPaymentFailed:           readIntent,
	stripe.EventTypePaymentIntentProcessing:              readIntent,
	stripe.EventTypePaymentIntentRequiresAction:          readIntent,
	stripe.EventTypePaymentIntentCanceled:                readIntent,
	stripe.EventTypePaymentIntentAmountCapturableUpdated: readIntent,
	stripe.EventTypeChargeRefunded:                       readCharge,
	stripe.EventTypeChargeExpired:                        readCharge,
	stripe.EventTypeChargeRefundUpdated:                  readRefund,
	stripe.EventTypeRefundCreated:                        readRefund,
	stripe.EventTypeRefundUpdated:                        readRefund,
	"refund.failed":                                      readRefund, // newer than stripe-go v76
	stripe.EventTypeChargeDisputeCreated:                 readDispute,
	stripe.EventTypeChargeDisputeUpdated:                 readDispute,
	stripe.EventTypeChargeDisputeClosed:                  readDispute,
	stripe.EventTypeChargeDisputeFundsWithdrawn:          readDispute,
	stripe.EventTypeChargeDisputeFundsReinstated:         readDispute,
}

func readIntent(c *client, raw json.RawMessage, e *sdk.PaymentEvent) error {
	var pi stripe.PaymentIntent
	if err := json.Unmarshal(raw, &pi); err != nil {
		return err
	}
	if pi.Metadata[metaPayment] == "" {
		return nil // of another program that uses the same Stripe account
	}
	e.PaymentID, e.PaymentRef = pi.Metadata[metaPayment], pi.ID
	r := c.result(&pi)
	if r.Outcome == sdk.Unknown || r.Next != nil && r.Next.Client != nil && pi.ClientSecret == "" {
		return nil
	}
	e.Payment = &r
	return nil
}

// readCharge gives a hint. charge.refunded has no refunds in it and counts the released rest of a partial capture.
func readCharge(_ *client, raw json.RawMessage, e *sdk.PaymentEvent) error {
	var ch stripe.Charge
	if err := json.Unmarshal(raw, &ch); err != nil {
		return err
	}
	about(e, ch.PaymentIntent, ch.Metadata)
	return nil
}

// readRefund tells of refunds that the platform made. Of others there is a hint only: they may be made in the dashboard,
// or be Stripe's way to release the rest of a promise, which is no refund; the payment's totals tell them apart.
func readRefund(_ *client, raw json.RawMessage, e *sdk.PaymentEvent) error {
	var got stripe.Refund
	if err := json.Unmarshal(raw, &got); err != nil {
		return err
	}
	about(e, got.PaymentIntent, got.Metadata)
	if r := refundResult(&got); r.Outcome != sdk.RefundUnknown && got.Metadata[metaRefund] != "" {
		e.Refund = &sdk.RefundEvent{RefundID: got.Metadata[metaRefund], RefundResult: r}
	}
	return nil
}

// disputeStatuses in the platform's words. A warning is an enquiry of the bank: when it closes, no money has moved.
var disputeStatuses = map[stripe.DisputeStatus]sdk.DisputeStatus{
	stripe.DisputeStatusNeedsResponse:        sdk.DisputeOpen,
	stripe.DisputeStatusWarningNeedsResponse: sdk.DisputeOpen,
	stripe.DisputeStatusUnderReview:          sdk.DisputeUnderReview,
	stripe.DisputeStatusWarningUnderReview:   sdk.DisputeUnderReview,
	stripe.DisputeStatusWon:                  sdk.DisputeWon,
	stripe.DisputeStatusWarningClosed:        sdk.DisputeWon,
	"prevented":                              sdk.DisputeWon, // newer than stripe-go v76
	stripe.DisputeStatusLost:                 sdk.DisputeLost,
}

func readDispute(_ *client, raw json.RawMessage, e *sdk.PaymentEvent) error {
	var d stripe.Dispute
	if err := json.Unmarshal(raw, &d); err != nil {
		return err
	}
	status, known := disputeStatuses[d.Status]
	amount, exact := fromStripe(d.Amount, string(d.Currency))
	if !known || !exact {
		return nil
	}
	about(e, d.PaymentIntent, nil)
	e.Dispute = &sdk.Dispute{Ref: d.ID, Status: status, Amount: amount, Reason: string(d.Reason)}
	if d.EvidenceDetails != nil && d.EvidenceDetails.DueBy > 0 {
		e.Dispute.Deadline = time.Unix(d.EvidenceDetails.DueBy, 0)
	}
	return nil
}

func about(e *sdk.PaymentEvent, pi *stripe.PaymentIntent, metadata map[string]string) {
	e.PaymentID = metadata[metaPayment]
	if pi != nil {
		e.PaymentRef = pi.ID
	}
}
