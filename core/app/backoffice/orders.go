package backoffice

import (
	"context"
	"slices"
	"strings"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/ports"
)

// Orders is the vendor's view of what was bought.
type Orders struct{ d Deps }

// List returns orders, newest first. Permission orders:read. Errors: Invalid for a bad cursor or limit.
func (o *Orders) List(ctx context.Context, by identity.Actor, q ports.OrderQuery) (page ports.OrderPage, err error) {
	if err := by.May(identity.ReadOrders); err != nil {
		return page, err
	}
	err = o.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		page, err = v.Orders(ctx, q)
		return err
	})
	return page, err
}

// Get returns an order with all its payments, captures, refunds and disputes. Permission orders:read. Errors: order.ErrNotFound.
func (o *Orders) Get(ctx context.Context, by identity.Actor, number int64) (st settle.State, err error) {
	if err := by.May(identity.ReadOrders); err != nil {
		return st, err
	}
	err = o.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		found, err := v.OrderByNumber(ctx, number)
		if err != nil {
			return err
		}
		st, err = settle.ReadAll(ctx, v, found)
		return err
	})
	return st, err
}

// Fulfil marks a confirmed order as sent and takes its goods off the shelf. Permission orders:fulfil.
// Errors: order.ErrTransition, order.ErrNotFound.
func (o *Orders) Fulfil(ctx context.Context, by identity.Actor, number int64, tracking string, once *app.Once) (settle.State, error) {
	if err := by.May(identity.FulfilOrders); err != nil {
		return settle.State{}, err
	}
	if tracking = strings.TrimSpace(tracking); len(tracking) > 200 {
		return settle.State{}, fault.InvalidField("tracking", "use at most 200 characters")
	}
	return app.Update(ctx, o.d.Store, by.Tenant, once, func(ctx context.Context, tx ports.Tx) (st settle.State, err error) {
		found, err := tx.OrderByNumber(ctx, number)
		if err != nil {
			return st, err
		}
		if st.Order, err = tx.Order(ctx, found.ID); err != nil {
			return st, err
		}
		fact, err := st.Order.Fulfil(tracking, o.d.Now())
		if err != nil {
			return st, err
		}
		if err := tx.Ship(ctx, string(st.Order.ID), by.Who()); err != nil {
			return st, err
		}
		if err := tx.SaveOrder(ctx, st.Order); err != nil {
			return st, err
		}
		tx.Emit(by.Who(), fact)
		return settle.Read(ctx, tx, st.Order)
	})
}

// MoveMoney is what staff asks for: which payment of an order, and how much.
type MoveMoney struct {
	Payment payment.ID   // "" means the one that counts
	Amount  *money.Money // nil means all that is left
	Final   bool         // of captures: give up the rest of the promise
	Reason  string       // of refunds: one of payment.RefundReasons
}

// Capture takes some or all of an authorised payment, or marks an offline one as received. Permission orders:manage. It
// is idempotent: what is captured is not captured again, and a capture without an answer is taken up.
// Errors: payment.ErrNotCapturable, payment.ErrTooMuch, payment.ErrUnavailable, payment.ErrDeclined.
func (o *Orders) Capture(ctx context.Context, by identity.Actor, number int64, in MoveMoney) (settle.State, error) {
	st, err := o.manage(ctx, by, number)
	if err != nil {
		return st, err
	}
	return o.d.Settler.Capture(ctx, by.Tenant, settle.MoveMoney{
		Order: st.Order.ID, Payment: in.Payment, Amount: in.Amount, Final: in.Final, By: by.Who(),
	})
}

// Refund gives some or all of a payment back, once per key. Permission orders:manage. A refund that takes time, or got no
// answer yet, comes back as not settled. Errors: payment.ErrNotRefundable, payment.ErrTooMuch, payment.ErrDeclined.
func (o *Orders) Refund(ctx context.Context, by identity.Actor, number int64, in MoveMoney, once *app.Once) (settle.State, payment.Move, error) {
	st, err := o.manage(ctx, by, number)
	if err != nil {
		return st, payment.Move{}, err
	}
	if in.Reason == "" {
		in.Reason = payment.RefundReasons[0]
	}
	if !slices.Contains(payment.RefundReasons, in.Reason) {
		return st, payment.Move{}, fault.InvalidField("reason", "use one of "+strings.Join(payment.RefundReasons, ", "))
	}
	return o.d.Settler.Refund(ctx, by.Tenant, settle.MoveMoney{
		Order: st.Order.ID, Payment: in.Payment, Amount: in.Amount, Reason: in.Reason, By: by.Who(),
	}, once)
}

// Cancel ends an order that was not sent; money that came in is returned, or kept for a decision, as the shop chose.
// Permission orders:manage. Errors: order.ErrFinished.
func (o *Orders) Cancel(ctx context.Context, by identity.Actor, number int64) (settle.State, error) {
	st, err := o.manage(ctx, by, number)
	if err != nil {
		return st, err
	}
	return o.d.Settler.Cancel(ctx, by.Tenant, st.Order.ID, "cancelled_by_staff", by.Who())
}

// Accept takes money that does not fit for its order after all, such as another amount than was asked. Permission
// orders:manage. Errors: payment.ErrFit, order.ErrFinished, payment.ErrNotFound.
func (o *Orders) Accept(ctx context.Context, by identity.Actor, number int64, id payment.ID) (settle.State, error) {
	st, err := o.manage(ctx, by, number)
	if err != nil {
		return st, err
	}
	return o.d.Settler.Accept(ctx, by.Tenant, st.Order.ID, id, by.Who())
}

// Return gives money back that does not fit, whatever the shop chose to do by itself. Permission orders:manage.
// Errors: payment.ErrNotFound, payment.ErrUnavailable.
func (o *Orders) Return(ctx context.Context, by identity.Actor, number int64, id payment.ID) (settle.State, error) {
	st, err := o.manage(ctx, by, number)
	if err != nil {
		return st, err
	}
	if err := o.d.Settler.ReturnMoney(ctx, by.Tenant, st.Order.ID, id); err != nil {
		return st, err
	}
	return o.Get(ctx, by, number)
}

func (o *Orders) manage(ctx context.Context, by identity.Actor, number int64) (settle.State, error) {
	if err := by.May(identity.ManageOrders); err != nil {
		return settle.State{}, err
	}
	return o.Get(ctx, by, number)
}
