package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Candidate is a version that runs beside the one in use and takes no calls of shops yet.
type Candidate struct {
	h *Host
	s *supervisor
}

// Program is the candidate's program.
func (c *Candidate) Program() string { return c.s.entry.Program() }

// Version is what the candidate calls itself.
func (c *Candidate) Version() string { return c.s.current().Version }

// Check decides whether a candidate may take over, for instance by asking it whether it accepts the settings of the
// shops that use it. ctx ends when the host stops.
type Check func(ctx context.Context, c *Candidate) error

// Upgrade puts a version of a program in the place of the one in use, or starts the first one. The new process starts
// beside the old one and must be healthy, describe itself and pass check; then new calls go to it, the old one ends
// after the last answer, and Upgrade returns without waiting for that. An error leaves everything as it was. Rolling back
// is the same with the entry from before. Errors: ErrNotRunning, the reason why the version was refused.
func (h *Host) Upgrade(ctx context.Context, e Entry, check Check) error {
	h.upgrade.Lock()
	defer h.upgrade.Unlock()
	s, err := h.begin(e)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer context.AfterFunc(h.life, func() { cancel(ErrNotRunning) })()
	defer cancel(nil)
	if err := h.probe(ctx, s, check); err != nil {
		s.retire(nil)
		<-s.gone
		return fmt.Errorf("%s %s was not taken into use: %w", e.Program(), e.Version, err)
	}
	h.replace(s)
	return nil
}

// ErrNotRunning is the answer of a host that was not started or is stopped.
var ErrNotRunning = errors.New("the plugin host is not running")

// begin starts a candidate.
func (h *Host) begin(e Entry) (*supervisor, error) {
	s := h.newSupervisor(e)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.life == nil || h.life.Err() != nil {
		return nil, ErrNotRunning
	}
	if old := h.plugins[e.Program()]; old != nil {
		s.share(old)
	}
	h.launch(s)
	return s, nil
}

// probe asks of a candidate what it takes to be used.
func (h *Host) probe(ctx context.Context, s *supervisor, check Check) error {
	if err := s.firstStart(ctx); err != nil {
		return err
	}
	in := s.look().usable()
	if in == nil {
		return errors.New("it ended right after its start: " + s.current().LastError)
	}
	if err := in.ping(ctx, h.options.HealthTimeout); err != nil {
		return fmt.Errorf("it does not answer its health check: %w", err)
	}
	if check != nil {
		if err := check(ctx, &Candidate{h, s}); err != nil {
			return err
		}
	}
	if s.look().usable() != in {
		return errors.New("it ended while it was being checked: " + s.current().LastError)
	}
	return ctx.Err()
}

// replace sends new calls to s and retires the version before it.
func (h *Host) replace(s *supervisor) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old := h.plugins[s.entry.Program()]
	h.plugins[s.entry.Program()] = s
	if old == nil {
		h.order = append(h.order, s)
		return
	}
	h.order[slices.Index(h.order, old)] = s
	old.retire(s)
}

// Remove takes a program out of use: its process ends after the calls in flight. A program that is not there is fine.
func (h *Host) Remove(program string) {
	h.upgrade.Lock()
	defer h.upgrade.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	if old := h.plugins[program]; old != nil {
		delete(h.plugins, program)
		h.order = slices.DeleteFunc(h.order, func(s *supervisor) bool { return s == old })
		old.retire(nil)
	}
}

// equal reports whether two entries run the same thing in the same way.
func (e Entry) equal(other Entry) bool {
	return e.Program() == other.Program() && e.Path == other.Path && e.SHA256 == other.SHA256 && e.Attach == other.Attach &&
		slices.Equal(e.Args, other.Args) && e.Grants.equal(other.Grants)
}
