package elastic_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/elastic"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

var update = flag.Bool("update", false, "write the requests in testdata/requests anew")

// TestRequests compares what is sent with the files in testdata/requests, where it can be read, and tried on a server by
// hand.
func TestRequests(t *testing.T) {
	t.Parallel()
	server, s := newStandIn(), newShops()
	server.checks = published(t).check
	sent := &recorder{to: server, prefix: "halum"}
	x := connect(t, s, elastic.Options{Transport: sent})
	on := ports.Shelf{Tenant: "t_42", Locale: "bn-BD"}
	s.synonyms(t, tenant.Tenant{ID: on.Tenant}, []search.Synonyms{{Words: []string{"mug", "tea cup"}}})
	doc := search.Document{
		Product: "prd_1", Version: 3, Title: "Rain Teapot", Keywords: []string{"Clay"}, Text: "Pours well.", Codes: []string{"TP-1"}, Price: 125000,
		Facets:    []search.Value{{Group: search.ByBrand, Name: "Matir: ghor"}, {Group: search.OptionGroup("Size"), Name: "1 l"}},
		CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Popularity: 2500, Rating: 430,
	}
	ask := func(q search.Query) search.Result {
		q, err := q.Check()
		require.NoError(t, err)
		r, err := x.Search(t.Context(), on, q)
		require.NoError(t, err)
		return r
	}
	second := doc
	second.Product = "prd_3"
	for _, step := range []struct {
		name string // of the last request that is sent
		do   func()
	}{
		{"put", func() {
			require.NoError(t, x.Put(t.Context(), on, []search.Document{doc, second, {Product: "prd_2", Version: 8, Gone: true}}))
		}},
		{"search", func() { ask(search.Query{Text: "clay teapot"}) }},
		{"search-page", func() {
			ask(search.Query{Text: "teapot", Limit: 1, After: ask(search.Query{Text: "teapot", Limit: 1}).Next})
		}},
		{"search-facets", func() {
			ask(search.Query{
				Facets: []string{search.ByBrand, search.AllOptions, search.ByPrice}, MinPrice: 1000, MaxPrice: 200000, Sort: search.PriceUp,
				Filters: []search.Filter{{Group: search.OptionGroup("Size"), Names: []string{"1 l", "2 l"}}},
			})
		}},
		{"search-synonyms", func() {
			second.Version, second.Title = 4, "Tea cup"
			require.NoError(t, x.Put(t.Context(), on, []search.Document{second}))
			ask(search.Query{Text: "mug", Sort: search.Newest})
		}},
		{"search-beginning", func() { ask(search.Query{Text: "teap", Exact: true}) }},
		{"search-corrected", func() { require.Equal(t, "clay teapot", ask(search.Query{Text: "clya teapot"}).Corrected) }},
		{"suggest", func() {
			_, err := x.Suggest(t.Context(), on, search.Beginning{Text: "clay te", Limit: 8})
			require.NoError(t, err)
		}},
		{"look-up", func() {
			_, err := x.Suggest(t.Context(), on, search.Beginning{Text: "zzzzzz", Limit: 8})
			require.NoError(t, err)
		}},
	} {
		step.do()
		golden(t, step.name, sent.all[len(sent.all)-1])
	}
	golden(t, "create", sent.all[1])
}

// golden compares a request with its file: the first line says where it goes.
func golden(t *testing.T, name string, e exchange) {
	t.Helper()
	var text bytes.Buffer
	text.WriteString(e.Method + " " + e.Target + "\n")
	for line := range bytes.Lines([]byte(e.Body)) {
		var pretty bytes.Buffer
		require.NoError(t, json.Indent(&pretty, bytes.TrimSpace(line), "", "  "))
		text.Write(append(pretty.Bytes(), '\n'))
	}
	file := filepath.Join("testdata", "requests", name+".txt")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, text.Bytes(), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), text.String(), "run go test ./adapters/elastic -run TestRequests -update and look at the difference")
}
