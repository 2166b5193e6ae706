package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Phase is where a plugin stands with its supervisor.
type Phase string

// The phases. A failed plugin restarted too often; it is still tried, at the longest pause.
const (
	Registered Phase = "registered"
	Starting   Phase = "starting"
	Ready      Phase = "ready"
	Degraded   Phase = "degraded" // misses pings, still used
	Backoff    Phase = "backoff"
	Failed     Phase = "failed"
	Stopped    Phase = "stopped"
)

// State is what the host knows of one plugin.
type State struct {
	Name      string
	Kind      Kind
	Version   string // as the plugin described itself when it last started
	Phase     Phase
	PID       int // 0 when no process runs
	Restarts  int // since the host started
	InFlight  int
	Since     time.Time // of the phase
	LastError string    // why it last stopped or could not start
}

// supervisor keeps one plugin running. One goroutine, run, owns the process; calls only read what is current.
type supervisor struct {
	entry     Entry
	options   Options
	log       *slog.Logger
	socketDir string
	bulkhead  *bulkhead

	mu      sync.Mutex
	state   State
	serving *instance     // nil unless ready or degraded
	changed chan struct{} // closed and replaced at every change of phase
}

func newSupervisor(e Entry, o Options) *supervisor {
	return &supervisor{
		entry: e, options: o, log: o.Logger.With("plugin", e.Program()),
		bulkhead: newBulkhead(o.MaxInFlight, o.MaxPerTenant, o.QueueWait),
		state:    State{Name: e.Name, Kind: e.Kind, Phase: Registered, Since: time.Now()},
		changed:  make(chan struct{}),
	}
}

// run starts the plugin again and again until ctx ends.
func (s *supervisor) run(ctx context.Context) {
	pauses := newBackoff(s.options)
	for {
		uptime, err := s.serveOnce(ctx)
		if ctx.Err() != nil {
			s.move(Stopped, nil, nil)
			return
		}
		pause, failed := pauses.next(time.Now(), uptime)
		phase := Backoff
		if failed {
			phase = Failed
		}
		s.move(phase, nil, err)
		if !sleep(ctx, pause) {
			s.move(Stopped, nil, nil)
			return
		}
		s.countRestart()
	}
}

// serveOnce runs one process from start to end and reports how long it was ready.
func (s *supervisor) serveOnce(ctx context.Context) (uptime time.Duration, err error) {
	s.move(Starting, nil, nil)
	in, err := launch(ctx, s.entry, s.options, s.socketDir, s.log)
	if err != nil {
		return 0, err
	}
	since := time.Now()
	s.move(Ready, in, nil)
	err = s.watch(ctx, in)
	s.withdraw()
	in.end(ctx.Err() != nil, s.options.StopTimeout)
	return time.Since(since), err
}

// watch returns when the process has ended, no longer answers pings, or ctx ends.
func (s *supervisor) watch(ctx context.Context, in *instance) error {
	tick := time.NewTicker(s.options.HealthInterval)
	defer tick.Stop()
	misses := 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-in.process.done:
			return fmt.Errorf("the process ended: %s", in.process.exitReason())
		case <-tick.C:
		}
		err := in.ping(ctx, s.options.HealthTimeout)
		switch {
		case err == nil && misses > 0:
			misses = 0
			s.move(Ready, in, nil)
		case err != nil && ctx.Err() == nil:
			if misses++; misses >= s.options.HealthMisses {
				return fmt.Errorf("%d pings in a row were not answered: %w", misses, err)
			}
			s.move(Degraded, in, err)
		}
	}
}

// move changes the phase, the serving instance and what is logged, and wakes everyone who waits for a change.
func (s *supervisor) move(to Phase, in *instance, cause error) {
	s.mu.Lock()
	s.state.Phase, s.state.Since, s.serving = to, time.Now(), in
	s.state.PID = 0
	if in != nil {
		s.state.PID, s.state.Version = in.process.pid(), in.version
	}
	if cause != nil {
		s.state.LastError = cause.Error()
	}
	pid, restarts := s.state.PID, s.state.Restarts
	s.wake()
	s.mu.Unlock()
	level, args := slog.LevelInfo, []any{"pid", pid, "restarts", restarts}
	if cause != nil {
		level, args = slog.LevelWarn, append(args, "cause", cause)
	}
	if to == Failed {
		level = slog.LevelError
	}
	s.log.Log(context.Background(), level, "plugin "+string(to), args...)
}

// withdraw stops handing out the instance while its process is being ended.
func (s *supervisor) withdraw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serving = nil
	s.wake()
}

func (s *supervisor) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *supervisor) countRestart() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Restarts++
}

func (s *supervisor) current() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := s.state
	state.InFlight = s.bulkhead.inFlight()
	return state
}

func (s *supervisor) look() (*instance, State, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.serving, s.state, s.changed
}

// firstStart waits for the end of the first attempt.
func (s *supervisor) firstStart(ctx context.Context) error {
	for {
		in, state, changed := s.look()
		switch {
		case in != nil:
			return nil
		case state.Phase == Backoff || state.Phase == Failed || state.Phase == Stopped:
			return fmt.Errorf("plugin %s did not start: %s", s.entry.Program(), state.LastError)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("plugin %s is not ready: %w", s.entry.Program(), ctx.Err())
		}
	}
}

// ready returns the serving instance, waiting a moment for one that is being restarted. An error means that nothing can
// be sent now.
func (s *supervisor) ready(ctx context.Context) (*instance, error) {
	in, state, changed := s.look()
	if in != nil && !in.process.ended() {
		return in, nil
	}
	timeout := time.NewTimer(s.options.ReadyWait)
	defer timeout.Stop()
	for {
		switch {
		case in != nil && !in.process.ended():
			return in, nil
		case state.Phase == Failed || state.Phase == Stopped:
			return nil, errors.New("the plugin is " + string(state.Phase))
		}
		select {
		case <-changed:
		case <-timeout.C:
			return nil, errors.New("the plugin is not ready: " + string(state.Phase))
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		in, state, changed = s.look()
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
