package payment_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
)

type balance = map[payment.Account]int64

func TestBalance(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*payment.Payment)
		want   balance
	}{
		"nothing yet": {func(p *payment.Payment) { *p = fresh() }, balance{}},
		"promised": {
			func(p *payment.Payment) { *p = in(payment.Reserved) },
			balance{payment.Reserves: 1990, payment.ReservesOf: -1990},
		},
		"taken in part": {
			func(p *payment.Payment) { *p = in(payment.Reserved); p.Captured = bdt(990) },
			balance{payment.Reserves: 1000, payment.ReservesOf: -1000, payment.Funds: 990, payment.Sales: -990},
		},
		"paid":       {func(*payment.Payment) {}, balance{payment.Funds: 1990, payment.Sales: -1990}},
		"given back": {func(p *payment.Payment) { p.Refunded = bdt(500) }, balance{payment.Funds: 1490, payment.Sales: -1990, payment.Refunds: 500}},
		"under way":  {func(p *payment.Payment) { p.Refunding = bdt(500) }, balance{payment.Funds: 1990, payment.Sales: -1990}},
		"unfit": {
			func(p *payment.Payment) { p.Unfit, p.Refunded = payment.SecondPayment, bdt(500) },
			balance{payment.Funds: 1490, payment.Unapplied: -1490},
		},
		"disputed": {func(p *payment.Payment) { p.Disputed = bdt(500) }, balance{payment.Funds: 1490, payment.Disputes: 500, payment.Sales: -1990}},
		"lost":     {func(p *payment.Payment) { p.Lost = bdt(500) }, balance{payment.Funds: 1490, payment.Losses: 500, payment.Sales: -1990}},
	} {
		p := in(payment.Paid)
		c.change(&p)
		require.Equal(t, c.want, clean(p.Balance()), name)
	}
}

// clean leaves out accounts with nothing in them.
func clean(b balance) balance {
	out := balance{}
	for a, n := range b {
		if n != 0 {
			out[a] = n
		}
	}
	return out
}

func TestEntriesBringTheLedgerFromOneBalanceToTheNext(t *testing.T) {
	before, now := in(payment.Reserved), in(payment.Paid)
	now.Version = 7
	entries := payment.EntriesFor(before, now, at)
	require.Equal(t, balance{payment.Funds: 1990, payment.Sales: -1990, payment.Reserves: -1990, payment.ReservesOf: 1990}, total(t, entries))
	for _, e := range entries {
		require.Equal(t, "pay_1:7", e.PostingID, "one change is posted once")
		require.Equal(t, at, e.At)
	}
	require.Empty(t, payment.EntriesFor(now, now, at))
}

// total adds up a posting, and checks it as the database does: one id, one line per account, no zeros, a sum of zero per
// currency.
func total(t require.TestingT, entries []payment.Entry) balance {
	sums, b := map[money.Currency]int64{}, balance{}
	for _, e := range entries {
		require.Equal(t, entries[0].PostingID, e.PostingID)
		require.Equal(t, payment.ID("pay_1"), e.PaymentID)
		require.Equal(t, "ord_1", e.OrderID)
		require.NotZero(t, e.Amount.Amount)
		require.NotContains(t, b, e.Account)
		b[e.Account] = e.Amount.Amount
		sums[e.Amount.Currency] += e.Amount.Amount
	}
	for c, n := range sums {
		require.Zero(t, n, c)
	}
	return b
}
