package redis

import (
	"context"
	_ "embed"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/halum-hut/halum/ports"
)

const (
	limitPrefix  = "rl:"
	limitTimeout = 50 * time.Millisecond // a limiter must not be slower than what it guards
	limitPause   = time.Second           // while Redis is away, one request per pause tries it; the others do not wait
	localKeys    = 20_000                // about 5 MB when full
)

//go:embed gcra.lua
var gcraSource string

var gcra = redis.NewScript(gcraSource)

// Limiter is ports.Limiter. It never fails: without Redis it counts on this node.
type Limiter struct {
	client  *Client
	local   *localLimiter
	timeout time.Duration
	// retryAt is when Redis may be asked again, in Unix nanoseconds; 0 while it answers.
	retryAt atomic.Int64
}

// NewLimiter returns the limiter.
func NewLimiter(c *Client) *Limiter {
	return &Limiter{client: c, local: newLocalLimiter(localKeys), timeout: limitTimeout}
}

// Allow implements ports.Limiter. A rate without Limit or Per allows nothing.
func (l *Limiter) Allow(ctx context.Context, key string, r ports.Rate) ports.Allowance {
	if r.Limit < 1 || r.Per <= 0 {
		return ports.Allowance{RetryAfter: max(r.Per, time.Second)}
	}
	r.Burst = max(r.Burst, 1)
	if !l.mayAsk() {
		return l.local.allow(key, r)
	}
	a, err := l.ask(ctx, key, r)
	if err == nil {
		if l.retryAt.Swap(0) != 0 {
			slog.InfoContext(ctx, "Redis answers again, rate limits are counted across nodes")
		}
		return a
	}
	if ctx.Err() == nil && l.retryAt.Swap(time.Now().Add(limitPause).UnixNano()) == 0 {
		slog.WarnContext(ctx, "Redis does not answer, this node counts rate limits by itself", "error", err)
	}
	return l.local.allow(key, r)
}

// mayAsk is true while Redis answers, and for one request per pause while it does not.
func (l *Limiter) mayAsk() bool {
	at := l.retryAt.Load()
	if at == 0 {
		return true
	}
	now := time.Now()
	return now.UnixNano() >= at && l.retryAt.CompareAndSwap(at, now.Add(limitPause).UnixNano())
}

func (l *Limiter) ask(ctx context.Context, key string, r ports.Rate) (ports.Allowance, error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	step := max(r.Per.Microseconds()/int64(r.Limit), 1)
	out, err := gcra.Run(ctx, l.client.rdb, []string{limitPrefix + key}, step, step*int64(r.Burst)).Int64Slice()
	if err != nil {
		return ports.Allowance{}, err
	}
	return ports.Allowance{
		Allowed: out[0] == 1, Remaining: int(out[1]), RetryAfter: time.Duration(out[2]) * time.Microsecond,
	}, nil
}

var _ ports.Limiter = (*Limiter)(nil)
