// Package settle brings an order and its payment to an end. A provider is only ever called outside a transaction; what
// it said is then recorded in one: payment, order, ledger, stock, events. Whatever is not known is asked again.
//
// Where it may break, and what ends it:
//
//   - after the intent is committed, before or while the provider is called: a repeat with the same key takes over when
//     the lease is up, and Resolve asks soon after, whoever comes first. The payment's id keeps it one charge;
//   - after the provider acted, before that is recorded: the same, Get knows;
//   - a call that is still on its way when the payment is given up: Void came first and shuts the door, and money that
//     slipped in before it is returned by the same call;
//   - two answers at once: the order's row is locked, and a payment never moves backwards, except that Void's answer
//     undoes what was recorded while it was under way;
//   - an error of a call that was not the first: it says nothing about the ones before, so the provider is asked;
//   - money for an order that is already cancelled: recorded, and returned by a reaction.
package settle

import (
	"context"
	"errors"
	"time"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Settler settles payments. It is safe for concurrent use, and so is settling one order from several nodes.
type Settler struct {
	store     ports.Store
	providers ports.PaymentProviders
	now       app.Clock
}

// New returns a Settler.
func New(s ports.Store, p ports.PaymentProviders, now app.Clock) *Settler { return &Settler{s, p, now} }

// State is an order with its payment.
type State struct {
	Order   order.Order
	Payment payment.Payment
}

// Lease is how long the request that placed an order works on its payment alone: the provider's deadline, the questions
// after it and some slack. A repeat that comes later takes the payment over, and from then on an error of one call no
// longer says that nothing was charged.
const Lease = 15 * time.Second

// unknownPauses are the waits before asking again what became of a payment, while the shopper waits.
var unknownPauses = []time.Duration{100 * time.Millisecond, 300 * time.Millisecond, 700 * time.Millisecond, 1500 * time.Millisecond}

// Pay calls the provider for a committed intent and records the answer. What stays unknown after a few questions leaves
// the payment open for Resolve. once, when given, gets the state as its answer.
// Errors: payment.ErrDeclined and payment.ErrUnavailable, both after the order was cancelled and its stock released.
func (s *Settler) Pay(ctx context.Context, t tenant.ID, account ports.ProviderAccount, in ports.CreatePayment, st State,
	once *app.Once,
) (State, error) {
	provider := s.providers.For(account)
	r, err := provider.Create(ctx, in)
	switch {
	case err != nil && s.now().Before(st.Payment.CreatedAt.Add(Lease)):
		r = payment.Result{Outcome: payment.Declined, Code: fault.CodeOf(err), Message: messageOf(err), Retryable: true}
	case err != nil, r.Outcome == payment.Unknown:
		// This call did nothing, or nobody knows; and after the lease an earlier call may have done something.
		r = ask(ctx, provider, in)
	}
	if st, err = s.record(ctx, t, st.Order.ID, r, "", once); err != nil {
		return st, err
	}
	return st, Refusal(st)
}

// ask finds out what became of a payment. One that the provider never heard of is sent once more, which its key makes
// safe. If it still has not heard of it then, that is no answer: a call may be on its way, and only Resolve, which
// voids first, may give it up.
func ask(ctx context.Context, provider ports.PaymentProvider, in ports.CreatePayment) payment.Result {
	resent := false
	for _, pause := range unknownPauses {
		if !sleep(ctx, pause) {
			break
		}
		r, err := provider.Get(ctx, in.ID)
		if err == nil && r.Outcome == payment.NoSuchPayment && !resent {
			resent = true
			r, err = provider.Create(ctx, in)
		}
		if err == nil && r.Outcome != payment.Unknown && r.Outcome != payment.NoSuchPayment {
			return r
		}
	}
	return payment.Result{Outcome: payment.Unknown}
}

// Continue goes on after the shopper came back from the provider's page. Errors: as Pay.
func (s *Settler) Continue(ctx context.Context, t tenant.ID, id order.ID, params map[string]string) (State, error) {
	st, account, err := s.load(ctx, t, id)
	if err != nil || !st.Payment.Status.Open() {
		return st, err
	}
	r, err := s.providers.For(account).Continue(ctx, ports.ContinuePayment{ID: st.Payment.ID, Params: params})
	if err != nil {
		return st, nil // nothing happened: the page shows the order as it is, and Resolve goes on asking
	}
	if st, err = s.record(ctx, t, id, r, "", nil); err != nil {
		return st, err
	}
	return st, Refusal(st)
}

// Capture takes the money of an authorised payment, or marks an offline one as received. by is the acting staff.
// Errors: payment.ErrNotCapturable, payment.ErrUnavailable, payment.ErrDeclined.
func (s *Settler) Capture(ctx context.Context, t tenant.ID, id order.ID, by string) (State, error) {
	st, account, err := s.load(ctx, t, id)
	switch {
	case err != nil:
		return st, err
	case st.Payment.Status == payment.Paid:
		return st, nil
	case st.Payment.Status != payment.Reserved && !st.Payment.Status.Open():
		return st, payment.ErrNotCapturable
	}
	r, err := s.providers.For(account).Capture(ctx, st.Payment.ID, st.Payment.Amount)
	if err != nil {
		return st, err
	}
	if r.Outcome == payment.Unknown {
		return st, payment.ErrUnavailable.Saying("the provider did not answer in time: look again in a minute")
	}
	if r.Outcome == payment.Declined {
		return st, payment.ErrDeclined.Saying("the provider refused the capture: %s", r.Message)
	}
	return s.record(ctx, t, id, r, by, nil)
}

// Resolve asks the provider about an open payment. again > 0 says when to look the next time; 0 that it is settled.
// A payment that the provider never heard of, or that nobody finished in time, is voided there first, so that a call
// still on its way finds the door shut.
func (s *Settler) Resolve(ctx context.Context, t tenant.ID, id order.ID) (again time.Duration, err error) {
	st, account, err := s.load(ctx, t, id)
	if err != nil || !st.Payment.Status.Open() {
		return 0, err
	}
	provider := s.providers.For(account)
	r, err := provider.Get(ctx, st.Payment.ID)
	if err != nil {
		return retryOpen, nil
	}
	expired, record := !s.now().Before(st.Payment.ExpiresAt), s.record
	if waits := r.Outcome == payment.Pending || r.Outcome == payment.RequiresAction; r.Outcome == payment.NoSuchPayment || waits && expired {
		if r, err = provider.Void(ctx, st.Payment.ID); err != nil {
			return retryOpen, nil
		}
		record = s.recordVoid
	}
	if r.Outcome == payment.Unknown {
		return retryOpen, nil
	}
	if st, err = record(ctx, t, id, r, "system", nil); err != nil || !st.Payment.Status.Open() {
		return 0, ignoreMismatch(err)
	}
	age, left := s.now().Sub(st.Payment.CreatedAt), st.Payment.ExpiresAt.Sub(s.now())
	return max(min(age/4, left, longestWait), shortestWait), nil // the longer it waits, the rarer the question
}

// ReturnMoney gives back what came in for an order that was already cancelled. Errors: fault.Unavailable to try again.
func (s *Settler) ReturnMoney(ctx context.Context, t tenant.ID, id order.ID) error {
	st, account, err := s.load(ctx, t, id)
	if err != nil {
		return err
	}
	r, err := s.providers.For(account).Void(ctx, st.Payment.ID)
	if err != nil {
		return err
	}
	if r.Outcome != payment.Voided {
		return payment.ErrUnavailable.Saying("the provider did not return the money of order %s yet: %s", st.Order.Name(), r.Outcome)
	}
	_, err = s.recordVoid(ctx, t, id, r, "system", nil)
	return err
}

// How long Resolve waits: after no answer, and at least and at most for a payment that has still time.
const (
	retryOpen    = 15 * time.Second
	shortestWait = 5 * time.Second
	longestWait  = time.Hour
)

const recordTimeout = 10 * time.Second

// Refusal is the error that the end of a payment means for the shopper, or nil.
func Refusal(st State) error {
	p := st.Payment
	switch {
	case p.Status == payment.Held:
		return payment.ErrAmountDiffers
	case st.Order.Status == order.Cancelled && (p.Status == payment.Paid || p.Status == payment.Reserved || p.Status == payment.Returned):
		return payment.ErrDeclined.Saying("the payment came after the order was cancelled: the money is returned")
	case p.Status == payment.Refused && p.Code == payment.ErrUnavailable.Code:
		return payment.ErrUnavailable
	case p.Status == payment.Refused && p.Message != "":
		return payment.ErrDeclined.Saying("%s", p.Message)
	case p.Status == payment.Refused, p.Status == payment.Cancelled:
		return payment.ErrDeclined
	}
	return nil
}

func (s *Settler) load(ctx context.Context, t tenant.ID, id order.ID) (st State, account ports.ProviderAccount, err error) {
	err = s.store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		if st.Order, err = v.Order(ctx, id); err != nil {
			return err
		}
		if st.Payment, err = v.PaymentOf(ctx, id); err != nil {
			return err
		}
		accounts, err := v.ProviderAccounts(ctx, ports.PaymentKind)
		if err != nil {
			return err
		}
		account = Account(accounts, t, st.Payment.Provider)
		return nil
	})
	return st, account, err
}

// Account finds a plugin's account. One that the vendor has since disabled still settles old payments.
func Account(accounts []ports.ProviderAccount, t tenant.ID, plugin string) ports.ProviderAccount {
	for _, a := range accounts {
		if a.Plugin == plugin {
			return a
		}
	}
	return ports.ProviderAccount{Tenant: t, Plugin: plugin}
}

// record applies a result.
func (s *Settler) record(ctx context.Context, t tenant.ID, id order.ID, r payment.Result, by string, once *app.Once) (State, error) {
	return s.change(ctx, t, id, by, once, func(p *payment.Payment, now time.Time) (bool, error) { return p.Apply(r, now) })
}

// recordVoid applies the answer to Void. Voided is the last word of a provider: what was recorded as paid while the
// call was on its way has gone back to the shopper.
func (s *Settler) recordVoid(ctx context.Context, t tenant.ID, id order.ID, r payment.Result, by string, once *app.Once) (State, error) {
	return s.change(ctx, t, id, by, once, func(p *payment.Payment, now time.Time) (bool, error) {
		if r.Outcome == payment.Voided && p.GiveBack(now) == nil {
			return true, nil
		}
		return p.Apply(r, now)
	})
}

// change moves a payment and all that follows it. It locks order, payment, stock and cart in this order, always.
func (s *Settler) change(ctx context.Context, t tenant.ID, id order.ID, by string, once *app.Once,
	apply func(*payment.Payment, time.Time) (bool, error),
) (st State, err error) {
	// What a provider did must be written down even when the shopper's request has run out of time.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	var differs error
	err = s.store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		now := s.now()
		differs = nil
		if st.Order, err = tx.Order(ctx, id); err != nil {
			return err
		}
		if st.Payment, err = tx.PaymentOf(ctx, id); err != nil {
			return err
		}
		was := st.Payment.Status
		changed, err := apply(&st.Payment, now)
		if differs = err; err != nil && !errors.Is(err, payment.ErrAmountDiffers) {
			return err
		}
		if changed {
			if err := s.follow(ctx, tx, &st, was, by, now); err != nil {
				return err
			}
		}
		if once == nil || st.Payment.Status.Open() || st.Payment.Code == payment.ErrUnavailable.Code {
			return nil // a repeat shall see how it goes on, or may try again
		}
		return tx.Record(ctx, once.Once, ports.OnceRecord{Ref: string(id), Answer: app.Encode(st)})
	})
	if err != nil {
		return st, err
	}
	return st, differs
}

func (s *Settler) follow(ctx context.Context, tx ports.Tx, st *State, was payment.Status, by string, now time.Time) error {
	facts, release := st.Order.Settle(st.Payment, now)
	if err := tx.SaveSettlement(ctx, st.Order, st.Payment, payment.EntriesFor(was, st.Payment, now)); err != nil {
		return err
	}
	if release {
		if err := tx.Release(ctx, st.Order.Stock()); err != nil {
			return err
		}
		if err := reopen(ctx, tx, st.Order.CartID, now); err != nil {
			return err
		}
	}
	tx.Emit(actorOf(by, st.Order), facts...)
	return nil
}

// reopen lets the shopper try again with the same cart.
func reopen(ctx context.Context, tx ports.Tx, id cart.ID, now time.Time) error {
	c, err := tx.Cart(ctx, id)
	if errors.Is(err, cart.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	c.Ordered, c.UpdatedAt = false, now
	return tx.SaveCart(ctx, c)
}

func actorOf(by string, o order.Order) string {
	switch {
	case by != "":
		return by
	case o.CustomerID != "":
		return o.CustomerID
	}
	return "guest"
}

func messageOf(err error) string {
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		return f.Message
	}
	return ""
}

func ignoreMismatch(err error) error {
	if errors.Is(err, payment.ErrAmountDiffers) {
		return nil // recorded as held: staff was told by the fact
	}
	return err
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
