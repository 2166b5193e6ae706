package bank

import (
	"crypto/rand"
	"encoding/json"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

// Event is the body of a webhook. Amounts are minor units.
type Event struct {
	ID       string         `json:"id"`   // the same at every delivery
	Type     string         `json:"type"` // "payment.captured", "refund.failed", "dispute.opened", …
	Created  time.Time      `json:"created"`
	Livemode bool           `json:"livemode"`
	Payment  *EventPayment  `json:"payment,omitempty"`
	Refund   *EventMovement `json:"refund,omitempty"`
	Dispute  *EventMovement `json:"dispute,omitempty"`
}

// EventPayment is a payment as it stood when the event happened.
type EventPayment struct {
	ID        string        `json:"id"`  // the platform's
	Ref       string        `json:"ref"` // the bank's
	State     journal.State `json:"state"`
	Amount    int64         `json:"amount"`
	Captured  int64         `json:"captured"`
	Refunded  int64         `json:"refunded"`
	Currency  string        `json:"currency"`
	Code      string        `json:"code,omitempty"`
	Message   string        `json:"message,omitempty"`
	Retryable bool          `json:"retryable,omitempty"`
	ExpiresAt time.Time     `json:"expires_at,omitzero"`
}

// EventMovement is a refund or a dispute.
type EventMovement struct {
	ID       string        `json:"id,omitempty"` // the platform's, of a refund that the platform asked for
	Ref      string        `json:"ref"`
	State    journal.State `json:"state"`
	Amount   int64         `json:"amount"`
	Currency string        `json:"currency"`
	Code     string        `json:"code,omitempty"`
	Message  string        `json:"message,omitempty"`
	Reason   string        `json:"reason,omitempty"`
	Deadline time.Time     `json:"deadline,omitzero"`
}

// ExpiresAt is when a promise or the shopper's time runs out; the zero time when nothing does.
func ExpiresAt(p journal.Payment) time.Time {
	if p.Then == journal.Expired {
		return p.ThenAt
	}
	return time.Time{}
}

// suffix is the last word of a state: "refund_failed" is an event "refund.failed".
func suffix(s journal.State) string {
	_, word, _ := strings.Cut(string(s), "_")
	return word
}

// tell puts an event about the payment into the outbox.
func (c *change) tell(kind string) { c.send(Event{Type: kind}) }

// tellOf puts an event about one of the payment's refunds or disputes into the outbox.
func (c *change) tellOf(kind string, r journal.Record) {
	m := &EventMovement{
		ID: r.ID, Ref: r.Ref, State: r.State, Amount: r.Amount, Currency: r.Currency,
		Code: r.Code, Message: r.Message, Reason: r.Reason, Deadline: r.Deadline,
	}
	if r.Kind == journal.KindDispute {
		m.ID = ""
		c.send(Event{Type: kind, Dispute: m})
		return
	}
	if r.External {
		m.ID = ""
	}
	c.send(Event{Type: kind, Refund: m})
}

func (c *change) send(e Event) {
	plan := planOf(c.Payment).Hooks
	if c.Order == nil || c.Order.WebhookURL == "" || c.Merchant == "" || plan.Never {
		return
	}
	e.ID, e.Created, e.Livemode = "evt_"+rand.Text(), c.now, c.Mode == "live"
	e.Payment = &EventPayment{
		ID: c.Key, Ref: c.Ref, State: c.State, Amount: c.Amount, Captured: c.Taken(), Refunded: c.GivenBack(), Currency: c.Currency,
		Code: c.Code, Message: c.Message, Retryable: c.Retryable, ExpiresAt: ExpiresAt(c.Payment),
	}
	body, err := json.Marshal(e)
	if err != nil {
		return // numbers, texts and times always encode
	}
	for n, wait := range c.waits(plan, e.ID) {
		c.put(journal.Record{
			Kind: journal.KindWebhook, State: journal.Due, ID: e.ID,
			Delivery: &journal.Delivery{Copy: n, URL: c.Order.WebhookURL, Body: string(body), NotBefore: c.now.Add(wait)},
		})
	}
}

// waits says how long each copy of an event is held back.
func (c *change) waits(plan Hooks, event string) []time.Duration {
	copies := max(1, c.Order.Terms.WebhookCopies, plan.Copies)
	if plan.Storm {
		copies = 1 + int(chance(event)%5)
	}
	waits := make([]time.Duration, copies)
	for n := range waits {
		waits[n] = c.Order.Terms.WebhookDelay
		if plan.Late {
			waits[n] += c.Order.Terms.Settle
		}
		if plan.Storm {
			waits[n] += time.Duration(chance(event+strconv.Itoa(n))%400) * time.Millisecond
		}
	}
	return waits
}

// chance is a number that looks like chance and is the same for the same text.
func chance(text string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text)) // never fails
	n := h.Sum32()
	n ^= n >> 15 // the last byte of a text alone moves few of FNV's high bits
	n *= 0x2c1b3c6d
	return n ^ n>>12
}

// keepEarly holds back the first copy of the payment's first event, for the caller to send before it answers, and
// returns it.
func (c *change) keepEarly() *journal.Record {
	plan := planOf(c.Payment).Hooks
	if !plan.Early && (!plan.Storm || chance(c.Key)%3 != 0) {
		return nil
	}
	for _, r := range c.records {
		if r.Kind == journal.KindWebhook {
			r.Delivery.NotBefore = c.now.Add(lease)
			return &r
		}
	}
	return nil
}
