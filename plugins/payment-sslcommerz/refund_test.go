package main

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-sslcommerz/fake"
	"github.com/halum-hut/halum/plugins/sdk"
)

func TestARefundTakesItsTime(t *testing.T) {
	for status, want := range map[string]sdk.RefundOutcome{"refunded": sdk.RefundSucceeded, "cancelled": sdk.RefundFailed} {
		t.Run(status, func(t *testing.T) {
			s := newShop(t)
			p := s.paid()
			r := s.refund(p, "ref_1", 50000)
			require.Equal(t, sdk.RefundPending, r.Outcome)
			require.Equal(t, taka(50000), r.Amount)
			require.Equal(t, r, s.getRefund(p, "ref_1", "", 50000))
			requireCaptured(t, s.get(p), price, 50000)
			s.settle(r.ProviderRef, status)
			got := s.getRefund(p, "ref_1", r.ProviderRef, 50000)
			require.Equal(t, want, got.Outcome)
			require.Equal(t, got.Outcome, s.refund(p, "ref_1", 50000).Outcome)
			back := int64(50000)
			if want == sdk.RefundFailed {
				back = 0
			}
			requireCaptured(t, s.get(p), price, back)
			s.books(p, 1, price, back)
		})
	}
}

func TestAReferenceSurvivesTheMemory(t *testing.T) {
	s := newShop(t)
	p := s.paid()
	r := s.refund(p, "ref_1", 50000)
	s.forget()
	require.Equal(t, sdk.RefundPending, s.getRefund(p, "ref_1", r.ProviderRef, 50000).Outcome)
	s.settle(r.ProviderRef, "refunded")
	require.Equal(t, sdk.RefundSucceeded, s.getRefund(p, "ref_1", r.ProviderRef, 50000).Outcome)
	require.Equal(t, sdk.RefundUnknown, s.getRefund(p, "ref_1", "", 50000).Outcome, "it may be there")
}

func TestNoMoreThanWasTaken(t *testing.T) {
	s := newShop(t)
	p := s.paid()
	require.Equal(t, "refund_too_large", s.refund(p, "ref_0", price+1).Code)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() { _, _ = s.tryRefund(t.Context(), p, fmt.Sprintf("ref_%d", i+1), price/4) })
	}
	wg.Wait()
	s.books(p, 1, price, price)
	requireCaptured(t, s.get(p), price, price)
	require.Equal(t, sdk.RefundNotFound, s.getRefund(p, "ref_9", "", 1).Outcome)
}

// A refund whose answer was lost is under way once, and a repeat says so.
func TestARefundIsNotDoneTwice(t *testing.T) {
	for _, kind := range []fake.Kind{fake.ErrorAfter, fake.HangAfter, fake.BreakAfter, fake.Gateway, fake.Huge} {
		t.Run(string(kind), func(t *testing.T) {
			s := newShop(t)
			p := s.paid()
			s.fake.Inject(fake.Fault{Field: "refund_trans_id", Kind: kind})
			r, err := s.tryRefund(s.soon(), p, "ref_1", 50000)
			require.NoError(t, err)
			require.Equal(t, sdk.RefundUnknown, r.Outcome)
			require.Len(t, s.fake.Seen("refund_trans_id"), 1, "it is sent once")
			require.Equal(t, sdk.RefundUnknown, s.getRefund(p, "ref_1", "", 50000).Outcome)
			requireCaptured(t, s.get(p), price, 50000)
			s.restart()
			require.Equal(t, sdk.RefundPending, s.refund(p, "ref_1", 50000).Outcome)
			require.Equal(t, sdk.RefundPending, s.refund(p, "ref_1", 50000).Outcome)
			require.Len(t, s.fake.Seen("refund_trans_id"), 2)
			s.books(p, 1, price, 50000)
		})
	}
}

// A no to a repeat does not say that the first was not done.
func TestANoAfterALostAnswerSaysNothing(t *testing.T) {
	s := newShop(t)
	p := s.paid()
	s.fake.Inject(fake.Fault{Field: "refund_trans_id", Kind: fake.ErrorAfter})
	require.Equal(t, sdk.RefundUnknown, s.refund(p, "ref_1", 50000).Outcome)
	for _, kind := range []fake.Kind{fake.Refusal, fake.Invalid, fake.Inactive, fake.RateLimit} {
		s.fake.Inject(fake.Fault{Field: "refund_trans_id", Kind: kind})
		require.Equal(t, sdk.RefundUnknown, s.refund(p, "ref_1", 50000).Outcome, kind)
	}
}

func TestRefundsThatDoNotBegin(t *testing.T) {
	s := newShop(t)
	p := s.paid()
	for kind, fault := range map[fake.Kind]sdk.FaultKind{fake.Inactive: sdk.FaultMisconfigured, fake.RateLimit: sdk.FaultUnavailable} {
		s.fake.Inject(fake.Fault{Field: "refund_trans_id", Kind: kind})
		_, err := s.tryRefund(t.Context(), p, "ref_1", price)
		requireFault(t, err, fault, "")
		require.Equal(t, sdk.RefundNotFound, s.getRefund(p, "ref_1", "", price).Outcome)
	}
	s.fake.Inject(fake.Fault{Field: "refund_trans_id", Kind: fake.Invalid})
	r := s.refund(p, "ref_2", 1000)
	require.Equal(t, sdk.RefundFailed, r.Outcome)
	require.Equal(t, r, s.refund(p, "ref_2", 1000), "the same answer again")
	requireCaptured(t, s.get(p), price, 0)

	require.Equal(t, sdk.RefundPending, s.refund(p, "ref_3", price).Outcome)
	require.Equal(t, "refund_too_large", s.refund(p, "ref_1", price).Code, "what is left is less by now")
	s.books(p, 1, price, price)
}

// The answer that another refund is under way is none about this one.
func TestAnotherRefundIsUnderWay(t *testing.T) {
	s := newShop(t)
	p := s.paid()
	require.Equal(t, sdk.RefundPending, s.refund(p, "ref_1", 1000).Outcome)
	s.fake.Inject(fake.Fault{Field: "refund_trans_id", Kind: fake.OtherRefund})
	require.Equal(t, "refund_in_progress", s.refund(p, "ref_2", 2000).Code)
	requireCaptured(t, s.get(p), price, 1000)
	s.books(p, 1, price, 1000)
}

// A payment that was paid twice goes back from both transactions.
func TestARefundOfTwoTransactions(t *testing.T) {
	s := newShop(t)
	p, page := s.opened()
	s.forget()
	in := s.sale()
	in.Payment, in.Payment.Ref = p, ""
	second, err := s.create(in)
	require.NoError(t, err)
	s.decide(page, "pay")
	s.decide(second.Next.RedirectURL, "pay")
	require.Equal(t, "refund_split", s.refund(p, "ref_1", 2*price).Code)
	require.Equal(t, sdk.RefundPending, s.refund(p, "ref_2", price).Outcome)
	require.Equal(t, sdk.RefundPending, s.refund(p, "ref_3", price).Outcome)
	require.Equal(t, "refund_too_large", s.refund(p, "ref_4", 100).Code)
	requireCaptured(t, s.get(p), 2*price, 2*price)
	s.books(p, 2, 2*price, 2*price)
}

func TestRefundsThatCannotBe(t *testing.T) {
	s := newShop(t)
	waiting, _ := s.opened()
	_, err := s.tryRefund(t.Context(), waiting, "ref_1", 1000)
	requireFault(t, err, sdk.FaultInvalid, "payment")
	p := s.paid()
	_, err = s.tryRefund(t.Context(), p, "a refund with a name that is far too long", 1000)
	requireFault(t, err, sdk.FaultInvalid, "refund_id")
	_, err = s.tryRefund(t.Context(), p, "ref_1", 0)
	requireFault(t, err, sdk.FaultInvalid, "amount")
	require.Equal(t, sdk.RefundPending, s.refund(p, "ref_1", 1000).Outcome)
	_, err = s.tryRefund(t.Context(), p, "ref_1", 2000)
	requireFault(t, err, sdk.FaultInvalid, "amount")

	s.plugin = newPlugin(openStore("", s.clock.now), s.clock.now)
	d, err := s.plugin.Describe(t.Context(), s.account)
	require.NoError(t, err)
	require.False(t, d.Capabilities.Refund)
	require.Equal(t, "refunds_off", s.refund(p, "ref_2", 1000).Code)
}
