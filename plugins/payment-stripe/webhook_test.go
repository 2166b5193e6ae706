package main

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/halum-hut/halum/plugins/payment-stripe/fake"
	"github.com/halum-hut/halum/plugins/sdk"
)

// news makes a webhook as the fake sends it now.
func (s *shop) news(form url.Values) sdk.Webhook {
	s.t.Helper()
	if !form.Has("secret") {
		form.Set("secret", s.account.Secrets[webhookSecret])
	}
	e, err := s.fake.Event(form)
	require.NoError(s.t, err)
	return sdk.Webhook{Account: s.account, Method: e.Method, Header: e.Header, Body: []byte(e.Body), ReceivedAt: s.clock.now()}
}

func (s *shop) about(kind string, p sdk.Payment, more ...string) url.Values {
	form := url.Values{"type": {kind}, "payment_intent": {p.Ref}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func (s *shop) parse(in sdk.Webhook) []sdk.PaymentEvent {
	s.t.Helper()
	got, err := s.plugin.ParseWebhook(s.t.Context(), in)
	require.NoError(s.t, err)
	require.Zero(s.t, got.Reply)
	return got.Events
}

func TestWebhookSignature(t *testing.T) {
	s := newShop(t)
	p := s.paid("pm_card_visa", false)
	good := s.news(s.about("payment_intent.succeeded", p))
	at := s.clock.now()
	resigned := func(change func(*sdk.Webhook)) sdk.Webhook {
		w := good
		w.Header = map[string]string{"stripe-signature": good.Header["stripe-signature"]}
		change(&w)
		return w
	}
	for name, c := range map[string]struct {
		in     sdk.Webhook
		forged bool
	}{
		"good":             {in: good},
		"late, in time":    {in: resigned(func(w *sdk.Webhook) { w.ReceivedAt = at.Add(299 * time.Second) })},
		"too late":         {in: resigned(func(w *sdk.Webhook) { w.ReceivedAt = at.Add(302 * time.Second) }), forged: true},
		"from the future":  {in: resigned(func(w *sdk.Webhook) { w.ReceivedAt = at.Add(-302 * time.Second) }), forged: true},
		"no signature":     {in: resigned(func(w *sdk.Webhook) { w.Header = nil }), forged: true},
		"nonsense":         {in: resigned(func(w *sdk.Webhook) { w.Header["stripe-signature"] = "t=x,v1=zz" }), forged: true},
		"two times":        {in: resigned(func(w *sdk.Webhook) { w.Header["stripe-signature"] += ",t=1" }), forged: true},
		"another scheme":   {in: resigned(func(w *sdk.Webhook) { w.Header["stripe-signature"] = "t=1,v0=00" }), forged: true},
		"another body":     {in: resigned(func(w *sdk.Webhook) { w.Body = append([]byte(" "), w.Body...) }), forged: true},
		"another secret":   {in: resigned(func(w *sdk.Webhook) { w.Account.Secrets = sdk.Secrets{webhookSecret: "whsec_other"} }), forged: true},
		"no secret at all": {in: resigned(func(w *sdk.Webhook) { w.Account.Secrets = nil }), forged: true},
		"an empty secret": {in: resigned(func(w *sdk.Webhook) {
			w.Account.Secrets = nil
			w.Header["stripe-signature"] = fake.Sign(at, w.Body, "")
		}), forged: true},
		"the former secret": {in: resigned(func(w *sdk.Webhook) {
			w.Header["stripe-signature"] = fake.Sign(at, w.Body, "whsec_old")
			w.Account.Former = sdk.Secrets{webhookSecret: "whsec_old"}
		})},
		"one of two": {in: resigned(func(w *sdk.Webhook) {
			w.Header["stripe-signature"] = "v1=00," + w.Header["stripe-signature"]
		})},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.plugin.ParseWebhook(t.Context(), c.in)
			if c.forged {
				requireFault(t, err, sdk.FaultForged, "")
				return
			}
			require.NoError(t, err)
		})
	}
	// The fake signs as Stripe does.
	require.NoError(t, webhook.ValidatePayload(good.Body, good.Header["stripe-signature"], "whsec_canary"))
}

func TestWebhooksOfPayments(t *testing.T) {
	s := newShop(t)
	for kind, c := range map[string]struct {
		method string
		later  bool
		do     func(sdk.Payment)
		want   sdk.Outcome
	}{
		"payment_intent.succeeded":                 {method: "pm_card_visa", want: sdk.Captured},
		"payment_intent.amount_capturable_updated": {method: "pm_card_visa", later: true, want: sdk.Authorized},
		"payment_intent.payment_failed":            {method: "pm_card_chargeDeclinedInsufficientFunds", want: sdk.Declined},
		"payment_intent.processing":                {method: "pm_fake_processing", want: sdk.Pending},
		"payment_intent.requires_action":           {method: "pm_card_authenticationRequired", want: sdk.RequiresAction},
		"payment_intent.canceled":                  {method: "pm_card_visa", later: true, do: func(p sdk.Payment) { s.void(p) }, want: sdk.Voided},
	} {
		t.Run(kind, func(t *testing.T) {
			p := s.paid(c.method, c.later)
			if c.do != nil {
				c.do(p)
			}
			form := s.about(kind, p, "event_id", "evt_1")
			events := s.parse(s.news(form))
			require.Len(t, events, 1)
			e := events[0]
			require.Equal(t, []any{"evt_1", kind, sdk.Test, p.ID, p.Ref}, []any{e.ID, e.Type, e.Mode, e.PaymentID, e.PaymentRef})
			require.WithinDuration(t, s.clock.now(), e.At, 5*time.Second)
			require.Equal(t, c.want, e.Payment.Outcome)
			require.Equal(t, p.Amount, e.Payment.Amount)
			form.Set("livemode", "true")
			require.Equal(t, sdk.Live, s.parse(s.news(form))[0].Mode)
		})
	}
}

func TestWebhookOfAnExpiredPromise(t *testing.T) {
	s := newShop(t)
	p := s.paid("pm_card_visa", true)
	s.control("intents/"+p.Ref+"/expire", nil)
	require.Equal(t, sdk.Expired, s.parse(s.news(s.about("payment_intent.canceled", p)))[0].Payment.Outcome)
	e := s.parse(s.news(s.about("charge.expired", p)))[0]
	require.Nil(t, e.Payment, "a hint")
	require.Equal(t, p.Ref, e.PaymentRef)
}

func TestWebhooksOfRefunds(t *testing.T) {
	s := newShop(t)
	p := s.paid("pm_card_pendingRefund", false)
	ref := s.refund(p, "ref_1", 50000).ProviderRef
	tell := func(kind string) *sdk.RefundEvent {
		events := s.parse(s.news(url.Values{"type": {kind}, "refund": {ref}}))
		require.Len(t, events, 1)
		require.Equal(t, p.ID, events[0].PaymentID)
		return events[0].Refund
	}
	require.Equal(t, sdk.RefundPending, tell("refund.created").Outcome)
	s.control("refunds/"+ref+"/settle", url.Values{"status": {"failed"}})
	for _, kind := range []string{"refund.updated", "charge.refund.updated", "refund.failed"} {
		got := tell(kind)
		require.Equal(t, []any{"ref_1", ref, sdk.RefundFailed, taka(50000)}, []any{got.RefundID, got.ProviderRef, got.Outcome, got.Amount})
	}

	s.control("intents/"+p.Ref+"/refund", url.Values{"amount": {"70000"}}) // in the dashboard
	events := s.parse(s.news(s.about("charge.refunded", p)))
	require.Equal(t, []any{p.ID, p.Ref}, []any{events[0].PaymentID, events[0].PaymentRef})
	require.Nil(t, events[0].Refund)
	require.Nil(t, events[0].Payment, "a hint: a late one would tell of refunds that have failed since")
	require.Equal(t, taka(70000), s.get(p).Refunded)
}

func TestWebhooksOfDisputes(t *testing.T) {
	s := newShop(t)
	p := s.paid("pm_card_createDispute", false)
	for status, want := range map[string]sdk.DisputeStatus{
		"needs_response": sdk.DisputeOpen, "warning_needs_response": sdk.DisputeOpen, "under_review": sdk.DisputeUnderReview,
		"won": sdk.DisputeWon, "warning_closed": sdk.DisputeWon, "lost": sdk.DisputeLost,
	} {
		for _, kind := range []string{"charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed"} {
			events := s.parse(s.news(s.about(kind, p, "status", status)))
			require.Len(t, events, 1)
			require.Equal(t, p.Ref, events[0].PaymentRef)
			d := events[0].Dispute
			require.Equal(t, []any{want, p.Amount, "fraudulent"}, []any{d.Status, d.Amount, d.Reason})
			require.True(t, d.Deadline.After(s.clock.now()))
		}
	}
	require.Empty(t, s.parse(s.news(s.about("charge.dispute.updated", p, "status", "a_new_one"))))
}

func TestWebhooksThatMeanNothing(t *testing.T) {
	s := newShop(t)
	p := s.paid("pm_card_visa", false)
	require.Empty(t, s.parse(s.news(s.about("customer.created", p))))
	require.Empty(t, s.parse(s.news(s.about("payment_intent.succeeded", p, "account", "acct_other"))), "of an account that is not this vendor's")
	in := s.news(s.about("payment_intent.succeeded", p))
	for _, body := range []string{`{`, `[]`, `{"id":"evt_1"}`, `{"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{"id":"pi_of_another_program","status":"succeeded"}}}`, `{"id":"evt_1","type":"payment_intent.succeeded","data":{"object":7}}`} {
		in.Body = []byte(body)
		in.Header = map[string]string{"stripe-signature": fake.Sign(s.clock.now(), in.Body, "whsec_canary")}
		require.Empty(t, s.parse(in), body)
	}
}

func FuzzParseSignature(f *testing.F) {
	f.Add("t=1492774577,v1=5257,v0=00")
	f.Add("t=,v1")
	f.Add(",,==,")
	f.Fuzz(func(t *testing.T, header string) {
		at, signatures, err := parseSignature(header)
		if err == nil && (at.IsZero() || len(signatures) == 0) {
			t.Fatal("accepted without a time or a signature")
		}
	})
}
