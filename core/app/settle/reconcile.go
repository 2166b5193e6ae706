package settle

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Reconcile says which payments of a shop to compare with the provider's truth.
type Reconcile struct {
	From, To time.Time // when they were begun
	Mend     bool      // take over what the provider says where that is safe, and try again what has no answer
}

// Finding is one thing that does not match, with what to do about it.
type Finding struct {
	Order   order.ID   `json:"order_id"`
	Payment payment.ID `json:"payment_id"`
	Plugin  string     `json:"plugin"`
	Kind    string     `json:"kind"`             // a code, such as "captured_differs"
	Ours    string     `json:"ours"`             // what our books say
	Theirs  string     `json:"theirs,omitempty"` // what the provider says
	Do      string     `json:"do"`
	Mended  bool       `json:"mended"`
}

// Report is the end of a reconciliation.
type Report struct {
	Payments int       `json:"payments"` // compared
	Offline  int       `json:"offline"`  // with no provider to ask
	Parked   int       `json:"parked"`   // events of providers that wait for their payment for more than an hour
	Dead     int       `json:"dead"`     // events of providers that were given up
	Findings []Finding `json:"findings"`
}

// TellMismatches tells staff what a reconciliation found and could not mend, one notice per order.
func (s *Settler) TellMismatches(ctx context.Context, t tenant.ID, r Report) error {
	var facts []event.Fact
	told := map[order.ID]bool{}
	for _, f := range r.Findings {
		if f.Mended || told[f.Order] || f.Kind == "unfit_money" || f.Kind == "provider_silent" || len(facts) == maxTold {
			continue // staff knows of unfit money, and nobody but the operator can mend a silent provider
		}
		told[f.Order] = true
		facts = append(facts, order.MismatchFact{Order: f.Order, Payment: f.Payment, What: f.Kind, Ours: f.Ours, Theirs: f.Theirs, Do: f.Do})
	}
	if len(facts) == 0 {
		return nil
	}
	return s.store.Update(ctx, t, func(_ context.Context, tx ports.Tx) error {
		tx.Emit(system, facts...)
		return nil
	})
}

const maxTold = 50 // notices of one reconciliation

const (
	reconcilePage   = 200
	reconcileAtOnce = 4
	patience        = 10 * time.Minute // what is younger may still be under way
)

// Reconcile compares a shop's payments with what their providers say and with the ledger. It changes nothing unless told
// to mend. Errors: those of the store, and of ctx.
func (s *Settler) Reconcile(ctx context.Context, t tenant.ID, in Reconcile) (Report, error) {
	var out Report
	for after := payment.ID(""); ; {
		var page []payment.Payment
		var ledger map[payment.ID]map[payment.Account]int64
		var l loaded
		err := s.store.View(ctx, t, func(ctx context.Context, v ports.View) (err error) {
			if page, err = v.PaymentPage(ctx, in.From, in.To, after, reconcilePage); err != nil || len(page) == 0 {
				return err
			}
			ids := make([]payment.ID, len(page))
			for i, p := range page {
				ids[i] = p.ID
			}
			if ledger, err = v.Ledger(ctx, ids); err != nil {
				return err
			}
			l = loaded{tenant: t}
			l.accounts, err = v.ProviderAccounts(ctx, provider.Payment)
			return err
		})
		if err != nil {
			return out, err
		}
		if len(page) == 0 {
			break
		}
		for _, found := range s.comparePage(ctx, l, page, ledger, in.Mend, &out) {
			out.Findings = append(out.Findings, found...)
		}
		if err := ctx.Err(); err != nil {
			return out, err
		}
		after = page[len(page)-1].ID
	}
	err := s.store.View(ctx, t, func(ctx context.Context, v ports.View) (err error) {
		out.Parked, out.Dead, err = v.Waiting(ctx, s.now().Add(-time.Hour))
		return err
	})
	return out, err
}

// comparePage asks about some payments at once; the findings are in the order of the page.
func (s *Settler) comparePage(ctx context.Context, l loaded, page []payment.Payment, ledger map[payment.ID]map[payment.Account]int64, mend bool, out *Report) [][]Finding {
	found := make([][]Finding, len(page))
	offline := make([]bool, len(page))
	places := make(chan struct{}, reconcileAtOnce)
	var wg sync.WaitGroup
	for i, p := range page {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			found[i], offline[i] = s.compare(ctx, l, p, ledger[p.ID], mend)
		})
	}
	wg.Wait()
	for _, off := range offline {
		out.Payments++
		if off {
			out.Offline++
		}
	}
	return found
}

func (s *Settler) compare(ctx context.Context, l loaded, p payment.Payment, books map[payment.Account]int64, mend bool) (found []Finding, offline bool) {
	add := func(kind, ours, theirs, do string) {
		found = append(found, Finding{
			Order: order.ID(p.OrderID), Payment: p.ID, Plugin: p.Provider, Kind: kind, Ours: ours, Theirs: theirs, Do: do,
		})
	}
	if !sameBooks(p.Balance(), books) {
		add("ledger_differs", fmt.Sprint(p.Balance()), fmt.Sprint(books), "the ledger does not say what the payment says: this is a defect, report it with both")
	}
	if p.Unfit != "" && p.HasMoney() {
		add("unfit_money", string(p.Unfit)+", "+p.Captured.String()+" captured", "", "accept it for its order or return it")
	}
	if p.Provider == "" {
		return found, true
	}
	account := provider.Find(l.accounts, l.tenant, provider.Payment, p.Provider, p.Mode)
	traits, err := s.providers.PaymentTraits(ctx, account)
	if err == nil && traits.Offline {
		return found, true
	}
	r, err := s.providers.For(account).Payment(ctx, p)
	switch {
	case err != nil:
		add("provider_silent", describe(p), err.Error(), "see `halum plugin status`, then run this again")
		return found, false
	case r.Outcome == payment.Unknown:
		add("provider_unsure", describe(p), "", "run this again later; if it stays so, look at the provider's own pages")
		return found, false
	}
	if kind, do := differs(p, r, s.now()); kind != "" {
		add(kind, describe(p), describeResult(r), do)
		if mend {
			_, err := s.record(ctx, loaded{State: State{Order: order.Order{ID: order.ID(p.OrderID)}}, tenant: l.tenant}, p, r, false, system)
			found[len(found)-1].Mended = err == nil
		}
	}
	return append(found, s.compareMoves(ctx, l.tenant, p, mend)...), false
}

// differs compares a payment with the provider's word.
func differs(p payment.Payment, r payment.Result, now time.Time) (kind, do string) {
	captured := r.Captured
	if captured.Amount == 0 && r.Outcome == payment.Captured {
		captured = r.Amount
	}
	young := now.Sub(p.UpdatedAt) < patience
	switch {
	case r.Outcome == payment.NoSuchPayment && p.HasMoney():
		return "missing_at_provider", "the provider knows nothing of it: check whether the account or its credentials were changed"
	case r.Outcome == payment.NoSuchPayment || young && p.Status.Open():
		return "", ""
	case (r.Outcome == payment.Captured || r.Outcome == payment.Authorized) && r.Amount != p.Amount:
		return "amount_differs", "look at the provider's own pages before you send anything"
	case captured.Amount != p.Captured.Amount:
		return "captured_differs", "run again with --mend to take over the provider's amount"
	case r.Refunded.Amount > p.Refunded.Amount+p.Refunding.Amount:
		return "refunded_differs", "run again with --mend to record what was refunded on the provider's own pages"
	case r.Refunded.Amount < p.Refunded.Amount:
		return "refund_missing", "we count a refund that the provider does not: look at its own pages"
	case p.Status.Open() && r.Outcome != payment.Pending && r.Outcome != payment.RequiresAction:
		return "not_settled", "run again with --mend, and see that a worker runs"
	case p.Status == payment.Reserved && (r.Outcome == payment.Voided || r.Outcome == payment.Expired):
		return "promise_gone", "run again with --mend: the money can no longer be captured"
	case !p.HasMoney() && !p.Status.Open() && r.Outcome == payment.Authorized:
		return "promise_left", "run again with --mend: it is then voided"
	}
	return "", ""
}

func (s *Settler) compareMoves(ctx context.Context, t tenant.ID, p payment.Payment, mend bool) (found []Finding) {
	if p.Captured.Amount == 0 && p.Promised().Amount == 0 {
		return nil
	}
	var all []payment.Move
	err := s.store.View(ctx, t, func(ctx context.Context, v ports.View) (err error) {
		all, err = v.Moves(ctx, order.ID(p.OrderID))
		return err
	})
	if err != nil {
		return nil
	}
	for _, m := range all {
		if m.PaymentID != p.ID || m.Settled() || s.now().Sub(m.UpdatedAt) < patience {
			continue
		}
		f := Finding{
			Order: order.ID(p.OrderID), Payment: p.ID, Plugin: p.Provider, Kind: string(m.Kind) + "_without_end",
			Ours: m.Amount.String() + " " + string(m.Status) + " since " + m.CreatedAt.Format(time.RFC3339),
			Do:   "run again with --mend, and see that a worker runs; if it stays so, look at the provider's own pages",
		}
		if mend {
			again, err := s.ResolveMove(ctx, t, order.ID(p.OrderID), m.ID)
			f.Mended = err == nil && again == 0
		}
		found = append(found, f)
	}
	return found
}

func sameBooks(want, got map[payment.Account]int64) bool {
	want, got = maps.Clone(want), maps.Clone(got)
	zero := func(_ payment.Account, amount int64) bool { return amount == 0 }
	maps.DeleteFunc(want, zero)
	maps.DeleteFunc(got, zero)
	return maps.Equal(want, got)
}

func describe(p payment.Payment) string {
	return fmt.Sprintf("%s, %s, captured %s, refunded %s", p.Status, p.Amount, p.Captured, p.Refunded)
}

func describeResult(r payment.Result) string {
	return fmt.Sprintf("%s, %s, captured %s, refunded %s", r.Outcome, r.Amount, r.Captured, r.Refunded)
}
