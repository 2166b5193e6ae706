package settle

import (
	"context"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// ErrTries ends the tries to pay one order.
var ErrTries = fault.New(fault.Exhausted, "too_many_payments", "too many payments of this order failed: ask the shop")

const maxTries = 5 // payments of one order

// Replace writes the intent of another payment for an order that waits for its payment, and gives up those before. When
// one of those turns out to have succeeded, the new one is withdrawn before any provider hears of it, and the state says
// so. Errors: payment.ErrNothingPending, ErrTries, ports.ErrKeyBusy while the last try is under way.
func (s *Settler) Replace(ctx context.Context, of order.ID, with provider.Account, method string, once *app.Once) (State, error) {
	t := with.Tenant
	var st State
	err := s.store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		rec, fresh, err := tx.Claim(ctx, once.Once)
		if err != nil {
			return err
		}
		o, err := tx.Order(ctx, of)
		if err != nil {
			return err
		}
		if st, err = Read(ctx, tx, o); err != nil {
			return err
		}
		now := s.now()
		if !fresh {
			once.Replayed = true
			return s.again(ctx, tx, &st, rec, once)
		}
		switch {
		case o.Status != order.Pending:
			return payment.ErrNothingPending
		case len(st.Payments) >= maxTries:
			return ErrTries
		case st.Payment.Status == payment.Created && now.Before(st.Payment.CreatedAt.Add(Lease)):
			return ports.ErrKeyBusy
		}
		p := payment.New(payment.ID(id.New("pay", now)), string(of), with, method, o.Total, now)
		if err := tx.AddPayment(ctx, p); err != nil {
			return err
		}
		tx.Emit(actorOf("", o), order.Placed{Order: of, Payment: p.ID, Total: o.Total})
		st.Payments = append([]payment.Payment{p}, st.Payments...)
		st.Payment = p
		return tx.Record(ctx, once.Once, ports.OnceRecord{Ref: string(p.ID), LeaseUntil: now.Add(Lease)})
	})
	if err != nil || once.Replayed && st.Payment.Status != payment.Created {
		return st, err
	}
	return s.giveUpOthers(ctx, t, st)
}

// again answers a repeat: with what became of its payment, or by taking it over when its request was lost.
func (s *Settler) again(ctx context.Context, tx ports.Tx, st *State, rec ports.OnceRecord, once *app.Once) error {
	p, err := st.payment(payment.ID(rec.Ref))
	if err != nil {
		return err
	}
	if st.Payment = p; p.Status != payment.Created {
		return nil
	}
	if s.now().Before(rec.LeaseUntil) {
		return ports.ErrKeyBusy
	}
	rec.LeaseUntil = s.now().Add(Lease)
	return tx.Record(ctx, once.Once, rec)
}

// giveUpOthers voids the payments before the newest one. What cannot be voided for certain stays open: should its money
// come, it is second, and goes back.
func (s *Settler) giveUpOthers(ctx context.Context, t tenant.ID, st State) (State, error) {
	l, err := s.load(ctx, t, st.Order.ID)
	if err != nil {
		return st, err
	}
	for _, p := range l.Payments {
		if p.ID == st.Payment.ID || !p.Status.Open() {
			continue
		}
		r, err := s.provider(l, p).Void(ctx, p)
		if err != nil || r.Outcome == payment.Unknown {
			continue
		}
		if l.State, err = s.record(ctx, l, p, r, true, ""); ignoreRemark(err) != nil {
			return l.State, err
		}
	}
	mine, err := l.payment(st.Payment.ID)
	if err != nil {
		return l.State, err
	}
	if l.Payment.Good() && l.Payment.ID != mine.ID {
		withdrawn := payment.Result{Outcome: payment.Voided, Code: "paid_otherwise"}
		return s.record(ctx, l, mine, withdrawn, true, system)
	}
	l.State.Payment = mine
	return l.State, nil
}
