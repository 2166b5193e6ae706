package bank

import (
	"math"
	"time"

	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

// Stumble is where a call ends without an answer. It happens once for each payment, capture or refund: called again with
// the same id, the bank answers.
type Stumble uint8

// The ways to stumble. Before and after are meant of what the bank does, which is in the journal by then.
const (
	None Stumble = iota
	HangBefore
	HangAfter
	CrashBefore
	CrashAfter
)

// Plan is what a test card makes the bank do.
type Plan struct {
	Name          string
	State         journal.State // that the payment takes
	Code, Message string        // of a decline
	Retryable     bool
	Extra         int64         // minor units taken or promised beyond what was asked for
	OtherCurrency bool          // taken in a currency that nobody asked for
	Then          journal.State // what becomes of it by itself, after the merchant's settle time
	ThenForever   bool          // nothing ever becomes of it
	LateCapture   bool          // a void is answered as it should be, and the money is taken all the same, after the settle time
	Pay           Stumble
	Capture       Stumble
	DeclineTaking bool // every capture is declined
	Refund        Stumble
	RefundState   journal.State // that a refund takes
	RefundThen    journal.State // what becomes of a pending refund by itself
	Slow          bool          // every answer comes after 0.5 to 8 seconds
	Hooks         Hooks
}

// Hooks is how webhooks of a payment are delivered.
type Hooks struct {
	Copies int  // how often each event is sent
	Early  bool // the first event is sent, and accepted by the shop, before the payment is answered
	Late   bool // not before the settle time
	Never  bool
	Storm  bool // one to five copies, shuffled among those of other events; each third payment is early too
}

const (
	cardDeclined = "The card was declined."
	noAnswer     = "The bank had a hiccup: try again."
)

// Cards are the test cards by number.
var Cards = map[string]Plan{
	"4242424242424242": {Name: "approved", State: journal.Captured},
	"5555555555554444": {Name: "approved_too", State: journal.Captured},
	"4000000000000077": {Name: "authorize_only", State: journal.Authorized},
	"4000000000000002": {Name: "declined", State: journal.Declined, Code: "card_declined", Message: cardDeclined},
	"4000000000009995": {Name: "no_money", State: journal.Declined, Code: "insufficient_funds", Message: "There is not enough money on the card."},
	"4000000000000069": {Name: "expired_card", State: journal.Declined, Code: "expired_card", Message: "The card has expired."},
	"4000000000000119": {Name: "hiccup", State: journal.Declined, Code: "processing_error", Message: noAnswer, Retryable: true},
	"4000000000003220": {Name: "redirect", State: journal.RequiresAction},
	"4000000000000259": {Name: "hang_after", State: journal.Captured, Pay: HangAfter},
	"4000000000000341": {Name: "crash_before", State: journal.Captured, Pay: CrashBefore},
	"4000000000000333": {Name: "crash_after", State: journal.Captured, Pay: CrashAfter},
	"4000000000001000": {Name: "one_more", State: journal.Captured, Extra: 1},

	"4000000000010100": {Name: "slow", State: journal.Captured, Slow: true},
	"4000000000010209": {Name: "pending_then_captured", State: journal.Pending, Then: journal.Captured},
	"4000000000010308": {Name: "pending", State: journal.Pending, ThenForever: true},
	"4000000000010407": {Name: "authorization_expires", State: journal.Authorized, Then: journal.Expired},
	"4000000000010506": {Name: "never_returns", State: journal.RequiresAction, Then: journal.Captured},
	"4000000000010605": {Name: "never_pays", State: journal.RequiresAction, Then: journal.Expired},
	"4000000000010704": {
		Name: "second_success", State: journal.Declined, Then: journal.Captured,
		Code: "processing_error", Message: noAnswer, Retryable: true,
	},
	"4000000000010803": {Name: "other_currency", State: journal.Captured, OtherCurrency: true},
	"4000000000010902": {Name: "late_capture", State: journal.Authorized, LateCapture: true},
	"4000000000011009": {Name: "hang_before", State: journal.Captured, Pay: HangBefore},

	"4000000000020109": {Name: "capture_hang_after", State: journal.Authorized, Capture: HangAfter},
	"4000000000020208": {Name: "capture_crash_before", State: journal.Authorized, Capture: CrashBefore},
	"4000000000020307": {Name: "capture_crash_after", State: journal.Authorized, Capture: CrashAfter},
	"4000000000020406": {Name: "capture_declined", State: journal.Authorized, DeclineTaking: true},
	"4000000000020505": {Name: "capture_hang_before", State: journal.Authorized, Capture: HangBefore},

	"4000000000030108": {Name: "refund_pending_then_sent", State: journal.Captured, RefundState: journal.RefundPending, RefundThen: journal.RefundSucceeded},
	"4000000000030207": {Name: "refund_pending_then_failed", State: journal.Captured, RefundState: journal.RefundPending, RefundThen: journal.RefundFailed},
	"4000000000030306": {Name: "refund_pending", State: journal.Captured, RefundState: journal.RefundPending},
	"4000000000030405": {Name: "refund_fails", State: journal.Captured, RefundState: journal.RefundFailed},
	"4000000000030504": {Name: "refund_hang_after", State: journal.Captured, Refund: HangAfter},
	"4000000000030603": {Name: "refund_crash_before", State: journal.Captured, Refund: CrashBefore},
	"4000000000030702": {Name: "refund_crash_after", State: journal.Captured, Refund: CrashAfter},
	"4000000000030801": {Name: "refund_hang_before", State: journal.Captured, Refund: HangBefore},

	"4000000000040107": {Name: "webhook_early", State: journal.Captured, Hooks: Hooks{Early: true}},
	"4000000000040206": {Name: "webhook_twice", State: journal.Captured, Hooks: Hooks{Copies: 2}},
	"4000000000040305": {Name: "webhook_storm", State: journal.Captured, Hooks: Hooks{Storm: true}},
	"4000000000040404": {Name: "webhook_late", State: journal.Captured, Hooks: Hooks{Late: true}},
	"4000000000040503": {Name: "webhook_never", State: journal.Captured, Hooks: Hooks{Never: true}},
}

// plans are the same by name, as the journal keeps them.
var plans = func() map[string]Plan {
	byName := map[string]Plan{}
	for _, p := range Cards {
		byName[p.Name] = p
	}
	return byName
}()

func planOf(p journal.Payment) Plan {
	if p.Order == nil {
		return Plan{}
	}
	return plans[p.Order.Plan]
}

// The slow card's answers take between these.
const (
	slowest  = 8 * time.Second
	quickest = 500 * time.Millisecond
)

// Dawdle is how long an answer about a payment takes because of its card.
func Dawdle(p journal.Payment) time.Duration {
	if !planOf(p).Slow {
		return 0
	}
	return Between(p.Key, quickest, slowest)
}

// Between is a time that looks like chance and is the same for the same text.
func Between(text string, low, high time.Duration) time.Duration {
	if high <= low {
		return low
	}
	return low + time.Duration(float64(high-low)*float64(chance(text))/math.MaxUint32)
}
