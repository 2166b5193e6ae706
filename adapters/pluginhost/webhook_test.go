package pluginhost_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
	"github.com/halum-hut/halum/plugins/sdk"
	"github.com/halum-hut/halum/ports"
)

const (
	hookSecret   = "whsec_c2VjcmV0IG9mIHRoZSBwcm9jZXNzIHRlc3Qu"
	formerSecret = "whsec_b2xkZXIgc2VjcmV0IG9mIHRoZSBwcm9jZXNzIQ=="
)

// signing is an account of the sandbox with a webhook secret, and a former one for another hour when there is one.
func signing(t *testing.T, secret, former string) provider.Account {
	t.Helper()
	a := account("sandbox")
	a.Config = []byte(`{"settle_ms": 0}`)
	seal := func(value string) []byte {
		sealed, err := keyring{}.SealFor(t.Context(), a.Tenant, a.SecretName("webhook_secret"), []byte(value))
		require.NoError(t, err)
		return sealed
	}
	s := provider.Secret{Sealed: seal(secret)}
	if former != "" {
		s.Former, s.FormerUntil = seal(former), time.Now().Add(time.Hour)
	}
	a.Secrets = map[string]provider.Secret{"webhook_secret": s}
	return a
}

// hooks is a shop that keeps what the bank sends, for ParsePaymentWebhook.
type hooks struct {
	url string
	mu  sync.Mutex
	got []ports.Webhook
}

func listen(t *testing.T) *hooks {
	t.Helper()
	h := &hooks{}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.url = server.URL + "/hooks/sandbox"
	return h
}

func (h *hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	header := map[string]string{}
	for name, values := range r.Header {
		header[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.got = append(h.got, ports.Webhook{Method: r.Method, URL: h.url, Header: header, Body: body, ReceivedAt: time.Now()})
}

func (h *hooks) all() []ports.Webhook {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.got)
}

// next waits for the nth webhook and reads it.
func (h *hooks) next(t *testing.T, host *pluginhost.Host, as provider.Account, n int) payment.Event {
	t.Helper()
	require.Eventually(t, func() bool { return len(h.all()) >= n }, 20*time.Second, 5*time.Millisecond)
	events, reply, err := host.ParsePaymentWebhook(t.Context(), as, h.all()[n-1])
	require.NoError(t, err)
	require.Equal(t, 200, reply.Status)
	require.Len(t, events, 1)
	require.NotEmpty(t, events[0].ID)
	require.False(t, events[0].At.IsZero())
	require.Equal(t, provider.Test, events[0].Mode)
	return events[0]
}

// payAndListen takes a payment whose webhook has arrived.
func payAndListen(t *testing.T) (host *pluginhost.Host, shop provider.Account, h *hooks, path string) {
	t.Helper()
	o := quick()
	o.Keyring = keyring{}
	host, path = startSandbox(t, o)
	shop, h = signing(t, hookSecret, ""), listen(t)
	in := byCard("pay_hook", "4242424242424242")
	in.WebhookURL = h.url
	r, err := host.For(shop).Create(t.Context(), in)
	require.NoError(t, err)
	e := h.next(t, host, shop, 1)
	require.Equal(t, "payment.captured", e.Type)
	require.Equal(t, payment.ID("pay_hook"), e.PaymentID)
	require.Equal(t, r.ProviderRef, e.PaymentRef)
	require.Equal(t, payment.Captured, e.Payment.Outcome)
	require.Equal(t, r.Captured, e.Payment.Captured)
	require.Nil(t, e.Refund)
	require.Nil(t, e.Dispute)
	return host, shop, h, path
}

func TestWebhooksOfRefundsAndDisputes(t *testing.T) {
	host, shop, h, path := payAndListen(t)
	_, err := host.For(shop).Refund(t.Context(), cardPayment("pay_hook"), move("ref_1", 400))
	require.NoError(t, err)
	e := h.next(t, host, shop, 2)
	require.Equal(t, "refund.succeeded", e.Type)
	require.Equal(t, payment.MoveID("ref_1"), e.RefundID)
	require.Equal(t, payment.Succeeded, e.Refund.Outcome)
	require.Equal(t, bdt(400), e.Refund.Amount)

	j, err := journal.Open(path, time.Now)
	require.NoError(t, err)
	t.Cleanup(func() { _ = j.Close() })
	staff := bank.New(j, time.Now)
	_, err = staff.RefundExternally(t.Context(), "pay_hook", 300)
	require.NoError(t, err)
	e = h.next(t, host, shop, 3)
	require.Empty(t, e.RefundID, "the bank's staff made it")
	require.Equal(t, bdt(300), e.Refund.Amount)
	require.NotEmpty(t, e.Refund.ProviderRef)

	_, err = staff.OpenDispute(t.Context(), "pay_hook", 500, "fraudulent")
	require.NoError(t, err)
	opened := h.next(t, host, shop, 4)
	require.Equal(t, payment.DisputeOpen, opened.Dispute.Status)
	require.Equal(t, bdt(500), opened.Dispute.Amount)
	require.Equal(t, "fraudulent", opened.Dispute.Reason)
	require.True(t, opened.Dispute.Deadline.After(time.Now()))
	for n, c := range []struct {
		decision string
		status   payment.DisputeStatus
	}{{"review", payment.DisputeReview}, {"lose", payment.DisputeLost}} {
		_, err = staff.DecideDispute(t.Context(), "pay_hook", "", c.decision)
		require.NoError(t, err)
		e = h.next(t, host, shop, 5+n)
		require.Equal(t, c.status, e.Dispute.Status)
		require.Equal(t, opened.Dispute.Ref, e.Dispute.Ref)
	}
}

func TestWebhooksThatAreForged(t *testing.T) {
	host, shop, h, _ := payAndListen(t)
	true1 := h.all()[0]
	with := func(change func(*ports.Webhook)) ports.Webhook {
		in := true1
		in.Header = map[string]string{}
		for name, value := range true1.Header {
			in.Header[name] = value
		}
		change(&in)
		return in
	}
	live, other := signing(t, hookSecret, ""), signing(t, formerSecret, "")
	live.Mode = provider.Live
	live.Secrets = map[string]provider.Secret{"webhook_secret": {Sealed: []byte(string(live.Tenant) + "/" + live.SecretName("webhook_secret") + "/" + hookSecret)}}
	for name, c := range map[string]struct {
		as provider.Account
		in ports.Webhook
	}{
		"no signature":        {shop, with(func(in *ports.Webhook) { delete(in.Header, bank.HeaderSignature) })},
		"another signature":   {shop, with(func(in *ports.Webhook) { in.Header[bank.HeaderSignature] = "v1,AAAA" })},
		"another body":        {shop, with(func(in *ports.Webhook) { in.Body = append(slices.Clone(in.Body), ' ') })},
		"another id":          {shop, with(func(in *ports.Webhook) { in.Header[bank.HeaderID] = "evt_other" })},
		"an old one":          {shop, with(func(in *ports.Webhook) { in.ReceivedAt = in.ReceivedAt.Add(6 * time.Minute) })},
		"one of the future":   {shop, with(func(in *ports.Webhook) { in.ReceivedAt = in.ReceivedAt.Add(-6 * time.Minute) })},
		"of the other mode":   {live, true1},
		"another shop's":      {other, true1},
		"a shop without keys": {account("sandbox"), true1},
	} {
		events, _, err := host.ParsePaymentWebhook(t.Context(), c.as, c.in)
		require.ErrorIs(t, err, ports.ErrForged, name)
		require.Equal(t, fault.Denied, fault.KindOf(err), name)
		require.Empty(t, events, name)
	}
}

func TestWebhookOfAFormerSecret(t *testing.T) {
	host, _, h, _ := payAndListen(t)
	rotated := signing(t, formerSecret, hookSecret) // the one that signed has been replaced since
	require.Equal(t, payment.ID("pay_hook"), h.next(t, host, rotated, 1).PaymentID)
	s := rotated.Secrets["webhook_secret"]
	s.FormerUntil = time.Now().Add(-time.Minute)
	rotated.Secrets["webhook_secret"] = s
	_, _, err := host.ParsePaymentWebhook(t.Context(), rotated, h.all()[0])
	require.ErrorIs(t, err, ports.ErrForged, "its time is over")
}

func TestWebhooksNobodyCanRead(t *testing.T) {
	host := start(t, quick(), nil, "payment-manual", "payment-odd")
	_, _, err := host.ParsePaymentWebhook(t.Context(), account("manual"), ports.Webhook{Method: "POST"})
	require.ErrorIs(t, err, ports.ErrUnsupported)
	_, _, err = host.ParsePaymentWebhook(t.Context(), account("nobody"), ports.Webhook{Method: "POST"})
	require.ErrorIs(t, err, payment.ErrUnavailable)
	for fails, code := range map[string]string{
		"panic": "provider_unavailable", "plain_error": "provider_unavailable", "unavailable": "provider_unavailable",
		"forged": "webhook_forged", "unsupported": "not_supported", "misconfigured": "provider_misconfigured",
	} {
		_, _, err = host.ParsePaymentWebhook(t.Context(), account("odd"), ports.Webhook{Header: map[string]string{"x-fails": fails}})
		require.Equal(t, code, fault.CodeOf(err), fails)
	}
}

// What a plugin says of an event is bounded, and what cannot be used is dropped or taken as a hint to ask.
func TestEventsThatDoNotFit(t *testing.T) {
	var log lockedBuffer
	o := quick()
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	host := start(t, o, nil, "payment-odd")
	taka := sdk.Amount{Minor: 100, Currency: "BDT"}
	event := func(change func(*sdk.PaymentEvent)) sdk.PaymentEvent {
		e := sdk.PaymentEvent{ID: "evt_1", Type: "t", Mode: sdk.Test, PaymentID: "pay_1"}
		change(&e)
		return e
	}
	result := payment.Result{Outcome: payment.Captured, Amount: bdt(100), Captured: bdt(60), Refunded: money.New(0, "")}
	for name, c := range map[string]struct {
		in   sdk.PaymentEvent
		want []payment.Event
	}{
		"what happened": {
			event(func(e *sdk.PaymentEvent) {
				e.Payment = &sdk.Result{Outcome: sdk.Captured, Amount: taka, Captured: sdk.Amount{Minor: 60, Currency: "BDT"}}
			}),
			[]payment.Event{{ID: "evt_1", Type: "t", Mode: provider.Test, PaymentID: "pay_1", Payment: &result}},
		},
		"that something happened": {
			event(func(e *sdk.PaymentEvent) { e.Payment = &sdk.Result{} }),
			[]payment.Event{{ID: "evt_1", Type: "t", Mode: provider.Test, PaymentID: "pay_1"}},
		},
		"an answer to no question": {
			event(func(e *sdk.PaymentEvent) { e.Payment = &sdk.Result{Outcome: sdk.NotFound} }),
			[]payment.Event{{ID: "evt_1", Type: "t", Mode: provider.Test, PaymentID: "pay_1"}},
		},
		"a dispute without a name": {
			event(func(e *sdk.PaymentEvent) { e.Dispute = &sdk.Dispute{Amount: taka} }),
			[]payment.Event{{ID: "evt_1", Type: "t", Mode: provider.Test, PaymentID: "pay_1"}},
		},
		"no id":       {event(func(e *sdk.PaymentEvent) { e.ID = "" }), nil},
		"an essay":    {event(func(e *sdk.PaymentEvent) { e.ID = strings.Repeat("x", 256) }), nil},
		"a long type": {event(func(e *sdk.PaymentEvent) { e.Type = strings.Repeat("x", 300) }), []payment.Event{{ID: "evt_1", Type: strings.Repeat("x", 255), Mode: provider.Test, PaymentID: "pay_1"}}},
	} {
		events, reply, err := parse(t, host, sdk.PaymentEvents{Events: []sdk.PaymentEvent{c.in}})
		require.NoError(t, err, name)
		require.Equal(t, c.want, events, name)
		require.Equal(t, ports.WebhookReply{Status: 200, ContentType: "text/plain; charset=utf-8"}, reply)
	}
	_, _, err := parse(t, host, sdk.PaymentEvents{Events: []sdk.PaymentEvent{event(func(e *sdk.PaymentEvent) { e.Mode = sdk.Live })}})
	require.ErrorIs(t, err, ports.ErrForged, "an event of the other mode refuses the webhook as a whole")
	require.Contains(t, log.String(), "is left out")
	require.Contains(t, log.String(), "only taken as a hint to ask")
}

func TestWebhookReplies(t *testing.T) {
	host := start(t, quick(), nil, "payment-odd")
	plain := "text/plain; charset=utf-8"
	for _, c := range []struct {
		said sdk.Reply
		want ports.WebhookReply
	}{
		{sdk.Reply{}, ports.WebhookReply{Status: 200, ContentType: plain}},
		{sdk.Reply{Status: 202, ContentType: "application/json", Body: []byte("{}")}, ports.WebhookReply{Status: 202, ContentType: "application/json", Body: []byte("{}")}},
		{sdk.Reply{Status: 302, ContentType: "text/html", Body: []byte("<p>")}, ports.WebhookReply{Status: 200, ContentType: plain, Body: []byte("<p>")}},
		{sdk.Reply{Status: 500}, ports.WebhookReply{Status: 200, ContentType: plain}},
		{sdk.Reply{Body: []byte(strings.Repeat("x", 4001))}, ports.WebhookReply{Status: 200, ContentType: plain}},
	} {
		_, reply, err := parse(t, host, sdk.PaymentEvents{Reply: c.said})
		require.NoError(t, err)
		require.Equal(t, c.want, reply)
	}
}

// parse lets the odd plugin answer with these events.
func parse(t *testing.T, host *pluginhost.Host, events sdk.PaymentEvents) ([]payment.Event, ports.WebhookReply, error) {
	t.Helper()
	body, err := json.Marshal(events)
	require.NoError(t, err)
	return host.ParsePaymentWebhook(t.Context(), account("odd"), ports.Webhook{Method: "POST", Body: body, ReceivedAt: time.Now()})
}
