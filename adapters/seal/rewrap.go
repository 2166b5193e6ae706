package seal

import (
	"context"

	"github.com/halum-hut/halum/ports"
)

// rewrapBatch is how many keys are read at a time.
const rewrapBatch = 500

// Rewrap wraps with the present master key all data keys that an older one has wrapped, and says how many those were.
// Afterwards the older master keys are not needed for data keys. It may be stopped and run again, while others work.
func (k *Keyring) Rewrap(ctx context.Context) (rewrapped int, err error) {
	err = k.eachOld(ctx, func(old ports.TenantKey) error {
		bound := wrappedFor(old.Tenant, old.Version)
		raw, err := k.master.Open(old.Wrapped, bound)
		if err != nil {
			return err
		}
		defer clear(raw)
		fresh := old
		if fresh.Wrapped, err = k.master.Seal(raw, bound); err != nil {
			return err
		}
		rewrapped++
		return k.keys.RewrapTenantKey(ctx, fresh, old.Wrapped)
	})
	return rewrapped, err
}

// Old counts the data keys that an older master key has wrapped. Errors: ErrSealed when one opens with none of the keys.
func (k *Keyring) Old(ctx context.Context) (old int, err error) {
	err = k.eachOld(ctx, func(key ports.TenantKey) error {
		old++
		_, err := k.master.Open(key.Wrapped, wrappedFor(key.Tenant, key.Version))
		return err
	})
	return old, err
}

func (k *Keyring) eachOld(ctx context.Context, do func(ports.TenantKey) error) error {
	var last ports.TenantKey
	for {
		batch, err := k.keys.AllTenantKeys(ctx, last, rewrapBatch)
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, key := range batch {
			if k.master.Current(key.Wrapped) {
				continue
			}
			if err := do(key); err != nil {
				return err
			}
		}
		last = batch[len(batch)-1]
	}
}
