package main

import (
	"context"
	"errors"
	"time"

	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
	"github.com/halum-hut/halum/plugins/sdk"
)

var outcomes = map[journal.State]sdk.Outcome{
	journal.Captured: sdk.Captured, journal.Authorized: sdk.Authorized, journal.Declined: sdk.Declined, journal.Pending: sdk.Pending,
	journal.RequiresAction: sdk.RequiresAction, journal.Voided: sdk.Voided, journal.Expired: sdk.Expired,
}

var refundOutcomes = map[journal.State]sdk.RefundOutcome{
	journal.RefundPending: sdk.RefundPending, journal.RefundSucceeded: sdk.RefundSucceeded, journal.RefundFailed: sdk.RefundFailed,
}

// answer says what the journal holds. The address of the bank's page is this process's own: after a restart the same
// payment is answered with one that works.
func (s *sandbox) answer(ctx context.Context, account sdk.Account, p journal.Payment) (sdk.Result, error) {
	if err := s.dawdle(ctx, account, p); err != nil {
		return sdk.Result{}, err
	}
	if !p.Known() {
		return sdk.Result{Outcome: sdk.NotFound}, nil
	}
	out := sdk.Result{
		Outcome: outcomes[p.State], ProviderRef: p.Ref, Amount: amountOf(p, p.Amount), Code: p.Code, Message: p.Message, Retryable: p.Retryable,
		Captured: amountOf(p, p.Taken()), Refunded: amountOf(p, p.GivenBack()), ExpiresAt: bank.ExpiresAt(p),
	}
	if p.State == journal.RequiresAction {
		base, err := s.door.URL()
		if err != nil {
			return sdk.Result{}, err
		}
		out.Next = &sdk.NextAction{RedirectURL: base + "/authorise/" + p.Ref}
	}
	return out, nil
}

func amountOf(p journal.Payment, minor int64) sdk.Amount {
	return sdk.Amount{Minor: minor, Currency: p.Currency}
}

func refundResult(r journal.Record) sdk.RefundResult {
	return sdk.RefundResult{
		Outcome: refundOutcomes[r.State], ProviderRef: r.Ref, Amount: sdk.Amount{Minor: r.Amount, Currency: r.Currency},
		Code: r.Code, Message: r.Message,
	}
}

// dawdle holds an answer back for as long as the card and the merchant's settings say.
func (s *sandbox) dawdle(ctx context.Context, account sdk.Account, p journal.Payment) error {
	set, err := read(account)
	if err != nil {
		set = settings{} // settings that broke meanwhile keep nobody from moving money
	}
	wait := set.delay(p.Key) + bank.Dawdle(p)
	if wait == 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// refusal is the bank's no in an error, if it is one.
func refusal(err error) *bank.Refusal {
	r := (*bank.Refusal)(nil)
	if errors.As(err, &r) {
		return r
	}
	return nil
}

// invalid turns the bank's no into one about a field; other errors stay what they are.
func invalid(field string, err error) error {
	r := refusal(err)
	switch {
	case r == nil:
		return err
	case r.Code == bank.NoSuchPayment:
		return sdk.Invalid("payment.id", r.Message)
	}
	return sdk.Invalid(field, r.Message)
}
