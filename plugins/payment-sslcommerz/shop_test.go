package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-sslcommerz/fake"
	"github.com/halum-hut/halum/plugins/sdk"
)

// shop is a vendor with the fake as its SSLCommerz.
type shop struct {
	t       *testing.T
	fake    *fake.Server
	url     string
	dir     string
	plugin  *sslcommerzPlugin
	account sdk.Account
	clock   *clock

	settings map[string]string // besides the usual ones
}

// clock is the real time, which a test may move.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time           { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) advance(by time.Duration) { c.ahead.Add(int64(by)) }

var numbers atomic.Int64

const price = 199900

func newShop(t *testing.T) *shop {
	t.Helper()
	c := &clock{}
	s := &shop{t: t, fake: fake.New(c.now), clock: c, dir: t.TempDir(), settings: map[string]string{}}
	server := httptest.NewServer(s.fake)
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(s.fake.Wait)
	s.url = server.URL
	s.account = sdk.Account{Tenant: "ten_a", Mode: sdk.Test, Secrets: sdk.Secrets{storePasswd: fake.StorePasswd}}
	s.set("store_id", fake.StoreID)
	s.restart()
	return s
}

// set changes one setting.
func (s *shop) set(name, value string) {
	fields := map[string]string{"store_id": fake.StoreID, "api_base": s.url}
	maps.Copy(fields, s.settings)
	fields[name] = value
	raw, err := json.Marshal(fields)
	require.NoError(s.t, err)
	s.account.Config, s.account.Revision = raw, s.account.Revision+1
}

// restart is another process with the same folder.
func (s *shop) restart() { s.plugin = newPlugin(openStore(s.dir, s.clock.now), s.clock.now) }

// forget is another process with another folder.
func (s *shop) forget() {
	s.dir = s.t.TempDir()
	s.restart()
}

func (s *shop) sale() sdk.CreatePayment {
	id := fmt.Sprintf("pay_%d", numbers.Add(1))
	home := sdk.Address{Name: "Rahima Khatun", Line1: "12 Lake Road", City: "Dhaka", PostalCode: "1209", Country: "BD"}
	return sdk.CreatePayment{
		Account: s.account, Payment: sdk.Payment{ID: id, MethodKind: methodKind, Amount: taka(price), CreatedAt: s.clock.now()},
		IdempotencyKey: id, OrderNumber: "1001", ReturnURL: "https://green.example/checkout/return?order=7&secret=x",
		Buyer:           sdk.Buyer{Name: "Rahima Khatun", Email: "rahima@example.com", Phone: "+8801700000000", Address: home},
		ShippingAddress: home,
	}
}

func (s *shop) create(in sdk.CreatePayment) (sdk.Result, error) {
	return s.plugin.CreatePayment(s.t.Context(), in)
}

// opened makes a payment that waits for the shopper.
func (s *shop) opened() (sdk.Payment, string) {
	s.t.Helper()
	in := s.sale()
	r, err := s.create(in)
	require.NoError(s.t, err)
	require.Equal(s.t, sdk.RequiresAction, r.Outcome)
	in.Payment.Ref = r.ProviderRef
	return in.Payment, r.Next.RedirectURL
}

// decide is what the shopper does on SSLCommerz's page, and returns what the shopper brings back.
func (s *shop) decide(page, decision string) map[string]string {
	s.t.Helper()
	resp := s.post(page, url.Values{"decision": {decision}})
	back, err := url.Parse(resp.Header.Get("Location"))
	require.NoError(s.t, err)
	params := map[string]string{}
	for name, values := range back.Query() {
		params[name] = values[0]
	}
	return params
}

var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (s *shop) post(address string, form url.Values) *http.Response {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	require.NoError(s.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := noRedirects.Do(req)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = resp.Body.Close() })
	require.Less(s.t, resp.StatusCode, 400)
	return resp
}

func (s *shop) goOn(p sdk.Payment, params map[string]string) sdk.Result {
	s.t.Helper()
	r, err := s.plugin.ContinuePayment(s.t.Context(), sdk.ContinuePayment{Account: s.account, Payment: p, Params: params})
	require.NoError(s.t, err)
	return r
}

func (s *shop) paid() sdk.Payment {
	s.t.Helper()
	p, page := s.opened()
	require.Equal(s.t, sdk.Captured, s.goOn(p, s.decide(page, "pay")).Outcome)
	return p
}

func (s *shop) get(p sdk.Payment) sdk.Result {
	s.t.Helper()
	r, err := s.plugin.GetPayment(s.t.Context(), sdk.GetPayment{Account: s.account, Payment: p})
	require.NoError(s.t, err)
	return r
}

func (s *shop) void(p sdk.Payment) sdk.Result {
	s.t.Helper()
	r, err := s.plugin.Void(s.t.Context(), sdk.Void{Account: s.account, Payment: p})
	require.NoError(s.t, err)
	return r
}

func (s *shop) tryRefund(ctx context.Context, p sdk.Payment, id string, minor int64) (sdk.RefundResult, error) {
	return s.plugin.Refund(ctx, sdk.Refund{
		Account: s.account, Payment: p, RefundID: id, IdempotencyKey: id, Amount: taka(minor), Reason: "requested_by_customer",
	})
}

func (s *shop) refund(p sdk.Payment, id string, minor int64) sdk.RefundResult {
	s.t.Helper()
	r, err := s.tryRefund(s.t.Context(), p, id, minor)
	require.NoError(s.t, err)
	return r
}

func (s *shop) getRefund(p sdk.Payment, id, ref string, minor int64) sdk.RefundResult {
	s.t.Helper()
	r, err := s.plugin.GetRefund(s.t.Context(), sdk.GetRefund{Account: s.account, Payment: p, RefundID: id, RefundRef: ref, Amount: taka(minor)})
	require.NoError(s.t, err)
	return r
}

// settle decides on a refund at SSLCommerz.
func (s *shop) settle(ref, status string) {
	s.t.Helper()
	s.post(s.url+"/_fake/refunds/"+ref, url.Values{"status": {status}})
}

// books sees what really happened.
func (s *shop) books(p sdk.Payment, charges int, captured, refunded int64) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+"/_fake/books?payment="+p.ID, nil)
	require.NoError(s.t, err)
	resp, err := noRedirects.Do(req)
	require.NoError(s.t, err)
	defer resp.Body.Close()
	var got struct {
		Charges            int
		Captured, Refunded int64
	}
	require.NoError(s.t, json.NewDecoder(resp.Body).Decode(&got))
	require.Equal(s.t, charges, got.Charges, "charges")
	require.Equal(s.t, captured, got.Captured, "captured")
	require.Equal(s.t, refunded, got.Refunded, "refunded")
}

// soon is a context that ends while the fake hangs.
func (s *shop) soon() context.Context {
	ctx, cancel := context.WithTimeout(s.t.Context(), 500*time.Millisecond)
	s.t.Cleanup(cancel)
	return ctx
}

func requireCaptured(t *testing.T, r sdk.Result, captured, refunded int64) {
	t.Helper()
	require.Equal(t, sdk.Captured, r.Outcome)
	require.Equal(t, taka(captured), r.Captured)
	require.Equal(t, taka(captured), r.Amount)
	require.Equal(t, taka(refunded), r.Refunded)
}

func requireFault(t *testing.T, err error, kind sdk.FaultKind, field string) {
	t.Helper()
	var f *sdk.Fault
	require.ErrorAs(t, err, &f)
	require.Equal(t, kind, f.Kind, f.Message)
	require.NotContains(t, err.Error(), "canary")
	if field != "" {
		require.Len(t, f.Fields, 1)
		require.Equal(t, field, f.Fields[0].Path)
	}
}
