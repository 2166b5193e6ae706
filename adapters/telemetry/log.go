// Package telemetry sets up what a process tells about itself: the log and the metrics.
//
// It owns the rule that no secret reaches a log line: attributes are redacted by their name, texts by the shape of
// what is in them. It refuses per-tenant metric labels, which would grow without bound. Read redact.go first.
package telemetry

import (
	"fmt"
	"io"
	"log/slog"
)

// LogOptions says how the log looks.
type LogOptions struct {
	Format string // "json" (default) or "text"
	Level  string // "debug", "info" (default), "warn" or "error"
}

// NewLogger returns a logger that writes one line per record to w, without secrets.
func NewLogger(w io.Writer, o LogOptions) (*slog.Logger, error) {
	var level slog.Level
	if o.Level != "" {
		if err := level.UnmarshalText([]byte(o.Level)); err != nil {
			return nil, fmt.Errorf("log level %q: use debug, info, warn or error", o.Level)
		}
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: Redact}
	switch o.Format {
	case "", "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	}
	return nil, fmt.Errorf("log format %q: use json or text", o.Format)
}
