package main

import (
	"context"
	"errors"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

// Refunds have an API of their own, without a version: unlike the one of v1.2.0-beta it gives a payment back in several
// parts and lists them all, without which nobody could tell what a lost answer was.
const (
	refundPath       = "/v2/tokenized-checkout/refund/payment/transaction"
	refundStatusPath = "/v2/tokenized-checkout/refund/payment/status"
)

// refunds lists what was given back of a payment, also by the vendor in bKash's portal. Of a payment of which nothing was,
// bKash may say so with an error, and its documentation does not say with which: where the platform has asked for no
// refund, each code that is not known to say something else is taken for that.
func (c *client) refunds(ctx context.Context, s status, noneAsked bool) (refundList, error) {
	var answer struct {
		RefundTransactions refundList `json:"refundTransactions"`
	}
	err := c.call(ctx, refundStatusPath, map[string]string{"paymentId": s.PaymentID, "trxId": s.TrxID}, &answer)
	if classify(err) == refused || noneAsked && says(err) {
		return nil, nil
	}
	for _, g := range answer.RefundTransactions {
		if err == nil && (g.minor() < 0 || g.RefundTrxID == "") {
			err = errors.New("bKash lists a refund that cannot be read")
		}
	}
	return answer.RefundTransactions, err
}

// Refund gives money back. bKash would do the same refund twice, so that each is written down before it is sent: a
// repeat looks for it in bKash's list first, and is sent only when it is not there and cannot come any more.
func (b *bkashPlugin) Refund(ctx context.Context, in sdk.Refund) (sdk.RefundResult, error) {
	c, err := b.clients.of(in.Account)
	if err != nil {
		return sdk.RefundResult{}, err
	}
	if !b.state.durable {
		return sdk.FailRefund("refunds_off", "The bKash plugin runs without --state, so that it cannot refund: do it in bKash's merchant portal.", true), nil
	}
	if err := checkRefund(in); err != nil {
		return sdk.RefundResult{}, err
	}
	h, err := b.state.hold(ctx, in.Account, in.Payment.ID)
	if err != nil {
		return unsent(h, in.RefundID, cannotRemember(ctx, err))
	}
	defer h.release()
	old := h.refund(in.RefundID)
	switch {
	case refOf(in.Payment, h.record) == "":
		return sdk.RefundResult{}, sdk.Invalid("payment", "bKash has no such payment")
	case old != nil && old.Minor != in.Amount.Minor:
		return sdk.RefundResult{}, sdk.Invalid("amount", "differs from what this refund was before")
	case old != nil && old.Failed != nil:
		return sdk.FailRefund(old.Failed.Code, old.Failed.Message, old.Failed.Retryable), nil
	}
	s, list, err := c.taken(ctx, in.Payment, h.record)
	if err != nil {
		return unsent(h, in.RefundID, err)
	}
	return c.refund(ctx, in, s, list, h)
}

// checkRefund looks at what goes to bKash. Errors: Invalid.
func checkRefund(in sdk.Refund) error {
	if err := checkPayment(in.Payment); err != nil {
		return err
	}
	if !idForm.MatchString(in.RefundID) {
		return sdk.Invalid("refund_id", "must be 1 to 200 letters, digits, or one of _ . : -")
	}
	_, err := toBkash(in.Amount)
	return err
}

// unsent is the answer to a refund that was not sent now. If it may have been sent before, nobody knows.
func unsent(h *held, id string, err error) (sdk.RefundResult, error) {
	if h != nil && h.refund(id) != nil {
		return sdk.RefundResult{}, nil
	}
	return sdk.RefundResult{}, err
}

// taken is a payment that was executed, with what was given back of it. Errors: all say that nothing happened.
func (c *client) taken(ctx context.Context, p sdk.Payment, r record) (status, refundList, error) {
	ref := refOf(p, r)
	s, err := c.query(ctx, ref)
	if err != nil {
		note(ctx, "bKash did not say what became of a payment", ref, err)
		return s, nil, faultFor(err, "bKash did not say what became of the payment")
	}
	if s.TransactionStatus != completed || s.TrxID == "" || !s.of(p, ref) {
		return s, nil, errNotTaken
	}
	list, err := c.refunds(ctx, s, r.complete() && len(r.Refunds) == 0)
	if err != nil {
		note(ctx, "bKash did not say what was given back of a payment", ref, err)
		return s, nil, faultFor(err, "bKash did not say what was given back")
	}
	return s, list, nil
}

var errNotTaken = sdk.Invalid("payment", "was not taken by bKash, so that nothing can be given back")

// refund finds the refund, or sends it.
func (c *client) refund(ctx context.Context, in sdk.Refund, s status, list refundList, h *held) (sdk.RefundResult, error) {
	if r := c.before(ctx, in, list, h); r.Outcome != sdk.RefundNotFound {
		return r, nil
	}
	if minor, ok := fromBkash(string(s.Amount)); !ok || in.Amount.Minor > minor-list.total() {
		return sdk.FailRefund("refund_too_large", "This is more than what is left of the payment.", false), nil
	}
	if old := h.refund(in.RefundID); old != nil {
		old.SentAt, old.Known = c.now(), list.refs()
	} else {
		h.Incomplete = !h.complete()
		h.about(in.Payment)
		h.Refunds = append(h.Refunds, refundRecord{ID: in.RefundID, Minor: in.Amount.Minor, SentAt: c.now(), Known: list.refs()})
	}
	if err := h.save(); err != nil {
		return sdk.RefundResult{}, cannotRemember(ctx, err)
	}
	return c.send(ctx, in, s, h)
}

// before says what became of the refund until now. RefundNotFound promises that it was not done and cannot come any more.
func (c *client) before(ctx context.Context, in sdk.Refund, list refundList, h *held) sdk.RefundResult {
	if old := h.refund(in.RefundID); old != nil {
		return c.recall(ctx, list, h, old)
	}
	r := list.unrecorded(h.record, in.RefundID, in.Amount.Minor)
	if r.Outcome == sdk.RefundUnknown {
		sdk.LoggerOf(ctx).Error("a refund cannot be told from another of the same amount: look into bKash's merchant portal",
			"bkash_payment", refOf(in.Payment, h.record), "refund", in.RefundID)
	}
	return r
}

// recall finds a refund that was sent before. RefundNotFound says that it was not done and cannot come any more.
func (c *client) recall(ctx context.Context, list refundList, h *held, old *refundRecord) sdk.RefundResult {
	if old.Ref != "" {
		for _, g := range list {
			if g.RefundTrxID == old.Ref {
				return g.result()
			}
		}
		return sdk.RefundResult{ProviderRef: old.Ref} // it was there
	}
	switch found := list.candidates(h.record, old.ID, old.Minor, old.Known); {
	case len(found) == 1:
		c.remember(ctx, h, old, found[0].RefundTrxID)
		return found[0].result()
	case len(found) > 1, c.now().Sub(old.SentAt) < flight:
		return sdk.RefundResult{}
	}
	return sdk.RefundResult{Outcome: sdk.RefundNotFound}
}

// remember writes down which of bKash's refunds it is. If that fails, the next one who looks finds it again.
func (c *client) remember(ctx context.Context, h *held, r *refundRecord, ref string) {
	r.Ref = ref
	if h.kept == nil {
		return // only looked at
	}
	if err := h.save(); err != nil {
		sdk.LoggerOf(ctx).Error("the folder given with --state cannot be written", "error", err.Error())
	}
}

// send asks bKash to give money back.
func (c *client) send(ctx context.Context, in sdk.Refund, s status, h *held) (sdk.RefundResult, error) {
	got, err := c.requestRefund(ctx, in, s)
	r, e := h.refund(in.RefundID), &apiError{}
	switch class := classify(err); {
	case err == nil && got.RefundTrxID != "":
		c.remember(ctx, h, r, got.RefundTrxID)
		return got.result(), nil
	case class == refused && codeOf(err) != duplicate:
		errors.As(err, &e)
		why := refundRefusal(e.code, e.message)
		r.Failed = &why
		if h.save() != nil {
			return sdk.RefundResult{}, nil // what is not written down is not said
		}
		return sdk.FailRefund(why.Code, why.Message, why.Retryable), nil
	case class == away || class == misconfigured || isFault(err): // not done: the next try need not wait
		r.SentAt = time.Time{}
		_ = h.save() // or else it waits in vain
		return sdk.RefundResult{}, faultFor(err, "")
	}
	note(ctx, "a refund at bKash did not end well", s.PaymentID, err)
	list, err := c.refunds(ctx, s, false)
	if err != nil {
		return sdk.RefundResult{}, nil //nolint:nilerr // the zero value is an unknown outcome
	}
	if found := c.recall(ctx, list, h, r); found.Outcome != sdk.RefundNotFound {
		return found, nil
	}
	return sdk.RefundResult{}, nil
}

func (c *client) requestRefund(ctx context.Context, in sdk.Refund, s status) (got givenBack, err error) {
	amount, err := toBkash(in.Amount)
	if err != nil {
		return got, err
	}
	reason := in.Reason
	if !idForm.MatchString(reason) {
		reason = "refund"
	}
	short, cancel := leaveTime(ctx)
	defer cancel()
	err = c.call(short, refundPath, map[string]string{
		"paymentId": s.PaymentID, "trxId": s.TrxID, "refundAmount": amount, "sku": in.RefundID, "reason": reason,
	}, &got)
	return got, err
}

// GetRefund looks for the refund in bKash's list.
func (b *bkashPlugin) GetRefund(ctx context.Context, in sdk.GetRefund) (sdk.RefundResult, error) {
	c, err := b.clients.of(in.Account)
	if err != nil {
		return sdk.RefundResult{}, err
	}
	if err := checkPayment(in.Payment); err != nil {
		return sdk.RefundResult{}, err
	}
	r, err := b.state.Peek(in.Account, in.Payment.ID)
	if err != nil {
		return sdk.RefundResult{}, err
	}
	if refOf(in.Payment, r) == "" {
		return sdk.RefundResult{Outcome: sdk.RefundNotFound}, nil
	}
	_, list, err := c.taken(ctx, in.Payment, r)
	switch {
	case errors.Is(err, errNotTaken):
		return sdk.RefundResult{Outcome: sdk.RefundNotFound}, nil
	case err != nil:
		return sdk.RefundResult{}, err
	}
	return c.findRefund(ctx, in, list, &held{record: r}), nil
}

func (c *client) findRefund(ctx context.Context, in sdk.GetRefund, list refundList, h *held) sdk.RefundResult {
	old := h.refund(in.RefundID)
	switch {
	case in.RefundRef != "":
		return c.recall(ctx, list, h, &refundRecord{ID: in.RefundID, Ref: in.RefundRef})
	case old != nil && old.Failed != nil:
		return sdk.FailRefund(old.Failed.Code, old.Failed.Message, old.Failed.Retryable)
	case old != nil:
		return c.recall(ctx, list, h, old)
	}
	return list.unrecorded(h.record, in.RefundID, in.Amount.Minor)
}
