package payment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
)

var (
	at    = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	price = money.New(1990, "BDT")

	statuses = []payment.Status{
		payment.Created, payment.Processing, payment.Waiting, payment.Reserved, payment.Paid, payment.Refused,
		payment.Cancelled, payment.Lapsed,
	}
)

func bdt(n int64) money.Money { return money.New(n, "BDT") }

func fresh() payment.Payment {
	with := provider.Account{Plugin: "sandbox", Mode: provider.Test}
	return payment.New("pay_1", "ord_1", with, "card", price, at)
}

// in is a payment in a status; a paid one has all its money.
func in(s payment.Status) payment.Payment {
	p := fresh()
	p.Status, p.ProviderRef = s, "ref"
	if s == payment.Paid {
		p.Captured = price
	}
	return p
}

// paid is a payment of which some came in and went back.
func paid(captured, refunded int64) payment.Payment {
	p := in(payment.Paid)
	p.Captured, p.Refunded = bdt(captured), bdt(refunded)
	return p
}

func TestNew(t *testing.T) {
	p := fresh()
	require.Equal(t, payment.Created, p.Status)
	require.Equal(t, "sandbox", p.Provider)
	require.Equal(t, provider.Test, p.Mode)
	require.Equal(t, price, p.Asked)
	require.Equal(t, price, p.Amount)
	require.Equal(t, at.Add(payment.DefaultWindow), p.ExpiresAt)
	for _, none := range []money.Money{p.Captured, p.Refunded, p.Refunding, p.Disputed, p.Lost, p.Promised(), p.Refundable()} {
		require.Equal(t, bdt(0), none)
	}
	require.False(t, p.HasMoney())
	require.False(t, p.Good())
}

func TestFreeOrdersArePaid(t *testing.T) {
	p := payment.Free("pay_1", "ord_1", money.Zero("BDT"), at)
	require.Equal(t, payment.Paid, p.Status)
	require.True(t, p.Good())
	require.False(t, p.HasMoney())
	require.Empty(t, payment.EntriesFor(payment.Payment{}, p, at), "the ledger holds no zeros")
}

func TestOnlyUnsettledPaymentsAreOpen(t *testing.T) {
	open := map[payment.Status]bool{payment.Created: true, payment.Processing: true, payment.Waiting: true}
	for _, s := range statuses {
		require.Equal(t, open[s], s.Open(), s)
	}
}

func TestPaidIsFinalAndMoneyMayComeAfterTheEnd(t *testing.T) {
	for _, next := range statuses {
		require.False(t, payment.Paid.CanBecome(next), next)
		require.False(t, next.CanBecome(payment.Created), next)
		if next != payment.Paid {
			require.True(t, next.CanBecome(payment.Paid), next)
		}
	}
}

func TestWhatIsLeftOfAPayment(t *testing.T) {
	for name, c := range map[string]struct {
		change     func(*payment.Payment)
		refundable int64
		promised   int64
		hasMoney   bool
		good       bool
	}{
		"paid":               {func(*payment.Payment) {}, 1990, 0, true, true},
		"partly given back":  {func(p *payment.Payment) { p.Refunded = bdt(990) }, 1000, 0, true, true},
		"given back":         {func(p *payment.Payment) { p.Refunded = price }, 0, 0, false, true},
		"refund under way":   {func(p *payment.Payment) { p.Refunding = bdt(1900) }, 90, 0, true, true},
		"disputed":           {func(p *payment.Payment) { p.Disputed = bdt(1000) }, 990, 0, true, true},
		"disputed and given": {func(p *payment.Payment) { p.Disputed, p.Refunded = price, bdt(500) }, 0, 0, true, true},
		"lost":               {func(p *payment.Payment) { p.Lost = price }, 0, 0, false, true},
		"unfit":              {func(p *payment.Payment) { p.Unfit = payment.SecondPayment }, 1990, 0, true, false},
		"promised":           {func(p *payment.Payment) { p.Status, p.Captured = payment.Reserved, bdt(0) }, 0, 1990, true, true},
		"promised in part":   {func(p *payment.Payment) { p.Status, p.Captured = payment.Reserved, bdt(1000) }, 1000, 990, true, true},
		"voided":             {func(p *payment.Payment) { p.Status, p.Captured = payment.Cancelled, bdt(0) }, 0, 0, false, false},
	} {
		p := in(payment.Paid)
		c.change(&p)
		require.Equal(t, bdt(c.refundable), p.Refundable(), name)
		require.Equal(t, bdt(c.promised), p.Promised(), name)
		require.Equal(t, c.hasMoney, p.HasMoney(), name)
		require.Equal(t, c.good, p.Good(), name)
	}
}

func TestMisfits(t *testing.T) {
	p := in(payment.Paid)
	require.ErrorIs(t, p.Accept(at), payment.ErrFit)
	require.True(t, p.Misfits(payment.SecondPayment, at.Add(time.Minute)))
	require.Equal(t, payment.SecondPayment, p.Unfit)
	require.Equal(t, int64(1), p.Version)
	require.False(t, p.Misfits(payment.OrderCancelled, at), "the first reason stays")
	require.Equal(t, payment.SecondPayment, p.Unfit)
	require.NoError(t, p.Accept(at.Add(time.Hour)))
	require.True(t, p.Good())
	require.Equal(t, int64(2), p.Version)
	require.Equal(t, at.Add(time.Hour), p.UpdatedAt)

	gone := paid(1990, 1990)
	gone.Unfit = payment.OrderCancelled
	require.ErrorIs(t, gone.Accept(at), payment.ErrFit, "there is nothing left to accept")
}
