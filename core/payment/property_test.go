package payment_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
)

// history is a payment with all that belongs to it, and the books of every currency.
type history struct {
	p        payment.Payment
	moves    []payment.Move
	disputes map[string]payment.Dispute
	books    map[money.Currency]balance
	posted   map[string]bool
	accepted bool // staff took unfit money for the order
	now      time.Time
}

func newHistory() *history {
	return &history{
		p: fresh(), disputes: map[string]payment.Dispute{}, books: map[money.Currency]balance{}, posted: map[string]bool{}, now: at,
	}
}

// step does something to the payment, books it and checks what must hold at any time.
func (h *history) step(t *rapid.T, do func() error) {
	was := h.p
	h.now = h.now.Add(time.Second)
	err := do()
	h.book(t, was)
	h.check(t, was, err)
}

func (h *history) book(t *rapid.T, was payment.Payment) {
	entries := payment.EntriesFor(was, h.p, h.now)
	if len(entries) == 0 {
		return
	}
	total(t, entries)
	require.False(t, h.posted[entries[0].PostingID], "two changes share a posting")
	h.posted[entries[0].PostingID] = true
	for _, e := range entries {
		if h.books[e.Amount.Currency] == nil {
			h.books[e.Amount.Currency] = balance{}
		}
		h.books[e.Amount.Currency][e.Account] += e.Amount.Amount
	}
}

func (h *history) check(t *rapid.T, was payment.Payment, err error) {
	p := h.p
	require.True(t, p.Status == was.Status || was.Status.CanBecome(p.Status), "%s → %s", was.Status, p.Status)
	require.GreaterOrEqual(t, p.Captured.Amount, was.Captured.Amount, "what came in came in")
	require.LessOrEqual(t, p.Captured.Amount, p.Amount.Amount)
	for _, n := range []money.Money{p.Captured, p.Refunded, p.Refunding, p.Disputed, p.Lost, p.Promised(), p.Refundable()} {
		require.GreaterOrEqual(t, n.Amount, int64(0))
		require.Equal(t, p.Amount.Currency, n.Currency)
	}
	require.LessOrEqual(t, p.Refunded.Amount+p.Refunding.Amount, p.Captured.Amount, "more goes back than came in")
	require.Equal(t, price, p.Asked)
	require.Equal(t, p.Version != was.Version, !equal(p, was), "a change has a version, and nothing else has one: %v", err)
	require.True(t, p.Version == was.Version || p.UpdatedAt.Equal(h.now))
	if !h.accepted && p.HasMoney() && p.Unfit == "" {
		require.Equal(t, price, p.Amount, "another amount than asked counts as paid")
	}
	require.True(t, was.Unfit == "" || p.Unfit != "" || h.accepted, "only staff takes unfit money for the order")
	for c, books := range h.books {
		want := balance{}
		if c == p.Amount.Currency {
			want = clean(p.Balance())
		}
		require.Equal(t, want, clean(books), "the books of %s", c)
	}
	if _, booked := h.books[p.Amount.Currency]; !booked {
		require.Empty(t, clean(p.Balance()))
	}
}

func equal(a, b payment.Payment) bool {
	a.UpdatedAt, b.UpdatedAt = at, at
	return fmt.Sprint(a.Next) == fmt.Sprint(b.Next) && func() bool { a.Next, b.Next = nil, nil; return a == b }()
}

var amounts = rapid.SampledFrom([]money.Money{
	price, price, price, price, price, bdt(0), bdt(1), bdt(990), bdt(1989), bdt(1991), bdt(-1), money.New(1990, "USD"), money.New(5, "USD"), {},
})

var outcomes = rapid.SampledFrom([]payment.Outcome{
	payment.Captured, payment.Captured, payment.Authorized, payment.Authorized, payment.Pending, payment.RequiresAction, payment.Declined,
	payment.Voided, payment.Expired, payment.Unknown, payment.NoSuchPayment, payment.Succeeded, payment.Failed, "never heard of",
})

func anyResult(t *rapid.T) payment.Result {
	r := payment.Result{
		Outcome: outcomes.Draw(t, "outcome"), Amount: amounts.Draw(t, "amount"), ProviderRef: rapid.SampledFrom([]string{"", "ref", "other"}).Draw(t, "ref"),
	}
	if rapid.Bool().Draw(t, "totals") {
		r.Captured, r.Refunded = amounts.Draw(t, "captured"), amounts.Draw(t, "refunded")
	}
	if r.Outcome == payment.RequiresAction {
		r.Next = &payment.NextAction{Kind: "redirect", URL: rapid.SampledFrom([]string{"https://a.example", "https://b.example"}).Draw(t, "url")}
	}
	return r
}

// answer applies a result, and settles the captures that it may be the answer to.
func (h *history) answer(t *rapid.T, r payment.Result, closing bool) {
	h.step(t, func() error {
		before := h.p.Captured
		_, external, err := h.p.Apply(r, closing, h.now)
		if external.Amount > 0 {
			h.moves = append(h.moves, h.p.ExternalRefund(payment.MoveID(fmt.Sprint("ref_x", len(h.moves))), external, "", h.now))
		}
		for i := range h.moves {
			if h.moves[i].Kind == payment.CaptureMove {
				h.p.SettleCapture(&h.moves[i], before, r, h.now)
			}
		}
		return err
	})
}

// TestWhateverHappensTheMoneyAddsUp lets anything be said and asked for, possible or not, in any order and any number of
// times.
func TestWhateverHappensTheMoneyAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory()
		var said []payment.Result
		t.Repeat(map[string]func(*rapid.T){
			"answer": func(t *rapid.T) {
				r := anyResult(t)
				said = append(said, r)
				h.answer(t, r, rapid.Bool().Draw(t, "closing"))
			},
			"repeat": func(t *rapid.T) {
				if len(said) > 0 {
					h.answer(t, rapid.SampledFrom(said).Draw(t, "again"), false)
				}
			},
			"capture": func(t *rapid.T) {
				m, err := h.p.BeginCapture(payment.MoveID(fmt.Sprint("cap_", len(h.moves))), amounts.Draw(t, "amount"), rapid.Bool().Draw(t, "final"), h.moves, "staff", h.now)
				if err == nil {
					require.LessOrEqual(t, h.p.Captured.Amount+m.Amount.Amount, h.p.Amount.Amount, "more is taken than was promised")
					h.moves = append(h.moves, m)
				}
			},
			"refund": func(t *rapid.T) {
				h.step(t, func() error {
					m, err := h.p.BeginRefund(payment.MoveID(fmt.Sprint("ref_", len(h.moves))), amounts.Draw(t, "amount"), "other", "staff", h.now)
					if err == nil {
						h.moves = append(h.moves, m)
					}
					return err
				})
			},
			"refund answered": func(t *rapid.T) {
				refunds := slices.DeleteFunc(slices.Clone(h.moves), func(m payment.Move) bool { return m.Kind != payment.RefundMove })
				if len(refunds) == 0 {
					return
				}
				id := rapid.SampledFrom(refunds).Draw(t, "refund").ID
				i := slices.IndexFunc(h.moves, func(m payment.Move) bool { return m.ID == id })
				h.step(t, func() error {
					_, err := h.p.SettleRefund(&h.moves[i], payment.MoveResult{Outcome: rapid.SampledFrom([]payment.Outcome{
						payment.Succeeded, payment.Pending, payment.Failed, payment.Unknown, payment.NoSuchPayment,
					}).Draw(t, "outcome"), Amount: amounts.Draw(t, "amount")}, h.now)
					return err
				})
			},
			"dispute": func(t *rapid.T) {
				ref := rapid.SampledFrom([]string{"dis_1", "dis_2"}).Draw(t, "dispute")
				h.step(t, func() error {
					known := h.disputes[ref]
					changed, err := h.p.TakeDispute(&known, payment.Dispute{Ref: ref, Amount: amounts.Draw(t, "amount"), Status: rapid.SampledFrom([]payment.DisputeStatus{
						payment.DisputeOpen, payment.DisputeReview, payment.DisputeWon, payment.DisputeLost,
					}).Draw(t, "status")}, h.now)
					if changed {
						h.disputes[ref] = known
					}
					return err
				})
			},
			"misfit": func(t *rapid.T) {
				why := rapid.SampledFrom([]payment.Misfit{payment.OrderCancelled, payment.SecondPayment}).Draw(t, "why")
				h.step(t, func() error { h.p.Misfits(why, h.now); return nil })
			},
			"accept": func(t *rapid.T) {
				h.accepted = h.accepted || h.p.Unfit != "" && h.p.HasMoney()
				h.step(t, func() error { return h.p.Accept(h.now) })
			},
		})
	})
}

// TestTheTruthDoesNotDependOnTheOrderOfItsNews plays a payment at a provider and tells of every state it took, in any
// order and any number of times, while we give back some ourselves. Once the present state is asked for, the books say
// what the provider's say.
func TestTheTruthDoesNotDependOnTheOrderOfItsNews(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory()
		at := func(o payment.Outcome, captured, refunded int64) payment.Result {
			return payment.Result{Outcome: o, Amount: price, Captured: bdt(captured), Refunded: bdt(refunded), ProviderRef: "ref"}
		}
		news := []payment.Result{
			{Outcome: payment.Pending, ProviderRef: "ref"},
			{Outcome: payment.RequiresAction, ProviderRef: "ref", Next: &payment.NextAction{Kind: "redirect", URL: "https://bank.example"}},
		}
		// A promise is known before somebody takes some of it.
		captured, refunded, promised := price.Amount, int64(0), rapid.Bool().Draw(t, "promised first")
		if promised {
			h.answer(t, at(payment.Authorized, 0, 0), false)
			captured = 0
			for range rapid.IntRange(1, 4).Draw(t, "captures") {
				if captured += rapid.Int64Range(1, max(1, price.Amount-captured)).Draw(t, "captured"); captured >= price.Amount {
					captured = price.Amount
				}
				news = append(news, at(payment.Captured, captured, 0))
			}
		}
		news = append(news, at(payment.Captured, captured, 0))
		for range rapid.IntRange(0, 3).Draw(t, "refunds on their pages") {
			refunded += rapid.Int64Range(0, captured-refunded).Draw(t, "refunded")
			news = append(news, at(payment.Captured, captured, refunded))
		}
		for range rapid.IntRange(0, 30).Draw(t, "news") {
			h.answer(t, rapid.SampledFrom(news).Draw(t, "said"), false)
			if left := h.p.Refundable().Amount; left > 0 && refunded < captured && rapid.IntRange(0, 4).Draw(t, "refund") == 0 {
				h.refundSome(t, min(left, captured-refunded), &refunded)
				news = append(news, at(payment.Captured, captured, refunded))
			}
		}
		h.answer(t, news[len(news)-1], false)
		require.Equal(t, bdt(captured), h.p.Captured)
		require.Equal(t, bdt(refunded), h.p.Refunded)
		require.Zero(t, h.p.Refunding.Amount)
		require.Empty(t, h.p.Unfit)
		require.Equal(t, captured == price.Amount, h.p.Status == payment.Paid)
		require.Equal(t, captured < price.Amount, h.p.Status == payment.Reserved)
	})
}

// refundSome gives back some of the money, at once or after a while; the provider's total grows by it.
func (h *history) refundSome(t *rapid.T, most int64, refunded *int64) {
	amount := bdt(rapid.Int64Range(1, most).Draw(t, "ours"))
	var m payment.Move
	h.step(t, func() (err error) {
		m, err = h.p.BeginRefund(payment.MoveID(fmt.Sprint("ref_", h.p.Version)), amount, "other", "staff", h.now)
		require.NoError(t, err)
		return err
	})
	*refunded += amount.Amount
	for _, o := range []payment.Outcome{payment.Pending, payment.Succeeded, payment.Pending, payment.Succeeded} {
		h.step(t, func() error {
			_, err := h.p.SettleRefund(&m, payment.MoveResult{Outcome: o, Amount: amount}, h.now)
			return err
		})
	}
}
