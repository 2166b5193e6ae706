// Package jobs works the queue of reactions: what follows an event, run at least once, on any worker process.
//
// It owns when a reaction runs, how often it is tried and what becomes of one whose worker died. It refuses to know
// what a reaction does: that is core/app/reactions, handed in as a function. The queue itself is River, in the schema
// "river"; the store adapter inserts the jobs in the transaction of the event.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/halum-hut/halum/ports"
)

const (
	schema = "river"

	fetchCooldown = 50 * time.Millisecond // jobs wait this long at most while others are fetched
	fetchPoll     = time.Second           // short retries are found by polling; new jobs announce themselves
	keepCompleted = time.Hour
	hardStop      = 5 * time.Second

	// rescueMargin is added to the timeout: a job that still counts as running then belonged to a worker that died, and
	// is run again. River looks every 30 seconds; a leader that died with its jobs is replaced after about 15.
	rescueMargin = 5 * time.Second
)

// Run does one reaction. again > 0 asks for another run after that time, which does not count as a try; an error asks
// for a retry. It must be idempotent: a worker may die after the work and before the bookkeeping.
type Run func(ctx context.Context, job ports.ReactionJob) (again time.Duration, err error)

// Options says how a worker works. Zero values mean the defaults.
type Options struct {
	Run         Run
	Logger      *slog.Logger
	Concurrency int           // reactions at a time in this process: 8
	Timeout     time.Duration // of one run: 30 s. Jobs of a dead worker run again 35 to 70 s after they began
	SoftStop    time.Duration // how long Stop lets running jobs go on before it cancels them: 10 s
	Nightly     *Nightly      // done once a day, by whichever process; nil for nothing
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Concurrency < 1 {
		o.Concurrency = 8
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.SoftStop <= 0 {
		o.SoftStop = 10 * time.Second
	}
	return o
}

// Worker is one process's share of the work. Make it with Open, then Start and Stop it once.
type Worker struct {
	pool   *pgxpool.Pool
	client *river.Client[pgx.Tx]
}

// Open connects with a small pool of its own: LISTEN holds one connection, fetching and finishing share three. The
// address must reach Postgres itself or a pooler in session mode. The tables must be there already.
func Open(ctx context.Context, databaseURL string, o Options) (*Worker, error) {
	if o.Run == nil {
		return nil, errors.New("jobs: no function to run")
	}
	o = o.withDefaults()
	config, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, errors.New("jobs: the database address cannot be read") // the cause would show the password
	}
	config.MaxConns, config.MinConns = 4, 0
	config.MaxConnIdleTime = 5 * time.Minute
	config.ConnConfig.RuntimeParams["application_name"] = "halum-jobs"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	var client *river.Client[pgx.Tx]
	work, err := riverConfig(o)
	if err == nil {
		client, err = river.NewClient(riverpgxv5.New(pool), work)
	}
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &Worker{pool: pool, client: client}, nil
}

func riverConfig(o Options) (*river.Config, error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &reactionWorker{run: o.Run})
	c := &river.Config{
		Schema:                      schema,
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: o.Concurrency}},
		Workers:                     workers,
		ErrorHandler:                failures{log: o.Logger},
		Logger:                      slog.New(atLeastWarn{o.Logger.Handler()}),
		FetchCooldown:               fetchCooldown,
		FetchPollInterval:           fetchPoll,
		JobTimeout:                  o.Timeout,
		RescueStuckJobsAfter:        o.Timeout + rescueMargin,
		SoftStopTimeout:             o.SoftStop,
		CompletedJobRetentionPeriod: keepCompleted,
		ReindexerSchedule:           river.NeverSchedule(), // the worker's role does not own the tables
	}
	if o.Nightly == nil {
		return c, nil
	}
	return c, o.Nightly.register(workers, c)
}

// Start begins to work and returns. It goes on after ctx ends: use Stop. Errors: the database does not answer, or the
// tables are missing.
func (w *Worker) Start(ctx context.Context) error {
	if err := w.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	return nil
}

// Stop takes no new jobs, lets the running ones finish within Options.SoftStop, then cancels them; a cancelled job runs
// again elsewhere and that try does not count. When ctx ends first they are cancelled at once. It returns an error when
// a job ignores even that; the job is then rescued by another worker.
func (w *Worker) Stop(ctx context.Context) error {
	err := w.client.Stop(ctx)
	if err != nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), hardStop)
		defer cancel()
		err = w.client.StopAndCancel(last)
	}
	if err != nil {
		go w.pool.Close() // it waits for the connections of jobs that do not end
		return fmt.Errorf("jobs: some reactions did not stop: %w", err)
	}
	w.pool.Close()
	return nil
}
