package shop

import (
	"context"

	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/notification"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Live gives out socket tickets and replays notifications.
type Live struct{ d Deps }

// CustomerTicket lets a signed-in shopper listen to the account's topic. Errors: identity.ErrSignIn, ports.ErrLive.
func (l *Live) CustomerTicket(ctx context.Context, by identity.Actor) (string, error) {
	customer, err := by.CustomerID()
	if err != nil {
		return "", err
	}
	return l.d.Tickets.Issue(ctx, ports.Ticket{Tenant: by.Tenant, Topics: []string{notification.CustomerTopic(customer)}, User: customer})
}

// OrderTicket lets whoever has an order's secret listen to it. Errors: order.ErrNotFound, ports.ErrLive.
func (l *Live) OrderTicket(ctx context.Context, t tenant.ID, number int64, secret string) (string, error) {
	orders := Orders(*l)
	st, err := orders.ByNumber(ctx, t, number, secret)
	if err != nil {
		return "", err
	}
	topic := notification.OrderTopic(string(st.Order.ID))
	return l.d.Tickets.Issue(ctx, ports.Ticket{Tenant: t, Topics: []string{topic}, User: topic})
}

// Replay returns what a topic holds after a sequence number, oldest first, at most ReplayLimit. The caller must have
// proven its right to the topic with a ticket.
func (l *Live) Replay(ctx context.Context, t tenant.ID, topic string, after int64) (all []notification.Notification, err error) {
	err = l.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		all, err = v.Notifications(ctx, topic, after, ReplayLimit)
		return err
	})
	return all, err
}

// Newest returns the sequence number of a topic's last notification, 0 when it has none.
func (l *Live) Newest(ctx context.Context, t tenant.ID, topic string) (seq int64, err error) {
	err = l.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		seq = 0
		last, err := v.Notifications(ctx, topic, -1, 1)
		for _, n := range last {
			seq = n.Seq
		}
		return err
	})
	return seq, err
}

// ReplayLimit is how many notifications a socket gets at once; a client that missed more reads them through the API.
const ReplayLimit = 500
