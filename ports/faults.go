package ports

import "github.com/halum-hut/halum/core/fault"

// Faults of ports, returned by every implementation.
var (
	ErrKeyBusy   = fault.New(fault.Conflict, "idempotency_key_in_use", "a request with this Idempotency-Key is still being worked on: ask again in a second")
	ErrKeyReused = fault.New(fault.Invalid, "idempotency_key_reused", "this Idempotency-Key was used for another request: make a new key")
	ErrDatabase  = fault.New(fault.Unavailable, "database_unavailable", "the database does not answer: try again in a moment")
	ErrTimeout   = fault.New(fault.Unavailable, "timeout", "this took too long and was given up: try again")
	ErrTicket    = fault.New(fault.Denied, "invalid_ticket", "this ticket was used or is too old: ask for a new one")
	ErrToken     = fault.New(fault.Denied, "invalid_token", "the access token is not valid here: sign in again")
	ErrLive      = fault.New(fault.Unavailable, "live_unavailable", "live updates are not available right now")
	ErrTooMany   = fault.New(fault.Exhausted, "rate_limited", "too many requests: wait a moment")
)
