package main

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/halum-hut/halum/plugins/sdk"
)

// ParseWebhook checks Stripe's signature and reads the event. Events of other connected accounts, and of payments that
// this platform did not make, mean nothing.
func (s *stripePlugin) ParseWebhook(ctx context.Context, in sdk.Webhook) (sdk.PaymentEvents, error) {
	if err := verify(in); err != nil {
		return sdk.PaymentEvents{}, err
	}
	c, err := s.clients.of(in.Account)
	if err != nil {
		return sdk.PaymentEvents{}, err
	}
	var e stripe.Event
	if err := json.Unmarshal(in.Body, &e); err != nil || e.ID == "" || e.Data == nil {
		sdk.LoggerOf(ctx).Warn("a webhook signed by Stripe is not an event")
		return sdk.PaymentEvents{}, nil //nolint:nilerr // nothing that is known
	}
	read, known := readers[e.Type]
	if !known || e.Account != c.ConnectedAccount {
		return sdk.PaymentEvents{}, nil
	}
	event := sdk.PaymentEvent{ID: e.ID, Type: string(e.Type), Mode: sdk.Test, At: time.Unix(e.Created, 0)}
	if e.Livemode {
		event.Mode = sdk.Live
	}
	if err := read(c, e.Data.Raw, &event); err != nil {
		sdk.LoggerOf(ctx).Warn("an event of Stripe cannot be read", "event", e.ID, "type", string(e.Type))
		return sdk.PaymentEvents{}, nil //nolint:nilerr // as above; GetPayment finds the truth
	}
	if event.PaymentID == "" && event.PaymentRef == "" {
		return sdk.PaymentEvents{}, nil
	}
	return sdk.PaymentEvents{Events: []sdk.PaymentEvent{event}}, nil
}

// verify compares the signature with those that the account's secrets give. stripe-go's own checks look at the clock,
// and accept any time in the future; here it is the time of arrival that counts, in both directions.
func verify(in sdk.Webhook) error {
	at, signatures, err := parseSignature(in.Header["stripe-signature"])
	if err != nil {
		return err
	}
	if off := in.ReceivedAt.Sub(at); off > webhook.DefaultTolerance || off < -webhook.DefaultTolerance {
		return sdk.Forged("the signature is of another time")
	}
	for _, secrets := range []sdk.Secrets{in.Account.Secrets, in.Account.Former} {
		secret := secrets[webhookSecret]
		if secret == "" {
			continue
		}
		want := webhook.ComputeSignature(at, in.Body, secret)
		for _, got := range signatures {
			if hmac.Equal(want, got) {
				return nil
			}
		}
	}
	return sdk.Forged("the signature does not fit")
}

// parseSignature reads "t=1492774577,v1=5257a8…,v1=…,v0=…". Only v1 counts.
func parseSignature(header string) (at time.Time, signatures [][]byte, err error) {
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil || !at.IsZero() {
				return at, nil, sdk.Forged("the signature has no time, or two")
			}
			at = time.Unix(seconds, 0)
		case "v1":
			if signature, err := hex.DecodeString(value); err == nil {
				signatures = append(signatures, signature)
			}
		}
	}
	if at.IsZero() || len(signatures) == 0 {
		return at, nil, sdk.Forged("the signature is missing")
	}
	return at, signatures, nil
}
