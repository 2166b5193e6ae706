package seal

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Keyring seals every tenant's secrets with a data key of that tenant. Data keys are stored wrapped by the master key,
// and kept opened in memory while they are in use. It may be used from many goroutines.
type Keyring struct {
	keys   ports.TenantKeys
	master *Sealer
	now    func() time.Time

	mu     sync.Mutex
	opened map[tenant.ID]*dataKeys
}

// dataKeys are a tenant's keys, opened.
type dataKeys struct {
	sealer *Sealer
	ids    []uint32 // what the values they sealed begin with
	newest int64    // version
}

// maxOpened is how many tenants' keys are kept; beyond that an arbitrary one makes room.
const maxOpened = 10_000

// NewKeyring makes a keyring on stored keys.
func NewKeyring(keys ports.TenantKeys, master *Sealer, now func() time.Time) *Keyring {
	return &Keyring{keys: keys, master: master, now: now, opened: map[tenant.ID]*dataKeys{}}
}

// SealFor implements ports.Keyring. It looks at the stored keys each time, so that a key that was rotated on another
// node seals from then on; a tenant without one gets its first.
func (k *Keyring) SealFor(ctx context.Context, t tenant.ID, field string, plain []byte) ([]byte, error) {
	keys, err := k.load(ctx, t)
	if err == nil && keys == nil {
		keys, err = k.add(ctx, t, &dataKeys{})
	}
	if err != nil {
		return nil, err
	}
	return keys.sealer.Seal(plain, boundTo(t, field))
}

// OpenFor implements ports.Keyring. A value that a key unknown here has sealed makes it look at the stored keys again.
// Errors: ErrSealed, those of the store.
func (k *Keyring) OpenFor(ctx context.Context, t tenant.ID, field string, sealed []byte) ([]byte, error) {
	keys := k.known(t)
	if keys == nil || !keys.made(sealed) {
		var err error
		if keys, err = k.load(ctx, t); err != nil {
			return nil, err
		}
	}
	if keys == nil {
		return nil, ErrSealed
	}
	return keys.sealer.Open(sealed, boundTo(t, field))
}

// Rotate gives a tenant a new data key. What is sealed from now on is sealed with it, on all nodes; what was sealed before
// still opens.
func (k *Keyring) Rotate(ctx context.Context, t tenant.ID) error {
	keys, err := k.load(ctx, t)
	if err != nil {
		return err
	}
	if keys == nil {
		keys = &dataKeys{}
	}
	_, err = k.add(ctx, t, keys)
	return err
}

// add stores the version after the present keys, or finds that another process has just done so.
func (k *Keyring) add(ctx context.Context, t tenant.ID, present *dataKeys) (*dataKeys, error) {
	version, raw := present.newest+1, make([]byte, KeySize)
	defer clear(raw)
	_, _ = rand.Read(raw)                          // crypto/rand.Read never fails since Go 1.24
	for slices.Contains(present.ids, keyID(raw)) { // once in billions
		_, _ = rand.Read(raw)
	}
	wrapped, err := k.master.Seal(raw, wrappedFor(t, version))
	if err != nil {
		return nil, err
	}
	if err := k.keys.AddTenantKey(ctx, ports.TenantKey{Tenant: t, Version: version, Wrapped: wrapped, CreatedAt: k.now()}); err != nil {
		return nil, err
	}
	return k.load(ctx, t)
}

// load opens a tenant's stored keys; nil when there are none.
func (k *Keyring) load(ctx context.Context, t tenant.ID) (*dataKeys, error) {
	stored, err := k.keys.TenantKeys(ctx, t)
	if err != nil || len(stored) == 0 {
		return nil, err
	}
	raw := make([][]byte, len(stored))
	defer func() {
		for _, r := range raw {
			clear(r)
		}
	}()
	keys := &dataKeys{newest: stored[0].Version}
	for i, s := range stored {
		if raw[i], err = k.master.Open(s.Wrapped, wrappedFor(t, s.Version)); err != nil {
			return nil, err
		}
		if len(raw[i]) != KeySize {
			return nil, ErrSealed
		}
		keys.ids = append(keys.ids, keyID(raw[i]))
	}
	if keys.sealer, err = New(raw[0], raw[1:]...); err != nil {
		return nil, ErrSealed.With(err)
	}
	k.keep(t, keys)
	return keys, nil
}

func (k *Keyring) known(t tenant.ID) *dataKeys {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.opened[t]
}

// keep remembers keys unless newer ones are remembered already: loads may overtake one another.
func (k *Keyring) keep(t tenant.ID, keys *dataKeys) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if known := k.opened[t]; known != nil && known.newest > keys.newest {
		return
	}
	if len(k.opened) >= maxOpened {
		for other := range k.opened {
			delete(k.opened, other)
			break
		}
	}
	k.opened[t] = keys
}

// made reports whether one of the keys may have sealed a value, by the key's id in front of it.
func (d *dataKeys) made(sealed []byte) bool {
	id, ok := sealedBy(sealed)
	return ok && slices.Contains(d.ids, id)
}

const (
	tinkPrefix     = 5 // bytes: a version and the id of the key
	tinkPrefixMark = 1
)

func sealedBy(sealed []byte) (uint32, bool) {
	if len(sealed) < tinkPrefix || sealed[0] != tinkPrefixMark {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:tinkPrefix]), true
}

// boundTo and wrappedFor begin differently, and tenant ids hold no zero byte, so that no two contexts are alike.
func boundTo(t tenant.ID, field string) []byte {
	return []byte("halum tenant secret\x00" + string(t) + "\x00" + field)
}

func wrappedFor(t tenant.ID, version int64) []byte {
	return []byte("halum tenant key\x00" + string(t) + "\x00" + strconv.FormatInt(version, 10))
}

var _ ports.Keyring = (*Keyring)(nil)
