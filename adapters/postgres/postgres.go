// Package postgres keeps all data in Postgres: the platform's in the schema "platform", every tenant's in a schema of
// its own that only the tenant's role may read.
//
// It owns transactions, SQL, the migrations and the mapping between rows and entities. It refuses to let a statement
// run without a tenant: the login's search path is an empty schema, and inside a transaction there is exactly one.
// Read transaction.go first, then session.go; one file per domain follows. Ordinary rows are mapped by GORM, the hot
// paths are SQL by hand in which the number of statements never depends on the number of lines.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	gormpg "gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Options says how the database is used. Zero values mean the defaults.
type Options struct {
	MaxConns         int             // connections of this process: 16
	StatementTimeout time.Duration   // of every statement of a tenant: 10 s
	BaseDomain       string          // below which shops live by slug; a port is ignored
	Routes           ports.Routes    // which reactions follow an event; nil means none
	Logger           *slog.Logger    // slog.Default()
	Tracer           pgx.QueryTracer // sees every statement, such as a StatementCounter; nil for none
	Now              func() time.Time
}

func (o Options) withDefaults() Options {
	if o.MaxConns < 1 {
		o.MaxConns = 16
	}
	if o.StatementTimeout <= 0 {
		o.StatementTimeout = 10 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.BaseDomain = tenant.NormalHost(o.BaseDomain)
	return o
}

// DB is one process's access to the database. It is safe for concurrent use. Make it with Open, end it with Close.
type DB struct {
	pool  *pgxpool.Pool
	sql   *sql.DB // on top of pool, for GORM
	gorm  *gorm.DB
	river *river.Client[pgx.Tx] // inserts only
	o     Options
}

// ErrNotMigrated says that the database is there and its tables are not.
var ErrNotMigrated = errors.New("the database has no tables yet: run `halum migrate`")

// Open connects as the app. Errors: ports.ErrDatabase when the server does not answer, ErrNotMigrated.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	o = o.withDefaults()
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errAddress
	}
	config.MaxConns = int32(min(o.MaxConns, 10_000))
	config.MaxConnIdleTime = 5 * time.Minute
	config.ConnConfig.Tracer = o.Tracer
	config.ConnConfig.RuntimeParams["application_name"] = "halum"
	config.AfterConnect = timesInUTC
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fault(err, "connect")
	}
	d := &DB{pool: pool, sql: stdlib.OpenDBFromPool(pool), o: o}
	if err := d.init(ctx); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *DB) init(ctx context.Context) (err error) {
	var migrated bool
	if err = d.pool.QueryRow(ctx, `select to_regclass('platform.tenant_baseline') is not null`).Scan(&migrated); err != nil {
		return fault(err, "look for the tables")
	}
	if !migrated {
		return ErrNotMigrated
	}
	d.gorm, err = gorm.Open(gormpg.New(gormpg.Config{Conn: d.sql}), &gorm.Config{
		SkipDefaultTransaction: true, QueryFields: true, DisableAutomaticPing: true, Logger: logger.Discard,
		NowFunc: d.o.Now,
	})
	if err != nil {
		return fmt.Errorf("start the mapper: %w", err)
	}
	// Without workers, the cooldown only says how often jobs are announced: an announcement that is left out costs a
	// waiting shopper up to a second.
	d.river, err = river.NewClient(riverpgxv5.New(d.pool), &river.Config{
		Schema: queueSchema, Logger: slog.New(slog.DiscardHandler), FetchCooldown: river.FetchCooldownMin,
	})
	if err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	return nil
}

// timesInUTC makes every time come back in UTC. It changes nothing in the session.
func timesInUTC(_ context.Context, c *pgx.Conn) error {
	c.TypeMap().RegisterType(&pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC}})
	return nil
}

// Ping asks the server for a sign of life. Errors: ports.ErrDatabase, ports.ErrTimeout.
func (d *DB) Ping(ctx context.Context) error { return fault(d.pool.Ping(ctx), "ping") }

// Stat tells how the connections are used, for metrics.
func (d *DB) Stat() *pgxpool.Stat { return d.pool.Stat() }

// Close waits for running transactions and disconnects.
func (d *DB) Close() {
	_ = d.sql.Close()
	d.pool.Close()
}

var (
	_ ports.Store         = (*DB)(nil)
	_ ports.Registry      = (*DB)(nil)
	_ ports.Provisioner   = (*DB)(nil)
	_ ports.Staff         = (*DB)(nil)
	_ ports.StaffSessions = (*DB)(nil)
	_ ports.SigningKeys   = (*DB)(nil)
	_ ports.Tx            = (*session)(nil)
)
