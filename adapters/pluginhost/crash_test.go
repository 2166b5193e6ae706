//go:build linux

package pluginhost_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/payment"
)

func TestCrashCards(t *testing.T) {
	for _, c := range []struct {
		card    string
		after   payment.Outcome // what Get says once the plugin is back
		charged int
	}{
		{"4000000000000341", payment.NoSuchPayment, 0},
		{"4000000000000333", payment.Captured, 1},
	} {
		t.Run(c.card, func(t *testing.T) {
			host, path := startSandbox(t, quick())
			provider := host.For(account("sandbox"))
			r, err := provider.Create(t.Context(), byCard("pay_crash", c.card))
			require.NoError(t, err)
			require.Equal(t, payment.Unknown, r.Outcome)
			require.Equal(t, c.after, eventually(t, provider, "pay_crash").Outcome)
			require.Equal(t, c.charged, charges(t, path)["pay_crash"])
			require.GreaterOrEqual(t, host.States()[0].Restarts, 1)

			r, err = provider.Create(t.Context(), byCard("pay_crash", c.card))
			require.NoError(t, err)
			require.Equal(t, payment.Captured, r.Outcome, "the second try is safe")
			require.Equal(t, 1, charges(t, path)["pay_crash"])
		})
	}
}

func TestHangingCardEndsAtTheDeadline(t *testing.T) {
	o := quick()
	o.ChargeTimeout = 300 * time.Millisecond
	host, path := startSandbox(t, o)
	provider := host.For(account("sandbox"))
	began := time.Now()
	r, err := provider.Create(t.Context(), byCard("pay_hang", "4000000000000259"))
	require.NoError(t, err)
	require.Equal(t, payment.Unknown, r.Outcome)
	require.GreaterOrEqual(t, time.Since(began), o.ChargeTimeout)
	require.Less(t, time.Since(began), o.ChargeTimeout+2*time.Second, "the card would hang for ever")
	require.Equal(t, payment.Captured, eventually(t, provider, "pay_hang").Outcome)
	require.Equal(t, 1, charges(t, path)["pay_hang"])
}

// A capture or refund whose answer is lost is unknown; the truth can be asked for, and the same again does it once.
func TestLostMoves(t *testing.T) {
	for _, c := range []struct {
		card                    string
		refund                  bool
		takenBefore, backBefore int64 // what the bank did before the answer was lost
	}{
		{"4000000000020208", false, 0, 0},   // dies before it captures
		{"4000000000020307", false, 400, 0}, // dies afterwards
		{"4000000000020505", false, 0, 0},   // hangs before
		{"4000000000020109", false, 400, 0}, // hangs afterwards
		{"4000000000030603", true, 199900, 0},
		{"4000000000030702", true, 199900, 400},
		{"4000000000030801", true, 199900, 0},
		{"4000000000030504", true, 199900, 400},
	} {
		t.Run(c.card, func(t *testing.T) {
			t.Parallel()
			o := quick()
			o.ChargeTimeout, o.ReadyWait = 2*time.Second, 5*time.Second
			host, path := startSandbox(t, o)
			sandbox, pay := host.For(account("sandbox")), cardPayment("pay_lost")
			_, err := sandbox.Create(t.Context(), byCard(pay.ID, c.card))
			require.NoError(t, err)
			try := func() payment.Outcome {
				if c.refund {
					r, err := sandbox.Refund(t.Context(), pay, move("ref_1", 400))
					require.NoError(t, err)
					return r.Outcome
				}
				r, err := sandbox.Capture(t.Context(), pay, move("cap_1", 400), false)
				require.NoError(t, err)
				return r.Outcome
			}
			require.Equal(t, payment.Unknown, try())
			r := eventually(t, sandbox, pay.ID)
			require.Equal(t, bdt(c.takenBefore), r.Captured)
			require.Equal(t, bdt(c.backBefore), r.Refunded)
			if c.refund {
				status, err := sandbox.RefundStatus(t.Context(), pay, move("ref_1", 400))
				require.NoError(t, err)
				require.Equal(t, c.backBefore == 0, status.Outcome == payment.NoSuchPayment)
				require.Equal(t, c.backBefore > 0, status.Outcome == payment.Succeeded)
			}
			for range 2 {
				require.Contains(t, []payment.Outcome{payment.Captured, payment.Succeeded}, try())
			}
			books := booksOf(t, path, pay.ID)
			require.Len(t, books.Captures, 1)
			require.Equal(t, c.refund, books.GivenBack() == 400)
		})
	}
}

// A stopped process answers nothing and does not end: the deadline does, and what it does when it wakes is asked for.
func TestStoppedProcessMeetsTheDeadline(t *testing.T) {
	o := quick()
	o.ChargeTimeout, o.HealthMisses = time.Second, 1000
	host, path := startSandbox(t, o)
	sandbox := host.For(account("sandbox"))
	pid := pidOf(t, host)
	require.NoError(t, syscall.Kill(pid, syscall.SIGSTOP))
	require.Eventually(t, func() bool { return stopped(pid) }, 5*time.Second, time.Millisecond)
	began := time.Now()
	r, err := sandbox.Create(t.Context(), byCard("pay_stop", "4242424242424242"))
	require.NoError(t, err)
	require.Equal(t, payment.Unknown, r.Outcome)
	require.GreaterOrEqual(t, time.Since(began), o.ChargeTimeout)
	require.Less(t, time.Since(began), o.ChargeTimeout+2*time.Second)
	require.NoError(t, syscall.Kill(pid, syscall.SIGCONT))
	r = eventually(t, sandbox, "pay_stop")
	require.Contains(t, []payment.Outcome{payment.NoSuchPayment, payment.Captured}, r.Outcome)
	require.Equal(t, pid, pidOf(t, host))
	r, err = sandbox.Create(t.Context(), byCard("pay_stop", "4242424242424242"))
	require.NoError(t, err)
	require.Equal(t, payment.Captured, r.Outcome)
	require.Equal(t, 1, charges(t, path)["pay_stop"])
}

func TestKilledMidCharge(t *testing.T) {
	host, path := startSandbox(t, quick())
	provider := host.For(account("sandbox"))
	before := pidOf(t, host)
	answer := make(chan payment.Result, 1)
	go func() {
		r, err := provider.Create(background(), byCard("pay_kill", "4000000000000259"))
		if err != nil {
			r.Outcome = "error"
		}
		answer <- r
	}()
	require.Eventually(t, func() bool { return charges(t, path)["pay_kill"] == 1 }, 5*time.Second, 5*time.Millisecond)
	require.NoError(t, syscall.Kill(before, syscall.SIGKILL))
	require.Equal(t, payment.Unknown, (<-answer).Outcome)
	require.Equal(t, payment.Captured, eventually(t, provider, "pay_kill").Outcome)
	require.NotEqual(t, before, pidOf(t, host))
	require.Equal(t, 1, charges(t, path)["pay_kill"])
}

func TestKilledManyTimesUnderLoad(t *testing.T) {
	host, path := startSandbox(t, quick())
	provider := host.For(account("sandbox"))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	said := map[payment.ID]payment.Outcome{}
	for worker := range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				id := payment.ID(fmt.Sprintf("pay_%d_%d", worker, n))
				r, err := provider.Create(background(), byCard(id, "4242424242424242"))
				mu.Lock()
				if said[id] = r.Outcome; err != nil {
					said[id] = "refused"
				}
				mu.Unlock()
			}
		})
	}
	answers := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(said)
	}
	for range 20 {
		before := answers()
		_ = syscall.Kill(pidOf(t, host), syscall.SIGKILL) // it may be one that is about to be replaced
		require.Eventually(t, func() bool { return answers() > before+20 }, 20*time.Second, time.Millisecond)
	}
	close(stop)
	wg.Wait()
	require.NotEmpty(t, said)
	for id, outcome := range said {
		if outcome != payment.Unknown {
			continue
		}
		require.Eventually(t, func() bool { // the breaker may be open after so many deaths
			r, err := provider.Create(t.Context(), byCard(id, "4242424242424242"))
			require.True(t, err != nil || r.Outcome == payment.Captured, r.Outcome)
			return err == nil
		}, time.Minute, 50*time.Millisecond)
		said[id] = payment.Captured
	}
	taken := charges(t, path)
	for id, outcome := range said {
		want := map[payment.Outcome]int{payment.Captured: 1, "refused": 0}
		require.Contains(t, want, outcome)
		require.Equal(t, want[outcome], taken[string(id)], "%s was %s", id, outcome)
	}
}

func TestStoppedProcessIsReplaced(t *testing.T) {
	o := quick()
	o.ChargeTimeout, o.ReadyWait = 400*time.Millisecond, 5*time.Second
	host, _ := startSandbox(t, o)
	provider := host.For(account("sandbox"))
	before := pidOf(t, host)
	require.NoError(t, syscall.Kill(before, syscall.SIGSTOP))
	require.Eventually(t, func() bool { return stopped(before) }, 5*time.Second, time.Millisecond)
	r, err := provider.Create(t.Context(), byCard("pay_stop", "4242424242424242"))
	require.NoError(t, err)
	require.Equal(t, payment.Unknown, r.Outcome)
	require.Eventually(t, func() bool { pid := host.States()[0].PID; return pid != 0 && pid != before }, 5*time.Second, 10*time.Millisecond)
	require.Equal(t, payment.NoSuchPayment, eventually(t, provider, "pay_stop").Outcome)
	require.NoError(t, syscall.Kill(pidOf(t, host), 0))
	require.Error(t, syscall.Kill(before, 0), "the stopped process is gone and reaped")
}

// stopped reports whether every thread has taken the signal: until then one may still answer.
func stopped(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, path := range threads {
		if stat, err := os.ReadFile(path); err == nil && !strings.Contains(string(stat), ") T ") {
			return false
		}
	}
	return err == nil && len(threads) > 0
}
