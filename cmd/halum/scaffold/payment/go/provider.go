package main

import (
	"context"
	"net/http"
	"net/url"

	"github.com/halum-hut/halum/plugins/sdk"
)

const configSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "base_url":       {"type": "string", "title": "Address of the Acme API", "format": "uri", "pattern": "^https?://"},
    "api_key":        {"type": "string", "title": "API key", "writeOnly": true, "minLength": 8},
    "webhook_secret": {"type": "string", "title": "Webhook signing secret", "writeOnly": true, "minLength": 8}
  },
  "required": ["base_url", "api_key"],
  "additionalProperties": false
}`

// acme answers from the provider alone and remembers nothing, so that any process gives the same answers.
type acme struct{ http *http.Client }

func (a acme) Describe(context.Context, sdk.Account) (sdk.PaymentDescription, error) {
	return sdk.PaymentDescription{
		Name: "acme", Version: "0.1.0", ConfigSchema: configSchema,
		Methods: []sdk.Method{{Kind: "card", Name: "Card", Fields: []sdk.Field{
			{Name: "number", Label: "Card number", Autocomplete: "cc-number", Example: "4242424242424242", Secret: true},
		}}},
		Capabilities: sdk.PaymentCapabilities{Authorize: true, PartialCapture: true, MultipleCaptures: true, Refund: true, PartialRefund: true},
	}, nil
}

func (a acme) ValidateConfig(_ context.Context, account sdk.Account) error {
	_, err := configOf(account)
	return err
}

// CreatePayment gives the platform's id to the provider, which takes one payment for it however often it is asked.
func (a acme) CreatePayment(ctx context.Context, in sdk.CreatePayment) (sdk.Result, error) {
	switch {
	case in.Payment.ID == "":
		return sdk.Result{}, sdk.Invalid("payment.id", "is required")
	case in.Payment.MethodKind != "card":
		return sdk.Result{}, sdk.Invalid("payment.method_kind", "only card is offered")
	case in.Payment.Amount.Minor <= 0 || len(in.Payment.Amount.Currency) != 3:
		return sdk.Result{}, sdk.Invalid("payment.amount", "must be above zero, with a currency")
	}
	return a.payment(ctx, in.Account, http.MethodPost, "", map[string]any{
		"id": in.Payment.ID, "amount": in.Payment.Amount.Minor, "currency": in.Payment.Amount.Currency, "card": in.MethodFields["number"],
		"capture": !in.CaptureLater, "return_url": in.ReturnURL, "order": in.OrderNumber,
	})
}

// ContinuePayment believes nothing the shopper brings back: the provider knows.
func (a acme) ContinuePayment(ctx context.Context, in sdk.ContinuePayment) (sdk.Result, error) {
	return a.GetPayment(ctx, sdk.GetPayment{Account: in.Account, Payment: in.Payment})
}

func (a acme) Capture(ctx context.Context, in sdk.Capture) (sdk.Result, error) {
	return a.payment(ctx, in.Account, http.MethodPost, in.Payment.ID+"/captures", map[string]any{
		"id": in.CaptureID, "amount": in.Amount.Minor, "currency": in.Amount.Currency, "final": in.Final,
	})
}

func (a acme) Void(ctx context.Context, in sdk.Void) (sdk.Result, error) {
	return a.payment(ctx, in.Account, http.MethodPost, in.Payment.ID+"/void", map[string]any{})
}

func (a acme) GetPayment(ctx context.Context, in sdk.GetPayment) (sdk.Result, error) {
	return a.payment(ctx, in.Account, http.MethodGet, in.Payment.ID, nil)
}

func (a acme) Refund(ctx context.Context, in sdk.Refund) (sdk.RefundResult, error) {
	return a.refund(ctx, in.Account, http.MethodPost, in.Payment.ID+"/refunds", map[string]any{
		"id": in.RefundID, "amount": in.Amount.Minor, "currency": in.Amount.Currency, "reason": in.Reason,
	})
}

func (a acme) GetRefund(ctx context.Context, in sdk.GetRefund) (sdk.RefundResult, error) {
	return a.refund(ctx, in.Account, http.MethodGet, in.Payment.ID+"/refunds/"+url.PathEscape(in.RefundID), nil)
}

func (a acme) payment(ctx context.Context, account sdk.Account, method, path string, body any) (sdk.Result, error) {
	p := payment{}
	found, err := a.call(ctx, account, method, path, body, &p)
	if err == nil && !found {
		return sdk.Result{Outcome: sdk.NotFound}, nil
	}
	return p.result(), err
}

func (a acme) refund(ctx context.Context, account sdk.Account, method, path string, body any) (sdk.RefundResult, error) {
	r := refund{}
	found, err := a.call(ctx, account, method, path, body, &r)
	if err == nil && !found {
		return sdk.RefundResult{Outcome: sdk.RefundNotFound}, nil
	}
	return r.result(), err
}

var (
	_ sdk.PaymentPlugin   = acme{}
	_ sdk.ConfigValidator = acme{}
	_ sdk.PaymentWebhooks = acme{}
)
