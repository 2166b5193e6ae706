package shop_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/ports"
)

// Behind cash there is no provider that adds up: our books are the truth.
func TestCashComesInParts(t *testing.T) {
	s := newStore(t)
	account := s.account()
	account.Plugin, account.Mode, account.Config = "manual", provider.Live, []byte(`{"cash_on_delivery": true}`)
	s.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveProviderAccount(ctx, account) })
	guest := identity.GuestOf(s.tenant)
	st, err := s.shop.Checkout.Place(t.Context(), guest, shop.PlaceOrder{
		CartToken: s.fill(guest), Email: "a@b.example", Provider: "manual", Method: payment.Method{Kind: "cash_on_delivery"},
		ReturnURL: "http://shop.test/return",
	}, &app.Once{Once: ports.Once{Key: id.Secret(), Scope: "test", Fingerprint: []byte("same")}})
	require.NoError(t, err)
	require.Equal(t, order.Authorized, st.Order.Payment)
	total := int64(0)
	for _, c := range []struct {
		part int64
		want order.PaymentStatus
	}{{500, order.PartlyPaid}, {900, order.PartlyPaid}, {600, order.Paid}} {
		st, err = s.capture(st.Order.ID, taka(c.part), false)
		require.NoError(t, err)
		total += c.part
		require.Equal(t, total, st.Payment.Captured.Amount)
		require.Equal(t, c.want, st.Order.Payment)
		require.True(t, st.Moves[len(st.Moves)-1].Settled())
	}
	require.Equal(t, payment.Paid, st.Payment.Status)
	s.tallies()
}

func TestAnAwaitedTransferArrives(t *testing.T) {
	s := newStore(t)
	account := s.account()
	account.Plugin, account.Mode = "manual", provider.Live
	account.Config = []byte(`{"bank_transfer": true, "bank_instructions": "Account 123."}`)
	s.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveProviderAccount(ctx, account) })
	guest := identity.GuestOf(s.tenant)
	st, err := s.shop.Checkout.Place(t.Context(), guest, shop.PlaceOrder{
		CartToken: s.fill(guest), Email: "a@b.example", Provider: "manual", Method: payment.Method{Kind: "bank_transfer"},
		ReturnURL: "http://shop.test/return",
	}, &app.Once{Once: ports.Once{Key: id.Secret(), Scope: "test", Fingerprint: []byte("same")}})
	require.NoError(t, err)
	require.Equal(t, order.PaymentPending, st.Order.Payment)
	_, err = s.capture(st.Order.ID, taka(500), false)
	require.ErrorContains(t, err, "recorded as a whole")
	st, err = s.capture(st.Order.ID, nil, false)
	require.NoError(t, err)
	require.Equal(t, order.Paid, st.Order.Payment)
	st = s.state(st.Order.ID)
	require.Len(t, st.Moves, 1)
	require.Equal(t, payment.MoveDone, st.Moves[0].Status)
	s.tallies()
}
