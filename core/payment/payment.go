// Package payment owns the money of an order: the intent that is written before a provider is called, what may become of
// it, the captures and refunds that move it, and the ledger entries that follow. It refuses to move a payment backwards
// and to give back more than came in. Read status.go for the states, move.go for captures and refunds, ledger.go for the
// books.
package payment

import (
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/provider"
)

// ID is "pay_" and 26 characters. It is the idempotency key of the payment's beginning.
type ID string

// Payment is one attempt to be paid for one order. The row is committed before the provider hears of it. Captured,
// Refunded, Disputed and Lost only count what certainly happened.
type Payment struct {
	ID          ID
	OrderID     string
	Provider    string // plugin name, such as "sandbox"
	Mode        provider.Mode
	MethodKind  string      // such as "card"
	Asked       money.Money // what the order asked for
	Amount      money.Money // what the provider took or promised in all; Asked until it says otherwise
	Captured    money.Money // what came in
	Refunded    money.Money // what was given back
	Refunding   money.Money // refunds under way
	Disputed    money.Money // claimed back by the shopper's bank and not decided
	Lost        money.Money // lost in disputes
	Status      Status
	Unfit       Misfit // why its money cannot be for the order; "" when it can
	ProviderRef string // the provider's own reference, once known
	Next        *NextAction
	Code        string // decline or failure code, provider-neutral
	Message     string // a sentence for the shopper, from the provider
	Version     int64  // grows with every change
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
	Kind         string            `json:"kind"` // "redirect", "instructions", "qr_code" or "client"
	URL          string            `json:"url,omitempty"`
	Instructions string            `json:"instructions,omitempty"`
	QR           string            `json:"qr,omitempty"`      // the text of a QR code
	Library      string            `json:"library,omitempty"` // the provider's code in the browser, such as "stripe.js"
	Data         map[string]string `json:"data,omitempty"`    // what that code needs, for this shopper only
}

// Traits are what a payment plugin can do.
type Traits struct {
	Authorize        bool `json:"authorize"`
	PartialCapture   bool `json:"partial_capture"`
	MultipleCaptures bool `json:"multiple_captures"`
	Refund           bool `json:"refund"`
	PartialRefund    bool `json:"partial_refund"`
	Update           bool `json:"update"`
	Webhooks         bool `json:"webhooks"`
	Disputes         bool `json:"disputes"`
	Offline          bool `json:"offline"` // no provider behind it, as with cash: our books are the truth
}

// Faults of this package.
var (
	ErrDeclined       = fault.New(fault.Declined, "payment_declined", "the payment was declined: try another way to pay")
	ErrUnavailable    = fault.New(fault.Unavailable, "provider_unavailable", "the payment provider does not answer: nothing was charged, try again")
	ErrNoProvider     = fault.New(fault.Invalid, "unknown_payment_method", "this shop does not offer that way to pay")
	ErrAmountDiffers  = fault.New(fault.Conflict, "amount_mismatch", "the provider reports another amount than was asked: staff has been told")
	ErrNotCapturable  = fault.New(fault.Conflict, "not_capturable", "this payment cannot be marked as paid in its present state")
	ErrNothingPending = fault.New(fault.Conflict, "no_pending_payment", "this order is not waiting for a payment")
	ErrNotFound       = fault.New(fault.NotFound, "payment_not_found", "there is no such payment")
	ErrNotRefundable  = fault.New(fault.Conflict, "not_refundable", "this payment has nothing to give back")
	ErrTooMuch        = fault.New(fault.Conflict, "amount_too_high", "that is more than is left")
	ErrMoveOpen       = fault.New(fault.Conflict, "capture_under_way", "another capture of this payment is under way: look again in a minute")
	ErrFit            = fault.New(fault.Conflict, "payment_not_held", "this payment does not wait for a decision")
)

// DefaultWindow is how long a payment may wait for the shopper or the provider before it is voided.
const DefaultWindow = 30 * time.Minute

// New starts an intent for an order.
func New(id ID, order string, with provider.Account, method string, amount money.Money, at time.Time) Payment {
	none := money.Zero(amount.Currency)
	return Payment{
		ID: id, OrderID: order, Provider: with.Plugin, Mode: with.Mode, MethodKind: method, Asked: amount, Amount: amount,
		Captured: none, Refunded: none, Refunding: none, Disputed: none, Lost: none,
		Status: Created, ExpiresAt: at.Add(DefaultWindow), CreatedAt: at, UpdatedAt: at,
	}
}

// Free is the payment of an order that costs nothing: no provider hears of it.
func Free(id ID, order string, nothing money.Money, at time.Time) Payment {
	p := New(id, order, provider.Account{Mode: provider.Live}, "", nothing, at)
	p.Status = Paid
	return p
}

// Refundable is what may still be given back: captured − refunded − under way − disputed − lost.
func (p Payment) Refundable() money.Money {
	left := p.Captured.Amount - p.Refunded.Amount - p.Refunding.Amount - p.Disputed.Amount - p.Lost.Amount
	return money.New(max(0, left), p.Amount.Currency)
}

// Promised is what the provider still holds for us and may be captured.
func (p Payment) Promised() money.Money {
	if p.Status != Reserved {
		return money.Zero(p.Amount.Currency)
	}
	return money.New(p.Amount.Amount-p.Captured.Amount, p.Amount.Currency)
}

// HasMoney reports whether the provider holds or promises money for this payment.
func (p Payment) HasMoney() bool {
	return p.Promised().Amount > 0 || p.Captured.Amount > p.Refunded.Amount+p.Lost.Amount
}

// Good reports whether the payment is paid or promised, and for the order.
func (p Payment) Good() bool { return (p.Status == Reserved || p.Status == Paid) && p.Unfit == "" }
