package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/event"
	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/notification"
)

const (
	// notify counts up each topic's sequence by what is new in it. The counter's row stays locked until the commit, so
	// that sequence order is commit order and a rollback leaves no gap.
	notify = `with input as (
			select i.* from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::timestamptz[])
				with ordinality as i (topic, event_id, kind, order_id, order_number, title, body, at, n)
		), known as materialized (
			select k.topic, k.seq, k.event_id, k.kind, k.order_id, k.order_number, k.title, k.body, k.at
			from notifications k join input i on i.event_id = k.event_id and i.topic = k.topic
		), fresh as materialized (
			select i.*, row_number() over (partition by i.topic order by i.n) as place, count(*) over (partition by i.topic) as many
			from input i where not exists (select 1 from known k where k.event_id = i.event_id and k.topic = i.topic)
		), counted as (
			insert into notification_topics as t (topic, seq) select topic, count(*) from fresh group by topic order by topic
			on conflict (topic) do update set seq = t.seq + excluded.seq returning topic, seq
		), stored as (
			insert into notifications (topic, seq, event_id, kind, order_id, order_number, title, body, at)
			select f.topic, c.seq - f.many + f.place, f.event_id, f.kind, f.order_id, f.order_number, f.title, f.body, f.at
			from fresh f join counted c using (topic)
			returning topic, seq, event_id, kind, order_id, order_number, title, body, at
		)
		select a.topic, a.seq, a.event_id, a.kind, a.order_id, a.order_number, a.title, a.body, a.at
		from (select * from known union all select * from stored) a join input i on i.topic = a.topic and i.event_id = a.event_id order by i.n`

	selectNotifications = `select topic, seq, event_id, kind, order_id, order_number, title, body, at from notifications where topic = $1 `

	selectEvent = `select id, seq, kind, subject, actor, data, at from events where id = $1`
)

// Notify implements ports.NotificationTx.
func (s *session) Notify(ctx context.Context, all []notification.Notification) ([]notification.Notification, error) {
	if len(all) == 0 {
		return nil, nil
	}
	n := len(all)
	topics, events, kinds, orders := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	numbers, titles, bodies, times := make([]int64, n), make([]string, n), make([]string, n), make([]time.Time, n)
	for i, m := range all {
		topics[i], events[i], kinds[i], orders[i] = m.Topic, string(m.EventID), m.Kind, m.OrderID
		numbers[i], titles[i], bodies[i], times[i] = m.Order, m.Title, m.Body, m.At
	}
	return s.notifications(ctx, "store notifications", notify, topics, events, kinds, orders, numbers, titles, bodies, times)
}

// Notifications implements ports.NotificationView.
func (s *session) Notifications(ctx context.Context, topic string, after int64, limit int) ([]notification.Notification, error) {
	if after >= 0 {
		return s.notifications(ctx, "read notifications", selectNotifications+`and seq > $2 order by seq limit $3`, topic, after, limit)
	}
	return s.notifications(ctx, "read notifications",
		`select * from (`+selectNotifications+`order by seq desc limit $2) newest order by seq`, topic, limit)
}

func (s *session) notifications(ctx context.Context, doing, sql string, args ...any) ([]notification.Notification, error) {
	rows, err := s.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, fault(err, doing)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (n notification.Notification, err error) {
		return n, row.Scan(&n.Topic, &n.Seq, &n.EventID, &n.Kind, &n.OrderID, &n.Order, &n.Title, &n.Body, &n.At)
	})
	return all, fault(err, doing)
}

var errNoEvent = corefault.New(corefault.NotFound, "event_not_found", "there is no such event")

// Event implements ports.View.
func (s *session) Event(ctx context.Context, id event.ID) (e event.Envelope, err error) {
	err = s.db.QueryRow(ctx, selectEvent, id).Scan(&e.ID, &e.Seq, &e.Kind, &e.Subject, &e.Actor, &e.Data, &e.At)
	return e, orMissing(err, errNoEvent, "read an event")
}
