package backoffice

import (
	"context"
	"strings"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
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

// Get returns an order with its payment. Permission orders:read. Errors: order.ErrNotFound.
func (o *Orders) Get(ctx context.Context, by identity.Actor, number int64) (st settle.State, err error) {
	if err := by.May(identity.ReadOrders); err != nil {
		return st, err
	}
	err = o.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		if st.Order, err = v.OrderByNumber(ctx, number); err != nil {
			return err
		}
		st.Payment, err = v.PaymentOf(ctx, st.Order.ID)
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
		if err := tx.Ship(ctx, st.Order.Stock()); err != nil {
			return st, err
		}
		if err := tx.SaveOrder(ctx, st.Order); err != nil {
			return st, err
		}
		tx.Emit(by.Who(), fact)
		st.Payment, err = tx.PaymentOf(ctx, st.Order.ID)
		return st, err
	})
}

// Capture takes an authorised payment, or marks an offline one as received. Permission orders:manage. It is idempotent
// by the payment. Errors: payment.ErrNotCapturable, payment.ErrUnavailable.
func (o *Orders) Capture(ctx context.Context, by identity.Actor, number int64) (settle.State, error) {
	if err := by.May(identity.ManageOrders); err != nil {
		return settle.State{}, err
	}
	st, err := o.Get(ctx, by, number)
	if err != nil {
		return st, err
	}
	return o.d.Settler.Capture(ctx, by.Tenant, st.Order.ID, by.Who())
}
