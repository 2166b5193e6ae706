package localpg

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

const tailBytes = 16 << 10

// logTail passes the log on and keeps its end, because the log is where Postgres says why it did not start.
type logTail struct {
	mu   sync.Mutex
	next io.Writer
	tail []byte
}

func newLogTail(next io.Writer) *logTail {
	if next == nil {
		next = io.Discard
	}
	return &logTail{next: next}
}

// Write never fails: a broken log must not stop a database.
func (l *logTail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.next.Write(p)
	l.tail = append(l.tail, p...)
	if over := len(l.tail) - tailBytes; over > 0 {
		l.tail = append([]byte(nil), l.tail[over:]...)
	}
	return len(p), nil
}

// forget drops what was kept, so that reason and mentions speak of the coming attempt only.
func (l *logTail) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail = nil
}

func (l *logTail) mentions(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Contains(l.tail, []byte(text))
}

// reason returns the last error line without its time stamp, or the exit error when the log holds none.
func (l *logTail) reason(exit error) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(l.tail)), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		for _, mark := range []string{"FATAL:", "PANIC:", "ERROR:", "error:"} {
			if _, text, found := strings.Cut(lines[i], mark); found {
				return strings.TrimSpace(text)
			}
		}
	}
	if exit == nil {
		return "no reason given"
	}
	return exit.Error()
}
