package shop

import (
	"context"
	"crypto/subtle"

	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Orders is what shoppers see of their orders.
type Orders struct{ d Deps }

// ByNumber opens an order with its secret, as guests do, with all that became of its money and parcels. Errors: order.ErrNotFound, also for a wrong secret.
func (o *Orders) ByNumber(ctx context.Context, t tenant.ID, number int64, secret string) (st settle.State, err error) {
	return o.open(ctx, t, number, func(found order.Order) bool {
		return subtle.ConstantTimeCompare([]byte(found.Secret), []byte(secret)) == 1
	})
}

// Mine opens an order of the signed-in shopper. Errors: identity.ErrSignIn, order.ErrNotFound, also for others' orders.
func (o *Orders) Mine(ctx context.Context, by identity.Actor, number int64) (settle.State, error) {
	customer, err := by.CustomerID()
	if err != nil {
		return settle.State{}, err
	}
	return o.open(ctx, by.Tenant, number, func(found order.Order) bool { return found.CustomerID == customer })
}

// List returns the signed-in shopper's orders, newest first. Errors: identity.ErrSignIn, Invalid for a bad cursor.
func (o *Orders) List(ctx context.Context, by identity.Actor, after string, limit int) (page ports.OrderPage, err error) {
	customer, err := by.CustomerID()
	if err != nil {
		return page, err
	}
	err = o.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		page, err = v.Orders(ctx, ports.OrderQuery{Customer: customer, After: after, Limit: limit})
		return err
	})
	return page, err
}

func (o *Orders) open(ctx context.Context, t tenant.ID, number int64, may func(order.Order) bool) (st settle.State, err error) {
	err = o.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		found, err := v.OrderByNumber(ctx, number)
		if err != nil {
			return err
		}
		if !may(found) {
			return order.ErrNotFound
		}
		if st, err = settle.ReadAll(ctx, v, found); err != nil {
			return err
		}
		st.Bookings, err = v.Bookings(ctx, found.ID)
		return err
	})
	return st, err
}
