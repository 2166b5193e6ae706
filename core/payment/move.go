package payment

import (
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
)

// MoveID is "cap_" or "ref_" and 26 characters. It is the idempotency key of the call to the provider.
type MoveID string

// MoveKind tells captures from refunds.
type MoveKind string

// The kinds.
const (
	CaptureMove MoveKind = "capture"
	RefundMove  MoveKind = "refund"
)

// MoveStatus is where a move stands.
type MoveStatus string

// The statuses. An open move is an intent that was committed; whether the provider has heard of it is not known.
const (
	MoveOpen    MoveStatus = "open"
	MovePending MoveStatus = "pending" // the provider has it and will know later
	MoveDone    MoveStatus = "succeeded"
	MoveFailed  MoveStatus = "failed"
)

// Move is one capture or refund of a payment. The row is committed before the provider hears of it.
type Move struct {
	ID          MoveID
	Kind        MoveKind
	PaymentID   ID
	OrderID     string
	Amount      money.Money
	Final       bool // of captures: no other one follows
	Status      MoveStatus
	ProviderRef string
	Reason      string // a code: "requested_by_customer", "duplicate", "fraudulent", or a Misfit
	Code        string // why it failed
	Message     string
	By          string // who asked for it; "provider" when it was made on the provider's own pages
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Settled reports whether nothing will change any more.
func (m Move) Settled() bool { return m.Status == MoveDone || m.Status == MoveFailed }

// RefundReasons are what staff may give as a reason.
var RefundReasons = []string{"requested_by_customer", "duplicate", "fraudulent", "unfulfillable", "other"}

// BeginCapture makes the intent of taking some of what is promised, or of all of an offline payment. open are the moves
// of the payment that are not settled. Errors: ErrNotCapturable, ErrTooMuch, ErrMoveOpen, Invalid.
func (p *Payment) BeginCapture(id MoveID, amount money.Money, final bool, open []Move, by string, at time.Time) (Move, error) {
	left := p.Promised()
	if p.Status == Processing || p.Status == Waiting {
		left = p.Amount // the money was seen, as on a bank account
	}
	switch {
	case p.Unfit != "" || left.Amount <= 0:
		return Move{}, ErrNotCapturable
	case amount.Amount <= 0 || amount.Currency != p.Amount.Currency:
		return Move{}, fault.InvalidField("amount", "use an amount above zero in "+string(p.Amount.Currency))
	case amount.Amount > left.Amount:
		return Move{}, ErrTooMuch.Saying("at most %s can be captured", left)
	case p.Status != Reserved && amount != left:
		return Move{}, fault.InvalidField("amount", "an awaited payment is recorded as a whole: "+left.String())
	}
	for _, m := range open {
		if m.Kind == CaptureMove && !m.Settled() {
			return Move{}, ErrMoveOpen
		}
	}
	return p.newMove(id, CaptureMove, amount, final || amount == left, "", by, at), nil
}

// BeginRefund makes the intent of giving some of the money back and counts it as under way, so that no second one can
// give back the same money. Errors: ErrNotRefundable, ErrTooMuch, Invalid.
func (p *Payment) BeginRefund(id MoveID, amount money.Money, reason, by string, at time.Time) (Move, error) {
	left := p.Refundable()
	switch {
	case left.Amount <= 0:
		return Move{}, ErrNotRefundable
	case amount.Amount <= 0 || amount.Currency != p.Amount.Currency:
		return Move{}, fault.InvalidField("amount", "use an amount above zero in "+string(p.Amount.Currency))
	case amount.Amount > left.Amount:
		return Move{}, ErrTooMuch.Saying("at most %s can be refunded", left)
	}
	p.Refunding.Amount += amount.Amount
	p.Version, p.UpdatedAt = p.Version+1, at
	return p.newMove(id, RefundMove, amount, false, reason, by, at), nil
}

func (p *Payment) newMove(id MoveID, kind MoveKind, amount money.Money, final bool, reason, by string, at time.Time) Move {
	return Move{
		ID: id, Kind: kind, PaymentID: p.ID, OrderID: p.OrderID, Amount: amount, Final: final, Status: MoveOpen, Reason: reason,
		By: by, CreatedAt: at, UpdatedAt: at,
	}
}

// ExternalRefund is the record of a refund that was made on the provider's own pages.
func (p *Payment) ExternalRefund(id MoveID, amount money.Money, ref string, at time.Time) Move {
	m := p.newMove(id, RefundMove, amount, false, "other", "provider", at)
	m.Status, m.ProviderRef = MoveDone, ref
	return m
}

// SettleRefund records what became of a refund. A failed one gives its amount back to what may be refunded; one that
// failed after it had succeeded, as when the shopper's bank sends it back, too. It reports whether anything changed.
// Errors: ErrAmountDiffers when the provider gave back another amount; it is recorded as the provider has it.
// ErrImpossible when that is more than came in and is not given back by others.
func (p *Payment) SettleRefund(m *Move, r MoveResult, at time.Time) (changed bool, err error) {
	next, ok := map[Outcome]MoveStatus{Succeeded: MoveDone, Pending: MovePending, Failed: MoveFailed}[r.Outcome]
	if !ok || next == m.Status || m.Status == MoveFailed || m.Status == MoveDone && next == MovePending {
		return false, nil
	}
	if next == MoveDone && r.Amount.Amount != 0 && r.Amount != m.Amount {
		left := p.Captured.Amount - p.Refunded.Amount - (p.Refunding.Amount - m.Amount.Amount) // what other refunds leave
		if r.Amount.Currency != m.Amount.Currency || r.Amount.Amount < 0 || r.Amount.Amount > left {
			return false, ErrImpossible
		}
		p.Refunding.Amount += r.Amount.Amount - m.Amount.Amount
		m.Amount, err = r.Amount, ErrAmountDiffers
	}
	switch {
	case next == MoveDone:
		p.Refunding.Amount -= m.Amount.Amount
		p.Refunded.Amount += m.Amount.Amount
	case next == MoveFailed && m.Status == MoveDone:
		p.Refunded.Amount -= m.Amount.Amount
	case next == MoveFailed:
		p.Refunding.Amount -= m.Amount.Amount
	}
	m.Status, m.Code, m.Message, m.UpdatedAt = next, r.Code, r.Message, at
	if r.ProviderRef != "" {
		m.ProviderRef = r.ProviderRef
	}
	p.Version, p.UpdatedAt = p.Version+1, at
	return true, err
}

// SettleCapture records what became of a capture whose payment has just taken over the provider's answer r. It reports
// whether anything changed.
func (p *Payment) SettleCapture(m *Move, before money.Money, r Result, at time.Time) bool {
	switch {
	case m.Settled():
		return false
	case p.Captured.Amount-before.Amount >= m.Amount.Amount:
		m.Status = MoveDone
	case r.Outcome == Declined, r.Outcome == Voided, r.Outcome == Expired:
		m.Status, m.Code, m.Message = MoveFailed, r.Code, r.Message
	default:
		return false
	}
	m.UpdatedAt = at
	return true
}
