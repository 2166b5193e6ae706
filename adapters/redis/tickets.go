package redis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/ports"
)

const ticketLifetime = 30 * time.Second

// Tickets is ports.Tickets. Redis holds hashes of tickets only: who can list its keys cannot open a socket.
type Tickets struct{ client *Client }

// NewTickets returns the one-time tickets.
func NewTickets(c *Client) *Tickets { return &Tickets{client: c} }

// Issue implements ports.Tickets.
func (t *Tickets) Issue(ctx context.Context, ticket ports.Ticket) (string, error) {
	data, err := json.Marshal(ticket)
	if err != nil {
		return "", fault.Wrap(err, "write a ticket")
	}
	secret := id.Secret()
	err = t.client.rdb.SetArgs(ctx, ticketKey(secret), data, redis.SetArgs{Mode: "NX", TTL: ticketLifetime}).Err()
	if err != nil {
		return "", ports.ErrLive.With(err)
	}
	return secret, nil
}

// Redeem implements ports.Tickets. When the answer is lost on the way the ticket is used up: ask for a new one.
func (t *Tickets) Redeem(ctx context.Context, ticket string) (ports.Ticket, error) {
	if len(ticket) != 26 {
		return ports.Ticket{}, ports.ErrTicket
	}
	data, err := t.client.rdb.GetDel(ctx, ticketKey(ticket)).Bytes()
	if errors.Is(err, redis.Nil) {
		return ports.Ticket{}, ports.ErrTicket
	}
	if err != nil {
		return ports.Ticket{}, ports.ErrLive.With(err)
	}
	var out ports.Ticket
	if err := json.Unmarshal(data, &out); err != nil {
		return ports.Ticket{}, ports.ErrTicket.With(err)
	}
	return out, nil
}

func ticketKey(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return "ticket:" + hex.EncodeToString(sum[:])
}

var _ ports.Tickets = (*Tickets)(nil)
