package pluginhost

import (
	"log/slog"
	"time"

	"github.com/halum-hut/halum/ports"
)

// Options tune a Host. Every zero field takes the default named beside it.
type Options struct {
	Logger  *slog.Logger     // slog.Default()
	Keyring ports.Keyring    // opens the secrets of accounts; without it, an account with secrets cannot be used
	Now     func() time.Time // time.Now

	ChargeTimeout time.Duration // 10 s: one call to a payment plugin, waiting included
	QuoteTimeout  time.Duration // 2 s: one question for rates or methods
	ReadyWait     time.Duration // 2 s: how long a call waits for a plugin that is being restarted
	QueueWait     time.Duration // 40 ms: how long a call waits for a place in the bulkhead
	MaxInFlight   int           // 64 calls at once in one plugin
	MaxPerTenant  int           // 32 of them for one tenant

	StartTimeout   time.Duration // 5 s: from start to ready
	StopTimeout    time.Duration // 3 s: from asked to end to killed
	HealthInterval time.Duration // 5 s between pings
	HealthTimeout  time.Duration // 1 s for one ping
	HealthMisses   int           // 3 missed pings in a row and the process is replaced

	BackoffMin    time.Duration // 0.2 s: upper bound of the first pause before a restart; it doubles, with full jitter
	BackoffMax    time.Duration // 30 s: upper bound of any pause, and the pause of a failed plugin
	HealthyAfter  time.Duration // 60 s of running set the pauses back to the first
	MaxRestarts   int           // 10 restarts within RestartWindow make a plugin failed: it is then tried every BackoffMax
	RestartWindow time.Duration // 5 min

	Limits Limits // of each process

	// Observe is told every change of state, of candidates and of versions that are being replaced too, in their order
	// per version. It must not block; nil is fine.
	Observe func(State)
	// Record writes every change of state down. It may take its time; nil is fine.
	Record Recorder

	TempDir string // where the private socket folder is made; the system's by default, keep it short
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Observe == nil {
		o.Observe = func(State) {}
	}
	o.Limits = o.Limits.withDefaults()
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&o.ChargeTimeout, 10 * time.Second},
		{&o.QuoteTimeout, 2 * time.Second},
		{&o.ReadyWait, 2 * time.Second},
		{&o.QueueWait, 40 * time.Millisecond},
		{&o.StartTimeout, 5 * time.Second},
		{&o.StopTimeout, 3 * time.Second},
		{&o.HealthInterval, 5 * time.Second},
		{&o.HealthTimeout, time.Second},
		{&o.BackoffMin, 200 * time.Millisecond},
		{&o.BackoffMax, 30 * time.Second},
		{&o.HealthyAfter, time.Minute},
		{&o.RestartWindow, 5 * time.Minute},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	for _, n := range []struct {
		field *int
		value int
	}{{&o.MaxInFlight, 64}, {&o.MaxPerTenant, 32}, {&o.HealthMisses, 3}, {&o.MaxRestarts, 10}} {
		if *n.field == 0 {
			*n.field = n.value
		}
	}
	return o
}
