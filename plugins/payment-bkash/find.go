package main

import (
	"context"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

const (
	// executeWithin is how long after it was made a payment is executed. bKash lets it expire after 24 hours.
	executeWithin = 23 * time.Hour
	// expiredAfter is when it has expired for certain.
	expiredAfter = 25 * time.Hour
	// flight is how long a request that was sent may still take effect. bKash answers within 30 seconds.
	flight = 3 * time.Minute
)

// status is bKash's answer to execute, and to Query Payment.
type status struct {
	PaymentID             string `json:"paymentID"`
	TrxID                 string `json:"trxID"`
	TransactionStatus     string `json:"transactionStatus"`
	Amount                text   `json:"amount"`
	Currency              string `json:"currency"`
	MerchantInvoiceNumber string `json:"merchantInvoiceNumber"`
	MerchantInvoice       string `json:"merchantInvoice"`        // as Query Payment calls it
	UserVerificationState string `json:"userVerificationStatus"` // whether the shopper has approved
	VerificationStatus    string `json:"verificationStatus"`     // the same in older answers
}

const (
	initiated = "Initiated"
	completed = "Completed"
)

func (s status) invoice() string {
	if s.MerchantInvoiceNumber != "" {
		return s.MerchantInvoiceNumber
	}
	return s.MerchantInvoice
}

func (s status) approval() string {
	if s.UserVerificationState != "" {
		return s.UserVerificationState
	}
	return s.VerificationStatus
}

// of reports whether the answer is about this payment.
func (s status) of(p sdk.Payment, ref string) bool {
	return s.PaymentID == ref && (s.invoice() == p.ID || s.invoice() == "" && s.TransactionStatus != completed)
}

// query asks Query Payment.
func (c *client) query(ctx context.Context, ref string) (s status, err error) {
	err = c.call(ctx, apiVersion+"/tokenized/checkout/payment/status", map[string]string{"paymentID": ref}, &s)
	return s, err
}

// refOf is bKash's id of a payment: the one the platform has, or the one that is remembered.
func refOf(p sdk.Payment, r record) string {
	if p.Ref != "" {
		return p.Ref
	}
	return r.Ref
}

// GetPayment asks bKash. bKash finds a payment by its own id only. Without that id, from the platform or remembered, the
// answer is NotFound, which is true: only ContinuePayment takes money, and only with the id that the platform gives.
//
// It takes no money itself, though the shopper may have approved: the order may be cancelled by now.
func (b *bkashPlugin) GetPayment(ctx context.Context, in sdk.GetPayment) (sdk.Result, error) {
	c, err := b.clients.of(in.Account)
	if err != nil {
		return sdk.Result{}, err
	}
	if err := checkPayment(in.Payment); err != nil {
		return sdk.Result{}, err
	}
	r, err := b.state.Peek(in.Account, in.Payment.ID)
	switch {
	case err != nil:
		return sdk.Result{}, err
	case refOf(in.Payment, r) == "" && r.Voided:
		return sdk.Result{Outcome: sdk.Voided, Amount: in.Payment.Amount}, nil
	case refOf(in.Payment, r) == "":
		return sdk.Result{Outcome: sdk.NotFound}, nil
	}
	return c.look(ctx, in.Payment, r)
}

// look asks bKash what became of a payment whose id is known. bKash may not know one any more that has expired.
func (c *client) look(ctx context.Context, p sdk.Payment, r record) (sdk.Result, error) {
	ref := refOf(p, r)
	s, err := c.query(ctx, ref)
	switch {
	case classify(err) == refused && r.untouched(ref) && c.now().Sub(r.OpenedAt) > expiredAfter:
		return c.unpaid(p, r, ref), nil
	case err != nil:
		return noAnswer(ctx, ref, err)
	}
	return c.result(ctx, p, s, r), nil
}

// noAnswer is what a question that failed is answered.
func noAnswer(ctx context.Context, ref string, err error) (sdk.Result, error) {
	note(ctx, "bKash did not say what became of a payment", ref, err)
	if class := classify(err); class == misconfigured || class == away || isFault(err) {
		return sdk.Result{}, faultFor(err, "")
	}
	return unknown(ref), nil
}

func unknown(ref string) sdk.Result { return sdk.Result{Outcome: sdk.Unknown, ProviderRef: ref} }

// result says what an answer of bKash means, together with what is remembered of the payment.
func (c *client) result(ctx context.Context, p sdk.Payment, s status, r record) sdk.Result {
	ref := refOf(p, r)
	if !s.of(p, ref) {
		note(ctx, "bKash answered about another payment", ref, nil)
		return unknown(ref)
	}
	switch s.TransactionStatus {
	case completed:
		return c.captured(ctx, s, r)
	case initiated:
		return c.unpaid(p, r, ref)
	case "Expired":
		return sdk.Result{Outcome: sdk.Expired, ProviderRef: ref, Amount: p.Amount}
	case "Failed", "Declined", "Cancelled":
		return declineFor("").result(ref, p.Amount)
	}
	note(ctx, "bKash answered with a status that is not known: "+s.TransactionStatus[:min(len(s.TransactionStatus), 40)], ref, nil)
	return unknown(ref)
}

// unpaid is the result of a payment that was not executed, as far as bKash says.
func (c *client) unpaid(p sdk.Payment, r record, ref string) sdk.Result {
	switch age := c.now().Sub(madeAt(p, r)); {
	case c.now().Sub(r.ExecutingAt) < flight:
		return unknown(ref)
	case r.Declined != nil:
		return r.Declined.result(ref, p.Amount)
	case r.Voided:
		return sdk.Result{Outcome: sdk.Voided, ProviderRef: ref, Amount: p.Amount}
	case age > expiredAfter:
		return sdk.Result{Outcome: sdk.Expired, ProviderRef: ref, Amount: p.Amount}
	}
	return r.waiting(p)
}

// madeAt is when the payment was made at bKash, or up to openWindow before.
func madeAt(p sdk.Payment, r record) time.Time {
	if r.OpenedAt.IsZero() {
		return p.CreatedAt
	}
	return r.OpenedAt
}

// captured is the result of a payment that was executed: its amount is what bKash says it took.
func (c *client) captured(ctx context.Context, s status, known record) sdk.Result {
	r := unknown(s.PaymentID)
	minor, ok := fromBkash(string(s.Amount))
	if !ok || s.Currency != currency {
		note(ctx, "bKash took an amount that cannot be read", s.PaymentID, nil)
		return r
	}
	back, err := c.refunds(ctx, s, len(known.Refunds) == 0)
	if err != nil {
		note(ctx, "bKash did not say what was given back of a payment", s.PaymentID, err)
		return r
	}
	r.Outcome, r.Amount, r.Captured, r.Refunded = sdk.Captured, taka(minor), taka(minor), taka(back.total())
	return r
}
