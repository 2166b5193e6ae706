package bank

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

// Purchase is what a payment asks for.
type Purchase struct {
	Request
	Plan     Plan
	Amount   int64
	Currency string
	Order    journal.Order
}

// Answer is a payment and how the call that is answered goes wrong.
type Answer struct {
	journal.Payment
	Stumble Stumble
}

// Pay takes or promises an amount. A payment that the bank already knows stays as it is.
func (b *Bank) Pay(ctx context.Context, in Purchase) (Answer, error) {
	stumble, early := None, (*journal.Record)(nil)
	p, err := b.update(ctx, in.Request, func(c *change) {
		switch {
		case c.Known():
			return
		case c.State == "" && (in.Plan.Pay == CrashBefore || in.Plan.Pay == HangBefore):
			stumble = in.Plan.Pay
			c.put(journal.Record{Kind: journal.KindPayment, State: journal.Crashed, Amount: in.Amount, Currency: in.Currency})
			return
		}
		c.begin(in)
		if stumble = in.Plan.Pay; stumble == CrashBefore || stumble == HangBefore {
			stumble = None // it did so before
		}
		early = c.keepEarly()
	})
	if err == nil && early != nil {
		b.sendEarly(ctx, journal.Parcel{Record: *early, Secret: p.Merchant})
	}
	return Answer{p, stumble}, err
}

// begin writes a payment's first state.
func (c *change) begin(in Purchase) {
	r := journal.Record{
		Kind: journal.KindPayment, State: in.Plan.State, Ref: "sb_" + rand.Text(), Amount: in.Amount + in.Plan.Extra, Currency: in.Currency,
		Code: in.Plan.Code, Message: in.Plan.Message, Retryable: in.Plan.Retryable, Order: &in.Order,
	}
	if in.Plan.OtherCurrency {
		r.Currency = other(in.Currency)
	}
	if r.State == journal.Captured && in.Order.Later {
		r.State = journal.Authorized
	}
	r.Then, r.ThenAt = c.outlook(r.State, in)
	c.put(r)
	if r.State == journal.Captured {
		c.put(c.capture(in.ID.Key, r.Amount))
	}
	c.tell("payment." + string(r.State))
}

// outlook says what becomes of a new payment by itself.
func (c *change) outlook(state journal.State, in Purchase) (then journal.State, at time.Time) {
	switch {
	case in.Plan.Then != "":
		return in.Plan.Then, c.now.Add(in.Order.Terms.Settle)
	case in.Plan.ThenForever:
		return "", time.Time{}
	case state == journal.Authorized:
		return journal.Expired, c.now.Add(AuthorizationLife)
	case state == journal.RequiresAction:
		return journal.Expired, c.now.Add(ActionWindow)
	}
	return "", time.Time{}
}

func other(currency string) string {
	if currency == "USD" {
		return "EUR"
	}
	return "USD"
}

// ChangeAmount asks for another amount while the shopper has not paid. Errors: *Refusal.
func (b *Bank) ChangeAmount(ctx context.Context, r Request, amount int64, currency string) (journal.Payment, error) {
	refusal := (*Refusal)(nil)
	p, err := b.update(ctx, r, func(c *change) {
		switch {
		case !c.Known():
			refusal = noSuchPayment
		case c.Amount == amount && c.Currency == currency:
		case c.State != journal.RequiresAction && c.State != journal.Pending:
			refusal = &Refusal{"not_open", "the payment is " + string(c.State) + ": its amount no longer changes"}
		default:
			next := c.Record
			next.Amount, next.Currency, next.Order = amount, currency, nil
			c.put(next)
		}
	})
	return p, refused(refusal, err)
}

func refused(r *Refusal, err error) error {
	if err == nil && r != nil {
		return r
	}
	return err
}

// Taking is a capture that the platform asks for.
type Taking struct {
	Request
	CaptureID string
	Amount    int64
	Currency  string
	Final     bool // the rest of the promise goes
}

// Capture takes some or all of a promise, once for each id. Errors: *Refusal.
func (b *Bank) Capture(ctx context.Context, in Taking) (Answer, error) {
	refusal, stumble := (*Refusal)(nil), None
	p, err := b.update(ctx, in.Request, func(c *change) {
		if !c.Known() {
			refusal = noSuchPayment
			return
		}
		if _, made := c.Capture(in.CaptureID); made {
			return
		}
		if refusal = c.mayTake(in); refusal != nil {
			return
		}
		stumble = planOf(c.Payment).Capture
		if stumble == CrashBefore || stumble == HangBefore {
			if !c.Stumbled(journal.KindCapture, in.CaptureID) {
				c.put(journal.Record{Kind: journal.KindCapture, State: journal.Crashed, ID: in.CaptureID})
				return
			}
			stumble = None
		}
		c.take(in)
	})
	return Answer{p, stumble}, refused(refusal, err)
}

func (c *change) mayTake(in Taking) *Refusal {
	switch {
	case c.State == journal.Captured && c.Promised() <= 0:
		return &Refusal{"already_captured", "all that was promised has been taken"}
	case c.State != journal.Authorized && c.State != journal.Captured:
		return &Refusal{"not_capturable", "the payment is " + string(c.State)}
	case in.Amount <= 0 || in.Currency != c.Currency:
		return &Refusal{"amount_invalid", "must be above zero, in the currency of the promise"}
	case in.Amount > c.Promised():
		return &Refusal{"amount_too_large", "is more than is still promised"}
	case planOf(c.Payment).DeclineTaking:
		return &Refusal{"capture_declined", "the card's bank no longer keeps its promise"}
	}
	return nil
}

func (c *change) take(in Taking) {
	if c.State == journal.Authorized {
		r := c.Record
		r.State, r.Order, r.Then, r.ThenAt = journal.Captured, nil, "", time.Time{}
		c.put(r)
	}
	c.put(c.capture(in.CaptureID, in.Amount))
	if in.Final && c.Promised() > 0 {
		c.put(journal.Record{Kind: journal.KindRelease})
	}
	c.tell("payment.captured")
}

// Void gives up what was not taken. A payment never seen is voided too, so that one still on its way is refused.
func (b *Bank) Void(ctx context.Context, r Request, amount int64, currency string) (journal.Payment, error) {
	return b.update(ctx, r, func(c *change) {
		switch c.State { //nolint:exhaustive // the states of payments; the others are of refunds, disputes and deliveries
		case journal.Voided, journal.Declined, journal.Expired:
		case journal.Captured:
			if c.Promised() > 0 {
				c.put(journal.Record{Kind: journal.KindRelease})
			}
		case "", journal.Crashed:
			c.put(journal.Record{
				Kind: journal.KindPayment, State: journal.Voided, Ref: "sb_" + rand.Text(), Amount: amount, Currency: currency, Order: &journal.Order{},
			})
		default:
			late := planOf(c.Payment).LateCapture
			c.become(journal.Voided, "", "")
			if late {
				c.foretell(journal.Captured)
			}
		}
	})
}

// foretell lets something become of a payment by itself.
func (c *change) foretell(then journal.State) {
	r := c.Record
	r.Then, r.ThenAt, r.Order = then, c.settleTime(), nil
	c.put(r)
}
