package main

import (
	"context"
	_ "embed"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

const version = "1.0.0"

// Stripe keeps most card authorisations for seven days; what holds for a payment is in Result.ExpiresAt.
// https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
const authorizationLife = 7 * 24 * time.Hour

// The ways to pay. With cardKind the browser has made a payment method of the card before the order is placed; with
// elementKind Stripe's Payment Element asks for everything afterwards.
const (
	cardKind    = "card"
	elementKind = "payment_element"
)

const methodField = "payment_method"

//go:embed config.schema.json
var configSchema string

var methods = []sdk.Method{
	{
		Kind: cardKind, Name: "Card", Hint: "Visa, Mastercard, American Express and others",
		Fields: []sdk.Field{{
			Name:  methodField,
			Label: "Stripe payment method: the id that Stripe.js makes of the card. A card number is never accepted here.",
			// No autocomplete on purpose: a browser must not offer a card number for this field.
			Example: "pm_card_visa", ByLibrary: true,
		}},
	},
	{Kind: elementKind, Name: "Card, wallet or bank", Hint: "You choose in the next step"},
}

type stripePlugin struct {
	clients *clients
	now     func() time.Time
}

func newPlugin(now func() time.Time) *stripePlugin {
	return &stripePlugin{clients: newClients(now), now: now}
}

// Describe asks nobody. In general there can be several captures; of an account, when the vendor says that Stripe has
// enabled them.
func (s *stripePlugin) Describe(_ context.Context, account sdk.Account) (sdk.PaymentDescription, error) {
	var set settings
	if err := account.Decode(&set); err != nil {
		return sdk.PaymentDescription{}, err
	}
	return sdk.PaymentDescription{
		Name: "stripe", Version: version, Methods: methods, Currencies: currencies(), ConfigSchema: configSchema,
		Capabilities: sdk.PaymentCapabilities{
			Authorize: true, PartialCapture: true, MultipleCaptures: account.Tenant == "" || set.Multicapture, Refund: true, PartialRefund: true,
			Disputes: true, AuthorizationLife: authorizationLife,
		},
	}, nil
}

// ValidateConfig checks the form of the settings and reads the account's balance, which changes nothing.
func (s *stripePlugin) ValidateConfig(ctx context.Context, account sdk.Account) error {
	c, err := s.clients.fresh(account)
	if err != nil {
		return err
	}
	if secret := account.Secrets[webhookSecret]; secret != "" && !webhookSecretForm.MatchString(secret) {
		return sdk.Misconfigured(webhookSecret, "must be the signing secret of the webhook endpoint: it begins with whsec_")
	}
	return c.check(ctx)
}

var (
	_ sdk.PaymentPlugin   = (*stripePlugin)(nil)
	_ sdk.ConfigValidator = (*stripePlugin)(nil)
	_ sdk.PaymentUpdater  = (*stripePlugin)(nil)
	_ sdk.PaymentWebhooks = (*stripePlugin)(nil)
)
