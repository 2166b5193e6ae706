package main

import (
	"context"
	_ "embed"
	"net/url"
	"os"
	"time"

	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
	"github.com/halum-hut/halum/plugins/sdk"
)

const version = "2.0.0"

// Exit codes with which the crash cards end the process.
const (
	exitBefore = 41
	exitAfter  = 33
)

//go:embed config.schema.json
var configSchema string

// sandbox answers from the bank's journal alone, so that any process of the same journal gives the same answers.
type sandbox struct {
	bank *bank.Bank
	door *bank.Door
	now  func() time.Time
	exit func(code int)
}

func newSandbox(b *bank.Bank, addr string) *sandbox {
	return &sandbox{bank: b, door: bank.NewDoor(b, addr), now: time.Now, exit: os.Exit}
}

// Describe is the same for every account.
func (s *sandbox) Describe(context.Context, sdk.Account) (sdk.PaymentDescription, error) {
	return sdk.PaymentDescription{
		Name: "sandbox", Version: version, Methods: []sdk.Method{cardMethod}, ConfigSchema: configSchema,
		Capabilities: sdk.PaymentCapabilities{
			Authorize: true, PartialCapture: true, MultipleCaptures: true, Refund: true, PartialRefund: true, Disputes: true,
			AuthorizationLife: bank.AuthorizationLife,
		},
	}, nil
}

func (s *sandbox) ValidateConfig(_ context.Context, account sdk.Account) error {
	_, err := read(account)
	return err
}

func (s *sandbox) CreatePayment(ctx context.Context, in sdk.CreatePayment) (sdk.Result, error) {
	set, err := read(in.Account)
	if err == nil {
		err = checkCreate(in)
	}
	if err != nil {
		return sdk.Result{}, err
	}
	number, plan := card(in.MethodFields, s.now())
	order := journal.Order{Number: in.OrderNumber, Plan: plan.Name, Last4: last4(number), Later: in.CaptureLater, ReturnURL: in.ReturnURL, Terms: set.terms()}
	if bank.Reachable(in.WebhookURL) {
		order.WebhookURL = in.WebhookURL
	}
	answer, err := s.bank.Pay(ctx, bank.Purchase{
		Request: request(in.Account, in.Payment), Plan: plan, Amount: in.Payment.Amount.Minor, Currency: in.Payment.Amount.Currency, Order: order,
	})
	if err == nil {
		err = s.stumble(ctx, answer.Stumble)
	}
	if err != nil {
		return sdk.Result{}, err
	}
	return s.answer(ctx, in.Account, answer.Payment)
}

func checkCreate(in sdk.CreatePayment) error {
	switch {
	case in.Payment.ID == "":
		return sdk.Invalid("payment.id", "is required")
	case in.Payment.Amount.Minor <= 0 || in.Payment.Amount.Currency == "":
		return sdk.Invalid("payment.amount", "must be above zero, with a currency")
	case in.Payment.MethodKind != cardMethod.Kind:
		return sdk.Invalid("payment.method_kind", "the sandbox takes only \"card\"")
	case !absoluteURL(in.ReturnURL):
		return sdk.Invalid("return_url", "must be an absolute http or https address")
	}
	return nil
}

func absoluteURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

func request(account sdk.Account, p sdk.Payment) bank.Request {
	return bank.Request{
		ID:       journal.ID{Tenant: account.Tenant, Mode: string(account.Mode), Key: p.ID},
		Merchant: journal.Merchant{Secret: account.Secrets[webhookSecret], Revision: account.Revision},
	}
}

// stumble ends a call without an answer, as the bank planned.
func (s *sandbox) stumble(ctx context.Context, how bank.Stumble) error {
	switch how {
	case bank.CrashBefore:
		s.exit(exitBefore)
	case bank.CrashAfter:
		s.exit(exitAfter)
	case bank.HangBefore, bank.HangAfter:
		<-ctx.Done()
		return ctx.Err()
	case bank.None:
	}
	return nil
}

// UpdatePayment changes what a shopper who has not paid yet is asked for.
func (s *sandbox) UpdatePayment(ctx context.Context, in sdk.UpdatePayment) (sdk.Result, error) {
	if in.Payment.Amount.Minor <= 0 || in.Payment.Amount.Currency == "" {
		return sdk.Result{}, sdk.Invalid("payment.amount", "must be above zero, with a currency")
	}
	p, err := s.bank.ChangeAmount(ctx, request(in.Account, in.Payment), in.Payment.Amount.Minor, in.Payment.Amount.Currency)
	if err != nil {
		return sdk.Result{}, invalid("payment.amount", err)
	}
	return s.answer(ctx, in.Account, p)
}

// ContinuePayment trusts nothing the shopper brings back: the journal knows what was decided on the bank's page.
func (s *sandbox) ContinuePayment(ctx context.Context, in sdk.ContinuePayment) (sdk.Result, error) {
	return s.GetPayment(ctx, sdk.GetPayment{Account: in.Account, Payment: in.Payment})
}

func (s *sandbox) Capture(ctx context.Context, in sdk.Capture) (sdk.Result, error) {
	if in.CaptureID == "" {
		return sdk.Result{}, sdk.Invalid("capture_id", "is required")
	}
	answer, err := s.bank.Capture(ctx, bank.Taking{
		Request: request(in.Account, in.Payment), CaptureID: in.CaptureID, Amount: in.Amount.Minor, Currency: in.Amount.Currency, Final: in.Final,
	})
	if r := refusal(err); r != nil && r.Code != bank.NoSuchPayment {
		no := sdk.Decline(r.Code, r.Message, false)
		no.ProviderRef, no.Amount = answer.Ref, amountOf(answer.Payment, answer.Amount)
		no.Captured, no.Refunded = amountOf(answer.Payment, answer.Taken()), amountOf(answer.Payment, answer.GivenBack())
		return no, nil
	}
	if err == nil {
		err = s.stumble(ctx, answer.Stumble)
	}
	if err != nil {
		return sdk.Result{}, invalid("payment.id", err)
	}
	return s.answer(ctx, in.Account, answer.Payment)
}

// Void gives up what was not taken. A payment never seen is voided too, so that a CreatePayment still on its way is
// refused.
func (s *sandbox) Void(ctx context.Context, in sdk.Void) (sdk.Result, error) {
	if in.Payment.ID == "" {
		return sdk.Result{}, sdk.Invalid("payment.id", "is required")
	}
	p, err := s.bank.Void(ctx, request(in.Account, in.Payment), in.Payment.Amount.Minor, in.Payment.Amount.Currency)
	if err != nil {
		return sdk.Result{}, err
	}
	return s.answer(ctx, in.Account, p)
}

func (s *sandbox) Refund(ctx context.Context, in sdk.Refund) (sdk.RefundResult, error) {
	if in.RefundID == "" {
		return sdk.RefundResult{}, sdk.Invalid("refund_id", "is required")
	}
	refund, how, err := s.bank.Refund(ctx, bank.Return{
		Request: request(in.Account, in.Payment), RefundID: in.RefundID, Amount: in.Amount.Minor, Currency: in.Amount.Currency, Reason: in.Reason,
	})
	if err == nil {
		err = s.stumble(ctx, how)
	}
	if err != nil {
		return sdk.RefundResult{}, invalid("payment.id", err)
	}
	return refundResult(refund), nil
}

func (s *sandbox) GetPayment(ctx context.Context, in sdk.GetPayment) (sdk.Result, error) {
	p, err := s.bank.Get(ctx, request(in.Account, in.Payment).ID)
	if err != nil {
		return sdk.Result{}, err
	}
	return s.answer(ctx, in.Account, p)
}

func (s *sandbox) GetRefund(ctx context.Context, in sdk.GetRefund) (sdk.RefundResult, error) {
	p, err := s.bank.Get(ctx, request(in.Account, in.Payment).ID)
	if err != nil {
		return sdk.RefundResult{}, err
	}
	refund, ok := p.Refund(in.RefundID)
	if !ok {
		return sdk.RefundResult{Outcome: sdk.RefundNotFound}, nil
	}
	return refundResult(refund), nil
}

var (
	_ sdk.PaymentPlugin   = (*sandbox)(nil)
	_ sdk.ConfigValidator = (*sandbox)(nil)
	_ sdk.PaymentUpdater  = (*sandbox)(nil)
	_ sdk.PaymentWebhooks = (*sandbox)(nil)
)
