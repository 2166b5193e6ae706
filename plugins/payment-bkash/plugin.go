package main

import (
	"context"
	_ "embed"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

const version = "1.0.0"

const methodKind = "bkash"

const currency = "BDT"

//go:embed config.schema.json
var configSchema string

var methods = []sdk.Method{{Kind: methodKind, Name: "bKash", Hint: "You approve the payment on bKash's page"}}

type bkashPlugin struct {
	clients *clients
	state   *store
	now     func() time.Time
}

func newPlugin(state *store, now func() time.Time) *bkashPlugin {
	return &bkashPlugin{clients: newClients(now), state: state, now: now}
}

// Describe asks nobody. Refunds are offered only with a folder that outlives the process: bKash cannot tell the repeat of
// a refund from another one of the same amount.
func (b *bkashPlugin) Describe(_ context.Context, account sdk.Account) (sdk.PaymentDescription, error) {
	var set settings
	if err := account.Decode(&set); err != nil {
		return sdk.PaymentDescription{}, err
	}
	return sdk.PaymentDescription{
		Name: "bkash", Version: version, Methods: methods, Currencies: []string{currency}, ConfigSchema: configSchema,
		Capabilities: sdk.PaymentCapabilities{Refund: b.state.durable, PartialRefund: b.state.durable},
	}, nil
}

// ValidateConfig checks the form of the settings and gets an access token, which changes nothing.
func (b *bkashPlugin) ValidateConfig(ctx context.Context, account sdk.Account) error {
	c, err := b.clients.of(account)
	if err != nil {
		return err
	}
	_, err = c.bearer(ctx, "")
	return faultFor(err, "bKash does not answer")
}

// Capture takes nothing: bKash has taken the money when the shopper approved, or it never will.
func (b *bkashPlugin) Capture(ctx context.Context, in sdk.Capture) (sdk.Result, error) {
	r, err := b.GetPayment(ctx, sdk.GetPayment{Account: in.Account, Payment: in.Payment})
	if err == nil && r.Outcome != sdk.Captured {
		err = sdk.Invalid("payment", "bKash takes the money when the shopper approves: nothing can be captured later")
	}
	if err != nil {
		return sdk.Result{}, err
	}
	return r, nil
}

var (
	_ sdk.PaymentPlugin   = (*bkashPlugin)(nil)
	_ sdk.ConfigValidator = (*bkashPlugin)(nil)
	_ sdk.PaymentWebhooks = (*bkashPlugin)(nil)
)
