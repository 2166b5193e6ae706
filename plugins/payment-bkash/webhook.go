package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

const (
	// noticeAge is how old a notification may be: Amazon tries for six hours to deliver one, with the time it was made.
	noticeAge = 7 * time.Hour
	// noticeAhead is how far Amazon's clock may be ahead.
	noticeAhead = 5 * time.Minute
)

// ParseWebhook reads an instant payment notification, which bKash sends through Amazon SNS. Amazon signs for everybody who
// has a topic there, so that a message counts only when it is from the topic of the settings.
//
// A notification does not hold bKash's id of the payment, and a payment of another kind may carry the same invoice number:
// it is a hint, after which the platform asks GetPayment.
func (b *bkashPlugin) ParseWebhook(ctx context.Context, in sdk.Webhook) (sdk.PaymentEvents, error) {
	c, err := b.clients.of(in.Account)
	if err != nil {
		return sdk.PaymentEvents{}, err
	}
	m, at, err := c.authentic(ctx, in)
	if err != nil {
		return sdk.PaymentEvents{}, err
	}
	switch m["Type"] {
	case confirmation:
		return sdk.PaymentEvents{}, c.confirm(ctx, m)
	case notification:
		return c.notice(m, at), nil
	}
	sdk.LoggerOf(ctx).Warn("bKash's notifications to this shop were ended", "topic", m["TopicArn"])
	return sdk.PaymentEvents{}, nil
}

// authentic checks where a message comes from, before anything of it is believed. Errors: Forged, Unavailable.
func (c *client) authentic(ctx context.Context, in sdk.Webhook) (snsMessage, time.Time, error) {
	m, ok := readMessage(in.Body)
	if !ok || signedFields[m["Type"]] == nil || m["MessageId"] == "" {
		return nil, time.Time{}, sdk.Forged("it is not a signed message of Amazon SNS")
	}
	at, err := time.Parse(time.RFC3339, m["Timestamp"])
	if err != nil || in.ReceivedAt.Sub(at) > noticeAge || at.Sub(in.ReceivedAt) > noticeAhead {
		return nil, time.Time{}, sdk.Forged("the message is of another time")
	}
	if c.TopicARN == "" || m["TopicArn"] != c.TopicARN {
		if m["Type"] == confirmation && topicForm.MatchString(m["TopicArn"]) {
			sdk.LoggerOf(ctx).Warn("somebody wants to send notifications from a topic that is not in the settings: put it there if it is bKash's",
				"topic", m["TopicArn"])
		}
		return nil, time.Time{}, sdk.Forged("the message is not from the topic in the settings")
	}
	key, err := c.signer(ctx, m, in.ReceivedAt)
	if err != nil {
		return nil, time.Time{}, err
	}
	if !m.verify(key) {
		return nil, time.Time{}, sdk.Forged("the signature does not fit")
	}
	return m, at, nil
}

// confirm tells Amazon that the shop wants the notifications of its topic. Errors: Unavailable, so that Amazon asks again.
func (c *client) confirm(ctx context.Context, m snsMessage) error {
	u, err := url.Parse(m["SubscribeURL"])
	if err != nil || !c.amazon(u) || u.Query().Get("Action") != "ConfirmSubscription" || u.Query().Get("TopicArn") != c.TopicARN {
		sdk.LoggerOf(ctx).Warn("a subscription cannot be confirmed: its address is not one of Amazon SNS for the topic in the settings")
		return nil
	}
	status, _, err := get(ctx, c.http, u.String())
	if err != nil || status != http.StatusOK {
		return sdk.Unavailable("Amazon did not take the confirmation of the subscription")
	}
	sdk.LoggerOf(ctx).Info("bKash's notifications are confirmed", "topic", c.TopicARN)
	return nil
}

// notice reads what has been paid. Payments that are not of this shop's orders mean nothing here.
func (c *client) notice(m snsMessage, at time.Time) sdk.PaymentEvents {
	var paid struct {
		TransactionStatus     string `json:"transactionStatus"`
		TransactionType       text   `json:"transactionType"`
		MerchantInvoiceNumber string `json:"merchantInvoiceNumber"`
	}
	if json.Unmarshal([]byte(m["Message"]), &paid) != nil || paid.TransactionStatus != completed || !idForm.MatchString(paid.MerchantInvoiceNumber) {
		return sdk.PaymentEvents{}
	}
	return sdk.PaymentEvents{Events: []sdk.PaymentEvent{{
		ID: m["MessageId"], Type: "payment " + string(paid.TransactionType), Mode: c.mode, At: at, PaymentID: paid.MerchantInvoiceNumber,
	}}}
}
