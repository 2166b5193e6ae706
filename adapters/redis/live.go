package redis

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"

	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

const (
	livePrefix    = "live:"
	forgetChannel = "forget"
)

// envelope is what travels on "live:<tenant>".
type envelope struct {
	Topic   string `json:"topic"`
	Payload []byte `json:"payload"`
}

// Live is ports.Live. Each process subscribes once and gets the messages of all tenants.
type Live struct{ client *Client }

// NewLive returns the live channel.
func NewLive(c *Client) *Live { return &Live{client: c} }

// Publish implements ports.Live. Errors: ports.ErrLive.
func (l *Live) Publish(ctx context.Context, t tenant.ID, topic string, payload []byte) error {
	data, err := json.Marshal(envelope{Topic: topic, Payload: payload})
	if err != nil {
		return ports.ErrLive.With(err)
	}
	if err := l.client.rdb.Publish(ctx, livePrefix+string(t), data).Err(); err != nil {
		return ports.ErrLive.With(err)
	}
	return nil
}

// Subscribe implements ports.Live. It returns nil when ctx ends, and calls lost at the first subscription too.
func (l *Live) Subscribe(ctx context.Context, fn func(t tenant.ID, topic string, payload []byte), lost func()) error {
	l.client.subscribe(ctx, livePrefix+"*", func(channel, payload string) {
		var e envelope
		if err := json.Unmarshal([]byte(payload), &e); err != nil {
			slog.WarnContext(ctx, "unreadable live message", "channel", channel)
			return
		}
		fn(tenant.ID(strings.TrimPrefix(channel, livePrefix)), e.Topic, e.Payload)
	}, lost)
	return nil
}

// Invalidation is ports.Invalidation.
type Invalidation struct{ client *Client }

// NewInvalidation returns the channel of things to forget.
func NewInvalidation(c *Client) *Invalidation { return &Invalidation{client: c} }

// Forget implements ports.Invalidation. Errors: ports.ErrLive.
func (i *Invalidation) Forget(ctx context.Context, what string) error {
	if err := i.client.rdb.Publish(ctx, forgetChannel, what).Err(); err != nil {
		return ports.ErrLive.With(err)
	}
	return nil
}

// Subscribe implements ports.Invalidation. It returns nil when ctx ends, and calls lost at the first subscription too:
// what was cached before it may be out of date.
func (i *Invalidation) Subscribe(ctx context.Context, fn func(what string), lost func()) error {
	i.client.subscribe(ctx, forgetChannel, func(_, what string) { fn(what) }, lost)
	return nil
}

var (
	_ ports.Live         = (*Live)(nil)
	_ ports.Invalidation = (*Invalidation)(nil)
)
