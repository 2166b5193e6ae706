package settle

import (
	"context"
	"errors"
	"time"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// change is one transaction on an order and one of its payments, both locked.
type change struct {
	tx    ports.Tx
	state *State
	pay   *payment.Payment // one of state.Payments
	moves []payment.Move   // of the payment
	saved []payment.Move   // those to save
	facts []event.Fact
	now   time.Time
}

// subject names what a change is about.
type subject struct {
	tenant  tenant.ID
	order   order.ID
	payment payment.ID
	by      string // who caused it; "" for the shopper
	once    *app.Once
}

// change runs apply and then lets everything follow from what became of the payment: order, ledger, stock, cart, events.
// It locks order, payments, stock and cart in this order, always. apply may be run again. An answer that differs from
// what was asked is recorded and comes back as payment.ErrAmountDiffers; one that cannot be is not recorded and comes
// back as payment.ErrImpossible.
func (s *Settler) change(ctx context.Context, about subject, apply func(context.Context, *change) error) (st State, err error) {
	// What a provider did must be written down even when the shopper's request has run out of time.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	var remark error
	err = s.store.Update(ctx, about.tenant, func(ctx context.Context, tx ports.Tx) error {
		c, err := begin(ctx, tx, about, s.now())
		if err != nil {
			return err
		}
		before := *c.pay
		remark = apply(ctx, c)
		if remark != nil && !errors.Is(remark, payment.ErrAmountDiffers) && !errors.Is(remark, payment.ErrImpossible) {
			return remark
		}
		if err := c.follow(ctx, about, before); err != nil {
			return err
		}
		c.state.choose()
		st = *c.state
		if about.once == nil || c.pay.Status.Open() || c.pay.Code == payment.ErrUnavailable.Code {
			return nil // a repeat shall see how it goes on, or may try again
		}
		return tx.Record(ctx, about.once.Once, ports.OnceRecord{Ref: string(about.order), Answer: app.Encode(st)})
	})
	if err != nil {
		return st, err
	}
	return st, remark
}

func begin(ctx context.Context, tx ports.Tx, about subject, now time.Time) (*change, error) {
	o, err := tx.Order(ctx, about.order)
	if err != nil {
		return nil, err
	}
	st, err := Read(ctx, tx, o)
	if err != nil {
		return nil, err
	}
	c := &change{tx: tx, state: &st, now: now}
	for i := range st.Payments {
		if st.Payments[i].ID == about.payment {
			c.pay = &st.Payments[i]
		}
	}
	if c.pay == nil {
		return nil, payment.ErrNotFound
	}
	if c.pay.Status == payment.Created {
		return c, nil // nobody can have captured or refunded anything yet
	}
	if st.Moves, err = tx.Moves(ctx, o.ID); err != nil {
		return nil, err
	}
	for _, m := range st.Moves {
		if m.PaymentID == c.pay.ID {
			c.moves = append(c.moves, m)
		}
	}
	return c, nil
}

// take applies a provider's answer about the payment, and settles the capture that it may be the answer to.
// Errors: payment.ErrAmountDiffers, payment.ErrImpossible.
func (c *change) take(r payment.Result, closing bool) error {
	before := c.pay.Captured
	for _, m := range c.moves {
		closing = closing || m.Kind == payment.CaptureMove && !m.Settled() && m.Final && r.Outcome == payment.Captured
	}
	_, external, err := c.pay.Apply(r, closing, c.now)
	if errors.Is(err, payment.ErrImpossible) {
		return err
	}
	if external.Amount > 0 {
		c.refundedElsewhere(external, "")
	}
	for _, m := range c.moves {
		if m.Kind == payment.CaptureMove && c.pay.SettleCapture(&m, before, r, c.now) {
			c.save(m)
			if m.Status == payment.MoveFailed {
				c.facts = append(c.facts, order.CaptureFailedFact{
					Order: c.state.Order.ID, Payment: c.pay.ID, Move: m.ID, Amount: m.Amount, Why: m.Message,
				})
			}
		}
	}
	return err
}

// refundedElsewhere records a refund that was made on the provider's own pages and is already counted.
func (c *change) refundedElsewhere(amount money.Money, ref string) {
	m := c.pay.ExternalRefund(payment.MoveID(id.New("ref", c.now)), amount, ref, c.now)
	c.save(m)
	c.facts = append(c.facts, order.RefundedFact{Order: c.state.Order.ID, Payment: c.pay.ID, Move: m.ID, Amount: amount})
}

// takeRefund applies a provider's answer about one refund.
func (c *change) takeRefund(m payment.Move, r payment.MoveResult) error {
	changed, err := c.pay.SettleRefund(&m, r, c.now)
	if !changed {
		if r.ProviderRef != "" && m.ProviderRef == "" && !m.Settled() {
			m.ProviderRef, m.UpdatedAt = r.ProviderRef, c.now
			c.save(m)
		}
		return err
	}
	c.save(m)
	switch m.Status {
	case payment.MoveDone:
		c.facts = append(c.facts, order.RefundedFact{Order: c.state.Order.ID, Payment: c.pay.ID, Move: m.ID, Amount: m.Amount})
	case payment.MoveFailed:
		c.facts = append(c.facts, order.RefundFailedFact{Order: c.state.Order.ID, Payment: c.pay.ID, Move: m.ID, Amount: m.Amount, Why: m.Message})
	case payment.MoveOpen, payment.MovePending:
	}
	return err
}

// save puts a capture or refund among those to save, and into what is known.
func (c *change) save(m payment.Move) {
	c.saved = append(c.saved, m)
	for i := range c.state.Moves {
		if c.state.Moves[i].ID == m.ID {
			c.state.Moves[i] = m
			return
		}
	}
	c.state.Moves = append(c.state.Moves, m)
}

// follow writes what follows from a payment that was before and is now c.pay.
func (c *change) follow(ctx context.Context, about subject, before payment.Payment) error {
	if len(c.saved) > 0 {
		if err := c.tx.SaveMoves(ctx, c.saved...); err != nil {
			return err
		}
	}
	if c.pay.Version != before.Version {
		if err := c.settle(ctx, before); err != nil {
			return err
		}
	}
	if len(c.facts) > 0 {
		c.tx.Emit(actorOf(about.by, c.state.Order), c.facts...)
	}
	return nil
}

func (c *change) settle(ctx context.Context, before payment.Payment) error {
	var others []payment.Payment
	for _, p := range c.state.Payments {
		if p.ID != c.pay.ID {
			others = append(others, p)
		}
	}
	facts, release := c.state.Order.Settle(c.pay, before, others, c.now)
	c.facts = append(facts, c.facts...)
	if err := c.tx.SaveSettlement(ctx, c.state.Order, *c.pay, payment.EntriesFor(before, *c.pay, c.now)); err != nil {
		return err
	}
	if !release {
		return nil
	}
	return c.release(ctx)
}

// release gives the order's stock back and lets the shopper try again with the same cart.
func (c *change) release(ctx context.Context) error {
	if err := c.tx.Release(ctx, string(c.state.Order.ID)); err != nil {
		return err
	}
	found, err := c.tx.Cart(ctx, c.state.Order.CartID)
	if errors.Is(err, cart.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	found.Reopen(c.pay == nil || c.pay.Code != payment.ErrUnavailable.Code, c.now)
	return c.tx.SaveCart(ctx, found)
}

func actorOf(by string, o order.Order) string {
	switch {
	case by != "":
		return by
	case o.CustomerID != "":
		return o.CustomerID
	}
	return "guest"
}
