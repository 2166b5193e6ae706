// Package bank is the sandbox bank: what it does with payments, the pages and the control API on which people and tests
// decide, and the webhooks it sends. All of it is in the journal, so that any number of processes with the same journal
// are one bank.
//
// A test in another package may open the journal of a running plugin, make a Bank of its own and drive it by its methods
// or, through Handler, by HTTP.
package bank

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

// How long promises hold and shoppers may take, by the bank's terms.
const (
	AuthorizationLife = 7 * 24 * time.Hour
	ActionWindow      = 30 * time.Minute
	disputeWindow     = 7 * 24 * time.Hour
)

// Settle is how long what happens by itself takes when the merchant's settings do not say.
const Settle = 2 * time.Second

// Bank decides. It is safe for concurrent use.
type Bank struct {
	journal *journal.Journal
	now     func() time.Time
	client  *http.Client
	work    chan struct{} // tells Run that there is something to do
}

// New makes a bank of a journal and a clock.
func New(j *journal.Journal, now func() time.Time) *Bank {
	return &Bank{journal: j, now: now, client: newClient(), work: make(chan struct{}, 1)}
}

// Refusal is a no of the bank: nothing was done.
type Refusal struct{ Code, Message string }

func (r *Refusal) Error() string { return r.Code + ": " + r.Message }

// NoSuchPayment is the code of a refusal about a payment the bank has never heard of.
const NoSuchPayment = "no_such_payment"

var noSuchPayment = &Refusal{NoSuchPayment, "the bank has no such payment"}

// Request names a payment and what the merchant's account says at the moment.
type Request struct {
	ID       journal.ID
	Merchant journal.Merchant
}

// change collects what happens to one payment, and the webhooks about it.
type change struct {
	journal.Payment
	id      journal.ID
	now     time.Time
	records []journal.Record
}

func (c *change) put(r journal.Record) {
	r.Tenant, r.Mode, r.Key = c.id.Tenant, c.id.Mode, c.id.Key
	c.records = append(c.records, r)
	c.Payment = c.Payment.With(r)
}

// update changes a payment. What has become of it by itself comes first.
func (b *Bank) update(ctx context.Context, r Request, f func(*change)) (journal.Payment, error) {
	p, fresh, err := b.journal.Update(ctx, r.ID, func(p journal.Payment) []journal.Record {
		c := &change{Payment: p, id: r.ID, now: b.now().UTC()}
		c.meet(r.Merchant)
		c.ripen()
		f(c)
		return c.records
	})
	if fresh {
		b.wake()
	}
	return p, err
}

// meet notes a merchant's new secret. An older revision of the account does not bring back an older secret.
func (c *change) meet(m journal.Merchant) {
	if m.Revision >= c.Revision && m.Secret != c.Merchant {
		c.put(journal.Record{Kind: journal.KindMerchant, Merchant: &m})
	}
}

// Get returns a payment as it stands now.
func (b *Bank) Get(ctx context.Context, id journal.ID) (journal.Payment, error) {
	p, err := b.journal.Get(ctx, id)
	if at := p.NextChange(); err == nil && !at.IsZero() && !at.After(b.now()) {
		return b.update(ctx, Request{ID: id, Merchant: journal.Merchant{Secret: p.Merchant, Revision: p.Revision}}, func(*change) {})
	}
	return p, err
}

// Find is Get by the bank's reference or, when no two merchants have the same, by the platform's id. Errors: *Refusal.
func (b *Bank) Find(ctx context.Context, name string) (journal.Payment, error) {
	p, err := b.journal.Find(ctx, name)
	if err == nil && !p.Known() {
		return p, noSuchPayment
	}
	if err != nil {
		return p, err
	}
	return b.Get(ctx, p.PaymentID())
}

// ripen does what is due by itself.
func (c *change) ripen() {
	if c.Then != "" && !c.ThenAt.After(c.now) {
		c.become(c.Then, "", "")
	}
	for _, r := range c.Refunds {
		if r.Then != "" && !r.ThenAt.After(c.now) {
			c.settleRefund(r, r.Then)
		}
	}
}

// become takes a payment that was not taken yet to its next state.
func (c *change) become(state journal.State, code, message string) {
	r := c.Record
	r.Kind, r.State, r.Code, r.Message, r.Order = journal.KindPayment, state, code, message, nil
	r.Retryable, r.Then, r.ThenAt = false, "", time.Time{}
	if state == journal.Authorized {
		r.Then, r.ThenAt = journal.Expired, c.now.Add(AuthorizationLife)
	}
	c.put(r)
	if state == journal.Captured {
		c.put(c.capture(c.Key, c.Amount))
	}
	c.tell("payment." + string(state))
}

func (c *change) capture(id string, amount int64) journal.Record {
	return journal.Record{
		Kind: journal.KindCapture, State: journal.Taken, ID: id, Ref: "sbc_" + rand.Text(), Amount: amount, Currency: c.Currency,
	}
}

func (c *change) settleTime() time.Time { return c.now.Add(c.Order.Terms.Settle) }
