package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// routes follow two kinds of event.
func routes(kind string) []event.Reaction {
	switch kind {
	case order.KindConfirmed:
		return []event.Reaction{{Name: "notify"}, {Name: "mail", Delay: time.Hour}}
	case order.KindPaid:
		return []event.Reaction{{Name: "notify"}}
	}
	return nil
}

var confirmed = order.ConfirmedFact{Order: "ord_1", Number: 1001}

type job struct {
	Event, Reaction, State, Queue string
	Attempts                      int
	Due                           time.Time
}

func jobsOf(t *testing.T, of tenant.Tenant) []job {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pgtest.URLs(t).App)
	require.NoError(t, err)
	defer conn.Close(context.Background()) //nolint:errcheck // nothing is pending
	rows, err := conn.Query(t.Context(), `select args->>'event', args->>'reaction', state::text, queue, max_attempts, scheduled_at
		from river.river_job where kind = 'reaction' and args->>'tenant' = $1 order by id`, of.ID)
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[job])
	require.NoError(t, err)
	return all
}

func TestFactsAndJobsAreStoredAtCommit(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, func(o *postgres.Options) { o.Routes = routes })
	shop := pgtest.Tenant(t, db)
	fact := confirmed
	for range 3 { // the connection's settings must be right again each time
		update(t, db, shop, func(_ context.Context, tx ports.Tx) error {
			tx.Emit("cus_1", fact, order.UnfitFact{Order: "ord_1"})
			tx.Emit("system", order.PaidFact{Order: "ord_1"})
			return nil
		})
	}
	jobs := jobsOf(t, shop)
	require.Len(t, jobs, 9)
	require.Equal(t, []string{"notify", "mail", "notify"}, []string{jobs[0].Reaction, jobs[1].Reaction, jobs[2].Reaction})
	require.Equal(t, job{Event: jobs[0].Event, Reaction: "mail", State: "scheduled", Queue: "default", Attempts: 10, Due: jobs[1].Due}, jobs[1])
	require.WithinDuration(t, time.Now().Add(time.Hour), jobs[1].Due, time.Minute)
	require.Equal(t, "available", jobs[0].State)
	view(t, db, shop, func(ctx context.Context, v ports.View) error {
		e, err := v.Event(ctx, event.ID(jobs[0].Event))
		require.NoError(t, err)
		require.Equal(t, order.KindConfirmed, e.Kind)
		require.Equal(t, "ord_1", e.Subject)
		require.Equal(t, "cus_1", e.Actor)
		require.EqualValues(t, 1, e.Seq)
		require.JSONEq(t, `{"order_id":"ord_1","number":1001,"total":{"amount":0,"currency":""}}`, string(e.Data))
		require.WithinDuration(t, time.Now(), e.At, time.Minute)
		return nil
	})
	err := db.Update(t.Context(), shop.ID, func(_ context.Context, tx ports.Tx) error {
		tx.Emit("cus_1", fact)
		return context.Canceled
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, jobsOf(t, shop), 9)
}

func TestStatementsDoNotGrowWithLines(t *testing.T) {
	t.Parallel()
	var count postgres.StatementCounter
	db := pgtest.New(t, func(o *postgres.Options) { o.Tracer, o.Routes = &count, routes })
	shop := pgtest.Tenant(t, db)
	cost := func(fn func(context.Context, ports.Tx) error) (statements, trips int64) {
		for range 2 { // the first run also prepares
			count.Statements.Store(0)
			count.RoundTrips.Store(0)
			update(t, db, shop, fn)
		}
		return count.Statements.Load(), count.RoundTrips.Load()
	}
	empty, emptyTrips := cost(func(context.Context, ports.Tx) error { return nil })
	require.EqualValues(t, 3, empty, "begin, the tenant's settings, commit")
	require.EqualValues(t, 2, emptyTrips)
	saved := map[int]int64{}
	for _, n := range []int{1, 200} {
		saved[n], _ = cost(func(ctx context.Context, tx ports.Tx) error { return tx.SaveProducts(ctx, manyProducts(0, 0)) })
		products := manyProducts(n, 5)
		for i := range products {
			products[i].Slug += string(rune('a' + n%26))
		}
		saved[n], _ = cost(func(ctx context.Context, tx ports.Tx) error { return tx.SaveProducts(ctx, products) })
	}
	require.Equal(t, saved[1], saved[200])
	emitted, _ := cost(func(_ context.Context, tx ports.Tx) error {
		for range 50 {
			tx.Emit("system", order.ConfirmedFact{Order: "ord_1"})
		}
		return nil
	})
	t.Logf("empty %d, save products %d, emit 50 facts %d", empty, saved[1], emitted)
	require.LessOrEqual(t, emitted-empty, int64(4), "events, the login's role, jobs, and one announcement")
}

func TestAChangedTableIsNoFailure(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, func(o *postgres.Options) { o.MaxConns = 1 })
	shop := pgtest.Tenant(t, db)
	read := func() error {
		return db.View(t.Context(), shop.ID, func(ctx context.Context, v ports.View) error {
			_, err := v.Categories(ctx)
			return err
		})
	}
	require.NoError(t, read())
	// The type of a result column changes under the prepared statement, as an expand-and-contract migration may do.
	require.NoError(t, pgtest.Exec(t, pgtest.URLs(t).Owner, `alter table `+shop.Schema+`.categories alter column name type varchar(500)`))
	require.NoError(t, read())
}

func TestAKilledConnectionIsNoFailure(t *testing.T) {
	t.Parallel()
	urls := pgtest.OwnDatabase(t)
	require.NoError(t, postgres.Migrate(t.Context(), urls.Owner))
	db, err := postgres.Open(t.Context(), urls.App, postgres.Options{MaxConns: 6})
	require.NoError(t, err)
	defer db.Close()
	shop := pgtest.Tenant(t, db)
	read := func(context.Context, ports.View) error { return nil }
	for range 5 {
		require.NoError(t, db.View(t.Context(), shop.ID, read))
		require.NoError(t, pgtest.Exec(t, pgtest.AdminURL(t), `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = 'halum_app'`,
			databaseOf(t, urls.App)))
		require.NoError(t, db.View(t.Context(), shop.ID, read))
	}
	err = db.Update(t.Context(), shop.ID, func(ctx context.Context, tx ports.Tx) error {
		require.NoError(t, pgtest.Exec(t, pgtest.AdminURL(t), `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = 'halum_app'`,
			databaseOf(t, urls.App)))
		return nil
	})
	require.ErrorIs(t, err, ports.ErrDatabase, "nobody knows what became of the commit")
}

func databaseOf(t *testing.T, address string) string {
	t.Helper()
	config, err := pgx.ParseConfig(address)
	require.NoError(t, err)
	return config.Database
}

func TestASlowStatementIsGivenUp(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, func(o *postgres.Options) { o.StatementTimeout = 100 * time.Millisecond })
	shop := pgtest.Tenant(t, db)
	basket := func(ctx context.Context, tx ports.Tx) error {
		_, _, err := tx.Claim(ctx, ports.Once{Key: "k", Scope: "s"})
		if err != nil {
			return err
		}
		_, err = tx.Notify(ctx, nil)
		return err
	}
	require.NoError(t, db.Update(t.Context(), shop.ID, basket))
	p := product("kurta", 5)
	saveProducts(t, db, shop, p)
	err := db.Update(t.Context(), shop.ID, func(ctx context.Context, tx ports.Tx) error {
		if err := tx.SaveProducts(ctx, manyProducts(1, 1)); err != nil {
			return err
		}
		return db.Update(ctx, shop.ID, func(ctx context.Context, other ports.Tx) error { return other.SaveProducts(ctx, manyProducts(1, 1)) })
	})
	require.ErrorIs(t, err, ports.ErrTimeout)
}
