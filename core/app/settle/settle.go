// Package settle brings orders and their payments to an end. A provider is only ever called outside a transaction; what
// it said is then recorded in one: payment, order, ledger, stock, events. Whatever is not known is asked again.
//
// Where it may break, and what ends it:
//
//   - after an intent (a payment, a capture, a refund) is committed, before or while the provider is called: a repeat
//     with the same key takes over when the lease is up, and Resolve or ResolveMove asks soon after, whoever comes
//     first. The intent's id keeps it one charge, one capture, one refund;
//   - after the provider acted, before that is recorded: the same, the provider knows;
//   - a call that is still on its way when the payment is given up: Void came first and shuts the door, and money that
//     slipped in before it is refunded;
//   - two answers at once, or a webhook before our own answer: the order's row is locked, a payment never moves
//     backwards, and what counts are totals, so that the second one changes nothing;
//   - an error of a call that was not the first: it says nothing about the ones before, so the provider is asked;
//   - money that cannot be for its order, because that is cancelled, already paid, or the amount is another: recorded as
//     unfit, and returned by a reaction or kept for staff, as the vendor chose.
//
// Read change.go for the one transaction they all share; pay.go, move.go and event.go for what leads to it.
package settle

import (
	"context"
	"errors"
	"time"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
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

// State is an order with its money. Payment is the one that counts: the good one, or the newest.
type State struct {
	Order    order.Order
	Payment  payment.Payment
	Payments []payment.Payment  // all of them, newest first
	Moves    []payment.Move     // captures and refunds, where they were asked for
	Disputes []payment.Dispute  // where they were asked for
	Bookings []shipping.Booking // of carriers; for shoppers, and only where they were asked for
}

// Read completes an order with its payments; in a Tx they are locked, so lock the order before.
func Read(ctx context.Context, v ports.View, o order.Order) (State, error) {
	all, err := v.Payments(ctx, o.ID)
	if err != nil {
		return State{}, err
	}
	st := State{Order: o, Payments: all}
	st.choose()
	return st, nil
}

// ReadAll is Read with captures, refunds and disputes.
func ReadAll(ctx context.Context, v ports.View, o order.Order) (State, error) {
	st, err := Read(ctx, v, o)
	if err != nil {
		return st, err
	}
	if st.Moves, err = v.Moves(ctx, o.ID); err != nil {
		return st, err
	}
	st.Disputes, err = v.Disputes(ctx, o.ID)
	return st, err
}

func (st *State) choose() {
	for i := range st.Payments {
		if i == 0 || st.Payments[i].Good() && !st.Payment.Good() {
			st.Payment = st.Payments[i]
		}
	}
}

// Lease is how long the request that placed an order works on its payment alone: the provider's deadline, the questions
// after it and some slack. A repeat that comes later takes the payment over, and from then on an error of one call no
// longer says that nothing was charged.
const Lease = 15 * time.Second

// How long a background look waits: after no answer, and at least and at most for what has still time.
const (
	retryOpen    = 15 * time.Second
	shortestWait = 5 * time.Second
	longestWait  = time.Hour
)

const recordTimeout = 10 * time.Second

// system is the actor of what follows by itself.
const system = "system"

// Refusal is the error that the end of a payment means for the shopper, or nil.
func Refusal(st State) error {
	p := st.Payment
	switch {
	case p.Unfit == payment.AmountDiffers:
		return payment.ErrAmountDiffers
	case p.Unfit != "":
		return payment.ErrDeclined.Saying("the payment came when the order no longer needed it: the money is returned")
	case p.Status == payment.Refused && p.Code == payment.ErrUnavailable.Code:
		return payment.ErrUnavailable
	case p.Status == payment.Refused && p.Message != "":
		return payment.ErrDeclined.Saying("%s", p.Message)
	case p.Status == payment.Refused, p.Status == payment.Cancelled, p.Status == payment.Lapsed:
		return payment.ErrDeclined
	}
	return nil
}

// loaded is an order with its money and the shop's payment accounts.
type loaded struct {
	State
	tenant   tenant.ID
	accounts []provider.Account
}

func (s *Settler) load(ctx context.Context, t tenant.ID, id order.ID) (l loaded, err error) {
	err = s.store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		o, err := v.Order(ctx, id)
		if err != nil {
			return err
		}
		l = loaded{tenant: t}
		if l.State, err = ReadAll(ctx, v, o); err != nil {
			return err
		}
		l.accounts, err = v.ProviderAccounts(ctx, provider.Payment)
		return err
	})
	return l, err
}

func (s *Settler) provider(l loaded, p payment.Payment) ports.PaymentProvider {
	return s.providers.For(provider.Find(l.accounts, l.tenant, provider.Payment, p.Provider, p.Mode))
}

func (st State) payment(id payment.ID) (payment.Payment, error) {
	for _, p := range st.Payments {
		if p.ID == id {
			return p, nil
		}
	}
	return payment.Payment{}, payment.ErrNotFound
}

func (st State) move(id payment.MoveID) (payment.Move, bool) {
	for _, m := range st.Moves {
		if m.ID == id {
			return m, true
		}
	}
	return payment.Move{}, false
}

func messageOf(err error) string {
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		return f.Message
	}
	return ""
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
