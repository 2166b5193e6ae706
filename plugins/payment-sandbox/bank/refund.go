package bank

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

// Return is a refund that the platform asks for.
type Return struct {
	Request
	RefundID string
	Amount   int64
	Currency string
	Reason   string
}

// Refund gives some or all of the taken amount back, once for each id. One that cannot be is a refund that failed.
// Errors: *Refusal when there is no payment.
func (b *Bank) Refund(ctx context.Context, in Return) (refund journal.Record, stumble Stumble, err error) {
	refusal := (*Refusal)(nil)
	p, err := b.update(ctx, in.Request, func(c *change) {
		if !c.Known() {
			refusal = noSuchPayment
			return
		}
		if _, made := c.Refund(in.RefundID); made {
			return
		}
		stumble = planOf(c.Payment).Refund
		if stumble == CrashBefore || stumble == HangBefore {
			if !c.Stumbled(journal.KindRefund, in.RefundID) {
				c.put(journal.Record{Kind: journal.KindRefund, State: journal.Crashed, ID: in.RefundID})
				return
			}
			stumble = None
		}
		c.giveBack(in)
	})
	refund, _ = p.Refund(in.RefundID)
	return refund, stumble, refused(refusal, err)
}

func (c *change) giveBack(in Return) {
	r := journal.Record{
		Kind: journal.KindRefund, State: journal.RefundSucceeded, ID: in.RefundID, Ref: "sbr_" + rand.Text(),
		Amount: in.Amount, Currency: in.Currency, Reason: in.Reason,
	}
	plan := planOf(c.Payment)
	switch {
	case in.Currency != c.Currency:
		fail(&r, "currency_mismatch", "The payment was taken in "+c.Currency+".")
	case in.Amount <= 0 || in.Amount > c.Taken()-c.GivenBack():
		fail(&r, "amount_too_large", "More than was taken and not yet given back.")
	case plan.RefundState == journal.RefundFailed:
		fail(&r, "refund_declined", "The card's bank does not take the money back.")
	case plan.RefundState == journal.RefundPending:
		r.State = journal.RefundPending
		if r.Then = plan.RefundThen; r.Then != "" {
			r.ThenAt = c.settleTime()
		}
	}
	c.put(r)
	c.tellOf("refund."+suffix(r.State), r)
}

func fail(r *journal.Record, code, message string) {
	r.State, r.Code, r.Message = journal.RefundFailed, code, message
}

// settleRefund decides a refund.
func (c *change) settleRefund(r journal.Record, state journal.State) {
	r.State, r.Then, r.ThenAt = state, "", time.Time{}
	if state == journal.RefundFailed {
		fail(&r, "refund_declined", "The card's bank does not take the money back.")
	}
	c.put(r)
	c.tellOf("refund."+suffix(r.State), r)
}
