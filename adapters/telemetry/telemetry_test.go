package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/telemetry"
)

const canary = "cAnArY-4242424242424242"

type login struct {
	Email    string
	Password string `json:"password"`
	Nested   map[string]string
}

type hiding struct{}

func (hiding) LogValue() slog.Value {
	return slog.GroupValue(slog.String("session_token", canary), slog.Int("n", 1))
}

func TestNoSecretReachesTheLog(t *testing.T) {
	for _, attr := range []slog.Attr{
		slog.String("password", canary),
		slog.String("New-Password", canary),
		slog.String("refresh_token", canary),
		slog.String("Authorization", canary),
		slog.String("Set-Cookie", canary),
		slog.String("cardNumber", canary),
		slog.String("card", canary),
		slog.String("cvc", canary),
		slog.String("client.secret", canary),
		slog.String("api_key", canary),
		slog.String("ticket", canary),
		slog.Any("secret", []byte(canary)),
		slog.Any("error", errors.New(`dial postgres://app:`+canary+`@db:5432/halum failed`)),
		slog.String("header", "Bearer "+canary),
		slog.String("value", "eyJhbGciOiJFZERTQSJ9."+canary+".c2ln"),
		slog.Any("request", login{Email: "a@b.c", Password: canary, Nested: map[string]string{"Cookie": canary}}),
		slog.Any("request", &login{Password: canary}),
		slog.Any("headers", http.Header{"Authorization": {canary}, "Accept": {"text/html"}}),
		slog.Any("list", []any{map[string]any{"token": canary}}),
		slog.Any("unencodable", map[string]any{"password": canary, "f": func() {}}),
		slog.Group("request", slog.Group("card", slog.String("number", canary))),
		slog.Any("actor", hiding{}),
	} {
		for _, format := range []string{"json", "text"} {
			var out bytes.Buffer
			log, err := telemetry.NewLogger(&out, telemetry.LogOptions{Format: format})
			require.NoError(t, err)
			log.LogAttrs(t.Context(), slog.LevelInfo, "hello", attr)
			log.With(attr).WithGroup("g").Info("hello", attr)
			require.Contains(t, out.String(), "hello")
			require.NotContains(t, out.String(), canary, "%s %s", format, attr.Key)
		}
	}
}

func TestLogKeepsWhatIsNoSecret(t *testing.T) {
	var out bytes.Buffer
	log, err := telemetry.NewLogger(&out, telemetry.LogOptions{Level: "debug"})
	require.NoError(t, err)
	log.Debug("order placed at http://shop.localhost:8080/x",
		"order", "ord_1", "took", time.Second, "n", 3, "ok", true, "err", errors.New("no stock"),
		"tags", []string{"a", "b"}, "at", time.Unix(0, 0).UTC(), "discard", "kept")
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	delete(line, "time")
	require.Equal(t, map[string]any{
		"level": "DEBUG", "msg": "order placed at http://shop.localhost:8080/x", "order": "ord_1", "took": 1e9, "n": 3.0,
		"ok": true, "err": "no stock", "tags": []any{"a", "b"}, "at": "1970-01-01T00:00:00Z", "discard": "kept",
	}, line)
}

func TestLogOptions(t *testing.T) {
	var out bytes.Buffer
	log, err := telemetry.NewLogger(&out, telemetry.LogOptions{Level: "warn", Format: "text"})
	require.NoError(t, err)
	log.Info("quiet")
	require.Empty(t, out.String())
	_, err = telemetry.NewLogger(&out, telemetry.LogOptions{Level: "loud"})
	require.ErrorContains(t, err, "debug, info, warn or error")
	_, err = telemetry.NewLogger(&out, telemetry.LogOptions{Format: "xml"})
	require.ErrorContains(t, err, "json or text")
}

func TestMetrics(t *testing.T) {
	m := telemetry.NewMetrics()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { m.ObserveHTTP("GET", "/products/:slug", 200, 3*time.Millisecond) })
	}
	all.Wait()
	m.ObserveHTTP("BREW", "", 404, time.Millisecond)

	server := httptest.NewServer(m.Handler())
	defer server.Close()
	res, err := http.Get(server.URL)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	var page bytes.Buffer
	_, err = page.ReadFrom(res.Body)
	require.NoError(t, err)
	for _, want := range []string{
		`halum_http_requests_total{method="GET",route="/products/:slug",status="200"} 50`,
		`halum_http_requests_total{method="other",route="unmatched",status="404"} 1`,
		`halum_http_request_seconds_bucket{method="GET",route="/products/:slug",le="0.0025"} 0`,
		`halum_http_request_seconds_bucket{method="GET",route="/products/:slug",le="0.005"} 50`,
		"go_goroutines ", "process_resident_memory_bytes ",
	} {
		require.Contains(t, page.String(), want)
	}
}
