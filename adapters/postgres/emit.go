package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/halum-hut/halum/core/event"
	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/ports"
)

const (
	queueSchema = "river"
	jobAttempts = 10

	insertEvents = `insert into events (id, kind, subject, actor, data, at)
		select e.id, e.kind, e.subject, e.actor, e.data::jsonb, $6
		from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) with ordinality as e (id, kind, subject, actor, data, n) order by e.n`

	// leaveTenant gives the rest of the transaction, which only inserts jobs, the login's own rights.
	leaveTenant = `select set_config('role', 'none', true), set_config('search_path', 'river', true)`
)

// Emit implements ports.Tx.
func (s *session) Emit(by string, facts ...event.Fact) {
	for _, f := range facts {
		s.facts = append(s.facts, emitted{by, f})
	}
}

// flush stores the emitted facts and their jobs, as the last step before the commit.
func (s *session) flush(ctx context.Context) error {
	if len(s.facts) == 0 {
		return nil
	}
	now := s.d.o.Now()
	n := len(s.facts)
	ids, kinds, subjects, actors, data := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	var jobs []river.InsertManyParams
	for i, e := range s.facts {
		payload, err := json.Marshal(e.fact)
		if err != nil {
			return corefault.Wrap(err, "encode an event")
		}
		ids[i], kinds[i], subjects[i], actors[i], data[i] = id.New("evt", now), e.fact.Kind(), e.fact.Subject(), e.by, string(payload)
		jobs = append(jobs, s.jobs(event.ID(ids[i]), kinds[i], now)...)
	}
	var b pgx.Batch
	b.Queue(insertEvents, ids, kinds, subjects, actors, data, now)
	if len(jobs) > 0 {
		b.Queue(leaveTenant)
	}
	if err := s.db.SendBatch(ctx, &b).Close(); err != nil {
		return fault(err, "store events")
	}
	if len(jobs) == 0 {
		return nil
	}
	pg, err := driverConn(s.conn)
	if err != nil {
		return err
	}
	_, err = s.d.river.InsertManyFastTx(ctx, openTx{open{pg}}, jobs)
	return fault(err, "queue reactions")
}

// jobs makes one job per reaction that follows a kind of event.
func (s *session) jobs(e event.ID, kind string, now time.Time) []river.InsertManyParams {
	if s.d.o.Routes == nil {
		return nil
	}
	var all []river.InsertManyParams
	for _, r := range s.d.o.Routes(kind) {
		o := &river.InsertOpts{Queue: river.QueueDefault, MaxAttempts: jobAttempts}
		if r.Delay > 0 {
			o.ScheduledAt = now.Add(r.Delay)
		}
		all = append(all, river.InsertManyParams{Args: ports.ReactionJob{Tenant: s.tenant, Event: e, Reaction: r.Name}, InsertOpts: o})
	}
	return all
}

// openTx shows the queue the transaction that is already open on a connection. It cannot end it.
type openTx struct{ open }

type open struct{ *pgx.Conn }

var errNotOurs = corefault.New(corefault.Internal, "foreign_transaction", "the queue may not begin or end the store's transaction")

func (openTx) Begin(context.Context) (pgx.Tx, error) { return nil, errNotOurs }
func (openTx) Commit(context.Context) error          { return errNotOurs }
func (openTx) Rollback(context.Context) error        { return errNotOurs }
func (openTx) LargeObjects() pgx.LargeObjects        { return pgx.LargeObjects{} }

// Conn implements pgx.Tx.
func (t openTx) Conn() *pgx.Conn { return t.open.Conn }
