package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/halum-hut/halum/ports"
)

// retryAfter is the pause after the first, second, … failure; the last one repeats. The first are short, since most
// failures are a restart of something.
var retryAfter = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute,
	15 * time.Minute, 30 * time.Minute, time.Hour,
}

// reactionWorker runs ports.ReactionJob.
type reactionWorker struct {
	river.WorkerDefaults[ports.ReactionJob]
	run Run
}

// Work implements river.Worker. A panic is an error like others, with its trace.
func (w *reactionWorker) Work(ctx context.Context, job *river.Job[ports.ReactionJob]) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{value: v, trace: debug.Stack()}
		}
	}()
	again, err := w.run(ctx, job.Args)
	if err != nil {
		return err
	}
	if again > 0 {
		return river.JobSnooze(again)
	}
	return nil
}

type panicError struct {
	value any
	trace []byte
}

// Error implements error.
func (p *panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// NextRetry implements river.Worker.
func (w *reactionWorker) NextRetry(job *river.Job[ports.ReactionJob]) time.Time {
	i := min(max(job.Attempt, 1), len(retryAfter)) - 1
	return time.Now().Add(retryAfter[i])
}

// failures logs what went wrong: a failed try as a warning, a panic and a job given up as an error.
type failures struct{ log *slog.Logger }

// HandleError implements river.ErrorHandler.
func (f failures) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	level, attrs := slog.LevelWarn, append(describe(job), "error", err)
	if p := (*panicError)(nil); errors.As(err, &p) {
		level, attrs = slog.LevelError, append(attrs, "trace", string(p.trace))
	}
	if job.Attempt >= job.MaxAttempts {
		f.log.ErrorContext(ctx, "reaction given up", attrs...)
		return nil
	}
	f.log.Log(ctx, level, "reaction failed, it will be tried again", attrs...)
	return nil
}

// HandlePanic implements river.ErrorHandler. Work leaves no panic, so that this is one of the queue's own code.
func (f failures) HandlePanic(ctx context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	return f.HandleError(ctx, job, &panicError{value: value, trace: []byte(trace)})
}

// describe names a job; its arguments are ids only.
func describe(job *rivertype.JobRow) []any {
	return []any{
		"job", job.ID, "kind", job.Kind, "args", string(job.EncodedArgs),
		"attempt", job.Attempt, "max_attempts", job.MaxAttempts,
	}
}

// atLeastWarn keeps the queue's own remarks, which repeat what failures says, out of the log.
type atLeastWarn struct{ slog.Handler }

// Enabled implements slog.Handler.
func (h atLeastWarn) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (h atLeastWarn) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeastWarn{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h atLeastWarn) WithGroup(name string) slog.Handler {
	return atLeastWarn{h.Handler.WithGroup(name)}
}
