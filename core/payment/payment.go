// Package payment owns the payment of an order: the intent that is written before a provider is called, the statuses it
// may take, and the ledger entries that follow. It refuses to move a payment backwards. Read status.go next.
package payment

import (
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
)

// ID is "pay_" and 26 characters. It is the idempotency key of every call to the provider.
type ID string

// Payment is one attempt to be paid for one order. The row is committed before the provider hears of it.
type Payment struct {
	ID          ID
	OrderID     string
	Provider    string // plugin name, such as "sandbox"
	Amount      money.Money
	Status      Status
	ProviderRef string // the provider's own reference, once known
	Next        *NextAction
	Code        string // decline or failure code, provider-neutral
	Message     string // a sentence for the shopper, from the provider
	ExpiresAt   time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Method is how the shopper chose to pay, as sent to the provider once and never stored: a card number is a secret.
type Method struct {
	Kind   string            // "card", "cash_on_delivery", "bank_transfer", …: one of those the provider describes
	Fields map[string]string // what the provider's form asked for, such as "card_number"
}

// NextAction is what the shopper must do before the payment can go on.
type NextAction struct {
	Kind         string `json:"kind"` // "redirect" or "instructions"
	URL          string `json:"url,omitempty"`
	Instructions string `json:"instructions,omitempty"`
}

// Outcome is what a provider says about a payment.
type Outcome string

// The outcomes. Unknown is a first-class one: the call may or may not have had its effect, ask again with Get.
const (
	Captured       Outcome = "captured"
	Authorized     Outcome = "authorized" // the money is promised: capture comes later
	Pending        Outcome = "pending"    // the provider will know later
	RequiresAction Outcome = "requires_action"
	Declined       Outcome = "declined"
	Voided         Outcome = "voided"
	Unknown        Outcome = "unknown"
	NoSuchPayment  Outcome = "not_found" // Get only: the provider never heard of this key
)

// Result is a provider's answer. Amount is what the provider holds or took, and must equal the intent's.
type Result struct {
	Outcome     Outcome
	ProviderRef string
	Amount      money.Money
	Next        *NextAction
	Code        string // for Declined: "card_declined", "insufficient_funds", "expired_card", …
	Message     string
	Retryable   bool // for Declined: another try with the same method may succeed
	ExpiresAt   time.Time
}

// Faults of this package.
var (
	ErrDeclined       = fault.New(fault.Declined, "payment_declined", "the payment was declined: try another way to pay")
	ErrUnavailable    = fault.New(fault.Unavailable, "provider_unavailable", "the payment provider does not answer: nothing was charged, try again")
	ErrNoProvider     = fault.New(fault.Invalid, "unknown_payment_method", "this shop does not offer that way to pay")
	ErrAmountDiffers  = fault.New(fault.Conflict, "amount_mismatch", "the provider reports another amount than was asked: staff has been told")
	ErrNotPending     = fault.New(fault.Conflict, "payment_settled", "this payment is already settled")
	ErrNotCapturable  = fault.New(fault.Conflict, "not_capturable", "this payment cannot be marked as paid in its present state")
	ErrNothingPending = fault.New(fault.Conflict, "no_pending_payment", "this order is not waiting for a payment")
)

// New starts an intent for an order.
func New(id ID, order, provider string, amount money.Money, at time.Time) Payment {
	return Payment{
		ID: id, OrderID: order, Provider: provider, Amount: amount, Status: Created,
		ExpiresAt: at.Add(DefaultWindow), CreatedAt: at, UpdatedAt: at,
	}
}

// DefaultWindow is how long a payment may wait for the shopper or the provider before it is voided.
const DefaultWindow = 30 * time.Minute

// Apply records what the provider said. It reports whether anything changed; a late or repeated answer that would move
// the payment backwards changes nothing. Errors: ErrAmountDiffers, and then the payment is Held for staff.
func (p *Payment) Apply(r Result, at time.Time) (bool, error) {
	next, ok := statusAfter[r.Outcome]
	if !ok || p.Status == next && r.Next == nil || !p.Status.CanBecome(next) {
		return false, nil
	}
	if r.ProviderRef != "" {
		p.ProviderRef = r.ProviderRef // also of a payment that is held: staff must find it there
	}
	if (next == Paid || next == Reserved) && r.Amount != p.Amount {
		p.Status, p.Code, p.Message, p.UpdatedAt = Held, ErrAmountDiffers.Code, "the provider reports "+r.Amount.String(), at
		return true, ErrAmountDiffers
	}
	p.Status, p.Next, p.Code, p.Message, p.UpdatedAt = next, r.Next, r.Code, r.Message, at
	if !r.ExpiresAt.IsZero() {
		p.ExpiresAt = r.ExpiresAt
	}
	return true, nil
}

// GiveBack records that the provider returned money it had taken or promised. Errors: ErrNotPending otherwise.
func (p *Payment) GiveBack(at time.Time) error {
	if p.Status != Paid && p.Status != Reserved {
		return ErrNotPending
	}
	p.Status, p.UpdatedAt = Returned, at
	return nil
}
