package provider

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Secret is a sealed credential. It is opened only on its way to the plugin.
type Secret struct {
	Sealed      []byte
	Hint        string // the last characters, for people: "…4242"
	Former      []byte // the one before the last rotation, sealed; still good for checking webhooks
	FormerUntil time.Time
	ChangedAt   time.Time
}

// Bounds of secrets and of how long a former one may stay good.
const (
	MaxSecret    = 16 << 10 // bytes: a private key with its chain fits
	FormerWindow = 24 * time.Hour
	MaxWindow    = 30 * 24 * time.Hour
)

// SecretName is what a field's secret is sealed for: it opens in no other field, account or mode.
func (a Account) SecretName(field string) string {
	return string(a.Kind) + "/" + a.Plugin + "/" + string(a.Mode) + "/" + field
}

// Rotate puts a new sealed value in the secret's place. The old one stays good for checking webhooks for the window;
// one that was former already is forgotten. A zero secret has nothing to keep.
func (s Secret) Rotate(sealed []byte, hint string, window time.Duration, now time.Time) Secret {
	next := Secret{Sealed: sealed, Hint: hint, ChangedAt: now}
	if len(s.Sealed) > 0 && window > 0 {
		next.Former, next.FormerUntil = s.Sealed, now.Add(window)
	}
	return next
}

// Lapsed returns the secret without a former value whose time is over.
func (s Secret) Lapsed(now time.Time) Secret {
	if len(s.Former) > 0 && !now.Before(s.FormerUntil) {
		s.Former, s.FormerUntil = nil, time.Time{}
	}
	return s
}

const (
	hintRunes = 4
	hintFrom  = 16 // a shorter secret is not shown at all: the hint would be too much of it
)

// HintOf returns what people see of a secret: its last characters when it is long.
func HintOf(plain string) string {
	plain = strings.TrimSpace(plain)
	n := utf8.RuneCountInString(plain)
	if n < hintFrom || strings.Contains(plain, "\n") { // the end of a key in PEM tells nothing
		return "…"
	}
	return "…" + string([]rune(plain)[n-hintRunes:])
}
