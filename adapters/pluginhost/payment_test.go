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
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

func bdt(n int64) money.Money { return money.New(n, "BDT") }

func move(id payment.MoveID, amount int64) payment.Move {
	return payment.Move{ID: id, Amount: bdt(amount), Reason: "requested_by_customer"}
}

func TestSandboxCards(t *testing.T) {
	host, path := startSandbox(t, quick())
	sandbox := host.For(account("sandbox"))
	for _, c := range []struct {
		number, expiry, cvc string
		outcome             payment.Outcome
		code                string
		captured            int64
	}{
		{"4242 4242 4242 4242", "12/34", "123", payment.Captured, "", 199900},
		{"5555555555554444", "12/2034", "1234", payment.Captured, "", 199900},
		{"4000000000000077", "12/34", "123", payment.Authorized, "", 0},
		{"4000000000010308", "12/34", "123", payment.Pending, "", 0},
		{"4000000000000002", "12/34", "123", payment.Declined, "card_declined", 0},
		{"4000000000009995", "12/34", "123", payment.Declined, "insufficient_funds", 0},
		{"4000000000000069", "12/34", "123", payment.Declined, "expired_card", 0},
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
			first, err := sandbox.Create(t.Context(), in)
			require.NoError(t, err)
			require.Equal(t, c.outcome, first.Outcome)
			require.Equal(t, c.code, first.Code)
			require.Equal(t, c.code == "", first.Message == "", "a decline says why")
			require.NotEmpty(t, first.ProviderRef)
			require.Equal(t, bdt(199900), first.Amount)
			require.Equal(t, bdt(c.captured), first.Captured)
			require.Equal(t, c.outcome == payment.Authorized, !first.ExpiresAt.IsZero(), "a promise has an end")
			again, err := sandbox.Create(t.Context(), in)
			require.NoError(t, err)
			require.Equal(t, first, again)
			asked, err := sandbox.Payment(t.Context(), cardPayment(id))
			require.NoError(t, err)
			require.Equal(t, first, asked)
			require.Equal(t, c.captured, booksOf(t, path, id).Taken())
		})
	}
}

// The host hands on what the provider says it took; that it is not what was asked for is for the order to see.
func TestAnotherAmountIsReturnedAsItIs(t *testing.T) {
	host, path := startSandbox(t, quick())
	for number, took := range map[string]money.Money{
		"4000000000001000": bdt(199901), "4000000000010803": money.New(199900, "USD"),
	} {
		id := payment.ID("pay_" + number)
		r, err := host.For(account("sandbox")).Create(t.Context(), byCard(id, number))
		require.NoError(t, err)
		require.Equal(t, payment.Captured, r.Outcome)
		require.Equal(t, took, r.Amount)
		require.Equal(t, took, r.Captured)
		require.Equal(t, string(took.Currency), booksOf(t, path, id).Currency)
	}
}

func TestCaptureLaterPromisesOnly(t *testing.T) {
	host, path := startSandbox(t, quick())
	in := byCard("pay_later", "4242424242424242")
	in.CaptureLater = true
	r, err := host.For(account("sandbox")).Create(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, payment.Authorized, r.Outcome)
	require.Zero(t, booksOf(t, path, "pay_later").Taken())
}

func TestCapturesInParts(t *testing.T) {
	host, path := startSandbox(t, quick())
	sandbox, pay := host.For(account("sandbox")), cardPayment("pay_parts")
	_, err := sandbox.Create(t.Context(), byCard("pay_parts", "4000000000000077"))
	require.NoError(t, err)
	for _, c := range []struct {
		move  payment.Move
		final bool
		taken int64
		code  string
	}{
		{move("cap_1", 50000), false, 50000, ""},
		{move("cap_1", 50000), false, 50000, ""}, // the same again
		{move("cap_2", 60000), false, 110000, ""},
		{move("cap_3", 89901), false, 110000, "amount_too_large"},
		{move("cap_4", 80000), true, 190000, ""}, // the rest of the promise goes
		{move("cap_5", 9900), true, 190000, "already_captured"},
	} {
		r, err := sandbox.Capture(t.Context(), pay, c.move, c.final)
		require.NoError(t, err)
		require.Equal(t, c.code, r.Code, c.move.ID)
		require.Equal(t, c.code != "", r.Outcome == payment.Declined, c.move.ID)
		require.Equal(t, c.code == "", r.Outcome == payment.Captured, c.move.ID)
		require.Equal(t, bdt(c.taken), r.Captured, c.move.ID)
		require.Equal(t, bdt(199900), r.Amount, "what was promised in all")
		require.Equal(t, c.taken, booksOf(t, path, "pay_parts").Taken())
	}
	require.Len(t, booksOf(t, path, "pay_parts").Captures, 3)
}

func TestCaptureOfWhatIsNotThere(t *testing.T) {
	host, _ := startSandbox(t, quick())
	sandbox := host.For(account("sandbox"))
	_, err := sandbox.Capture(t.Context(), cardPayment("pay_none"), move("cap_1", 1), true)
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	_, err = sandbox.Create(t.Context(), byCard("pay_no", "4000000000020406"))
	require.NoError(t, err)
	r, err := sandbox.Capture(t.Context(), cardPayment("pay_no"), move("cap_1", 100), true)
	require.NoError(t, err)
	require.Equal(t, payment.Declined, r.Outcome)
	require.Equal(t, "capture_declined", r.Code)
}

func TestVoid(t *testing.T) {
	host, path := startSandbox(t, quick())
	sandbox := host.For(account("sandbox"))
	for _, c := range []struct {
		name, card string
		capture    int64 // before the void
		want       payment.Outcome
		taken      int64
	}{
		{"promised", "4000000000000077", 0, payment.Voided, 0},
		{"taken in part", "4000000000000077", 500, payment.Captured, 500},
		{"taken", "4242424242424242", 0, payment.Captured, 199900},
		{"declined", "4000000000000002", 0, payment.Declined, 0},
		{"waiting for the shopper", "4000000000003220", 0, payment.Voided, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			pay := cardPayment(payment.ID("pay_" + strings.ReplaceAll(c.name, " ", "_")))
			_, err := sandbox.Create(t.Context(), byCard(pay.ID, c.card))
			require.NoError(t, err)
			if c.capture > 0 {
				_, err = sandbox.Capture(t.Context(), pay, move("cap_1", c.capture), false)
				require.NoError(t, err)
			}
			for range 2 {
				r, err := sandbox.Void(t.Context(), pay)
				require.NoError(t, err)
				require.Equal(t, c.want, r.Outcome)
				require.Equal(t, bdt(c.taken), r.Captured, "money that was taken stays")
			}
			r, err := sandbox.Capture(t.Context(), pay, move("cap_2", 100), true)
			require.NoError(t, err)
			require.Equal(t, payment.Declined, r.Outcome, "nothing more can be taken")
			require.Equal(t, c.taken, booksOf(t, path, pay.ID).Taken())
		})
	}
}

func TestCreateAfterVoidDoesNotCharge(t *testing.T) {
	host, path := startSandbox(t, quick())
	sandbox := host.For(account("sandbox"))
	r, err := sandbox.Void(t.Context(), cardPayment("pay_late"))
	require.NoError(t, err)
	require.Equal(t, payment.Voided, r.Outcome)
	r, err = sandbox.Create(t.Context(), byCard("pay_late", "4242424242424242"))
	require.NoError(t, err)
	require.Equal(t, payment.Voided, r.Outcome)
	require.Zero(t, booksOf(t, path, "pay_late").Taken())
}

func TestTenantsAndModesDoNotShareKeys(t *testing.T) {
	host, _ := startSandbox(t, quick())
	_, err := host.For(account("sandbox")).Create(t.Context(), byCard("pay_mine", "4242424242424242"))
	require.NoError(t, err)
	other, live := account("sandbox"), account("sandbox")
	other.Tenant, live.Mode = "ten_b", provider.Live
	for _, stranger := range []provider.Account{other, live} {
		r, err := host.For(stranger).Payment(t.Context(), cardPayment("pay_mine"))
		require.NoError(t, err)
		require.Equal(t, payment.NoSuchPayment, r.Outcome)
	}
}

func TestRedirect(t *testing.T) {
	for _, c := range []struct {
		decision string
		outcome  payment.Outcome
		taken    int64
	}{{"approve", payment.Captured, 199900}, {"decline", payment.Declined, 0}} {
		t.Run(c.decision, func(t *testing.T) {
			host, path := startSandbox(t, quick())
			sandbox, pay := host.For(account("sandbox")), cardPayment("pay_3ds")
			r, err := sandbox.Create(t.Context(), byCard("pay_3ds", "4000000000003220"))
			require.NoError(t, err)
			require.Equal(t, payment.RequiresAction, r.Outcome)
			require.Equal(t, "redirect", r.Next.Kind)
			require.False(t, r.ExpiresAt.IsZero())
			r, err = sandbox.Continue(t.Context(), pay, map[string]string{"sandbox_state": "captured"})
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
			r, err = sandbox.Continue(t.Context(), pay, nil)
			require.NoError(t, err)
			require.Equal(t, c.outcome, r.Outcome)
			require.Nil(t, r.Next)
			require.Equal(t, c.taken, booksOf(t, path, "pay_3ds").Taken())
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

func TestUpdateAsksForAnotherAmount(t *testing.T) {
	host, path := startSandbox(t, quick())
	sandbox, pay := host.For(account("sandbox")), cardPayment("pay_up")
	_, err := sandbox.Create(t.Context(), byCard("pay_up", "4000000000003220"))
	require.NoError(t, err)
	pay.Asked = bdt(150000)
	for range 2 {
		r, err := sandbox.Update(t.Context(), pay, "pay_up:2")
		require.NoError(t, err)
		require.Equal(t, payment.RequiresAction, r.Outcome)
		require.Equal(t, bdt(150000), r.Amount)
	}
	r, err := sandbox.Payment(t.Context(), pay)
	require.NoError(t, err)
	visit(t, http.MethodPost, r.Next.URL, url.Values{"decision": {"approve"}})
	r, err = sandbox.Payment(t.Context(), pay)
	require.NoError(t, err)
	require.Equal(t, payment.Captured, r.Outcome)
	require.Equal(t, bdt(150000), r.Captured)
	pay.Asked = bdt(1)
	_, err = sandbox.Update(t.Context(), pay, "pay_up:3")
	require.Equal(t, fault.Invalid, fault.KindOf(err), "what is paid keeps its amount")
	require.Equal(t, journal.Captured, booksOf(t, path, "pay_up").State)
	require.Len(t, booksOf(t, path, "pay_up").Captures, 1)
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
