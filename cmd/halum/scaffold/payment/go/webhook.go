package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

// tolerance is how old a webhook may be, so that one cannot be recorded and played again.
const tolerance = 5 * time.Minute

// ParseWebhook checks the signature over the raw body before it reads a single field.
func (pr provider) ParseWebhook(_ context.Context, in sdk.Webhook) (sdk.PaymentEvents, error) {
	if !signed(in, in.Account.Secrets["webhook_secret"]) && !signed(in, in.Account.Former["webhook_secret"]) {
		return sdk.PaymentEvents{}, sdk.Forged("the signature is wrong, missing or old")
	}
	var e struct {
		ID      string   `json:"id"`
		Type    string   `json:"type"`
		Mode    sdk.Mode `json:"mode"`
		At      int64    `json:"at"`
		Payment *payment `json:"payment"`
	}
	if err := json.Unmarshal(in.Body, &e); err != nil {
		return sdk.PaymentEvents{}, sdk.Forged("the body is not an event")
	}
	if e.Payment == nil || outcomes[e.Payment.Status] == sdk.Unknown {
		return sdk.PaymentEvents{}, nil // not for us
	}
	result := e.Payment.result()
	return sdk.PaymentEvents{Events: []sdk.PaymentEvent{{
		ID: e.ID, Type: e.Type, Mode: e.Mode, At: time.Unix(e.At, 0), PaymentID: e.Payment.ID, PaymentRef: e.Payment.Ref, Payment: &result,
	}}}, nil
}

// signed reads a header such as "t=1700000000,v1=2cf2…": the time, and a hash of time and body.
func signed(in sdk.Webhook, secret string) bool {
	at, signature, _ := strings.Cut(strings.TrimPrefix(in.Header["acme-signature"], "t="), ",v1=")
	seconds, err := strconv.ParseInt(at, 10, 64)
	got, hexErr := hex.DecodeString(signature)
	if err != nil || hexErr != nil || secret == "" || in.ReceivedAt.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "."))
	mac.Write(in.Body)
	return hmac.Equal(got, mac.Sum(nil))
}
