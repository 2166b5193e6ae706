// Package app holds what the use cases of all actors share: the clock and the once-only transaction. The use cases live
// in the packages below: shop (the shopper), backoffice (the vendor's staff), platform (vendors and their sign-up),
// settle (the money side of an order, for all of them) and reactions (what follows an event).
package app

import (
	"context"
	"encoding/json"
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Clock returns the present. Use cases never ask the system themselves.
type Clock func() time.Time

// Once is a client's wish that a request has its effect once. A nil *Once means that the client did not ask for it.
// Replayed is set when the answer is a stored one.
type Once struct {
	ports.Once
	Replayed bool
}

// Update runs fn in one transaction of a tenant. With a key, the answer is stored in the same transaction, and a second
// request with that key gets it back without running fn. Errors are not stored: such a request may be sent again.
// Errors: ports.ErrKeyBusy, ports.ErrKeyReused, those of fn.
func Update[T any](ctx context.Context, s ports.Store, t tenant.ID, once *Once,
	fn func(context.Context, ports.Tx) (T, error),
) (T, error) {
	var out T
	err := s.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		var zero T
		out = zero
		if once == nil {
			var err error
			out, err = fn(ctx, tx)
			return err
		}
		rec, fresh, err := tx.Claim(ctx, once.Once)
		if err != nil {
			return err
		}
		if !fresh {
			once.Replayed = true
			return Decode(rec.Answer, &out)
		}
		if out, err = fn(ctx, tx); err != nil {
			return err
		}
		return tx.Record(ctx, once.Once, ports.OnceRecord{Answer: Encode(out)})
	})
	return out, err
}

// Encode makes a stored answer. Only plain structs are stored, so that it cannot fail.
func Encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("app: an answer cannot be stored: " + err.Error())
	}
	return b
}

// Decode reads a stored answer.
func Decode(b []byte, into any) error {
	return fault.Wrap(json.Unmarshal(b, into), "read a stored answer")
}
