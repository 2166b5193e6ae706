package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"

	"github.com/halum-hut/halum/plugins/sdk"
)

// stripeMock is Stripe's own server for tests: it holds every request against Stripe's OpenAPI document and answers with
// examples of it. It remembers nothing; behaviour is the fake's part.
const stripeMock = "github.com/stripe/stripe-mock@v0.203.0"

// startMock builds stripe-mock as a tool, outside of this module's dependencies, and runs it.
func startMock(t *testing.T) (url string) {
	t.Helper()
	dir := t.TempDir()
	install := exec.CommandContext(t.Context(), "go", "install", stripeMock)
	install.Env, install.Dir = append(os.Environ(), "GOBIN="+dir, "CGO_ENABLED=0", "GOFLAGS="), dir
	out, err := install.CombinedOutput()
	require.NoError(t, err, "build %s (a Go module proxy is needed the first time): %s", stripeMock, out)

	mock := exec.Command(filepath.Join(dir, "stripe-mock"), "-http-addr", "127.0.0.1:0")
	said, err := mock.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, mock.Start())
	t.Cleanup(func() {
		_ = mock.Process.Kill()
		_ = mock.Wait()
	})
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "Listening for HTTP at address: "); ok {
			go func() { _, _ = io.Copy(io.Discard, said) }() // it goes on talking
			return "http://" + address
		}
	}
	t.Fatal("stripe-mock ended before it listened")
	return ""
}

// recorder keeps the answers, so that a refusal shows what Stripe's document says.
type recorder struct {
	base  http.RoundTripper
	t     *testing.T
	calls []string
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	require.NoError(r.t, err)
	require.Less(r.t, resp.StatusCode, 400, "%s %s: %s", req.Method, req.URL, body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	r.calls = append(r.calls, req.Method+" "+req.URL.Path)
	return resp, nil
}

func TestEveryRequestIsAsStripeDocuments(t *testing.T) {
	url := startMock(t)
	shared := newHTTPClient()
	seen := &recorder{base: shared.Transport, t: t}
	shared.Transport = seen
	account := sdk.Account{
		Mode: sdk.Test, Secrets: sdk.Secrets{secretKey: "sk_test_123"},
		Config: settingsJSON(map[string]any{
			"publishable_key": "pk_test_1", "api_base": url, "statement_descriptor": "GREEN SHOP", "multicapture": true, "connected_account": "acct_1",
		}),
	}
	plugin := newPlugin(time.Now)
	plugin.clients.shared = shared
	c, err := plugin.clients.of(account)
	require.NoError(t, err)
	pay := sdk.Payment{ID: "pay_1", MethodKind: cardKind, Amount: taka(199900), CreatedAt: time.Now()}
	in := sdk.CreatePayment{
		Account: account, Payment: pay, IdempotencyKey: "pay_1", CaptureLater: true, MethodFields: sdk.Fields{methodField: "pm_card_visa"},
		OrderNumber: "1001", ReturnURL: "https://green.example/return",
		ShippingAddress: sdk.Address{Name: "Rahima", Line1: "House 7", Line2: "Road 3", City: "Dhaka", Region: "Dhaka", PostalCode: "1209", Country: "BD", Phone: "+880"},
	}
	ctx := t.Context()

	pi, err := c.openFor(ctx, in, 199900)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(pi.ID, "pi_"))
	pay.Ref = pi.ID
	element := in
	element.Payment.MethodKind = elementKind
	_, err = c.openFor(ctx, element, 199900)
	require.NoError(t, err)
	_, err = c.confirm(ctx, in, pi)
	require.NoError(t, err)
	_, err = c.lookUp(ctx, sdk.Payment{ID: "pay_unheard_of", CreatedAt: time.Now()})
	require.NoError(t, err)
	got, err := c.get(ctx, pi.ID)
	require.NoError(t, err)
	require.NotNil(t, got.LatestCharge)
	_, err = c.cancel(ctx, &stripe.PaymentIntent{ID: pi.ID}, "void")
	require.NoError(t, err)
	c.afterCancel(ctx, &stripe.PaymentIntent{ID: pi.ID, Status: stripe.PaymentIntentStatusRequiresCapture, AmountReceived: 1})

	_, err = plugin.UpdatePayment(ctx, sdk.UpdatePayment{Account: account, Payment: pay, IdempotencyKey: "update"})
	require.NoError(t, err)
	_, err = plugin.GetPayment(ctx, sdk.GetPayment{Account: account, Payment: pay})
	require.NoError(t, err)
	params := &stripe.PaymentIntentCaptureParams{Params: c.params(ctx, "capture"), AmountToCapture: stripe.Int64(1000), FinalCapture: stripe.Bool(false)}
	_, err = c.intents.Capture(pi.ID, params)
	require.NoError(t, err)
	for _, reason := range []string{"requested_by_customer", "duplicate", "fraudulent", "unfulfillable"} {
		r, err := plugin.Refund(ctx, sdk.Refund{Account: account, Payment: pay, RefundID: "ref_1", IdempotencyKey: reason, Amount: taka(100), Reason: reason})
		require.NoError(t, err)
		require.Equal(t, sdk.RefundSucceeded, r.Outcome)
	}
	for _, ref := range []string{"", "re_1"} {
		_, err = plugin.GetRefund(ctx, sdk.GetRefund{Account: account, Payment: pay, RefundID: "ref_1", RefundRef: ref})
		require.NoError(t, err)
	}
	require.NoError(t, plugin.ValidateConfig(ctx, account))

	for _, call := range []string{
		"POST /v1/payment_intents", "GET /v1/payment_intents", "POST /v1/payment_intents/" + pi.ID, "POST /v1/payment_intents/" + pi.ID + "/confirm",
		"POST /v1/payment_intents/" + pi.ID + "/capture", "POST /v1/payment_intents/" + pi.ID + "/cancel", "GET /v1/payment_intents/" + pi.ID,
		"POST /v1/refunds", "GET /v1/refunds", "GET /v1/refunds/re_1", "GET /v1/balance",
	} {
		require.Contains(t, seen.calls, call)
	}
}
