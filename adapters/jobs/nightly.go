package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// nightlyJob starts the reconciliation of all shops. The queue's leader adds one a day, whichever process that is.
type nightlyJob struct{}

// Kind names the job in the queue.
func (nightlyJob) Kind() string { return "nightly" }

const (
	nightlyEvery     = 24 * time.Hour
	reconcileTimeout = 30 * time.Minute // for one shop; what is left waits for the next night
	reconcileSpread  = 5 * time.Second  // between the starts of two shops, so that providers are not asked by all at once
)

// nightlyWorker adds a job for each shop.
type nightlyWorker struct {
	river.WorkerDefaults[nightlyJob]
	tenants func(ctx context.Context) ([]tenant.ID, error)
}

// Work implements river.Worker. A shop that is still being reconciled gets no second job.
func (w *nightlyWorker) Work(ctx context.Context, _ *river.Job[nightlyJob]) error {
	all, err := w.tenants(ctx)
	if err != nil || len(all) == 0 {
		return err
	}
	client, err := river.ClientFromContextSafely[pgx.Tx](ctx)
	if err != nil {
		return err
	}
	jobs := make([]river.InsertManyParams, len(all))
	for i, t := range all {
		jobs[i] = river.InsertManyParams{Args: ports.ReconcileJob{Tenant: t}, InsertOpts: &river.InsertOpts{
			MaxAttempts: 3, Priority: 4, ScheduledAt: time.Now().Add(time.Duration(i) * reconcileSpread),
			UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: nightlyEvery / 2},
		}}
	}
	_, err = client.InsertMany(ctx, jobs)
	return err
}

// reconcileWorker compares one shop.
type reconcileWorker struct {
	river.WorkerDefaults[ports.ReconcileJob]
	run func(ctx context.Context, t tenant.ID) error
}

// Work implements river.Worker.
func (w *reconcileWorker) Work(ctx context.Context, job *river.Job[ports.ReconcileJob]) error {
	return w.run(ctx, job.Args.Tenant)
}

// Timeout implements river.Worker.
func (w *reconcileWorker) Timeout(*river.Job[ports.ReconcileJob]) time.Duration {
	return reconcileTimeout
}

// Nightly is what is done once a day for each shop.
type Nightly struct {
	Tenants   func(ctx context.Context) ([]tenant.ID, error)
	Reconcile func(ctx context.Context, t tenant.ID) error
}

func (n *Nightly) register(workers *river.Workers, c *river.Config) error {
	if n.Tenants == nil || n.Reconcile == nil {
		return errors.New("jobs: the nightly work is not complete")
	}
	river.AddWorker(workers, &nightlyWorker{tenants: n.Tenants})
	river.AddWorker(workers, &reconcileWorker{run: n.Reconcile})
	c.PeriodicJobs = append(c.PeriodicJobs, river.NewPeriodicJob(river.PeriodicInterval(nightlyEvery),
		func() (river.JobArgs, *river.InsertOpts) {
			return nightlyJob{}, &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: nightlyEvery / 2}}
		}, &river.PeriodicJobOpts{ID: "nightly", RunOnStart: true}))
	return nil
}
