package search_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/search"
)

func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                       nil,
		"Rain-Teapot, 2nd":       {"rain", "teapot", "2nd"},
		"potter's":               {"potters"},
		"ব্\u200dলক ৩২":          {"ব্লক", "32"},
		"٣ شاي":                  {"3", "شاي"},
		"\u0301x":                {"x"}, // a mark without a letter
		strings.Repeat("a", 100): {strings.Repeat("a", 64)},
		"a'b|c&d:*!(e)\x00":      {"ab", "c", "d", "e"},
		"soft\u00adhyphen ½":     {"softhyphen", "½"},
		"নকশি-কাঁথা":             {"নকশি", "কাঁথা"},
	} {
		require.Equal(t, want, search.Words(text), text)
	}
	require.Equal(t, "rt001l", search.Code(" RT-001/L "))
}

func TestExpand(t *testing.T) {
	known := search.NewExpansions([]search.Synonyms{
		{Words: []string{"tee", "T-shirt"}}, {From: "panjabi", Words: []string{"kurta", ""}}, {Words: []string{"!", "x"}},
	}, search.Words)
	for text, want := range map[string][][][]string{
		"red tee":     {{{"red"}}, {{"tee"}, {"t", "shirt"}}},
		"t-shirt red": {{{"t", "shirt"}, {"tee"}}, {{"red"}}},
		"panjabi":     {{{"panjabi"}, {"kurta"}}},
		"kurta":       {{{"kurta"}}},
		"t":           {{{"t"}}},
	} {
		var got [][][]string
		for _, c := range search.Expand(search.Words(text), known) {
			got = append(got, c.Alternatives)
		}
		require.Equal(t, want, got, text)
	}
	require.Len(t, search.Expand([]string{"a", "b"}, search.Expansions{}), 2)
}

func TestBands(t *testing.T) {
	for amount, want := range map[int64]string{
		0: "0-100", 99: "0-100", 100: "100-200", 199: "100-200", 200: "200-500", 1250: "1000-2000", 99_999: "50000-100000",
	} {
		require.Equal(t, want, search.BandOf(amount))
	}
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Min(0).Draw(t, "amount")
		from, end, ok := search.Band(search.BandOf(amount))
		require.True(t, ok)
		require.True(t, amount >= from && (end == 0 || amount < end))
	})
	for _, bad := range []string{"", "x", "1", "a-b", "1-b"} {
		_, _, ok := search.Band(bad)
		require.False(t, ok, bad)
	}
}

func TestDocumentOf(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := catalog.Product{
		ID: "prod_1", Title: "Shirt", Description: "<p>Soft &amp; light</p><script>evil()</script>", Brand: "Neel", Status: catalog.Active, CreatedAt: at,
		Category: &catalog.Category{Slug: "shirts", Name: "Shirts"}, Tags: []string{"cotton"},
		Options: []catalog.Option{{Name: "Size", Values: []string{"S", "M", "XL"}}},
		Variants: []catalog.Variant{
			{SKU: "A", Values: []string{"S"}, Price: money.New(1500, "BDT"), Stock: catalog.StockPolicy{Tracked: true}},
			{SKU: "B", Barcode: "89", Values: []string{"M"}, Price: money.New(1200, "BDT"), Stock: catalog.StockPolicy{Tracked: true, OnHand: 1}},
		},
	}
	d := search.DocumentOf(p, search.Facts{Version: 3, Popularity: 7})
	require.Equal(t, []string{"Soft", "&", "light"}, strings.Fields(d.Text))
	d.Text = ""
	require.Equal(t, search.Document{
		Product: "prod_1", Version: 3, Title: "Shirt", Keywords: []string{"Neel", "Shirts", "cotton", "S", "M"}, Codes: []string{"A", "B", "89"},
		Price: 1200, CreatedAt: at, Popularity: 7,
		Facets: []search.Value{
			{Group: "brand", Name: "Neel"},
			{Group: "category", Name: "shirts"},
			{Group: "tag", Name: "cotton"},
			{Group: "option:Size", Name: "S"},
			{Group: "option:Size", Name: "M"},
			{Group: "price", Name: "1000-2000"},
			{Group: "in_stock", Name: "true"},
		},
	}, d)
	for _, s := range []catalog.Status{catalog.Draft, catalog.Archived} {
		p.Status = s
		require.Equal(t, search.Document{Product: "prod_1", Version: 4, Gone: true}, search.DocumentOf(p, search.Facts{Version: 4, Popularity: 7}))
	}
}

func TestQueryCheck(t *testing.T) {
	q, err := search.Query{Text: " "}.Check()
	require.NoError(t, err)
	require.Equal(t, search.Query{Text: " ", Limit: 20, Sort: search.Newest}, q)
	q, err = search.Query{Text: "shirt"}.Check()
	require.NoError(t, err)
	require.Equal(t, search.Relevance, q.Sort)
	for name, bad := range map[string]search.Query{
		"limit": {Limit: 101}, "price": {MinPrice: -1}, "crossed": {MinPrice: 2, MaxPrice: 1}, "sort": {Sort: "x"},
		"text": {Text: strings.Repeat("ক", 201)}, "words": {Text: strings.Repeat("a ", 13)}, "facets": {Facets: make([]string, 31)},
		"filters": {Filters: make([]search.Filter, 21)}, "no value": {Filters: []search.Filter{{Group: "brand"}}},
		"values": {Filters: []search.Filter{{Group: "brand", Names: make([]string, 51)}}}, "empty": {Filters: []search.Filter{{Group: "brand", Names: []string{""}}}},
	} {
		_, err := bad.Check()
		f := (*fault.Error)(nil)
		require.ErrorAs(t, err, &f, name)
		require.Equal(t, fault.Invalid, f.Kind, name)
	}
	_, err = search.Beginning{Limit: 21}.Check()
	require.Error(t, err)
	b, err := search.Beginning{Text: "te"}.Check()
	require.NoError(t, err)
	require.Equal(t, 8, b.Limit)
}

func TestSettingsCheck(t *testing.T) {
	group := func(from string, words ...string) search.Settings {
		return search.Settings{Synonyms: []search.Synonyms{{From: from, Words: words}}}
	}
	require.NoError(t, group("", "a", "b").Check())
	require.NoError(t, group("a", "b").Check())
	for i, bad := range []search.Settings{
		group(""), group("", "a"), group("a"), group("", make([]string, 21)...), group("", "a", "!"), group("?", "a"),
		group("", "a", strings.Repeat("b", 300)),
		{Synonyms: make([]search.Synonyms, 1001)},
	} {
		require.Error(t, bad.Check(), fmt.Sprint(i))
	}
}
