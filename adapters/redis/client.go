// Package redis is what nodes share besides the database: live notifications, cache invalidation, socket tickets and
// rate limits.
//
// Nothing in it is the only copy of anything: losing Redis delays notifications, refuses new sockets for a while and
// makes every node count for itself. It works with Redis from 6.2 on, Valkey, and the in-process server of the
// development mode. Read subscribe.go for what happens when the connection breaks.
package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/halum-hut/halum/core/fault"
)

// Timeouts of every command; the limiter's is shorter still.
const (
	dialTimeout  = 2 * time.Second
	replyTimeout = time.Second
	poolTimeout  = time.Second
)

// Client holds the connections. Live, Invalidation, Tickets and Limiter all use it.
type Client struct{ rdb *redis.Client }

// Open reads an address such as "redis://user:password@host:6379/0" (rediss:// for TLS). It does not wait for the
// server: use Ping. Secrets in the address do not appear in errors.
func Open(address string) (*Client, error) {
	quieten()
	o, err := redis.ParseURL(address)
	if err != nil {
		return nil, errors.New("the Redis address cannot be read: write it as redis://user:password@host:6379/0")
	}
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = dialTimeout, replyTimeout, replyTimeout, poolTimeout
	o.DialerRetries, o.MaxRetries = 1, 1
	o.ContextTimeoutEnabled = true
	o.MinIdleConns = 1 // dialled in the background, so that the limiter's short deadline finds one ready
	o.ConnMaxIdleTime = 5 * time.Minute
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return &Client{rdb: redis.NewClient(o)}, nil
}

// Ping reports whether the server answers. Errors: Unavailable "redis_unavailable".
func (c *Client) Ping(ctx context.Context) error {
	if err := c.rdb.Ping(ctx).Err(); err != nil {
		return fault.New(fault.Unavailable, "redis_unavailable", "Redis does not answer").With(err)
	}
	return nil
}

// Close ends all connections; subscriptions end with their contexts, before this.
func (c *Client) Close() error {
	if err := c.rdb.Close(); err != nil {
		return fmt.Errorf("close Redis: %w", err)
	}
	return nil
}

// quieten sends the library's own remarks, one per refused connection, to the debug log.
var quieten = sync.OnceFunc(func() { redis.SetLogger(debugLog{}) })

type debugLog struct{}

// Printf implements the library's logger.
func (debugLog) Printf(ctx context.Context, format string, v ...any) {
	slog.DebugContext(ctx, fmt.Sprintf(format, v...))
}
