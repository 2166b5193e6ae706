package pluginhost

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"

	hclog "github.com/hashicorp/go-hclog"
	"golang.org/x/time/rate"
)

// A plugin's log is cut off above this rate, so that one that runs wild cannot drown the host's.
const (
	linesPerSecond = 100
	lineBurst      = 200
	maxLine        = 4 << 10
)

// logSink forwards a plugin's log lines to slog.
type logSink struct {
	program string
	log     *slog.Logger
	limit   *rate.Limiter
	dropped atomic.Int64
}

func newLogSink(program string, log *slog.Logger) *logSink {
	return &logSink{program: program, log: log, limit: rate.NewLimiter(linesPerSecond, lineBurst)}
}

// logger is what go-plugin writes to: the plugin's own lines under the program's name, its own remarks under others.
func (s *logSink) logger() hclog.Logger {
	l := hclog.NewInterceptLogger(&hclog.LoggerOptions{Output: io.Discard, Level: hclog.Debug})
	l.RegisterSink(s)
	return l
}

// Accept takes one line. Remarks of the library are details, except that the supervisor reports what matters in them.
func (s *logSink) Accept(name string, level hclog.Level, msg string, args ...any) {
	if name != s.program {
		s.log.Debug("plugin transport: "+msg, args...)
		return
	}
	s.write(slogLevel(level), msg, args...)
}

func (s *logSink) write(level slog.Level, msg string, args ...any) {
	if !s.log.Enabled(context.Background(), level) {
		return
	}
	if !s.limit.Allow() {
		s.dropped.Add(1)
		return
	}
	if n := s.dropped.Swap(0); n > 0 {
		s.log.Warn("lines of the plugin's log were dropped: it writes too fast", "lines", n)
	}
	s.log.Log(context.Background(), level, cut(msg), shorten(args)...)
}

func shorten(args []any) []any {
	for i, a := range args {
		switch v := a.(type) {
		case string:
			args[i] = cut(v)
		case fmt.Stringer, error:
			args[i] = cut(fmt.Sprint(v))
		}
	}
	return args
}

func cut(s string) string {
	if len(s) > maxLine {
		return strings.ToValidUTF8(s[:maxLine], "") + "…"
	}
	return s
}

func slogLevel(l hclog.Level) slog.Level {
	switch l {
	case hclog.Error:
		return slog.LevelError
	case hclog.Warn:
		return slog.LevelWarn
	case hclog.Info:
		return slog.LevelInfo
	case hclog.NoLevel, hclog.Trace, hclog.Debug, hclog.Off:
	}
	return slog.LevelDebug
}

// writer logs what a plugin prints to its stdout or stderr after it began to serve.
func (s *logSink) writer(stream string) io.Writer { return printed{s, stream} }

type printed struct {
	sink   *logSink
	stream string
}

func (p printed) Write(b []byte) (int, error) {
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line != "" {
			p.sink.write(slog.LevelInfo, line, "stream", p.stream)
		}
	}
	return len(b), nil
}
