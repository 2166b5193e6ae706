package pluginhost

import (
	"math/rand/v2"
	"time"
)

// backoff decides how long to wait before a plugin is started again. It is used by one goroutine.
type backoff struct {
	options Options
	attempt int
	recent  []time.Time // restarts within the window
}

func newBackoff(o Options) *backoff { return &backoff{options: o} }

// next returns the pause before the restart that happens after now, given how long the process was ready. failed tells
// that there were too many restarts lately; the pause is then the longest.
func (b *backoff) next(now time.Time, uptime time.Duration) (pause time.Duration, failed bool) {
	if uptime >= b.options.HealthyAfter {
		b.attempt, b.recent = 0, nil
	}
	kept := b.recent[:0]
	for _, at := range b.recent {
		if now.Sub(at) < b.options.RestartWindow {
			kept = append(kept, at)
		}
	}
	b.recent = append(kept, now)
	if len(b.recent) > b.options.MaxRestarts {
		b.recent = b.recent[1:]
		return b.options.BackoffMax, true
	}
	ceiling := b.options.BackoffMax
	if b.attempt < 30 {
		ceiling = min(ceiling, b.options.BackoffMin<<b.attempt)
	}
	b.attempt++
	return rand.N(ceiling) + 1, false
}
