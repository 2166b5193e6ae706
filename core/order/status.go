package order

import (
	"cmp"
	"slices"
	"time"

	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/payment"
)

// Status is where an order stands: pending → confirmed → fulfilled, or cancelled from the first two.
type Status string

// The order statuses.
const (
	Pending   Status = "pending" // placed, the payment is not settled
	Confirmed Status = "confirmed"
	Fulfilled Status = "fulfilled"
	Cancelled Status = "cancelled"
)

// PaymentStatus is the order's money, derived from its payments and stored so that lists can filter by it.
type PaymentStatus string

// The payment statuses of an order.
const (
	AwaitingPayment   PaymentStatus = "awaiting"
	PaymentPending    PaymentStatus = "pending" // the provider will know later, as with a bank transfer
	ActionRequired    PaymentStatus = "requires_action"
	Authorized        PaymentStatus = "authorized"
	PartlyPaid        PaymentStatus = "partially_paid"
	Paid              PaymentStatus = "paid"
	Declined          PaymentStatus = "declined"
	Voided            PaymentStatus = "voided"
	Expired           PaymentStatus = "expired"
	PartlyRefunded    PaymentStatus = "partially_refunded"
	Refunded          PaymentStatus = "refunded"
	Disputed          PaymentStatus = "disputed"      // the shopper's bank claims money back
	UnfulfillablePaid PaymentStatus = "unfulfillable" // there is money that cannot be for this order: it goes back, or staff must decide
)

var paymentStatusOf = map[payment.Status]PaymentStatus{
	payment.Created: AwaitingPayment, payment.Processing: PaymentPending, payment.Waiting: ActionRequired,
	payment.Reserved: Authorized, payment.Paid: Paid, payment.Refused: Declined, payment.Cancelled: Voided, payment.Lapsed: Expired,
}

// Settle takes over what became of the payment p, one of the order's; others are the rest of them, newest first, and
// before is p as it was. A promised or paid payment confirms a pending order; when no payment is left that could, the
// order is cancelled, and the caller must release its stock when the result says so. Money that cannot be for the order
// marks p as unfit.
func (o *Order) Settle(p *payment.Payment, before payment.Payment, others []payment.Payment, at time.Time) (facts []event.Fact, release bool) {
	if p.Good() {
		switch {
		case o.Status == Cancelled && p.HasMoney():
			p.Misfits(payment.OrderCancelled, at)
		case slices.ContainsFunc(others, func(q payment.Payment) bool { return q.Good() && q.HasMoney() }) && p.HasMoney():
			p.Misfits(payment.SecondPayment, at)
		}
	}
	o.UpdatedAt = at
	facts = o.newsOf(*p, before)
	switch {
	case p.Good() && o.Status == Pending:
		o.Status = Confirmed
		facts = append(facts, ConfirmedFact{o.ID, o.Number, o.Total})
	case p.Status == payment.Paid && before.Status != payment.Paid && p.Unfit == "" && o.Status != Cancelled:
		facts = append(facts, PaidFact{o.ID, o.Number, o.Total})
	case (o.Status == Pending || o.Status == Confirmed) && !alive(*p) && !slices.ContainsFunc(others, alive):
		o.Status, o.Reason, release = Cancelled, "payment_"+string(paymentStatusOf[p.Status]), true
		if p.Unfit != "" {
			o.Reason = "payment_" + string(p.Unfit)
		}
		facts = append(facts, CancelledFact{o.ID, o.Number, o.Reason})
	}
	o.Payment = o.paymentStatus(append([]payment.Payment{*p}, others...))
	return facts, release
}

// newsOf tells what happened to a payment, apart from what it means for the order.
func (o *Order) newsOf(p, before payment.Payment) (facts []event.Fact) {
	came := p.Captured.Amount > before.Captured.Amount || p.Promised().Amount > before.Promised().Amount
	if p.Unfit != "" && (before.Unfit == "" || came) { // more may come after it was returned, as when a void came too late
		facts = append(facts, UnfitFact{o.ID, p.ID, p.Unfit, p.Captured, p.Promised()})
	}
	if p.Status == before.Status {
		return facts
	}
	switch p.Status {
	case payment.Waiting:
		facts = append(facts, ActionFact{o.ID, o.Number})
	case payment.Processing:
		facts = append(facts, PendingFact{o.ID, o.Number, o.Total})
	case payment.Lapsed:
		if before.Status == payment.Reserved {
			facts = append(facts, LapsedFact{o.ID, p.ID, p.Amount})
		}
	case payment.Created, payment.Reserved, payment.Paid, payment.Refused, payment.Cancelled:
	}
	return facts
}

// alive reports whether the order may still hope for this payment, or must not end before its money has gone back.
func alive(p payment.Payment) bool {
	return p.Status.Open() || p.Good() || p.Unfit != "" && p.HasMoney()
}

// paymentStatus derives the order's payment status from all its payments. Which of them changed last does not matter;
// where there is no money, the newest payment speaks.
func (o *Order) paymentStatus(all []payment.Payment) PaymentStatus {
	slices.SortFunc(all, func(a, b payment.Payment) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	switch {
	case slices.ContainsFunc(all, func(p payment.Payment) bool { return p.Unfit != "" && p.HasMoney() }):
		return UnfulfillablePaid
	case slices.ContainsFunc(all, func(p payment.Payment) bool { return p.Disputed.Amount > 0 }):
		return Disputed
	}
	if s := o.moneyStatus(all); s != "" {
		return s
	}
	for _, p := range all {
		if p.Status.Open() {
			return paymentStatusOf[p.Status]
		}
	}
	return paymentStatusOf[all[0].Status]
}

// moneyStatus is what the money of an order says; "" when none came in or is promised.
func (o *Order) moneyStatus(all []payment.Payment) PaymentStatus {
	var captured, refunded, promised, came int64
	for _, p := range all {
		if came += p.Captured.Amount; p.Unfit == "" {
			captured, refunded, promised = captured+p.Captured.Amount, refunded+p.Refunded.Amount+p.Lost.Amount, promised+p.Promised().Amount
		}
	}
	switch {
	case captured > 0 && refunded >= captured, captured == 0 && promised == 0 && came > 0:
		return Refunded
	case refunded > 0:
		return PartlyRefunded
	case captured > 0 && captured < o.Total.Amount:
		return PartlyPaid
	case captured > 0:
		return Paid
	case promised > 0:
		return Authorized
	}
	return ""
}

// Cancel ends an order that was not sent. The caller must release its stock; money that came in for it goes back by what
// Settle makes of each payment afterwards. Errors: ErrFinished.
func (o *Order) Cancel(reason string, at time.Time) (event.Fact, error) {
	if o.Status != Pending && o.Status != Confirmed {
		return nil, ErrFinished
	}
	o.Status, o.Reason, o.UpdatedAt = Cancelled, reason, at
	return CancelledFact{o.ID, o.Number, reason}, nil
}

// Fulfil marks a confirmed order as sent. Errors: ErrTransition.
func (o *Order) Fulfil(tracking string, at time.Time) (event.Fact, error) {
	if o.Status != Confirmed {
		return nil, ErrTransition.Saying("order %s is %s: only confirmed orders can be fulfilled", o.Name(), o.Status)
	}
	o.Status, o.Tracking, o.UpdatedAt = Fulfilled, tracking, at
	return FulfilledFact{o.ID, o.Number, tracking}, nil
}
