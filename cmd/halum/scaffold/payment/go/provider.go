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

// provider answers from the provider alone and remembers nothing, so that any process gives the same answers.
type provider struct{ http *http.Client }

func (pr provider) Describe(context.Context, sdk.Account) (sdk.PaymentDescription, error) {
	return sdk.PaymentDescription{
		Name: "acme", Version: "0.1.0", ConfigSchema: configSchema,
		Methods: []sdk.Method{{Kind: "card", Name: "Card", Fields: []sdk.Field{
			{Name: "number", Label: "Card number", Autocomplete: "cc-number", Example: "4242424242424242", Secret: true},
		}}},
		Capabilities: sdk.PaymentCapabilities{Authorize: true, PartialCapture: true, MultipleCaptures: true, Refund: true, PartialRefund: true},
	}, nil
}

func (pr provider) ValidateConfig(_ context.Context, account sdk.Account) error {
	_, err := configOf(account)
	return err
}

// CreatePayment gives the platform's id to the provider, which takes one payment for it however often it is asked.
func (pr provider) CreatePayment(ctx context.Context, in sdk.CreatePayment) (sdk.Result, error) {
	switch {
	case in.Payment.ID == "":
		return sdk.Result{}, sdk.Invalid("payment.id", "is required")
	case in.Payment.MethodKind != "card":
		return sdk.Result{}, sdk.Invalid("payment.method_kind", "only card is offered")
	case in.Payment.Amount.Minor <= 0 || len(in.Payment.Amount.Currency) != 3:
		return sdk.Result{}, sdk.Invalid("payment.amount", "must be above zero, with a currency")
	}
	return pr.payment(ctx, in.Account, http.MethodPost, "", map[string]any{
		"id": in.Payment.ID, "amount": in.Payment.Amount.Minor, "currency": in.Payment.Amount.Currency, "card": in.MethodFields["number"],
		"capture": !in.CaptureLater, "return_url": in.ReturnURL, "order": in.OrderNumber,
	})
}

// ContinuePayment believes nothing the shopper brings back: the provider knows.
func (pr provider) ContinuePayment(ctx context.Context, in sdk.ContinuePayment) (sdk.Result, error) {
	return pr.GetPayment(ctx, sdk.GetPayment{Account: in.Account, Payment: in.Payment})
}

func (pr provider) Capture(ctx context.Context, in sdk.Capture) (sdk.Result, error) {
	return pr.payment(ctx, in.Account, http.MethodPost, in.Payment.ID+"/captures", map[string]any{
		"id": in.CaptureID, "amount": in.Amount.Minor, "currency": in.Amount.Currency, "final": in.Final,
	})
}

func (pr provider) Void(ctx context.Context, in sdk.Void) (sdk.Result, error) {
	return pr.payment(ctx, in.Account, http.MethodPost, in.Payment.ID+"/void", map[string]any{})
}

func (pr provider) GetPayment(ctx context.Context, in sdk.GetPayment) (sdk.Result, error) {
	return pr.payment(ctx, in.Account, http.MethodGet, in.Payment.ID, nil)
}

func (pr provider) Refund(ctx context.Context, in sdk.Refund) (sdk.RefundResult, error) {
	return pr.refund(ctx, in.Account, http.MethodPost, in.Payment.ID+"/refunds", map[string]any{
		"id": in.RefundID, "amount": in.Amount.Minor, "currency": in.Amount.Currency, "reason": in.Reason,
	})
}

func (pr provider) GetRefund(ctx context.Context, in sdk.GetRefund) (sdk.RefundResult, error) {
	return pr.refund(ctx, in.Account, http.MethodGet, in.Payment.ID+"/refunds/"+url.PathEscape(in.RefundID), nil)
}

func (pr provider) payment(ctx context.Context, account sdk.Account, method, path string, body any) (sdk.Result, error) {
	p := payment{}
	found, err := pr.call(ctx, account, method, path, body, &p)
	if err == nil && !found {
		return sdk.Result{Outcome: sdk.NotFound}, nil
	}
	return p.result(), err
}

func (pr provider) refund(ctx context.Context, account sdk.Account, method, path string, body any) (sdk.RefundResult, error) {
	r := refund{}
	found, err := pr.call(ctx, account, method, path, body, &r)
	if err == nil && !found {
		return sdk.RefundResult{Outcome: sdk.RefundNotFound}, nil
	}
	return r.result(), err
}

var (
	_ sdk.PaymentPlugin   = provider{}
	_ sdk.ConfigValidator = provider{}
	_ sdk.PaymentWebhooks = provider{}
)
