package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-stripe/fake"
	"github.com/halum-hut/halum/plugins/sdk"
)

// shop is a vendor with the fake as its Stripe.
type shop struct {
	t       *testing.T
	fake    *fake.Server
	url     string
	plugin  *stripePlugin
	account sdk.Account
	clock   *clock
}

// clock is the real time, which a test may move.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time           { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) advance(by time.Duration) { c.ahead.Add(int64(by)) }
func settingsJSON(fields map[string]any) json.RawMessage {
	b, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return b
}

var numbers atomic.Int64

func newShop(t *testing.T) *shop {
	t.Helper()
	c := &clock{}
	s := &shop{t: t, fake: fake.New(c.now), clock: c, plugin: newPlugin(c.now)}
	server := httptest.NewServer(dated{s.fake, c})
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	s.url = server.URL
	s.account = sdk.Account{
		Tenant: "ten_a", Mode: sdk.Test, Revision: 1,
		Config:  settingsJSON(map[string]any{"publishable_key": "pk_test_1", "api_base": server.URL}),
		Secrets: sdk.Secrets{secretKey: "sk_test_canary", webhookSecret: "whsec_canary"},
	}
	return s
}

func (s *shop) with(fields map[string]any) *shop {
	fields["publishable_key"], fields["api_base"] = "pk_test_1", s.url
	s.account.Config, s.account.Revision = settingsJSON(fields), s.account.Revision+1
	return s
}

func (s *shop) sale(method string) sdk.CreatePayment {
	id := fmt.Sprintf("pay_%d", numbers.Add(1))
	return sdk.CreatePayment{
		Account:        s.account,
		Payment:        sdk.Payment{ID: id, MethodKind: cardKind, Amount: sdk.Amount{Minor: 199900, Currency: "BDT"}, CreatedAt: s.clock.now()},
		IdempotencyKey: id, MethodFields: sdk.Fields{methodField: method}, OrderNumber: "1001", ReturnURL: "https://green.example/orders/1001",
		ShippingAddress: sdk.Address{Name: "Rahima Begum", Line1: "House 7", City: "Dhaka", Country: "BD"},
	}
}

func (s *shop) create(in sdk.CreatePayment) sdk.Result {
	s.t.Helper()
	r, err := s.plugin.CreatePayment(s.t.Context(), in)
	require.NoError(s.t, err)
	return r
}

// paid makes a payment with what its result says.
func (s *shop) paid(method string, later bool) sdk.Payment {
	s.t.Helper()
	in := s.sale(method)
	in.CaptureLater = later
	in.Payment.Ref = s.create(in).ProviderRef
	require.NotEmpty(s.t, in.Payment.Ref)
	return in.Payment
}

func (s *shop) get(p sdk.Payment) sdk.Result {
	s.t.Helper()
	r, err := s.plugin.GetPayment(s.t.Context(), sdk.GetPayment{Account: s.account, Payment: p})
	require.NoError(s.t, err)
	return r
}

func (s *shop) void(p sdk.Payment) sdk.Result {
	s.t.Helper()
	r, err := s.plugin.Void(s.t.Context(), sdk.Void{Account: s.account, Payment: p, IdempotencyKey: p.ID + ":void"})
	require.NoError(s.t, err)
	return r
}

func (s *shop) capture(p sdk.Payment, id string, minor int64, final bool) sdk.Result {
	s.t.Helper()
	r, err := s.plugin.Capture(s.t.Context(), sdk.Capture{
		Account: s.account, Payment: p, CaptureID: id, IdempotencyKey: id, Amount: sdk.Amount{Minor: minor, Currency: p.Amount.Currency}, Final: final,
	})
	require.NoError(s.t, err)
	return r
}

func (s *shop) refund(p sdk.Payment, id string, minor int64) sdk.RefundResult {
	s.t.Helper()
	r, err := s.plugin.Refund(s.t.Context(), sdk.Refund{
		Account: s.account, Payment: p, RefundID: id, IdempotencyKey: id, Amount: sdk.Amount{Minor: minor, Currency: p.Amount.Currency}, Reason: "requested_by_customer",
	})
	require.NoError(s.t, err)
	return r
}

func (s *shop) getRefund(p sdk.Payment, id, ref string) sdk.RefundResult {
	s.t.Helper()
	r, err := s.plugin.GetRefund(s.t.Context(), sdk.GetRefund{Account: s.account, Payment: p, RefundID: id, RefundRef: ref})
	require.NoError(s.t, err)
	return r
}

// control does something at the fake, as the shopper, the bank or the vendor in the dashboard.
func (s *shop) control(path string, form url.Values) {
	s.t.Helper()
	resp, err := noRedirects.PostForm(s.url+"/_fake/"+path, form)
	require.NoError(s.t, err)
	require.NoError(s.t, resp.Body.Close())
	require.Less(s.t, resp.StatusCode, 400)
}

// soon is a context that ends while the fake hangs.
func (s *shop) soon() context.Context {
	ctx, cancel := context.WithTimeout(s.t.Context(), 300*time.Millisecond)
	s.t.Cleanup(cancel)
	return ctx
}

func requireFault(t *testing.T, err error, kind sdk.FaultKind, field string) {
	t.Helper()
	var f *sdk.Fault
	require.ErrorAs(t, err, &f)
	require.Equal(t, kind, f.Kind, f.Message)
	require.NotContains(t, f.Message, "canary")
	if field != "" {
		require.Len(t, f.Fields, 1)
		require.Equal(t, field, f.Fields[0].Path)
	}
}
