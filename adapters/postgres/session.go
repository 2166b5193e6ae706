package postgres

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/tenant"
)

// session is one transaction of one tenant: ports.View and ports.Tx. It is used by one goroutine and refuses everything
// after its end.
type session struct {
	db     querier
	conn   *sql.Conn
	mapper *gorm.DB // made when it is first needed
	d      *DB
	tenant tenant.ID
	locks  bool // reads of carts, orders, payments and sessions lock the row
	facts  []emitted
}

// emitted is a fact that waits for the commit.
type emitted struct {
	by   string
	fact event.Fact
}

// querier is what statements by hand need of a connection.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// gorm returns the mapper, bound to the connection of this transaction.
func (s *session) gorm(ctx context.Context) *gorm.DB {
	if _, ended := s.db.(finished); ended {
		db := s.d.gorm.WithContext(ctx)
		_ = db.AddError(errOutside)
		return db
	}
	if s.mapper == nil {
		s.mapper = s.d.gorm.Session(&gorm.Session{NewDB: true, Context: ctx})
		s.mapper.Statement.ConnPool = s.conn
	}
	return s.mapper.WithContext(ctx)
}

// forUpdate is the locking clause of the given table, or nothing in a View.
func (s *session) forUpdate(table string) string {
	if s.locks {
		return " for update of " + table
	}
	return ""
}

// finished is the connection of a transaction that has ended.
type finished struct{}

func (finished) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, errOutside
}
func (finished) Query(context.Context, string, ...any) (pgx.Rows, error) { return nil, errOutside }
func (finished) QueryRow(context.Context, string, ...any) pgx.Row        { return noRow{} }
func (finished) SendBatch(context.Context, *pgx.Batch) pgx.BatchResults  { return noResults{} }

type noRow struct{}

func (noRow) Scan(...any) error { return errOutside }

type noResults struct{}

func (noResults) Exec() (pgconn.CommandTag, error) { return pgconn.CommandTag{}, errOutside }
func (noResults) Query() (pgx.Rows, error)         { return nil, errOutside }
func (noResults) QueryRow() pgx.Row                { return noRow{} }
func (noResults) Tx() pgx.Tx                       { return nil }
func (noResults) Close() error                     { return errOutside }
