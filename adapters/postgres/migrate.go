package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings everything that tenants share up to date: roles and schemas if the login may make them, the platform's
// tables, the queue's, and what a new tenant gets. It makes the database too, if that is what is missing and the login
// may. Existing tenants follow with MigrateFleet. It may run again, and from several processes at once.
func Migrate(ctx context.Context, ownerURL string) error {
	if err := ensureDatabase(ctx, ownerURL); err != nil {
		return err
	}
	return locked(ctx, ownerURL, func(conn *pgx.Conn) error {
		if err := prepareUnlessOwner(ctx, conn); err != nil {
			return err
		}
		pool, err := ownerPool(ctx, ownerURL, 4)
		if err != nil {
			return err
		}
		defer pool.Close()
		if err := migratePlatform(ctx, pool); err != nil {
			return err
		}
		if err := migrateQueue(ctx, pool); err != nil {
			return err
		}
		return storeBaseline(ctx, pool, nil)
	})
}

func ensureDatabase(ctx context.Context, ownerURL string) error {
	conn, err := connect(ctx, ownerURL)
	if err == nil {
		return conn.Close(ctx)
	}
	if p := (*pgconn.PgError)(nil); !errors.As(err, &p) || p.Code != noSuchDatabase {
		return err
	}
	config, parseErr := pgx.ParseConfig(ownerURL)
	maintenance, addressErr := withDatabase(ownerURL, "postgres")
	if parseErr != nil || addressErr != nil {
		return err
	}
	return locked(ctx, maintenance, func(admin *pgx.Conn) error { return createDatabase(ctx, admin, config.Database) })
}

// prepareUnlessOwner makes roles and schemas, unless the login is the owner itself, who finds them made.
func prepareUnlessOwner(ctx context.Context, conn *pgx.Conn) error {
	var user string
	if err := conn.QueryRow(ctx, `select current_user`).Scan(&user); err != nil || user == ownerRole {
		return err
	}
	return prepare(ctx, conn)
}

// ownerPool connects as the owner, whoever logs in: what is made belongs to it.
func ownerPool(ctx context.Context, ownerURL string, size int) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(ownerURL)
	if err != nil {
		return nil, errAddress
	}
	config.MaxConns = int32(min(size, 100))
	config.ConnConfig.RuntimeParams["application_name"] = "halum-migrate"
	config.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, `select set_config('role', $1, false), set_config('search_path', 'platform', false)`, ownerRole)
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	return pool, fault(err, "connect")
}

func migratePlatform(ctx context.Context, pool *pgxpool.Pool) error {
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close() //nolint:errcheck // the pool is closed after it
	return runGoose(ctx, db)
}

func runGoose(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations/platform")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithTableName("platform.schema_versions"),
		goose.WithDisableGlobalRegistry(true), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return fmt.Errorf("platform migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("platform migrations: %w", err)
	}
	return nil
}

func migrateQueue(ctx context.Context, pool *pgxpool.Pool) error {
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: queueSchema, Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		return fmt.Errorf("queue migrations: %w", err)
	}
	for _, s := range []string{
		`grant usage on schema river to halum_app`,
		`grant select, insert, update, delete on all tables in schema river to halum_app`,
		`grant usage, select on all sequences in schema river to halum_app`,
	} {
		if _, err := pool.Exec(ctx, s); err != nil {
			return fmt.Errorf("queue rights: %w", err)
		}
	}
	return nil
}

// step is one file of the tenant migrations.
type step struct {
	version int64
	name    string
	sql     string
}

// tenantSteps reads the tenant migrations in order. Their names begin with their version: 00002_reviews.sql. nil means
// our own.
func tenantSteps(files fs.FS) ([]step, error) {
	if files == nil {
		var err error
		if files, err = fs.Sub(migrations, "migrations/tenant"); err != nil {
			return nil, err
		}
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	var steps []step
	for i, name := range names { // Glob sorts
		number, _, _ := strings.Cut(path.Base(name), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil || version != int64(i+1) {
			return nil, fmt.Errorf("tenant migration %s: versions must be 1, 2, 3 … without a gap", name)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step{version, name, string(text)})
	}
	if len(steps) == 0 {
		return nil, errors.New("there are no tenant migrations")
	}
	return steps, nil
}

// storeBaseline writes down what a new tenant gets: all steps as one text. It waits for tenants that are being made.
func storeBaseline(ctx context.Context, pool *pgxpool.Pool, files fs.FS) error {
	steps, err := tenantSteps(files)
	if err != nil {
		return err
	}
	var all strings.Builder
	for _, s := range steps {
		all.WriteString(s.sql + "\n")
	}
	_, err = pool.Exec(ctx, `insert into platform.tenant_baseline as b (version, sql) values ($1, $2)
		on conflict (only_row) do update set version = excluded.version, sql = excluded.sql
		where b.version <= excluded.version and (b.version, b.sql) is distinct from (excluded.version, excluded.sql)`,
		steps[len(steps)-1].version, all.String())
	return fault(err, "store the tenant baseline")
}

// MigrationText returns all migrations as one text. Two programs with equal text need equal tables.
func MigrationText() string {
	var all strings.Builder
	_ = fs.WalkDir(migrations, ".", func(name string, d fs.DirEntry, err error) error { // an embedded tree always reads
		if err == nil && !d.IsDir() {
			text, _ := migrations.ReadFile(name)
			all.Write(text)
		}
		return err
	})
	return all.String()
}
