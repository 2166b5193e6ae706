package main

import (
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-bkash/fake"
	"github.com/halum-hut/halum/plugins/sdk"
)

const refundSuffix = "/refund/payment/transaction"

func TestADoubtfulRefundIsDoneOnce(t *testing.T) {
	for _, c := range []struct {
		kind fake.Kind
		done bool // by the first call
	}{
		{fake.ErrorAfter, true},
		{fake.HangAfter, true},
		{fake.BreakAfter, true},
		{fake.Gateway, true},
		{fake.Huge, true},
		{fake.ErrorBefore, false},
		{fake.HangBefore, false},
		{fake.Maintenance, false},
		{fake.Duplicate, false},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			s := newShop(t)
			p := s.paid()
			require.Equal(t, sdk.RefundSucceeded, s.refund(p, "ref_1", 5000).Outcome)
			s.fake.Inject(fake.Fault{Suffix: refundSuffix, Kind: c.kind})
			r, err := s.tryRefund(s.soon(), p, "ref_2", 5000)
			require.NoError(t, err)
			if c.done {
				require.Equal(t, sdk.RefundSucceeded, r.Outcome)
			} else {
				require.Equal(t, sdk.RefundUnknown, r.Outcome)
				require.Equal(t, sdk.RefundUnknown, s.refund(p, "ref_2", 5000).Outcome, "it may still be on its way")
				require.Equal(t, sdk.RefundUnknown, s.getRefund(p, "ref_2", "", 5000).Outcome)
				s.books(p, 1, 199900, 5000)
				s.clock.advance(flight + time.Second)
				require.Equal(t, sdk.RefundNotFound, s.getRefund(p, "ref_2", "", 5000).Outcome)
			}
			s.restart()
			again := s.refund(p, "ref_2", 5000)
			require.Equal(t, sdk.RefundSucceeded, again.Outcome)
			require.Equal(t, again, s.getRefund(p, "ref_2", "", 5000))
			require.Equal(t, again, s.getRefund(p, "ref_2", again.ProviderRef, 5000))
			require.NotEqual(t, again.ProviderRef, s.refund(p, "ref_1", 5000).ProviderRef)
			s.books(p, 1, 199900, 10000)
			require.Equal(t, taka(10000), s.get(p).Refunded)
		})
	}
}

// The process dies after it has sent a refund, and the list shows one of the same amount that is not ours.
func TestARefundIsNotTakenForAnother(t *testing.T) {
	s := newShop(t)
	p := s.paid()
	s.inPortal(p, 5000)
	require.Equal(t, sdk.RefundNotFound, s.getRefund(p, "ref_1", "", 5000).Outcome)
	s.fake.Inject(fake.Fault{Suffix: refundSuffix, Kind: fake.ErrorBefore})
	require.Equal(t, sdk.RefundUnknown, s.refund(p, "ref_1", 5000).Outcome)
	s.clock.advance(flight + time.Second)
	require.Equal(t, sdk.RefundSucceeded, s.refund(p, "ref_1", 5000).Outcome)
	s.books(p, 1, 199900, 10000)

	s.fake.Inject(fake.Fault{Suffix: refundSuffix, Kind: fake.ErrorBefore})
	require.Equal(t, sdk.RefundUnknown, s.refund(p, "ref_2", 700).Outcome)
	s.inPortal(p, 700)
	s.inPortal(p, 700)
	s.clock.advance(flight + time.Second)
	require.Equal(t, sdk.RefundUnknown, s.refund(p, "ref_2", 700).Outcome, "two could be it")
}

func (s *shop) inPortal(p sdk.Payment, minor int64) {
	s.t.Helper()
	s.post(s.url+"/_fake/payments/"+p.Ref+"/refund", url.Values{"amount": {strconv.FormatInt(minor, 10)}})
}

func TestRefundsOfAForgottenPayment(t *testing.T) {
	s := newShop(t)
	p := s.paid()
	first := s.refund(p, "ref_1", 5000)
	s.forget()
	require.Equal(t, sdk.RefundUnknown, s.refund(p, "ref_2", 5000).Outcome, "it cannot be told from the one that is there")
	require.Equal(t, sdk.RefundUnknown, s.getRefund(p, "ref_2", "", 5000).Outcome)
	require.Equal(t, first, s.getRefund(p, "ref_1", first.ProviderRef, 5000))
	require.Equal(t, sdk.RefundSucceeded, s.refund(p, "ref_3", 6000).Outcome)
	s.books(p, 1, 199900, 11000)
	require.Equal(t, sdk.RefundUnknown, s.refund(p, "ref_1", 5000).Outcome, "what is remembered since does not say what was before")

	s.fake.TellSKU = true
	s.forget()
	require.Equal(t, first, s.refund(p, "ref_1", 5000), "bKash says whose it is")
	require.Equal(t, first, s.getRefund(p, "ref_1", "", 5000))
	s.books(p, 1, 199900, 11000)
}

func TestRefundsThatAreRefused(t *testing.T) {
	s := newShop(t)
	p := s.paid()
	require.Equal(t, "refund_too_large", s.refund(p, "ref_1", 199901).Code)
	require.Empty(t, s.fake.Seen(refundSuffix))
	for field, try := range map[string]func() error{
		"amount":    func() error { _, err := s.tryRefund(t.Context(), p, "ref_2", 0); return err },
		"refund_id": func() error { _, err := s.tryRefund(t.Context(), p, "", 100); return err },
		"payment": func() error {
			_, err := s.tryRefund(t.Context(), sdk.Payment{ID: "pay_never"}, "ref_2", 100)
			return err
		},
	} {
		requireFault(t, try(), sdk.FaultInvalid, field)
	}
	waiting, _ := s.opened()
	_, err := s.tryRefund(t.Context(), waiting, "ref_3", 100)
	requireFault(t, err, sdk.FaultInvalid, "payment")

	in := s.sale()
	in.Payment.Amount = taka(fake.NoRefunds)
	r, err := s.plugin.CreatePayment(t.Context(), in)
	require.NoError(t, err)
	in.Payment.Ref = r.ProviderRef
	require.Equal(t, sdk.Captured, s.goOn(t.Context(), in.Payment, s.decide(r.Next.RedirectURL, "approve")).Outcome)
	for range 2 {
		got := s.refund(in.Payment, "ref_4", 100)
		require.Equal(t, sdk.RefundFailed, got.Outcome)
		require.Equal(t, "insufficient_balance", got.Code)
		require.True(t, got.Retryable)
	}
	require.Equal(t, sdk.RefundFailed, s.getRefund(in.Payment, "ref_4", "", 100).Outcome)
	require.Len(t, s.fake.Seen(refundSuffix), 1)
}

// The documentation does not say how bKash answers that nothing was given back.
func TestAnOddWayToSayThatThereAreNoRefunds(t *testing.T) {
	s := newShop(t)
	p := s.paid()
	s.fake.Inject(fake.Fault{Suffix: "/refund/payment/status", Kind: fake.OddCode, Times: -1})
	r := s.get(p)
	require.Equal(t, sdk.Captured, r.Outcome)
	require.Zero(t, r.Refunded.Minor)
	s.fake.Inject(fake.Fault{Suffix: refundSuffix, Kind: fake.ErrorAfter})
	require.Equal(t, sdk.RefundUnknown, s.refund(p, "ref_1", 5000).Outcome)
	s.clock.advance(flight + time.Second)
	require.Equal(t, sdk.RefundUnknown, s.refund(p, "ref_1", 5000).Outcome, "now it could mean anything")
	require.Equal(t, sdk.Unknown, s.get(p).Outcome)
	s.fake.Heal()
	require.Equal(t, sdk.RefundSucceeded, s.refund(p, "ref_1", 5000).Outcome)
	s.books(p, 1, 199900, 5000)
}

func TestARefundThatWasTurnedAwayNeedNotWait(t *testing.T) {
	s := newShop(t)
	p := s.paid()
	s.fake.Inject(fake.Fault{Suffix: refundSuffix, Kind: fake.RateLimit})
	_, err := s.tryRefund(t.Context(), p, "ref_1", 5000)
	requireFault(t, err, sdk.FaultUnavailable, "")
	require.Equal(t, sdk.RefundSucceeded, s.refund(p, "ref_1", 5000).Outcome)
	s.books(p, 1, 199900, 5000)
}

func TestWithoutAFolderThereAreNoRefunds(t *testing.T) {
	s := newShop(t)
	t.Setenv("TMPDIR", t.TempDir())
	s.plugin = newPlugin(openStore("", s.clock.now), s.clock.now)
	about, err := s.plugin.Describe(t.Context(), s.account)
	require.NoError(t, err)
	require.False(t, about.Capabilities.Refund)
	p := s.paid()
	require.Equal(t, "refunds_off", s.refund(p, "ref_1", 100).Code)
	s.books(p, 1, 199900, 0)
}
