package pluginhost

import (
	"strings"
	"sync"
)

// lastWords keeps what a process last wrote to stderr, for the reason of its end: the last line, or the beginning of the
// trace that Go prints when a program dies of a panic. It is written to line by line.
type lastWords struct {
	mu    sync.Mutex
	line  string
	trace []string
}

const (
	maxWords = 300 // bytes of a line
	maxTrace = 40  // lines
)

func (l *lastWords) Write(b []byte) (int, error) {
	text := strings.TrimRight(string(b[:min(len(b), maxWords)]), "\r\n")
	if strings.TrimSpace(text) == "" {
		return len(b), nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case len(l.trace) == 0 && !strings.HasPrefix(text, "panic: ") && !strings.HasPrefix(text, "fatal error: "):
		l.line = strings.TrimSpace(text)
	case len(l.trace) < maxTrace:
		l.trace = append(l.trace, text)
	}
	return len(b), nil
}

// last is the line that says most about the end.
func (l *lastWords) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.trace) > 0 {
		return l.trace[0]
	}
	return l.line
}

// crashing reports whether what comes now belongs to a trace.
func (l *lastWords) crashing() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.trace) > 0
}

func (l *lastWords) crash() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.trace, "\n")
}
