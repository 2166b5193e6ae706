package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// view is what a caller needs to know of a supervisor at one moment.
type view struct {
	serving   *instance
	state     State
	successor *supervisor
	changed   <-chan struct{} // closed at the next change
}

// usable returns the instance that takes calls, if there is one.
func (v view) usable() *instance {
	if v.serving != nil && v.state.Phase != Draining && !v.serving.process.ended() {
		return v.serving
	}
	return nil
}

func (s *supervisor) look() view {
	s.mu.Lock()
	defer s.mu.Unlock()
	return view{s.serving, s.state, s.successor, s.changed}
}

// firstStart waits for the end of the first attempt.
func (s *supervisor) firstStart(ctx context.Context) error {
	for {
		v := s.look()
		switch {
		case v.serving != nil:
			return nil
		case v.state.Phase == Backoff || v.state.Phase == Failed || v.state.Phase == Stopped:
			return fmt.Errorf("plugin %s did not start: %s", s.entry.Program(), v.state.LastError)
		}
		select {
		case <-v.changed:
		case <-ctx.Done():
			return fmt.Errorf("plugin %s is not ready: %w", s.entry.Program(), ctx.Err())
		}
	}
}

// ready returns the serving instance, of this version or of the one that took over, waiting a moment for one that is
// being restarted. An error means that nothing can be sent now.
func (s *supervisor) ready(ctx context.Context) (*instance, error) {
	v := s.look()
	if in := v.usable(); in != nil && v.successor == nil {
		return in, nil
	}
	timeout := time.NewTimer(s.options.ReadyWait)
	defer timeout.Stop()
	for {
		switch in := v.usable(); {
		case v.successor != nil:
			return v.successor.ready(ctx)
		case in != nil:
			return in, nil
		case v.state.Phase == Failed || v.state.Phase == Stopped || v.state.Phase == Draining:
			return nil, errors.New("the plugin is " + string(v.state.Phase))
		}
		select {
		case <-v.changed:
		case <-timeout.C:
			return nil, errors.New("the plugin is not ready: " + string(v.state.Phase))
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		v = s.look()
	}
}
