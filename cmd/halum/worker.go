package main

import (
	"context"
	"time"

	"github.com/halum-hut/halum/adapters/jobs"
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
	w, err := jobs.Open(ctx, p.cfg.DatabaseURL, jobs.Options{Run: p.reactions.Run, Logger: p.log, Concurrency: p.cfg.Workers})
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
