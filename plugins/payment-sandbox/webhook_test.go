package main

import (
	"encoding/json"
	"maps"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
	"github.com/halum-hut/halum/plugins/sdk"
)

// notice is an event of the bank.
func notice(kind string, change func(*bank.Event)) bank.Event {
	e := bank.Event{
		ID: "evt_1", Type: kind, Created: time.Date(2026, 11, 23, 9, 0, 0, 5, time.UTC),
		Payment: &bank.EventPayment{ID: "pay_1", Ref: "sb_1", State: journal.Captured, Amount: 1000, Captured: 1000, Currency: "BDT"},
	}
	if change != nil {
		change(&e)
	}
	return e
}

// sealed is a webhook as the platform hands it on, of an account whose secret was rotated.
func sealed(t *testing.T, e bank.Event, with string, at time.Time) sdk.Webhook {
	t.Helper()
	body, err := json.Marshal(e)
	require.NoError(t, err)
	signature, err := bank.Sign(with, e.ID, at, body)
	require.NoError(t, err)
	return sdk.Webhook{
		Account: sdk.Account{
			Tenant: "ten_a", Mode: sdk.Test, Secrets: sdk.Secrets{webhookSecret: secret}, Former: sdk.Secrets{webhookSecret: older},
		},
		Method: "POST", Body: body, ReceivedAt: at,
		Header: map[string]string{
			bank.HeaderID: e.ID, bank.HeaderTimestamp: strconv.FormatInt(at.Unix(), 10), bank.HeaderSignature: signature,
		},
	}
}

func parse(t *testing.T, in sdk.Webhook) (sdk.PaymentEvents, error) {
	t.Helper()
	return (&sandbox{}).ParseWebhook(t.Context(), in)
}

func TestWebhooksAreForgedUnlessSigned(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 1, 0, time.UTC)
	for _, c := range []struct {
		name   string
		change func(*sdk.Webhook)
		ok     bool
	}{
		{"as sent", func(*sdk.Webhook) {}, true},
		{"300 s old", func(w *sdk.Webhook) { w.ReceivedAt = now.Add(300 * time.Second) }, true},
		{"300 s ahead", func(w *sdk.Webhook) { w.ReceivedAt = now.Add(-300 * time.Second) }, true},
		{"older", func(w *sdk.Webhook) { w.ReceivedAt = now.Add(301 * time.Second) }, false},
		{"from the future", func(w *sdk.Webhook) { w.ReceivedAt = now.Add(-301 * time.Second) }, false},
		{"another body", func(w *sdk.Webhook) { w.Body[len(w.Body)-2] ^= 1 }, false},
		{"another id", func(w *sdk.Webhook) { w.Header[bank.HeaderID] = "evt_2" }, false},
		{"another time", func(w *sdk.Webhook) { w.Header[bank.HeaderTimestamp] = strconv.FormatInt(now.Unix()+1, 10) }, false},
		{"no time", func(w *sdk.Webhook) { delete(w.Header, bank.HeaderTimestamp) }, false},
		{"no signature", func(w *sdk.Webhook) { delete(w.Header, bank.HeaderSignature) }, false},
		{"no header", func(w *sdk.Webhook) { w.Header = nil }, false},
		{"no secret", func(w *sdk.Webhook) { w.Account.Secrets, w.Account.Former = nil, nil }, false},
		{"live account", func(w *sdk.Webhook) { w.Account.Mode = sdk.Live }, false},
	} {
		for _, with := range []string{secret, older} {
			t.Run(c.name, func(t *testing.T) {
				in := sealed(t, notice("payment.captured", nil), with, now)
				in.Header = maps.Clone(in.Header)
				c.change(&in)
				events, err := parse(t, in)
				if c.ok {
					require.NoError(t, err)
					require.Len(t, events.Events, 1)
					return
				}
				var f *sdk.Fault
				require.ErrorAs(t, err, &f)
				require.Equal(t, sdk.FaultForged, f.Kind)
				require.Empty(t, events.Events)
			})
		}
	}
	_, err := parse(t, sealed(t, notice("payment.captured", nil), "whsec_YSBzZWNyZXQgb2YgbmVpdGhlciBvZiB0aGUgdHdvLi4=", now))
	require.Error(t, err)
}

func TestWhatWebhooksMean(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 1, 0, time.UTC)
	amount := sdk.Amount{Minor: 1000, Currency: "BDT"}
	one := func(kind string, change func(*bank.Event)) sdk.PaymentEvent {
		t.Helper()
		events, err := parse(t, sealed(t, notice(kind, change), secret, now))
		require.NoError(t, err)
		require.Len(t, events.Events, 1)
		return events.Events[0]
	}
	e := one("payment.captured", nil)
	require.Equal(t, sdk.PaymentEvent{
		ID: "evt_1", Type: "payment.captured", Mode: sdk.Test, At: notice("", nil).Created, PaymentID: "pay_1", PaymentRef: "sb_1",
		Payment: &sdk.Result{Outcome: sdk.Captured, ProviderRef: "sb_1", Amount: amount, Captured: amount, Refunded: sdk.Amount{Currency: "BDT"}},
	}, e)
	e = one("refund.failed", func(e *bank.Event) {
		e.Refund = &bank.EventMovement{ID: "ref_1", Ref: "sbr_1", State: journal.RefundFailed, Amount: 400, Currency: "BDT", Code: "refund_declined"}
	})
	require.Nil(t, e.Payment)
	require.Equal(t, "ref_1", e.Refund.RefundID)
	require.Equal(t, sdk.RefundFailed, e.Refund.Outcome)
	require.Equal(t, "refund_declined", e.Refund.Code)
	deadline := now.Add(time.Hour)
	e = one("dispute.opened", func(e *bank.Event) {
		e.Dispute = &bank.EventMovement{Ref: "sbd_1", State: journal.DisputeOpen, Amount: 1000, Currency: "BDT", Reason: "fraudulent", Deadline: deadline}
	})
	require.Equal(t, &sdk.Dispute{Ref: "sbd_1", Status: sdk.DisputeOpen, Amount: amount, Reason: "fraudulent", Deadline: deadline}, e.Dispute)

	for name, e := range map[string]bank.Event{
		"unknown kind":  notice("merchant.news", nil),
		"no payment":    notice("payment.captured", func(e *bank.Event) { e.Payment = nil }),
		"unknown state": notice("payment.captured", func(e *bank.Event) { e.Payment.State = "resting" }),
	} {
		events, err := parse(t, sealed(t, e, secret, now))
		require.NoError(t, err, name)
		require.Empty(t, events.Events, name)
	}
}

func TestSettings(t *testing.T) {
	for _, c := range []struct{ config, secret, field string }{
		{`{}`, "", ""},
		{``, secret, ""},
		{`{"settle_ms":0,"answer_delay_min_ms":5,"answer_delay_max_ms":10,"webhook_copies":5,"webhook_delay_ms":1}`, secret, ""},
		{`{"settle_ms":-1}`, "", "settle_ms"},
		{`{"answer_delay_min_ms":5}`, "", "answer_delay_min_ms"},
		{`{"answer_delay_max_ms":60001}`, "", "answer_delay_max_ms"},
		{`{"webhook_copies":6}`, "", "webhook_copies"},
		{`{"webhook_delay_ms":-1}`, "", "webhook_delay_ms"},
		{`{"cards":1}`, "", "cards"},
		{`{}`, "password", webhookSecret},
	} {
		account := sdk.Account{Tenant: "ten_a", Config: json.RawMessage(c.config), Secrets: sdk.Secrets{webhookSecret: c.secret}}
		err := (&sandbox{}).ValidateConfig(t.Context(), account)
		if c.field == "" {
			require.NoError(t, err, c.config)
			continue
		}
		var f *sdk.Fault
		require.ErrorAs(t, err, &f, c.config)
		require.Equal(t, c.field, f.Fields[0].Path)
	}
}
