package jobs_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	osexec "os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/jobs"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

const workerVar = "HALUM_JOBS_TEST_WORKER"

// workUntilKilled is the whole life of a worker process that never finishes a job.
func workUntilKilled(url string) {
	w, err := jobs.Open(context.Background(), url, jobs.Options{
		Timeout: time.Second,
		Run: func(context.Context, ports.ReactionJob) (time.Duration, error) {
			fmt.Println("working")
			select {}
		},
	})
	if err == nil {
		err = w.Start(context.Background())
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	select {}
}

func TestReactionsRunSoon(t *testing.T) {
	q := newQueue(t)
	got := make(chan ports.ReactionJob, 1)
	q.work(jobs.Options{Run: func(_ context.Context, job ports.ReactionJob) (time.Duration, error) {
		got <- job
		return 0, nil
	}})
	q.await(q.add("warm", 10), rivertype.JobStateCompleted, 10*time.Second)
	<-got
	var took []time.Duration
	for range 9 {
		began := time.Now()
		number := q.add("notify", 10)
		require.Equal(t, ports.ReactionJob{Tenant: tenant.ID("ten_a"), Event: event.ID("evt_1"), Reaction: "notify"}, <-got)
		took = append(took, time.Since(began))
		q.await(number, rivertype.JobStateCompleted, 5*time.Second)
	}
	slices.Sort(took)
	t.Logf("from insert to run: median %v, worst %v", took[len(took)/2], took[len(took)-1])
	require.Less(t, took[len(took)/2], 500*time.Millisecond, "new jobs are announced, not found by polling")
}

func TestConcurrencyIsBounded(t *testing.T) {
	q := newQueue(t)
	var now, most, done atomic.Int32
	q.work(jobs.Options{Concurrency: 3, Run: func(context.Context, ports.ReactionJob) (time.Duration, error) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(20 * time.Millisecond)
		now.Add(-1)
		done.Add(1)
		return 0, nil
	}})
	for range 30 {
		q.add("notify", 10)
	}
	require.Eventually(t, func() bool { return done.Load() == 30 }, 20*time.Second, 10*time.Millisecond)
	require.EqualValues(t, 3, most.Load())
}

func TestFirstRetriesAreQuick(t *testing.T) {
	q := newQueue(t)
	var mu sync.Mutex
	var at []time.Time
	var log logBuffer
	q.work(jobs.Options{Logger: slog.New(slog.NewJSONHandler(&log, nil)), Run: func(context.Context, ports.ReactionJob) (time.Duration, error) {
		mu.Lock()
		defer mu.Unlock()
		at = append(at, time.Now())
		if len(at) < 3 {
			return 0, errors.New("mail server restarts")
		}
		return 0, nil
	}})
	row := q.await(q.add("mail", 10), rivertype.JobStateCompleted, 20*time.Second)
	require.Equal(t, 3, row.Attempt)
	require.InDelta(t, 1, at[1].Sub(at[0]).Seconds(), 1.6) // 1 s and up to one poll
	require.InDelta(t, 2, at[2].Sub(at[1]).Seconds(), 1.6)
	require.Equal(t, 2, strings.Count(log.String(), `"level":"WARN"`), log.String())
	require.NotContains(t, log.String(), `"level":"ERROR"`)
}

func TestRunAgainIsNoFailure(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	var runs atomic.Int32
	var log logBuffer
	q.work(jobs.Options{Logger: slog.New(slog.NewJSONHandler(&log, nil)), Run: func(context.Context, ports.ReactionJob) (time.Duration, error) {
		if runs.Add(1) < 4 {
			return 200 * time.Millisecond, nil
		}
		return 0, nil
	}})
	row := q.await(q.add("resolve", 1), rivertype.JobStateCompleted, 20*time.Second)
	require.EqualValues(t, 4, runs.Load())
	require.Equal(t, 1, row.Attempt)
	require.Empty(t, row.Errors)
	require.Empty(t, log.String())
}

func TestPoisonIsGivenUpAndSaidOnce(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]jobs.Run{
		"error": func(context.Context, ports.ReactionJob) (time.Duration, error) { return 0, errors.New("poison") },
		"panic": func(context.Context, ports.ReactionJob) (time.Duration, error) { panic("poison") },
	} {
		t.Run(name, func(t *testing.T) {
			q := newQueue(t)
			var log logBuffer
			q.work(jobs.Options{Logger: slog.New(slog.NewJSONHandler(&log, nil)), Run: run})
			row := q.await(q.add("notify", 2), rivertype.JobStateDiscarded, 20*time.Second)
			require.Len(t, row.Errors, 2)
			require.Equal(t, 1, strings.Count(log.String(), "given up"), log.String())
			require.Equal(t, 2, strings.Count(log.String(), "poison"), log.String())
			last := log.String()[strings.LastIndex(strings.TrimSpace(log.String()), "\n")+1:]
			require.Contains(t, last, `"level":"ERROR"`)
			require.Contains(t, last, "given up")
			require.Contains(t, last, `\"reaction\": \"notify\"`)
		})
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	q.work(jobs.Options{Timeout: 200 * time.Millisecond, Run: func(ctx context.Context, _ ports.ReactionJob) (time.Duration, error) {
		<-ctx.Done()
		return 0, ctx.Err()
	}})
	row := q.await(q.add("slow", 1), rivertype.JobStateDiscarded, 10*time.Second)
	require.Contains(t, row.Errors[0].Error, "deadline")
}

func TestStopLetsRunningJobsFinish(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	started := make(chan struct{}, 1)
	w := q.work(jobs.Options{Run: func(ctx context.Context, _ ports.ReactionJob) (time.Duration, error) {
		started <- struct{}{}
		select {
		case <-time.After(300 * time.Millisecond):
			return 0, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}})
	number := q.add("notify", 10)
	<-started
	require.NoError(t, w.Stop(t.Context()))
	require.Equal(t, rivertype.JobStateCompleted, q.job(number).State)
	left := q.add("notify", 10)
	time.Sleep(300 * time.Millisecond)
	require.Equal(t, rivertype.JobStateAvailable, q.job(left).State)
}

func TestStopCancelsAndTheJobRunsElsewhere(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(t *testing.T, w *jobs.Worker) error{
		"after the soft stop": func(t *testing.T, w *jobs.Worker) error { return w.Stop(t.Context()) },
		"when the caller is in a hurry": func(t *testing.T, w *jobs.Worker) error {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			return w.Stop(ctx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			q := newQueue(t)
			started := make(chan struct{}, 1)
			w := q.work(jobs.Options{SoftStop: 500 * time.Millisecond, Run: func(ctx context.Context, _ ports.ReactionJob) (time.Duration, error) {
				started <- struct{}{}
				<-ctx.Done()
				return 0, fmt.Errorf("stopped: %w", ctx.Err())
			}})
			number := q.add("notify", 10)
			<-started
			require.NoError(t, stop(t, w))
			require.Equal(t, rivertype.JobStateAvailable, q.job(number).State)

			q.work(jobs.Options{Run: func(context.Context, ports.ReactionJob) (time.Duration, error) { return 0, nil }})
			row := q.await(number, rivertype.JobStateCompleted, 10*time.Second)
			require.Equal(t, 1, row.Attempt, "a stop is no failure")
		})
	}
}

// TestJobsOfAKilledWorkerRunAgain kills a whole worker process, the elected leader, in the middle of a job.
func TestJobsOfAKilledWorkerRunAgain(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	first := osexec.Command(os.Args[0], "-test.run=^$")
	first.Env = append(os.Environ(), workerVar+"="+q.url)
	out, err := first.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, first.Start())
	number := q.add("notify", 10)
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "working\n", line)
	require.NoError(t, first.Process.Kill())
	require.Error(t, first.Wait())
	require.Equal(t, rivertype.JobStateRunning, q.job(number).State)

	var runs atomic.Int32
	q.work(jobs.Options{Timeout: time.Second, Run: func(context.Context, ports.ReactionJob) (time.Duration, error) {
		runs.Add(1)
		return 0, nil
	}})
	row := q.await(number, rivertype.JobStateCompleted, 70*time.Second)
	require.EqualValues(t, 1, runs.Load())
	require.Equal(t, 2, row.Attempt)
	require.Less(t, time.Since(*row.AttemptedAt), time.Minute)
}

func TestWorkersShareTheWork(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	var runs [2]atomic.Int32
	for i := range runs {
		q.work(jobs.Options{Concurrency: 2, Run: func(context.Context, ports.ReactionJob) (time.Duration, error) {
			runs[i].Add(1)
			time.Sleep(5 * time.Millisecond)
			return 0, nil
		}})
	}
	for range 100 {
		q.add("notify", 10)
	}
	require.Eventually(t, func() bool { return runs[0].Load()+runs[1].Load() >= 100 }, 30*time.Second, 20*time.Millisecond)
	time.Sleep(300 * time.Millisecond)
	require.EqualValues(t, 100, runs[0].Load()+runs[1].Load(), "each once")
	require.Positive(t, runs[0].Load())
	require.Positive(t, runs[1].Load())
}

func TestOpenRefuses(t *testing.T) {
	run := func(context.Context, ports.ReactionJob) (time.Duration, error) { return 0, nil }
	_, err := jobs.Open(t.Context(), adminURL, jobs.Options{})
	require.ErrorContains(t, err, "no function")
	_, err = jobs.Open(t.Context(), "postgres://u:canary@[::1", jobs.Options{Run: run})
	require.ErrorContains(t, err, "address")
	require.NotContains(t, err.Error(), "canary")
	w, err := jobs.Open(t.Context(), adminURL, jobs.Options{Run: run, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.Error(t, w.Start(t.Context()), "no tables there")
	require.NoError(t, w.Stop(t.Context()))
}
