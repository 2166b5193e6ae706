package sdk

import (
	"context"
	"time"
)

// PaymentPlugin takes or promises money for vendors. Methods are called concurrently.
//
// Every operation is idempotent: called twice with the same PaymentID (and IdempotencyKey), the effect happens once and
// the answer is the same. Return a Result when the provider gave an answer, also when the answer is no (Declined); return
// Invalid, Misconfigured or Unavailable only when certainly nothing happened; return OutcomeUnknown or any other error
// when you cannot tell, and the host will ask Get.
type PaymentPlugin interface {
	// Describe names the plugin and the ways to pay it offers to this account. Account.Tenant is empty when the host
	// asks in general. It must not call a provider.
	Describe(ctx context.Context, account Account) (PaymentDescription, error)
	// Create takes or promises the amount.
	Create(ctx context.Context, in CreateRequest) (Result, error)
	// Continue goes on after the shopper came back from a redirect. Params are the shopper's word, not the truth.
	Continue(ctx context.Context, in ContinueRequest) (Result, error)
	// Capture takes money that was authorised or is known to have arrived.
	Capture(ctx context.Context, in CaptureRequest) (Result, error)
	// Void gives up a payment: what was promised is released, what was taken is returned in full. A provider that cannot
	// do so any more answers with the outcome that still holds. For a payment never heard of it answers Voided, and a
	// Create that arrives later must not charge.
	Void(ctx context.Context, in VoidRequest) (Result, error)
	// Get answers what became of a payment. OutcomeNotFound promises that nothing was ever charged.
	Get(ctx context.Context, in GetRequest) (Result, error)
}

// PaymentDescription is what a plugin says of itself.
type PaymentDescription struct {
	Name    string // as in the file name after "payment-"
	Version string // semantic version
	Methods []Method
}

// Method is one way to pay as a checkout offers it.
type Method struct {
	Kind   string // such as "card"
	Name   string // such as "Cash on delivery"
	Hint   string
	Fields []Field
}

// Field is an input the shopper fills in.
type Field struct {
	Name         string
	Label        string
	Autocomplete string // HTML autocomplete token, such as "cc-number"
	Example      string
	Secret       bool // never stored, never logged
}

// CreateRequest asks for money.
type CreateRequest struct {
	Account        Account
	PaymentID      string
	IdempotencyKey string // forward it to the provider
	Amount         Amount
	MethodKind     string
	MethodFields   Fields
	OrderNumber    string
	Email          string
	ReturnURL      string // where a redirect must bring the shopper back
}

// ContinueRequest goes on after a redirect.
type ContinueRequest struct {
	Account        Account
	PaymentID      string
	IdempotencyKey string
	Params         map[string]string // the query the shopper came back with
}

// CaptureRequest takes an authorised amount.
type CaptureRequest struct {
	Account        Account
	PaymentID      string
	IdempotencyKey string
	Amount         Amount
}

// VoidRequest gives a payment up as a whole.
type VoidRequest struct {
	Account        Account
	PaymentID      string
	IdempotencyKey string
}

// GetRequest asks what became of a payment.
type GetRequest struct {
	Account   Account
	PaymentID string
}

// Outcome is what became of a payment.
type Outcome uint8

// The outcomes. The zero value is Unknown, so that a forgotten outcome never claims anything.
const (
	OutcomeUnknown Outcome = iota
	OutcomeCaptured
	OutcomeAuthorized     // the money is promised: capture comes later
	OutcomePending        // the answer will be known later
	OutcomeRequiresAction // the shopper must do Result.Next
	OutcomeDeclined
	OutcomeVoided
	OutcomeNotFound // Get only
)

// Result is the provider's answer.
type Result struct {
	Outcome     Outcome
	ProviderRef string
	Amount      Amount // what the provider holds or took; the host compares it with what it asked for
	Next        *NextAction
	Code        string // for Declined: "card_declined", "insufficient_funds", "expired_card", …
	Message     string // a sentence for the shopper
	Retryable   bool   // for Declined: the same method may work later
	ExpiresAt   time.Time
}

// NextAction is what the shopper must do: follow a redirect or read instructions. Exactly one is set.
type NextAction struct {
	RedirectURL  string
	Instructions string
}

// Decline answers no, with a stable code and a sentence for the shopper.
func Decline(code, message string, retryable bool) Result {
	return Result{Outcome: OutcomeDeclined, Code: code, Message: message, Retryable: retryable}
}
