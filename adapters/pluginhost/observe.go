package pluginhost

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Recorder writes changes of state into an audit trail that outlives the process.
type Recorder func(ctx context.Context, s State) error

const (
	recordQueue   = 256
	recordTimeout = 5 * time.Second
)

// journal hands changes to the recorder in their order, without ever making a supervisor wait: when the recorder cannot
// keep up, changes are missed and the log says so.
type journal struct {
	record Recorder
	log    *slog.Logger
	queue  chan State
	stop   context.CancelFunc
	ended  sync.WaitGroup
}

func newJournal(r Recorder, log *slog.Logger) *journal {
	return &journal{record: r, log: log, queue: make(chan State, recordQueue), stop: func() {}}
}

func (j *journal) start() {
	ctx, stop := context.WithCancel(context.Background())
	j.stop = stop
	j.ended.Go(func() { j.run(ctx) })
}

// end returns when all that was added before is written, or could not be within a moment.
func (j *journal) end() {
	j.stop()
	j.ended.Wait()
}

func (j *journal) add(s State) {
	if j.record == nil {
		return
	}
	select {
	case j.queue <- s:
	default:
		j.log.Warn("a plugin's change of state is missing in the audit trail: it cannot keep up", "plugin", s.Program(), "state", string(s.Phase))
	}
}

// run writes until ctx ends, and then for a moment what is left.
func (j *journal) run(ctx context.Context) {
	for {
		select {
		case s := <-j.queue:
			j.write(context.WithoutCancel(ctx), s)
			continue
		case <-ctx.Done():
		}
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
		defer cancel()
		for len(j.queue) > 0 && end.Err() == nil {
			j.write(end, <-j.queue)
		}
		return
	}
}

func (j *journal) write(ctx context.Context, s State) {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	if err := j.record(ctx, s); err != nil {
		j.log.Warn("a plugin's change of state could not be written to the audit trail", "plugin", s.Program(), "state", string(s.Phase), "error", err)
	}
}
