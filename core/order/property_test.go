package order_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
)

// shop is an order with its payments, settled as the use cases do: after every change of a payment.
type shop struct {
	o         order.Order
	payments  []payment.Payment
	refunds   []payment.Move
	released  int
	told      map[string]int
	announced map[payment.ID]bool
	now       time.Time
}

func newShop() *shop {
	return &shop{o: placed(order.Pending), told: map[string]int{}, announced: map[payment.ID]bool{}, now: at}
}

func (s *shop) others(i int) []payment.Payment {
	return slices.Delete(slices.Clone(s.payments), i, i+1)
}

func (s *shop) begin() {
	id := payment.ID(fmt.Sprint("pay_", len(s.payments)))
	s.payments = append(s.payments, payment.New(id, "ord_1", provider.Account{Plugin: "sandbox"}, "card", s.o.Total, s.now))
}

// change does something to a payment and settles the order.
func (s *shop) change(t *rapid.T, i int, do func(*payment.Payment)) {
	p, before, was := &s.payments[i], s.payments[i], s.o
	s.now = s.now.Add(time.Second)
	do(p)
	if p.Version == before.Version {
		return
	}
	s.settle(t, i, before)
	s.check(t, was)
	again, o := s.payments[i], s.o
	facts, release := o.Settle(&again, again, s.others(i), s.now)
	require.Empty(t, facts, "settling twice says nothing new")
	require.False(t, release)
	require.Equal(t, s.o, o)
}

func (s *shop) settle(t *rapid.T, i int, before payment.Payment) {
	facts, release := s.o.Settle(&s.payments[i], before, s.others(i), s.now)
	if release {
		s.released++
	}
	s.tell(t, facts...)
}

func (s *shop) tell(t *rapid.T, facts ...event.Fact) {
	for _, f := range facts {
		s.told[f.Kind()]++
		if unfit, ok := f.(order.UnfitFact); ok {
			s.announced[unfit.Payment] = true
			require.NotEmpty(t, unfit.Why)
		}
	}
}

var rank = map[order.Status]int{order.Pending: 0, order.Confirmed: 1, order.Fulfilled: 2, order.Cancelled: 3}

func (s *shop) check(t *rapid.T, was order.Order) {
	require.GreaterOrEqual(t, rank[s.o.Status], rank[was.Status], "%s → %s", was.Status, s.o.Status)
	require.False(t, was.Status == order.Fulfilled && s.o.Status == order.Cancelled, "what was sent is not cancelled")
	require.Equal(t, s.o.Status == order.Cancelled, s.released == 1, "stock is released once, when the order ends without a sale")
	require.LessOrEqual(t, s.told[order.KindConfirmed], 1)
	require.LessOrEqual(t, s.told[order.KindCancelled], 1)
	good, misfits := 0, 0
	for _, p := range s.payments {
		switch {
		case p.Unfit != "" && p.HasMoney():
			misfits++
			require.True(t, s.announced[p.ID], "money that cannot be for the order goes unnoticed")
		case p.Good() && p.HasMoney():
			good++
			require.Equal(t, s.o.Total, p.Amount, "another amount counts as paid")
		}
	}
	require.LessOrEqual(t, good, 1, "an order is paid once")
	require.Equal(t, misfits > 0, s.o.Payment == order.UnfulfillablePaid)
	if s.o.Status == order.Cancelled {
		require.Zero(t, good, "a cancelled order keeps money")
	}
	if slices.Contains([]order.PaymentStatus{order.Paid, order.PartlyPaid, order.Authorized, order.PartlyRefunded}, s.o.Payment) {
		require.Equal(t, 1, good)
	}
	if s.o.Status != order.Pending && was.Status == order.Pending && s.o.Status != order.Cancelled {
		require.Equal(t, 1, s.told[order.KindConfirmed])
	}
	said := map[order.PaymentStatus]bool{}
	for i := range s.payments {
		p, o := s.payments[i], s.o
		o.Settle(&p, p, s.others(i), s.now)
		require.Equal(t, s.o.Status, o.Status)
		said[o.Payment] = true
	}
	require.Len(t, said, 1, "the status is a function of the payments, not of which of them changed last")
}

var (
	outcomes = rapid.SampledFrom([]payment.Outcome{
		payment.Captured, payment.Captured, payment.Authorized, payment.Authorized, payment.Pending, payment.RequiresAction, payment.Declined,
		payment.Voided, payment.Expired, payment.Unknown, payment.NoSuchPayment,
	})
	amounts = rapid.SampledFrom([]money.Money{bdt(100), bdt(100), bdt(100), bdt(100), bdt(100), bdt(100), bdt(100), bdt(100), bdt(99), money.New(100, "USD")})
)

// TestStockAndMoneyAgree lets an order have payments of which anything may become, in any order, while staff sends,
// cancels and gives back: an order is paid once, and money that cannot be for it never counts and is always announced.
func TestStockAndMoneyAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newShop()
		for range rapid.IntRange(1, 3).Draw(t, "tries") {
			s.begin()
		}
		some := func(t *rapid.T) int { return rapid.IntRange(0, len(s.payments)-1).Draw(t, "payment") }
		t.Repeat(map[string]func(*rapid.T){
			"another try": func(*rapid.T) {
				if len(s.payments) < 4 && s.o.Status == order.Pending {
					s.begin()
				}
			},
			"answer": func(t *rapid.T) {
				r := payment.Result{Outcome: outcomes.Draw(t, "outcome"), Amount: amounts.Draw(t, "amount")}
				if r.Captured.Currency = r.Amount.Currency; r.Outcome == payment.Captured && rapid.Bool().Draw(t, "in part") {
					r.Captured.Amount = 40
				}
				closing := rapid.Bool().Draw(t, "closing")
				s.change(t, some(t), func(p *payment.Payment) { _, _, _ = p.Apply(r, closing, s.now) })
			},
			"refund": func(t *rapid.T) {
				amount := rapid.Int64Range(1, 100).Draw(t, "amount")
				s.change(t, some(t), func(p *payment.Payment) {
					id := payment.MoveID(fmt.Sprint("ref_", len(s.refunds)))
					if m, err := p.BeginRefund(id, money.New(amount, p.Amount.Currency), "other", "staff", s.now); err == nil {
						s.refunds = append(s.refunds, m)
					}
				})
			},
			"refund answered": func(t *rapid.T) {
				if len(s.refunds) == 0 {
					return
				}
				m := &s.refunds[rapid.IntRange(0, len(s.refunds)-1).Draw(t, "refund")]
				r := payment.MoveResult{Outcome: rapid.SampledFrom([]payment.Outcome{payment.Succeeded, payment.Pending, payment.Failed}).Draw(t, "outcome")}
				i := slices.IndexFunc(s.payments, func(p payment.Payment) bool { return p.ID == m.PaymentID })
				s.change(t, i, func(p *payment.Payment) { _, _ = p.SettleRefund(m, r, s.now) })
			},
			"fulfil": func(t *rapid.T) {
				was := s.o.Status
				f, err := s.o.Fulfil("T-1", s.now)
				require.Equal(t, was == order.Confirmed, err == nil)
				if err == nil {
					s.tell(t, f)
				}
			},
			"cancel": func(t *rapid.T) { s.cancel(t) },
		})
	})
}

// cancel does what the use case does: stock first, then whatever money there is.
func (s *shop) cancel(t *rapid.T) {
	was := s.o
	f, err := s.o.Cancel("staff", s.now)
	require.Equal(t, rank[was.Status] < rank[order.Fulfilled], err == nil)
	if err != nil {
		return
	}
	s.released++
	s.tell(t, f)
	for i := range s.payments {
		before := s.payments[i]
		if s.payments[i].HasMoney() && s.payments[i].Misfits(payment.OrderCancelled, s.now) {
			s.settle(t, i, before)
		}
	}
	s.check(t, was)
}

// TestNewsInAnyOrderEndTheSame tells an order of the states its payment took, in any order and any number of times: once
// the last one is told, the order is where it would be had they come in turn.
func TestNewsInAnyOrderEndTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		said := func(o payment.Outcome, refunded int64) payment.Result {
			return payment.Result{Outcome: o, Amount: bdt(100), Refunded: bdt(refunded), Next: map[bool]*payment.NextAction{
				true: {Kind: "redirect", URL: "https://bank.example"},
			}[o == payment.RequiresAction]}
		}
		story := []payment.Result{
			said(payment.Pending, 0), said(payment.RequiresAction, 0), said(payment.Pending, 0), said(payment.Authorized, 0),
			said(payment.Captured, 0), said(payment.Captured, 30), said(payment.Captured, 100),
		}
		end := rapid.IntRange(3, len(story)-1).Draw(t, "end")
		inTurn, shuffled := newShop(), newShop()
		inTurn.begin()
		shuffled.begin()
		tell := func(s *shop, r payment.Result) {
			s.change(t, 0, func(p *payment.Payment) {
				_, _, err := p.Apply(r, false, s.now)
				require.NoError(t, err)
			})
		}
		for _, r := range story[:end+1] {
			tell(inTurn, r)
		}
		for range rapid.IntRange(0, 20).Draw(t, "news") {
			tell(shuffled, story[rapid.IntRange(0, end).Draw(t, "said")])
		}
		tell(shuffled, story[end])
		require.Equal(t, inTurn.o.Status, shuffled.o.Status)
		require.Equal(t, inTurn.o.Payment, shuffled.o.Payment)
		a, b := inTurn.payments[0], shuffled.payments[0]
		for _, p := range []*payment.Payment{&a, &b} { // how often it changed, and until when a promise would have held
			p.Version, p.UpdatedAt, p.ExpiresAt = 0, at, at
		}
		require.Equal(t, a, b)
		require.Equal(t, 1, shuffled.told[order.KindConfirmed])
	})
}
