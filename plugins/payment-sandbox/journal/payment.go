package journal

import (
	"slices"
	"time"
)

// Payment is what the records of one payment come to. It is a value: later records do not change it.
type Payment struct {
	Record             // the present state; State is empty when there is no payment
	Captures  []Record // in the order they were made
	Refunds   []Record // each in its present state
	Disputes  []Record
	Charged   bool   // money was taken or promised at some time
	Released  bool   // no further capture is possible
	Merchant  string // the secret that signs this payment's webhooks; empty when there is none
	Revision  int64  // of that secret
	stumbling []string
}

// Known says whether the bank has ever done something for the payment.
func (p Payment) Known() bool { return p.State != "" && p.State != Crashed }

// Taken is how much was captured.
func (p Payment) Taken() (sum int64) {
	for _, c := range p.Captures {
		sum += c.Amount
	}
	return sum
}

// GivenBack is how much was refunded or is about to be: failed refunds do not count.
func (p Payment) GivenBack() (sum int64) {
	for _, r := range p.Refunds {
		if r.State != RefundFailed {
			sum += r.Amount
		}
	}
	return sum
}

// Promised is how much may still be captured.
func (p Payment) Promised() int64 {
	if p.Released || p.State != Authorized && p.State != Captured {
		return 0
	}
	return p.Amount - p.Taken()
}

// Capture finds a capture by its id.
func (p Payment) Capture(id string) (Record, bool) { return find(p.Captures, id) }

// Refund finds a refund by its id.
func (p Payment) Refund(id string) (Record, bool) { return find(p.Refunds, id) }

// Dispute finds a dispute by its id.
func (p Payment) Dispute(id string) (Record, bool) { return find(p.Disputes, id) }

func find(all []Record, id string) (Record, bool) {
	i := slices.IndexFunc(all, func(r Record) bool { return r.ID == id })
	if i < 0 {
		return Record{}, false
	}
	return all[i], true
}

// Stumbled says whether a card has already ended or held up the call that makes a capture or refund.
func (p Payment) Stumbled(kind Kind, id string) bool {
	return slices.Contains(p.stumbling, string(kind)+" "+id)
}

// With returns the payment after some records.
func (p Payment) With(records ...Record) Payment {
	for _, r := range records {
		p = p.after(r)
	}
	return p
}

func (p Payment) after(r Record) Payment {
	switch {
	case r.Kind == KindPayment:
		if r.Order == nil {
			r.Order = p.Order
		}
		p.Record, p.Charged = r, p.Charged || r.State == Captured || r.State == Authorized
	case r.Kind == KindMerchant:
		p.Merchant, p.Revision = r.Merchant.Secret, r.Merchant.Revision
	case r.Kind == KindRelease:
		p.Released = true
	case r.State == Crashed:
		p.stumbling = append(slices.Clip(p.stumbling), string(r.Kind)+" "+r.ID)
	case r.Kind == KindCapture:
		p.Captures = append(slices.Clip(p.Captures), r)
	case r.Kind == KindRefund:
		p.Refunds = replaced(p.Refunds, r)
	case r.Kind == KindDispute:
		p.Disputes = replaced(p.Disputes, r)
	}
	return p
}

func replaced(all []Record, r Record) []Record {
	all = slices.Clone(all)
	if i := slices.IndexFunc(all, func(was Record) bool { return was.ID == r.ID }); i >= 0 {
		all[i] = r
		return all
	}
	return append(all, r)
}

// NextChange is when something becomes of the payment by itself; the zero time when nothing does.
func (p Payment) NextChange() time.Time {
	next := p.ThenAt
	for _, r := range p.Refunds {
		if !r.ThenAt.IsZero() && (next.IsZero() || r.ThenAt.Before(next)) {
			next = r.ThenAt
		}
	}
	return next
}
