package elastic_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/elastic"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
	"github.com/halum-hut/halum/ports/porttest"
)

// shops have settings of their search, in memory.
type shops struct {
	mu       sync.Mutex
	made     map[string]int
	settings map[tenant.ID]search.Settings
}

func (s *shops) read(_ context.Context, t tenant.ID) (search.Settings, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings[t], nil
}

// make names a shop after the part of the suite that wants it, so that it asks for the same things every time.
func (s *shops) make(t testing.TB) tenant.Tenant {
	s.mu.Lock()
	defer s.mu.Unlock()
	part := path.Base(t.Name())
	s.made[part]++
	return tenant.Tenant{ID: tenant.ID(fmt.Sprintf("%s-%d", part, s.made[part]))}
}

func (s *shops) synonyms(_ testing.TB, of tenant.Tenant, all []search.Synonyms) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings[of.ID] = search.Settings{Synonyms: all, Version: s.settings[of.ID].Version + 1}
}

func newShops() *shops {
	return &shops{made: map[string]int{}, settings: map[tenant.ID]search.Settings{}}
}

func connect(t testing.TB, s *shops, o elastic.Options) *elastic.Index {
	t.Helper()
	o.Settings = s.read
	if o.URL == "" {
		o.URL = "http://search.invalid:9200"
	}
	x, err := elastic.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	return x
}

// conform runs the suite of the port over a connection.
func conform(t *testing.T, o elastic.Options) {
	t.Helper()
	s := newShops()
	porttest.Search(t, porttest.SearchSubject{
		Index: connect(t, s, o), Other: connect(t, s, o), Tenant: s.make, Synonyms: s.synonyms,
	})
}

// TestManySynonyms asks with so many synonyms that a server would refuse the question if all of them were in it.
func TestManySynonyms(t *testing.T) {
	t.Parallel()
	server, s := newStandIn(), newShops()
	largest := 0
	server.checks = func(_ *http.Request, body []byte, _ int, _ []byte) error {
		largest = max(largest, strings.Count(string(body), `"term":`)+strings.Count(string(body), `"match":`)+strings.Count(string(body), `"prefix":`))
		return nil
	}
	x := connect(t, s, elastic.Options{Transport: server})
	var groups []search.Synonyms
	words := strings.Fields("alpha beta gamma delta epsilon zeta eta theta iota kappa lambda my")
	for _, word := range words {
		g := search.Synonyms{From: word}
		for i := range search.MaxSynonymWords {
			g.Words = append(g.Words, fmt.Sprintf("%s%c other", word, 'a'+rune(i)))
		}
		groups = append(groups, g)
	}
	s.synonyms(t, tenant.Tenant{ID: "t1"}, groups)
	on := ports.Shelf{Tenant: "t1", Locale: "en-BD"}
	require.NoError(t, x.Put(t.Context(), on, []search.Document{
		{Product: "p1", Version: 1, Title: strings.Join(words, " ")}, {Product: "p2", Version: 1, Title: "alphaa other " + strings.Join(words[1:], " ")},
	}))
	found, err := x.Search(t.Context(), on, search.Query{Text: strings.Join(words, " "), Limit: 10, Sort: search.Newest})
	require.NoError(t, err)
	require.Equal(t, 2, found.Total)
	_, err = x.Search(t.Context(), on, search.Query{Text: strings.Join(words[1:], " ") + " unknown", Limit: 10, Sort: search.Relevance})
	require.NoError(t, err)
	require.Greater(t, largest, 500)
	require.Less(t, largest, 1024)
}

// TestSearch runs the suite on the stand-in, and on a server: the one that HALUM_SEARCH_URL names, or what such a one said
// when it was recorded. There may be neither; then nothing is proved about servers.
func TestSearch(t *testing.T) {
	t.Run("stand-in", func(t *testing.T) {
		server := newStandIn()
		server.checks = published(t).check
		conform(t, elastic.Options{Transport: server})
	})
	if url := os.Getenv("HALUM_SEARCH_URL"); url != "" {
		folder := ""
		if os.Getenv("HALUM_TEST_RECORD") != "" {
			folder = recorded
		}
		t.Run("server", func(t *testing.T) { onServer(t, url, folder) })
		return
	}
	for _, file := range recordings(t) {
		t.Run("recorded/"+filepath.Base(file), func(t *testing.T) {
			conform(t, elastic.Options{Transport: replay(t, file), Prefix: recordedPrefix})
		})
	}
}
