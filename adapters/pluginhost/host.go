package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/halum-hut/halum/ports"
)

// Host runs the plugins of a catalogue and hands them out as providers. It is safe for concurrent use.
type Host struct {
	options Options
	plugins map[string]*supervisor // by program name
	order   []*supervisor
	methods methodCache
	dir     string // holds one private socket folder per process
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// New returns a host of the catalogue's plugins; none is started yet.
func New(catalog Catalog, o Options) *Host {
	h := &Host{options: o.withDefaults(), plugins: map[string]*supervisor{}, methods: newMethodCache(), cancel: func() {}}
	for _, entry := range catalog {
		s := newSupervisor(entry, h.options)
		h.plugins[entry.Program()] = s
		h.order = append(h.order, s)
	}
	return h
}

// Start starts all plugins at once and waits until each is ready or has failed its first start, or ctx ends. The error
// names those that are not ready; they go on being tried, so a caller may log it and serve. ctx bounds only the wait:
// the plugins run until Stop. Start may be called once.
func (h *Host) Start(ctx context.Context) error {
	var err error
	// The name is short because the path of a socket may have some hundred bytes only.
	if h.dir, err = os.MkdirTemp(h.options.TempDir, "hp-"); err != nil {
		return fmt.Errorf("make the plugins' socket folder: %w", err)
	}
	running, cancel := context.WithCancel(context.Background())
	h.cancel = cancel
	for _, s := range h.order {
		s.socketDir = h.dir
		h.running.Go(func() { s.run(running) })
	}
	var failed []error
	for _, s := range h.order {
		failed = append(failed, s.firstStart(ctx))
	}
	return errors.Join(failed...)
}

// Stop ends all plugins, each asked first and killed when it does not obey, and waits until they are gone. Calls in
// flight end as unknown, so stop taking requests before. Stop may be called more than once.
func (h *Host) Stop() {
	h.cancel()
	h.running.Wait()
	if h.dir != "" {
		_ = os.RemoveAll(h.dir) // a leftover empty folder harms nobody
	}
}

// States reports every plugin, in the order of the catalogue.
func (h *Host) States() []State {
	states := make([]State, 0, len(h.order))
	for _, s := range h.order {
		states = append(states, s.current())
	}
	return states
}

var (
	_ ports.PaymentProviders  = (*Host)(nil)
	_ ports.ShippingProviders = (*Host)(nil)
)
