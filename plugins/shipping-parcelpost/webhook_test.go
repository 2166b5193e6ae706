package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk"
	"github.com/halum-hut/halum/plugins/shipping-parcelpost/fake"
)

const news = `{"type":"shipment.updated","mode":"test","occurred_at":"2026-03-01T10:00:00Z","data":{"id":"shp_1","mode":"test","reference":"bk_1",
  "state":"confirmed","tracking_number":"PP000000015BD","events":[
  {"at":"2026-03-01T10:00:00Z","status":"delivered","place":"Sylhet"},{"at":"2026-03-01T09:00:00Z","status":"in_transit"}]}}`

var sent = time.Date(2026, 3, 1, 10, 0, 1, 0, time.UTC)

func signed(t *testing.T, body, with string, at time.Time) sdk.Webhook {
	signature, err := fake.Sign(with, "evt_1", at, []byte(body))
	require.NoError(t, err)
	return sdk.Webhook{
		Account: account(), Method: "POST", URL: "https://shop.example/hooks", Body: []byte(body), ReceivedAt: sent,
		Header: map[string]string{"webhook-id": "evt_1", "webhook-timestamp": fmt.Sprint(at.Unix()), "webhook-signature": signature},
	}
}

func TestWebhookTellsWhereTheParcelIs(t *testing.T) {
	for _, with := range []string{secret, former} {
		parsed, err := newPlugin(nil).ParseWebhook(t.Context(), signed(t, news, with, sent))
		require.NoError(t, err)
		require.Len(t, parsed.Events, 1)
		e := parsed.Events[0]
		require.Equal(t, []any{"evt_1", "shipment.updated", sdk.Test, "bk_1", "shp_1"}, []any{e.ID, e.Type, e.Mode, e.BookingID, e.BookingRef})
		require.Equal(t, sdk.ParcelDelivered, e.Tracking.Status)
		require.Equal(t, time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), e.Tracking.At)
		require.Equal(t, sdk.BookingConfirmed, e.Tracking.Booking.Outcome)
	}
}

func TestForgedWebhooksAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*sdk.Webhook){
		"body":                  func(w *sdk.Webhook) { w.Body = []byte(strings.Replace(news, "bk_1", "bk_2", 1)) },
		"id":                    func(w *sdk.Webhook) { w.Header["webhook-id"] = "evt_2" },
		"id and time shifted":   func(w *sdk.Webhook) { w.Header["webhook-id"] = "evt_1." + w.Header["webhook-timestamp"] },
		"time":                  func(w *sdk.Webhook) { w.Header["webhook-timestamp"] = fmt.Sprint(sent.Unix() + 1) },
		"time of words":         func(w *sdk.Webhook) { w.Header["webhook-timestamp"] = "now" },
		"too old":               func(w *sdk.Webhook) { w.ReceivedAt = sent.Add(301 * time.Second) },
		"of the future":         func(w *sdk.Webhook) { w.ReceivedAt = sent.Add(-301 * time.Second) },
		"no time of arrival":    func(w *sdk.Webhook) { w.ReceivedAt = time.Time{} },
		"no signature":          func(w *sdk.Webhook) { delete(w.Header, "webhook-signature") },
		"empty signature":       func(w *sdk.Webhook) { w.Header["webhook-signature"] = "v1," },
		"another version":       func(w *sdk.Webhook) { w.Header["webhook-signature"] = "v2" + w.Header["webhook-signature"][2:] },
		"no headers":            func(w *sdk.Webhook) { w.Header = nil },
		"no secret":             func(w *sdk.Webhook) { w.Account.Secrets, w.Account.Former = nil, nil },
		"rotated away":          func(w *sdk.Webhook) { w.Account.Secrets, w.Account.Former = w.Account.Former, nil },
		"account of other mode": func(w *sdk.Webhook) { w.Account.Mode = sdk.Live },
	} {
		t.Run(name, func(t *testing.T) {
			w := signed(t, news, secret, sent)
			spoil(&w)
			parsed, err := newPlugin(nil).ParseWebhook(t.Context(), w)
			requireFault(t, err, sdk.FaultForged, "")
			require.Empty(t, parsed.Events)
		})
	}
	// An empty key is no key: whoever leaves the secret out must not be able to sign.
	w := signed(t, news, "whsec_", sent)
	w.Account.Secrets, w.Account.Former = sdk.Secrets{webhookSecret: "whsec_"}, nil
	_, err := newPlugin(nil).ParseWebhook(t.Context(), w)
	requireFault(t, err, sdk.FaultForged, "")
}

func TestWebhookSignaturesAtTheEdge(t *testing.T) {
	for _, arrival := range []time.Time{sent.Add(tolerance), sent.Add(-tolerance)} {
		w := signed(t, news, secret, sent)
		w.ReceivedAt = arrival
		w.Header["webhook-signature"] = "v1,AAAA v1a,xyz " + w.Header["webhook-signature"]
		_, err := newPlugin(nil).ParseWebhook(t.Context(), w)
		require.NoError(t, err)
	}
}

// The example of the Standard Webhooks specification's own libraries.
func TestSignatureIsThatOfStandardWebhooks(t *testing.T) {
	a := account()
	a.Secrets, a.Former = sdk.Secrets{webhookSecret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, nil
	require.NoError(t, verify(sdk.Webhook{
		Account: a, Body: []byte(`{"test": 2432232314}`), ReceivedAt: time.Unix(1614265330, 0),
		Header: map[string]string{
			"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
			"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		},
	}))
}

func TestWebhooksThatMeanNothing(t *testing.T) {
	for name, body := range map[string]string{
		"unknown kind":  `{"type":"invoice.issued","mode":"test","data":{"id":"inv_1"}}`,
		"no shipment":   `{"type":"shipment.updated","mode":"test","data":{}}`,
		"not JSON":      `delivered`,
		"another shape": `{"type":"shipment.updated","mode":"test","data":[1]}`,
	} {
		parsed, err := newPlugin(nil).ParseWebhook(t.Context(), signed(t, body, secret, sent))
		require.NoError(t, err, name)
		require.Empty(t, parsed.Events, name)
	}
	_, err := newPlugin(nil).ParseWebhook(t.Context(), signed(t, strings.ReplaceAll(news, `"test"`, `"live"`), secret, sent))
	requireFault(t, err, sdk.FaultForged, "")
}

func TestSettingsShowNoSecrets(t *testing.T) {
	text, err := json.Marshal(account())
	require.NoError(t, err)
	require.NotContains(t, string(text), key)
}
