// Payment-odd misbehaves on purpose: the method's kind says how, whatever the operation.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

type odd struct{}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "--die" {
		fmt.Fprintln(os.Stderr, "payment-odd: no wish to live")
		os.Exit(1)
	}
	if len(os.Args) > 1 && os.Args[1] == "--mute" {
		time.Sleep(time.Hour)
	}
	if len(os.Args) > 1 && os.Args[1] == "--short-lived" {
		time.AfterFunc(rand.N(25*time.Millisecond), func() { os.Exit(1) })
	}
	sdk.ServePayment(odd{})
}

// settings are what the plugin shall say of itself, and how it shall fail to.
type settings struct {
	Methods    []string    `json:"methods"`
	Currencies []string    `json:"currencies"`
	Countries  []string    `json:"countries"`
	Limits     []sdk.Limit `json:"limits"`
	Fails      string      `json:"fails"`
}

func (odd) Describe(_ context.Context, a sdk.Account) (sdk.PaymentDescription, error) {
	d := sdk.PaymentDescription{Name: "odd", Version: "0.0.1", Capabilities: sdk.PaymentCapabilities{Refund: true}}
	var s settings
	if err := a.Decode(&s); err != nil {
		return d, err
	}
	d.Currencies, d.Countries, d.Limits = s.Currencies, s.Countries, s.Limits
	for _, kind := range s.Methods {
		d.Methods = append(d.Methods, sdk.Method{Kind: kind})
	}
	return d, fail(s.Fails)
}

func (odd) ValidateConfig(_ context.Context, a sdk.Account) error {
	var s settings
	if err := a.Decode(&s); err != nil {
		return err
	}
	return fail(s.Fails)
}

// fail is an error of every class that there is.
func fail(kind string) error {
	switch kind {
	case "panic":
		panic("a defect")
	case "plain_error":
		return errors.New("who knows")
	case "invalid":
		return sdk.Invalid("card_number", "is not a number")
	case "misconfigured":
		return sdk.Misconfigured("api_key", "is not a key")
	case "unavailable":
		return sdk.Unavailable("the bank is closed")
	case "forged":
		return sdk.Forged("the signature does not fit")
	case "unsupported":
		return &sdk.Fault{Kind: sdk.FaultUnsupported, Code: "not_supported", Message: "not here"}
	}
	return nil
}

// answer is what every operation about a payment does.
func answer(ctx context.Context, p sdk.Payment) (sdk.Result, error) {
	switch p.MethodKind {
	case "no_answer":
		return sdk.Result{}, nil
	case "not_found":
		return sdk.Result{Outcome: sdk.NotFound}, nil
	case "huge":
		return sdk.Result{Outcome: sdk.Captured, Amount: p.Amount, Message: strings.Repeat("x", 2<<20)}, nil
	case "unsafe_redirect":
		return sdk.Result{Outcome: sdk.RequiresAction, Next: &sdk.NextAction{RedirectURL: "javascript:alert(1)"}}, nil
	case "no_action":
		return sdk.Result{Outcome: sdk.RequiresAction}, nil
	case "odd_code":
		return sdk.Decline("Not A Code!", "No.", false), nil
	case "instructions":
		return sdk.Result{Outcome: sdk.Pending, Next: &sdk.NextAction{Instructions: "Send it to account 42."}}, nil
	case "qr_code":
		return sdk.Result{Outcome: sdk.RequiresAction, Next: &sdk.NextAction{QR: "bank:pay?42"}}, nil
	case "client":
		return sdk.Result{Outcome: sdk.RequiresAction, Next: &sdk.NextAction{
			Client: &sdk.ClientAction{Library: "bank.js", Data: map[string]string{"token": "for this shopper"}},
		}}, nil
	case "sleep":
		<-ctx.Done()
		time.Sleep(50 * time.Millisecond)
		return sdk.Result{}, ctx.Err()
	case "flood":
		log := sdk.Logger()
		for i := range 5000 {
			log.Info("flood", "line", i)
		}
	case "child": // a process of the plugin's own, in its process group
		cmd := exec.Command("/bin/sleep", "300")
		if err := cmd.Start(); err != nil {
			return sdk.Result{}, err
		}
		return sdk.Result{Outcome: sdk.Captured, Amount: p.Amount, ProviderRef: fmt.Sprint(cmd.Process.Pid)}, nil
	}
	if err := fail(p.MethodKind); err != nil {
		return sdk.Result{}, err
	}
	return sdk.Result{Outcome: sdk.Captured, Amount: p.Amount}, nil
}

// refund is the same about a refund.
func refund(ctx context.Context, p sdk.Payment) (sdk.RefundResult, error) {
	switch p.MethodKind {
	case "no_answer":
		return sdk.RefundResult{}, nil
	case "odd_code":
		return sdk.FailRefund("Not A Code!", "No.", false), nil
	}
	r, err := answer(ctx, p)
	out := map[sdk.Outcome]sdk.RefundOutcome{sdk.NotFound: sdk.RefundNotFound, sdk.Captured: sdk.RefundSucceeded}
	return sdk.RefundResult{Outcome: out[r.Outcome], Amount: r.Amount, Message: r.Message}, err
}

func (odd) CreatePayment(ctx context.Context, in sdk.CreatePayment) (sdk.Result, error) {
	r, err := answer(ctx, in.Payment)
	if r.Message == "" {
		r.Message = fmt.Sprint(in.MethodFields)
	}
	return r, err
}

func (odd) UpdatePayment(ctx context.Context, in sdk.UpdatePayment) (sdk.Result, error) {
	return answer(ctx, in.Payment)
}

func (odd) ContinuePayment(ctx context.Context, in sdk.ContinuePayment) (sdk.Result, error) {
	return answer(ctx, in.Payment)
}

func (odd) Capture(ctx context.Context, in sdk.Capture) (sdk.Result, error) {
	return answer(ctx, in.Payment)
}

func (odd) Void(ctx context.Context, in sdk.Void) (sdk.Result, error) {
	return answer(ctx, in.Payment)
}

func (odd) GetPayment(ctx context.Context, in sdk.GetPayment) (sdk.Result, error) {
	return answer(ctx, in.Payment)
}

func (odd) Refund(ctx context.Context, in sdk.Refund) (sdk.RefundResult, error) {
	return refund(ctx, in.Payment)
}

func (odd) GetRefund(ctx context.Context, in sdk.GetRefund) (sdk.RefundResult, error) {
	return refund(ctx, in.Payment)
}

// ParseWebhook fails as the header says, or answers with the events that the body holds.
func (odd) ParseWebhook(_ context.Context, in sdk.Webhook) (sdk.PaymentEvents, error) {
	var events sdk.PaymentEvents
	if err := fail(in.Header["x-fails"]); err != nil {
		return events, err
	}
	return events, json.Unmarshal(in.Body, &events)
}
