package porttest

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

var errChanged = errors.New("somebody changed their mind")

func newCustomer() account.Account {
	name := id.Secret()[:10]
	return account.Account{ID: id.New("cus", now()), Email: name + "@example.com", Name: name, PasswordHash: "$argon2id$", CreatedAt: now()}
}

func (s shop) hasCustomer(a account.Account) (yes bool) {
	s.t.Helper()
	s.view(func(ctx context.Context, v ports.View) {
		_, err := v.Customer(ctx, a.ID)
		if err != nil {
			require.ErrorIs(s.t, err, account.ErrNotFound)
		}
		yes = err == nil
	})
	return yes
}

// transactions: what fn returns decides, and a handle is worth nothing after its end.
func transactions(t *testing.T, s Subject) {
	sh := s.shop(t)
	kept, dropped, panicked, canceled := newCustomer(), newCustomer(), newCustomer(), newCustomer()
	var tx ports.Tx
	sh.update(func(ctx context.Context, x ports.Tx) error {
		tx = x
		return x.SaveCustomer(ctx, kept)
	})
	require.True(t, sh.hasCustomer(kept))
	_, err := tx.Customer(t.Context(), kept.ID)
	require.Equal(t, fault.Internal, fault.KindOf(err), "a handle was used after its end")

	err = s.Store.Update(t.Context(), sh.id, func(ctx context.Context, tx ports.Tx) error {
		require.NoError(t, tx.SaveCustomer(ctx, dropped))
		tx.Emit("guest", account.ResetRequested{Account: dropped.ID})
		return errChanged
	})
	require.ErrorIs(t, err, errChanged)
	require.False(t, sh.hasCustomer(dropped))

	require.PanicsWithValue(t, "boom", func() {
		_ = s.Store.Update(t.Context(), sh.id, func(ctx context.Context, tx ports.Tx) error {
			require.NoError(t, tx.SaveCustomer(ctx, panicked))
			panic("boom")
		})
	})
	require.False(t, sh.hasCustomer(panicked))

	ctx, cancel := context.WithCancel(t.Context())
	err = s.Store.Update(ctx, sh.id, func(ctx context.Context, tx ports.Tx) error {
		require.NoError(t, tx.SaveCustomer(ctx, canceled))
		cancel()
		return nil
	})
	require.ErrorIs(t, err, ports.ErrTimeout)
	require.False(t, sh.hasCustomer(canceled))

	swallowed := newCustomer()
	err = s.Store.Update(t.Context(), sh.id, func(ctx context.Context, tx ports.Tx) error {
		require.NoError(t, tx.SaveCustomer(ctx, swallowed))
		twin := newCustomer()
		twin.Email = kept.Email
		require.ErrorIs(t, tx.SaveCustomer(ctx, twin), account.ErrEmailTaken)
		return nil
	})
	require.Error(t, err, "a failed statement whose error was ignored")
	require.False(t, sh.hasCustomer(swallowed))

	for _, id := range []tenant.ID{"ten_00000000000000000000000000", "", "ten_x'; drop"} {
		err = s.Store.View(t.Context(), id, func(context.Context, ports.View) error { return errors.New("fn ran") })
		require.ErrorIs(t, err, tenant.ErrUnknownHost)
	}
}

// isolation: what one tenant stores, another does not see through any method.
func isolation(t *testing.T, s Subject) {
	mine, other := s.shop(t), s.shop(t)
	p := mine.stocked(5)
	o, pay := newOrder(2)
	o.CustomerID = "cus_shared"
	o = mine.place(o, pay)
	customer := newCustomer()
	session, _ := account.StartSession(customer.ID, now())
	basket := cart.Cart{ID: cart.ID(id.New("cart", now())), CustomerID: "cus_shared", Currency: "BDT", CreatedAt: now(), UpdatedAt: now()}
	key := ports.Once{Key: "k", Scope: "s", Fingerprint: []byte("f")}
	mine.update(func(ctx context.Context, tx ports.Tx) error {
		_, _, err := tx.Claim(ctx, key)
		_, notifyErr := tx.Notify(ctx, newNotifications("staff", "evt_1"))
		return errors.Join(err, notifyErr, tx.Record(ctx, key, ports.OnceRecord{Answer: []byte("mine")}), tx.SaveCart(ctx, basket), tx.SaveCustomer(ctx, customer),
			tx.SaveCustomerSession(ctx, session), tx.SaveProviderAccount(ctx, provider.Account{Kind: provider.Payment, Plugin: "only-mine", Mode: provider.Live}),
			tx.SaveCustomerReset(ctx, customer.ID, []byte("token"), now().AddDate(0, 0, 1)))
	})
	other.update(func(ctx context.Context, tx ports.Tx) error {
		empty, err := tx.Products(ctx, anyProduct(t))
		require.NoError(t, err)
		require.Empty(t, empty.Products)
		offers, err := tx.Offers(ctx, variantsOf(p))
		require.NoError(t, err)
		require.Empty(t, offers)
		short, _, err := tx.Reserve(ctx, reservation("ord_1", stockLines(p, 1)...))
		require.NoError(t, err)
		require.Len(t, short, 1)
		require.NoError(t, tx.Release(ctx, "ord_1"))
		require.NoError(t, tx.Ship(ctx, "ord_1", "usr_1"))
		require.NoError(t, tx.DeleteCart(ctx, basket.ID))
		require.NoError(t, tx.RevokeCustomerSessions(ctx, customer.ID, now()))
		_, err = tx.TakeCustomerReset(ctx, []byte("token"), now())
		require.ErrorIs(t, err, account.ErrResetToken)
		require.Error(t, tx.SaveOrder(ctx, o))
		_, fresh, err := tx.Claim(ctx, key)
		require.NoError(t, err)
		require.True(t, fresh, "the key of another tenant")
		return nil
	})
	other.view(func(ctx context.Context, v ports.View) {
		seesNothing(t, ctx, v, p.Slug, o, pay, customer, session, basket)
	})
	mine.view(func(ctx context.Context, v ports.View) {
		_, err := v.Cart(ctx, basket.ID)
		require.NoError(t, err)
		got, err := v.CustomerSession(ctx, session.ID)
		require.NoError(t, err)
		require.True(t, got.RevokedAt.IsZero())
	})
	require.EqualValues(t, 0, mine.stockOf(p, 0).Reserved)
}

func seesNothing(t *testing.T, ctx context.Context, v ports.View, slug string, o order.Order, pay payment.Payment, a account.Account, s account.Session, c cart.Cart) {
	t.Helper()
	for name, read := range map[string]func() error{
		"product":      func() error { _, err := v.ProductBySlug(ctx, slug); return err },
		"cart":         func() error { _, err := v.Cart(ctx, c.ID); return err },
		"own cart":     func() error { _, err := v.CustomerCart(ctx, "cus_shared"); return err },
		"order":        func() error { _, err := v.Order(ctx, o.ID); return err },
		"order number": func() error { _, err := v.OrderByNumber(ctx, o.Number); return err },
		"payment":      func() error { _, err := v.Payment(ctx, pay.ID); return err },
		"customer":     func() error { _, err := v.Customer(ctx, a.ID); return err },
		"email":        func() error { _, err := v.CustomerByEmail(ctx, a.Email); return err },
		"session":      func() error { _, err := v.CustomerSession(ctx, s.ID); return err },
		"event":        func() error { _, err := v.Event(ctx, event.ID("evt_1")); return err },
	} {
		err := read()
		require.Error(t, err, name)
		require.Contains(t, []fault.Kind{fault.NotFound, fault.Denied}, fault.KindOf(err), name)
	}
	categories, err := v.Categories(ctx)
	require.NoError(t, err)
	require.Empty(t, categories)
	page, err := v.Orders(ctx, ports.OrderQuery{Customer: "cus_shared"})
	require.NoError(t, err)
	require.Empty(t, page.Orders)
	told, err := v.Notifications(ctx, "staff", 0, 10)
	require.NoError(t, err)
	require.Empty(t, told)
	accounts, err := v.ProviderAccounts(ctx, provider.Payment)
	require.NoError(t, err)
	for _, account := range accounts {
		require.NotEqual(t, "only-mine", account.Plugin)
	}
}
