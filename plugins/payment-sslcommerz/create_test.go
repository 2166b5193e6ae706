package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-sslcommerz/fake"
	"github.com/halum-hut/halum/plugins/sdk"
)

func TestASessionSaysWhatIsBought(t *testing.T) {
	s := newShop(t)
	in := s.sale()
	in.WebhookURL = "https://green.example/hooks/sslcommerz"
	in.Buyer.Name = strings.Repeat("র", 70)
	r, err := s.create(in)
	require.NoError(t, err)
	require.Equal(t, sdk.RequiresAction, r.Outcome)
	require.Equal(t, in.Payment.ID, r.ProviderRef)
	sent := s.fake.Seen("total_amount")
	require.Len(t, sent, 1)
	for name, want := range map[string]string{
		"tran_id": in.Payment.ID, "total_amount": "1999.00", "currency": "BDT", "success_url": in.ReturnURL, "fail_url": in.ReturnURL,
		"cancel_url": in.ReturnURL, "ipn_url": in.WebhookURL, "cus_name": strings.Repeat("র", 50), "cus_country": "Bangladesh",
		"shipping_method": "YES", "product_profile": "physical-goods", "ship_city": "Dhaka", "product_name": "Order 1001",
	} {
		require.Equal(t, want, sent[0].Fields[name], name)
	}
}

func TestARepeatGivesTheSameAddress(t *testing.T) {
	s := newShop(t)
	in := s.sale()
	first, err := s.create(in)
	require.NoError(t, err)
	s.restart()
	again, err := s.create(in)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Len(t, s.fake.Seen("total_amount"), 1)

	in.Payment.Amount = taka(price + 1)
	_, err = s.create(in)
	requireFault(t, err, sdk.FaultInvalid, "amount")
}

// A second session could be paid beside the first, which the shopper may have.
func TestAForgottenSessionIsNotOpenedAgain(t *testing.T) {
	s := newShop(t)
	p, page := s.opened()
	s.forget()
	in := s.sale()
	in.Payment = p
	r, err := s.create(in)
	require.NoError(t, err)
	require.Equal(t, sdk.Pending, r.Outcome)
	require.Len(t, s.fake.Seen("total_amount"), 1)
	s.decide(page, "pay")
	requireCaptured(t, s.get(p), price, 0)
}

func TestWhatIsRefusedBeforeItIsSent(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*sdk.CreatePayment)
		field  string
	}{
		"no id":            {func(in *sdk.CreatePayment) { in.Payment.ID = "" }, "payment_id"},
		"a long id":        {func(in *sdk.CreatePayment) { in.Payment.ID = strings.Repeat("x", 31) }, "payment_id"},
		"a foreign ref":    {func(in *sdk.CreatePayment) { in.Payment.Ref = "pi_1" }, "payment_ref"},
		"too little":       {func(in *sdk.CreatePayment) { in.Payment.Amount = taka(999) }, "amount"},
		"too much":         {func(in *sdk.CreatePayment) { in.Payment.Amount = taka(50_000_001) }, "amount"},
		"another currency": {func(in *sdk.CreatePayment) { in.Payment.Amount.Currency = "USD" }, "currency"},
		"another method":   {func(in *sdk.CreatePayment) { in.Payment.MethodKind = "card" }, "method.kind"},
		"a card number":    {func(in *sdk.CreatePayment) { in.MethodFields = sdk.Fields{"number": "4111"} }, "method.fields"},
		"no way back":      {func(in *sdk.CreatePayment) { in.ReturnURL = "/orders/7" }, "return_url"},
		"no e-mail":        {func(in *sdk.CreatePayment) { in.Buyer.Email = "" }, "buyer.email"},
		"no phone":         {func(in *sdk.CreatePayment) { in.Buyer.Phone = "" }, "buyer.phone"},
		"an old payment":   {func(in *sdk.CreatePayment) { in.Payment.CreatedAt = in.Payment.CreatedAt.Add(-time.Hour) }, "payment"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			in := s.sale()
			c.change(&in)
			_, err := s.create(in)
			requireFault(t, err, sdk.FaultInvalid, c.field)
			require.Empty(t, s.fake.Seen("total_amount"))
		})
	}
}

func TestAShopperWithoutEmailAndPhone(t *testing.T) {
	s := newShop(t)
	s.settings["fallback_phone"] = "+8801700000001"
	s.set("fallback_email", "receipts@green.example")
	in := s.sale()
	in.Buyer.Phone = ""
	in.Buyer.Email, in.ShippingAddress, in.Buyer.Address = "", sdk.Address{}, sdk.Address{}
	_, err := s.create(in)
	require.NoError(t, err)
	sent := s.fake.Seen("total_amount")[0].Fields
	require.Equal(t, "receipts@green.example", sent["cus_email"])
	require.Equal(t, "+8801700000001", sent["cus_phone"])
	require.Equal(t, "NO", sent["shipping_method"])
}

// Whatever goes wrong with a session, nobody has its address: nothing was taken, and the next try begins anew.
func TestASessionThatGoesWrong(t *testing.T) {
	for kind, fault := range map[fake.Kind]sdk.FaultKind{
		fake.ErrorBefore: sdk.FaultUnavailable, fake.ErrorAfter: sdk.FaultUnavailable, fake.HangBefore: sdk.FaultUnavailable,
		fake.HangAfter: sdk.FaultUnavailable, fake.BreakAfter: sdk.FaultUnavailable, fake.Gateway: sdk.FaultUnavailable,
		fake.Huge: sdk.FaultUnavailable, fake.RateLimit: sdk.FaultUnavailable, fake.Invalid: sdk.FaultUnavailable, fake.Inactive: sdk.FaultMisconfigured,
	} {
		t.Run(string(kind), func(t *testing.T) {
			s := newShop(t)
			in := s.sale()
			s.fake.Inject(fake.Fault{Field: "total_amount", Kind: kind})
			_, err := s.plugin.CreatePayment(s.soon(), in)
			requireFault(t, err, fault, "")
			require.Equal(t, sdk.NotFound, s.get(in.Payment).Outcome)
			r, err := s.create(in)
			require.NoError(t, err)
			require.Equal(t, sdk.RequiresAction, r.Outcome)
			s.decide(r.Next.RedirectURL, "pay")
			s.books(in.Payment, 1, price, 0)
		})
	}
}

func TestSettings(t *testing.T) {
	s := newShop(t)
	require.NoError(t, s.plugin.ValidateConfig(t.Context(), s.account))
	for field, value := range map[string]string{
		"store_id": "no spaces", "fallback_email": "nobody", "fallback_phone": "call me", "api_base": "https://sslcommerz.example", "unknown": "x",
	} {
		s.set(field, value)
		requireFault(t, s.plugin.ValidateConfig(t.Context(), s.account), sdk.FaultMisconfigured, field)
	}
	s.set("store_id", "another")
	requireFault(t, s.plugin.ValidateConfig(t.Context(), s.account), sdk.FaultMisconfigured, "store_id")
	s.set("store_id", fake.StoreID)
	s.account.Secrets = sdk.Secrets{storePasswd: "fake-canary-mistyped"}
	requireFault(t, s.plugin.ValidateConfig(t.Context(), s.account), sdk.FaultMisconfigured, "store_id")
	s.account.Secrets = nil
	requireFault(t, s.plugin.ValidateConfig(t.Context(), s.account), sdk.FaultMisconfigured, storePasswd)
	s.account.Secrets, s.account.Mode = sdk.Secrets{storePasswd: fake.StorePasswd}, sdk.Live
	requireFault(t, s.plugin.ValidateConfig(t.Context(), s.account), sdk.FaultMisconfigured, "api_base")
}

func TestAddressesOfTheTwoServices(t *testing.T) {
	require.Equal(t, "https://sandbox.sslcommerz.com", settings{}.host(sdk.Test))
	require.Equal(t, "https://securepay.sslcommerz.com", settings{}.host(sdk.Live))
}

// The address of a request holds the password. No error may show it.
func TestErrorsDoNotShowThePassword(t *testing.T) {
	s := newShop(t)
	p := s.paid()
	c, err := s.plugin.clients.of(s.account)
	require.NoError(t, err)
	for _, kind := range []fake.Kind{fake.HangBefore, fake.BreakAfter, fake.Huge, fake.Gateway, fake.Inactive} {
		s.fake.Inject(fake.Fault{Field: "tran_id", Kind: kind, Times: -1})
		_, err := c.attempts(s.soon(), p.ID)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "canary")
		s.fake.Heal()
	}
	gone, err := json.Marshal(map[string]string{"store_id": fake.StoreID, "api_base": "http://127.0.0.1:1"})
	require.NoError(t, err)
	s.account.Config, s.account.Revision = gone, 99
	_, err = s.plugin.GetPayment(t.Context(), sdk.GetPayment{Account: s.account, Payment: p})
	requireFault(t, err, sdk.FaultUnavailable, "")
}

func TestDecimals(t *testing.T) {
	for text, want := range map[string]int64{"10": 1000, "10.5": 1050, "10.50": 1050, "10.5000": 1050, "0.01": 1, " 7.00 ": 700} {
		got, ok := fromDecimal(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", ".5", "-1", "1,000", "1.001", "1e3", "1.-5", "1234567890123"} {
		_, ok := fromDecimal(text)
		require.False(t, ok, text)
	}
}
