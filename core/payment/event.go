package payment

import (
	"time"

	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/provider"
)

// Event is one thing that a provider said by itself. One without a payment, refund or dispute is a hint to ask.
type Event struct {
	ID         string        `json:"id"` // the provider's own, the same at every delivery
	Type       string        `json:"type"`
	Mode       provider.Mode `json:"mode"`
	At         time.Time     `json:"at,omitzero"` // by the provider's clock
	PaymentID  ID            `json:"payment_id,omitempty"`
	PaymentRef string        `json:"payment_ref,omitempty"`
	Payment    *Result       `json:"payment,omitempty"`
	RefundID   MoveID        `json:"refund_id,omitempty"`
	Refund     *MoveResult   `json:"refund,omitempty"`
	Dispute    *Dispute      `json:"dispute,omitempty"`
}

// DisputeStatus is where a dispute stands.
type DisputeStatus string

// The statuses of a dispute.
const (
	DisputeOpen   DisputeStatus = "needs_response"
	DisputeReview DisputeStatus = "under_review"
	DisputeWon    DisputeStatus = "won"
	DisputeLost   DisputeStatus = "lost"
)

// Dispute is a claim of the shopper's bank against a payment, also called a chargeback.
type Dispute struct {
	Ref       string        `json:"ref"` // the provider's
	PaymentID ID            `json:"payment_id,omitempty"`
	OrderID   string        `json:"order_id,omitempty"`
	Status    DisputeStatus `json:"status"`
	Amount    money.Money   `json:"amount"`
	Reason    string        `json:"reason,omitempty"`
	Deadline  time.Time     `json:"deadline,omitzero"` // until when the vendor must answer
	UpdatedAt time.Time     `json:"updated_at,omitzero"`
}

// decided reports whether nothing more follows.
func (s DisputeStatus) decided() bool { return s == DisputeWon || s == DisputeLost }

// TakeDispute records news of a dispute over what was known of it; known is the zero value for a new one. It reports
// whether anything changed: a decided dispute stays decided, and one that was answered does not need an answer again.
// Errors: ErrImpossible for another currency or for more than came in.
func (p *Payment) TakeDispute(known *Dispute, news Dispute, at time.Time) (changed bool, err error) {
	fresh := known.Ref == ""
	if !fresh && (known.Status == news.Status || known.Status.decided() || news.Status == DisputeOpen) {
		return false, nil
	}
	if !fresh {
		news.Amount = known.Amount
	}
	if news.Amount.Currency != p.Amount.Currency || news.Amount.Amount <= 0 || news.Amount.Amount > p.Captured.Amount {
		return false, ErrImpossible
	}
	if fresh {
		p.Disputed.Amount += news.Amount.Amount
	}
	if news.Status.decided() {
		p.Disputed.Amount -= news.Amount.Amount
	}
	if news.Status == DisputeLost {
		p.Lost.Amount += news.Amount.Amount
	}
	if news.Deadline.IsZero() {
		news.Deadline = known.Deadline
	}
	news.PaymentID, news.OrderID, news.UpdatedAt = p.ID, p.OrderID, at
	*known = news
	p.Version, p.UpdatedAt = p.Version+1, at
	return true, nil
}
