package bank

import (
	"context"
	"crypto/rand"
	"slices"

	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

// What people decide on the bank's pages. All of these answer with a *Refusal when it cannot be, and name the payment by
// the bank's reference or the platform's id, as Find.

// on changes the payment of a name.
func (b *Bank) on(ctx context.Context, name string, f func(*change) *Refusal) (journal.Payment, error) {
	p, err := b.Find(ctx, name)
	if err != nil {
		return p, err
	}
	refusal := (*Refusal)(nil)
	known := Request{ID: p.PaymentID(), Merchant: journal.Merchant{Secret: p.Merchant, Revision: p.Revision}}
	p, err = b.update(ctx, known, func(c *change) { refusal = f(c) })
	return p, refused(refusal, err)
}

func (c *change) isOneOf(states ...journal.State) *Refusal {
	if slices.Contains(states, c.State) {
		return nil
	}
	return &Refusal{"wrong_state", "the payment is " + string(c.State)}
}

// Decide is the shopper's word. A payment that was decided meanwhile stays as it is, without a refusal.
func (b *Bank) Decide(ctx context.Context, name string, approve bool) (journal.Payment, error) {
	return b.on(ctx, name, func(c *change) *Refusal {
		switch {
		case c.isOneOf(journal.RequiresAction, journal.Pending) != nil:
		case !approve:
			c.become(journal.Declined, "authentication_declined", "The payment was declined on the bank's page.")
		case c.Order.Later:
			c.become(journal.Authorized, "", "")
		default:
			c.become(journal.Captured, "", "")
		}
		return nil
	})
}

// TakeLate takes the whole amount, whatever the platform was told before, as a bank does that settles late.
func (b *Bank) TakeLate(ctx context.Context, name string) (journal.Payment, error) {
	return b.on(ctx, name, func(c *change) *Refusal {
		refusal := c.isOneOf(journal.RequiresAction, journal.Pending, journal.Authorized, journal.Voided, journal.Expired, journal.Declined)
		if refusal == nil && c.Amount <= 0 {
			refusal = &Refusal{"wrong_state", "the payment never had an amount"}
		}
		if refusal == nil {
			c.become(journal.Captured, "", "")
		}
		return refusal
	})
}

// Expire lets a promise or the shopper's time run out.
func (b *Bank) Expire(ctx context.Context, name string) (journal.Payment, error) {
	return b.on(ctx, name, func(c *change) *Refusal {
		refusal := c.isOneOf(journal.Authorized, journal.RequiresAction, journal.Pending)
		if refusal == nil {
			c.become(journal.Expired, "", "")
		}
		return refusal
	})
}

// RefundExternally gives money back without the platform's asking; amount 0 is all there is.
func (b *Bank) RefundExternally(ctx context.Context, name string, amount int64) (journal.Payment, error) {
	return b.on(ctx, name, func(c *change) *Refusal {
		left := c.Taken() - c.GivenBack()
		if amount == 0 {
			amount = left
		}
		if amount <= 0 || amount > left {
			return &Refusal{"amount_too_large", "is more than was taken and not yet given back"}
		}
		r := journal.Record{
			Kind: journal.KindRefund, State: journal.RefundSucceeded, ID: "ext_" + rand.Text(), Ref: "sbr_" + rand.Text(),
			Amount: amount, Currency: c.Currency, External: true,
		}
		c.put(r)
		c.tellOf("refund.succeeded", r)
		return nil
	})
}

// SettleRefund decides a refund, by its id or reference. One that has succeeded may still fail, as when the shopper's
// account is closed; one that has failed stays so.
func (b *Bank) SettleRefund(ctx context.Context, name, refund string, succeeds bool) (journal.Payment, error) {
	return b.on(ctx, name, func(c *change) *Refusal {
		i := slices.IndexFunc(c.Refunds, func(r journal.Record) bool { return r.ID == refund || r.Ref == refund })
		switch {
		case i < 0:
			return &Refusal{"no_such_refund", "the payment has no such refund"}
		case c.Refunds[i].State == journal.RefundFailed, succeeds && c.Refunds[i].State == journal.RefundSucceeded:
			return &Refusal{"wrong_state", "the refund is decided"}
		case succeeds:
			c.settleRefund(c.Refunds[i], journal.RefundSucceeded)
		default:
			c.settleRefund(c.Refunds[i], journal.RefundFailed)
		}
		return nil
	})
}

// OpenDispute is a shopper's claim; amount 0 is all that was taken.
func (b *Bank) OpenDispute(ctx context.Context, name string, amount int64, reason string) (journal.Payment, error) {
	return b.on(ctx, name, func(c *change) *Refusal {
		if amount == 0 {
			amount = c.Taken()
		}
		if amount <= 0 || amount > c.Taken() {
			return &Refusal{"amount_too_large", "is more than was taken"}
		}
		r := journal.Record{
			Kind: journal.KindDispute, State: journal.DisputeOpen, ID: "sbd_" + rand.Text(), Amount: amount, Currency: c.Currency,
			Reason: reason, Deadline: c.now.Add(disputeWindow),
		}
		r.Ref = r.ID
		c.put(r)
		c.tellOf("dispute.opened", r)
		return nil
	})
}

// disputeEvents are the decisions about a dispute.
var disputeEvents = map[string]journal.State{
	"review": journal.DisputeUnderReview, "win": journal.DisputeWon, "lose": journal.DisputeLost,
}

// DecideDispute takes a dispute on: decision is review, win or lose (for the merchant). Without an id it is the last one.
func (b *Bank) DecideDispute(ctx context.Context, name, dispute, decision string) (journal.Payment, error) {
	return b.on(ctx, name, func(c *change) *Refusal {
		if dispute == "" && len(c.Disputes) > 0 {
			dispute = c.Disputes[len(c.Disputes)-1].ID
		}
		r, ok := c.Dispute(dispute)
		state := disputeEvents[decision]
		switch {
		case !ok:
			return &Refusal{"no_such_dispute", "the payment has no such dispute"}
		case state == "", r.State == journal.DisputeWon, r.State == journal.DisputeLost:
			return &Refusal{"wrong_state", "the dispute is decided, or the decision is none of review, win and lose"}
		}
		r.State = state
		c.put(r)
		c.tellOf("dispute."+suffix(state), r)
		return nil
	})
}

// Replay sends every webhook of a payment once more.
func (b *Bank) Replay(ctx context.Context, name string) (journal.Payment, error) {
	p, err := b.Find(ctx, name)
	if err != nil {
		return p, err
	}
	sent, err := b.journal.Sent(p.PaymentID())
	if err != nil {
		return p, err
	}
	return b.on(ctx, name, func(c *change) *Refusal {
		for _, r := range sent {
			d := *r.Delivery
			d.Copy, d.Attempt, d.NotBefore = int(c.now.UnixNano()), 0, c.now
			r.Delivery, r.State = &d, journal.Due
			c.put(r)
		}
		return nil
	})
}
