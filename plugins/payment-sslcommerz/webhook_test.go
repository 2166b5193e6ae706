package main

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-sslcommerz/fake"
	"github.com/halum-hut/halum/plugins/sdk"
)

// A notification that the sandbox sent in 2020, with its two signatures, as published with an example of SSLCommerz's
// library for Python.
var published = map[string]string{
	"tran_id": "5E121A0D01F92", "val_id": "200105225826116qFnATY9sHIwo", "amount": "10.00", "card_type": "VISA-Dutch Bangla",
	"store_amount": "9.75", "card_no": "418117XXXXXX6675", "bank_tran_id": "200105225825DBgSoRGLvczhFjj", "status": "VALID",
	"tran_date": "2020-01-05 22:58:21", "currency": "BDT", "card_issuer": "TRUST BANK, LTD.", "card_brand": "VISA",
	"card_issuer_country": "Bangladesh", "card_issuer_country_code": "BD", "store_id": "test_testemi",
	"verify_sign": "d42fab70ae0bcbda5280e7baffef60b0",
	"verify_key": "amount,bank_tran_id,base_fair,card_brand,card_issuer,card_issuer_country,card_issuer_country_code,card_no,card_type," +
		"currency,currency_amount,currency_rate,currency_type,risk_level,risk_title,status,store_amount,store_id,tran_date,tran_id,val_id," +
		"value_a,value_b,value_c,value_d",
	"verify_sign_sha2": "02c0417ff467c109006382d56eedccecd68382e47245266e7b47abbb3d43976e",
	"currency_type":    "BDT", "currency_amount": "10.00", "currency_rate": "1.0000", "base_fair": "0.00",
	"value_a": "", "value_b": "", "value_c": "", "value_d": "", "risk_level": "0", "risk_title": "Safe",
}

func body(fields map[string]string) []byte {
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, value)
	}
	return []byte(form.Encode())
}

func (s *shop) parse(body []byte) (sdk.PaymentEvents, error) {
	return s.plugin.ParseWebhook(s.t.Context(), sdk.Webhook{Account: s.account, Method: http.MethodPost, Body: body, ReceivedAt: s.clock.now()})
}

func TestAPublishedNotificationIsAuthentic(t *testing.T) {
	s := newShop(t)
	s.set("store_id", "test_testemi")
	s.account.Secrets = sdk.Secrets{storePasswd: "test_testemi@ssl"}
	got, err := s.parse(body(published))
	require.NoError(t, err)
	require.Len(t, got.Events, 1)
	e := got.Events[0]
	require.Equal(t, "5E121A0D01F92", e.PaymentID)
	require.Equal(t, "5E121A0D01F92/200105225826116qFnATY9sHIwo/200105225825DBgSoRGLvczhFjj/VALID", e.ID)
	require.Equal(t, sdk.Test, e.Mode)
	require.Nil(t, e.Payment, "it is a hint")

	s.account.Secrets, s.account.Former = sdk.Secrets{storePasswd: "another"}, sdk.Secrets{storePasswd: "test_testemi@ssl"}
	_, err = s.parse(body(published))
	require.NoError(t, err, "the password before is good for a while")
}

func TestForgeries(t *testing.T) {
	for name, change := range map[string]func(map[string]string){
		"another payment":   func(f map[string]string) { f["tran_id"] = "5E121A0D01F93" },
		"another status":    func(f map[string]string) { f["status"] = "FAILED" },
		"another store":     func(f map[string]string) { f["store_id"] = "test_other" },
		"no signature":      func(f map[string]string) { delete(f, "verify_sign") },
		"no SHA-256":        func(f map[string]string) { delete(f, "verify_sign_sha2") },
		"a wrong SHA-256":   func(f map[string]string) { f["verify_sign_sha2"] = f["verify_sign"] },
		"no keys":           func(f map[string]string) { f["verify_key"] = "" },
		"a field taken out": func(f map[string]string) { delete(f, "value_d") },
		"signed by another": func(f map[string]string) { resign(f, "mine") },
		"a payment that is not vouched": func(f map[string]string) {
			id := f["tran_id"]
			delete(f, "tran_id")
			resign(f, "test_testemi@ssl")
			f["tran_id"] = id
		},
		"a name that is none": func(f map[string]string) { f["a=b&c"] = "" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.set("store_id", "test_testemi")
			s.account.Secrets = sdk.Secrets{storePasswd: "test_testemi@ssl"}
			fields := maps.Clone(published)
			change(fields)
			_, err := s.parse(body(fields))
			requireFault(t, err, sdk.FaultForged, "")
		})
	}
	s := newShop(t)
	for _, nonsense := range []string{"", "tran_id=1&tran_id=2", "%zz", `{"status":"VALID"}`} {
		_, err := s.parse([]byte(nonsense))
		requireFault(t, err, sdk.FaultForged, "")
	}
}

// resign signs as the fake does.
func resign(fields map[string]string, password string) {
	for _, name := range []string{"verify_key", "verify_sign", "verify_sign_sha2"} {
		delete(fields, name)
	}
	fake.Sign(fields, password)
}

func TestNotificationsThatMeanNothing(t *testing.T) {
	s := newShop(t)
	for _, fields := range []map[string]string{
		{"status": "SETTLED", "tran_id": "pay_1"}, {"status": "VALID", "tran_id": "an order of another system, by hand"},
	} {
		fields["store_id"] = fake.StoreID
		fake.Sign(fields, fake.StorePasswd)
		got, err := s.parse(body(fields))
		require.NoError(t, err)
		require.Empty(t, got.Events)
	}
}

// SSLCommerz itself posts to the shop, about each way that a session ends.
func TestSSLCommerzTellsTheShop(t *testing.T) {
	posts := make(chan []byte, 1)
	hooks := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got, err := io.ReadAll(r.Body)
		if err == nil {
			posts <- got
		}
	}))
	t.Cleanup(hooks.Close)
	s := newShop(t)
	seen := map[string]bool{}
	for decision, want := range map[string]sdk.Outcome{"pay": sdk.Captured, "decline": sdk.Declined, "cancel": sdk.Declined} {
		in := s.sale()
		in.WebhookURL = hooks.URL
		r, err := s.create(in)
		require.NoError(t, err)
		s.decide(r.Next.RedirectURL, decision)
		var post []byte
		select {
		case post = <-posts:
		case <-time.After(10 * time.Second):
			require.Fail(t, "no notification came")
		}
		got, err := s.parse(post)
		require.NoError(t, err)
		require.Equal(t, in.Payment.ID, got.Events[0].PaymentID)
		seen[got.Events[0].ID] = true
		require.Equal(t, want, s.get(in.Payment).Outcome)
	}
	require.Len(t, seen, 3)
}

func TestAnOldNotificationClaimsNothing(t *testing.T) {
	s := newShop(t)
	p := s.paid()
	made := s.post(s.url+"/_fake/ipn", url.Values{
		"payment_id": {p.ID}, "event_id": {"v"}, "now": {"1600000000"}, "secret": {fake.StorePasswd},
	})
	var request struct{ Body string }
	require.NoError(t, json.NewDecoder(made.Body).Decode(&request))
	got, err := s.parse([]byte(request.Body))
	require.NoError(t, err)
	require.Nil(t, got.Events[0].Payment)
}
