package postgres

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

const (
	maxRuns   = 4
	endWithin = 5 * time.Second // commit and rollback do not depend on the caller's time

	beginView   = "begin isolation level repeatable read read only"
	beginUpdate = "begin isolation level read committed read write"

	// preamble binds the transaction to one tenant. It is local to the transaction, so that nothing is left on the
	// connection, and every value is bound: no identifier is ever pasted into SQL. The last setting keeps Postgres from
	// planning our statements anew at each run, which takes several times as long as running them.
	preamble = `select set_config('search_path', $1, true), set_config('role', $2, true), set_config('statement_timeout', $3, true), set_config('app.tenant_id', $4, true),
		set_config('plan_cache_mode', 'force_generic_plan', true)`
)

// View implements ports.Store.
func (d *DB) View(ctx context.Context, t tenant.ID, fn func(context.Context, ports.View) error) error {
	return d.repeat(ctx, func() error {
		return d.once(ctx, t, beginView, func(s *session) error { return fn(ctx, s) })
	})
}

// Update implements ports.Store.
func (d *DB) Update(ctx context.Context, t tenant.ID, fn func(context.Context, ports.Tx) error) error {
	return d.repeat(ctx, func() error {
		return d.once(ctx, t, beginUpdate, func(s *session) error {
			s.locks = true
			if err := fn(ctx, s); err != nil {
				return err
			}
			return s.flush(ctx)
		})
	})
}

// repeat runs a unit of work again where that can help. A connection that was found dead before the unit began has
// done nothing yet: the others are then as old, and are dropped.
func (d *DB) repeat(ctx context.Context, run func() error) error {
	for n := 1; ; n++ {
		err := run()
		dead := errors.Is(err, errNotBegun)
		if n == maxRuns || ctx.Err() != nil || !dead && !mayRunAgain(err) && !errors.Is(err, errOldRights) {
			return err
		}
		if dead {
			d.pool.Reset()
		}
		pause := time.Duration(rand.Int64N(int64(n) * int64(5*time.Millisecond)))
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// errNotBegun marks a failure of the connection before the transaction began.
var errNotBegun = errors.New("the connection was gone before the transaction began")

// errOldRights marks a connection that may not become the tenant. A backend keeps the list of roles that it may become,
// and forgets it when somebody is granted another one; but a grant that arrives while it makes the list is forgotten
// itself (roles_is_member_of in Postgres' acl.c), and the list stays wrong until the next grant. A backend of its own
// makes a new one.
var errOldRights = errors.New("the connection may not become this tenant")

// once runs fn in one transaction of a tenant. However fn ends, the connection goes back to the pool clean or not at all.
func (d *DB) once(ctx context.Context, t tenant.ID, begin string, fn func(*session) error) (err error) {
	schema := tenant.SchemaFor(t)
	if tenant.CheckSchema(schema) != nil {
		return tenant.ErrUnknownHost
	}
	conn, err := d.sql.Conn(ctx)
	if err != nil {
		return fault(err, "get a connection")
	}
	defer conn.Close() //nolint:errcheck // the pool destroys a connection that is closed or still in a transaction
	pg, err := driverConn(conn)
	if err != nil {
		return err
	}
	s := &session{db: pg, conn: conn, d: d, tenant: t}
	committed := false
	defer func() {
		s.db = finished{}
		if !committed {
			abandon(ctx, pg)
		}
	}()
	if err := d.enter(ctx, pg, begin, schema, t); err != nil {
		return err
	}
	if err := fn(s); err != nil {
		return err
	}
	committed = true // whatever becomes of it, there is nothing left to roll back
	return commit(ctx, pg)
}

// enter begins and binds the transaction in one round trip, and looks at what the server made of it.
func (d *DB) enter(ctx context.Context, pg *pgx.Conn, begin, schema string, t tenant.ID) error {
	var b pgx.Batch
	b.Queue(begin)
	timeout := strconv.FormatInt(d.o.StatementTimeout.Milliseconds(), 10) + "ms"
	b.Queue(preamble, schema, schema, timeout, string(t))
	results := pg.SendBatch(ctx, &b)
	_, err := results.Exec()
	var path, role, id, skip string
	if err == nil {
		err = results.QueryRow().Scan(&path, &role, &skip, &id, &skip)
	}
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	p := (*pgconn.PgError)(nil)
	switch {
	case errors.As(err, &p) && p.Code == invalidParameter:
		return tenant.ErrUnknownHost.With(err) // no such role
	case p != nil && p.Code == insufficientRight:
		discard(ctx, pg)
		return tenant.ErrUnknownHost.With(errors.Join(errOldRights, err)) // or the role is not a tenant's
	case err != nil && ctx.Err() == nil && (disconnected(err) || p != nil && serverAway(p.Code)):
		return ports.ErrDatabase.With(errors.Join(errNotBegun, err))
	case err != nil:
		return fault(err, "begin")
	case path != schema || role != schema || id != string(t):
		return corefault.New(corefault.Internal, "tenant_not_set", "the server did not bind the transaction to its tenant")
	}
	return nil
}

// commit ends the transaction for good. It does not stop when the caller gives up, so that the outcome is known.
func commit(ctx context.Context, pg *pgx.Conn) error {
	if err := ctx.Err(); err != nil {
		abandon(ctx, pg)
		return fault(err, "commit")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	tag, err := pg.Exec(ctx, "commit")
	if err != nil {
		discard(ctx, pg)
		return fault(err, "commit")
	}
	if tag.String() != "COMMIT" {
		return corefault.New(corefault.Internal, "not_committed", "a statement had failed and its error was ignored: nothing was stored")
	}
	return nil
}

// abandon rolls back; a connection on which even this fails is closed, and the pool forgets it.
func abandon(ctx context.Context, pg *pgx.Conn) {
	if pg.IsClosed() || pg.PgConn().TxStatus() == 'I' && !pg.PgConn().IsBusy() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	if _, err := pg.Exec(ctx, "rollback"); err != nil {
		discard(ctx, pg)
	}
}

func discard(ctx context.Context, pg *pgx.Conn) { _ = pg.Close(ctx) }

// driverConn returns the driver's connection below conn. It may be used as long as conn is not closed.
func driverConn(conn *sql.Conn) (pg *pgx.Conn, err error) {
	err = conn.Raw(func(raw any) error {
		c, ok := raw.(*stdlib.Conn)
		if !ok {
			return errors.New("the connection is of another driver")
		}
		pg = c.Conn()
		return nil
	})
	return pg, fault(err, "get a connection")
}
