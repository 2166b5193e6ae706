package journal

import "time"

// Kind says what a record is about.
type Kind string

// The kinds. A payment has one line of captures whether it was taken at once or in parts.
const (
	KindPayment  Kind = "payment"  // the payment took a new state
	KindCapture  Kind = "capture"  // money was taken: Amount of it, once per ID
	KindRelease  Kind = "release"  // what was promised and not yet taken is no longer promised
	KindRefund   Kind = "refund"   // a refund took a new state: the last of an ID is the present one
	KindDispute  Kind = "dispute"  // as refund
	KindWebhook  Kind = "webhook"  // a delivery took a new state: the last of an ID and Delivery.Copy is the present one
	KindMerchant Kind = "merchant" // the bank knows a new secret of a merchant
)

// State is where a payment, refund, dispute or delivery stands at the bank.
type State string

// The states of a payment. Captured is the only one in which money was taken, and a payment takes it once, with its first
// capture. Crashed marks a key on which a card has already ended or held up a call before anything was done, and stands
// for no payment at all.
const (
	Captured       State = "captured"
	Authorized     State = "authorized"
	RequiresAction State = "requires_action"
	Pending        State = "pending"
	Declined       State = "declined"
	Voided         State = "voided"
	Expired        State = "expired"
	Crashed        State = "crashed" // also of a capture or refund
)

// Taken is the state of a capture.
const Taken State = "taken"

// The states of a refund. Money was given back in RefundSucceeded only.
const (
	RefundPending   State = "refund_pending"
	RefundSucceeded State = "refund_succeeded"
	RefundFailed    State = "refund_failed"
)

// The states of a dispute.
const (
	DisputeOpen        State = "dispute_open"
	DisputeUnderReview State = "dispute_under_review"
	DisputeWon         State = "dispute_won"
	DisputeLost        State = "dispute_lost"
)

// The states of a delivery.
const (
	Due       State = "due" // from Delivery.NotBefore on
	Delivered State = "delivered"
	GivenUp   State = "given_up"
)

// ID names a payment. Payments in test and in live mode have nothing to do with each other.
type ID struct{ Tenant, Mode, Key string }

// Record is one change.
type Record struct {
	Kind   Kind      `json:"kind"`
	Tenant string    `json:"tenant"`
	Mode   string    `json:"mode,omitempty"`
	Key    string    `json:"key,omitempty"` // the platform's payment id, on records of every kind but merchant
	State  State     `json:"state,omitempty"`
	At     time.Time `json:"at"`

	// ID is the platform's id of a capture or refund. A payment taken at once has a capture with the payment's own id; a
	// refund made on the bank's pages has an id of the bank, as disputes and webhooks have.
	ID        string `json:"id,omitempty"`
	Ref       string `json:"ref,omitempty"`    // the bank's own reference, unguessable
	Amount    int64  `json:"amount,omitempty"` // minor units
	Currency  string `json:"currency,omitempty"`
	Code      string `json:"code,omitempty"`
	Message   string `json:"message,omitempty"`
	Retryable bool   `json:"retryable,omitempty"`
	Reason    string `json:"reason,omitempty"`

	// Then is what becomes of it by itself at ThenAt.
	Then   State     `json:"then,omitempty"`
	ThenAt time.Time `json:"then_at,omitzero"`

	External bool      `json:"external,omitempty"` // made on the bank's pages and not by the platform
	Deadline time.Time `json:"deadline,omitzero"`  // of a dispute

	Order    *Order    `json:"order,omitempty"`    // of a payment
	Delivery *Delivery `json:"delivery,omitempty"` // of a webhook
	Merchant *Merchant `json:"merchant,omitempty"` // of a merchant
}

// Order is what a payment began with. It stands on the payment's first record only and never changes.
type Order struct {
	Number     string `json:"number,omitempty"`
	Plan       string `json:"plan,omitempty"` // what the test card makes the bank do
	Last4      string `json:"last4,omitempty"`
	Later      bool   `json:"later,omitempty"` // promise only
	ReturnURL  string `json:"return_url,omitempty"`
	WebhookURL string `json:"webhook_url,omitempty"`
	Terms      Terms  `json:"terms,omitzero"`
}

// Terms are the merchant's settings when the payment began.
type Terms struct {
	Settle        time.Duration `json:"settle,omitempty"` // how long what happens by itself takes
	WebhookCopies int           `json:"webhook_copies,omitempty"`
	WebhookDelay  time.Duration `json:"webhook_delay,omitempty"`
}

// Delivery is one sending of a webhook; several copies of one event share the ID. A record of a later state holds the
// changed fields only.
type Delivery struct {
	Copy      int       `json:"copy,omitempty"`
	URL       string    `json:"url,omitempty"`
	Body      string    `json:"body,omitempty"`
	Attempt   int       `json:"attempt,omitempty"`
	NotBefore time.Time `json:"not_before,omitzero"`
}

// Merchant is what the bank knows of a tenant in a mode. The secret signs webhooks, and is kept here, as a bank keeps it,
// so that a process that has just started can send what another left behind.
type Merchant struct {
	Secret   string `json:"secret,omitempty"`
	Revision int64  `json:"revision,omitempty"`
}

// PaymentID names the payment that a record is about.
func (r Record) PaymentID() ID { return ID{r.Tenant, r.Mode, r.Key} }
