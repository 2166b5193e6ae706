package pluginhost_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/ports"
)

func TestSandboxCards(t *testing.T) {
	host, path := startSandbox(t, quick())
	provider := host.For(account("sandbox"))
	taken := money.New(199900, "BDT")
	for _, c := range []struct {
		number, expiry, cvc string
		outcome             payment.Outcome
		code                string
		charges             int
	}{
		{"4242 4242 4242 4242", "12/34", "123", payment.Captured, "", 1},
		{"5555555555554444", "12/2034", "1234", payment.Captured, "", 1},
		{"4000000000000077", "12/34", "123", payment.Authorized, "", 0},
		{"4000000000000002", "12/34", "123", payment.Declined, "card_declined", 0},
		{"4000000000009995", "12/34", "123", payment.Declined, "insufficient_funds", 0},
		{"4000000000000119", "12/34", "123", payment.Declined, "processing_error", 0},
		{"4242424242424241", "12/34", "123", payment.Declined, "incorrect_number", 0},
		{"4242424242424242", "01/20", "123", payment.Declined, "invalid_expiry", 0},
		{"4242424242424242", "12/34", "", payment.Declined, "incorrect_cvc", 0},
		{"6011000990139424", "12/34", "123", payment.Declined, "card_not_supported", 0},
	} {
		t.Run(c.number+" "+c.expiry+" "+c.cvc, func(t *testing.T) {
			id := payment.ID("pay_" + strings.NewReplacer(" ", "", "/", "").Replace(c.number+c.expiry+c.cvc))
			in := byCard(id, c.number)
			in.Method.Fields["card_expiry"], in.Method.Fields["card_cvc"] = c.expiry, c.cvc
			first, err := provider.Create(t.Context(), in)
			require.NoError(t, err)
			require.Equal(t, c.outcome, first.Outcome)
			require.Equal(t, c.code, first.Code)
			require.Equal(t, taken, first.Amount)
			again, err := provider.Create(t.Context(), in)
			require.NoError(t, err)
			require.Equal(t, first, again)
			asked, err := provider.Get(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, first, asked)
			require.Equal(t, c.charges, charges(t, path)[string(id)])
		})
	}
}

func TestSandboxWrongAmountIsReported(t *testing.T) {
	host, _ := startSandbox(t, quick())
	r, err := host.For(account("sandbox")).Create(t.Context(), byCard("pay_more", "4000000000001000"))
	require.NoError(t, err)
	require.Equal(t, money.New(199901, "BDT"), r.Amount)
}

func TestSandboxCaptureAndVoid(t *testing.T) {
	host, path := startSandbox(t, quick())
	provider := host.For(account("sandbox"))
	_, err := provider.Create(t.Context(), byCard("pay_auth", "4000000000000077"))
	require.NoError(t, err)
	for range 2 {
		r, err := provider.Capture(t.Context(), "pay_auth", money.New(199900, "BDT"))
		require.NoError(t, err)
		require.Equal(t, payment.Captured, r.Outcome)
	}
	require.Equal(t, 1, charges(t, path)["pay_auth"])
	_, err = provider.Capture(t.Context(), "pay_none", money.New(1, "BDT"))
	require.Equal(t, fault.Invalid, fault.KindOf(err))

	r, err := provider.Void(t.Context(), "pay_auth")
	require.NoError(t, err)
	require.Equal(t, payment.Voided, r.Outcome, "captured money is returned")

	r, err = provider.Void(t.Context(), "pay_late")
	require.NoError(t, err)
	require.Equal(t, payment.Voided, r.Outcome)
	r, err = provider.Create(t.Context(), byCard("pay_late", "4242424242424242"))
	require.NoError(t, err)
	require.Equal(t, payment.Voided, r.Outcome, "a create that arrives after the void must not charge")
	require.Zero(t, charges(t, path)["pay_late"])
}

func TestTenantsDoNotShareKeys(t *testing.T) {
	host, _ := startSandbox(t, quick())
	_, err := host.For(account("sandbox")).Create(t.Context(), byCard("pay_mine", "4242424242424242"))
	require.NoError(t, err)
	other := account("sandbox")
	other.Tenant = "ten_b"
	r, err := host.For(other).Get(t.Context(), "pay_mine")
	require.NoError(t, err)
	require.Equal(t, payment.NoSuchPayment, r.Outcome)
}

func TestRedirect(t *testing.T) {
	for _, c := range []struct {
		decision string
		outcome  payment.Outcome
		charges  int
	}{{"approve", payment.Captured, 1}, {"decline", payment.Declined, 0}} {
		t.Run(c.decision, func(t *testing.T) {
			host, path := startSandbox(t, quick())
			provider := host.For(account("sandbox"))
			r, err := provider.Create(t.Context(), byCard("pay_3ds", "4000000000003220"))
			require.NoError(t, err)
			require.Equal(t, payment.RequiresAction, r.Outcome)
			require.Equal(t, "redirect", r.Next.Kind)
			r, err = provider.Continue(t.Context(), ports.ContinuePayment{ID: "pay_3ds", Params: map[string]string{"sandbox_state": "captured"}})
			require.NoError(t, err)
			require.Equal(t, payment.RequiresAction, r.Outcome, "the shopper's word is not the truth")

			page, body := visit(t, http.MethodGet, r.Next.URL, nil)
			require.Equal(t, http.StatusOK, page.StatusCode)
			require.Contains(t, body, "BDT 1999.00")
			require.Contains(t, page.Header.Get("Content-Security-Policy"), "form-action 'self' http://green.localhost:8080")
			require.NotContains(t, body, "4000000000003220")

			for range 2 { // a double click decides once
				posted, _ := visit(t, http.MethodPost, r.Next.URL, url.Values{"decision": {c.decision}})
				require.Equal(t, http.StatusSeeOther, posted.StatusCode)
				back, err := posted.Location()
				require.NoError(t, err)
				require.Equal(t, "green.localhost:8080", back.Host)
				require.Equal(t, "s", back.Query().Get("secret"))
				require.NotEmpty(t, back.Query().Get("sandbox_ref"))
			}
			r, err = provider.Continue(t.Context(), ports.ContinuePayment{ID: "pay_3ds"})
			require.NoError(t, err)
			require.Equal(t, c.outcome, r.Outcome)
			require.Equal(t, c.charges, charges(t, path)["pay_3ds"])
		})
	}
}

func visit(t *testing.T, method, address string, form url.Values) (*http.Response, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

func TestOneKeyChargesOnceAcrossHosts(t *testing.T) {
	one, path := startSandbox(t, quick())
	two := start(t, quick(), bankAt(path), "payment-sandbox")
	var wg sync.WaitGroup
	results := make([]payment.Result, 32)
	for i := range results {
		wg.Go(func() {
			host := one
			if i%2 == 1 {
				host = two
			}
			results[i], _ = host.For(account("sandbox")).Create(background(), byCard("pay_once", "4242424242424242"))
		})
	}
	wg.Wait()
	for i, r := range results {
		require.Equal(t, payment.Captured, r.Outcome, "caller %d", i)
		require.Equal(t, results[0].ProviderRef, r.ProviderRef)
	}
	require.Equal(t, map[string]int{"pay_once": 1}, charges(t, path))
}

func TestManyPaymentsAcrossHosts(t *testing.T) {
	one, path := startSandbox(t, quick())
	two := start(t, quick(), bankAt(path), "payment-sandbox")
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			host := one
			if worker%2 == 1 {
				host = two
			}
			for n := range 10 {
				id := payment.ID(fmt.Sprintf("pay_%d", (worker/2)*10+n)) // each id is used by one worker of each host
				_, _ = host.For(account("sandbox")).Create(background(), byCard(id, "4242424242424242"))
			}
		})
	}
	wg.Wait()
	counts := charges(t, path)
	require.Len(t, counts, 80)
	for id, n := range counts {
		require.Equal(t, 1, n, id)
	}
}

func TestManual(t *testing.T) {
	host := start(t, quick(), nil, "payment-manual")
	shop := account("manual")
	shop.Settings = map[string]string{"cash_on_delivery": "true", "bank_transfer": "true", "bank_instructions": "Send it to account 42.", "counter": "true"}
	provider := host.For(shop)
	pay := func(kind string) (payment.Result, error) {
		in := byCard("pay_m", "")
		in.Method = payment.Method{Kind: kind}
		return provider.Create(t.Context(), in)
	}
	amount := money.New(199900, "BDT")

	r, err := pay("cash_on_delivery")
	require.NoError(t, err)
	require.Equal(t, payment.Result{Outcome: payment.Authorized, ProviderRef: "pay_m", Amount: amount}, r)
	r, err = pay("counter")
	require.NoError(t, err)
	require.Equal(t, payment.Captured, r.Outcome)
	r, err = pay("bank_transfer")
	require.NoError(t, err)
	require.Equal(t, payment.Pending, r.Outcome)
	require.Equal(t, &payment.NextAction{Kind: "instructions", Instructions: "Send it to account 42."}, r.Next)
	require.False(t, r.ExpiresAt.IsZero())
	_, err = pay("card")
	require.Equal(t, fault.Invalid, fault.KindOf(err))

	r, err = provider.Get(t.Context(), "pay_m")
	require.NoError(t, err)
	require.Equal(t, payment.Pending, r.Outcome)
	r, err = provider.Capture(t.Context(), "pay_m", amount)
	require.NoError(t, err)
	require.Equal(t, payment.Captured, r.Outcome)
	require.Equal(t, amount, r.Amount)
	r, err = provider.Void(t.Context(), "pay_m")
	require.NoError(t, err)
	require.Equal(t, payment.Voided, r.Outcome)
}

func TestMethodsFollowTheSettings(t *testing.T) {
	host := start(t, quick(), nil, "payment-manual")
	shop := account("manual")
	kinds := func() (out []string) {
		methods, err := host.Methods(t.Context(), shop)
		require.NoError(t, err)
		for _, m := range methods {
			require.Equal(t, "manual", m.Provider)
			out = append(out, m.Kind)
		}
		return out
	}
	shop.Settings = map[string]string{"cash_on_delivery": "true", "counter": "true"}
	require.Equal(t, []string{"cash_on_delivery", "counter"}, kinds())
	shop.Settings = map[string]string{"counter": "true"}
	require.Equal(t, []string{"cash_on_delivery", "counter"}, kinds(), "the answer is kept for the revision")
	shop.Revision++
	require.Equal(t, []string{"counter"}, kinds())

	shop.Revision++
	shop.Settings = map[string]string{"bank_transfer": "true"}
	_, err := host.Methods(t.Context(), shop)
	require.Equal(t, "provider_misconfigured", fault.CodeOf(err))
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	require.Equal(t, "settings.bank_instructions", f.Fields[0].Path)
}

func TestUnknownPluginNeverCharges(t *testing.T) {
	host := start(t, quick(), nil, "payment-manual")
	p := host.For(account("nobody"))
	_, err := p.Create(t.Context(), byCard("pay_x", "4242424242424242"))
	require.ErrorIs(t, err, payment.ErrUnavailable)
	_, err = p.Get(t.Context(), "pay_x")
	require.ErrorIs(t, err, payment.ErrUnavailable)
	_, err = host.Methods(t.Context(), account("nobody"))
	require.ErrorIs(t, err, payment.ErrUnavailable)
	_, err = host.Quote(t.Context(), account("nobody"), shipping.Parcel{})
	require.ErrorIs(t, err, shipping.ErrNoRates)
}

func TestQuote(t *testing.T) {
	host := start(t, quick(), nil, "shipping-flatrate")
	shop := account("flatrate")
	shop.Settings = map[string]string{"services": `[
		{"service":"standard","name":"Standard","price":6000,"min_days":2,"max_days":4,"countries":["BD"],"free_over":200000},
		{"service":"world","name":"World","price":90000,"min_days":7,"max_days":20}]`}
	parcel := shipping.Parcel{Items: 1, Subtotal: money.New(199999, "BDT"), From: "BD", To: shipping.Address{Country: "BD"}}
	rates, err := host.Quote(t.Context(), shop, parcel)
	require.NoError(t, err)
	require.Equal(t, []shipping.Rate{
		{Provider: "flatrate", Service: "standard", Name: "Standard", Price: money.New(6000, "BDT"), MinDays: 2, MaxDays: 4},
		{Provider: "flatrate", Service: "world", Name: "World", Price: money.New(90000, "BDT"), MinDays: 7, MaxDays: 20},
	}, rates)
	parcel.Subtotal.Amount = 200000
	rates, err = host.Quote(t.Context(), shop, parcel)
	require.NoError(t, err)
	require.Equal(t, money.New(0, "BDT"), rates[0].Price)
	parcel.To.Country = "DE"
	rates, err = host.Quote(t.Context(), shop, parcel)
	require.NoError(t, err)
	require.Len(t, rates, 1)

	shop.Settings["services"] = `[{"service":"standard","name":"Standard","prise":6000}]`
	_, err = host.Quote(t.Context(), shop, parcel)
	require.ErrorIs(t, err, shipping.ErrNoRates)
	require.ErrorContains(t, err, "settings.services")
}
