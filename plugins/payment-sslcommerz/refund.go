package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

// Refund asks SSLCommerz to give money back. SSLCommerz takes a refund under the platform's id (refund_trans_id), which
// keeps a repeat from being another one, and works on it for days: the answer is pending, and GetRefund asks.
//
// Neither what was given back of a payment nor the amount of a refund can be asked. So each refund is written down before
// it is sent, and the platform's limits are kept with what is written down.
func (s *sslcommerzPlugin) Refund(ctx context.Context, in sdk.Refund) (sdk.RefundResult, error) {
	c, err := s.clients.of(in.Account)
	if err != nil {
		return sdk.RefundResult{}, err
	}
	if !s.state.durable {
		return sdk.FailRefund("refunds_off", "The SSLCommerz plugin runs without --state, so that it cannot refund: do it in SSLCommerz's merchant panel.", true), nil
	}
	if err := checkRefund(in); err != nil {
		return sdk.RefundResult{}, err
	}
	h, err := s.state.hold(ctx, in.Account, in.Payment.ID)
	if err != nil { // it may have been sent before
		return sdk.RefundResult{}, nil //nolint:nilerr // the zero value is an unknown outcome
	}
	defer h.release()
	old := h.refund(in.RefundID)
	switch {
	case old == nil:
		return c.firstRefund(ctx, in, h)
	case old.Minor != in.Amount.Minor:
		return sdk.RefundResult{}, sdk.Invalid("amount", "differs from what this refund was before")
	case old.Failed != nil:
		return old.Failed.refund(), nil
	case old.Ref != "" || old.Taken:
		c.refresh(ctx, h)
		return old.result(), nil
	case old.SentAt.IsZero(): // it was not sent: what is left may be less by now
		h.Refunds = slices.DeleteFunc(h.Refunds, func(r refundRecord) bool { return r.ID == in.RefundID })
		return c.firstRefund(ctx, in, h)
	}
	return c.send(ctx, in, h, true)
}

// checkRefund looks at what goes to SSLCommerz. Errors: Invalid.
func checkRefund(in sdk.Refund) error {
	if err := checkPayment(in.Payment); err != nil {
		return err
	}
	if !idForm.MatchString(in.RefundID) {
		return sdk.Invalid("refund_id", "must be 1 to 30 letters, digits, or one of _ . : -")
	}
	_, err := toDecimal(in.Amount)
	return err
}

// firstRefund finds the transaction that the money goes back from.
func (c *client) firstRefund(ctx context.Context, in sdk.Refund, h *held) (sdk.RefundResult, error) {
	list, err := c.confirmed(ctx, in.Payment.ID, "")
	if err != nil {
		note(ctx, "SSLCommerz did not say what became of a payment", in.Payment.ID, err)
		return sdk.RefundResult{}, faultFor(err, "SSLCommerz did not say what became of the payment")
	}
	list = slices.DeleteFunc(list, func(a attempt) bool { return !a.paid() })
	if len(list) == 0 {
		return sdk.RefundResult{}, sdk.Invalid("payment", "was not taken by SSLCommerz, so that nothing can be given back")
	}
	c.refresh(ctx, h)
	from, left := "", int64(0)
	for _, a := range list {
		minor, ok := a.minor()
		if !ok {
			return sdk.RefundResult{}, sdk.Unavailable("SSLCommerz took an amount or a currency that cannot be read")
		}
		rest := minor - h.back(a.BankTranID)
		left += max(rest, 0)
		if from == "" && rest >= in.Amount.Minor {
			from = a.BankTranID
		}
	}
	switch {
	case in.Amount.Minor > left:
		return sdk.FailRefund("refund_too_large", "This is more than what is left of the payment.", false), nil
	case from == "":
		return sdk.FailRefund("refund_split", "The payment was paid in several transactions: give it back in parts that are not larger than each.", false), nil
	}
	h.Incomplete = !h.complete()
	h.Payment = in.Payment.ID
	h.Refunds = append(h.Refunds, refundRecord{ID: in.RefundID, BankTran: from, Minor: in.Amount.Minor})
	return c.send(ctx, in, h, false)
}

// initiated is SSLCommerz's answer to a refund.
type initiated struct {
	Status      string `json:"status"`
	BankTranID  string `json:"bank_tran_id"`
	RefundRefID string `json:"refund_ref_id"`
	ErrorReason text   `json:"errorReason"`
}

// send asks for the refund. With doubt it may have been sent before, and then only a yes says something: a no may be said
// because SSLCommerz has it already.
func (c *client) send(ctx context.Context, in sdk.Refund, h *held, doubt bool) (sdk.RefundResult, error) {
	r := h.refund(in.RefundID)
	if !doubt {
		r.SentAt = c.now()
		if err := h.save(); err != nil {
			return sdk.RefundResult{}, cannotRemember(ctx, err)
		}
	}
	got, err := c.initiate(ctx, in, r.BankTran)
	yes := err == nil && (got.Status == "success" || got.Status == "processing") && got.BankTranID == r.BankTran
	if yes && (got.RefundRefID == "" || !h.isOthers(got.RefundRefID, r.ID)) {
		return c.underway(ctx, h, r, got.RefundRefID), nil
	}
	note(ctx, "SSLCommerz did not take a refund, or did not say so: "+clip(got.Status, 40), in.RefundID, orReason(err, got))
	switch class := classify(err); {
	case doubt:
		return sdk.RefundResult{}, nil
	case class == away, class == misconfigured: // not sent: the next try is without doubt
		r.SentAt = time.Time{}
		c.keep(ctx, h)
		return sdk.RefundResult{}, faultFor(err, "")
	case yes:
		r.Failed = &no{"refund_in_progress", "SSLCommerz still works on another refund of this payment.", true}
	case err == nil && got.Status == "failed":
		r.Failed = &no{"refund_refused", "SSLCommerz refused the refund: " + clip(string(got.ErrorReason), 200), true}
	case class == refused:
		r.Failed = &no{"refund_refused", "SSLCommerz refuses refunds from this server: it must be told the server's address first.", true}
	default:
		return sdk.RefundResult{}, nil
	}
	if h.save() != nil {
		return sdk.RefundResult{}, nil // what is not written down is not said
	}
	return r.Failed.refund(), nil
}

// orReason is the error of a request, or what a taken request was refused for.
func orReason(err error, got initiated) error {
	if err != nil {
		return err
	}
	return &apiError{status: http.StatusOK, connect: connected, reason: string(got.ErrorReason)}
}

// underway remembers that SSLCommerz has the refund. If that fails, a repeat is told so again.
func (c *client) underway(ctx context.Context, h *held, r *refundRecord, ref string) sdk.RefundResult {
	r.Taken, r.Ref = true, clip(ref, 80)
	if r.Ref == "" {
		note(ctx, "SSLCommerz has a refund under way without saying how to ask about it: look at its merchant panel", r.ID, nil)
	}
	c.keep(ctx, h)
	return r.result()
}

func (c *client) initiate(ctx context.Context, in sdk.Refund, bankTran string) (got initiated, err error) {
	amount, err := toDecimal(in.Amount)
	if err != nil {
		return got, err
	}
	remarks := in.Reason
	if !reasonForm.MatchString(remarks) {
		remarks = "refund"
	}
	err = c.get(ctx, c.once, queryPath, url.Values{
		"bank_tran_id": {bankTran}, "refund_trans_id": {in.RefundID}, "refund_amount": {amount}, "refund_remarks": {remarks},
		"refe_id": {in.Payment.ID}, "v": {"1"},
	}, &got)
	return got, err
}

var reasonForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// isOthers reports whether a reference is that of another refund.
func (r *record) isOthers(ref, id string) bool {
	return slices.ContainsFunc(r.Refunds, func(o refundRecord) bool { return o.Ref == ref && o.ID != id })
}

// keep writes down what may be found out again. A record that was only looked at has no file.
func (c *client) keep(ctx context.Context, h *held) {
	if h.kept == nil {
		return
	}
	if err := h.save(); err != nil {
		sdk.LoggerOf(ctx).Error("the folder given with --state cannot be written", "error", err.Error())
	}
}

// result is what is known of a refund.
func (r *refundRecord) result() sdk.RefundResult {
	switch {
	case r.Failed != nil:
		no := r.Failed.refund()
		no.ProviderRef = r.Ref
		return no
	case r.Done:
		return sdk.RefundResult{Outcome: sdk.RefundSucceeded, ProviderRef: r.Ref, Amount: taka(r.Minor)}
	case r.Taken:
		return sdk.RefundResult{Outcome: sdk.RefundPending, ProviderRef: r.Ref, Amount: taka(r.Minor)}
	case r.SentAt.IsZero():
		return sdk.RefundResult{Outcome: sdk.RefundNotFound}
	}
	return sdk.RefundResult{}
}

// refresh asks about the refunds that are under way. One that cannot be asked about stays so.
func (c *client) refresh(ctx context.Context, h *held) {
	changed := false
	for i := range h.Refunds {
		r := &h.Refunds[i]
		if r.Ref == "" || r.settled() {
			continue
		}
		if err := c.ask(ctx, r); err != nil {
			note(ctx, "SSLCommerz did not say what became of a refund", r.ID, err)
		}
		changed = changed || r.settled()
	}
	if changed {
		c.keep(ctx, h)
	}
}

// ask asks what became of one refund.
func (c *client) ask(ctx context.Context, r *refundRecord) error {
	var got struct {
		Status      string `json:"status"`
		BankTranID  string `json:"bank_tran_id"`
		RefundRefID string `json:"refund_ref_id"`
	}
	if err := c.get(ctx, c.http, queryPath, url.Values{"refund_ref_id": {r.Ref}}, &got); err != nil {
		return err
	}
	if got.RefundRefID != r.Ref || r.BankTran != "" && got.BankTranID != r.BankTran {
		return errors.New("SSLCommerz answered about another refund")
	}
	switch got.Status {
	case "refunded":
		r.Done = true
	case "cancelled":
		r.Failed = &no{"refund_cancelled", "SSLCommerz has cancelled the refund: look at its merchant panel for the reason.", true}
	case "processing":
	default:
		return &apiError{status: http.StatusOK, connect: clip(got.Status, 40)}
	}
	return nil
}

// GetRefund asks about the refund by SSLCommerz's reference. Without one there is only what was written down.
func (s *sslcommerzPlugin) GetRefund(ctx context.Context, in sdk.GetRefund) (sdk.RefundResult, error) {
	c, err := s.clients.of(in.Account)
	if err != nil {
		return sdk.RefundResult{}, err
	}
	if err := checkPayment(in.Payment); err != nil {
		return sdk.RefundResult{}, err
	}
	h, err := s.state.hold(ctx, in.Account, in.Payment.ID)
	if err != nil {
		return sdk.RefundResult{}, nil //nolint:nilerr // the zero value is an unknown outcome
	}
	defer h.release()
	r := h.refund(in.RefundID)
	switch {
	case r == nil && in.RefundRef != "" && valForm.MatchString(in.RefundRef): // it is forgotten here
		return c.foreign(ctx, in)
	case r == nil && (h.complete() || in.Payment.Ref == ""):
		return sdk.RefundResult{Outcome: sdk.RefundNotFound}, nil
	case r == nil:
		return sdk.RefundResult{}, nil
	case !r.settled() && r.Ref != "":
		if err := c.ask(ctx, r); err != nil {
			note(ctx, "SSLCommerz did not say what became of a refund", r.ID, err)
			return sdk.RefundResult{ProviderRef: r.Ref}, nil
		}
		if r.settled() {
			c.keep(ctx, h)
		}
	}
	return r.result(), nil
}

// foreign asks about a refund that only the platform remembers.
func (c *client) foreign(ctx context.Context, in sdk.GetRefund) (sdk.RefundResult, error) {
	r := &refundRecord{ID: in.RefundID, Minor: in.Amount.Minor, Ref: in.RefundRef, Taken: true}
	if err := c.ask(ctx, r); err != nil {
		note(ctx, "SSLCommerz did not say what became of a refund", r.ID, err)
		return sdk.RefundResult{ProviderRef: in.RefundRef}, nil
	}
	return r.result(), nil
}
