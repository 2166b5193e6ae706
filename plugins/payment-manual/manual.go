package main

import (
	"context"
	"strings"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

const version = "1.0.0"

// transferWindow is how long a bank transfer may take, and an order whose first answer was lost may wait for staff.
const transferWindow = 7 * 24 * time.Hour

// The kinds of method, which are also the settings that switch them on.
const (
	cashOnDelivery = "cash_on_delivery"
	bankTransfer   = "bank_transfer"
	counter        = "counter"
)

const instructionsSetting = "bank_instructions"

var methods = []sdk.Method{
	{Kind: cashOnDelivery, Name: "Cash on delivery", Hint: "Pay when the parcel is handed over."},
	{Kind: bankTransfer, Name: "Bank transfer", Hint: "The bank details come with the order."},
	{Kind: counter, Name: "Pay at the counter", Hint: "Paid at once, in the shop."},
}

type manual struct{ now func() time.Time }

func newManual() manual { return manual{now: time.Now} }

// Describe lists the methods that the vendor switched on; all of them when asked in general.
func (m manual) Describe(_ context.Context, a sdk.Account) (sdk.PaymentDescription, error) {
	d := sdk.PaymentDescription{Name: "manual", Version: version}
	if a.Tenant == "" {
		d.Methods = methods
		return d, nil
	}
	for _, method := range methods {
		on, err := offered(a, method.Kind)
		if err != nil {
			return d, err
		}
		if on {
			d.Methods = append(d.Methods, method)
		}
	}
	return d, nil
}

// offered reads a method's switch. Errors: Misconfigured.
func offered(a sdk.Account, kind string) (bool, error) {
	switch a.Settings[kind] {
	case "", "false":
		return false, nil
	case "true":
		if kind == bankTransfer && strings.TrimSpace(a.Settings[instructionsSetting]) == "" {
			return false, sdk.Misconfigured("settings."+instructionsSetting, "say where the shopper must send the money")
		}
		return true, nil
	}
	return false, sdk.Misconfigured("settings."+kind, "must be true or false")
}

func (m manual) Create(_ context.Context, in sdk.CreateRequest) (sdk.Result, error) {
	on, err := offered(in.Account, in.MethodKind)
	switch {
	case err != nil:
		return sdk.Result{}, err
	case !on || !known(in.MethodKind):
		return sdk.Result{}, sdk.Invalid("method.kind", "this shop does not offer that way to pay")
	case in.PaymentID == "":
		return sdk.Result{}, sdk.Invalid("payment_id", "is required")
	case in.Amount.Minor <= 0 || in.Amount.Currency == "":
		return sdk.Result{}, sdk.Invalid("amount", "must be above zero, with a currency")
	}
	r := sdk.Result{ProviderRef: in.PaymentID, Amount: in.Amount}
	switch in.MethodKind {
	case cashOnDelivery:
		r.Outcome = sdk.OutcomeAuthorized
	case counter:
		r.Outcome = sdk.OutcomeCaptured
	case bankTransfer:
		r.Outcome, r.ExpiresAt = sdk.OutcomePending, m.now().Add(transferWindow)
		r.Next = &sdk.NextAction{Instructions: in.Account.Settings[instructionsSetting]}
	}
	return r, nil
}

func known(kind string) bool {
	return kind == cashOnDelivery || kind == bankTransfer || kind == counter
}

// Continue has nowhere to come back from.
func (m manual) Continue(ctx context.Context, in sdk.ContinueRequest) (sdk.Result, error) {
	return m.Get(ctx, sdk.GetRequest{Account: in.Account, PaymentID: in.PaymentID})
}

// Capture records that staff has the money.
func (m manual) Capture(_ context.Context, in sdk.CaptureRequest) (sdk.Result, error) {
	if in.Amount.Minor <= 0 || in.Amount.Currency == "" {
		return sdk.Result{}, sdk.Invalid("amount", "must be above zero, with a currency")
	}
	return sdk.Result{Outcome: sdk.OutcomeCaptured, ProviderRef: in.PaymentID, Amount: in.Amount}, nil
}

// Void gives the promise up; what was handed over is handed back by the vendor.
func (m manual) Void(_ context.Context, in sdk.VoidRequest) (sdk.Result, error) {
	return sdk.Result{Outcome: sdk.OutcomeVoided, ProviderRef: in.PaymentID}, nil
}

func (m manual) Get(_ context.Context, in sdk.GetRequest) (sdk.Result, error) {
	return sdk.Result{Outcome: sdk.OutcomePending, ProviderRef: in.PaymentID, ExpiresAt: m.now().Add(transferWindow)}, nil
}

var _ sdk.PaymentPlugin = manual{}
