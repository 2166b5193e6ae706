package sdk

import (
	"context"
	"time"
)

// PaymentPlugin takes, promises and returns money for vendors. Methods are called concurrently.
//
// Every operation is idempotent: called twice with the same IdempotencyKey, the effect happens once and the answer is
// the same. Return a result when the provider gave an answer, also when the answer is no (Decline); return Invalid,
// Misconfigured or Unavailable only when certainly nothing happened; return an Unknown outcome or any other error when
// you cannot tell, and the host asks GetPayment or GetRefund, or sends the same request with the same key again.
//
// What a provider may or may not offer besides is an interface of its own: ConfigValidator, PaymentUpdater,
// PaymentWebhooks.
type PaymentPlugin interface {
	// Describe says what the plugin is and can, and which ways to pay it offers to this account. Account.Tenant is empty
	// when the host asks in general. It must not call a provider. Errors: Misconfigured.
	Describe(ctx context.Context, account Account) (PaymentDescription, error)
	// CreatePayment takes or promises the amount, or says what the shopper must do for it.
	CreatePayment(ctx context.Context, in CreatePayment) (Result, error)
	// ContinuePayment goes on after the shopper came back from the provider. Params are the shopper's word, not the truth.
	ContinuePayment(ctx context.Context, in ContinuePayment) (Result, error)
	// Capture takes some or all of a promised amount, or records that an offline payment has arrived. The answer is
	// Captured with the totals, or Declined when the provider refused.
	Capture(ctx context.Context, in Capture) (Result, error)
	// Void gives up what was not taken yet. Voided says that nothing was taken, nothing will be, and a CreatePayment
	// that arrives later is refused; so also for a payment never heard of. Money that was already taken stays: the
	// answer is then Captured with its totals, and the host refunds it when it must.
	Void(ctx context.Context, in Void) (Result, error)
	// Refund gives some or all of the taken amount back.
	Refund(ctx context.Context, in Refund) (RefundResult, error)
	// GetPayment answers what became of a payment. NotFound promises that nothing was ever taken or promised for it.
	GetPayment(ctx context.Context, in GetPayment) (Result, error)
	// GetRefund answers what became of a refund. RefundNotFound promises that nothing was given back for it.
	GetRefund(ctx context.Context, in GetRefund) (RefundResult, error)
}

// ConfigValidator checks settings and credentials when a vendor saves them, and before a new version of the plugin
// takes over. It may ask the provider, with a call that changes nothing.
type ConfigValidator interface {
	// ValidateConfig returns nil when the account can be used. Errors: Misconfigured, Unavailable.
	ValidateConfig(ctx context.Context, account Account) error
}

// PaymentUpdater changes the amount of a payment that is not paid or promised yet. It must never make a second one.
type PaymentUpdater interface {
	UpdatePayment(ctx context.Context, in UpdatePayment) (Result, error)
}

// PaymentWebhooks reads what a provider sends by itself.
type PaymentWebhooks interface {
	// ParseWebhook checks that the request comes from the provider, before anything else, and says what it means. What
	// it does not know is an empty answer, not an error. Errors: Forged.
	ParseWebhook(ctx context.Context, in Webhook) (PaymentEvents, error)
}

// PaymentDescription is what a plugin says of itself.
type PaymentDescription struct {
	Name         string // as in the file name after "payment-"
	Version      string // semantic version
	Methods      []Method
	Capabilities PaymentCapabilities
	Currencies   []string // ISO 4217; empty means any
	Countries    []string // of the shopper, ISO 3166-1 alpha-2; empty means any
	Limits       []Limit  // at most one per currency
	// ConfigSchema is a JSON Schema (2020-12) of an object: the form that a vendor fills in. A property with
	// "writeOnly": true is a secret: it arrives in Account.Secrets and is never shown again.
	ConfigSchema string
}

// PaymentCapabilities are what the admin offers to staff, and what the conformance kit tests.
type PaymentCapabilities struct {
	Authorize        bool // can promise an amount that is captured later
	PartialCapture   bool
	MultipleCaptures bool
	Refund           bool
	PartialRefund    bool
	Disputes         bool
	// Offline says that there is no provider behind the plugin, as with cash: the platform's books are the truth, and
	// GetPayment answers what CreatePayment answered.
	Offline           bool
	AuthorizationLife time.Duration // how long a promise holds; 0 means not known
	RefundWindow      time.Duration // how long after the capture a refund is possible; 0 means always
}

// Limit bounds the amount of one payment, both ends included. Max 0 means no bound.
type Limit struct {
	Currency string
	Min, Max int64 // minor units
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
	ByLibrary    bool // filled in by the provider's own code in the browser: pages without that code leave the method out
}

// Payment names a payment in a request.
type Payment struct {
	ID         string // the platform's own, unique for ever
	Ref        string // Result.ProviderRef of an earlier answer; empty when none arrived
	MethodKind string
	Amount     Amount // as it was asked for
	CreatedAt  time.Time
}

// CreatePayment asks for money.
type CreatePayment struct {
	Account         Account
	Payment         Payment
	IdempotencyKey  string // forward it to the provider
	CaptureLater    bool   // promise only; a plugin that cannot takes the money at once
	MethodFields    Fields
	OrderNumber     string // as people call it
	Buyer           Buyer
	ShippingAddress Address // zero when nothing is shipped
	Locale          string  // BCP 47
	ReturnURL       string  // where the provider must bring the shopper back
	WebhookURL      string  // where the provider may send what it has to say; empty when it cannot reach the shop
}

// Buyer is who pays.
type Buyer struct {
	Name, Email, Phone string
	Address            Address // the shipping address when there is no other
}

// UpdatePayment asks for another amount. Payment.Amount is the new one.
type UpdatePayment struct {
	Account        Account
	Payment        Payment
	IdempotencyKey string
}

// ContinuePayment goes on after a redirect.
type ContinuePayment struct {
	Account        Account
	Payment        Payment
	IdempotencyKey string
	Params         map[string]string // the query or form the shopper came back with
}

// Capture takes a promised amount.
type Capture struct {
	Account        Account
	Payment        Payment
	CaptureID      string // the platform's own
	IdempotencyKey string
	Amount         Amount
	Final          bool // no further capture follows: the rest of the promise may go
}

// Void gives up what was not taken.
type Void struct {
	Account        Account
	Payment        Payment
	IdempotencyKey string
}

// GetPayment asks what became of a payment.
type GetPayment struct {
	Account Account
	Payment Payment
}

// Refund gives money back.
type Refund struct {
	Account        Account
	Payment        Payment
	RefundID       string // the platform's own
	IdempotencyKey string
	Amount         Amount
	Reason         string // a code: "requested_by_customer", "duplicate", "fraudulent", "unfulfillable"
}

// GetRefund asks what became of a refund.
type GetRefund struct {
	Account   Account
	Payment   Payment
	RefundID  string
	RefundRef string // RefundResult.ProviderRef of an earlier answer; empty when none arrived
	Amount    Amount
}

// Outcome is what became of a payment.
type Outcome uint8

// The outcomes. The zero value is Unknown, so that a forgotten outcome never claims anything.
const (
	Unknown        Outcome = iota
	Captured               // some or all of the amount was taken: see Result.Captured
	Authorized             // the money is promised: Capture comes later
	Pending                // the answer will be known later
	RequiresAction         // the shopper must do Result.Next
	Declined
	Voided
	Expired  // the promise, or the shopper's time, has run out; nothing was taken
	NotFound // GetPayment only
)

// Result is the provider's answer about a payment.
type Result struct {
	Outcome     Outcome
	ProviderRef string
	Amount      Amount // what the provider took or promised in all; the host compares it with what it asked for
	// Captured and Refunded are what was taken and given back so far, failed refunds not counted. With a Captured
	// outcome, a zero Captured means Amount.
	Captured  Amount
	Refunded  Amount
	Next      *NextAction
	Code      string // for Declined: "card_declined", "insufficient_funds", "expired_card", …
	Message   string // a sentence for the shopper
	Retryable bool   // for Declined: the same method may work later
	ExpiresAt time.Time
}

// RefundOutcome is what became of a refund.
type RefundOutcome uint8

// The outcomes of a refund. The zero value is unknown.
const (
	RefundUnknown   RefundOutcome = iota
	RefundSucceeded               // the provider has sent the money
	RefundPending                 // the answer will be known later
	RefundFailed                  // the money stays with the vendor: see RefundResult.Code
	RefundNotFound                // GetRefund only
)

// RefundResult is the provider's answer about a refund.
type RefundResult struct {
	Outcome     RefundOutcome
	ProviderRef string
	Amount      Amount
	Code        string // for RefundFailed
	Message     string // a sentence for staff
	Retryable   bool   // for RefundFailed: another refund may work later
}

// NextAction is what the shopper must do. Exactly one field is set.
type NextAction struct {
	RedirectURL  string
	Instructions string
	QR           string        // the text of a QR code
	Client       *ClientAction // something that the provider's own code in the browser does
}

// ClientAction is handed to the provider's code in the browser, as for 3-D Secure in the page or a wallet.
type ClientAction struct {
	Library string            // such as "stripe.js"
	Data    map[string]string // such as "client_secret": for this shopper only
}

// Decline answers no, with a stable code and a sentence for the shopper.
func Decline(code, message string, retryable bool) Result {
	return Result{Outcome: Declined, Code: code, Message: message, Retryable: retryable}
}

// FailRefund answers that a refund did not happen, with a stable code and a sentence for staff.
func FailRefund(code, message string, retryable bool) RefundResult {
	return RefundResult{Outcome: RefundFailed, Code: code, Message: message, Retryable: retryable}
}
