package pluginhost

import (
	"log/slog"
	"strings"
	"sync"
)

// maxTail is how many lines of a plugin's log are kept in memory, by the host, for operators.
const maxTail = 200

// tail keeps the last lines of one plugin, over all its processes and versions. It is safe for concurrent use.
type tail struct {
	mu    sync.Mutex
	lines []string
	count int64 // of all lines ever, so that a reader knows what is new
}

// Write takes one line, as slog's handlers write them.
func (t *tail) Write(line []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.lines) == maxTail {
		t.lines = append(t.lines[:0], t.lines[1:]...)
	}
	t.lines = append(t.lines, strings.TrimRight(string(line), "\n"))
	t.count++
	return len(line), nil
}

func (t *tail) last() (lines []string, count int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.lines...), t.count
}

// teeTo is a logger that writes to log and keeps its lines in t, from the level info on.
func teeTo(log *slog.Logger, t *tail) *slog.Logger {
	return slog.New(slog.NewMultiHandler(log.Handler(), slog.NewTextHandler(t, &slog.HandlerOptions{Level: slog.LevelInfo})))
}
