package redis

import (
	"context"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// listener collects what one node hears.
type listener struct {
	heard chan string
	gaps  atomic.Int32
	done  chan error
	stop  context.CancelFunc
}

func listenLive(t *testing.T, c *Client) *listener {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &listener{heard: make(chan string, 10_000), done: make(chan error, 1), stop: cancel}
	go func() {
		l.done <- NewLive(c).Subscribe(ctx, func(t tenant.ID, topic string, payload []byte) {
			l.heard <- fmt.Sprintf("%s %s %s", t, topic, payload)
		}, func() { l.gaps.Add(1) })
	}()
	t.Cleanup(l.end(t))
	l.awaitGaps(t, 1)
	return l
}

func (l *listener) end(t *testing.T) func() {
	return func() {
		l.stop()
		select {
		case err := <-l.done:
			require.NoError(t, err)
			l.done <- nil
		case <-time.After(5 * time.Second):
			t.Error("Subscribe did not return")
		}
	}
}

func (l *listener) awaitGaps(t *testing.T, n int32) {
	t.Helper()
	require.Eventually(t, func() bool { return l.gaps.Load() >= n }, 30*time.Second, 5*time.Millisecond)
}

func (l *listener) next(t *testing.T) string {
	t.Helper()
	select {
	case s := <-l.heard:
		return s
	case <-time.After(5 * time.Second):
		t.Fatal("nothing heard")
		return ""
	}
}

func TestLiveReachesEveryNode(t *testing.T) {
	everywhere(t, func(t *testing.T, url string) {
		a, b := open(t, url), open(t, url)
		nodes := []*listener{listenLive(t, a), listenLive(t, b)}
		payload := "{\"text\":\"জামা <b>&\x00\\\" \"}"
		require.NoError(t, NewLive(a).Publish(t.Context(), "ten_a", "staff", []byte(payload)))
		require.NoError(t, NewLive(b).Publish(t.Context(), "ten_b", "customer:cus_1", nil))
		require.NoError(t, a.rdb.Publish(t.Context(), "live:ten_a", "not ours").Err())
		require.NoError(t, NewLive(a).Publish(t.Context(), "ten_a", "staff", []byte("2")))
		for _, n := range nodes {
			got := []string{n.next(t), n.next(t), n.next(t)}
			require.ElementsMatch(t, []string{"ten_a staff " + payload, "ten_b customer:cus_1 ", "ten_a staff 2"}, got)
			require.EqualValues(t, 1, n.gaps.Load())
		}
	})
}

func TestLiveKeepsOrder(t *testing.T) {
	c := open(t, startServer(t).url())
	l := listenLive(t, c)
	for i := range 2000 {
		require.NoError(t, NewLive(c).Publish(t.Context(), "ten_a", "staff", fmt.Append(nil, i)))
	}
	for i := range 2000 {
		require.Equal(t, fmt.Sprintf("ten_a staff %d", i), l.next(t))
	}
}

func TestLiveComesBackAfterAKill(t *testing.T) {
	s := startServer(t)
	c := open(t, s.url())
	l := listenLive(t, c)
	for round := range int32(3) {
		s.kill()
		require.ErrorIs(t, NewLive(c).Publish(t.Context(), "ten_a", "staff", []byte("lost")), ports.ErrLive)
		s.start()
		l.awaitGaps(t, round+2)
		require.NoError(t, NewLive(c).Publish(t.Context(), "ten_a", "staff", []byte("again")))
		require.Equal(t, "ten_a staff again", l.next(t))
	}
}

// TestLiveNoticesSilence freezes the server: the connection stays open and says nothing.
func TestLiveNoticesSilence(t *testing.T) {
	s := startServer(t)
	c := open(t, s.url())
	l := listenLive(t, c)
	s.signal(syscall.SIGSTOP)
	began := time.Now()
	require.ErrorIs(t, NewLive(c).Publish(t.Context(), "ten_a", "staff", []byte("x")), ports.ErrLive)
	require.Less(t, time.Since(began), 6*time.Second)
	time.Sleep(2*silence + time.Second)
	s.signal(syscall.SIGCONT)
	l.awaitGaps(t, 2)
	require.NoError(t, NewLive(c).Publish(t.Context(), "ten_a", "staff", []byte("again")))
	require.Eventually(t, func() bool { return l.next(t) == "ten_a staff again" }, 5*time.Second, time.Millisecond)
}

func TestLiveNoticesBeingCutOff(t *testing.T) {
	c := open(t, startServer(t).url())
	l := listenLive(t, c)
	require.NoError(t, c.rdb.Do(t.Context(), "CLIENT", "KILL", "TYPE", "pubsub").Err())
	l.awaitGaps(t, 2)
}

func TestLiveWaitsForAServerThatComesLate(t *testing.T) {
	s := startServer(t)
	s.kill()
	c := open(t, s.url())
	require.Error(t, c.Ping(t.Context()))
	go func() {
		time.Sleep(300 * time.Millisecond)
		s.start()
	}()
	l := listenLive(t, c)
	require.NoError(t, NewLive(c).Publish(t.Context(), "ten_a", "staff", []byte("1")))
	require.Equal(t, "ten_a staff 1", l.next(t))
}

func TestInvalidation(t *testing.T) {
	everywhere(t, func(t *testing.T, url string) {
		c := open(t, url)
		ctx, cancel := context.WithCancel(t.Context())
		heard, lost, done := make(chan string, 10), make(chan struct{}, 10), make(chan error, 1)
		go func() {
			done <- NewInvalidation(c).Subscribe(ctx, func(what string) { heard <- what }, func() { lost <- struct{}{} })
		}()
		<-lost
		require.NoError(t, NewLive(c).Publish(t.Context(), "ten_a", "staff", []byte("for others")))
		require.NoError(t, NewInvalidation(open(t, url)).Forget(t.Context(), "catalog:ten_a"))
		require.Equal(t, "catalog:ten_a", <-heard)
		cancel()
		require.NoError(t, <-done)
		require.Empty(t, heard)
		require.Empty(t, lost)
	})
}

func TestSubscriptionsLeaveNothingBehind(t *testing.T) {
	s := startServer(t)
	before := goleak.IgnoreCurrent()
	c, err := Open(s.url())
	require.NoError(t, err)
	l := listenLive(t, c)
	require.NoError(t, c.rdb.Do(t.Context(), "CLIENT", "KILL", "TYPE", "pubsub").Err())
	l.awaitGaps(t, 2)
	l.end(t)()
	require.NoError(t, c.Close())
	goleak.VerifyNone(t, before)
}
