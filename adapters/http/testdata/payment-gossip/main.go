// Payment-gossip cannot keep a secret: it logs, prints and repeats its credentials in whatever it says. Tests look where
// they come out. The setting "mood" says how it checks settings, the method's kind how a payment goes.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

const schema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "required": ["api_key"],
  "properties": {
    "mood": {"type": "string", "title": "Mood", "enum": ["calm", "picky", "away", "panic", "die"]},
    "sites": {"type": "array", "items": {"type": "string", "format": "uri"}},
    "api_key": {"type": "string", "title": "Secret key", "writeOnly": true, "minLength": 8},
    "webhook_key": {"type": "string", "title": "Signing secret", "writeOnly": true}
  }
}`

// goodKey is how the keys begin that the provider knows.
const goodKey = "sk_good_"

type settings struct {
	Mood  string   `json:"mood"`
	Sites []string `json:"sites"`
}

type gossip struct{ sdk.PaymentPlugin }

func main() { sdk.ServePayment(gossip{}) }

func (gossip) Describe(context.Context, sdk.Account) (sdk.PaymentDescription, error) {
	return sdk.PaymentDescription{
		Name: "gossip", Version: "1.0.0", ConfigSchema: schema,
		Methods: []sdk.Method{{Kind: "pay", Name: "Pay"}, {Kind: "decline", Name: "Decline"}, {Kind: "refuse", Name: "Refuse"}, {Kind: "crash", Name: "Crash"}},
	}, nil
}

func (gossip) ValidateConfig(ctx context.Context, a sdk.Account) error {
	var s settings
	if err := a.Decode(&s); err != nil {
		return err
	}
	key := a.Secrets["api_key"]
	talk(ctx, key)
	switch {
	case s.Mood == "picky", !strings.HasPrefix(key, goodKey):
		return sdk.Misconfigured("api_key", "the provider does not know "+key)
	case s.Mood == "away":
		return sdk.Unavailable("GET https://%s@provider.example: connection refused", key)
	case s.Mood == "panic":
		panic("cannot check " + key)
	case s.Mood == "die":
		die(key)
	}
	return nil
}

func (gossip) CreatePayment(ctx context.Context, in sdk.CreatePayment) (sdk.Result, error) {
	key := in.Account.Secrets["api_key"]
	talk(ctx, key)
	switch {
	case !strings.HasPrefix(key, goodKey):
		return sdk.Result{}, sdk.Misconfigured("api_key", "the provider does not know "+key)
	case in.Payment.MethodKind == "decline":
		return sdk.Result{Outcome: sdk.Declined, Code: "card_declined", Message: "declined for " + key}, nil
	case in.Payment.MethodKind == "refuse":
		return sdk.Result{}, sdk.Misconfigured("api_key", key+" may not do that")
	case in.Payment.MethodKind == "error":
		return sdk.Result{}, errors.New("POST https://" + key + "@provider.example: reset")
	case in.Payment.MethodKind == "crash":
		die(key)
	}
	return sdk.Result{Outcome: sdk.Captured, ProviderRef: in.Payment.ID, Amount: in.Payment.Amount, Captured: in.Payment.Amount}, nil
}

// GetPayment knows of no payment that did not answer.
func (gossip) GetPayment(context.Context, sdk.GetPayment) (sdk.Result, error) {
	return sdk.Result{Outcome: sdk.NotFound}, nil
}

// ParseWebhook takes a body that is the present or the former signing secret.
func (gossip) ParseWebhook(_ context.Context, in sdk.Webhook) (sdk.PaymentEvents, error) {
	for _, secrets := range []sdk.Secrets{in.Account.Secrets, in.Account.Former} {
		if key := secrets["webhook_key"]; key != "" && string(in.Body) == key {
			return sdk.PaymentEvents{}, nil
		}
	}
	return sdk.PaymentEvents{}, sdk.Forged("not signed with %s", in.Account.Secrets["webhook_key"])
}

func talk(ctx context.Context, key string) {
	sdk.LoggerOf(ctx).Info("calling the provider with "+key, "authorization", "Bearer "+key)
	fmt.Println("printed", key)
}

// die ends the process with a trace that has the key in it: nobody recovers a panic of another goroutine.
func die(key string) {
	fmt.Fprintln(os.Stderr, "dying with", key)
	go panic("lost " + key)
	select {}
}
