package pluginhost

import (
	"context"
	"errors"
	"sync"
	"time"
)

var (
	errPluginFull = errors.New("too many calls to this plugin at once")
	errTenantFull = errors.New("too many calls of this shop to this plugin at once")
)

// bulkhead bounds the calls in flight in one plugin, and those of one tenant among them, so that a slow plugin holds
// only so many callers and a busy shop leaves room for the others.
type bulkhead struct {
	all       chan struct{}
	perTenant int
	wait      time.Duration
	mu        sync.Mutex
	tenants   map[string]*places
}

// places are one tenant's, kept only while somebody uses or wants one.
type places struct {
	taken chan struct{}
	users int
}

func newBulkhead(total, perTenant int, wait time.Duration) *bulkhead {
	return &bulkhead{all: make(chan struct{}, total), perTenant: perTenant, wait: wait, tenants: map[string]*places{}}
}

// enter takes a place, waiting a moment for one; leave gives it back. Errors: errPluginFull, errTenantFull, ctx's.
func (b *bulkhead) enter(ctx context.Context, tenant string) (leave func(), err error) {
	own := b.join(tenant)
	if err := b.take(ctx, own.taken, errTenantFull); err != nil {
		b.part(tenant, own)
		return nil, err
	}
	if err := b.take(ctx, b.all, errPluginFull); err != nil {
		<-own.taken
		b.part(tenant, own)
		return nil, err
	}
	return func() {
		<-b.all
		<-own.taken
		b.part(tenant, own)
	}, nil
}

func (b *bulkhead) take(ctx context.Context, from chan struct{}, full error) error {
	select {
	case from <- struct{}{}:
		return nil
	default:
	}
	timeout := time.NewTimer(b.wait)
	defer timeout.Stop()
	select {
	case from <- struct{}{}:
		return nil
	case <-timeout.C:
		return full
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *bulkhead) join(tenant string) *places {
	b.mu.Lock()
	defer b.mu.Unlock()
	own := b.tenants[tenant]
	if own == nil {
		own = &places{taken: make(chan struct{}, b.perTenant)}
		b.tenants[tenant] = own
	}
	own.users++
	return own
}

func (b *bulkhead) part(tenant string, own *places) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if own.users--; own.users == 0 {
		delete(b.tenants, tenant)
	}
}

func (b *bulkhead) inFlight() int { return len(b.all) }
