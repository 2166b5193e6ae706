package main

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-stripe/fake"
	"github.com/halum-hut/halum/plugins/sdk"
)

func taka(minor int64) sdk.Amount { return sdk.Amount{Minor: minor, Currency: "BDT"} }

func TestCapturePartReleasesTheRest(t *testing.T) {
	s := newShop(t)
	p := s.paid("pm_card_visa", true)
	r := s.capture(p, "cap_1", 120000, true)
	require.Equal(t, sdk.Captured, r.Outcome)
	require.Equal(t, []sdk.Amount{taka(199900), taka(120000), taka(0)}, []sdk.Amount{r.Amount, r.Captured, r.Refunded}, "what Stripe released is no refund")
	require.Equal(t, r, s.capture(p, "cap_1", 120000, true))
	require.Equal(t, "cap_1", s.fake.Seen("/capture")[0].Key)

	s.refund(p, "ref_1", 50000)
	require.Equal(t, taka(50000), s.get(p).Refunded)
}

func TestCaptureSeveralTimes(t *testing.T) {
	s := newShop(t)
	p := s.paid("pm_card_visa", true)
	require.Equal(t, "multicapture_off", s.capture(p, "cap_1", 50000, false).Code, "it would release the rest")
	require.Equal(t, sdk.Authorized, s.get(p).Outcome)

	s = newShop(t).with(map[string]any{"multicapture": true})
	p = s.paid("pm_card_visa", true)
	for i, want := range []int64{50000, 100000} {
		r := s.capture(p, []string{"cap_1", "cap_2"}[i], 50000, false)
		require.Equal(t, sdk.Captured, r.Outcome)
		require.Equal(t, taka(want), r.Captured)
	}
	require.Equal(t, taka(100000), s.capture(p, "cap_1", 50000, false).Captured, "a repeat takes nothing")
	require.Equal(t, "amount_too_large", s.capture(p, "cap_3", 100000, false).Code)
	r := s.void(p)
	require.Equal(t, sdk.Captured, r.Outcome, "what was taken stays")
	require.Equal(t, taka(100000), r.Captured)
	require.Equal(t, fake.Books{Charges: 1, Captured: 100000, Intents: 1}, s.fake.Books(p.ID))
}

func TestCaptureUnderFaults(t *testing.T) {
	for kind, want := range map[fake.Kind]struct{ first, again sdk.Outcome }{
		fake.ErrorAfter: {sdk.Unknown, sdk.Captured}, fake.ErrorBefore: {sdk.Unknown, sdk.Unknown}, fake.LockTimeout: {sdk.Captured, sdk.Captured},
	} {
		t.Run(string(kind), func(t *testing.T) {
			s := newShop(t)
			p := s.paid("pm_card_visa", true)
			s.fake.Inject(fake.Fault{Method: "POST", Suffix: "/capture", Kind: kind})
			require.Equal(t, want.first, s.capture(p, "cap_1", 199900, true).Outcome)
			require.Equal(t, want.again, s.capture(p, "cap_1", 199900, true).Outcome)
			require.Equal(t, 1, s.fake.Books(p.ID).Charges)
		})
	}
}

func TestCaptureOfWhatIsNotPromised(t *testing.T) {
	s := newShop(t)
	capture := func(p sdk.Payment) (sdk.Result, error) {
		return s.plugin.Capture(t.Context(), sdk.Capture{Account: s.account, Payment: p, CaptureID: "c", IdempotencyKey: "c" + p.ID, Amount: p.Amount, Final: true})
	}
	_, err := capture(s.sale("").Payment)
	requireFault(t, err, sdk.FaultInvalid, "payment")
	_, err = capture(s.paid("pm_card_authenticationRequired", true))
	requireFault(t, err, sdk.FaultInvalid, "payment")

	p := s.paid("pm_card_visa", true)
	s.control("intents/"+p.Ref+"/expire", nil)
	r, err := capture(p)
	require.NoError(t, err)
	require.Equal(t, sdk.Expired, r.Outcome)
	require.Equal(t, sdk.Expired, s.get(p).Outcome)
}

func TestVoid(t *testing.T) {
	s := newShop(t)
	for name, c := range map[string]struct {
		method string
		later  bool
		want   sdk.Outcome
	}{
		"a promise":           {"pm_card_visa", true, sdk.Voided},
		"taken money":         {"pm_card_visa", false, sdk.Captured},
		"a decline":           {"pm_card_visa_chargeDeclined", false, sdk.Voided},
		"a wait for the bank": {"pm_card_authenticationRequired", false, sdk.Voided},
		"what is under way":   {"pm_fake_processing", false, sdk.Pending},
	} {
		t.Run(name, func(t *testing.T) {
			p := s.paid(c.method, c.later)
			for range 2 {
				r := s.void(p)
				require.Equal(t, c.want, r.Outcome)
				if c.want == sdk.Captured {
					require.Equal(t, p.Amount, r.Captured)
				}
			}
			require.Equal(t, c.want, s.get(p).Outcome)
		})
	}
}

func TestVoidComesFirst(t *testing.T) {
	s := newShop(t)
	in := s.sale("pm_card_visa")
	require.Equal(t, sdk.Voided, s.void(in.Payment).Outcome)
	require.Equal(t, sdk.Voided, s.create(in).Outcome)
	require.Equal(t, sdk.Voided, s.void(in.Payment).Outcome)
	require.Equal(t, fake.Books{Intents: 1}, s.fake.Books(in.Payment.ID))

	in = s.sale("pm_card_visa")
	in.Payment.Amount.Currency = "IQD"
	require.Equal(t, sdk.Voided, s.void(in.Payment).Outcome, "a currency that Stripe does not take was never paid")
}

func TestVoidUnderFaults(t *testing.T) {
	s := newShop(t)
	p := s.paid("pm_card_visa", true)
	s.fake.Inject(fake.Fault{Method: "POST", Suffix: "/cancel", Kind: fake.ErrorBefore})
	require.Equal(t, sdk.Unknown, s.void(p).Outcome)
	require.Equal(t, sdk.Voided, s.void(p).Outcome, "a remembered failure is no answer for ever")

	p = s.paid("pm_card_visa", true)
	s.fake.Inject(fake.Fault{Method: "POST", Suffix: "/cancel", Kind: fake.ErrorAfter})
	require.Equal(t, sdk.Voided, s.void(p).Outcome)

	in := s.sale("pm_card_visa")
	s.fake.Inject(fake.Fault{Method: "GET", Suffix: "/v1/payment_intents", Kind: fake.ErrorBefore})
	_, err := s.plugin.Void(t.Context(), sdk.Void{Account: s.account, Payment: in.Payment, IdempotencyKey: "v"})
	requireFault(t, err, sdk.FaultUnavailable, "")
}

func TestUpdateWhileTheBankIsAsked(t *testing.T) {
	s := newShop(t)
	p := s.paid("pm_card_authenticationRequired", false)
	p.Amount = taka(250000)
	_, err := s.plugin.UpdatePayment(t.Context(), sdk.UpdatePayment{Account: s.account, Payment: p, IdempotencyKey: "u"})
	requireFault(t, err, sdk.FaultInvalid, "amount")
	require.Equal(t, taka(199900), s.get(p).Amount)

	p = s.paid("pm_card_visa", false)
	p.Amount = taka(250000)
	r, err := s.plugin.UpdatePayment(t.Context(), sdk.UpdatePayment{Account: s.account, Payment: p, IdempotencyKey: "u"})
	require.NoError(t, err)
	require.Equal(t, []any{sdk.Captured, taka(199900)}, []any{r.Outcome, r.Amount}, "it is paid: the answer says how much")
}

func TestRefunds(t *testing.T) {
	s := newShop(t)
	p := s.paid("pm_card_visa", false)
	for i, id := range []string{"ref_1", "ref_2"} {
		r := s.refund(p, id, 50000)
		require.Equal(t, sdk.RefundSucceeded, r.Outcome)
		require.Equal(t, taka(50000), r.Amount)
		require.Equal(t, r, s.refund(p, id, 50000), "a repeat gives nothing back")
		require.Equal(t, r, s.getRefund(p, id, ""))
		require.Equal(t, r, s.getRefund(sdk.Payment{ID: p.ID, CreatedAt: p.CreatedAt}, id, r.ProviderRef))
		require.Equal(t, taka(int64(i+1)*50000), s.get(p).Refunded)
	}
	seen := s.fake.Seen("/v1/refunds")[0]
	require.Equal(t, "ref_1", seen.Key)
	require.Equal(t, "ref_1", seen.Form.Get("metadata[halum_refund_id]"))

	no := s.refund(p, "ref_3", 199900)
	require.Equal(t, sdk.RefundFailed, no.Outcome)
	require.NotEmpty(t, no.Code)
	require.Equal(t, sdk.RefundNotFound, s.getRefund(p, "ref_3", "").Outcome)
	require.Equal(t, sdk.RefundNotFound, s.getRefund(s.sale("").Payment, "ref_9", "").Outcome)
	require.EqualValues(t, 100000, s.fake.Books(p.ID).Refunded)
}

func TestRefundThatFailsLater(t *testing.T) {
	s := newShop(t)
	p := s.paid("pm_card_pendingRefund", false)
	r := s.refund(p, "ref_1", 50000)
	require.Equal(t, sdk.RefundPending, r.Outcome)
	require.Equal(t, taka(50000), s.get(p).Refunded)
	s.control("refunds/"+r.ProviderRef+"/settle", url.Values{"status": {"failed"}})
	got := s.getRefund(p, "ref_1", r.ProviderRef)
	require.Equal(t, sdk.RefundFailed, got.Outcome)
	require.Equal(t, "expired_or_canceled_card", got.Code)
	require.Equal(t, got, s.refund(p, "ref_1", 50000), "the repeat says what became of it, not what was said then")
	require.Zero(t, s.get(p).Refunded.Minor)
}

func TestRefundUnderFaults(t *testing.T) {
	for kind, want := range map[fake.Kind]struct {
		first, again sdk.RefundOutcome
		refunded     int64
	}{
		fake.ErrorAfter:  {sdk.RefundSucceeded, sdk.RefundSucceeded, 50000},
		fake.ErrorBefore: {sdk.RefundUnknown, sdk.RefundUnknown, 0},
		fake.LockTimeout: {sdk.RefundSucceeded, sdk.RefundSucceeded, 50000},
		fake.Gateway:     {sdk.RefundSucceeded, sdk.RefundSucceeded, 50000},
	} {
		t.Run(string(kind), func(t *testing.T) {
			s := newShop(t)
			p := s.paid("pm_card_visa", false)
			s.fake.Inject(fake.Fault{Method: "POST", Suffix: "/v1/refunds", Kind: kind})
			require.Equal(t, want.first, s.refund(p, "ref_1", 50000).Outcome)
			require.Equal(t, want.again, s.refund(p, "ref_1", 50000).Outcome)
			require.Equal(t, want.refunded, s.fake.Books(p.ID).Refunded)
		})
	}
}

func TestRefundOfEverythingForgottenByStripe(t *testing.T) {
	s := newShop(t)
	p := s.paid("pm_card_visa", false)
	first := s.refund(p, "ref_1", 199900)
	// A day later the key is forgotten: the same request is a new one to Stripe, which says that all is refunded.
	r, err := s.plugin.Refund(t.Context(), sdk.Refund{Account: s.account, Payment: p, RefundID: "ref_1", IdempotencyKey: "another", Amount: p.Amount})
	require.NoError(t, err)
	require.Equal(t, first, r)
}

func TestGetUnderAnotherAccountIsNoPromise(t *testing.T) {
	s := newShop(t)
	p := s.paid("pm_card_visa", false)
	s.with(map[string]any{"connected_account": "acct_other"})
	require.Equal(t, sdk.Unknown, s.get(p).Outcome)
}
