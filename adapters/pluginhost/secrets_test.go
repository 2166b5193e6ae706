package pluginhost

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMask(t *testing.T) {
	s := newSecrets()
	for _, value := range []string{"sk_live_abc/def+1", "sk_live_abc/def+12345", "short", "-----BEGIN KEY-----\nMIIBVgIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----\n"} {
		s.add(value)
	}
	for name, c := range map[string]struct{ in, want string }{
		"nothing":           {"order 1001 paid", "order 1001 paid"},
		"empty":             {"", ""},
		"alone":             {"sk_live_abc/def+1", "[secret]"},
		"within":            {"key=sk_live_abc/def+1;", "key=[secret];"},
		"the longer one":    {"sk_live_abc/def+12345", "[secret]"},
		"twice":             {"sk_live_abc/def+1 sk_live_abc/def+1", "[secret] [secret]"},
		"only its start":    {"sk_live_abc", "sk_live_abc"},
		"in a query":        {"?key=sk_live_abc%2Fdef%2B1&x=1", "?key=[secret]&x=1"},
		"too short to hide": {"short", "short"},
		"basic auth":        {"Basic " + base64.StdEncoding.EncodeToString([]byte("sk_live_abc/def+12345:")), "Basic [secret]Og=="},
		"a line of a key":   {"hkiG9w0BAQEFAASC", "[secret]"},
		"a card":            {"card 4242424242424242 declined", "card [secret] declined"},
		"a card in groups":  {"4242 4242 4242 4242 12/34", "[secret] 12/34"},
		"no card":           {"4242424242424241", "4242424242424241"},
		"a longer number":   {"42424242424242421111", "42424242424242421111"},
		"a time":            {"2026-11-23T04:27:43.123456789Z", "2026-11-23T04:27:43.123456789Z"},
	} {
		require.Equal(t, c.want, s.mask(c.in), name)
	}
}

func TestSecretsAreBounded(t *testing.T) {
	s := newSecrets()
	for i := range maxSecrets + 5000 {
		s.add(fmt.Sprintf("%08d-secret", i))
	}
	require.LessOrEqual(t, len(s.known), maxSecrets+8)
	kept := 0
	for _, values := range s.byStart {
		kept += len(values)
	}
	require.Equal(t, len(s.known), kept)
	last := fmt.Sprintf("%08d-secret", maxSecrets+4999)
	require.Equal(t, "[secret]", s.mask(last))
}

func BenchmarkMask(b *testing.B) {
	s := newSecrets()
	for i := range 10_000 {
		s.add(fmt.Sprintf("sk_live_%08d", i))
	}
	line := strings.Repeat("a line of a log without any secret in it; ", 100)
	for b.Loop() {
		s.mask(line)
	}
}
