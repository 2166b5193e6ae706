package pluginhost

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"

	"github.com/halum-hut/halum/ports"
)

// Host runs the plugins of a catalogue and hands them out as providers. It is safe for concurrent use.
type Host struct {
	options  Options
	methods  methodCache
	carriers sync.Map // shippingStamp → what it said of itself
	journal  *journal
	dir      string // holds one private socket folder per process
	dirLock  *os.File
	cancel   context.CancelFunc
	running  sync.WaitGroup
	upgrade  sync.Mutex // held while a version is being replaced

	mu      sync.RWMutex
	life    context.Context        // set by Start, ends with Stop
	plugins map[string]*supervisor // by program name
	order   []*supervisor
}

// New returns a host of the catalogue's plugins; none is started yet.
func New(catalog Catalog, o Options) *Host {
	o = o.withDefaults()
	h := &Host{
		options: o, plugins: map[string]*supervisor{}, methods: newMethodCache(), journal: newJournal(o.Record, o.Logger),
		cancel: func() {},
	}
	for _, entry := range catalog {
		s := h.newSupervisor(entry)
		h.plugins[entry.Program()] = s
		h.order = append(h.order, s)
	}
	return h
}

func (h *Host) newSupervisor(e Entry) *supervisor {
	s := newSupervisor(e, h.options)
	s.changes = func(now State) {
		h.options.Observe(now)
		h.journal.add(now)
	}
	return s
}

// Start starts all plugins at once and waits until each is ready or has failed its first start, or ctx ends. The error
// names those that are not ready; they go on being tried, so a caller may log it and serve. ctx bounds only the wait:
// the plugins run until Stop. Start may be called once.
func (h *Host) Start(ctx context.Context) error {
	if !filesConfined() {
		h.options.Logger.Warn("this system has no Landlock: plugins can read whatever this process may read")
	}
	dir, lock, err := newSocketDir(h.options.TempDir)
	if err != nil {
		return err
	}
	h.mu.Lock()
	h.dir, h.dirLock = dir, lock
	h.life, h.cancel = context.WithCancel(context.Background())
	h.journal.start()
	first := slices.Clone(h.order)
	for _, s := range first {
		h.launch(s)
	}
	h.mu.Unlock()
	var failed []error
	for _, s := range first {
		failed = append(failed, s.firstStart(ctx))
	}
	return errors.Join(failed...)
}

// launch begins to run a supervisor; the caller holds mu.
func (h *Host) launch(s *supervisor) {
	life, stop := context.WithCancel(h.life)
	s.socketDir, s.stop = h.dir, stop
	h.running.Go(func() { s.run(life) })
}

// Stop ends all plugins, each asked first and killed when it does not obey, and waits until they are gone. Calls in
// flight have a moment to end; what is left ends as unknown, so stop taking requests before. Stop may be called more
// than once.
func (h *Host) Stop() {
	h.mu.Lock()
	h.cancel()
	dir, lock := h.dir, h.dirLock
	h.mu.Unlock()
	h.running.Wait()
	h.journal.end()
	if dir != "" {
		_ = os.RemoveAll(dir) // a leftover empty folder harms nobody
		_ = lock.Close()
	}
}

// States reports every plugin, in the order of the catalogue.
func (h *Host) States() []State {
	h.mu.RLock()
	order := slices.Clone(h.order)
	h.mu.RUnlock()
	states := make([]State, 0, len(order))
	for _, s := range order {
		states = append(states, s.current())
	}
	return states
}

// Log returns the last lines that a plugin and its supervisor wrote, oldest first, and how many there ever were. Secrets
// in them are masked. It is empty for a program that does not run here.
func (h *Host) Log(program string) (lines []string, count int64) {
	if s := h.find(program); s != nil {
		return s.tail.last()
	}
	return nil, 0
}

// Hide keeps a value out of the plugin's log from now on. The credentials of the accounts that a plugin is called for
// are hidden without it.
func (h *Host) Hide(program string, values ...string) {
	s := h.find(program)
	for _, value := range values {
		if s != nil {
			s.secrets.add(value)
		}
	}
}

// find returns the supervisor of a program's version in use, nil when there is none.
func (h *Host) find(program string) *supervisor {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.plugins[program]
}

var (
	_ ports.PaymentProviders  = (*Host)(nil)
	_ ports.ShippingProviders = (*Host)(nil)
)
