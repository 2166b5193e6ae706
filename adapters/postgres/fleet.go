package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/halum-hut/halum/core/tenant"
)

// FleetOptions says how the tenants are migrated. Zero values mean the defaults.
type FleetOptions struct {
	Workers    int                // tenants at a time: 8
	Canaries   []tenant.ID        // go first, one by one; if one fails, no other is touched
	Migrations fs.FS              // nil: our own
	Progress   func(TenantResult) // called after each tenant, one at a time; may be nil
}

// TenantResult says what became of one tenant.
type TenantResult struct {
	Tenant   tenant.ID
	From, To int64 // versions; equal when there was nothing to do
	Attempts int   // more than one when a lock could not be had at once
	Took     time.Duration
	Err      error
}

// FleetReport lists the tenants that were behind. Skipped counts those that were not.
type FleetReport struct {
	Version int64
	Skipped int
	Results []TenantResult
}

// Failed returns the results that have an error.
func (r FleetReport) Failed() []TenantResult {
	return slices.DeleteFunc(slices.Clone(r.Results), func(t TenantResult) bool { return t.Err == nil })
}

const (
	fleetWorkers  = 8
	fleetAttempts = 6
	lockTimeout   = "2s"
)

// ErrCanary says that a canary failed and the fleet was left alone.
var ErrCanary = errors.New("a canary tenant could not be migrated: the others were left as they are")

// MigrateFleet brings every tenant to the newest version, each in a transaction of its own, and stores what new tenants
// get. It may be stopped and run again: done tenants are skipped by their row in platform.tenant_versions. A tenant that
// fails does not stop the others; the error then says how many did.
func MigrateFleet(ctx context.Context, ownerURL string, o FleetOptions) (FleetReport, error) {
	if o.Workers < 1 {
		o.Workers = fleetWorkers
	}
	steps, err := tenantSteps(o.Migrations)
	if err != nil {
		return FleetReport{}, err
	}
	pool, err := ownerPool(ctx, ownerURL, o.Workers+1)
	if err != nil {
		return FleetReport{}, err
	}
	defer pool.Close()
	if err := storeBaseline(ctx, pool, o.Migrations); err != nil {
		return FleetReport{}, err
	}
	f := &fleet{pool: pool, steps: steps, o: o}
	f.report.Version = steps[len(steps)-1].version
	behind, err := f.behind(ctx)
	if err != nil {
		return f.report, err
	}
	for i, id := range behind {
		if !slices.Contains(o.Canaries, id) {
			continue
		}
		if r := f.migrate(ctx, id); r.Err != nil {
			return f.report, fmt.Errorf("%w: %s: %w", ErrCanary, id, r.Err)
		}
		behind[i] = ""
	}
	f.all(ctx, slices.DeleteFunc(behind, func(id tenant.ID) bool { return id == "" }))
	if n := len(f.report.Failed()); n > 0 {
		return f.report, fmt.Errorf("%d of %d tenants could not be migrated: %w", n, len(f.report.Results), f.report.Failed()[0].Err)
	}
	return f.report, ctx.Err()
}

type fleet struct {
	pool   *pgxpool.Pool
	steps  []step
	o      FleetOptions
	mu     sync.Mutex
	report FleetReport
}

// behind lists the tenants below the newest version, the oldest tenants first.
func (f *fleet) behind(ctx context.Context) ([]tenant.ID, error) {
	rows, err := f.pool.Query(ctx, `select tenant_id from platform.tenant_versions where version < $1 order by tenant_id`, f.report.Version)
	if err != nil {
		return nil, fault(err, "list tenants")
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[tenant.ID])
	if err != nil {
		return nil, fault(err, "list tenants")
	}
	var all int
	err = f.pool.QueryRow(ctx, `select count(*) from platform.tenant_versions`).Scan(&all)
	f.report.Skipped = all - len(ids)
	return ids, fault(err, "list tenants")
}

func (f *fleet) all(ctx context.Context, ids []tenant.ID) {
	queue := make(chan tenant.ID)
	var workers sync.WaitGroup
	for range min(f.o.Workers, len(ids)) {
		workers.Go(func() {
			for id := range queue {
				f.migrate(ctx, id)
			}
		})
	}
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		queue <- id
	}
	close(queue)
	workers.Wait()
}

// migrate tries one tenant until its locks can be had.
func (f *fleet) migrate(ctx context.Context, id tenant.ID) (r TenantResult) {
	began := time.Now()
	r.Tenant = id
	for r.Attempts = 1; ; r.Attempts++ {
		if r.From, r.To, r.Err = f.attempt(ctx, id); r.Err == nil || r.Attempts == fleetAttempts || !lockTrouble(r.Err) {
			break
		}
		pause := time.Duration(r.Attempts) * (100*time.Millisecond + time.Duration(rand.Int64N(int64(200*time.Millisecond))))
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	r.Took = time.Since(began)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.report.Results = append(f.report.Results, r)
	if f.o.Progress != nil {
		f.o.Progress(r)
	}
	return r
}

// attempt runs a tenant's missing steps in one transaction. The row of its version is locked, so that two runs of the
// fleet do not meet in one tenant.
func (f *fleet) attempt(ctx context.Context, id tenant.ID) (from, to int64, err error) {
	schema := tenant.SchemaFor(id)
	if err := tenant.CheckSchema(schema); err != nil {
		return 0, 0, err
	}
	err = pgx.BeginFunc(ctx, f.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select set_config('lock_timeout', $1, true), set_config('search_path', $2, true)`, lockTimeout, schema); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `select version from platform.tenant_versions where tenant_id = $1 for update`, id).Scan(&from); err != nil {
			return err
		}
		to = from
		for _, s := range f.steps {
			if s.version <= from {
				continue
			}
			if _, err := tx.Exec(ctx, s.sql, pgx.QueryExecModeSimpleProtocol); err != nil { // a file holds many statements and no values
				return fmt.Errorf("%s: %w", s.name, err)
			}
			to = s.version
		}
		if to == from {
			return nil
		}
		if _, err := tx.Exec(ctx, `select platform.grant_tenant($1)`, schema); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update platform.tenant_versions set version = $2, migrated_at = now() where tenant_id = $1`, id, to)
		return err
	})
	if err != nil {
		return from, from, err
	}
	return from, to, nil
}

func lockTrouble(err error) bool {
	p := (*pgconn.PgError)(nil)
	return errors.As(err, &p) && (p.Code == lockNotAvailable || p.Code == deadlockDetected)
}
