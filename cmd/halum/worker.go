package main

import (
	"context"
	"time"

	"github.com/halum-hut/halum/adapters/jobs"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/tenant"
)

type workerCmd struct{}

// Run works on jobs until a signal comes.
func (workerCmd) Run(ctx context.Context, cfg config) error {
	return with(ctx, cfg, func(p *parts) error {
		p.startPlugins(ctx)
		stopMetrics, err := p.serveMetrics()
		if err != nil {
			return err
		}
		defer stopMetrics()
		stop, err := p.startWorker(ctx)
		if err != nil {
			return err
		}
		defer stop()
		p.log.Info("working on jobs", "at_once", cfg.Workers)
		<-ctx.Done()
		return nil
	})
}

// startWorker begins to work on jobs. stop lets the running ones end.
func (p *parts) startWorker(ctx context.Context) (stop func(), err error) {
	w, err := jobs.Open(ctx, p.cfg.DatabaseURL, jobs.Options{Run: p.reactions.Run, Logger: p.log, Concurrency: p.cfg.Workers, Nightly: p.nightly()})
	if err != nil {
		return nil, err
	}
	if err := w.Start(ctx); err != nil {
		return nil, err
	}
	return func() {
		grace, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		if err := w.Stop(grace); err != nil {
			p.log.Warn("jobs were cut short; they run again", "error", err)
		}
	}, nil
}

// nightly counts popularity anew and mends what the search may have missed, looks at each shop's parcels whose own jobs
// were lost, forgets old prices, and compares its payments with the providers' truth. What does not match is in the log
// and in the shop's notices.
func (p *parts) nightly() *jobs.Nightly {
	return &jobs.Nightly{
		Tenants: func(ctx context.Context) ([]tenant.ID, error) {
			all, err := p.db.Tenants(ctx)
			ids := make([]tenant.ID, len(all))
			for i, t := range all {
				ids[i] = t.ID
			}
			return ids, err
		},
		Reconcile: func(ctx context.Context, t tenant.ID) error {
			if shop, err := p.db.Tenant(ctx, t); err != nil {
				return err
			} else if _, err = p.indexer.Rebuild(ctx, shop, "", 0, nil); err != nil {
				p.log.WarnContext(ctx, "the search index was not brought up to date", "tenant", t, "error", err)
			}
			if _, err := p.dispatch.Sweep(ctx, t); err != nil {
				p.log.WarnContext(ctx, "not all shipments were looked at", "tenant", t, "error", err)
			}
			if err := p.reactions.ForgetPrices(ctx, t); err != nil {
				p.log.WarnContext(ctx, "former prices were not tidied up", "tenant", t, "error", err)
			}
			now := time.Now()
			report, err := p.settler.Reconcile(ctx, t, settle.Reconcile{From: now.Add(-reconcileBack), To: now, Mend: true})
			for _, f := range report.Findings {
				p.log.WarnContext(ctx, "a payment does not match its provider", "tenant", t, "payment", f.Payment, "order", f.Order,
					"plugin", f.Plugin, "what", f.Kind, "ours", f.Ours, "theirs", f.Theirs, "do", f.Do, "mended", f.Mended)
			}
			if err != nil {
				return err
			}
			return p.settler.TellMismatches(ctx, t, report)
		},
	}
}

// reconcileBack is how far the nightly comparison looks back.
const reconcileBack = 35 * 24 * time.Hour
