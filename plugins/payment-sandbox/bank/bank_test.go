package bank_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

const (
	secret  = "whsec_Zmlyc3Qgc2VjcmV0IG9mIHRoZSB0ZXN0IHNob3A="
	another = "whsec_c2Vjb25kIHNlY3JldCBvZiB0aGUgdGVzdCBzaG9w"
)

// clock is turned by the test.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) turn(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a bank with its journal, and the shop's address.
type world struct {
	*bank.Bank
	t     *testing.T
	path  string
	clock *clock
	shop  string
}

func open(t *testing.T, path string, c *clock) *bank.Bank {
	t.Helper()
	j, err := journal.Open(path, c.now)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	return bank.New(j, c.now)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, path: filepath.Join(t.TempDir(), "journal"), clock: newClock()}
	w.Bank = open(t, w.path, w.clock)
	return w
}

func of(key string) bank.Request {
	return bank.Request{ID: journal.ID{Tenant: "ten_a", Mode: "test", Key: key}, Merchant: journal.Merchant{Secret: secret, Revision: 1}}
}

// purchase is one of 1,000 with a card.
func (w *world) purchase(key, card string) bank.Purchase {
	plan, ok := bank.Cards[card]
	require.True(w.t, ok, card)
	return bank.Purchase{
		Request: of(key), Plan: plan, Amount: 1000, Currency: "BDT",
		Order: journal.Order{Number: "1001", Plan: plan.Name, Terms: journal.Terms{Settle: 2 * time.Second}, WebhookURL: w.shop},
	}
}

func (w *world) pay(key, card string) bank.Answer {
	w.t.Helper()
	a, err := w.Pay(w.t.Context(), w.purchase(key, card))
	require.NoError(w.t, err)
	return a
}

func (w *world) take(key, id string, amount int64, final bool) (bank.Answer, error) {
	return w.Capture(w.t.Context(), bank.Taking{Request: of(key), CaptureID: id, Amount: amount, Currency: "BDT", Final: final})
}

func (w *world) refund(key, id string, amount int64) journal.Record {
	w.t.Helper()
	r, _, err := w.Refund(w.t.Context(), bank.Return{Request: of(key), RefundID: id, Amount: amount, Currency: "BDT"})
	require.NoError(w.t, err)
	return r
}

// books returns a payment as the file says, which is what other packages' tests compare with.
func (w *world) books(key string) journal.Payment {
	w.t.Helper()
	all, err := journal.Payments(w.path)
	require.NoError(w.t, err)
	return all[of(key).ID]
}

func (w *world) state(key string) journal.State {
	w.t.Helper()
	p, err := w.Get(w.t.Context(), of(key).ID)
	require.NoError(w.t, err)
	return p.State
}

func code(t *testing.T, err error) string {
	t.Helper()
	var r *bank.Refusal
	require.ErrorAs(t, err, &r)
	return r.Code
}

const (
	approved     = "4242424242424242"
	authorizing  = "4000000000000077"
	redirecting  = "4000000000003220"
	pendingRef   = "4000000000030306"
	pendingCard  = "4000000000010308"
	lateCard     = "4000000000010902"
	stormCard    = "4000000000040305"
	earlyCard    = "4000000000040107"
	twiceCard    = "4000000000040206"
	lateHook     = "4000000000040404"
	neverHook    = "4000000000040503"
	secondChance = "4000000000010704"
)

func TestPlansHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]string{}
	for number, plan := range bank.Cards {
		require.NotEmpty(t, plan.Name, number)
		require.Empty(t, seen[plan.Name], "%s and %s", number, seen[plan.Name])
		seen[plan.Name] = number
	}
}

func TestWhatBecomesOfPaymentsByThemselves(t *testing.T) {
	for _, c := range []struct {
		card         string
		first, later journal.State
		after        time.Duration
		taken        int64
	}{
		{"4000000000010209", journal.Pending, journal.Captured, 2 * time.Second, 1000},
		{pendingCard, journal.Pending, journal.Pending, 365 * 24 * time.Hour, 0},
		{"4000000000010407", journal.Authorized, journal.Expired, 2 * time.Second, 0},
		{authorizing, journal.Authorized, journal.Expired, bank.AuthorizationLife, 0},
		{redirecting, journal.RequiresAction, journal.Expired, bank.ActionWindow, 0},
		{"4000000000010506", journal.RequiresAction, journal.Captured, 2 * time.Second, 1000},
		{"4000000000010605", journal.RequiresAction, journal.Expired, 2 * time.Second, 0},
		{secondChance, journal.Declined, journal.Captured, 2 * time.Second, 1000},
		{approved, journal.Captured, journal.Captured, 365 * 24 * time.Hour, 1000},
	} {
		t.Run(bank.Cards[c.card].Name, func(t *testing.T) {
			w := newWorld(t)
			require.Equal(t, c.first, w.pay("pay_1", c.card).State)
			w.clock.turn(c.after - time.Nanosecond)
			require.Equal(t, c.first, w.state("pay_1"))
			w.clock.turn(time.Nanosecond)
			require.Equal(t, c.later, w.state("pay_1"))
			require.Equal(t, c.later, w.state("pay_1"))
			require.Equal(t, c.taken, w.books("pay_1").Taken())
		})
	}
}

func TestCapturesInParts(t *testing.T) {
	w := newWorld(t)
	w.pay("pay_1", authorizing)
	for range 2 { // the second is the same once more
		a, err := w.take("pay_1", "cap_1", 400, false)
		require.NoError(t, err)
		require.Equal(t, journal.Captured, a.State)
		require.Equal(t, int64(400), a.Taken())
		require.Equal(t, int64(600), a.Promised())
	}
	_, err := w.take("pay_1", "cap_2", 601, false)
	require.Equal(t, "amount_too_large", code(t, err))
	_, err = w.Capture(t.Context(), bank.Taking{Request: of("pay_1"), CaptureID: "cap_2", Amount: 1, Currency: "USD"})
	require.Equal(t, "amount_invalid", code(t, err))
	a, err := w.take("pay_1", "cap_2", 500, true)
	require.NoError(t, err)
	require.Equal(t, int64(900), a.Taken())
	require.Zero(t, a.Promised(), "the last capture was final")
	_, err = w.take("pay_1", "cap_3", 100, true)
	require.Equal(t, "already_captured", code(t, err))

	records, err := journal.Read(w.path)
	require.NoError(t, err)
	captured := 0
	for _, r := range records {
		if r.State == journal.Captured {
			captured++
		}
	}
	require.Equal(t, 1, captured, "a payment is captured once, in however many parts")
}

func TestVoid(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(*world)
		want   journal.State
		taken  int64
	}{
		{"unheard of", func(*world) {}, journal.Voided, 0},
		{"promised", func(w *world) { w.pay("pay_1", authorizing) }, journal.Voided, 0},
		{"redirected", func(w *world) { w.pay("pay_1", redirecting) }, journal.Voided, 0},
		{"pending", func(w *world) { w.pay("pay_1", pendingCard) }, journal.Voided, 0},
		{"declined", func(w *world) { w.pay("pay_1", "4000000000000002") }, journal.Declined, 0},
		{"taken", func(w *world) { w.pay("pay_1", approved) }, journal.Captured, 1000},
		{"taken in part", func(w *world) {
			w.pay("pay_1", authorizing)
			_, err := w.take("pay_1", "cap_1", 300, false)
			require.NoError(w.t, err)
		}, journal.Captured, 300},
		{"expired", func(w *world) {
			w.pay("pay_1", authorizing)
			w.clock.turn(bank.AuthorizationLife)
		}, journal.Expired, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.before(w)
			for range 2 {
				p, err := w.Void(t.Context(), of("pay_1"), 1000, "BDT")
				require.NoError(t, err)
				require.Equal(t, c.want, p.State)
				require.Equal(t, c.taken, p.Taken())
				require.Zero(t, p.Promised())
			}
			_, err := w.take("pay_1", "cap_9", 1, true)
			require.Error(t, err)
			require.Equal(t, c.want, w.pay("pay_1", approved).State, "a payment that arrives after its void is refused")
			require.Equal(t, c.taken, w.books("pay_1").Taken())
		})
	}
}

func TestLateCaptureAfterVoid(t *testing.T) {
	w := newWorld(t)
	w.pay("pay_1", lateCard)
	p, err := w.Void(t.Context(), of("pay_1"), 1000, "BDT")
	require.NoError(t, err)
	require.Equal(t, journal.Voided, p.State)
	w.clock.turn(2 * time.Second)
	require.Equal(t, journal.Captured, w.state("pay_1"))
	require.Equal(t, int64(1000), w.books("pay_1").Taken())
}

func TestRefunds(t *testing.T) {
	w := newWorld(t)
	w.pay("pay_1", approved)
	first := w.refund("pay_1", "ref_1", 400)
	require.Equal(t, journal.RefundSucceeded, first.State)
	require.Equal(t, first.Ref, w.refund("pay_1", "ref_1", 400).Ref)
	require.Equal(t, "amount_too_large", w.refund("pay_1", "ref_2", 601).Code)
	require.Equal(t, journal.RefundFailed, w.refund("pay_1", "ref_2", 1).State, "the same id is the same refund, which failed")
	require.Equal(t, journal.RefundSucceeded, w.refund("pay_1", "ref_3", 600).State)
	require.Equal(t, int64(1000), w.books("pay_1").GivenBack())
	_, _, err := w.Refund(t.Context(), bank.Return{Request: of("pay_2"), RefundID: "ref_1", Amount: 1, Currency: "BDT"})
	require.Equal(t, bank.NoSuchPayment, code(t, err))
}

func TestRefundsThatAreKnownLater(t *testing.T) {
	for _, c := range []struct {
		card  string
		later journal.State
		back  int64
	}{
		{"4000000000030108", journal.RefundSucceeded, 400},
		{"4000000000030207", journal.RefundFailed, 0},
		{pendingRef, journal.RefundPending, 400},
	} {
		t.Run(bank.Cards[c.card].Name, func(t *testing.T) {
			w := newWorld(t)
			w.pay("pay_1", c.card)
			require.Equal(t, journal.RefundPending, w.refund("pay_1", "ref_1", 400).State)
			require.Equal(t, "amount_too_large", w.refund("pay_1", "ref_2", 601).Code, "what is pending counts")
			w.clock.turn(2 * time.Second)
			p, err := w.Get(t.Context(), of("pay_1").ID)
			require.NoError(t, err)
			r, ok := p.Refund("ref_1")
			require.True(t, ok)
			require.Equal(t, c.later, r.State)
			require.Equal(t, c.back, p.GivenBack())
		})
	}
}

func TestStumblesHappenOnce(t *testing.T) {
	for _, c := range []struct {
		card    string
		stumble bank.Stumble
		done    bool
	}{
		{"4000000000000341", bank.CrashBefore, false},
		{"4000000000000333", bank.CrashAfter, true},
		{"4000000000000259", bank.HangAfter, true},
		{"4000000000011009", bank.HangBefore, false},
	} {
		t.Run(bank.Cards[c.card].Name, func(t *testing.T) {
			w := newWorld(t)
			a := w.pay("pay_1", c.card)
			require.Equal(t, c.stumble, a.Stumble)
			require.Equal(t, c.done, a.Known())
			again := w.pay("pay_1", c.card)
			require.Equal(t, bank.None, again.Stumble)
			require.Equal(t, int64(1000), again.Taken())
			require.Len(t, w.books("pay_1").Captures, 1)
		})
	}
	for card, want := range map[string]bank.Stumble{
		"4000000000020109": bank.HangAfter, "4000000000020505": bank.HangBefore,
		"4000000000020208": bank.CrashBefore, "4000000000020307": bank.CrashAfter,
	} {
		t.Run(bank.Cards[card].Name, func(t *testing.T) {
			w := newWorld(t)
			w.pay("pay_1", card)
			for n := range 2 {
				a, err := w.take("pay_1", "cap_1", 400, true)
				require.NoError(t, err)
				if n == 0 {
					require.Equal(t, want, a.Stumble)
					require.Equal(t, want == bank.HangAfter || want == bank.CrashAfter, len(a.Captures) == 1)
				} else {
					require.Equal(t, bank.None, a.Stumble)
					require.Len(t, a.Captures, 1)
				}
			}
		})
	}
	for card, want := range map[string]bank.Stumble{
		"4000000000030504": bank.HangAfter, "4000000000030801": bank.HangBefore,
		"4000000000030603": bank.CrashBefore, "4000000000030702": bank.CrashAfter,
	} {
		t.Run(bank.Cards[card].Name, func(t *testing.T) {
			w := newWorld(t)
			w.pay("pay_1", card)
			for n := range 2 {
				_, stumble, err := w.Refund(t.Context(), bank.Return{Request: of("pay_1"), RefundID: "ref_1", Amount: 400, Currency: "BDT"})
				require.NoError(t, err)
				after := want == bank.HangAfter || want == bank.CrashAfter
				if n == 0 {
					require.Equal(t, want, stumble)
					require.Equal(t, after, len(w.books("pay_1").Refunds) == 1)
				} else {
					require.Equal(t, bank.None, stumble)
					require.Len(t, w.books("pay_1").Refunds, 1)
				}
			}
		})
	}
}

func TestWrongAnswers(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, int64(1001), w.pay("pay_1", "4000000000001000").Taken())
	require.Equal(t, "USD", w.pay("pay_2", "4000000000010803").Currency)
	w.pay("pay_3", "4000000000020406")
	_, err := w.take("pay_3", "cap_1", 1000, true)
	require.Equal(t, "capture_declined", code(t, err))
}

func TestAmountChangesWhileTheShopperDecides(t *testing.T) {
	w := newWorld(t)
	ref := w.pay("pay_1", redirecting).Ref
	for range 2 {
		p, err := w.ChangeAmount(t.Context(), of("pay_1"), 1200, "BDT")
		require.NoError(t, err)
		require.Equal(t, int64(1200), p.Amount)
		require.Equal(t, ref, p.Ref)
		require.Equal(t, journal.RequiresAction, p.State)
	}
	_, err := w.Decide(t.Context(), ref, true)
	require.NoError(t, err)
	require.Equal(t, int64(1200), w.books("pay_1").Taken())
	_, err = w.ChangeAmount(t.Context(), of("pay_1"), 1300, "BDT")
	require.Equal(t, "not_open", code(t, err))
	_, err = w.ChangeAmount(t.Context(), of("pay_2"), 1300, "BDT")
	require.Equal(t, bank.NoSuchPayment, code(t, err))
}

func TestModesAndTenantsAreApart(t *testing.T) {
	w := newWorld(t)
	w.pay("pay_1", approved)
	for _, id := range []journal.ID{{Tenant: "ten_a", Mode: "live", Key: "pay_1"}, {Tenant: "ten_b", Mode: "test", Key: "pay_1"}} {
		p, err := w.Get(t.Context(), id)
		require.NoError(t, err)
		require.False(t, p.Known())
		in := w.purchase("pay_1", approved)
		in.ID = id
		a, err := w.Pay(t.Context(), in)
		require.NoError(t, err)
		require.NotEqual(t, w.books("pay_1").Ref, a.Ref)
	}
	_, err := w.Find(t.Context(), "pay_1")
	require.Equal(t, bank.NoSuchPayment, code(t, err), "three payments have this id: only the reference tells them apart")
}
