package jobs_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/jobs"
	"github.com/halum-hut/halum/adapters/localpg"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/ports"
)

var adminURL string // of a real Postgres, as superuser

func TestMain(m *testing.M) {
	if address := os.Getenv(workerVar); address != "" {
		workUntilKilled(address)
		return
	}
	os.Exit(withPostgres(m))
}

func withPostgres(m *testing.M) int {
	if adminURL = os.Getenv("HALUM_TEST_DATABASE_URL"); adminURL != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "halum-jobs-")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		var s *localpg.Server
		if s, err = localpg.Start(context.Background(), localpg.Options{Dir: filepath.Join(dir, "pg")}); err == nil {
			defer func() { _ = s.Stop() }()
			adminURL = s.AdminURL("postgres")
			return m.Run()
		}
	}
	fmt.Fprintln(os.Stderr, "no Postgres for the test:", err)
	return 1
}

// queue is a database of its own with an empty queue.
type queue struct {
	t      *testing.T
	url    string
	pool   *pgxpool.Pool
	insert *river.Client[pgx.Tx]
}

func newQueue(t *testing.T) *queue {
	t.Helper()
	name := "halum_jobs_" + id.Secret()[:10]
	exec(t, adminURL, "CREATE DATABASE "+name)
	address, err := url.Parse(adminURL)
	require.NoError(t, err)
	address.Path = "/" + name
	q := &queue{t: t, url: address.String()}
	q.pool, err = pgxpool.New(t.Context(), q.url)
	require.NoError(t, err)
	t.Cleanup(func() {
		q.pool.Close()
		exec(t, adminURL, "DROP DATABASE "+name+" WITH (FORCE)")
	})
	_, err = q.pool.Exec(t.Context(), "CREATE SCHEMA river")
	require.NoError(t, err)
	quiet := slog.New(slog.DiscardHandler)
	migrator, err := rivermigrate.New(riverpgxv5.New(q.pool), &rivermigrate.Config{Schema: "river", Logger: quiet})
	require.NoError(t, err)
	_, err = migrator.Migrate(t.Context(), rivermigrate.DirectionUp, nil)
	require.NoError(t, err)
	q.insert, err = river.NewClient(riverpgxv5.New(q.pool), &river.Config{Schema: "river", Logger: quiet})
	require.NoError(t, err)
	return q
}

func exec(t *testing.T, address, statement string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), address)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(context.Background(), statement)
	require.NoError(t, err)
}

// add inserts a job as the store does and returns its number.
func (q *queue) add(reaction string, attempts int) int64 {
	q.t.Helper()
	res, err := q.insert.Insert(q.t.Context(), ports.ReactionJob{Tenant: "ten_a", Event: "evt_1", Reaction: reaction},
		&river.InsertOpts{MaxAttempts: attempts})
	require.NoError(q.t, err)
	return res.Job.ID
}

func (q *queue) job(number int64) *rivertype.JobRow {
	q.t.Helper()
	row, err := q.insert.JobGet(q.t.Context(), number)
	require.NoError(q.t, err)
	return row
}

func (q *queue) await(number int64, state rivertype.JobState, within time.Duration) *rivertype.JobRow {
	q.t.Helper()
	require.Eventually(q.t, func() bool { return q.job(number).State == state }, within, 20*time.Millisecond)
	return q.job(number)
}

// work starts a worker that the test stops at its end.
func (q *queue) work(o jobs.Options) *jobs.Worker {
	q.t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	w, err := jobs.Open(q.t.Context(), q.url, o)
	require.NoError(q.t, err)
	require.NoError(q.t, w.Start(q.t.Context()))
	q.t.Cleanup(func() { _ = w.Stop(context.Background()) })
	return w
}

// logBuffer is a log that can be read while it is written.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
