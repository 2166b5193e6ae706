package tenants

import (
	"context"

	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Lifecycle closes and opens shops.
type Lifecycle struct {
	provisioner ports.Provisioner
	forget      ports.Invalidation
}

// NewLifecycle returns it.
func NewLifecycle(p ports.Provisioner, i ports.Invalidation) *Lifecycle { return &Lifecycle{p, i} }

// Suspend closes a shop to shoppers; its data stays. It is idempotent. Errors: tenant.ErrUnknownHost.
func (l *Lifecycle) Suspend(ctx context.Context, id tenant.ID) error {
	return l.set(ctx, id, tenant.Suspended)
}

// Reopen is the opposite of Suspend. Errors: as there.
func (l *Lifecycle) Reopen(ctx context.Context, id tenant.ID) error {
	return l.set(ctx, id, tenant.Active)
}

func (l *Lifecycle) set(ctx context.Context, id tenant.ID, s tenant.Status) error {
	if err := l.provisioner.SetStatus(ctx, id, s); err != nil {
		return err
	}
	_ = l.forget.Forget(ctx, "tenant:"+string(id)) // a hint: every node asks again within a minute anyway
	return nil
}
