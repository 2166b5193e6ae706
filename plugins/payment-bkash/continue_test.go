package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-bkash/fake"
	"github.com/halum-hut/halum/plugins/sdk"
)

func TestADoubtfulExecutionIsAskedAfter(t *testing.T) {
	for _, c := range []struct {
		kind   fake.Kind
		first  sdk.Outcome
		before int // charges until then
	}{
		{fake.ErrorAfter, sdk.Captured, 1},
		{fake.HangAfter, sdk.Captured, 1},
		{fake.BreakAfter, sdk.Captured, 1},
		{fake.Gateway, sdk.Captured, 1},
		{fake.Huge, sdk.Captured, 1},
		{fake.WrongOrder, sdk.Captured, 1},
		{fake.ErrorBefore, sdk.Unknown, 0},
		{fake.HangBefore, sdk.Unknown, 0},
		{fake.Maintenance, sdk.Unknown, 0},
		{fake.OddCode, sdk.Unknown, 0},
		{fake.RateLimit, sdk.RequiresAction, 0},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			s := newShop(t)
			p, params := s.approved()
			s.fake.Inject(fake.Fault{Suffix: "/execute", Kind: c.kind})
			require.Equal(t, c.first, s.goOn(s.soon(), p, params).Outcome)
			s.books(p, c.before, int64(c.before)*199900, 0)
			require.Len(t, s.fake.Seen("/execute"), 1)
			if c.first == sdk.Unknown {
				require.Equal(t, sdk.Unknown, s.goOn(t.Context(), p, params).Outcome, "it may still be on its way")
				require.Equal(t, sdk.Unknown, s.get(p).Outcome)
				require.Equal(t, sdk.Unknown, s.void(p).Outcome)
				require.Len(t, s.fake.Seen("/execute"), 1)
				s.clock.advance(flight + time.Second)
				require.Equal(t, sdk.RequiresAction, s.get(p).Outcome)
			}
			s.restart()
			r := s.goOn(t.Context(), p, params)
			require.Equal(t, sdk.Captured, r.Outcome)
			require.Equal(t, taka(199900), r.Captured)
			s.books(p, 1, 199900, 0)
		})
	}
}

func TestWhatTheShopperSays(t *testing.T) {
	for _, c := range []struct {
		name, decision string
		change         func(params map[string]string)
		want           sdk.Outcome
		code           string
		charges        int
	}{
		{"approved", "approve", nil, sdk.Captured, "", 1},
		{"approved and came back by another way", "approve", func(p map[string]string) { clear(p) }, sdk.Captured, "", 1},
		{"says to have approved", "cancel", func(p map[string]string) { p["status"] = "success" }, sdk.RequiresAction, "", 0},
		{"cancelled", "cancel", nil, sdk.Declined, "cancelled", 0},
		{"failed", "fail", nil, sdk.Declined, "payment_not_completed", 0},
		{"cancelled another payment", "approve", func(p map[string]string) { p["status"], p["paymentID"] = "cancel", "TR0011other" }, sdk.Captured, "", 1},
		{"has no money", "poor", nil, sdk.Declined, "insufficient_funds", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t)
			p, page := s.opened()
			params := s.decide(page, c.decision)
			if c.change != nil {
				c.change(params)
			}
			r := s.goOn(t.Context(), p, params)
			require.Equal(t, c.want, r.Outcome)
			require.Equal(t, c.code, r.Code)
			require.Equal(t, c.want, s.get(p).Outcome)
			s.books(p, c.charges, int64(c.charges)*199900, 0)
			if c.want == sdk.Declined {
				require.True(t, r.Retryable)
				require.Equal(t, sdk.Declined, s.goOn(t.Context(), p, map[string]string{"paymentID": p.Ref, "status": "success"}).Outcome)
				require.LessOrEqual(t, len(s.fake.Seen("/execute")), 1, "what was declined is never executed again")
			}
		})
	}
}

func TestAmountsAndOrdersMustAgree(t *testing.T) {
	t.Run("before", func(t *testing.T) {
		s := newShop(t)
		p, params := s.approved()
		s.fake.Inject(fake.Fault{Suffix: "/payment/status", Kind: fake.WrongAmount})
		r := s.goOn(t.Context(), p, params)
		require.Equal(t, "amount_differs", r.Code)
		require.Empty(t, s.fake.Seen("/execute"))
	})
	t.Run("after", func(t *testing.T) {
		s := newShop(t)
		p, params := s.approved()
		s.fake.Inject(fake.Fault{Suffix: "/execute", Kind: fake.WrongAmount})
		r := s.goOn(t.Context(), p, params)
		require.Equal(t, sdk.Captured, r.Outcome)
		require.Equal(t, taka(199901), r.Amount, "what bKash says, for the platform to compare")
	})
	t.Run("another order", func(t *testing.T) {
		s := newShop(t)
		p, params := s.approved()
		s.fake.Inject(fake.Fault{Suffix: "/payment/status", Kind: fake.WrongOrder})
		require.Equal(t, sdk.Unknown, s.goOn(t.Context(), p, params).Outcome)
		require.Empty(t, s.fake.Seen("/execute"))
	})
}

func TestADuplicateIsDeclinedOnce(t *testing.T) {
	s := newShop(t)
	p, params := s.approved()
	s.fake.Inject(fake.Fault{Suffix: "/execute", Kind: fake.Duplicate})
	require.Equal(t, "duplicate_transaction", s.goOn(t.Context(), p, params).Code)
	require.Equal(t, "duplicate_transaction", s.goOn(t.Context(), p, params).Code)
	require.Len(t, s.fake.Seen("/execute"), 1)
	s.books(p, 0, 0, 0)
}

func TestPaymentsExpire(t *testing.T) {
	s := newShop(t)
	p, params := s.approved()
	s.clock.advance(executeWithin + time.Minute)
	require.Equal(t, sdk.RequiresAction, s.goOn(t.Context(), p, params).Outcome)
	s.clock.advance(expiredAfter - executeWithin)
	require.Equal(t, sdk.Expired, s.goOn(t.Context(), p, params).Outcome)
	require.Equal(t, sdk.Expired, s.get(p).Outcome)
	require.Empty(t, s.fake.Seen("/execute"))
}

func TestAPaymentThatBkashForgot(t *testing.T) {
	s := newShop(t)
	p, _ := s.opened()
	s.fake.Inject(fake.Fault{Suffix: "/payment/status", Kind: fake.Forgotten, Times: -1})
	require.Equal(t, sdk.Unknown, s.get(p).Outcome)
	s.clock.advance(expiredAfter + time.Minute)
	require.Equal(t, sdk.Expired, s.get(p).Outcome, "nobody has executed it, and nobody can")
	require.Equal(t, sdk.Voided, s.void(p).Outcome)

	s.fake.Heal()
	p = s.paid()
	s.fake.Inject(fake.Fault{Suffix: "/payment/status", Kind: fake.Forgotten, Times: -1})
	s.clock.advance(expiredAfter + time.Minute)
	require.Equal(t, sdk.Unknown, s.get(p).Outcome, "other credentials may be set now")
	require.Equal(t, sdk.Unknown, s.void(p).Outcome)
}

func TestNobodyComesBack(t *testing.T) {
	s := newShop(t)
	p, page := s.opened()
	s.decide(page, "leave")
	require.Equal(t, sdk.RequiresAction, s.get(p).Outcome)
	require.Empty(t, s.fake.Seen("/execute"), "a question takes no money")
	p.Ref = ""
	require.Equal(t, sdk.RequiresAction, s.goOn(t.Context(), p, map[string]string{"status": "success"}).Outcome)
	require.Empty(t, s.fake.Seen("/execute"), "nor does a payment whose reference the platform does not have")
	_, err := s.plugin.Capture(t.Context(), sdk.Capture{Account: s.account, Payment: p, CaptureID: "cap_1", IdempotencyKey: "cap_1", Amount: p.Amount})
	requireFault(t, err, sdk.FaultInvalid, "payment")
}

func TestQuestionsWithoutAnAnswer(t *testing.T) {
	s := newShop(t)
	p := s.paid()
	s.fake.Inject(fake.Fault{Suffix: "/refund/payment/status", Kind: fake.ErrorBefore})
	require.Equal(t, sdk.Unknown, s.get(p).Outcome, "the totals are not known")
	s.fake.Inject(fake.Fault{Suffix: "/payment/status", Kind: fake.ErrorBefore})
	require.Equal(t, sdk.Unknown, s.get(p).Outcome)
	p.Ref = "TR0011never"
	require.Equal(t, sdk.Unknown, s.get(p).Outcome)
	r, err := s.plugin.ContinuePayment(t.Context(), sdk.ContinuePayment{Account: s.account, Payment: sdk.Payment{ID: "pay_never", Amount: taka(100)}})
	require.NoError(t, err)
	require.Equal(t, sdk.Unknown, r.Outcome)
}
