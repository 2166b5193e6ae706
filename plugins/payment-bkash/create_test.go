package main

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-bkash/fake"
	"github.com/halum-hut/halum/plugins/sdk"
)

func TestCreateAsksAsDocumented(t *testing.T) {
	s := newShop(t)
	in := s.sale()
	in.Buyer.Phone = "+8801712345678"
	r, err := s.plugin.CreatePayment(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, sdk.RequiresAction, r.Outcome)
	require.Equal(t, taka(199900), r.Amount)
	seen := s.fake.Seen("/tokenized/checkout/create")
	require.Len(t, seen, 1)
	require.Equal(t, map[string]string{
		"mode": "0011", "intent": "sale", "currency": "BDT", "amount": "1999.00", "payerReference": "01712345678",
		"callbackURL": in.ReturnURL, "merchantInvoiceNumber": in.Payment.ID,
	}, seen[0].Body)
}

func TestCreateTakesNothingAndErrorsSaySo(t *testing.T) {
	for _, kind := range []fake.Kind{
		fake.ErrorBefore, fake.ErrorAfter, fake.HangBefore, fake.HangAfter, fake.BreakAfter, fake.Maintenance, fake.Duplicate, fake.RateLimit,
		fake.Gateway, fake.Huge, fake.WrongAmount, fake.WrongOrder,
	} {
		t.Run(string(kind), func(t *testing.T) {
			s := newShop(t)
			s.fake.Inject(fake.Fault{Suffix: "/create", Kind: kind})
			in := s.sale()
			_, err := s.plugin.CreatePayment(s.soon(), in)
			requireFault(t, err, sdk.FaultUnavailable, "")
			require.Equal(t, sdk.NotFound, s.get(in.Payment).Outcome)
			r, err := s.plugin.CreatePayment(t.Context(), in)
			require.NoError(t, err)
			require.Equal(t, sdk.RequiresAction, r.Outcome)
			s.books(in.Payment, 0, 0, 0)
		})
	}
}

func TestCreateRefusesWhatCannotBe(t *testing.T) {
	s := newShop(t)
	for field, change := range map[string]func(*sdk.CreatePayment){
		"payment_id":  func(in *sdk.CreatePayment) { in.Payment.ID = "pay<1>" },
		"payment_ref": func(in *sdk.CreatePayment) { in.Payment.Ref = "../x" },
		"method.kind": func(in *sdk.CreatePayment) { in.Payment.MethodKind = "card" },
		"pin":         func(in *sdk.CreatePayment) { in.MethodFields = sdk.Fields{"pin": "12121"} },
		"return_url":  func(in *sdk.CreatePayment) { in.ReturnURL = "javascript:alert(1)" },
		"currency":    func(in *sdk.CreatePayment) { in.Payment.Amount.Currency = "USD" },
		"amount":      func(in *sdk.CreatePayment) { in.Payment.Amount.Minor = 0 },
		"payment":     func(in *sdk.CreatePayment) { in.Payment.CreatedAt = s.clock.now().Add(-time.Hour) },
	} {
		in := s.sale()
		change(&in)
		_, err := s.plugin.CreatePayment(t.Context(), in)
		requireFault(t, err, sdk.FaultInvalid, field)
	}
	require.Empty(t, s.fake.Seen("/create"))
}

func TestRepeatsAreOnePaymentAcrossProcesses(t *testing.T) {
	s := newShop(t)
	in := s.sale()
	other := newPlugin(openStore(s.dir, s.clock.now), s.clock.now)
	var wg sync.WaitGroup
	refs := make([]string, 16)
	for i := range refs {
		wg.Go(func() {
			plugin := s.plugin
			if i%2 == 0 {
				plugin = other
			}
			r, err := plugin.CreatePayment(t.Context(), in)
			if err == nil {
				refs[i] = r.ProviderRef
			}
		})
	}
	wg.Wait()
	for _, ref := range refs {
		require.NotEmpty(t, ref)
		require.Equal(t, refs[0], ref)
	}
	require.Len(t, s.fake.Seen("/create"), 1)

	in.Payment.Amount = taka(100)
	_, err := other.CreatePayment(t.Context(), in)
	requireFault(t, err, sdk.FaultInvalid, "amount")
}

func TestVoidShutsTheDoor(t *testing.T) {
	s := newShop(t)
	in := s.sale()
	require.Equal(t, sdk.Voided, s.void(in.Payment).Outcome)
	s.restart()
	r, err := s.plugin.CreatePayment(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, sdk.Voided, r.Outcome)
	require.Equal(t, sdk.Voided, s.get(in.Payment).Outcome)
	require.Empty(t, s.fake.Seen("/create"))

	p, params := s.approved()
	require.Equal(t, sdk.Voided, s.void(p).Outcome)
	s.restart()
	require.Equal(t, sdk.Voided, s.goOn(t.Context(), p, params).Outcome)
	require.Equal(t, sdk.Voided, s.get(p).Outcome)
	require.Empty(t, s.fake.Seen("/execute"))
	s.books(p, 0, 0, 0)
}

func TestVoidPromisesNothingItCannotKnow(t *testing.T) {
	s := newShop(t)
	p, _ := s.opened()
	s.fake.Inject(fake.Fault{Suffix: "/payment/status", Kind: fake.ErrorBefore})
	require.Equal(t, sdk.Unknown, s.void(p).Outcome)
	p = s.paid()
	r := s.void(p)
	require.Equal(t, sdk.Captured, r.Outcome)
	require.Equal(t, taka(199900), r.Captured)
}

func TestAForgottenPaymentIsStillKnownToBkash(t *testing.T) {
	s := newShop(t)
	p, params := s.approved()
	s.forget()
	require.Equal(t, sdk.Pending, s.get(p).Outcome, "there is no page to show any more")
	require.Equal(t, sdk.Captured, s.goOn(t.Context(), p, params).Outcome)
	s.forget()
	require.Equal(t, sdk.Captured, s.get(p).Outcome)
	s.books(p, 1, 199900, 0)
}
