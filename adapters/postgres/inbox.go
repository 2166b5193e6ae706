package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/event"
	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/ports"
)

const (
	keepEvents = `insert into provider_events (id, plugin, mode, event_id, kind, event, raw, status, note, received_at, updated_at)
		select e.id, $1, $2, e.event_id, e.kind, e.event, $3, 'received', '', $4, $4
		from unnest($5::text[], $6::text[], $7::text[], $8::jsonb[]) as e (id, event_id, kind, event)
		on conflict (plugin, mode, event_id) do nothing returning id`

	selectInboxEvent = `select id, plugin, event, raw, received_at, status, note from provider_events where id = $1`

	markEvent = `update provider_events set status = $2, note = $3, updated_at = $4 where id = $1`
)

var errNoProviderEvent = corefault.New(corefault.NotFound, "provider_event_not_found", "there is no such event of a provider")

// KeepEvents implements ports.InboxTx. All events come from one request.
func (s *session) KeepEvents(ctx context.Context, events []ports.InboxEvent) ([]ports.InboxEvent, error) {
	if len(events) == 0 {
		return nil, nil
	}
	var ids, eventIDs, kinds, encoded []string
	for _, e := range events {
		b, err := json.Marshal(e.Event)
		if err != nil {
			return nil, corefault.Wrap(err, "encode an event of a provider")
		}
		ids, eventIDs, kinds, encoded = append(ids, string(e.ID)), append(eventIDs, e.Event.ID), append(kinds, e.Event.Type), append(encoded, string(b))
	}
	first := events[0]
	rows, err := s.db.Query(ctx, keepEvents, first.Plugin, first.Event.Mode, first.Raw, first.ReceivedAt, ids, eventIDs, kinds, encoded)
	if err != nil {
		return nil, fault(err, "keep events of a provider")
	}
	kept, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fault(err, "keep events of a provider")
	}
	var fresh []ports.InboxEvent
	for _, e := range events {
		for _, id := range kept {
			if string(e.ID) == id {
				fresh = append(fresh, e)
			}
		}
	}
	return fresh, nil
}

// InboxEvent implements ports.InboxTx.
func (s *session) InboxEvent(ctx context.Context, id event.ID) (e ports.InboxEvent, err error) {
	err = s.db.QueryRow(ctx, selectInboxEvent+s.forUpdate("provider_events"), id).Scan(&e.ID, &e.Plugin, &e.Event, &e.Raw, &e.ReceivedAt, &e.Status, &e.Note)
	return e, orMissing(err, errNoProviderEvent, "read an event of a provider")
}

// MarkEvent implements ports.InboxTx.
func (s *session) MarkEvent(ctx context.Context, id event.ID, status ports.InboxStatus, note string, at time.Time) error {
	_, err := s.db.Exec(ctx, markEvent, id, status, note, at)
	return fault(err, "mark an event of a provider")
}
