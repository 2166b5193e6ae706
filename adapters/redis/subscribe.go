package redis

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	silence     = 5 * time.Second        // a subscription is asked for a sign of life this often, and given up after two
	firstPause  = 100 * time.Millisecond // between two attempts to subscribe, doubling
	longestWait = 3 * time.Second
)

// subscribe hands every message of a pattern to fn until ctx ends, subscribing again whenever the connection breaks or
// goes silent. Each time a subscription begins, also the first time, it calls gap: what was published before is lost.
// fn and gap run on one goroutine and must be quick; Redis cuts off a reader that is too slow, which ends in a gap.
func (c *Client) subscribe(ctx context.Context, pattern string, fn func(channel, payload string), gap func()) {
	pause := firstPause
	for ctx.Err() == nil {
		began := false
		err := c.listen(ctx, pattern, fn, func() { began = true; gap() })
		if ctx.Err() != nil {
			return
		}
		if began {
			pause = firstPause
			slog.WarnContext(ctx, "Redis subscription lost, subscribing again", "pattern", pattern, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, longestWait)
	}
}

// listen is one subscription on one connection.
func (c *Client) listen(ctx context.Context, pattern string, fn func(channel, payload string), began func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sub := c.rdb.PSubscribe(ctx, pattern)
	var heard atomic.Bool
	heard.Store(true)
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		watch(ctx, sub, &heard)
	}()
	defer func() { <-closed }()
	defer cancel()
	for {
		got, err := sub.Receive(ctx)
		if err != nil {
			return err
		}
		heard.Store(true)
		switch got := got.(type) {
		case *redis.Subscription:
			began()
		case *redis.Message:
			fn(got.Channel, got.Payload)
		}
	}
}

// watch closes the subscription, and so wakes its reader, when ctx ends or nothing is heard for too long. Half-open
// connections give no error of their own.
func watch(ctx context.Context, sub *redis.PubSub, heard *atomic.Bool) {
	defer func() { _ = sub.Close() }()
	tick := time.NewTicker(silence)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if !heard.Swap(false) || sub.Ping(ctx) != nil {
				return
			}
		}
	}
}
