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
	Verified   Phase = "verified" // the executable is the pinned one
	Starting   Phase = "starting"
	Ready      Phase = "ready"
	Degraded   Phase = "degraded" // misses pings, still used
	Backoff    Phase = "backoff"
	Failed     Phase = "failed"
	Draining   Phase = "draining" // takes no new calls and ends after the last answer
	Stopped    Phase = "stopped"
)

// State is what the host knows of one version of a plugin.
type State struct {
	Name      string
	Kind      Kind
	Version   string // as the plugin described itself when it last started
	SHA256    string // of the executable; empty when the plugin is attached to
	Phase     Phase
	PID       int // 0 when no process of ours runs
	Restarts  int // of this version, since the host started
	InFlight  int
	Since     time.Time // of the phase
	LastError string    // why it last stopped or could not start
}

// Program is the name of the executable, such as "payment-sandbox".
func (s State) Program() string { return string(s.Kind) + "-" + s.Name }

// supervisor keeps one version of a plugin running. One goroutine, run, owns the process; calls only read what is
// current. When another version takes over, the calls that still come here are handed on to its supervisor.
type supervisor struct {
	entry     Entry
	options   Options
	log       *slog.Logger
	socketDir string
	changes   func(State) // told every change of phase
	stop      context.CancelFunc
	gone      chan struct{} // closed when run has ended

	// What all versions of a program share.
	bulkhead *bulkhead
	secrets  *secrets
	tail     *tail

	mu        sync.Mutex
	state     State
	serving   *instance     // nil unless ready or degraded, or draining
	successor *supervisor   // set once retired
	changed   chan struct{} // closed and replaced at every change of phase
}

func newSupervisor(e Entry, o Options) *supervisor {
	if e.Attach != "" {
		o.ChargeTimeout, o.QuoteTimeout = attachedTimeout, attachedTimeout
	}
	s := &supervisor{
		entry: e, options: o, changes: func(State) {}, stop: func() {}, gone: make(chan struct{}),
		bulkhead: newBulkhead(o.MaxInFlight, o.MaxPerTenant, o.QueueWait), secrets: newSecrets(), tail: &tail{},
		state:   State{Name: e.Name, Kind: e.Kind, Version: e.Version, SHA256: e.SHA256, Phase: Registered, Since: time.Now()},
		changed: make(chan struct{}),
	}
	s.log = teeTo(o.Logger, s.tail).With("plugin", e.Program())
	return s
}

// share takes over what belongs to the program and not to the version.
func (s *supervisor) share(with *supervisor) {
	s.bulkhead, s.secrets, s.tail = with.bulkhead, with.secrets, with.tail
	s.log = teeTo(s.options.Logger, s.tail).With("plugin", s.entry.Program())
}

// run starts the plugin again and again until ctx ends.
func (s *supervisor) run(ctx context.Context) {
	defer close(s.gone)
	s.announce(Registered)
	pauses := newBackoff(s.options)
	for {
		uptime, err := s.serveOnce(ctx)
		if ctx.Err() != nil {
			break
		}
		pause, failed := pauses.next(time.Now(), uptime)
		phase := Backoff
		if failed {
			phase = Failed
		}
		s.move(phase, nil, err)
		if !sleep(ctx, pause) {
			break
		}
		s.countRestart()
	}
	s.move(Stopped, nil, nil)
}

// serveOnce runs one process from start to end and reports how long it was ready.
func (s *supervisor) serveOnce(ctx context.Context) (uptime time.Duration, err error) {
	in, err := s.begin(ctx)
	if err != nil {
		return 0, err
	}
	since := time.Now()
	s.move(Ready, in, nil)
	err = s.watch(ctx, in)
	uptime = time.Since(since)
	if ctx.Err() != nil {
		s.drain(in)
	}
	s.withdraw()
	in.end(ctx.Err() != nil, s.options.StopTimeout)
	if trace := in.process.crash(); trace != "" {
		s.log.Error("plugin crashed", "plugin_version", in.version, "trace", s.secrets.mask(trace))
	}
	return uptime, err
}

func (s *supervisor) begin(ctx context.Context) (*instance, error) {
	if s.entry.Attach != "" {
		s.move(Starting, nil, nil)
		return s.attach(ctx)
	}
	file, err := verify(s.entry)
	if err != nil {
		return nil, err
	}
	s.move(Verified, nil, nil)
	s.move(Starting, nil, nil)
	return s.launch(ctx, file)
}

// drain lets the calls in flight end. Where a successor takes the new ones it waits as long as the longest call may
// last; a host that stops has less patience.
func (s *supervisor) drain(in *instance) {
	s.mu.Lock()
	patience := s.options.StopTimeout
	if s.successor != nil {
		patience = s.options.ChargeTimeout + s.options.StopTimeout
	}
	s.mu.Unlock()
	in.conn.retire(s.handOn)
	s.move(Draining, in, nil)
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case <-in.conn.idle:
	case <-in.process.gone():
	case <-timeout.C:
		s.log.Warn("calls were still open when the plugin was ended", "waited", patience)
	}
}

// handOn finds the connection for a call that had picked this version's process just before it was retired.
func (s *supervisor) handOn(ctx context.Context) (*lease, error) {
	s.mu.Lock()
	next := s.successor
	s.mu.Unlock()
	if next == nil {
		return nil, errStopped
	}
	in, err := next.ready(ctx)
	if err != nil {
		return nil, err
	}
	return in.conn, nil
}

var errStopped = errors.New("the plugin is stopped")

// retire hands calls on to another version from now on (nil: to none) and ends this one when its calls have ended.
func (s *supervisor) retire(next *supervisor) {
	s.mu.Lock()
	s.successor = next
	s.wake()
	s.mu.Unlock()
	s.stop()
}

// watch returns when the process has ended, no longer answers pings, or ctx ends. A plugin that is attached to is not
// pinged: it may stand at a breakpoint.
func (s *supervisor) watch(ctx context.Context, in *instance) error {
	tick := time.NewTicker(s.options.HealthInterval)
	defer tick.Stop()
	misses := 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-in.process.gone():
			return fmt.Errorf("the process ended: %s", in.process.exitReason())
		case <-tick.C:
		}
		if s.entry.Attach != "" {
			continue
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

// move changes the phase and the serving instance, wakes everyone who waits for a change, and tells.
func (s *supervisor) move(to Phase, in *instance, cause error) {
	s.mu.Lock()
	s.state.Phase, s.state.Since, s.serving = to, time.Now(), in
	s.state.PID = 0
	if in != nil {
		s.state.PID, s.state.Version = in.process.pid(), in.version
	}
	if cause != nil {
		s.state.LastError = cut(s.secrets.mask(cause.Error()))
	}
	s.wake()
	s.mu.Unlock()
	s.announce(to)
}

// announce logs the state and passes it on.
func (s *supervisor) announce(to Phase) {
	now := s.current()
	level, args := slog.LevelInfo, []any{"plugin_version", now.Version, "pid", now.PID, "restarts", now.Restarts}
	switch to {
	case Degraded, Backoff:
		level, args = slog.LevelWarn, append(args, "cause", now.LastError)
	case Failed:
		level, args = slog.LevelError, append(args, "cause", now.LastError)
	case Registered, Verified, Starting:
		level = slog.LevelDebug
	case Ready, Draining, Stopped:
	}
	s.log.Log(context.Background(), level, "plugin "+string(to), args...)
	s.changes(now)
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
