package main

import (
	"context"
	_ "embed"
	"strings"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

const version = "2.0.0"

// transferWindow is how long a bank transfer may take.
const transferWindow = 7 * 24 * time.Hour

// The kinds of method, which are also the settings that switch them on.
const (
	cashOnDelivery = "cash_on_delivery"
	bankTransfer   = "bank_transfer"
	counter        = "counter"
)

//go:embed config.schema.json
var configSchema string

var methods = []sdk.Method{
	{Kind: cashOnDelivery, Name: "Cash on delivery", Hint: "Pay when the parcel is handed over."},
	{Kind: bankTransfer, Name: "Bank transfer", Hint: "The bank details come with the order."},
	{Kind: counter, Name: "Pay at the counter", Hint: "Paid at once, in the shop."},
}

type settings struct {
	CashOnDelivery   bool   `json:"cash_on_delivery"`
	BankTransfer     bool   `json:"bank_transfer"`
	BankInstructions string `json:"bank_instructions"`
	Counter          bool   `json:"counter"`
}

// read decodes and checks an account's settings. Errors: Misconfigured.
func read(account sdk.Account) (settings, error) {
	var s settings
	if err := account.Decode(&s); err != nil {
		return s, err
	}
	switch {
	case !s.CashOnDelivery && !s.BankTransfer && !s.Counter:
		return s, sdk.Misconfigured(cashOnDelivery, "switch on at least one way to pay")
	case s.BankTransfer && strings.TrimSpace(s.BankInstructions) == "":
		return s, sdk.Misconfigured("bank_instructions", "say where the shopper must send the money")
	}
	return s, nil
}

func (s settings) offers(kind string) bool {
	switch kind {
	case cashOnDelivery:
		return s.CashOnDelivery
	case bankTransfer:
		return s.BankTransfer
	case counter:
		return s.Counter
	}
	return false
}

type manual struct{}

// Describe lists the methods that the vendor switched on; all of them when asked in general.
func (manual) Describe(_ context.Context, account sdk.Account) (sdk.PaymentDescription, error) {
	d := sdk.PaymentDescription{
		Name: "manual", Version: version, ConfigSchema: configSchema, Methods: methods,
		Capabilities: sdk.PaymentCapabilities{
			Authorize: true, PartialCapture: true, MultipleCaptures: true, Refund: true, PartialRefund: true, Offline: true,
		},
	}
	if account.Tenant == "" {
		return d, nil
	}
	s, err := read(account)
	if err != nil {
		return d, err
	}
	d.Methods = nil
	for _, method := range methods {
		if s.offers(method.Kind) {
			d.Methods = append(d.Methods, method)
		}
	}
	return d, nil
}

func (manual) ValidateConfig(_ context.Context, account sdk.Account) error {
	_, err := read(account)
	return err
}

func (manual) CreatePayment(_ context.Context, in sdk.CreatePayment) (sdk.Result, error) {
	s, err := read(in.Account)
	switch {
	case err != nil:
		return sdk.Result{}, err
	case !s.offers(in.Payment.MethodKind):
		return sdk.Result{}, sdk.Invalid("payment.method_kind", "this shop does not offer that way to pay")
	}
	return answer(in.Payment, s)
}

// ContinuePayment has nowhere to come back from.
func (m manual) ContinuePayment(ctx context.Context, in sdk.ContinuePayment) (sdk.Result, error) {
	return m.GetPayment(ctx, sdk.GetPayment{Account: in.Account, Payment: in.Payment})
}

// GetPayment answers what CreatePayment did.
func (manual) GetPayment(_ context.Context, in sdk.GetPayment) (sdk.Result, error) {
	var s settings
	if err := in.Account.Decode(&s); err != nil {
		return sdk.Result{}, err
	}
	return answer(in.Payment, s)
}

// answer says where a payment of its kind begins.
func answer(p sdk.Payment, s settings) (sdk.Result, error) {
	if err := nameable(p, "payment.amount", p.Amount); err != nil {
		return sdk.Result{}, err
	}
	r := sdk.Result{ProviderRef: p.ID, Amount: p.Amount}
	switch p.MethodKind {
	case cashOnDelivery:
		r.Outcome = sdk.Authorized
	case counter:
		r.Outcome, r.Captured = sdk.Captured, p.Amount
	case bankTransfer:
		r.Outcome, r.ExpiresAt = sdk.Pending, p.CreatedAt.Add(transferWindow)
		r.Next = &sdk.NextAction{Instructions: s.BankInstructions}
	default:
		return sdk.Result{}, sdk.Invalid("payment.method_kind", "is none of this plugin's")
	}
	return r, nil
}

func nameable(p sdk.Payment, field string, amount sdk.Amount) error {
	switch {
	case p.ID == "":
		return sdk.Invalid("payment.id", "is required")
	case amount.Minor <= 0 || amount.Currency == "":
		return sdk.Invalid(field, "must be above zero, with a currency")
	}
	return nil
}

// Capture records that staff has the money. It knows this capture only: the platform adds them up.
func (manual) Capture(_ context.Context, in sdk.Capture) (sdk.Result, error) {
	if err := nameable(in.Payment, "amount", in.Amount); err != nil {
		return sdk.Result{}, err
	}
	if in.Payment.Amount.Minor > 0 && (in.Amount.Minor > in.Payment.Amount.Minor || in.Amount.Currency != in.Payment.Amount.Currency) {
		return sdk.Result{}, sdk.Invalid("amount", "must be within what the payment asks for")
	}
	return sdk.Result{Outcome: sdk.Captured, ProviderRef: in.Payment.ID, Amount: in.Payment.Amount, Captured: in.Amount}, nil
}

// Void gives the promise up; what was handed over is handed back by the vendor.
func (manual) Void(_ context.Context, in sdk.Void) (sdk.Result, error) {
	return sdk.Result{Outcome: sdk.Voided, ProviderRef: in.Payment.ID, Amount: in.Payment.Amount}, nil
}

// Refund records that the vendor hands the money back.
func (manual) Refund(_ context.Context, in sdk.Refund) (sdk.RefundResult, error) {
	if err := nameable(in.Payment, "amount", in.Amount); err != nil {
		return sdk.RefundResult{}, err
	}
	if in.RefundID == "" {
		return sdk.RefundResult{}, sdk.Invalid("refund_id", "is required")
	}
	return sdk.RefundResult{Outcome: sdk.RefundSucceeded, ProviderRef: in.RefundID, Amount: in.Amount}, nil
}

// GetRefund cannot know whether the vendor was ever told to hand the money back.
func (manual) GetRefund(context.Context, sdk.GetRefund) (sdk.RefundResult, error) {
	return sdk.RefundResult{Outcome: sdk.RefundNotFound}, nil
}

var (
	_ sdk.PaymentPlugin   = manual{}
	_ sdk.ConfigValidator = manual{}
)
