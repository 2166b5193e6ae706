package telemetry

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

// Redacted stands where a secret was.
const Redacted = "[redacted]"

// A name is secret when it holds one of secretWords or starts with one of secretStarts, in lower case and without
// separators ("Set-Cookie", "refresh_token" and "CardNumber" all count).
var (
	secretWords  = []string{"password", "passwd", "token", "secret", "authorization", "cookie", "apikey", "privatekey", "masterkey", "ticket", "credential"}
	secretStarts = []string{"card", "cvc", "cvv", "otp"}
	separators   = strings.NewReplacer("_", "", "-", "", ".", "", " ", "")
)

// Shapes of secrets inside texts: credentials in a URL, bearer tokens, JWTs.
var (
	urlPassword = regexp.MustCompile(`(://[^:@/\s"]*):[^@/\s"]+@`)
	bearer      = regexp.MustCompile(`(?i)\b(bearer|basic) [a-z0-9._~+/=-]{8,}`)
	jwtShape    = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*`)
)

// Redact is a slog ReplaceAttr that takes secrets out of a record.
func Redact(groups []string, a slog.Attr) slog.Attr {
	if secretName(a.Key) || secretGroup(groups) {
		return slog.String(a.Key, Redacted)
	}
	switch a.Value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, RedactText(a.Value.String()))
	case slog.KindAny:
		return slog.Attr{Key: a.Key, Value: redactAny(a.Value.Any())}
	default:
		return a
	}
}

// RedactText takes out what has the shape of a secret.
func RedactText(s string) string {
	s = urlPassword.ReplaceAllString(s, "$1:"+Redacted+"@")
	s = bearer.ReplaceAllString(s, "$1 "+Redacted)
	return jwtShape.ReplaceAllString(s, Redacted)
}

func secretName(name string) bool {
	name = separators.Replace(strings.ToLower(name))
	for _, w := range secretWords {
		if strings.Contains(name, w) {
			return true
		}
	}
	for _, w := range secretStarts {
		if strings.HasPrefix(name, w) {
			return true
		}
	}
	return false
}

func secretGroup(groups []string) bool {
	for _, g := range groups {
		if secretName(g) {
			return true
		}
	}
	return false
}

// redactAny looks into maps and structs by their JSON form. What says of itself how it reads keeps saying so.
func redactAny(v any) slog.Value {
	switch v := v.(type) {
	case nil, *slog.Source:
		return slog.AnyValue(v)
	case error:
		return slog.StringValue(RedactText(v.Error()))
	case fmt.Stringer:
		return slog.StringValue(RedactText(v.String()))
	}
	data, err := json.Marshal(v)
	if err != nil {
		return slog.StringValue(fmt.Sprintf("[%T]", v)) // %v could show a secret
	}
	var plain any
	if err := json.Unmarshal(data, &plain); err != nil {
		return slog.StringValue(fmt.Sprintf("[%T]", v))
	}
	return slog.AnyValue(redactJSON(plain))
}

func redactJSON(v any) any {
	switch v := v.(type) {
	case string:
		return RedactText(v)
	case []any:
		for i := range v {
			v[i] = redactJSON(v[i])
		}
	case map[string]any:
		for k := range v {
			if secretName(k) {
				v[k] = Redacted
			} else {
				v[k] = redactJSON(v[k])
			}
		}
	}
	return v
}
