package backoffice

import (
	"context"

	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/notification"
	"github.com/halum-hut/halum/ports"
)

// Live is the staff's bell.
type Live struct{ d Deps }

// Ticket lets staff listen to the shop's topic. Permission orders:read. Errors: ports.ErrLive.
func (l *Live) Ticket(ctx context.Context, by identity.Actor) (string, error) {
	if err := by.May(identity.ReadOrders); err != nil {
		return "", err
	}
	return l.d.Tickets.Issue(ctx, ports.Ticket{Tenant: by.Tenant, Topics: []string{notification.StaffTopic}, User: by.ID})
}

// Notifications lists what the shop's staff was told, after a sequence number (oldest first), or with after < 0 the
// newest. Permission orders:read.
func (l *Live) Notifications(ctx context.Context, by identity.Actor, after int64, limit int) (all []notification.Notification, err error) {
	if err := by.May(identity.ReadOrders); err != nil {
		return nil, err
	}
	err = l.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		all, err = v.Notifications(ctx, notification.StaffTopic, after, min(max(limit, 1), 100))
		return err
	})
	return all, err
}
