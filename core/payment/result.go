package payment

import (
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
)

// Outcome is what a provider says about a payment, a capture or a refund.
type Outcome string

// The outcomes. Unknown is a first-class one: the call may or may not have had its effect, ask.
const (
	Captured       Outcome = "captured"
	Authorized     Outcome = "authorized" // the money is promised: capture comes later
	Pending        Outcome = "pending"    // the provider will know later
	RequiresAction Outcome = "requires_action"
	Declined       Outcome = "declined"
	Voided         Outcome = "voided"
	Expired        Outcome = "expired"
	Unknown        Outcome = "unknown"
	NoSuchPayment  Outcome = "not_found" // an answer to a question only: the provider never heard of it
	Succeeded      Outcome = "succeeded" // of refunds
	Failed         Outcome = "failed"    // of refunds
)

// Result is a provider's answer about a payment. Its amounts are in the provider's words: Amount what it took or
// promised in all, Captured and Refunded what came in and went back so far. A Captured of nothing means Amount when the
// outcome is captured.
type Result struct {
	Outcome     Outcome     `json:"outcome"`
	ProviderRef string      `json:"provider_ref,omitempty"`
	Amount      money.Money `json:"amount"`
	Captured    money.Money `json:"captured"`
	Refunded    money.Money `json:"refunded"`
	Next        *NextAction `json:"next,omitempty"`
	Code        string      `json:"code,omitempty"` // for Declined: "card_declined", "insufficient_funds", "expired_card", …
	Message     string      `json:"message,omitempty"`
	Retryable   bool        `json:"retryable,omitempty"` // for Declined: another try with the same method may succeed
	ExpiresAt   time.Time   `json:"expires_at,omitzero"`
}

// MoveResult is a provider's answer about a refund: Succeeded, Pending, Failed, Unknown or NoSuchPayment.
type MoveResult struct {
	Outcome     Outcome     `json:"outcome"`
	ProviderRef string      `json:"provider_ref,omitempty"`
	Amount      money.Money `json:"amount"`
	Code        string      `json:"code,omitempty"`    // for Failed
	Message     string      `json:"message,omitempty"` // a sentence for staff
	Retryable   bool        `json:"retryable,omitempty"`
}

// statusAfter is what an outcome means for a payment of which nothing came in.
var statusAfter = map[Outcome]Status{
	Captured: Paid, Authorized: Reserved, Pending: Processing, RequiresAction: Waiting,
	Declined: Refused, Voided: Cancelled, Expired: Lapsed, NoSuchPayment: Cancelled,
}

// ErrImpossible is what a provider says that cannot be: it is recorded nowhere, and reconciliation lists it.
var ErrImpossible = fault.New(fault.Conflict, "impossible_amount", "the provider reports amounts that cannot be: staff must look at the provider's own pages")

// Apply records what the provider said. A late or repeated answer that would move the payment backwards changes nothing.
// closing says that the answer is one to a last capture or to a void, so that nothing more is promised afterwards.
// external is what was given back without us, on the provider's own pages; it is counted as refunded.
// Errors: ErrAmountDiffers, and then the payment is unfit and all the same recorded as the provider has it;
// ErrImpossible.
func (p *Payment) Apply(r Result, closing bool, at time.Time) (changed bool, external money.Money, err error) {
	before := *p
	external = money.Zero(p.Amount.Currency)
	if r.ProviderRef != "" && p.ProviderRef != r.ProviderRef && (p.ProviderRef == "" || p.Status.Open()) {
		p.ProviderRef = r.ProviderRef
	}
	if r.Outcome == Captured || r.Outcome == Authorized {
		external, err = p.takeMoney(r, closing)
		if err != nil && p.Unfit == "" {
			*p = before
			return false, external, err
		}
	} else if next, ok := statusAfter[r.Outcome]; ok && (p.Status != next || r.Next != nil) && p.Status.CanBecome(next) {
		if p.Captured.Amount > 0 {
			next = Paid // what came in stays; only the rest of the promise is gone
		}
		p.become(next, r)
	}
	if samePayment(before, *p) {
		*p = before
		return false, external, err
	}
	p.Version, p.UpdatedAt = p.Version+1, at
	return true, external, err
}

// takeMoney takes over what the provider holds.
func (p *Payment) takeMoney(r Result, closing bool) (external money.Money, err error) {
	external = money.Zero(p.Amount.Currency)
	captured := r.Captured
	if captured.Amount == 0 && r.Outcome == Captured {
		captured = r.Amount
	}
	if !r.possible(captured) || r.Amount.Amount < p.Captured.Amount {
		return external, ErrImpossible
	}
	if r.Amount != p.Amount {
		if (p.HasMoney() || p.Captured.Amount > 0) && r.Amount.Currency != p.Amount.Currency {
			return external, ErrImpossible // it cannot change its mind about the currency
		}
		p.restate(r.Amount)
		p.Unfit, p.Message, err = AmountDiffers, "the provider reports "+r.Amount.String()+" instead of "+p.Asked.String(), ErrAmountDiffers
	}
	p.Captured.Amount = max(p.Captured.Amount, captured.Amount)
	if r.Outcome == Captured && p.Status != Reserved && p.Status != Paid && !closing && p.Captured.Amount < p.Amount.Amount {
		p.Unfit, p.Message, err = AmountDiffers, "the provider took "+p.Captured.String()+" of "+p.Amount.String(), ErrAmountDiffers
	}
	next := Reserved
	// A promise that is still confirmed after a void or a last capture is one: nothing of it was taken.
	if r.Outcome == Captured && (p.Status != Reserved || closing) || p.Captured.Amount >= p.Amount.Amount {
		next = Paid
	}
	if p.Status != next && p.Status.CanBecome(next) {
		message := p.Message
		p.become(next, r)
		if err != nil {
			p.Message = message
		}
	}
	if more := r.Refunded.Amount - p.Refunded.Amount - p.Refunding.Amount; more > 0 {
		external.Amount, external.Currency = more, p.Amount.Currency
		p.Refunded.Amount += more
	}
	return external, err
}

// possible reports whether amounts go together: in one currency, and neither took more than was promised nor gave back
// more than was taken.
func (r Result) possible(captured money.Money) bool {
	for _, part := range []money.Money{captured, r.Refunded} {
		if part.Amount < 0 || part.Amount != 0 && part.Currency != r.Amount.Currency {
			return false
		}
	}
	return r.Amount.Amount > 0 && captured.Amount <= r.Amount.Amount && r.Refunded.Amount <= captured.Amount
}

func (p *Payment) become(next Status, r Result) {
	p.Status, p.Next, p.Code, p.Message = next, r.Next, r.Code, r.Message
	if !r.ExpiresAt.IsZero() {
		p.ExpiresAt = r.ExpiresAt
	} else if next == Reserved {
		p.ExpiresAt = time.Time{} // nobody knows how long the promise holds
	}
}

// restate takes over the provider's amount, in its currency.
func (p *Payment) restate(amount money.Money) {
	p.Amount = amount
	for _, m := range []*money.Money{&p.Captured, &p.Refunded, &p.Refunding, &p.Disputed, &p.Lost} {
		m.Currency = amount.Currency
	}
}

// Misfits marks money that cannot be for its order. It reports whether that is news.
func (p *Payment) Misfits(why Misfit, at time.Time) bool {
	if p.Unfit != "" {
		return false
	}
	p.Unfit, p.Version, p.UpdatedAt = why, p.Version+1, at
	return true
}

// Accept lets staff take unfit money for the order after all. Errors: ErrFit.
func (p *Payment) Accept(at time.Time) error {
	if p.Unfit == "" || !p.HasMoney() {
		return ErrFit
	}
	p.Unfit, p.Version, p.UpdatedAt = "", p.Version+1, at
	return nil
}

func samePayment(a, b Payment) bool {
	sameNext := (a.Next == nil) == (b.Next == nil) && (a.Next == nil || a.Next.Kind == b.Next.Kind && a.Next.URL == b.Next.URL)
	a.Next, b.Next = nil, nil
	return sameNext && a == b
}
