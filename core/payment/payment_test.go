package payment_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
)

var (
	at    = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	price = money.New(1990, "BDT")

	statuses = []payment.Status{
		payment.Created, payment.Processing, payment.Waiting, payment.Reserved, payment.Paid, payment.Refused,
		payment.Cancelled, payment.Held, payment.Returned,
	}
	outcomes = []payment.Outcome{
		payment.Captured, payment.Authorized, payment.Pending, payment.RequiresAction, payment.Declined, payment.Voided,
		payment.Unknown, payment.NoSuchPayment, "never heard of",
	}
)

func in(s payment.Status) payment.Payment {
	p := payment.New("pay_1", "ord_1", "sandbox", price, at)
	p.Status = s
	return p
}

func TestNew(t *testing.T) {
	p := payment.New("pay_1", "ord_1", "sandbox", price, at)
	require.Equal(t, payment.Created, p.Status)
	require.True(t, p.Status.Open())
	require.Equal(t, at.Add(payment.DefaultWindow), p.ExpiresAt)
}

// TestApplyTable says for every status and outcome where a payment goes; "" means that it stays.
func TestApplyTable(t *testing.T) {
	const stays = payment.Status("")
	order := []payment.Outcome{
		payment.Captured, payment.Authorized, payment.Pending, payment.RequiresAction, payment.Declined, payment.Voided,
		payment.NoSuchPayment, payment.Unknown,
	}
	paid, reserved, waiting, processing := payment.Paid, payment.Reserved, payment.Waiting, payment.Processing
	refused, cancelled := payment.Refused, payment.Cancelled
	for s, want := range map[payment.Status][]payment.Status{
		payment.Created:    {paid, reserved, processing, waiting, refused, cancelled, cancelled, stays},
		payment.Processing: {paid, reserved, stays, waiting, refused, cancelled, cancelled, stays},
		payment.Waiting:    {paid, reserved, processing, waiting, refused, cancelled, cancelled, stays},
		payment.Reserved:   {paid, stays, stays, stays, stays, cancelled, cancelled, stays},
		payment.Paid:       {stays, stays, stays, stays, stays, stays, stays, stays},
		payment.Refused:    {paid, reserved, stays, stays, stays, stays, stays, stays},
		payment.Cancelled:  {paid, reserved, stays, stays, stays, stays, stays, stays},
		payment.Held:       {stays, stays, stays, stays, stays, stays, stays, stays},
		payment.Returned:   {stays, stays, stays, stays, stays, stays, stays, stays},
	} {
		for i, o := range order {
			p, next := in(s), (*payment.NextAction)(nil)
			if o == payment.RequiresAction {
				next = &payment.NextAction{Kind: "redirect", URL: "https://bank.example"}
			}
			changed, err := p.Apply(payment.Result{Outcome: o, Amount: price, ProviderRef: "ref", Next: next, Code: "c", Message: "m"}, at.Add(time.Minute))
			require.NoError(t, err)
			require.Equal(t, want[i] != stays, changed, "%s, %s", s, o)
			if !changed {
				require.Equal(t, in(s), p, "%s, %s", s, o)
				continue
			}
			require.Equal(t, want[i], p.Status, "%s, %s", s, o)
			require.Equal(t, "ref", p.ProviderRef)
			require.Equal(t, next, p.Next)
			require.Equal(t, at.Add(time.Minute), p.UpdatedAt)
		}
	}
}

// rank orders the statuses by how much is known about the money. Between Processing and Waiting a payment may go both
// ways.
var rank = map[payment.Status]int{
	payment.Created: 0, payment.Processing: 1, payment.Waiting: 1, payment.Refused: 2, payment.Cancelled: 2,
	payment.Reserved: 3, payment.Paid: 4, payment.Held: 5, payment.Returned: 6,
}

func TestNoSequenceOfAnswersMovesAPaymentBackwards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := payment.New("pay_1", "ord_1", "sandbox", price, at)
		books := map[payment.Account]int64{}
		for i := range rapid.IntRange(1, 30).Draw(t, "answers") {
			was, now := p, at.Add(time.Duration(i)*time.Second)
			if rapid.IntRange(0, 9).Draw(t, "give back") == 0 {
				if err := p.GiveBack(now); err != nil {
					require.ErrorIs(t, err, payment.ErrNotPending)
					require.Equal(t, was, p)
				} else {
					require.Equal(t, payment.Returned, p.Status)
				}
			} else {
				r := payment.Result{
					Outcome: rapid.SampledFrom(outcomes).Draw(t, "outcome"),
					Amount:  money.New(rapid.SampledFrom([]int64{1990, 1990, 1990, 1, 0}).Draw(t, "amount"), "BDT"),
				}
				changed, err := p.Apply(r, now)
				if err != nil {
					require.ErrorIs(t, err, payment.ErrAmountDiffers)
					require.Equal(t, payment.Held, p.Status)
					require.NotEqual(t, price, r.Amount)
				}
				require.Equal(t, changed, p.Status != was.Status, "no answer here carries a next action")
			}
			voided := was.Status == payment.Reserved && p.Status == payment.Cancelled // a promise that ran out
			require.True(t, voided || rank[p.Status] >= rank[was.Status], "%s → %s", was.Status, p.Status)
			if was.Status == payment.Paid || was.Status == payment.Returned || was.Status == payment.Held {
				require.True(t, p.Status == was.Status || p.Status == payment.Returned && was.Status == payment.Paid)
			}
			require.Equal(t, price, p.Amount, "a payment never changes its amount")
			for _, e := range balanced(t, payment.EntriesFor(was.Status, p, now)) {
				books[e.Account] += e.Amount.Amount
			}
			require.Equal(t, expected(p.Status), clean(books), "what the books say follows from the status alone")
		}
	})
}

// expected is what the accounts of one payment hold in a status.
func expected(s payment.Status) map[payment.Account]int64 {
	switch s {
	case payment.Reserved:
		return map[payment.Account]int64{payment.Reserves: 1990, payment.ReservesOf: -1990}
	case payment.Paid:
		return map[payment.Account]int64{payment.Funds: 1990, payment.Sales: -1990}
	case payment.Created, payment.Processing, payment.Waiting, payment.Refused, payment.Cancelled, payment.Held, payment.Returned:
	}
	return map[payment.Account]int64{}
}

func clean(books map[payment.Account]int64) map[payment.Account]int64 {
	out := map[payment.Account]int64{}
	for a, n := range books {
		if n != 0 {
			out[a] = n
		}
	}
	return out
}

// balanced checks a posting as the database does: one id, one line per account, a sum of zero per currency, no zeros.
func balanced(t require.TestingT, entries []payment.Entry) []payment.Entry {
	sums, accounts := map[money.Currency]int64{}, map[payment.Account]bool{}
	for _, e := range entries {
		require.Equal(t, entries[0].PostingID, e.PostingID)
		require.Equal(t, payment.ID("pay_1"), e.PaymentID)
		require.Equal(t, "ord_1", e.OrderID)
		require.NotZero(t, e.Amount.Amount)
		require.False(t, accounts[e.Account])
		accounts[e.Account] = true
		sums[e.Amount.Currency] += e.Amount.Amount
	}
	for c, n := range sums {
		require.Zero(t, n, c)
	}
	return entries
}

func TestPostingsOfAllMoves(t *testing.T) {
	ids := map[string]bool{}
	for _, was := range statuses {
		for _, now := range statuses {
			entries := balanced(t, payment.EntriesFor(was, in(now), at))
			require.Equal(t, was != now && (len(expected(was)) > 0 || len(expected(now)) > 0), len(entries) > 0, "%s → %s", was, now)
			if len(entries) > 0 {
				require.False(t, ids[entries[0].PostingID], "two moves share a posting")
				ids[entries[0].PostingID] = true
			}
		}
	}
	free := in(payment.Paid)
	free.Amount = money.Zero("BDT")
	require.Empty(t, payment.EntriesFor(payment.Created, free, at), "the ledger holds no zeros")
}

func TestAnotherAmountIsHeld(t *testing.T) {
	for _, amount := range []money.Money{money.New(1989, "BDT"), money.New(1990, "USD"), {}, money.New(-1990, "BDT")} {
		for _, o := range []payment.Outcome{payment.Captured, payment.Authorized} {
			for _, s := range statuses {
				p := in(s)
				changed, err := p.Apply(payment.Result{Outcome: o, Amount: amount, ProviderRef: "ref"}, at)
				if next := map[payment.Outcome]payment.Status{payment.Captured: payment.Paid, payment.Authorized: payment.Reserved}[o]; s == next || !s.CanBecome(next) {
					require.NoError(t, err)
					require.False(t, changed)
					continue
				}
				require.ErrorIs(t, err, payment.ErrAmountDiffers)
				require.True(t, changed)
				require.Equal(t, payment.Held, p.Status)
				require.Equal(t, "ref", p.ProviderRef, "staff must find it at the provider")
				require.Contains(t, p.Message, amount.Decimal())
			}
		}
	}
}

func TestApplyKeepsWhatIsKnown(t *testing.T) {
	p := in(payment.Created)
	p.ProviderRef = "known"
	later := at.Add(72 * time.Hour)
	_, err := p.Apply(payment.Result{Outcome: payment.Pending, ExpiresAt: later, Next: &payment.NextAction{Kind: "instructions", Instructions: "pay here"}}, at)
	require.NoError(t, err)
	require.Equal(t, "known", p.ProviderRef)
	require.Equal(t, later, p.ExpiresAt)
	require.NotNil(t, p.Next)
	_, err = p.Apply(payment.Result{Outcome: payment.Captured, Amount: price}, at)
	require.NoError(t, err)
	require.Equal(t, later, p.ExpiresAt)
	require.Nil(t, p.Next, "nothing is left to do")
}

func TestGiveBack(t *testing.T) {
	for _, s := range statuses {
		p := in(s)
		err := p.GiveBack(at)
		if s == payment.Paid || s == payment.Reserved {
			require.NoError(t, err)
			require.Equal(t, payment.Returned, p.Status)
			continue
		}
		require.ErrorIs(t, err, payment.ErrNotPending)
		require.Equal(t, in(s), p)
	}
}

func TestOnlyUnsettledPaymentsAreOpen(t *testing.T) {
	for _, s := range statuses {
		require.Equal(t, slices.Contains(statuses[:3], s), s.Open(), s)
	}
}
