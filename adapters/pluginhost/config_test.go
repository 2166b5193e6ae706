package pluginhost_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/plugins/sdk"
	"github.com/halum-hut/halum/ports"
)

func shippingAccount(plugin string) provider.Account {
	a := account(plugin)
	a.Kind = provider.Shipping
	return a
}

// fieldOf is the path of the one field that a fault names.
func fieldOf(t *testing.T, err error) string {
	t.Helper()
	f := (*fault.Error)(nil)
	require.ErrorAs(t, err, &f)
	require.Len(t, f.Fields, 1)
	return f.Fields[0].Path
}

func TestManual(t *testing.T) {
	host := start(t, quick(), nil, "payment-manual")
	shop := account("manual")
	shop.Config = []byte(`{"cash_on_delivery": true, "bank_transfer": true, "bank_instructions": "Send it to account 42.", "counter": true}`)
	manual, pay := host.For(shop), cardPayment("pay_m")
	create := func(kind string) (payment.Result, error) {
		in := byCard("pay_m", "")
		in.Method = payment.Method{Kind: kind}
		in.Payment.MethodKind = kind
		pay = in.Payment
		return manual.Create(t.Context(), in)
	}
	amount := bdt(199900)
	r, err := create("cash_on_delivery")
	require.NoError(t, err)
	require.Equal(t, payment.Authorized, r.Outcome)
	require.Equal(t, amount, r.Amount)
	r, err = manual.Capture(t.Context(), pay, move("cap_1", 100000), false)
	require.NoError(t, err)
	require.Equal(t, payment.Captured, r.Outcome)
	require.Equal(t, bdt(100000), r.Captured)
	r, err = manual.Void(t.Context(), pay)
	require.NoError(t, err)
	require.Equal(t, payment.Voided, r.Outcome)

	r, err = create("counter")
	require.NoError(t, err)
	require.Equal(t, payment.Captured, r.Outcome)
	back, err := manual.Refund(t.Context(), pay, move("ref_1", 500))
	require.NoError(t, err)
	require.Equal(t, payment.Succeeded, back.Outcome)
	require.Equal(t, bdt(500), back.Amount)

	r, err = create("bank_transfer")
	require.NoError(t, err)
	require.Equal(t, payment.Pending, r.Outcome)
	require.Equal(t, &payment.NextAction{Kind: "instructions", Instructions: "Send it to account 42."}, r.Next)
	require.False(t, r.ExpiresAt.IsZero())
	r, err = manual.Payment(t.Context(), pay)
	require.NoError(t, err)
	require.Equal(t, payment.Pending, r.Outcome)

	_, err = create("card")
	require.Equal(t, "invalid_payment_input", fault.CodeOf(err))
	require.Equal(t, "payment.method_kind", fieldOf(t, err))
	_, err = manual.Update(t.Context(), pay, "pay_m:2")
	require.ErrorIs(t, err, ports.ErrUnsupported)
}

func TestMethodsFollowTheSettings(t *testing.T) {
	host := start(t, quick(), nil, "payment-manual")
	shop := account("manual")
	kinds := func() (out []string) {
		methods, err := host.Methods(t.Context(), shop, "BD", bdt(100))
		require.NoError(t, err)
		for _, m := range methods {
			require.Equal(t, "manual", m.Provider)
			require.True(t, m.Test)
			out = append(out, m.Kind)
		}
		return out
	}
	shop.Config = []byte(`{"cash_on_delivery": true, "counter": true}`)
	require.Equal(t, []string{"cash_on_delivery", "counter"}, kinds())
	shop.Config = []byte(`{"counter": true}`)
	require.Equal(t, []string{"cash_on_delivery", "counter"}, kinds(), "the answer is kept for the revision")
	shop.Revision++
	require.Equal(t, []string{"counter"}, kinds())
	shop.Revision++
	shop.Config = []byte(`{"bank_transfer": true}`)
	_, err := host.Methods(t.Context(), shop, "BD", bdt(100))
	require.Equal(t, "provider_misconfigured", fault.CodeOf(err))
	require.Equal(t, "bank_instructions", fieldOf(t, err))
}

func TestMethodsFollowWhatThePluginTakes(t *testing.T) {
	host := start(t, quick(), nil, "payment-odd")
	shop := account("odd")
	shop.Config = []byte(`{"methods": ["any"], "currencies": ["BDT", "USD"], "countries": ["BD", "IN"],
		"limits": [{"Currency": "BDT", "Min": 100, "Max": 200}, {"Currency": "USD", "Min": 5}]}`)
	for _, c := range []struct {
		country string
		total   money.Money
		want    bool
	}{
		{"BD", bdt(100), true},
		{"IN", bdt(200), true},
		{"", bdt(150), true}, // the address is not known yet
		{"DE", bdt(150), false},
		{"BD", bdt(99), false},
		{"BD", bdt(201), false},
		{"BD", money.New(1_000_000, "USD"), true},
		{"BD", money.New(4, "USD"), false},
		{"BD", money.New(150, "EUR"), false},
	} {
		methods, err := host.Methods(t.Context(), shop, c.country, c.total)
		require.NoError(t, err)
		require.Equal(t, c.want, len(methods) == 1, "%s %s", c.country, c.total)
	}
}

func TestTraits(t *testing.T) {
	host := start(t, quick(), bankAt(t.TempDir()+"/j"), "payment-sandbox", "payment-odd")
	all, err := host.PaymentTraits(t.Context(), account("sandbox"))
	require.NoError(t, err)
	require.Equal(t, payment.Traits{
		Authorize: true, PartialCapture: true, MultipleCaptures: true, Refund: true, PartialRefund: true, Update: true, Webhooks: true, Disputes: true,
	}, all)
	some, err := host.PaymentTraits(t.Context(), account("odd"))
	require.NoError(t, err)
	require.Equal(t, payment.Traits{Refund: true, Update: true, Webhooks: true}, some, "what its type tells and what it says")
	for fails, code := range map[string]string{
		"panic": "provider_unavailable", "plain_error": "provider_unavailable", "unavailable": "provider_unavailable", "misconfigured": "provider_misconfigured",
	} {
		shop := account("odd")
		shop.Revision++ // nothing is remembered
		shop.Config = []byte(`{"fails": "` + fails + `"}`)
		_, err := host.PaymentTraits(t.Context(), shop)
		require.Equal(t, code, fault.CodeOf(err), fails)
	}
}

func TestProvidersAreListed(t *testing.T) {
	host := start(t, quick(), bankAt(t.TempDir()+"/j"), "payment-manual", "payment-sandbox", "shipping-flatrate")
	payments, err := host.Providers(t.Context(), provider.Payment)
	require.NoError(t, err)
	require.Len(t, payments, 2)
	for i, name := range []string{"manual", "sandbox"} {
		p := payments[i]
		require.Equal(t, name, p.Plugin)
		require.NotEmpty(t, p.Version)
		require.Contains(t, string(p.ConfigSchema), "json-schema.org")
		require.True(t, p.Validates && p.Running && p.Traits.Refund)
		require.Equal(t, name == "manual", p.Traits.Offline)
	}
	carriers, err := host.Providers(t.Context(), provider.Shipping)
	require.NoError(t, err)
	require.Len(t, carriers, 1)
	require.Equal(t, "flatrate", carriers[0].Plugin)
	require.True(t, carriers[0].Validates && carriers[0].Running)
	require.False(t, carriers[0].Books, "it only quotes")
	host.Stop()
	payments, err = host.Providers(t.Context(), provider.Payment)
	require.NoError(t, err)
	require.Len(t, payments, 2)
	require.False(t, payments[0].Running)
	require.NotEmpty(t, payments[0].ConfigSchema, "what it said before is remembered")
	carriers, err = openPost(t).host.Providers(t.Context(), provider.Shipping)
	require.NoError(t, err)
	require.True(t, carriers[0].Books)
	carriers, err = host.Providers(t.Context(), provider.Shipping)
	require.NoError(t, err)
	require.False(t, carriers[0].Running)
	require.NotEmpty(t, carriers[0].ConfigSchema)
}

func TestValidateConfig(t *testing.T) {
	o := quick()
	o.Keyring = keyring{}
	host := start(t, o, bankAt(t.TempDir()+"/j"), "payment-sandbox", "payment-odd", "shipping-flatrate")
	for name, c := range map[string]struct {
		account     provider.Account
		config      string
		code, field string
	}{
		"nothing set":             {account("sandbox"), ``, "", ""},
		"all well":                {account("sandbox"), `{"settle_ms": 5, "webhook_copies": 2}`, "", ""},
		"a good secret":           {signing(t, hookSecret, ""), `{}`, "", ""},
		"a bad secret":            {signing(t, "whsec_short", ""), `{}`, "provider_misconfigured", "webhook_secret"},
		"out of range":            {account("sandbox"), `{"settle_ms": -1}`, "provider_misconfigured", "settle_ms"},
		"not a setting":           {account("sandbox"), `{"settel_ms": 5}`, "provider_misconfigured", "settel_ms"},
		"not a number":            {account("sandbox"), `{"settle_ms": "5"}`, "provider_misconfigured", "settle_ms"},
		"not an object":           {account("sandbox"), `[1]`, "provider_misconfigured", "config"},
		"a carrier's price":       {shippingAccount("flatrate"), `{"services":[{"service":"std","name":"S","price":-1}]}`, "provider_misconfigured", "services[0].price"},
		"a carrier's good price":  {shippingAccount("flatrate"), `{"services":[{"service":"std","name":"S","price":1}]}`, "", ""},
		"no such check":           {account("odd"), `{"fails": "unsupported"}`, "", ""},
		"the provider is away":    {account("odd"), `{"fails": "unavailable"}`, "provider_unavailable", ""},
		"the plugin has a defect": {account("odd"), `{"fails": "panic"}`, "provider_unavailable", ""},
		"the plugin knows no why": {account("odd"), `{"fails": "plain_error"}`, "provider_unavailable", ""},
		"it is not there":         {account("nobody"), `{}`, "provider_unavailable", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.account.Config = []byte(c.config)
			err := host.ValidateConfig(t.Context(), c.account)
			require.Equal(t, c.code, fault.CodeOf(err))
			if c.field != "" {
				require.Equal(t, c.field, fieldOf(t, err))
			}
		})
	}
}

func TestUnknownPluginNeverCharges(t *testing.T) {
	host := start(t, quick(), nil, "payment-manual")
	for name, op := range operations(host.For(account("nobody")), cardPayment("pay_x")) {
		_, err := op(t.Context())
		require.ErrorIs(t, err, payment.ErrUnavailable, name)
	}
	_, err := host.Methods(t.Context(), account("nobody"), "", bdt(1))
	require.ErrorIs(t, err, payment.ErrUnavailable)
	_, err = host.PaymentTraits(t.Context(), account("nobody"))
	require.ErrorIs(t, err, payment.ErrUnavailable)
	_, err = host.Quote(t.Context(), account("nobody"), shipping.Parcel{})
	require.ErrorIs(t, err, shipping.ErrNoRates)
}

// An account whose secrets do not open is not called for: nothing can have happened.
func TestAnAccountWithoutItsKeysIsNotUsed(t *testing.T) {
	host, path := startSandbox(t, quick()) // a host without a keyring
	_, err := host.For(signing(t, hookSecret, "")).Create(t.Context(), byCard("pay_sealed", "4242424242424242"))
	require.ErrorIs(t, err, payment.ErrUnavailable)
	require.Empty(t, charges(t, path))
}

func TestQuote(t *testing.T) {
	host := start(t, quick(), nil, "shipping-flatrate")
	shop := shippingAccount("flatrate")
	shop.Config = []byte(`{"services": [
		{"service":"standard","name":"Standard","price":6000,"min_days":2,"max_days":4,"countries":["BD"],"free_over":200000},
		{"service":"world","name":"World","price":90000,"min_days":7,"max_days":20}]}`)
	parcel := shipping.Parcel{Items: 1, Subtotal: bdt(199999), From: shipping.Address{Country: "BD"}, To: shipping.Address{Country: "BD"}}
	rates, err := host.Quote(t.Context(), shop, parcel)
	require.NoError(t, err)
	require.Equal(t, []shipping.Rate{
		{Provider: "flatrate", Service: "standard", Name: "Standard", Price: bdt(6000), MinDays: 2, MaxDays: 4},
		{Provider: "flatrate", Service: "world", Name: "World", Price: bdt(90000), MinDays: 7, MaxDays: 20},
	}, rates)
	parcel.Subtotal.Amount = 200000
	rates, err = host.Quote(t.Context(), shop, parcel)
	require.NoError(t, err)
	require.Equal(t, bdt(0), rates[0].Price)
	parcel.To.Country = "DE"
	rates, err = host.Quote(t.Context(), shop, parcel)
	require.NoError(t, err)
	require.Len(t, rates, 1)

	shop.Config = []byte(`{"services": [{"service":"standard","name":"Standard","prise":6000}]}`)
	_, err = host.Quote(t.Context(), shop, parcel)
	require.ErrorIs(t, err, shipping.ErrNoRates)
	f := (*sdk.Fault)(nil)
	require.ErrorAs(t, err, &f)
	require.Equal(t, sdk.FaultMisconfigured, f.Kind)
}
