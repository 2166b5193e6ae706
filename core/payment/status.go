package payment

// Status is where a payment stands. It only moves along CanBecome.
type Status string

// The statuses. Paid and Returned are final; Held waits for staff.
const (
	Created    Status = "created"         // the intent is committed, the provider may or may not have heard of it
	Processing Status = "processing"      // the provider will know later
	Waiting    Status = "requires_action" // the shopper must do something
	Reserved   Status = "authorized"
	Paid       Status = "captured"
	Refused    Status = "declined"
	Cancelled  Status = "voided"
	Held       Status = "held"     // the provider's answer contradicts the intent
	Returned   Status = "returned" // came in for a cancelled order and was given back
)

var statusAfter = map[Outcome]Status{
	Captured: Paid, Authorized: Reserved, Pending: Processing, RequiresAction: Waiting,
	Declined: Refused, Voided: Cancelled, NoSuchPayment: Cancelled,
}

var moves = map[Status][]Status{
	Created:    {Processing, Waiting, Reserved, Paid, Refused, Cancelled, Held},
	Processing: {Waiting, Reserved, Paid, Refused, Cancelled, Held},
	Waiting:    {Processing, Waiting, Reserved, Paid, Refused, Cancelled, Held},
	Reserved:   {Paid, Cancelled, Held},
	Held:       {},
	Paid:       {},
	// Money that arrives after all is recorded, so that it can be given back.
	Refused:   {Reserved, Paid, Held},
	Cancelled: {Reserved, Paid, Held},
	Returned:  {},
}

// CanBecome reports whether a payment in s may move to next.
func (s Status) CanBecome(next Status) bool {
	for _, n := range moves[s] {
		if n == next {
			return true
		}
	}
	return false
}

// Open reports whether the provider must still be asked: the outcome is not yet known.
func (s Status) Open() bool { return s == Created || s == Processing || s == Waiting }
