package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// measurement is what one workload used.
type measurement struct {
	count    int
	took     time.Duration
	p50, p99 time.Duration
	used     usage
}

// measure lets users repeat a workload for a duration, after a second of warming up.
func measure(ctx context.Context, s *stack, w workload, users int, duration time.Duration, profile string) (measurement, error) {
	steps := make([]func() (time.Duration, error), users)
	for i := range steps {
		var err error
		if steps[i], err = w.user(i); err != nil {
			return measurement{}, err
		}
	}
	if _, err := repeat(ctx, steps, time.Second); err != nil {
		return measurement{}, err
	}
	if profile != "" {
		done := s.profile(filepath.Join(profile, fmt.Sprintf("%s-%d.pprof", w.name, users)), duration)
		defer done()
	}
	before, err := s.usage(ctx)
	if err != nil {
		return measurement{}, err
	}
	begun := time.Now()
	times, err := repeat(ctx, steps, duration)
	if err != nil {
		return measurement{}, err
	}
	took := time.Since(begun)
	after, err := s.usage(ctx)
	if err != nil {
		return measurement{}, err
	}
	slices.Sort(times)
	return measurement{len(times), took, times[len(times)/2], times[len(times)*99/100], after.since(before)}, nil
}

func repeat(ctx context.Context, steps []func() (time.Duration, error), duration time.Duration) ([]time.Duration, error) {
	var (
		mu    sync.Mutex
		all   []time.Duration
		first error
		crowd sync.WaitGroup
	)
	end := time.Now().Add(duration)
	for _, step := range steps {
		crowd.Go(func() {
			var mine []time.Duration
			for time.Now().Before(end) && ctx.Err() == nil {
				took, err := step()
				if err != nil {
					mu.Lock()
					first = err
					mu.Unlock()
					return
				}
				mine = append(mine, took)
			}
			mu.Lock()
			all = append(all, mine...)
			mu.Unlock()
		})
	}
	crowd.Wait()
	if first == nil && len(all) == 0 {
		first = fmt.Errorf("nothing was measured")
	}
	return all, first
}

// profile fetches a CPU profile in the background; the result waits for it.
func (s *stack) profile(path string, duration time.Duration) func() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		resp, err := http.Get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", s.metrics, int(duration.Seconds())))
		if err != nil {
			return
		}
		defer resp.Body.Close()
		if f, err := os.Create(path); err == nil {
			defer f.Close()
			_, _ = io.Copy(f, resp.Body)
		}
	}()
	return func() { <-done }
}
