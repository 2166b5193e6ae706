package main

import (
	"context"
	_ "embed"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

const version = "1.0.0"

const methodKind = "sslcommerz"

//go:embed config.schema.json
var configSchema string

var methods = []sdk.Method{{
	Kind: methodKind, Name: "Card, mobile wallet or bank", Hint: "You pay on SSLCommerz's page: Visa, Mastercard, bKash, Nagad, Rocket and others",
}}

type sslcommerzPlugin struct {
	clients *clients
	state   *store
	now     func() time.Time
}

func newPlugin(state *store, now func() time.Time) *sslcommerzPlugin {
	return &sslcommerzPlugin{clients: newClients(now), state: state, now: now}
}

// Describe asks nobody. Refunds are offered only with a folder that outlives the process: SSLCommerz does not say what was
// given back.
func (s *sslcommerzPlugin) Describe(_ context.Context, account sdk.Account) (sdk.PaymentDescription, error) {
	var set settings
	if err := account.Decode(&set); err != nil {
		return sdk.PaymentDescription{}, err
	}
	return sdk.PaymentDescription{
		Name: "sslcommerz", Version: version, Methods: methods, Currencies: []string{currency}, ConfigSchema: configSchema,
		Limits:       []sdk.Limit{{Currency: currency, Min: minAmount, Max: maxAmount}},
		Capabilities: sdk.PaymentCapabilities{Refund: s.state.durable, PartialRefund: s.state.durable},
	}, nil
}

// ValidateConfig checks the form of the settings and asks about a transaction that there is not, which changes nothing.
func (s *sslcommerzPlugin) ValidateConfig(ctx context.Context, account sdk.Account) error {
	c, err := s.clients.of(account)
	if err != nil {
		return err
	}
	_, err = c.attempts(ctx, "halum-hut-check")
	return faultFor(err, "SSLCommerz does not answer")
}

// Capture takes nothing: the money was taken when the shopper paid, or it never will be.
func (s *sslcommerzPlugin) Capture(ctx context.Context, in sdk.Capture) (sdk.Result, error) {
	r, err := s.GetPayment(ctx, sdk.GetPayment{Account: in.Account, Payment: in.Payment})
	if err == nil && r.Outcome != sdk.Captured {
		err = sdk.Invalid("payment", "SSLCommerz takes the money when the shopper pays: nothing can be captured later")
	}
	if err != nil {
		return sdk.Result{}, err
	}
	return r, nil
}

var (
	_ sdk.PaymentPlugin   = (*sslcommerzPlugin)(nil)
	_ sdk.ConfigValidator = (*sslcommerzPlugin)(nil)
	_ sdk.PaymentWebhooks = (*sslcommerzPlugin)(nil)
)
