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

// logSink forwards a plugin's log lines to slog, with the secrets in use masked. The host's own fields, such as the
// plugin's name, are not the plugin's to give: its fields of those names get an underscore.
type logSink struct {
	program string
	log     *slog.Logger
	secrets *secrets
	said    *lastWords
	limit   *rate.Limiter
	dropped atomic.Int64
}

func newLogSink(program string, log *slog.Logger, s *secrets, said *lastWords) *logSink {
	return &logSink{program: program, log: log, secrets: s, said: said, limit: rate.NewLimiter(linesPerSecond, lineBurst)}
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
	if s.said.crashing() {
		level = hclog.Debug // the supervisor logs the trace as one error
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
	s.log.Log(context.Background(), level, s.clean(msg), s.fields(args)...)
}

// hostFields are said by the host alone.
var hostFields = map[string]bool{"plugin": true, "plugin_version": true, slog.TimeKey: true, slog.LevelKey: true, slog.MessageKey: true}

// fields copies keys and values, which come in pairs, as text or plain numbers without secrets.
func (s *logSink) fields(args []any) []any {
	out := make([]any, 0, len(args))
	for i, a := range args {
		if i%2 == 0 {
			key := s.clean(fmt.Sprint(a))
			if hostFields[key] {
				key += "_"
			}
			out = append(out, key)
			continue
		}
		switch a.(type) {
		case bool, nil:
			out = append(out, a)
		default: // also a number may be that of a card
			out = append(out, s.clean(fmt.Sprint(a)))
		}
	}
	return out
}

// clean masks before it cuts: half a secret would not be known.
func (s *logSink) clean(text string) string {
	const enough = 2 * maxLine
	if len(text) > enough {
		text = strings.ToValidUTF8(text[:enough], "")
	}
	return cut(s.secrets.mask(text))
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
