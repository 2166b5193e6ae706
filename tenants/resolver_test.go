package tenants_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
	"github.com/halum-hut/halum/tenants"
)

// counted counts the questions to a real registry, and may fail or wait.
type counted struct {
	ports.Registry
	asked atomic.Int64
	wait  chan struct{}
	fail  atomic.Bool
}

func (c *counted) TenantByHost(ctx context.Context, host string) (tenant.Tenant, error) {
	c.asked.Add(1)
	if c.wait != nil {
		<-c.wait
	}
	if c.fail.Load() {
		return tenant.Tenant{}, ports.ErrDatabase
	}
	return c.Registry.TenantByHost(ctx, host)
}

// clock is a time that the test moves.
type clock struct{ at atomic.Pointer[time.Time] }

func newClock() *clock {
	c := &clock{}
	now := time.Now()
	c.at.Store(&now)
	return c
}

func (c *clock) now() time.Time { return *c.at.Load() }

func (c *clock) pass(d time.Duration) {
	next := c.now().Add(d)
	c.at.Store(&next)
}

func TestAnswersAreRememberedForAMinute(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	shop := pgtest.Tenant(t, db)
	from, at := &counted{Registry: db}, newClock()
	r := tenants.NewResolver(from, at.now)
	for _, host := range []string{shop.Slug + "." + pgtest.BaseDomain, shop.Slug + ".HALUM.test:8080", shop.Slug + ".halum.test."} {
		got, err := r.TenantByHost(t.Context(), host)
		require.NoError(t, err)
		require.Equal(t, shop, got)
	}
	require.EqualValues(t, 1, from.asked.Load())
	at.pass(61 * time.Second)
	_, err := r.TenantByHost(t.Context(), shop.Slug+".halum.test")
	require.NoError(t, err)
	require.EqualValues(t, 2, from.asked.Load())

	byKey, err := r.TenantByKey(t.Context(), shop.PublishableKey)
	require.NoError(t, err)
	require.Equal(t, shop, byKey)
	byID, err := r.Tenant(t.Context(), shop.ID)
	require.NoError(t, err)
	require.Equal(t, shop, byID)
	hosts, err := r.Hosts(t.Context(), shop.ID)
	require.NoError(t, err)
	require.Equal(t, []string{shop.Slug + ".halum.test"}, hosts)
	all, err := r.Tenants(t.Context())
	require.NoError(t, err)
	require.Contains(t, all, shop)
}

func TestUnknownNames(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	from, at := &counted{Registry: db}, newClock()
	r := tenants.NewResolver(from, at.now)
	ask := func(host string) error { _, err := r.TenantByHost(t.Context(), host); return err }
	for _, nonsense := range []string{"", "a b", "[::1]:80", "../x"} {
		require.ErrorIs(t, ask(nonsense), tenant.ErrUnknownHost)
	}
	_, err := r.TenantByKey(t.Context(), "sk_live")
	require.ErrorIs(t, err, tenant.ErrUnknownHost)
	require.EqualValues(t, 0, from.asked.Load(), "nonsense is not looked up")

	n := pgtest.NewTenant()
	host := n.Tenant.Slug + ".halum.test"
	require.ErrorIs(t, ask(host), tenant.ErrUnknownHost)
	require.ErrorIs(t, ask(host), tenant.ErrUnknownHost)
	require.EqualValues(t, 1, from.asked.Load())
	require.NoError(t, db.Provision(t.Context(), n))
	require.ErrorIs(t, ask(host), tenant.ErrUnknownHost)
	at.pass(3 * time.Second)
	require.NoError(t, ask(host), "a new shop is found after two seconds")

	other := pgtest.NewTenant()
	host = other.Tenant.Slug + ".halum.test"
	require.Error(t, ask(host))
	require.NoError(t, db.Provision(t.Context(), other))
	r.Forget("tenant:" + string(other.Tenant.ID))
	require.NoError(t, ask(host), "and at once when it is announced")
}

func TestAFailureIsNotAnAnswer(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	shop := pgtest.Tenant(t, db)
	from := &counted{Registry: db}
	r := tenants.NewResolver(from, time.Now)
	from.fail.Store(true)
	_, err := r.TenantByHost(t.Context(), shop.Slug+".halum.test")
	require.ErrorIs(t, err, ports.ErrDatabase)
	from.fail.Store(false)
	_, err = r.TenantByHost(t.Context(), shop.Slug+".halum.test")
	require.NoError(t, err)
}

func TestOneQuestionForMany(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	shop := pgtest.Tenant(t, db)
	from := &counted{Registry: db, wait: make(chan struct{})}
	r := tenants.NewResolver(from, time.Now)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if got, err := r.TenantByHost(context.Background(), shop.Slug+".halum.test"); err != nil || got.ID != shop.ID {
				t.Error(got, err)
			}
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.TenantByHost(gone, shop.Slug+".halum.test")
	require.ErrorIs(t, err, ports.ErrTimeout, "who gives up does not wait")
	require.Eventually(t, func() bool { return from.asked.Load() == 1 }, time.Second, time.Millisecond)
	close(from.wait)
	all.Wait()
	require.EqualValues(t, 1, from.asked.Load())
}

// announcer is the channel between nodes, in this process.
type announcer struct {
	mu   sync.Mutex
	fns  []func(string)
	lost []func()
}

func (a *announcer) Forget(_ context.Context, what string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, fn := range a.fns {
		fn(what)
	}
	return nil
}

func (a *announcer) Subscribe(_ context.Context, fn func(string), lost func()) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fns, a.lost = append(a.fns, fn), append(a.lost, lost)
	return nil
}

func TestChangesAreSeenOnAllNodes(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	shop := pgtest.Tenant(t, db)
	var between announcer
	one, two := tenants.NewResolver(db, time.Now), tenants.NewResolver(db, time.Now)
	for _, r := range []*tenants.Resolver{one, two} {
		require.NoError(t, r.Follow(t.Context(), &between))
	}
	status := func(r *tenants.Resolver) error {
		got, err := r.TenantByHost(t.Context(), shop.Slug+".halum.test")
		require.NoError(t, err)
		return tenants.Serving(got)
	}
	require.NoError(t, status(one))
	require.NoError(t, status(two))
	doors := tenants.NewLifecycle(db, &between)
	require.NoError(t, doors.Suspend(t.Context(), shop.ID))
	require.ErrorIs(t, status(one), tenant.ErrSuspended)
	require.ErrorIs(t, status(two), tenant.ErrSuspended)
	require.NoError(t, doors.Suspend(t.Context(), shop.ID))
	require.NoError(t, doors.Reopen(t.Context(), shop.ID))
	require.NoError(t, status(one))
	require.NoError(t, status(two))
	require.ErrorIs(t, doors.Suspend(t.Context(), "ten_none"), tenant.ErrUnknownHost)

	require.NoError(t, db.SetStatus(t.Context(), shop.ID, tenant.Suspended))
	one.Forget("catalog:" + string(shop.ID))
	require.NoError(t, status(one), "not announced")
	for _, lost := range between.lost {
		lost()
	}
	require.ErrorIs(t, status(one), tenant.ErrSuspended, "after a gap, nothing is believed")
}

// empty knows no tenant.
type empty struct{ ports.Registry }

func (empty) TenantByHost(context.Context, string) (tenant.Tenant, error) {
	return tenant.Tenant{}, tenant.ErrUnknownHost
}

func TestNamesThatNobodyHasAreBounded(t *testing.T) {
	t.Parallel()
	r := tenants.NewResolver(empty{}, time.Now)
	for i := range 30_000 {
		_, err := r.TenantByHost(t.Context(), fmt.Sprintf("h%d.halum.test", i))
		require.ErrorIs(t, err, tenant.ErrUnknownHost)
	}
	require.LessOrEqual(t, r.Len(), 10_000)
}
