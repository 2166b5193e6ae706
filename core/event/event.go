// Package event describes what happened in a tenant. Facts are returned by behaviour methods and handed to
// ports.Tx.Emit; stored, they become envelopes: outbox, audit trail and webhook source in one.
package event

import "time"

// Fact is something that happened. Its exported fields are stored as JSON, so they must hold no secret.
type Fact interface {
	// Kind is the stable name, such as "order.placed".
	Kind() string
	// Subject is the id of what it happened to.
	Subject() string
}

// ID is "evt_" and 26 characters. Reactions are idempotent by it.
type ID string

// Envelope is a stored fact.
type Envelope struct {
	ID      ID
	Seq     int64 // grows within the tenant; may have gaps
	Kind    string
	Subject string
	Actor   string // who caused it: a customer or staff id, "guest" or "system"
	Data    []byte // the fact's fields as JSON
	At      time.Time
}

// Reaction is a job that follows an event, run at least once. Delay postpones it.
type Reaction struct {
	Name  string
	Delay time.Duration
}
