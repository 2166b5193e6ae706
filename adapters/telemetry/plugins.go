package telemetry

import "github.com/prometheus/client_golang/prometheus"

// Plugins counts what provider plugins go through. Its methods may be called from many goroutines.
type Plugins struct {
	changes *prometheus.CounterVec
	ready   *prometheus.GaugeVec
}

// NewPlugins adds its metrics to m. It may be called once for m.
func NewPlugins(m *Metrics) *Plugins {
	p := &Plugins{
		changes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "halum_plugin_state_changes_total", Help: "Changes of state of plugins, by program and the state entered.",
		}, []string{"plugin", "state"}),
		ready: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "halum_plugin_ready", Help: "1 while a plugin takes calls, else 0, by program and version.",
		}, []string{"plugin", "version"}),
	}
	m.Register(p.changes, p.ready)
	return p
}

// Changed counts one change of state.
func (p *Plugins) Changed(program, state string) { p.changes.WithLabelValues(program, state).Inc() }

// Forget drops what Ready said, before it is said anew: versions that are gone must not stay.
func (p *Plugins) Forget() { p.ready.Reset() }

// Ready says whether a plugin takes calls.
func (p *Plugins) Ready(program, version string, ready bool) {
	value := 0.0
	if ready {
		value = 1
	}
	p.ready.WithLabelValues(program, version).Set(value)
}
