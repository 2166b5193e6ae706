// Payment-odd misbehaves on purpose: the method's kind says how.
package main

import (
	"context"
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

func (odd) Describe(_ context.Context, a sdk.Account) (sdk.PaymentDescription, error) {
	d := sdk.PaymentDescription{Name: "odd", Version: "0.0.1"}
	var config map[string]any
	if err := a.Decode(&config); err != nil {
		return d, err
	}
	for name := range config {
		d.Methods = append(d.Methods, sdk.Method{Kind: name})
	}
	return d, nil
}

func (odd) CreatePayment(ctx context.Context, in sdk.CreatePayment) (sdk.Result, error) {
	switch in.Payment.MethodKind {
	case "panic":
		panic("a defect")
	case "plain_error":
		return sdk.Result{}, fmt.Errorf("who knows")
	case "invalid":
		return sdk.Result{}, sdk.Invalid("card_number", "is not a number")
	case "misconfigured":
		return sdk.Result{}, sdk.Misconfigured("settings.api_key", "is not a key")
	case "unavailable":
		return sdk.Result{}, sdk.Unavailable("the bank is closed")
	case "not_found":
		return sdk.Result{Outcome: sdk.NotFound}, nil
	case "huge":
		return sdk.Result{Outcome: sdk.Captured, Amount: in.Payment.Amount, Message: strings.Repeat("x", 2<<20)}, nil
	case "unsafe_redirect":
		return sdk.Result{Outcome: sdk.RequiresAction, Next: &sdk.NextAction{RedirectURL: "javascript:alert(1)"}}, nil
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
		return sdk.Result{Outcome: sdk.Captured, Amount: in.Payment.Amount, ProviderRef: fmt.Sprint(cmd.Process.Pid)}, nil
	}
	return sdk.Result{Outcome: sdk.Captured, Amount: in.Payment.Amount, Message: fmt.Sprint(in.MethodFields)}, nil
}

func (odd) ContinuePayment(context.Context, sdk.ContinuePayment) (sdk.Result, error) {
	return sdk.Result{}, nil
}

func (odd) Capture(context.Context, sdk.Capture) (sdk.Result, error) { return sdk.Result{}, nil }

func (odd) Void(context.Context, sdk.Void) (sdk.Result, error) { return sdk.Result{}, nil }

func (odd) Refund(context.Context, sdk.Refund) (sdk.RefundResult, error) {
	return sdk.RefundResult{}, nil
}

func (odd) GetPayment(context.Context, sdk.GetPayment) (sdk.Result, error) {
	return sdk.Result{Outcome: sdk.NotFound}, nil
}

func (odd) GetRefund(context.Context, sdk.GetRefund) (sdk.RefundResult, error) {
	return sdk.RefundResult{Outcome: sdk.RefundNotFound}, nil
}
