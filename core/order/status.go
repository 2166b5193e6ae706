package order

import (
	"time"

	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/money"
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

// PaymentStatus is the order's money, derived from its payment and stored so that lists can filter by it.
type PaymentStatus string

// The payment statuses of an order.
const (
	AwaitingPayment PaymentStatus = "awaiting"
	PaymentPending  PaymentStatus = "pending" // the provider will know later, as with a bank transfer
	ActionRequired  PaymentStatus = "requires_action"
	Authorized      PaymentStatus = "authorized"
	Paid            PaymentStatus = "paid"
	Declined        PaymentStatus = "declined"
	Voided          PaymentStatus = "voided"
	Held            PaymentStatus = "held" // the provider contradicts us: staff must look
)

var paymentStatusOf = map[payment.Status]PaymentStatus{
	payment.Created: AwaitingPayment, payment.Processing: PaymentPending, payment.Waiting: ActionRequired,
	payment.Reserved: Authorized, payment.Paid: Paid, payment.Refused: Declined, payment.Cancelled: Voided,
	payment.Held: Held, payment.Returned: Voided,
}

// Settle takes over what became of the payment and returns the facts. A promised or paid payment confirms a pending
// order; a declined or voided one cancels it, and the caller must release its stock when the result says so.
func (o *Order) Settle(p payment.Payment, at time.Time) (facts []event.Fact, release bool) {
	next := paymentStatusOf[p.Status]
	if next == o.Payment {
		return nil, false
	}
	o.Payment, o.UpdatedAt = next, at
	switch next {
	case Authorized, Paid:
		if o.Status == Cancelled {
			return []event.Fact{PaidTooLate{o.ID, p.ID, p.Amount}}, false
		}
		if o.Status == Pending {
			o.Status = Confirmed
			facts = append(facts, ConfirmedFact{o.ID, o.Number, o.Total})
		} else if next == Paid {
			facts = append(facts, PaidFact{o.ID, o.Number, o.Total})
		}
	case Declined, Voided:
		if o.Status == Pending || o.Status == Confirmed {
			o.Status, o.Reason = Cancelled, "payment_"+string(next)
			return []event.Fact{CancelledFact{o.ID, o.Number, o.Reason}}, true
		}
	case Held:
		facts = append(facts, HeldFact{o.ID, o.Number, p.Message})
	case ActionRequired:
		facts = append(facts, ActionFact{o.ID, o.Number})
	case PaymentPending:
		facts = append(facts, PendingFact{o.ID, o.Number, o.Total})
	case AwaitingPayment:
	}
	return facts, false
}

// Fulfil marks a confirmed order as sent. Errors: ErrTransition.
func (o *Order) Fulfil(tracking string, at time.Time) (event.Fact, error) {
	if o.Status != Confirmed {
		return nil, ErrTransition.Saying("order %s is %s: only confirmed orders can be fulfilled", o.Name(), o.Status)
	}
	o.Status, o.Tracking, o.UpdatedAt = Fulfilled, tracking, at
	return FulfilledFact{o.ID, o.Number, tracking}, nil
}

// The facts an order may produce. Their fields are part of the event payload.
type (
	// Placed is stored with the order row, before any provider is called.
	Placed struct {
		Order   ID          `json:"order_id"`
		Payment payment.ID  `json:"payment_id"`
		Total   money.Money `json:"total"`
	}
	// ConfirmedFact says that the order is paid or its payment promised.
	ConfirmedFact struct {
		Order  ID          `json:"order_id"`
		Number int64       `json:"number"`
		Total  money.Money `json:"total"`
	}
	// PaidFact says that the money of a confirmed order has come in.
	PaidFact struct {
		Order  ID          `json:"order_id"`
		Number int64       `json:"number"`
		Total  money.Money `json:"total"`
	}
	// CancelledFact says that the order ended without a sale.
	CancelledFact struct {
		Order  ID     `json:"order_id"`
		Number int64  `json:"number"`
		Reason string `json:"reason"`
	}
	// ActionFact says that the shopper must do something before the payment goes on.
	ActionFact struct {
		Order  ID    `json:"order_id"`
		Number int64 `json:"number"`
	}
	// PendingFact says that the order waits for money that takes its time.
	PendingFact struct {
		Order  ID          `json:"order_id"`
		Number int64       `json:"number"`
		Total  money.Money `json:"total"`
	}
	// HeldFact says that the provider's answer contradicts the order.
	HeldFact struct {
		Order  ID     `json:"order_id"`
		Number int64  `json:"number"`
		Why    string `json:"why"`
	}
	// FulfilledFact says that the goods are on their way.
	FulfilledFact struct {
		Order    ID     `json:"order_id"`
		Number   int64  `json:"number"`
		Tracking string `json:"tracking,omitempty"`
	}
	// PaidTooLate says that money came in for a cancelled order: it must go back.
	PaidTooLate struct {
		Order   ID          `json:"order_id"`
		Payment payment.ID  `json:"payment_id"`
		Amount  money.Money `json:"amount"`
	}
)

// Event kinds.
const (
	KindPlaced    = "order.placed"
	KindConfirmed = "order.confirmed"
	KindPaid      = "order.paid"
	KindCancelled = "order.cancelled"
	KindAction    = "order.action_required"
	KindPending   = "order.payment_pending"
	KindHeld      = "order.held"
	KindFulfilled = "order.fulfilled"
	KindPaidLate  = "order.paid_too_late"
)

// Kind returns "order.placed".
func (Placed) Kind() string { return KindPlaced }

// Subject returns the order's id.
func (f Placed) Subject() string { return string(f.Order) }

// Kind returns "order.confirmed".
func (ConfirmedFact) Kind() string { return KindConfirmed }

// Subject returns the order's id.
func (f ConfirmedFact) Subject() string { return string(f.Order) }

// Kind returns "order.paid".
func (PaidFact) Kind() string { return KindPaid }

// Subject returns the order's id.
func (f PaidFact) Subject() string { return string(f.Order) }

// Kind returns "order.cancelled".
func (CancelledFact) Kind() string { return KindCancelled }

// Subject returns the order's id.
func (f CancelledFact) Subject() string { return string(f.Order) }

// Kind returns "order.action_required".
func (ActionFact) Kind() string { return KindAction }

// Subject returns the order's id.
func (f ActionFact) Subject() string { return string(f.Order) }

// Kind returns "order.payment_pending".
func (PendingFact) Kind() string { return KindPending }

// Subject returns the order's id.
func (f PendingFact) Subject() string { return string(f.Order) }

// Kind returns "order.held".
func (HeldFact) Kind() string { return KindHeld }

// Subject returns the order's id.
func (f HeldFact) Subject() string { return string(f.Order) }

// Kind returns "order.fulfilled".
func (FulfilledFact) Kind() string { return KindFulfilled }

// Subject returns the order's id.
func (f FulfilledFact) Subject() string { return string(f.Order) }

// Kind returns "order.paid_too_late".
func (PaidTooLate) Kind() string { return KindPaidLate }

// Subject returns the order's id.
func (f PaidTooLate) Subject() string { return string(f.Order) }
