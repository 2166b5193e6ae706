// Command bench measures four workloads over HTTP against the real binary on a real Postgres and redis-server, with
// 1,000 products of two variants: LIST, DETAIL, ADD and CHECKOUT. Run it with `make bench`.
//
// It prints throughput, p50 and p99, CPU of the server (plugins included) and of Postgres per operation, SQL statements
// and allocations per operation, at 1 and 16 users; then idle memory, time until ready, and what the jobs of a checkout
// cost. CPU comes from /proc, so these columns are empty elsewhere than on Linux. Absolute times depend on the machine:
// compare figures of one run.
//
// Before all that it measures what plugins cost, beside what they may: what the border adds to a call, calls per second
// through one plugin, how long each plugin takes to be ready and what it holds in memory then. -only PLUGINS measures
// nothing else.
//
// In the end a shop of 100,000 products with three variants each is filled beside a usual one of 1,000 and 200 small
// ones, and the reads of both are compared: what a request costs in the large shop may be twice what it costs in the
// usual one. -only CATALOGUE measures nothing else; -catalogue and -shops change the sizes.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	duration := flag.Duration("time", 5*time.Second, "how long each measurement runs")
	products := flag.Int("products", 1000, "products in the catalogue, two variants each")
	only := flag.String("only", "", "run only the workload of this name, or PLUGINS, or CATALOGUE")
	large := flag.Int("catalogue", 100_000, "products of the large shop")
	shops := flag.Int("shops", 200, "small shops beside it")
	profile := flag.String("profile", "", "write a CPU profile of the server during each workload into this folder")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *duration, *products, *only, *profile, *large, *shops); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, duration time.Duration, products int, only, profile string, large, shops int) error {
	dir, err := os.MkdirTemp("", "halum-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	report := newReport(os.Stdout)
	if only == "" || only == "PLUGINS" {
		figures, err := measurePlugins(ctx, dir, duration)
		if err != nil {
			return fmt.Errorf("plugins: %w", err)
		}
		report.plugins(figures)
		if only != "" {
			return nil
		}
	}
	s, err := startStack(ctx, dir, products)
	if err != nil {
		return err
	}
	defer s.stop()
	report.idle(s)
	if err := s.age(ctx); err != nil {
		return err
	}
	if only == "CATALOGUE" {
		return catalogue(ctx, s, dir, large, shops, duration, profile, report)
	}
	for _, w := range workloads(s) {
		if only != "" && only != w.name {
			continue
		}
		for _, users := range []int{1, 16} {
			m, err := measure(ctx, s, w, users, duration, profile)
			if err != nil {
				return fmt.Errorf("%s with %d users: %w", w.name, users, err)
			}
			report.row(w.name, users, m)
		}
	}
	if err := report.jobs(ctx, s); err != nil || only != "" {
		return err
	}
	return catalogue(ctx, s, dir, large, shops, duration, profile, report)
}

func catalogue(ctx context.Context, s *stack, dir string, large, shops int, duration time.Duration, profile string, report *report) error {
	load, all, err := measureCatalogue(ctx, s, dir, large, shops, duration, profile)
	if err != nil {
		return fmt.Errorf("catalogue: %w", err)
	}
	report.catalogue(load, all)
	return nil
}
