package porttest

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/ports"
)

func newCart(customer string, variants ...catalog.VariantID) cart.Cart {
	c := cart.Cart{ID: cart.ID(id.New("cart", now())), TokenHash: []byte{1, 2}, CustomerID: customer, Currency: "BDT", CreatedAt: now(), UpdatedAt: now()}
	for i, v := range variants {
		c.Lines = append(c.Lines, cart.Line{Variant: v, Quantity: int64(i + 1), Seen: money.New(int64(i+100), "BDT")})
	}
	return c
}

func carts(t *testing.T, s Subject) {
	sh := s.shop(t)
	c, newer := newCart("cus_a", "var_z", "var_a"), newCart("cus_a")
	newer.CreatedAt = newer.CreatedAt.AddDate(0, 0, 1)
	get := func(want cart.Cart) {
		t.Helper()
		sh.view(func(ctx context.Context, v ports.View) {
			got, err := v.Cart(ctx, want.ID)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
	sh.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveCart(ctx, c) })
	get(c)
	c.Lines, c.CustomerID = append(c.Lines[1:], cart.Line{Variant: "var_b", Quantity: 999, Seen: money.New(1, "BDT")}), "cus_b"
	sh.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveCart(ctx, c) })
	get(c)
	c.CustomerID = "cus_a"
	sh.update(func(ctx context.Context, tx ports.Tx) error {
		require.NoError(t, tx.SaveCart(ctx, c))
		require.NoError(t, tx.SaveCart(ctx, newer))
		got, err := tx.CustomerCart(ctx, "cus_a")
		require.NoError(t, err)
		require.Equal(t, newer.ID, got.ID)
		newer.Ordered = true
		require.NoError(t, tx.SaveCart(ctx, newer))
		got, err = tx.CustomerCart(ctx, "cus_a")
		require.NoError(t, err)
		require.Equal(t, c.ID, got.ID)
		require.NoError(t, tx.DeleteCart(ctx, c.ID))
		require.NoError(t, tx.DeleteCart(ctx, c.ID))
		_, err = tx.CustomerCart(ctx, "cus_a")
		require.ErrorIs(t, err, cart.ErrNotFound)
		_, err = tx.CustomerCart(ctx, "")
		require.ErrorIs(t, err, cart.ErrNotFound)
		return nil
	})
}

// cartRace: a cart that was waited for is read as it is then, with its lines.
func cartRace(t *testing.T, s Subject) {
	sh := s.shop(t)
	c := newCart("")
	sh.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveCart(ctx, c) })
	const writers = 12
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			err := s.Store.Update(context.WithoutCancel(t.Context()), sh.id, func(ctx context.Context, tx ports.Tx) error {
				got, err := tx.Cart(ctx, c.ID)
				if err != nil {
					return err
				}
				got.Lines = append(got.Lines, cart.Line{Variant: catalog.VariantID(id.New("var", now())), Quantity: 1, Seen: money.New(1, "BDT")})
				return tx.SaveCart(ctx, got)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	sh.view(func(ctx context.Context, v ports.View) {
		got, err := v.Cart(ctx, c.ID)
		require.NoError(t, err)
		require.Len(t, got.Lines, writers, "a line was lost")
	})
}

func orders(t *testing.T, s Subject) {
	sh := s.shop(t)
	for _, lines := range []int{1, 200} {
		o, p := newOrder(lines)
		o = sh.place(o, p)
		sh.view(func(ctx context.Context, v ports.View) {
			got, err := v.Order(ctx, o.ID)
			require.NoError(t, err)
			require.Equal(t, o, got)
			got, err = v.OrderByNumber(ctx, o.Number)
			require.NoError(t, err)
			require.Equal(t, o, got)
			paid, err := v.Payments(ctx, o.ID)
			require.NoError(t, err)
			require.Equal(t, []payment.Payment{p}, paid)
			alone, err := v.Payment(ctx, p.ID)
			require.NoError(t, err)
			require.Equal(t, p, alone)
		})
		again, _ := newOrder(1)
		again.CartID = o.CartID
		_, p2 := newOrder(1)
		p2.OrderID = string(again.ID)
		err := s.Store.Update(t.Context(), sh.id, func(ctx context.Context, tx ports.Tx) error {
			_, err := tx.PlaceOrder(ctx, again, p2)
			return err
		})
		require.ErrorIs(t, err, order.ErrTransition, "two orders of one cart")
		o.Status, o.Payment, o.Reason, o.Tracking = order.Cancelled, order.Declined, "payment_declined", "T1"
		sh.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveOrder(ctx, o) })
		next := sh.place(again, p2)
		require.Greater(t, next.Number, o.Number)
		sh.view(func(ctx context.Context, v ports.View) {
			got, err := v.Order(ctx, o.ID)
			require.NoError(t, err)
			require.Equal(t, o, got)
		})
	}
	sh.view(func(ctx context.Context, v ports.View) {
		_, err := v.Order(ctx, "ord_none")
		require.ErrorIs(t, err, order.ErrNotFound)
		none, err := v.Payments(ctx, "ord_none")
		require.NoError(t, err)
		require.Empty(t, none)
		_, err = v.Payment(ctx, "pay_none")
		require.ErrorIs(t, err, payment.ErrNotFound)
	})
}

func orderPages(t *testing.T, s Subject) {
	sh := s.shop(t)
	for i := range 7 {
		o, p := newOrder(1)
		if i%2 == 0 {
			o.CustomerID = "cus_a"
		}
		if i >= 5 {
			o.Status = order.Confirmed
		}
		sh.place(o, p)
	}
	for _, c := range []struct {
		q    ports.OrderQuery
		want int
	}{
		{ports.OrderQuery{}, 7},
		{ports.OrderQuery{Limit: 3}, 7},
		{ports.OrderQuery{Limit: 2, Customer: "cus_a"}, 4},
		{ports.OrderQuery{Limit: 1, Status: order.Confirmed}, 2},
		{ports.OrderQuery{Customer: "cus_b"}, 0},
	} {
		last, n := int64(1<<60), 0
		for q := c.q; ; {
			var page ports.OrderPage
			sh.view(func(ctx context.Context, v ports.View) {
				var err error
				page, err = v.Orders(ctx, q)
				require.NoError(t, err)
			})
			for _, o := range page.Orders {
				require.Less(t, o.Number, last)
				require.Len(t, o.Lines, 1)
				last = o.Number
				n++
			}
			if q.After = page.Next; page.Next == "" {
				break
			}
		}
		require.Equal(t, c.want, n, "%+v", c.q)
	}
	for _, q := range []ports.OrderQuery{{After: "rubbish"}, {Limit: -1}, {Limit: 101}} {
		err := s.Store.View(t.Context(), sh.id, func(ctx context.Context, v ports.View) error {
			_, err := v.Orders(ctx, q)
			return err
		})
		require.Equal(t, fault.Invalid, fault.KindOf(err))
	}
}
