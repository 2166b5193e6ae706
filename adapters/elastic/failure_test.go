package elastic_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/elastic"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// says is a server that answers everything alike.
type says func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (s says) RoundTrip(r *http.Request) (*http.Response, error) { return s(r) }

func answering(status int, body string) says {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

var (
	matir   = ports.Shelf{Tenant: "t1", Locale: "en-BD"}
	teapots = search.Query{Text: "teapot", Limit: 10, Sort: search.Relevance}
	teapot  = []search.Document{{Product: "p1", Version: 1, Title: "Teapot"}}
)

func TestFailures(t *testing.T) {
	t.Parallel()
	item := func(status, kind string) string {
		return `{"errors":true,"items":[{"index":{"status":` + status + `,"error":{"type":"` + kind + `","reason":"r"}}}]}`
	}
	anything := `{"status":500,"error":{"type":"t","reason":"r"}}`
	for name, c := range map[string]struct {
		server http.RoundTripper
		kind   fault.Kind
	}{
		"away":              {says(func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }), fault.Unavailable},
		"silent":            {says(func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }), fault.Unavailable},
		"a proxy's page":    {answering(502, "<html>bad gateway</html>"), fault.Unavailable},
		"not JSON":          {answering(200, "<html>welcome</html>"), fault.Unavailable},
		"overloaded":        {answering(429, anything), fault.Unavailable},
		"shards are gone":   {answering(503, anything), fault.Unavailable},
		"a refused login":   {answering(401, `{"status":401,"error":{"type":"security_exception","reason":"r"}}`), fault.Internal},
		"refused":           {answering(400, `{"status":400,"error":{"type":"parsing_exception","reason":"r"}}`), fault.Internal},
		"never any index":   {answering(404, `{"status":404,"error":{"type":"index_not_found_exception","reason":"r"}}`), fault.Unavailable},
		"document rejected": {answering(200, item("429", "es_rejected_execution_exception")), fault.Unavailable},
		"document refused":  {answering(200, item("400", "mapper_parsing_exception")), fault.Internal},
		"nothing answered":  {answering(200, `{"items":[]}`), fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := connect(t, newShops(), elastic.Options{Transport: c.server, URL: "https://user:s3cret@search.invalid:9200", Patience: 20 * time.Millisecond})
			err := x.Put(t.Context(), matir, teapot)
			require.Error(t, err)
			require.Equal(t, c.kind, fault.KindOf(err), "%v", err)
			require.NotContains(t, err.Error(), "s3cret")
			if strings.HasPrefix(name, "document") || name == "nothing answered" {
				return
			}
			if name != "never any index" {
				require.Equal(t, c.kind, fault.KindOf(x.Reach(t.Context())))
			}
			_, err = x.Search(t.Context(), matir, teapots)
			require.Equal(t, c.kind, fault.KindOf(err), "%v", err)
			_, err = x.Suggest(t.Context(), matir, search.Beginning{Text: "te", Limit: 5})
			require.Equal(t, c.kind, fault.KindOf(err), "%v", err)
		})
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "search:9200", "ftp://search", "http://", "https://user:s3cret@search:port", "http://search?key=s3cret", "://s3cret"} {
		_, err := elastic.New(elastic.Options{URL: bad})
		require.ErrorIs(t, err, elastic.ErrURL, bad)
		require.NotContains(t, err.Error(), "s3cret")
	}
	var asked *http.Request
	x := connect(t, newShops(), elastic.Options{URL: "https://user:s3cret@search.invalid:9200/below", Transport: says(func(r *http.Request) (*http.Response, error) {
		asked = r
		return nil, errors.New("connection refused")
	})})
	require.Error(t, x.Put(t.Context(), matir, teapot))
	user, password, ok := asked.BasicAuth()
	require.True(t, ok)
	require.Equal(t, "user s3cret", user+" "+password)
	require.Equal(t, "/below/halum-products-v1-en/_bulk", asked.URL.Path)
	require.Nil(t, asked.URL.User)
}

// TestAnIndexThatIsGoneIsMadeAgain deletes everything below a running process: what is written afterwards is found, and
// in an index with the right mappings.
func TestAnIndexThatIsGoneIsMadeAgain(t *testing.T) {
	t.Parallel()
	server := newStandIn()
	x := connect(t, newShops(), elastic.Options{Transport: server})
	total := func() int {
		found, err := x.Search(t.Context(), matir, teapots)
		require.NoError(t, err)
		return found.Total
	}
	require.Zero(t, total())
	require.NoError(t, x.Put(t.Context(), matir, teapot))
	require.Equal(t, 1, total())
	server.mu.Lock()
	clear(server.indexes)
	clear(server.aliases)
	server.mu.Unlock()
	require.Zero(t, total())
	require.NoError(t, x.Put(t.Context(), matir, teapot))
	require.Equal(t, 1, total())
}

// TestSettingsThatCannotBeRead are no reason to answer without synonyms.
func TestSettingsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	x, err := elastic.New(elastic.Options{URL: "http://search.invalid", Transport: newStandIn(), Settings: noSettings})
	require.NoError(t, err)
	_, err = x.Search(t.Context(), matir, teapots)
	require.ErrorIs(t, err, errDatabase)
}

var errDatabase = errors.New("the database is away")

func noSettings(context.Context, tenant.ID) (search.Settings, error) {
	return search.Settings{}, errDatabase
}
