package settle

import (
	"context"

	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Cancel ends an order that was not sent, gives its stock back and marks its money as unfit, so that it is returned; a
// payment that is still open is voided by Resolve. All of it is one transaction. reason is a code, by the actor.
// Errors: order.ErrFinished.
func (s *Settler) Cancel(ctx context.Context, t tenant.ID, of order.ID, reason, by string) (st State, err error) {
	err = s.store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		o, err := tx.Order(ctx, of)
		if err != nil {
			return err
		}
		if st, err = Read(ctx, tx, o); err != nil {
			return err
		}
		c := &change{tx: tx, state: &st, now: s.now()}
		fact, err := st.Order.Cancel(reason, c.now)
		if err != nil {
			return err
		}
		if err := tx.SaveOrder(ctx, st.Order); err != nil {
			return err
		}
		c.facts = append(c.facts, fact)
		for i := range st.Payments {
			c.pay = &st.Payments[i]
			before := *c.pay
			if !c.pay.HasMoney() || !c.pay.Misfits(payment.OrderCancelled, c.now) {
				continue
			}
			if err := c.settle(ctx, before); err != nil {
				return err
			}
		}
		if err := c.release(ctx); err != nil {
			return err
		}
		tx.Emit(actorOf(by, st.Order), c.facts...)
		st.choose()
		return nil
	})
	return st, err
}
