package elastic_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/elastic"
)

// recorded is the folder of recordings.
var recorded = filepath.Join("testdata", "exchanges")

// recordedPrefix is how indexes are called in recordings, whatever they were called on the server.
const recordedPrefix = "recorded"

// exchange is a request with what the server answered, without host, headers and password.
type exchange struct {
	Method string          `json:"method"`
	Target string          `json:"target"` // path and parameters
	Body   string          `json:"body"`
	Status int             `json:"status"`
	Answer json.RawMessage `json:"answer"`
}

func (e exchange) key() string { return e.Method + " " + e.Target + "\n" + e.Body }

// recorder notes what is said between the adapter and a server.
type recorder struct {
	to     http.RoundTripper
	prefix string
	mu     sync.Mutex
	all    []exchange
}

// RoundTrip implements http.RoundTripper.
func (c *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	e, r, err := requestOf(r, c.prefix)
	if err != nil {
		return nil, err
	}
	response, err := c.to.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(answer))
	e.Status, e.Answer = response.StatusCode, []byte(strings.ReplaceAll(string(answer), c.prefix, recordedPrefix))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, e)
	return response, nil
}

func requestOf(r *http.Request, prefix string) (exchange, *http.Request, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return exchange{}, nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	plain := strings.NewReplacer(prefix, recordedPrefix)
	return exchange{Method: r.Method, Target: plain.Replace(r.URL.RequestURI()), Body: plain.Replace(string(body))}, r, nil
}

func (c *recorder) save(t testing.TB, file string) {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	require.NoError(t, json.NewEncoder(zip).Encode(c.all))
	require.NoError(t, zip.Close())
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, b.Bytes(), 0o644))
}

// replayer answers as a server did: the same request gets its answers one after the other, the last one again and again.
type replayer struct {
	mu      sync.Mutex
	answers map[string][]exchange
}

func replay(t testing.TB, file string) *replayer {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	unzip, err := gzip.NewReader(f)
	require.NoError(t, err)
	var all []exchange
	require.NoError(t, json.NewDecoder(unzip).Decode(&all))
	p := &replayer{answers: map[string][]exchange{}}
	for _, e := range all {
		p.answers[e.key()] = append(p.answers[e.key()], e)
	}
	return p
}

// RoundTrip implements http.RoundTripper.
func (p *replayer) RoundTrip(r *http.Request) (*http.Response, error) {
	e, _, err := requestOf(r, recordedPrefix)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	left := p.answers[e.key()]
	if len(left) == 0 {
		return nil, fmt.Errorf("this was not asked when it was recorded; record again: %s", e.key())
	}
	if len(left) > 1 {
		p.answers[e.key()] = left[1:]
	}
	return &http.Response{
		StatusCode: left[0].Status, Status: strconv.Itoa(left[0].Status), Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(left[0].Answer)), Request: r,
	}, nil
}

func recordings(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(recorded, "*.json.gz"))
	require.NoError(t, err)
	return files
}

// onServer runs the suite in indexes of its own, which are deleted afterwards. What was said is kept in a folder, unless it
// is "", under the server's name and version.
func onServer(t *testing.T, address, folder string) {
	prefix := fmt.Sprintf("halum-suite-%d", time.Now().UnixNano())
	c := &recorder{to: http.DefaultTransport, prefix: prefix}
	t.Cleanup(func() {
		for _, index := range c.indexes() {
			at(t, address, http.MethodDelete, index)
		}
	})
	t.Run("suite", func(t *testing.T) { conform(t, elastic.Options{URL: address, Transport: c, Prefix: prefix}) })
	if folder == "" || t.Failed() {
		return
	}
	var about struct {
		Version struct{ Distribution, Number string }
	}
	require.NoError(t, json.Unmarshal(at(t, address, http.MethodGet, ""), &about))
	name := about.Version.Distribution
	if name == "" {
		name = "elasticsearch"
	}
	c.save(t, filepath.Join(folder, name+"-"+about.Version.Number+".json.gz"))
}

// indexes are those that were made.
func (c *recorder) indexes() (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.all {
		if e.Method == http.MethodPut {
			names = append(names, strings.Replace(strings.Trim(e.Target, "/"), recordedPrefix, c.prefix, 1))
		}
	}
	return names
}

func at(t testing.TB, address, method, path string) []byte {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	r, err := http.NewRequest(method, u.JoinPath(path).String(), nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return b
}

// TestExchangesAreReplayed goes through what is done with a server, with the stand-in behind a port: the suite, the
// recording, the deletion of what was made, and the suite from the recording alone. It proves this machinery, not a
// server; the recording is not kept.
func TestExchangesAreReplayed(t *testing.T) {
	folder, server := t.TempDir(), newStandIn()
	listening := httptest.NewServer(server)
	defer listening.Close()
	t.Run("recorded", func(t *testing.T) {
		onServer(t, strings.Replace(listening.URL, "http://", "http://user:s3cret@", 1), folder)
	})
	require.Empty(t, server.indexes)
	file := filepath.Join(folder, "stand-in-0.0.json.gz")
	t.Run("replayed", func(t *testing.T) {
		conform(t, elastic.Options{Transport: replay(t, file), Prefix: recordedPrefix})
	})
	_, err := replay(t, file).RoundTrip(&http.Request{Method: "GET", URL: &url.URL{Path: "/unknown"}})
	require.ErrorContains(t, err, "record again")
	for _, answers := range replay(t, file).answers {
		for _, e := range answers {
			for _, never := range []string{"halum-suite", "s3cret", "127.0.0.1"} {
				require.NotContains(t, e.key()+string(e.Answer), never)
			}
		}
	}
}
