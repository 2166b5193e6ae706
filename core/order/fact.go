package order

import (
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
)

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
	// UnfitFact says that money came in, or is promised, that cannot be for its order.
	UnfitFact struct {
		Order    ID             `json:"order_id"`
		Payment  payment.ID     `json:"payment_id"`
		Why      payment.Misfit `json:"why"`
		Captured money.Money    `json:"captured"`
		Promised money.Money    `json:"promised"`
	}
	// LapsedFact says that a promise ran out before it was captured.
	LapsedFact struct {
		Order   ID          `json:"order_id"`
		Payment payment.ID  `json:"payment_id"`
		Amount  money.Money `json:"amount"`
	}
	// MoveFact says that a capture or refund was asked for; its intent is committed.
	MoveFact struct {
		Order   ID             `json:"order_id"`
		Payment payment.ID     `json:"payment_id"`
		Move    payment.MoveID `json:"move_id"`
	}
	// RefundedFact says that money went back.
	RefundedFact struct {
		Order   ID             `json:"order_id"`
		Payment payment.ID     `json:"payment_id"`
		Move    payment.MoveID `json:"move_id"`
		Amount  money.Money    `json:"amount"`
	}
	// RefundFailedFact says that a refund did not happen: its amount may be refunded again.
	RefundFailedFact struct {
		Order   ID             `json:"order_id"`
		Payment payment.ID     `json:"payment_id"`
		Move    payment.MoveID `json:"move_id"`
		Amount  money.Money    `json:"amount"`
		Why     string         `json:"why"`
	}
	// CaptureFailedFact says that a capture was refused: the money is still only promised, or gone.
	CaptureFailedFact struct {
		Order   ID             `json:"order_id"`
		Payment payment.ID     `json:"payment_id"`
		Move    payment.MoveID `json:"move_id"`
		Amount  money.Money    `json:"amount"`
		Why     string         `json:"why"`
	}
	// DisputeFact says that a dispute was opened, answered or decided.
	DisputeFact struct {
		Order   ID              `json:"order_id"`
		Payment payment.ID      `json:"payment_id"`
		Dispute payment.Dispute `json:"dispute"`
	}
	// MismatchFact says that our books and the provider's differ, as a reconciliation found.
	MismatchFact struct {
		Order   ID         `json:"order_id"`
		Payment payment.ID `json:"payment_id"`
		What    string     `json:"what"`
		Ours    string     `json:"ours"`
		Theirs  string     `json:"theirs,omitempty"`
		Do      string     `json:"do"`
	}
	// FulfilledFact says that the goods are on their way.
	FulfilledFact struct {
		Order    ID     `json:"order_id"`
		Number   int64  `json:"number"`
		Tracking string `json:"tracking,omitempty"`
	}
)

// Event kinds.
const (
	KindPlaced        = "order.placed"
	KindConfirmed     = "order.confirmed"
	KindPaid          = "order.paid"
	KindCancelled     = "order.cancelled"
	KindAction        = "order.action_required"
	KindPending       = "order.payment_pending"
	KindUnfit         = "order.payment_unfit"
	KindLapsed        = "order.authorization_expired"
	KindMove          = "order.move_requested"
	KindRefunded      = "order.refunded"
	KindRefundFailed  = "order.refund_failed"
	KindCaptureFailed = "order.capture_failed"
	KindDispute       = "order.disputed"
	KindMismatch      = "order.payment_mismatch"
	KindFulfilled     = "order.fulfilled"
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

// Kind returns "order.payment_unfit".
func (UnfitFact) Kind() string { return KindUnfit }

// Subject returns the order's id.
func (f UnfitFact) Subject() string { return string(f.Order) }

// Kind returns "order.authorization_expired".
func (LapsedFact) Kind() string { return KindLapsed }

// Subject returns the order's id.
func (f LapsedFact) Subject() string { return string(f.Order) }

// Kind returns "order.move_requested".
func (MoveFact) Kind() string { return KindMove }

// Subject returns the order's id.
func (f MoveFact) Subject() string { return string(f.Order) }

// Kind returns "order.refunded".
func (RefundedFact) Kind() string { return KindRefunded }

// Subject returns the order's id.
func (f RefundedFact) Subject() string { return string(f.Order) }

// Kind returns "order.refund_failed".
func (RefundFailedFact) Kind() string { return KindRefundFailed }

// Subject returns the order's id.
func (f RefundFailedFact) Subject() string { return string(f.Order) }

// Kind returns "order.capture_failed".
func (CaptureFailedFact) Kind() string { return KindCaptureFailed }

// Subject returns the order's id.
func (f CaptureFailedFact) Subject() string { return string(f.Order) }

// Kind returns "order.disputed".
func (DisputeFact) Kind() string { return KindDispute }

// Subject returns the order's id.
func (f DisputeFact) Subject() string { return string(f.Order) }

// Kind returns "order.fulfilled".
func (FulfilledFact) Kind() string { return KindFulfilled }

// Subject returns the order's id.
func (f FulfilledFact) Subject() string { return string(f.Order) }

// Kind returns "order.payment_mismatch".
func (MismatchFact) Kind() string { return KindMismatch }

// Subject returns the order's id.
func (f MismatchFact) Subject() string { return string(f.Order) }
