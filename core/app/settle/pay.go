package settle

import (
	"context"
	"errors"
	"time"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// unknownPauses are the waits before asking again what became of a payment, while the shopper waits.
var unknownPauses = []time.Duration{100 * time.Millisecond, 300 * time.Millisecond, 700 * time.Millisecond, 1500 * time.Millisecond}

// Pay calls the provider for a committed intent and records the answer. What stays unknown after a few questions leaves
// the payment open for Resolve. once, when given, gets the state as its answer.
// Errors: payment.ErrDeclined and payment.ErrUnavailable, both after the payment was given up.
func (s *Settler) Pay(ctx context.Context, account provider.Account, in ports.CreatePayment, st State, once *app.Once) (State, error) {
	to := s.providers.For(account)
	r, err := to.Create(ctx, in)
	switch {
	case err != nil && s.now().Before(in.Payment.CreatedAt.Add(Lease)):
		r = payment.Result{Outcome: payment.Declined, Code: fault.CodeOf(err), Message: messageOf(err), Retryable: true}
	case err != nil, r.Outcome == payment.Unknown:
		// This call did nothing, or nobody knows; and after the lease an earlier call may have done something.
		r = ask(ctx, to, in)
	}
	about := subject{account.Tenant, st.Order.ID, in.Payment.ID, "", once}
	if st, err = s.change(ctx, about, func(_ context.Context, c *change) error { return c.take(r, false) }); err != nil {
		return st, err
	}
	return st, Refusal(st)
}

// ask finds out what became of a payment. One that the provider never heard of is sent once more, which its key makes
// safe. If it still has not heard of it then, that is no answer: a call may be on its way, and only Resolve, which
// voids first, may give it up.
func ask(ctx context.Context, to ports.PaymentProvider, in ports.CreatePayment) payment.Result {
	resent := false
	for _, pause := range unknownPauses {
		if !sleep(ctx, pause) {
			break
		}
		r, err := to.Payment(ctx, in.Payment)
		if err == nil && r.Outcome == payment.NoSuchPayment && !resent {
			resent = true
			r, err = to.Create(ctx, in)
		}
		if err == nil && r.Outcome != payment.Unknown && r.Outcome != payment.NoSuchPayment {
			return r
		}
	}
	return payment.Result{Outcome: payment.Unknown}
}

// Continue goes on after the shopper came back from the provider's page. Errors: as Pay.
func (s *Settler) Continue(ctx context.Context, t tenant.ID, id order.ID, params map[string]string) (State, error) {
	l, err := s.load(ctx, t, id)
	if err != nil || !l.Payment.Status.Open() {
		return l.State, err
	}
	r, err := s.provider(l, l.Payment).Continue(ctx, l.Payment, params)
	if err != nil {
		return l.State, nil //nolint:nilerr // nothing happened: the page shows the order as it is, and Resolve goes on asking
	}
	st, err := s.record(ctx, l, l.Payment, r, false, "")
	if err != nil {
		return st, err
	}
	return st, Refusal(st)
}

func (s *Settler) record(ctx context.Context, l loaded, p payment.Payment, r payment.Result, closing bool, by string) (State, error) {
	return s.change(ctx, subject{l.tenant, l.Order.ID, p.ID, by, nil}, func(_ context.Context, c *change) error { return c.take(r, closing) })
}

// Resolve asks the provider about the payments of an order that are open, and about promises whose time is up. again > 0
// says when to look the next time; 0 that all is settled. A payment that the provider never heard of, that nobody
// finished in time, or whose order was cancelled, is voided there first, so that a call still on its way finds the door
// shut.
func (s *Settler) Resolve(ctx context.Context, t tenant.ID, id order.ID) (again time.Duration, err error) {
	l, err := s.load(ctx, t, id)
	if err != nil {
		return 0, err
	}
	for _, p := range l.Payments {
		wait, err := s.resolve(ctx, l, p)
		if err != nil {
			return 0, err
		}
		if wait > 0 && (again == 0 || wait < again) {
			again = wait
		}
	}
	return again, nil
}

func (s *Settler) resolve(ctx context.Context, l loaded, p payment.Payment) (again time.Duration, err error) {
	now := s.now()
	if p.Status == payment.Reserved && !p.ExpiresAt.IsZero() && now.Before(p.ExpiresAt) {
		return max(shortestWait, min(p.ExpiresAt.Sub(now), 24*time.Hour)), nil
	}
	if !p.Status.Open() && (p.Status != payment.Reserved || p.ExpiresAt.IsZero()) {
		return 0, nil
	}
	to := s.provider(l, p)
	r, err := to.Payment(ctx, p)
	if err != nil {
		return retryOpen, nil //nolint:nilerr // it is away: nothing is lost by asking later
	}
	expired, closing := !now.Before(p.ExpiresAt), false
	waits := r.Outcome == payment.Pending || r.Outcome == payment.RequiresAction
	if r.Outcome == payment.NoSuchPayment || waits && (expired || l.Order.Status == order.Cancelled) {
		if r, err = to.Void(ctx, p); err != nil {
			return retryOpen, nil //nolint:nilerr // as above
		}
		closing = true
	}
	if r.Outcome == payment.Unknown {
		return retryOpen, nil
	}
	stays := closing && (r.Outcome == payment.Pending || r.Outcome == payment.RequiresAction)
	st, err := s.change(ctx, subject{l.tenant, l.Order.ID, p.ID, system, nil}, func(ctx context.Context, c *change) error {
		if stays {
			if err := c.giveUp(ctx); err != nil {
				return err
			}
		}
		return c.take(r, closing)
	})
	if err = ignoreRemark(err); err != nil {
		return 0, err
	}
	return s.untilNextLook(st, p.ID), nil
}

// giveUp ends an order whose time is up although the provider cannot promise that no money comes any more: what comes
// is then unfit, and goes back.
func (c *change) giveUp(ctx context.Context) error {
	if c.state.Order.Status != order.Pending {
		return nil
	}
	fact, err := c.state.Order.Cancel("payment_timeout", c.now)
	if err != nil {
		return err
	}
	if err := c.tx.SaveOrder(ctx, c.state.Order); err != nil {
		return err
	}
	c.facts = append(c.facts, fact)
	return c.release(ctx)
}

// untilNextLook is when to look at a payment again: the longer it waits, the rarer.
func (s *Settler) untilNextLook(st State, id payment.ID) time.Duration {
	p, err := st.payment(id)
	if err != nil || !p.Status.Open() && (p.Status != payment.Reserved || p.ExpiresAt.IsZero()) {
		return 0
	}
	age, wait := s.now().Sub(p.CreatedAt), longestWait
	if left := p.ExpiresAt.Sub(s.now()); left > 0 {
		wait = min(wait, left)
	}
	return max(min(age/4, wait), shortestWait)
}

func ignoreRemark(err error) error {
	if errors.Is(err, payment.ErrAmountDiffers) || errors.Is(err, payment.ErrImpossible) {
		return nil // recorded as unfit, or left to reconciliation
	}
	return err
}
