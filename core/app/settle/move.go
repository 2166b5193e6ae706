package settle

import (
	"context"
	"errors"
	"time"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// MoveMoney asks for a capture or a refund.
type MoveMoney struct {
	Order   order.ID
	Payment payment.ID   // "" means the one that counts
	Amount  *money.Money // nil means all that is left
	Final   bool         // of captures: give up the rest of the promise
	Reason  string       // of refunds
	By      string       // the acting staff, or "system"
}

// Capture takes some or all of an authorised payment, or marks an offline one as received. A capture that got no answer
// is taken up again. Errors: payment.ErrNotCapturable, payment.ErrTooMuch, payment.ErrUnavailable, payment.ErrDeclined.
func (s *Settler) Capture(ctx context.Context, t tenant.ID, in MoveMoney) (State, error) {
	l, err := s.load(ctx, t, in.Order)
	if err != nil {
		return l.State, err
	}
	p, err := l.chosen(in.Payment)
	switch {
	case err != nil:
		return l.State, err
	case p.Status == payment.Paid && p.Unfit == "" && in.Amount == nil:
		return l.State, nil
	}
	var m payment.Move
	fresh := true
	l.State, err = s.change(ctx, subject{t, in.Order, p.ID, in.By, nil}, func(_ context.Context, c *change) error {
		amount := c.pay.Promised()
		if c.pay.Status.Open() {
			amount = c.pay.Amount
		}
		if in.Amount != nil {
			amount = *in.Amount
		}
		var err error
		m, err = c.pay.BeginCapture(payment.MoveID(id.New("cap", c.now)), amount, in.Final, c.moves, in.By, c.now)
		if fresh = !errors.Is(err, payment.ErrMoveOpen); !fresh {
			m = openCapture(c.moves)
			return nil
		}
		if err != nil {
			return err
		}
		c.save(m)
		c.facts = append(c.facts, order.MoveFact{Order: c.state.Order.ID, Payment: c.pay.ID, Move: m.ID})
		return nil
	})
	if err != nil {
		return l.State, err
	}
	st, err := s.driveCapture(ctx, l, m, fresh, in.By)
	if err != nil {
		return st, err
	}
	return st, captureRefusal(st, m.ID)
}

func (st State) chosen(id payment.ID) (payment.Payment, error) {
	if id == "" {
		return st.Payment, nil
	}
	return st.payment(id)
}

func openCapture(moves []payment.Move) payment.Move {
	for _, m := range moves {
		if m.Kind == payment.CaptureMove && !m.Settled() {
			return m
		}
	}
	return payment.Move{}
}

// driveCapture sends a committed capture to the provider and records the answer. An error of the first call promises
// that nothing happened, so that the capture has failed; one of a later call says nothing about the ones before.
func (s *Settler) driveCapture(ctx context.Context, l loaded, m payment.Move, first bool, by string) (State, error) {
	p, err := l.payment(m.PaymentID)
	if err != nil {
		return l.State, err
	}
	r, err := s.askCapture(ctx, l, p, m)
	switch {
	case err != nil && first:
		st, recordErr := s.record(ctx, l, p, payment.Result{Outcome: payment.Declined, Code: fault.CodeOf(err), Message: messageOf(err)}, false, by)
		return st, errors.Join(recordErr, err)
	case err != nil:
		return l.State, err
	case r.Outcome == payment.Unknown:
		return l.State, nil
	}
	return s.record(ctx, l, p, r, m.Final && r.Outcome == payment.Captured, by)
}

// askCapture sends a capture. Where there is no provider that adds up, as with cash, our books do.
func (s *Settler) askCapture(ctx context.Context, l loaded, p payment.Payment, m payment.Move) (payment.Result, error) {
	traits, err := s.providers.PaymentTraits(ctx, provider.Find(l.accounts, l.tenant, provider.Payment, p.Provider, p.Mode))
	if err != nil {
		return payment.Result{Outcome: payment.Unknown}, err
	}
	r, err := s.provider(l, p).Capture(ctx, p, m, m.Final)
	if traits.Offline && err == nil && r.Outcome == payment.Captured {
		r.Captured = money.New(p.Captured.Amount+m.Amount.Amount, p.Amount.Currency)
	}
	return r, err
}

func captureRefusal(st State, id payment.MoveID) error {
	m, _ := st.move(id)
	switch m.Status {
	case payment.MoveFailed:
		return payment.ErrDeclined.Saying("the provider refused the capture: %s", m.Message)
	case payment.MoveOpen, payment.MovePending:
		return payment.ErrUnavailable.Saying("the provider did not answer in time: look again in a minute")
	case payment.MoveDone:
	}
	return nil
}

// Refund gives some or all of a payment back. The amount counts as under way from the first transaction on, so that two
// refunds can never give back the same money. With a key, a repeat gets the refund it has made. What the provider has
// not confirmed yet comes back as pending in State.Moves, whose last one is the refund.
// Errors: payment.ErrNotRefundable, payment.ErrTooMuch, payment.ErrDeclined.
func (s *Settler) Refund(ctx context.Context, t tenant.ID, in MoveMoney, once *app.Once) (State, payment.Move, error) {
	l, err := s.load(ctx, t, in.Order)
	if err != nil {
		return l.State, payment.Move{}, err
	}
	p, err := l.chosen(in.Payment)
	if err != nil {
		return l.State, payment.Move{}, err
	}
	var m payment.Move
	repeated := false
	l.State, err = s.change(ctx, subject{t, in.Order, p.ID, in.By, nil}, func(ctx context.Context, c *change) error {
		if repeated = false; once != nil {
			rec, fresh, err := c.tx.Claim(ctx, once.Once)
			if err != nil {
				return err
			}
			if repeated = !fresh; repeated {
				once.Replayed = true
				m, _ = c.state.move(payment.MoveID(rec.Ref))
				return nil
			}
		}
		amount := c.pay.Refundable()
		if in.Amount != nil {
			amount = *in.Amount
		}
		var err error
		if m, err = c.pay.BeginRefund(payment.MoveID(id.New("ref", c.now)), amount, in.Reason, in.By, c.now); err != nil {
			return err
		}
		c.save(m)
		c.facts = append(c.facts, order.MoveFact{Order: c.state.Order.ID, Payment: c.pay.ID, Move: m.ID})
		if once == nil {
			return nil
		}
		return c.tx.Record(ctx, once.Once, ports.OnceRecord{Ref: string(m.ID)})
	})
	if err != nil || repeated {
		return l.State, m, err
	}
	st, err := s.driveRefund(ctx, l, m, in.By != system, in.By)
	if err != nil {
		return st, m, err
	}
	m, _ = st.move(m.ID)
	if m.Status == payment.MoveFailed {
		return st, m, payment.ErrDeclined.Saying("the provider refused the refund: %s", m.Message)
	}
	return st, m, nil
}

// driveRefund sends a committed refund to the provider and records the answer. An error promises that nothing happened:
// people are told so at once and may try again, what the system returns is tried until the provider answers. Callers
// that are not the first have asked before whether the provider knows the refund.
func (s *Settler) driveRefund(ctx context.Context, l loaded, m payment.Move, first bool, by string) (State, error) {
	p, err := l.payment(m.PaymentID)
	if err != nil {
		return l.State, err
	}
	r, err := s.provider(l, p).Refund(ctx, p, m)
	switch {
	case err != nil && (first || fault.KindOf(err) == fault.Invalid):
		r = payment.MoveResult{Outcome: payment.Failed, Code: fault.CodeOf(err), Message: messageOf(err), Retryable: true}
	case err != nil, r.Outcome == payment.Unknown:
		return l.State, nil //nolint:nilerr // ResolveMove asks again
	}
	return s.recordRefund(ctx, l, m, r, by)
}

func (s *Settler) recordRefund(ctx context.Context, l loaded, m payment.Move, r payment.MoveResult, by string) (State, error) {
	st, err := s.change(ctx, subject{l.tenant, l.Order.ID, m.PaymentID, by, nil}, func(_ context.Context, c *change) error {
		known, _ := c.state.move(m.ID)
		return c.takeRefund(known, r)
	})
	return st, ignoreRemark(err)
}

// ResolveMove brings a capture or refund to an end that got no answer, or whose answer was that it takes time. again > 0
// says when to look the next time.
func (s *Settler) ResolveMove(ctx context.Context, t tenant.ID, of order.ID, id payment.MoveID) (again time.Duration, err error) {
	l, err := s.load(ctx, t, of)
	if err != nil {
		return 0, err
	}
	m, ok := l.move(id)
	if !ok || m.Settled() {
		return 0, nil
	}
	if m.Kind == payment.CaptureMove {
		err = s.resolveCapture(ctx, l, m)
	} else {
		err = s.resolveRefund(ctx, l, m)
	}
	if err = ignoreRemark(err); err != nil && fault.KindOf(err) != fault.Unavailable {
		return 0, err
	}
	if l, err = s.load(ctx, t, of); err != nil {
		return 0, err
	}
	if m, _ = l.move(id); m.Settled() {
		return 0, nil
	}
	return max(retryOpen, min(s.now().Sub(m.CreatedAt)/4, longestWait)), nil
}

// resolveCapture asks first, since a provider may forget keys after a day; what is certainly not captured is sent again.
func (s *Settler) resolveCapture(ctx context.Context, l loaded, m payment.Move) error {
	p, err := l.payment(m.PaymentID)
	if err != nil {
		return err
	}
	r, err := s.provider(l, p).Payment(ctx, p)
	if err != nil || r.Outcome == payment.Unknown {
		return err
	}
	if l.State, err = s.record(ctx, l, p, r, false, system); ignoreRemark(err) != nil {
		return err
	}
	if m, _ = l.move(m.ID); m.Settled() {
		return nil
	}
	_, err = s.driveCapture(ctx, l, m, false, system)
	return err
}

func (s *Settler) resolveRefund(ctx context.Context, l loaded, m payment.Move) error {
	p, err := l.payment(m.PaymentID)
	if err != nil {
		return err
	}
	r, err := s.provider(l, p).RefundStatus(ctx, p, m)
	switch {
	case err != nil || r.Outcome == payment.Unknown:
		return err
	case r.Outcome == payment.NoSuchPayment:
		_, err = s.driveRefund(ctx, l, m, false, system)
		return err
	}
	_, err = s.recordRefund(ctx, l, m, r, system)
	return err
}

// ReturnMoney gives back what cannot be for its order: a promise is voided, money that came in is refunded. Money that
// no provider holds, such as cash, is left to staff. Errors: fault.Unavailable to try again.
func (s *Settler) ReturnMoney(ctx context.Context, t tenant.ID, of order.ID, unfit payment.ID) error {
	l, err := s.load(ctx, t, of)
	if err != nil {
		return err
	}
	p, err := l.payment(unfit)
	if err != nil || p.Unfit == "" {
		return err
	}
	if p.Promised().Amount > 0 {
		r, err := s.provider(l, p).Void(ctx, p)
		if err != nil {
			return err
		}
		if r.Outcome == payment.Unknown {
			return payment.ErrUnavailable.Saying("the provider did not say whether the payment of order %s is void", l.Order.Name())
		}
		if l.State, err = s.record(ctx, l, p, r, true, system); ignoreRemark(err) != nil {
			return err
		}
		if p, err = l.payment(unfit); err != nil {
			return err
		}
	}
	if p.Refundable().Amount == 0 {
		return nil
	}
	traits, err := s.providers.PaymentTraits(ctx, provider.Find(l.accounts, t, provider.Payment, p.Provider, p.Mode))
	if err != nil || traits.Offline {
		return err
	}
	_, _, err = s.Refund(ctx, t, MoveMoney{Order: of, Payment: p.ID, Reason: "unfulfillable", By: system}, nil)
	if errors.Is(err, payment.ErrNotRefundable) || errors.Is(err, payment.ErrDeclined) {
		return nil // already under way, or staff was told that it failed
	}
	return err
}

// Accept takes unfit money for its order after all. by is the acting staff.
// Errors: payment.ErrFit, order.ErrFinished when the order is cancelled.
func (s *Settler) Accept(ctx context.Context, t tenant.ID, of order.ID, unfit payment.ID, by string) (State, error) {
	return s.change(ctx, subject{t, of, unfit, by, nil}, func(_ context.Context, c *change) error {
		if c.state.Order.Status == order.Cancelled {
			return order.ErrFinished
		}
		return c.pay.Accept(c.now)
	})
}
