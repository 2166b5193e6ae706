package postgres_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// ours is the version of our own migrations.
func ours(t *testing.T) int64 {
	t.Helper()
	all, err := os.ReadDir("migrations/tenant")
	require.NoError(t, err)
	return int64(len(all))
}

// withSteps is our own migrations followed by made-up ones, named without their numbers.
func withSteps(t *testing.T, steps ...step) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	all, err := os.ReadDir("migrations/tenant")
	require.NoError(t, err)
	for _, f := range all {
		text, err := os.ReadFile("migrations/tenant/" + f.Name())
		require.NoError(t, err)
		files[f.Name()] = &fstest.MapFile{Data: text}
	}
	for i, s := range steps {
		files[fmt.Sprintf("%05d_%s.sql", len(all)+i+1+s.skip, s.name)] = &fstest.MapFile{Data: []byte(s.text)}
	}
	return files
}

type step struct {
	name, text string
	skip       int // numbers left out before it
}

// fleetOf is a database of its own with n tenants, and its owner's connection.
func fleetOf(t *testing.T, n int) (postgres.URLs, *postgres.DB, []tenant.Tenant, *pgx.Conn) {
	t.Helper()
	urls := pgtest.OwnDatabase(t)
	require.NoError(t, postgres.Migrate(t.Context(), urls.Owner))
	db, err := postgres.Open(t.Context(), urls.App, postgres.Options{})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	shops := make([]tenant.Tenant, n)
	for i := range shops {
		shops[i] = pgtest.Tenant(t, db)
	}
	owner, err := pgx.Connect(t.Context(), urls.Owner)
	require.NoError(t, err)
	t.Cleanup(func() { _ = owner.Close(context.Background()) })
	return urls, db, shops, owner
}

func versions(t *testing.T, owner *pgx.Conn) (all []int64) {
	t.Helper()
	rows, err := owner.Query(t.Context(), `select version from platform.tenant_versions order by tenant_id`)
	require.NoError(t, err)
	all, err = pgx.CollectRows(rows, pgx.RowTo[int64])
	require.NoError(t, err)
	return all
}

func TestFleetMigration(t *testing.T) {
	t.Parallel()
	urls, db, shops, owner := fleetOf(t, 5)
	report, err := postgres.MigrateFleet(t.Context(), urls.Owner, postgres.FleetOptions{})
	require.NoError(t, err)
	require.Equal(t, 5, report.Skipped)
	require.Empty(t, report.Results)

	n := ours(t)
	steps := withSteps(t, step{name: "postcards", text: `create table postcards (id text primary key); insert into postcards values ('first');`},
		step{name: "rating", text: `alter table postcards add column rating integer not null default 5;`})
	var order []tenant.ID
	report, err = postgres.MigrateFleet(t.Context(), urls.Owner, postgres.FleetOptions{
		Workers: 2, Migrations: steps, Canaries: []tenant.ID{shops[3].ID}, Progress: func(r postgres.TenantResult) { order = append(order, r.Tenant) },
	})
	require.NoError(t, err)
	require.Equal(t, n+2, report.Version)
	require.Len(t, report.Results, 5)
	require.Equal(t, shops[3].ID, order[0], "the canary goes first")
	require.Equal(t, postgres.TenantResult{Tenant: shops[3].ID, From: n, To: n + 2, Attempts: 1, Took: report.Results[0].Took}, report.Results[0])
	require.Equal(t, []int64{n + 2, n + 2, n + 2, n + 2, n + 2}, versions(t, owner))

	// The app goes on on its open connections, and a tenant made now has it all and the rights to it.
	for _, shop := range append(shops, pgtest.Tenant(t, db)) {
		require.NoError(t, db.View(t.Context(), shop.ID, func(ctx context.Context, v ports.View) error { _, err := v.Categories(ctx); return err }))
		var may bool
		require.NoError(t, owner.QueryRow(t.Context(), `select has_table_privilege($1::name, $1::text || '.postcards', 'insert')`, shop.Schema).Scan(&may))
		require.True(t, may)
	}
	require.Len(t, versions(t, owner), 6)
	report, err = postgres.MigrateFleet(t.Context(), urls.Owner, postgres.FleetOptions{Migrations: steps})
	require.NoError(t, err)
	require.Equal(t, 6, report.Skipped)
}

func TestFleetStopsAtACanary(t *testing.T) {
	t.Parallel()
	urls, _, shops, owner := fleetOf(t, 3)
	broken := withSteps(t, step{name: "broken", text: `create table postcards (id text); alter table no_such_table add column x int;`})
	_, err := postgres.MigrateFleet(t.Context(), urls.Owner, postgres.FleetOptions{Migrations: broken, Canaries: []tenant.ID{shops[1].ID}})
	require.ErrorIs(t, err, postgres.ErrCanary)
	require.ErrorContains(t, err, "_broken.sql")
	require.Equal(t, []int64{ours(t), ours(t), ours(t)}, versions(t, owner))
	var left bool
	require.NoError(t, owner.QueryRow(t.Context(), `select to_regclass($1 || '.postcards') is not null`, shops[1].Schema).Scan(&left))
	require.False(t, left)
}

func TestFleetGoesOnAfterFailures(t *testing.T) {
	t.Parallel()
	urls, _, shops, owner := fleetOf(t, 4)
	require.NoError(t, pgtest.Exec(t, urls.Owner, `create table `+shops[2].Schema+`.postcards (id text)`))
	steps := withSteps(t, step{name: "postcards", text: `create table postcards (id text primary key)`})
	report, err := postgres.MigrateFleet(t.Context(), urls.Owner, postgres.FleetOptions{Migrations: steps})
	require.ErrorContains(t, err, "1 of 4 tenants")
	require.Len(t, report.Failed(), 1)
	require.Equal(t, shops[2].ID, report.Failed()[0].Tenant)
	require.ElementsMatch(t, []int64{ours(t) + 1, ours(t) + 1, ours(t), ours(t) + 1}, versions(t, owner))
	require.NoError(t, pgtest.Exec(t, urls.Owner, `drop table `+shops[2].Schema+`.postcards`))
	report, err = postgres.MigrateFleet(t.Context(), urls.Owner, postgres.FleetOptions{Migrations: steps})
	require.NoError(t, err)
	require.Len(t, report.Results, 1, "only what was missing")
}

func TestFleetWaitsForLocks(t *testing.T) {
	t.Parallel()
	urls, _, shops, owner := fleetOf(t, 1)
	tx, err := owner.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `select 1 from `+shops[0].Schema+`.orders`)
	require.NoError(t, err)
	var done sync.WaitGroup
	done.Go(func() {
		time.Sleep(2500 * time.Millisecond)
		_ = tx.Rollback(context.Background())
	})
	steps := withSteps(t, step{name: "gift", text: `alter table orders add column gift boolean not null default false`})
	report, err := postgres.MigrateFleet(t.Context(), urls.Owner, postgres.FleetOptions{Migrations: steps})
	done.Wait()
	require.NoError(t, err)
	require.Greater(t, report.Results[0].Attempts, 1)
	require.Equal(t, []int64{ours(t) + 1}, versions(t, owner))
}

func TestFleetRefusesGaps(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]fs.FS{
		"gap":     withSteps(t, step{name: "x", text: "select 1", skip: 1}),
		"no name": fstest.MapFS{"postcards.sql": {Data: []byte("select 1")}},
		"nothing": fstest.MapFS{},
	} {
		_, err := postgres.MigrateFleet(t.Context(), "postgres://nowhere.invalid/x", postgres.FleetOptions{Migrations: files})
		require.ErrorContains(t, err, "tenant migration", name)
	}
}
