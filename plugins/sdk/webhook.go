package sdk

import "time"

// Webhook is a request of a provider, as it came. Nothing in it may be believed before its signature was checked.
type Webhook struct {
	Account    Account
	Method     string            // HTTP method
	URL        string            // as the provider called it, with its query
	Header     map[string]string // names in lower case; several values of one name are joined by ", "
	Body       []byte            // at most 256 KB, not changed in any way: signatures are over these bytes
	ReceivedAt time.Time         // compare timestamps with this, not with the clock
}

// Reply is what the provider is answered. The zero value is 200 without a body.
type Reply struct {
	Status      int // 200 to 299
	ContentType string
	Body        []byte
}

// PaymentEvents is what a webhook means: none, one or several events, and the reply once they are stored.
type PaymentEvents struct {
	Events []PaymentEvent
	Reply  Reply
}

// PaymentEvent is one thing that happened at the provider. It says which payment it is about by at least one of
// PaymentID and PaymentRef. One that carries no payment, refund or dispute is a hint: the host asks GetPayment.
type PaymentEvent struct {
	ID         string    // the provider's own id of the event, the same at every delivery
	Type       string    // the provider's own name of it, for people
	Mode       Mode      // as the event says; an event of the other mode is refused
	At         time.Time // when it happened, by the provider's clock
	PaymentID  string    // the platform's id, when the provider repeats it
	PaymentRef string    // the provider's
	Payment    *Result   // the payment as the event describes it
	Refund     *RefundEvent
	Dispute    *Dispute
}

// RefundEvent is news of a refund, which may have been made on the provider's own pages.
type RefundEvent struct {
	RefundID string // the platform's id, when the provider repeats it
	RefundResult
}

// DisputeStatus is where a dispute stands.
type DisputeStatus uint8

// The statuses of a dispute.
const (
	DisputeOpen        DisputeStatus = iota // the vendor must answer until Dispute.Deadline
	DisputeUnderReview                      // the vendor has answered
	DisputeWon
	DisputeLost
)

// Dispute is a shopper's claim against a payment, also called a chargeback.
type Dispute struct {
	Ref      string // the provider's
	Status   DisputeStatus
	Amount   Amount
	Reason   string // a code
	Deadline time.Time
}
