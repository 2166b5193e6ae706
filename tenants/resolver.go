// Package tenants is all that knows how a shop is found and how its doors are closed and opened. It refuses to know how
// a tenant is stored: that is behind ports.Registry and ports.Provisioner. Sign-up is core/app/platform.
package tenants

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// How long answers are kept. A change is announced to all nodes; the lifetime only bounds what a lost message costs.
const (
	lifetime        = 60 * time.Second
	missingLifetime = 2 * time.Second
	maxEntries      = 10_000 // over it, the oldest half is dropped: names that nobody has must not fill the memory
)

// Resolver is a ports.Registry that remembers the answers of another one. It answers for tenants of every status: what a
// suspended shop still does is decided by Serving. It is safe for concurrent use.
type Resolver struct {
	registry ports.Registry
	now      func() time.Time

	mu      sync.Mutex
	entries map[string]*entry
	epoch   uint64 // grows with every forgotten thing, so that an answer on its way is not kept
}

// entry is one answer, or a question that is being asked: then done is open.
type entry struct {
	done    chan struct{}
	tenant  tenant.Tenant
	hosts   []string
	err     error
	expires time.Time
}

// NewResolver returns a Resolver on top of a registry.
func NewResolver(r ports.Registry, now func() time.Time) *Resolver {
	return &Resolver{registry: r, now: now, entries: map[string]*entry{}}
}

// Tenant implements ports.Registry.
func (r *Resolver) Tenant(ctx context.Context, id tenant.ID) (tenant.Tenant, error) {
	e, err := r.get(ctx, "id/"+string(id), func(ctx context.Context, e *entry) (err error) {
		e.tenant, err = r.registry.Tenant(ctx, id)
		return err
	})
	return e.tenant, err
}

// TenantByHost implements ports.Registry. host is a Host header as it came.
func (r *Resolver) TenantByHost(ctx context.Context, host string) (tenant.Tenant, error) {
	if host = tenant.NormalHost(host); host == "" {
		return tenant.Tenant{}, tenant.ErrUnknownHost
	}
	e, err := r.get(ctx, "host/"+host, func(ctx context.Context, e *entry) (err error) {
		e.tenant, err = r.registry.TenantByHost(ctx, host)
		return err
	})
	return e.tenant, err
}

// TenantByKey implements ports.Registry. What does not look like a key is not looked up.
func (r *Resolver) TenantByKey(ctx context.Context, key string) (tenant.Tenant, error) {
	if !strings.HasPrefix(key, "pk_") || len(key) > 64 {
		return tenant.Tenant{}, tenant.ErrUnknownHost
	}
	e, err := r.get(ctx, "key/"+key, func(ctx context.Context, e *entry) (err error) {
		e.tenant, err = r.registry.TenantByKey(ctx, key)
		return err
	})
	return e.tenant, err
}

// Hosts implements ports.Registry. The slice is shared: do not change it.
func (r *Resolver) Hosts(ctx context.Context, id tenant.ID) ([]string, error) {
	e, err := r.get(ctx, "hosts/"+string(id), func(ctx context.Context, e *entry) (err error) {
		e.tenant.ID = id
		e.hosts, err = r.registry.Hosts(ctx, id)
		return err
	})
	return e.hosts, err
}

// Tenants implements ports.Registry. It always asks.
func (r *Resolver) Tenants(ctx context.Context) ([]tenant.Tenant, error) {
	return r.registry.Tenants(ctx)
}

// Follow forgets what other nodes announce, until ctx ends.
func (r *Resolver) Follow(ctx context.Context, i ports.Invalidation) error {
	return i.Subscribe(ctx, r.Forget, r.ForgetAll)
}

// Forget drops what is known of "tenant:<id>" and that anything is unknown, since a new tenant may be it. Other names are
// not ours.
func (r *Resolver) Forget(what string) {
	id, ours := strings.CutPrefix(what, "tenant:")
	if !ours {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
	for key, e := range r.entries {
		if e.answered() && (e.err != nil || e.tenant.ID == tenant.ID(id)) {
			delete(r.entries, key)
		}
	}
}

// ForgetAll drops everything.
func (r *Resolver) ForgetAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
	r.entries = map[string]*entry{}
}

// Serving reports whether a shop answers shoppers. Errors: tenant.ErrSuspended.
func Serving(t tenant.Tenant) error {
	if t.Status != tenant.Active {
		return tenant.ErrSuspended
	}
	return nil
}

// get answers from memory, waits for somebody who is asking the same, or asks. The registry is asked without the
// caller's end, since others may be waiting for the answer.
func (r *Resolver) get(ctx context.Context, key string, ask func(context.Context, *entry) error) (*entry, error) {
	r.mu.Lock()
	e := r.entries[key]
	if e == nil || e.answered() && !r.now().Before(e.expires) {
		e = &entry{done: make(chan struct{})}
		r.makeRoom()
		r.entries[key] = e
		go r.ask(context.WithoutCancel(ctx), key, e, r.epoch, ask)
	}
	r.mu.Unlock()
	select {
	case <-e.done:
		return e, e.err
	case <-ctx.Done():
		return &entry{}, ports.ErrTimeout.With(ctx.Err())
	}
}

const askWithin = 5 * time.Second

func (r *Resolver) ask(ctx context.Context, key string, e *entry, epoch uint64, ask func(context.Context, *entry) error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	err := ask(ctx, e)
	r.mu.Lock()
	defer r.mu.Unlock()
	e.err, e.expires = err, r.now().Add(lifetime)
	if err != nil {
		e.expires = r.now().Add(missingLifetime)
	}
	// A failure of the registry is not an answer, and neither is one from before a change.
	if err != nil && !errors.Is(err, tenant.ErrUnknownHost) || r.epoch != epoch {
		if r.entries[key] == e {
			delete(r.entries, key)
		}
	}
	close(e.done)
}

// makeRoom drops entries when there are too many: first what is unknown or old, then whatever comes.
func (r *Resolver) makeRoom() {
	if len(r.entries) < maxEntries {
		return
	}
	now := r.now()
	for key, e := range r.entries {
		if e.answered() && (e.err != nil || !now.Before(e.expires)) {
			delete(r.entries, key)
		}
	}
	for key := range r.entries {
		if len(r.entries) <= maxEntries/2 {
			return
		}
		delete(r.entries, key)
	}
}

func (e *entry) answered() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}

var _ ports.Registry = (*Resolver)(nil)

// Len returns how many answers are remembered.
func (r *Resolver) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.entries)
}
