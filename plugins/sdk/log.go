package sdk

import (
	"log/slog"
	"os"
)

// stderr is where the host reads the log; go-plugin later replaces os.Stderr by a slower way for stray prints.
var stderr = os.Stderr

// Logger writes structured lines to the host's log, which adds the plugin's name and limits the rate.
func Logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: hclogNames}))
}

// hclogNames renames the standard keys to those that the host reads.
func hclogNames(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.TimeKey:
		return slog.String("@timestamp", a.Value.Time().Format("2006-01-02T15:04:05.000000Z07:00"))
	case slog.LevelKey:
		return slog.String("@level", hclogLevel(a.Value.Any().(slog.Level)))
	case slog.MessageKey:
		a.Key = "@message"
	}
	return a
}

func hclogLevel(l slog.Level) string {
	switch {
	case l >= slog.LevelError:
		return "error"
	case l >= slog.LevelWarn:
		return "warn"
	case l >= slog.LevelInfo:
		return "info"
	}
	return "debug"
}
