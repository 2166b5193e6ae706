package main

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"time"

	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
	"github.com/halum-hut/halum/plugins/sdk"
)

const version = "1.0.0"

// actionWindow is how long a shopper has on the bank's page, as told to the platform.
const actionWindow = 30 * time.Minute

// Exit codes with which the crash cards end the process.
const (
	exitBeforeCharge = 41
	exitAfterCharge  = 33
)

// sandbox answers from the journal alone, so that any process of the same journal gives the same answers.
type sandbox struct {
	journal *journal.Journal
	bank    *bank
	now     func() time.Time
	exit    func(code int)
}

func newSandbox(j *journal.Journal, addr string) *sandbox {
	return &sandbox{journal: j, bank: newBank(j, addr), now: time.Now, exit: os.Exit}
}

func (s *sandbox) Describe(context.Context, sdk.Account) (sdk.PaymentDescription, error) {
	return sdk.PaymentDescription{Name: "sandbox", Version: version, Methods: []sdk.Method{cardMethod}}, nil
}

func (s *sandbox) Create(ctx context.Context, in sdk.CreateRequest) (sdk.Result, error) {
	if err := checkCreate(in); err != nil {
		return sdk.Result{}, err
	}
	number, plan := card(in.MethodFields, s.now())
	record, fresh, err := s.journal.Update(ctx, in.Account.Tenant, in.PaymentID, func(now journal.Record, ok bool) (journal.Record, bool) {
		if ok && now.State != journal.Crashed {
			return journal.Record{}, false
		}
		return s.firstRecord(in, plan, number, ok), true
	})
	if err != nil {
		return sdk.Result{}, err
	}
	switch {
	case fresh && record.State == journal.Crashed:
		s.exit(exitBeforeCharge)
	case fresh && plan.dieAfter:
		s.exit(exitAfterCharge)
	case fresh && plan.hang:
		<-ctx.Done()
		return sdk.Result{}, ctx.Err()
	}
	return s.answer(record)
}

func checkCreate(in sdk.CreateRequest) error {
	switch {
	case in.PaymentID == "":
		return sdk.Invalid("payment_id", "is required")
	case in.Amount.Minor <= 0 || in.Amount.Currency == "":
		return sdk.Invalid("amount", "must be above zero, with a currency")
	case in.MethodKind != cardMethod.Kind:
		return sdk.Invalid("method.kind", "the sandbox takes only \"card\"")
	case !absoluteURL(in.ReturnURL):
		return sdk.Invalid("return_url", "must be an absolute http or https address")
	}
	return nil
}

func absoluteURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

func (s *sandbox) firstRecord(in sdk.CreateRequest, plan script, number string, crashedBefore bool) journal.Record {
	r := journal.Record{
		Amount: in.Amount.Minor + plan.extra, Currency: in.Amount.Currency, State: plan.state, Ref: "sb_" + rand.Text(),
		Code: plan.code, Message: plan.message, Retryable: plan.retryable, Last4: last4(number), Order: in.OrderNumber,
	}
	if plan.state == journal.RequiresAction {
		r.ReturnURL = in.ReturnURL
	}
	if plan.dieBefore && !crashedBefore {
		r = journal.Record{Amount: in.Amount.Minor, Currency: in.Amount.Currency, State: journal.Crashed}
	}
	return r
}

// Continue trusts nothing the shopper brings back: the journal knows what was decided on the bank's page.
func (s *sandbox) Continue(ctx context.Context, in sdk.ContinueRequest) (sdk.Result, error) {
	return s.Get(ctx, sdk.GetRequest{Account: in.Account, PaymentID: in.PaymentID})
}

func (s *sandbox) Capture(ctx context.Context, in sdk.CaptureRequest) (sdk.Result, error) {
	var refusal error
	record, _, err := s.journal.Update(ctx, in.Account.Tenant, in.PaymentID, func(now journal.Record, ok bool) (journal.Record, bool) {
		switch {
		case !ok || now.State == journal.Crashed:
			refusal = sdk.Invalid("payment_id", "the bank has no such payment")
		case now.State != journal.Authorized:
			return now, false // captured before, or never capturable: the answer says which
		case in.Amount.Currency != now.Currency || in.Amount.Minor <= 0 || in.Amount.Minor > now.Amount:
			refusal = sdk.Invalid("amount", "must be within the authorised amount")
		}
		if refusal != nil {
			return now, false
		}
		now.State, now.Amount = journal.Captured, in.Amount.Minor
		return now, true
	})
	if err != nil || refusal != nil {
		return sdk.Result{}, firstError(refusal, err)
	}
	return s.answer(record)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Void releases or returns the money. A payment never seen is voided too, so that a Create still on its way is refused.
func (s *sandbox) Void(ctx context.Context, in sdk.VoidRequest) (sdk.Result, error) {
	record, _, err := s.journal.Update(ctx, in.Account.Tenant, in.PaymentID, func(now journal.Record, ok bool) (journal.Record, bool) {
		if now.State == journal.Voided || now.State == journal.Declined {
			return now, false
		}
		now.State = journal.Voided
		return now, true
	})
	if err != nil {
		return sdk.Result{}, err
	}
	return s.answer(record)
}

func (s *sandbox) Get(ctx context.Context, in sdk.GetRequest) (sdk.Result, error) {
	record, ok, err := s.journal.Get(ctx, in.Account.Tenant, in.PaymentID)
	if err != nil {
		return sdk.Result{}, err
	}
	if !ok || record.State == journal.Crashed {
		return sdk.Result{Outcome: sdk.OutcomeNotFound}, nil
	}
	return s.answer(record)
}

var outcomes = map[journal.State]sdk.Outcome{
	journal.Captured: sdk.OutcomeCaptured, journal.Authorized: sdk.OutcomeAuthorized, journal.Declined: sdk.OutcomeDeclined,
	journal.RequiresAction: sdk.OutcomeRequiresAction, journal.Voided: sdk.OutcomeVoided,
}

// answer says what the journal holds. The bank's address is this process's own: after a restart the same payment is
// answered with an address that works.
func (s *sandbox) answer(r journal.Record) (sdk.Result, error) {
	out := sdk.Result{
		Outcome: outcomes[r.State], ProviderRef: r.Ref, Amount: sdk.Amount{Minor: r.Amount, Currency: r.Currency},
		Code: r.Code, Message: r.Message, Retryable: r.Retryable,
	}
	if r.State != journal.RequiresAction {
		return out, nil
	}
	base, err := s.bank.address()
	if err != nil {
		return sdk.Result{}, err
	}
	out.Next = &sdk.NextAction{RedirectURL: base + "/authorise/" + r.Ref}
	out.ExpiresAt = r.At.Add(actionWindow)
	return out, nil
}

var _ sdk.PaymentPlugin = (*sandbox)(nil)
