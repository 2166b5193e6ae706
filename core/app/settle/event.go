package settle

import (
	"context"
	"errors"

	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// TakeEvent takes over what a provider said by itself. It may come early, late, twice and in any order: what counts are
// totals that never shrink. An event without content is a hint to ask, and so is one about money that we have not heard
// of yet: the question comes first.
// Errors: payment.ErrNotFound when the payment it is about is not known, or not known by that reference yet.
func (s *Settler) TakeEvent(ctx context.Context, t tenant.ID, plugin string, e payment.Event) error {
	p, err := s.find(ctx, t, plugin, e)
	if err != nil {
		return err
	}
	bare := e.Payment == nil && e.Refund == nil && e.Dispute == nil
	if bare || early(p, e) {
		if err := s.askAbout(ctx, t, p); err != nil || bare {
			return err
		}
	}
	doubt := false
	_, err = s.change(ctx, subject{t, order.ID(p.OrderID), p.ID, "provider", nil}, func(ctx context.Context, c *change) (err error) {
		doubt, err = c.takeEvent(ctx, e)
		return err
	})
	if err = ignoreRemark(err); err != nil || !doubt {
		return err
	}
	return s.askAbout(ctx, t, p)
}

// early reports whether an event is about money of a payment that we do not know to have come in.
func early(p payment.Payment, e payment.Event) bool {
	return e.Payment == nil && (e.Dispute != nil && e.Dispute.Amount.Amount > p.Captured.Amount ||
		e.Refund != nil && e.RefundID == "" && e.Refund.Amount.Amount > p.Captured.Amount-p.Refunded.Amount)
}

// takeEvent applies all that an event says. doubt asks to look at the provider's present totals: a late event may count
// a refund that has failed since, and must not be taken for one that was made on the provider's own pages.
func (c *change) takeEvent(ctx context.Context, e payment.Event) (doubt bool, err error) {
	// The refund comes first, so that the payment's totals do not look like news of another one.
	if e.Refund != nil {
		if err := c.takeRefundEvent(e); err != nil {
			return false, err
		}
	}
	var remark error
	if e.Payment != nil {
		r := *e.Payment
		if more := r.Refunded.Amount - c.pay.Refunded.Amount - c.pay.Refunding.Amount; more > 0 {
			doubt, r.Refunded.Amount = true, r.Refunded.Amount-more
		}
		remark = c.take(r, false)
	}
	if e.Dispute != nil {
		remark = errors.Join(remark, c.takeDispute(ctx, *e.Dispute))
	}
	return doubt, remark
}

// find looks a payment up by our id or by the provider's reference. An id that belongs to another plugin or mode is
// nobody's.
func (s *Settler) find(ctx context.Context, t tenant.ID, plugin string, e payment.Event) (p payment.Payment, err error) {
	err = s.store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		err = payment.ErrNotFound
		if e.PaymentID != "" {
			p, err = v.Payment(ctx, e.PaymentID)
		}
		if e.PaymentRef != "" && errors.Is(err, payment.ErrNotFound) {
			p, err = v.PaymentByRef(ctx, plugin, e.Mode, e.PaymentRef)
		}
		if err == nil && (p.Provider != plugin || p.Mode != e.Mode) {
			err = payment.ErrNotFound
		}
		return err
	})
	return p, err
}

func (s *Settler) askAbout(ctx context.Context, t tenant.ID, p payment.Payment) error {
	l, err := s.load(ctx, t, order.ID(p.OrderID))
	if err != nil {
		return err
	}
	r, err := s.provider(l, p).Payment(ctx, p)
	if err != nil || r.Outcome == payment.Unknown || r.Outcome == payment.NoSuchPayment {
		return err // Resolve voids before it believes that there is none
	}
	_, err = s.record(ctx, l, p, r, false, "provider")
	return ignoreRemark(err)
}

// takeRefundEvent finds the refund that an event is about: by our id, by the provider's reference, or, as long as the
// provider's reference is not known, by its amount. One that is none of ours was made on the provider's own pages.
func (c *change) takeRefundEvent(e payment.Event) error {
	r := *e.Refund
	var ours payment.Move
	for _, m := range c.moves {
		if m.Kind != payment.RefundMove {
			continue
		}
		named := e.RefundID != "" && m.ID == e.RefundID || r.ProviderRef != "" && m.ProviderRef == r.ProviderRef
		alike := m.ProviderRef == "" && m.Amount == r.Amount && m.Status != payment.MoveFailed
		if named || ours.ID == "" && alike {
			ours = m
		}
		if named {
			break
		}
	}
	if ours.ID != "" {
		if ours.ProviderRef == "" && ours.Settled() && r.ProviderRef != "" {
			ours.ProviderRef = r.ProviderRef
			c.save(ours)
		}
		return ignoreRemark(c.takeRefund(ours, r))
	}
	if r.Outcome != payment.Succeeded || r.Amount.Amount <= 0 || r.Amount.Currency != c.pay.Amount.Currency {
		return nil // it will come again when it is done
	}
	if r.Amount.Amount > c.pay.Captured.Amount-c.pay.Refunded.Amount {
		return nil // of money that we have not heard of yet: reconciliation, or a later event, tells
	}
	c.pay.Refunded.Amount += r.Amount.Amount
	c.pay.Version, c.pay.UpdatedAt = c.pay.Version+1, c.now
	c.refundedElsewhere(r.Amount, r.ProviderRef)
	return nil
}

func (c *change) takeDispute(ctx context.Context, news payment.Dispute) error {
	all, err := c.tx.Disputes(ctx, c.state.Order.ID)
	if err != nil {
		return err
	}
	var known payment.Dispute
	for _, d := range all {
		if d.PaymentID == c.pay.ID && d.Ref == news.Ref {
			known = d
		}
	}
	changed, err := c.pay.TakeDispute(&known, news, c.now)
	if err != nil || !changed {
		return err
	}
	c.facts = append(c.facts, order.DisputeFact{Order: c.state.Order.ID, Payment: c.pay.ID, Dispute: known})
	return c.tx.SaveDispute(ctx, known)
}
