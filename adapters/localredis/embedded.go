// Package localredis runs a private Redis for development (inside this process) and for tests (a real redis-server).
//
// It owns the server's life and nothing of its use: callers connect with an ordinary client. Both listen on loopback
// only, on a free port, and neither outlives the host process. Production uses a real server through HALUM_REDIS_URL.
package localredis

import (
	"fmt"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

const loopback = "127.0.0.1"

// Start runs an in-process Redis without persistence and returns its host:port. Keys expire with a delay of at most
// one second. stop disconnects all clients, waits, and may be called more than once.
func Start() (addr string, stop func(), err error) {
	m := miniredis.NewMiniRedis()
	if err := m.StartAddr(loopback + ":0"); err != nil {
		return "", nil, fmt.Errorf("in-process Redis: %w", err)
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		passTime(m, quit)
	}()
	return m.Addr(), sync.OnceFunc(func() {
		close(quit)
		<-done
		m.Close()
	}), nil
}

// passTime lets keys age by the time that really went by; the library's clock stands still otherwise.
func passTime(m *miniredis.Miniredis, quit <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-quit:
			return
		case <-tick.C:
			now := time.Now() // not the tick's own time: ticks are dropped when the machine sleeps
			m.FastForward(now.Sub(last))
			last = now
		}
	}
}
