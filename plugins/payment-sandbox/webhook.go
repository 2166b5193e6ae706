package main

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
	"github.com/halum-hut/halum/plugins/sdk"
)

// tolerance is how far a webhook's time may be from the time it was received.
const tolerance = 300 * time.Second

// ParseWebhook checks the bank's signature and reads the event. The journal is not asked: the event says all.
func (s *sandbox) ParseWebhook(ctx context.Context, in sdk.Webhook) (sdk.PaymentEvents, error) {
	if err := verify(in); err != nil {
		return sdk.PaymentEvents{}, err
	}
	var e bank.Event
	if err := json.Unmarshal(in.Body, &e); err != nil || e.ID == "" || e.ID != in.Header[bank.HeaderID] {
		sdk.LoggerOf(ctx).Warn("a webhook signed by the sandbox is not an event")
		return sdk.PaymentEvents{}, nil //nolint:nilerr // nothing that is known
	}
	mode := sdk.Test
	if e.Livemode {
		mode = sdk.Live
	}
	if mode != in.Account.Mode && in.Account.Mode != "" {
		return sdk.PaymentEvents{}, sdk.Forged("the event is of the other mode")
	}
	event := sdk.PaymentEvent{ID: e.ID, Type: e.Type, Mode: mode, At: e.Created}
	if !means(e, &event) {
		return sdk.PaymentEvents{}, nil
	}
	return sdk.PaymentEvents{Events: []sdk.PaymentEvent{event}}, nil
}

// verify checks the signature and its time, before anything is read.
func verify(in sdk.Webhook) error {
	id, signature := in.Header[bank.HeaderID], in.Header[bank.HeaderSignature]
	seconds, err := strconv.ParseInt(in.Header[bank.HeaderTimestamp], 10, 64)
	if err != nil || id == "" || signature == "" {
		return sdk.Forged("the signature is missing")
	}
	at := time.Unix(seconds, 0)
	if !bank.Signed(signature, id, at, in.Body, in.Account.Secrets[webhookSecret], in.Account.Former[webhookSecret]) {
		return sdk.Forged("the signature does not fit")
	}
	if off := in.ReceivedAt.Sub(at); off > tolerance || off < -tolerance {
		return sdk.Forged("the signature is of another time")
	}
	return nil
}

var disputeStatuses = map[string]sdk.DisputeStatus{
	"dispute.opened": sdk.DisputeOpen, "dispute.under_review": sdk.DisputeUnderReview, "dispute.won": sdk.DisputeWon, "dispute.lost": sdk.DisputeLost,
}

// paymentEvents are the kinds that say where a payment stands.
var paymentEvents = map[string]bool{
	"payment.authorized": true, "payment.captured": true, "payment.declined": true, "payment.voided": true, "payment.expired": true,
	"payment.pending": true, "payment.requires_action": true,
}

// means fills in what an event says, and tells whether it is of a kind that is known.
func means(e bank.Event, out *sdk.PaymentEvent) bool {
	if e.Payment == nil {
		return false
	}
	out.PaymentID, out.PaymentRef = e.Payment.ID, e.Payment.Ref
	status, disputed := disputeStatuses[e.Type]
	switch {
	case disputed && e.Dispute != nil:
		out.Dispute = &sdk.Dispute{
			Ref: e.Dispute.Ref, Status: status, Amount: amountIn(e.Dispute), Reason: e.Dispute.Reason, Deadline: e.Dispute.Deadline,
		}
	case e.Refund != nil && refundOutcomes[e.Refund.State] != sdk.RefundUnknown:
		out.Refund = &sdk.RefundEvent{RefundID: e.Refund.ID, RefundResult: refundResult(journal.Record{
			State: e.Refund.State, Ref: e.Refund.Ref, Amount: e.Refund.Amount, Currency: e.Refund.Currency, Code: e.Refund.Code, Message: e.Refund.Message,
		})}
	case paymentEvents[e.Type] && outcomes[e.Payment.State] != sdk.Unknown:
		out.Payment = paymentIn(e.Payment)
	default:
		return false
	}
	return true
}

func amountIn(m *bank.EventMovement) sdk.Amount {
	return sdk.Amount{Minor: m.Amount, Currency: m.Currency}
}

// paymentIn leaves out what the shopper has to do: whoever needs it asks.
func paymentIn(p *bank.EventPayment) *sdk.Result {
	in := func(minor int64) sdk.Amount { return sdk.Amount{Minor: minor, Currency: p.Currency} }
	return &sdk.Result{
		Outcome: outcomes[p.State], ProviderRef: p.Ref, Amount: in(p.Amount), Captured: in(p.Captured), Refunded: in(p.Refunded),
		Code: p.Code, Message: p.Message, Retryable: p.Retryable, ExpiresAt: p.ExpiresAt,
	}
}
