package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"sort"
	"time"
)

type report struct{ w io.Writer }

func newReport(w io.Writer) *report { return &report{w} }

func (r *report) idle(s *stack) {
	time.Sleep(2 * time.Second)
	tree := processes()
	fmt.Fprintf(r.w, "ready after %d ms; idle memory: server %d MB", s.ready.Milliseconds(), tree[s.server.Process.Pid].rss>>20)
	children := tree.children(s.server.Process.Pid)
	names := make([]string, 0, len(children))
	for name := range children {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(r.w, ", %s %d MB", name, children[name].rss>>20)
	}
	fmt.Fprintf(r.w, "\n\n%-12s %5s %9s %8s %8s %10s %10s %10s %10s\n", "workload", "users", "op/s", "p50 ms", "p99 ms", "server ms", "postgres", "statements", "allocs")
}

// plugins prints what the border costs beside what it may cost.
func (r *report) plugins(f pluginFigures) {
	added := ms(f.throughPlugin) - ms(f.inProcess)
	fmt.Fprintf(r.w, "Plugins\n%-28s %12s %12s\n", "", "aim", "measured")
	fmt.Fprintf(r.w, "%-28s %12s %9.2f ms  %s (GetPayment from memory: %.3f ms in process, %.3f ms through the plugin)\n",
		"added to a call, p50", "<= 0.50 ms", added, verdict(added <= 0.5), ms(f.inProcess), ms(f.throughPlugin))
	fmt.Fprintf(r.w, "%-28s %12s %10.0f/s  %s (the same call, %d at once)\n",
		"calls through one plugin", ">= 5000/s", f.perSecond, verdict(f.perSecond >= 5000), callers)
	for _, p := range f.plugins {
		fmt.Fprintf(r.w, "%-28s %12s %9.0f ms  %s\n", p.program+" ready", "<= 300 ms", ms(p.ready), verdict(ms(p.ready) <= 300))
	}
	for _, p := range f.plugins {
		mb := float64(p.resident) / (1 << 20)
		fmt.Fprintf(r.w, "%-28s %12s %9.1f MB  %s\n", p.program+" resident", "<= 25 MB", mb, verdict(mb <= 25))
	}
	fmt.Fprintln(r.w)
}

// catalogue prints how a large shop compares with a usual one. A request may cost twice as much there.
func (r *report) catalogue(load loading, all []comparison) {
	fmt.Fprintf(r.w, "\nCatalogue of %d products, %d rows\n%-28s %12s %12s\n", load.products, load.rows, "", "aim", "measured")
	rows, indexed := float64(load.rows)/load.imported.Seconds(), float64(load.products)/load.index.Seconds()
	fmt.Fprintf(r.w, "%-28s %12s %10.0f/s  %s (importer's memory: %d MB, aim 200: %s)\n", "rows imported", ">= 2000/s", rows, verdict(rows >= 2000),
		load.memory>>20, verdict(load.memory <= 200<<20))
	fmt.Fprintf(r.w, "%-28s %12s %10.0f/s  %s\n", "products indexed", ">= 2000/s", indexed, verdict(indexed >= 2000))
	fmt.Fprintf(r.w, "\n%-12s %38s %38s\n%-12s", "", "usual shop", "large shop", "workload")
	for range 2 {
		fmt.Fprintf(r.w, " %8s %9s %9s %9s", "p50 ms", "server ms", "postgres", "stmts")
	}
	fmt.Fprintf(r.w, " %8s\n", "ratio")
	for _, c := range all {
		fmt.Fprintf(r.w, "%-12s", c.name)
		for _, m := range []measurement{c.usual, c.large} {
			fmt.Fprintf(r.w, " %8.2f %9.3f %9.3f %9.1f", ms(m.p50), m.each(m.used.server), m.each(m.used.postgres), float64(m.used.statements)/float64(m.count))
		}
		ratio := c.large.each(c.large.used.server+c.large.used.postgres) / c.usual.each(c.usual.used.server+c.usual.used.postgres)
		fmt.Fprintf(r.w, " %8.2f  %s\n", ratio, verdict(ratio <= 2))
	}
}

// each is a share of one operation in milliseconds.
func (m measurement) each(d time.Duration) float64 { return d.Seconds() * 1000 / float64(m.count) }

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "MISSED"
}

func (r *report) row(name string, users int, m measurement) {
	fmt.Fprintf(r.w, "%-12s %5d %9.0f %8.2f %8.2f %10.3f %10.3f %10.1f %10.0f\n", name, users, float64(m.count)/m.took.Seconds(),
		ms(m.p50), ms(m.p99), m.each(m.used.server), m.each(m.used.postgres), float64(m.used.statements)/float64(m.count), float64(m.used.allocations)/float64(m.count))
}

// jobs runs a worker until the queue is empty and prints what each job cost it.
func (r *report) jobs(ctx context.Context, s *stack) error {
	const waiting = `select count(*) from river.river_job where state in ('available', 'retryable', 'running')`
	var before, after int64
	if err := s.stats.QueryRow(ctx, waiting).Scan(&before); err != nil || before == 0 {
		return err
	}
	worker := exec.Command(bin, "worker")
	worker.Env, worker.Stdout, worker.Stderr = append(s.env, "HALUM_METRICS_LISTEN="), s.log, s.log
	base := processes().cpu(s.postmaster())
	if err := worker.Start(); err != nil {
		return err
	}
	defer func() { _ = worker.Process.Kill(); _ = worker.Wait() }()
	begun := time.Now()
	for time.Since(begun) < 2*time.Minute && ctx.Err() == nil {
		time.Sleep(time.Second)
		if err := s.stats.QueryRow(ctx, waiting).Scan(&after); err != nil {
			return err
		}
		if after == 0 {
			break
		}
	}
	done := float64(before - after)
	fmt.Fprintf(r.w, "\njobs: %.0f done in %.1f s; CPU per job: worker %.3f ms, postgres %.3f ms\n", done, time.Since(begun).Seconds(),
		processes().cpu(worker.Process.Pid).Seconds()*1000/done, (processes().cpu(s.postmaster())-base).Seconds()*1000/done)
	return nil
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }
