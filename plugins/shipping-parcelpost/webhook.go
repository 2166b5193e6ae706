package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

// tolerance is how far the time of a signature may be from that of arrival, in both directions.
const tolerance = 300 * time.Second

// maxSignatures bounds the work on a header that anybody can send.
const maxSignatures = 8

// ParseWebhook checks the signature, as Standard Webhooks has it, and reads the event. An event of the other mode is
// refused: the webhook was set up with the secret of the wrong account. One that is not about a shipment means nothing.
func (p *parcelpost) ParseWebhook(ctx context.Context, in sdk.Webhook) (sdk.ShippingEvents, error) {
	if err := verify(in); err != nil {
		return sdk.ShippingEvents{}, err
	}
	var e struct {
		Type string   `json:"type"`
		Mode string   `json:"mode"`
		Data shipment `json:"data"`
	}
	if err := json.Unmarshal(in.Body, &e); err != nil {
		sdk.LoggerOf(ctx).Warn("a webhook that the carrier signed cannot be read")
		return sdk.ShippingEvents{}, nil //nolint:nilerr // it would come again for days; Track finds the truth
	}
	if e.Mode != string(in.Account.Mode) {
		return sdk.ShippingEvents{}, sdk.Forged("the event is not of %s mode", in.Account.Mode)
	}
	if !strings.HasPrefix(e.Type, "shipment.") || !idPattern.MatchString(e.Data.ID) || !idPattern.MatchString(e.Data.Reference) {
		return sdk.ShippingEvents{}, nil
	}
	return sdk.ShippingEvents{Events: []sdk.ShippingEvent{{
		ID: in.Header["webhook-id"], Type: clip(e.Type, 60), Mode: in.Account.Mode, BookingID: e.Data.Reference, BookingRef: e.Data.ID,
		Tracking: e.Data.tracking(),
	}}}, nil
}

// verify compares the signature with those that the account's secrets give, the former ones included.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
func verify(in sdk.Webhook) error {
	id, at := in.Header["webhook-id"], in.Header["webhook-timestamp"]
	if id == "" || len(id) > 200 || strings.ContainsAny(id, ". ") {
		return sdk.Forged("the id is missing or odd")
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return sdk.Forged("the time is missing or no number")
	}
	if off := in.ReceivedAt.Sub(time.Unix(seconds, 0)); off > tolerance || off < -tolerance {
		return sdk.Forged("the signature is of another time")
	}
	signatures := signaturesOf(in.Header["webhook-signature"])
	for _, secrets := range []sdk.Secrets{in.Account.Secrets, in.Account.Former} {
		key, err := signingKey(secrets[webhookSecret])
		if err != nil || len(key) == 0 {
			continue
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + at + "."))
		mac.Write(in.Body)
		want := mac.Sum(nil)
		for _, got := range signatures {
			if hmac.Equal(want, got) {
				return nil
			}
		}
	}
	return sdk.Forged("the signature does not fit")
}

// signaturesOf reads "v1,K5oZfz… v1,…". Other versions than v1 do not count.
func signaturesOf(header string) [][]byte {
	var all [][]byte
	for _, one := range strings.Fields(header) {
		encoded, ok := strings.CutPrefix(one, "v1,")
		if !ok {
			continue
		}
		if signature, err := base64.StdEncoding.DecodeString(encoded); err == nil && len(all) < maxSignatures {
			all = append(all, signature)
		}
	}
	return all
}
