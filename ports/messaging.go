package ports

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/tenant"
)

// Mail is one message. Addresses are plain ("name@example.com").
type Mail struct {
	ID       string // stable per event and receiver: sent as Message-ID, so that a repeat can be told
	FromName string // the shop's name; the address is the platform's own
	ReplyTo  string
	To       string
	Subject  string
	Text     string
	HTML     string
}

// Mailer sends mail, or keeps it in the mailbox of the development mode. Sending the same ID twice may send twice.
type Mailer interface {
	Send(ctx context.Context, m Mail) error
}

// Live carries notifications between nodes. It may lose messages: receivers catch up from the database by sequence.
type Live interface {
	// Publish tells all nodes that topic has a notification; payload is what sockets receive.
	Publish(ctx context.Context, t tenant.ID, topic string, payload []byte) error
	// Subscribe calls fn for every message on any node until ctx ends. It reconnects by itself, and calls lost after
	// each gap so that sockets can look into the database.
	Subscribe(ctx context.Context, fn func(t tenant.ID, topic string, payload []byte), lost func()) error
}

// Invalidation tells nodes to forget cached things.
type Invalidation interface {
	// Forget names what changed: "tenant:<id>" for the registry entry, "catalog:<tenant id>" for a shop's listings.
	Forget(ctx context.Context, what string) error
	// Subscribe calls fn for every name until ctx ends, and lost after each gap: forget everything then.
	Subscribe(ctx context.Context, fn func(what string), lost func()) error
}

// Ticket lets one socket be opened within 30 seconds.
type Ticket struct {
	Tenant tenant.ID `json:"tenant"`
	Topics []string  `json:"topics"`
	User   string    `json:"user"` // for the cap of sockets per user
}

// Tickets are one-time. Errors: ErrLive when they cannot be stored, ErrTicket when used, unknown or old.
type Tickets interface {
	Issue(ctx context.Context, t Ticket) (string, error)
	Redeem(ctx context.Context, ticket string) (Ticket, error)
}

// Rate allows Burst requests at once and Limit per Per on average (GCRA).
type Rate struct {
	Limit int
	Per   time.Duration
	Burst int
}

// Allowance is the limiter's answer. RetryAfter is zero when allowed.
type Allowance struct {
	Allowed    bool
	Remaining  int
	RetryAfter time.Duration
}

// Limiter counts across nodes; when its store is away it falls back to counting on this node, never to allowing all.
type Limiter interface {
	Allow(ctx context.Context, key string, r Rate) Allowance
}
