package payment

import "slices"

// Status is where a payment stands. It only moves along CanBecome. How much of it was captured, refunded or disputed is
// told by amounts beside it.
type Status string

// The statuses. Paid is final; the amounts go on.
const (
	Created    Status = "created"         // the intent is committed, the provider may or may not have heard of it
	Processing Status = "processing"      // the provider will know later
	Waiting    Status = "requires_action" // the shopper must do something
	Reserved   Status = "authorized"      // promised; some of it may be captured
	Paid       Status = "captured"        // some or all came in, and nothing more is promised
	Refused    Status = "declined"
	Cancelled  Status = "voided"
	Lapsed     Status = "expired" // the promise or the shopper's time has run out
)

// Misfit is why money that came in, or is promised, cannot be for its order.
type Misfit string

// The reasons.
const (
	AmountDiffers  Misfit = "amount_differs"  // the provider holds another amount or currency than was asked
	OrderCancelled Misfit = "order_cancelled" // it came after the order was cancelled, or the order was cancelled after it
	SecondPayment  Misfit = "second_payment"  // another payment of the order succeeded before
)

var moves = map[Status][]Status{
	Created:    {Processing, Waiting, Reserved, Paid, Refused, Cancelled, Lapsed},
	Processing: {Waiting, Reserved, Paid, Refused, Cancelled, Lapsed},
	Waiting:    {Processing, Waiting, Reserved, Paid, Refused, Cancelled, Lapsed},
	Reserved:   {Reserved, Paid, Cancelled, Lapsed},
	Paid:       {},
	// Money that arrives after all is recorded, so that it can be given back.
	Refused:   {Reserved, Paid},
	Cancelled: {Reserved, Paid},
	Lapsed:    {Reserved, Paid},
}

// CanBecome reports whether a payment in s may move to next.
func (s Status) CanBecome(next Status) bool { return slices.Contains(moves[s], next) }

// Open reports whether the provider must still be asked: the outcome is not yet known.
func (s Status) Open() bool { return s == Created || s == Processing || s == Waiting }
