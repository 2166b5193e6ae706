package redis

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/ports"
)

var slow = ports.Rate{Limit: 1, Per: time.Hour, Burst: 5}

// patient returns a limiter whose counting does not depend on how busy the machine is.
func patient(t *testing.T, url string) *Limiter {
	t.Helper()
	l := NewLimiter(open(t, url))
	l.timeout = 10 * time.Second
	return l
}

// allowed counts how many of n requests pass.
func allowed(ctx context.Context, l *Limiter, key string, r ports.Rate, n int) (passed int) {
	for range n {
		if l.Allow(ctx, key, r).Allowed {
			passed++
		}
	}
	return passed
}

func TestLimiterCountsAcrossNodes(t *testing.T) {
	everywhere(t, func(t *testing.T, url string) {
		nodes := []*Limiter{patient(t, url), patient(t, url)}
		var passed atomic.Int32
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() { passed.Add(int32(allowed(t.Context(), nodes[i%2], "login:a", slow, 1))) })
		}
		all.Wait()
		require.EqualValues(t, slow.Burst, passed.Load())
		for _, n := range nodes {
			require.Zero(t, n.retryAt.Load(), "Redis was asked")
		}

		a := nodes[0].Allow(t.Context(), "login:a", slow)
		require.False(t, a.Allowed)
		require.InDelta(t, time.Hour, a.RetryAfter, float64(5*time.Second))
		a = nodes[1].Allow(t.Context(), "login:b", slow)
		require.Equal(t, ports.Allowance{Allowed: true, Remaining: 4}, a)
	})
}

func TestLimiterRefills(t *testing.T) {
	l := patient(t, startServer(t).url())
	r := ports.Rate{Limit: 20, Per: time.Second, Burst: 2}
	began := time.Now()
	passed := 0
	for time.Since(began) < time.Second {
		a := l.Allow(t.Context(), "k", r)
		if a.Allowed {
			passed++
			continue
		}
		require.LessOrEqual(t, a.RetryAfter, 50*time.Millisecond)
		time.Sleep(a.RetryAfter)
		require.True(t, l.Allow(t.Context(), "k", r).Allowed, "RetryAfter is enough")
		passed++
	}
	require.LessOrEqual(t, passed, 24)
	require.Greater(t, passed, 10) // a busy machine may sleep too long
	require.Zero(t, l.retryAt.Load())
	require.True(t, l.Allow(t.Context(), "hour", slow).Allowed)
	require.InDelta(t, time.Hour, l.client.rdb.PTTL(t.Context(), "rl:hour").Val(), float64(time.Minute), "keys do not stay")
}

func TestLimiterIgnoresNonsense(t *testing.T) {
	l := patient(t, startServer(t).url())
	for _, r := range []ports.Rate{{}, {Limit: 1}, {Per: time.Second}, {Limit: -1, Per: -1}} {
		a := l.Allow(t.Context(), "k", r)
		require.False(t, a.Allowed)
		require.Positive(t, a.RetryAfter)
	}
	require.Equal(t, 1, allowed(t.Context(), l, "k", ports.Rate{Limit: 1, Per: time.Hour}, 3), "at least one at once")
	for _, stored := range []string{"garbage", "1e300", "-5", "99999999999999999"} {
		require.NoError(t, l.client.rdb.Set(t.Context(), "rl:s", stored, 0).Err())
		a := l.Allow(t.Context(), "s", ports.Rate{Limit: 1, Per: time.Second, Burst: 3})
		require.LessOrEqual(t, a.RetryAfter, time.Second, stored)
	}
	require.Zero(t, l.retryAt.Load())
}

func TestLimiterSurvivesFlushAndRestart(t *testing.T) {
	s := startServer(t)
	l := patient(t, s.url())
	require.Equal(t, 5, allowed(t.Context(), l, "k", slow, 9))
	require.NoError(t, l.client.rdb.FlushAll(t.Context()).Err())
	require.Equal(t, 5, allowed(t.Context(), l, "k", slow, 9))
	require.NoError(t, l.client.rdb.ScriptFlush(t.Context()).Err())
	require.Equal(t, 0, allowed(t.Context(), l, "k", slow, 1))
	require.Zero(t, l.retryAt.Load())

	s.kill()
	require.Equal(t, 5, allowed(t.Context(), l, "k", slow, 100), "this node counts by itself")
	require.NotZero(t, l.retryAt.Load())
	s.start()
	require.Eventually(t, func() bool {
		l.Allow(t.Context(), "other", slow)
		return l.retryAt.Load() == 0
	}, 10*time.Second, 20*time.Millisecond)
	require.Equal(t, 5, allowed(t.Context(), l, "k", slow, 9), "counted across nodes again")
}

// TestLimiterIsQuickWhenRedisHangs freezes the server, the worst case: connections open and nothing answers.
func TestLimiterIsQuickWhenRedisHangs(t *testing.T) {
	s := startServer(t)
	l := NewLimiter(open(t, s.url()))
	require.Eventually(t, func() bool {
		return l.Allow(t.Context(), "warm", ports.Rate{Limit: 1000, Per: time.Second, Burst: 1000}).Allowed && l.retryAt.Load() == 0
	}, 10*time.Second, 10*time.Millisecond)
	s.signal(syscall.SIGSTOP)
	defer s.signal(syscall.SIGCONT)
	began := time.Now()
	l.Allow(t.Context(), "k", slow)
	require.Less(t, time.Since(began), 300*time.Millisecond)
	began = time.Now()
	passed := allowed(t.Context(), l, "k", slow, 1000)
	require.Equal(t, 4, passed)
	require.Less(t, time.Since(began), 500*time.Millisecond, "a dead Redis does not cost every request its timeout")
}

func TestLimiterDoesNotBlameRedisForClientsThatLeave(t *testing.T) {
	l := patient(t, startServer(t).url())
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, 5, allowed(gone, l, "k", slow, 100))
	require.Zero(t, l.retryAt.Load())
}

func TestLocalLimiterIsBounded(t *testing.T) {
	l := newLocalLimiter(100)
	require.True(t, l.allow("victim", ports.Rate{Limit: 1, Per: time.Hour, Burst: 1}).Allowed)
	for i := range 1000 {
		l.allow(fmt.Sprintf("k%d", i), slow)
		require.False(t, l.allow("victim", ports.Rate{Limit: 1, Per: time.Hour, Burst: 1}).Allowed, "in use, so not forgotten")
	}
	require.Len(t, l.byKey, 100)
	require.Equal(t, 100, l.recent.Len())
}

func TestLocalLimiterRefuses(t *testing.T) {
	l := newLocalLimiter(10)
	var passed atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if l.allow("k", slow).Allowed {
				passed.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, slow.Burst, passed.Load())
	a := l.allow("k", slow)
	require.False(t, a.Allowed)
	require.InDelta(t, time.Hour, a.RetryAfter, float64(time.Minute))
}
