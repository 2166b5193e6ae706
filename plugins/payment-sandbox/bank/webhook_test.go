package bank_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

// received is a webhook as the shop sees it.
type received struct {
	bank.Event
	header http.Header
	body   []byte
}

func (r received) signedWith(t *testing.T, secret string) bool {
	t.Helper()
	seconds, err := strconv.ParseInt(r.header.Get(bank.HeaderTimestamp), 10, 64)
	require.NoError(t, err)
	return bank.Signed(r.header.Get(bank.HeaderSignature), r.header.Get(bank.HeaderID), time.Unix(seconds, 0), r.body, secret)
}

// shop receives webhooks. answer gives the status of each; 200 without it.
type shop struct {
	mu     sync.Mutex
	got    []received
	answer func(n int) int
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	got := received{header: r.Header, body: body}
	if err != nil || json.Unmarshal(body, &got.Event) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, got)
	if s.answer != nil {
		w.WriteHeader(s.answer(len(s.got)))
	}
}

func (s *shop) all() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.got...)
}

// await waits for n deliveries.
func (s *shop) await(t *testing.T, n int) []received {
	t.Helper()
	require.Eventually(t, func() bool { return len(s.all()) >= n }, 10*time.Second, time.Millisecond)
	return s.all()
}

func openShop(t *testing.T, w *world) *shop {
	t.Helper()
	s := &shop{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	w.shop = server.URL + "/webhooks/sandbox"
	return s
}

// run lets a bank work until the test ends.
func run(t *testing.T, b *bank.Bank) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { b.Run(ctx) })
	t.Cleanup(func() { stop(); done.Wait() })
}

// settled waits until the outbox is empty.
func settled(t *testing.T, w *world) {
	t.Helper()
	j, err := journal.Open(w.path, w.clock.now)
	require.NoError(t, err)
	defer func() { _ = j.Close() }()
	require.Eventually(t, func() bool {
		n, err := j.Waiting(t.Context())
		return err == nil && n == 0
	}, 10*time.Second, time.Millisecond)
}

func TestEveryChangeIsTold(t *testing.T) {
	w := newWorld(t)
	s := openShop(t, w)
	run(t, w.Bank)
	ctx := t.Context()
	steps := []struct {
		kind string
		do   func() error
	}{
		{"payment.authorized", func() error { w.pay("pay_1", authorizing); return nil }},
		{"payment.captured", func() error { _, err := w.take("pay_1", "cap_1", 400, false); return err }},
		{"payment.captured", func() error { _, err := w.take("pay_1", "cap_2", 600, true); return err }},
		{"refund.succeeded", func() error { w.refund("pay_1", "ref_1", 100); return nil }},
		{"refund.failed", func() error { w.refund("pay_1", "ref_2", 901); return nil }},
		{"refund.succeeded", func() error { _, err := w.RefundExternally(ctx, "pay_1", 50); return err }},
		{"dispute.opened", func() error { _, err := w.OpenDispute(ctx, "pay_1", 0, "fraudulent"); return err }},
		{"dispute.under_review", func() error { _, err := w.DecideDispute(ctx, "pay_1", "", "review"); return err }},
		{"dispute.lost", func() error { _, err := w.DecideDispute(ctx, "pay_1", "", "lose"); return err }},
		{"payment.requires_action", func() error { w.pay("pay_2", redirecting); return nil }},
		{"payment.declined", func() error { _, err := w.Decide(ctx, "pay_2", false); return err }},
		{"payment.authorized", func() error { w.pay("pay_3", authorizing); return nil }},
		{"payment.voided", func() error { _, err := w.Void(ctx, of("pay_3"), 1000, "BDT"); return err }},
		{"payment.captured", func() error { _, err := w.TakeLate(ctx, "pay_3"); return err }},
		{"payment.authorized", func() error { w.pay("pay_4", authorizing); return nil }},
		{"payment.expired", func() error { _, err := w.Expire(ctx, "pay_4"); return err }},
	}
	for n, step := range steps {
		require.NoError(t, step.do(), step.kind)
		got := s.await(t, n+1)
		require.Len(t, got, n+1)
		last := got[n]
		require.Equal(t, step.kind, last.Type)
		require.Equal(t, last.ID, last.header.Get(bank.HeaderID))
		require.True(t, last.signedWith(t, secret))
		require.False(t, last.Livemode)
	}
	got := s.all()
	require.Equal(t, int64(1000), got[2].Payment.Captured)
	require.Equal(t, "ref_1", got[3].Refund.ID)
	require.Empty(t, got[5].Refund.ID, "the platform did not ask for this refund")
	require.Equal(t, int64(150), got[5].Payment.Refunded)
	require.Equal(t, w.clock.now().Add(7*24*time.Hour), got[6].Dispute.Deadline)
}

func TestDeliveryPlans(t *testing.T) {
	t.Run("twice", func(t *testing.T) {
		w := newWorld(t)
		s := openShop(t, w)
		run(t, w.Bank)
		w.pay("pay_1", twiceCard)
		got := s.await(t, 2)
		require.Equal(t, got[0].ID, got[1].ID)
		require.Equal(t, got[0].body, got[1].body)
	})
	t.Run("never", func(t *testing.T) {
		w := newWorld(t)
		s := openShop(t, w)
		run(t, w.Bank)
		w.pay("pay_1", neverHook)
		settled(t, w)
		require.Empty(t, s.all())
	})
	t.Run("late", func(t *testing.T) {
		w := newWorld(t)
		s := openShop(t, w)
		run(t, w.Bank)
		w.pay("pay_1", lateHook)
		w.pay("pay_2", approved)
		require.Equal(t, "pay_2", s.await(t, 1)[0].Payment.ID)
		w.clock.turn(2 * time.Second)
		require.Equal(t, "pay_1", s.await(t, 2)[1].Payment.ID)
	})
	t.Run("early", func(t *testing.T) {
		w := newWorld(t) // nobody runs the outbox: it is the call itself that sends
		s := openShop(t, w)
		w.pay("pay_1", earlyCard)
		require.Len(t, s.all(), 1)
		settled(t, w)
	})
	t.Run("storm", func(t *testing.T) {
		w := newWorld(t)
		s := openShop(t, w)
		early := 0
		for n := range 60 {
			before := len(s.all())
			w.pay("pay_"+strconv.Itoa(n), stormCard)
			early += len(s.all()) - before
		}
		require.Positive(t, early)
		require.Less(t, early, 60)
		run(t, w.Bank)
		w.clock.turn(time.Second)
		settled(t, w)
		copies := map[string]int{}
		for _, r := range s.all() {
			copies[r.Payment.ID]++
		}
		require.Len(t, copies, 60)
		kinds := map[int]bool{}
		for id, n := range copies {
			require.LessOrEqual(t, n, 5, id)
			kinds[n] = true
		}
		require.Len(t, kinds, 5, "some come once, some five times")
	})
}

func TestTheMerchantsTermsHold(t *testing.T) {
	w := newWorld(t)
	s := openShop(t, w)
	run(t, w.Bank)
	in := w.purchase("pay_1", approved)
	in.Order.Terms.WebhookCopies, in.Order.Terms.WebhookDelay = 3, time.Minute
	_, err := w.Pay(t.Context(), in)
	require.NoError(t, err)
	w.pay("pay_2", approved)
	require.Equal(t, "pay_2", s.await(t, 1)[0].Payment.ID)
	w.clock.turn(time.Minute)
	require.Len(t, s.await(t, 4), 4)
}

func TestWithoutSecretOrAddressNothingIsSent(t *testing.T) {
	w := newWorld(t)
	w.pay("pay_1", approved) // no address
	openShop(t, w)
	in := w.purchase("pay_2", approved)
	in.Merchant = journal.Merchant{Revision: 2}
	_, err := w.Pay(t.Context(), in)
	require.NoError(t, err)
	settled(t, w)
}

func TestDeliveriesAreRetried(t *testing.T) {
	w := newWorld(t)
	s := openShop(t, w)
	s.answer = func(n int) int {
		if n < 4 {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	}
	run(t, w.Bank)
	w.pay("pay_1", approved)
	for n := 1; n <= 3; n++ {
		s.await(t, n)
		attempts(t, w, n)
		w.clock.turn(time.Minute)
	}
	got := s.await(t, 4)
	require.Equal(t, got[0].ID, got[3].ID)
	require.NotEqual(t, got[0].header.Get(bank.HeaderTimestamp), got[3].header.Get(bank.HeaderTimestamp), "each attempt is signed anew")
	settled(t, w)
}

// attempts waits until the journal knows of n attempts, so that the clock can be turned.
func attempts(t *testing.T, w *world, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		records, err := journal.Read(w.path)
		if err != nil {
			return false
		}
		last := records[len(records)-1]
		return last.Kind == journal.KindWebhook && last.Delivery.Attempt == n
	}, 10*time.Second, time.Millisecond)
}

func TestWhatADeadProcessLeavesIsSent(t *testing.T) {
	w := newWorld(t)
	s := openShop(t, w)
	w.pay("pay_1", approved) // by a process that never sends
	gone, err := journal.Open(w.path, w.clock.now)
	require.NoError(t, err)
	claimed, err := gone.Claim(t.Context(), 10, 15*time.Second) // by one that dies while it sends
	require.NoError(t, err)
	require.Len(t, claimed, 1)
	require.NoError(t, gone.Close())

	next := open(t, w.path, w.clock)
	run(t, next)
	w.pay("pay_2", approved)
	require.Equal(t, "pay_2", s.await(t, 1)[0].Payment.ID, "what another has claimed is left to it for a while")
	w.clock.turn(15 * time.Second)
	got := s.await(t, 2)[1]
	require.Equal(t, "pay_1", got.Payment.ID)
	require.True(t, got.signedWith(t, secret), "the secret is in the journal too")
	settled(t, w)
}

func TestRotatedSecretSignsWhatIsSentFromThenOn(t *testing.T) {
	w := newWorld(t)
	s := openShop(t, w)
	in := w.purchase("pay_1", approved)
	_, err := w.Pay(t.Context(), in)
	require.NoError(t, err)
	in = w.purchase("pay_2", approved)
	in.Merchant = journal.Merchant{Secret: another, Revision: 2}
	_, err = w.Pay(t.Context(), in)
	require.NoError(t, err)
	w.pay("pay_3", approved) // by a node that still has the older revision
	run(t, w.Bank)
	for _, got := range s.await(t, 3) {
		require.True(t, got.signedWith(t, another))
		require.False(t, got.signedWith(t, secret))
	}
}

func TestReplaySendsTheSameEventsAgain(t *testing.T) {
	w := newWorld(t)
	s := openShop(t, w)
	run(t, w.Bank)
	w.pay("pay_1", authorizing)
	_, err := w.take("pay_1", "cap_1", 1000, true)
	require.NoError(t, err)
	before := map[string]bool{}
	for _, r := range s.await(t, 2) {
		before[r.ID] = true
	}
	_, err = w.Replay(t.Context(), "pay_1")
	require.NoError(t, err)
	for _, r := range s.await(t, 4)[2:] {
		require.True(t, before[r.ID])
	}
}

func TestSignature(t *testing.T) {
	// The vector of the Standard Webhooks libraries.
	at, body := time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)
	const known, id = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
	signature, err := bank.Sign(known, id, at, body)
	require.NoError(t, err)
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", signature)
	require.True(t, bank.Signed("v1a,xxx v1,AAAA "+signature, id, at, body, another, known))
	require.False(t, bank.Signed(signature, id, at, body, another))
	require.False(t, bank.Signed(signature, id, at.Add(time.Second), body, known))
	require.False(t, bank.Signed("", id, at, body, known))
	require.False(t, bank.Signed(signature, id, at, body, "", "whsec_"))
	for _, bad := range []string{"", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!"} {
		require.ErrorIs(t, bank.CheckSecret(bad), bank.ErrSecret, bad)
	}
}

func TestReachable(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://shop.example/hook": true, "http://127.0.0.1:8080/hook": true, "http://[::1]/hook": true, "http://green.localhost:8080/hook": true,
		"http://shop.example/hook": false, "": false, "ftp://localhost/hook": false, "https://user@shop.example/": false, "/hook": false,
	} {
		require.Equal(t, ok, bank.Reachable(address), address)
	}
}
