package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

// ContinuePayment takes the money. bKash says whether the shopper has approved; what the shopper brings back (paymentID,
// and status as success, failure or cancel) only decides whether the shop goes on with it. So a shopper who says to have
// cancelled is believed, unless the money was taken: the payment is then never executed.
//
// An execution without an answer is followed by Query Payment, as bKash demands, and never by another execution while the
// first may still take effect.
func (b *bkashPlugin) ContinuePayment(ctx context.Context, in sdk.ContinuePayment) (sdk.Result, error) {
	if in.Payment.Ref == "" { // nothing is executed without the platform knowing what
		r, err := b.GetPayment(ctx, sdk.GetPayment{Account: in.Account, Payment: in.Payment})
		if r.Outcome == sdk.NotFound {
			r.Outcome = sdk.Unknown
		}
		return r, err
	}
	c, err := b.clients.of(in.Account)
	if err != nil {
		return sdk.Result{}, err
	}
	if err := checkPayment(in.Payment); err != nil {
		return sdk.Result{}, err
	}
	h, err := b.state.hold(ctx, in.Account, in.Payment.ID)
	if err != nil {
		return sdk.Result{}, cannotRemember(ctx, err)
	}
	defer h.release()
	h.about(in.Payment)
	s, err := c.query(ctx, in.Payment.Ref)
	if err != nil {
		return noAnswer(ctx, in.Payment.Ref, err)
	}
	if s.TransactionStatus != initiated || !s.of(in.Payment, in.Payment.Ref) || h.closed(c.now(), in.Payment) {
		return c.result(ctx, in.Payment, s, h.record), nil
	}
	return c.goOn(ctx, in, s, h)
}

// closed reports whether a payment must not be executed, or not now.
func (r *record) closed(now time.Time, p sdk.Payment) bool {
	return r.Voided || r.Declined != nil || now.Sub(r.ExecutingAt) < flight || now.Sub(madeAt(p, *r)) > executeWithin
}

// goOn decides about a payment that can be executed.
func (c *client) goOn(ctx context.Context, in sdk.ContinuePayment, s status, h *held) (sdk.Result, error) {
	word := ""
	if in.Params["paymentID"] == in.Payment.Ref {
		word = in.Params["status"]
	}
	minor, ok := fromBkash(string(s.Amount))
	switch approval := s.approval(); {
	case word == "cancel":
		return c.giveUp(ctx, in.Payment, h, no{"cancelled", "The payment was cancelled.", true})
	case word == "failure":
		return c.giveUp(ctx, in.Payment, h, declineFor(wrongState))
	case approval != "" && approval != "Complete", approval == "" && word != "success":
		return h.waiting(in.Payment), nil
	case !ok || minor != in.Payment.Amount.Minor || s.Currency != in.Payment.Amount.Currency:
		note(ctx, "bKash has another amount than the shop: the payment is not executed", in.Payment.Ref, nil)
		return c.giveUp(ctx, in.Payment, h, no{"amount_differs", "The amount at bKash is not that of the order. Nothing was taken.", true})
	}
	h.ExecutingAt, h.Tried = c.now(), true
	if err := h.save(); err != nil {
		return sdk.Result{}, cannotRemember(ctx, err)
	}
	return c.execute(ctx, in.Payment, h), nil
}

// giveUp remembers that a payment is never executed.
func (c *client) giveUp(ctx context.Context, p sdk.Payment, h *held, why no) (sdk.Result, error) {
	h.Declined, h.ExecutingAt = &why, time.Time{}
	if err := h.save(); err != nil {
		return sdk.Result{}, cannotRemember(ctx, err)
	}
	return why.result(p.Ref, p.Amount), nil
}

// execute takes the money and says what became of that.
func (c *client) execute(ctx context.Context, p sdk.Payment, h *held) sdk.Result {
	s, err := c.requestExecution(ctx, p.Ref)
	if err != nil || s.TransactionStatus != completed || !s.of(p, p.Ref) {
		return c.afterDoubt(ctx, p, h, err)
	}
	c.settled(ctx, h)
	minor, ok := fromBkash(string(s.Amount))
	if !ok || s.Currency != currency {
		return unknown(p.Ref)
	}
	return sdk.Result{Outcome: sdk.Captured, ProviderRef: p.Ref, Amount: taka(minor), Captured: taka(minor), Refunded: taka(0)}
}

func (c *client) requestExecution(ctx context.Context, ref string) (s status, err error) {
	short, cancel := leaveTime(ctx)
	defer cancel()
	err = c.call(short, apiVersion+"/tokenized/checkout/execute", map[string]string{"paymentID": ref}, &s)
	return s, err
}

// leaveTime bounds a request so that there is time left to ask what became of it.
func leaveTime(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(end)*3/4)
}

// afterDoubt asks what became of an execution that was not answered by success.
func (c *client) afterDoubt(ctx context.Context, p sdk.Payment, h *held, why error) sdk.Result {
	note(ctx, "bKash did not execute a payment, or did not say so", p.Ref, why)
	s, err := c.query(ctx, p.Ref)
	if err != nil {
		note(ctx, "bKash did not say what became of a payment", p.Ref, err)
		return unknown(p.Ref)
	}
	class := classify(why)
	switch {
	case s.TransactionStatus != initiated || !s.of(p, p.Ref):
		r := c.result(ctx, p, s, record{})
		if r.Outcome == sdk.Captured {
			c.settled(ctx, h)
		}
		return r
	case class == away || class == misconfigured || isFault(why) || codeOf(why) == notApproved: // it was not executed, and may be later
		c.settled(ctx, h)
		return h.waiting(p)
	case class == refused && !slices.Contains(laterCodes, codeOf(why)):
		r, err := c.giveUp(ctx, p, h, declineFor(codeOf(why)))
		if err != nil {
			return unknown(p.Ref)
		}
		return r
	}
	return unknown(p.Ref) // it may be on its way
}

func isFault(err error) bool { return errors.As(err, new(*sdk.Fault)) }

// settled remembers that no execution is on its way. If that fails, it is believed for the time of a flight, which does
// no harm.
func (c *client) settled(ctx context.Context, h *held) {
	h.ExecutingAt = time.Time{}
	if err := h.save(); err != nil {
		sdk.LoggerOf(ctx).Error("the folder given with --state cannot be written", "error", err.Error())
	}
}

// Void promises that the plugin never executes the payment, and only the plugin can. bKash has no way to take a payment
// back that was not executed; it expires there. The promise holds for all processes with the same folder; with another
// folder it rests on the platform, which does not continue a payment that it has voided.
func (b *bkashPlugin) Void(ctx context.Context, in sdk.Void) (sdk.Result, error) {
	c, err := b.clients.of(in.Account)
	if err != nil {
		return sdk.Result{}, err
	}
	if err := checkPayment(in.Payment); err != nil {
		return sdk.Result{}, err
	}
	h, err := b.state.hold(ctx, in.Account, in.Payment.ID)
	if err != nil {
		return sdk.Result{}, cannotRemember(ctx, err)
	}
	defer h.release()
	ref := refOf(in.Payment, h.record)
	if ref != "" {
		s, err := c.query(ctx, ref)
		if err != nil && (classify(err) != refused || !h.untouched(ref)) {
			return noAnswer(ctx, ref, err)
		}
		if err == nil {
			if r := c.result(ctx, in.Payment, s, h.record); r.Outcome == sdk.Captured || r.Outcome == sdk.Unknown {
				return r, nil
			}
		}
	}
	if !h.Voided {
		h.about(in.Payment)
		h.Voided = true
		if err := h.save(); err != nil {
			return sdk.Result{}, cannotRemember(ctx, err)
		}
	}
	return sdk.Result{Outcome: sdk.Voided, ProviderRef: ref, Amount: in.Payment.Amount}, nil
}
