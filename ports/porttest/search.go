package porttest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// SearchSubject is the search under test.
type SearchSubject struct {
	Index ports.SearchIndex
	// Other is a second process on the same index; it may be Index itself.
	Other ports.SearchIndex
	// Tenant makes a shop with an empty index.
	Tenant func(t testing.TB) tenant.Tenant
	// Synonyms sets a shop's synonyms.
	Synonyms func(t testing.TB, of tenant.Tenant, all []search.Synonyms)
}

// Search runs the suite of ports.SearchIndex.
func Search(t *testing.T, s SearchSubject) {
	t.Helper()
	for name, suite := range map[string]func(*testing.T, SearchSubject){
		"words":           searchWords,
		"other languages": searchLanguages,
		"synonyms":        searchSynonyms,
		"facets":          searchFacets,
		"sorts":           searchSorts,
		"relevance":       searchRelevance,
		"cursors":         searchCursors,
		"suggestions":     searchSuggestions,
		"isolation":       searchIsolation,
		"versions":        searchVersions,
		"race":            searchRace,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite(t, s)
		})
	}
}

// searched is a shop with its index.
type searched struct {
	SearchSubject
	shelf ports.Shelf
	of    tenant.Tenant
}

func (s SearchSubject) shop(t *testing.T, locale string, docs ...search.Document) searched {
	t.Helper()
	of := s.Tenant(t)
	made := searched{s, ports.Shelf{Tenant: of.ID, Locale: locale}, of}
	made.put(t, docs...)
	return made
}

func (s searched) put(t *testing.T, docs ...search.Document) {
	t.Helper()
	require.NoError(t, s.Index.Put(t.Context(), s.shelf, docs))
}

// find asks both processes, which must say the same.
func (s searched) find(t *testing.T, q search.Query) search.Result {
	t.Helper()
	q, err := q.Check()
	require.NoError(t, err)
	found, err := s.Index.Search(t.Context(), s.shelf, q)
	require.NoError(t, err)
	again, err := s.Other.Search(t.Context(), s.shelf, q)
	require.NoError(t, err)
	require.Equal(t, found, again)
	return found
}

func (s searched) ids(t *testing.T, text string) []string {
	t.Helper()
	return names(s.find(t, search.Query{Text: text, Exact: true}).Products)
}

func names(ids []catalog.ProductID) []string {
	out := []string{}
	for _, id := range ids {
		out = append(out, string(id))
	}
	return out
}

var searchBegan = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// doc is a document named id, of version 1.
func doc(id, title string, change ...func(*search.Document)) search.Document {
	d := search.Document{Product: catalog.ProductID(id), Version: 1, Title: title, Price: 1000, CreatedAt: searchBegan}
	for _, c := range change {
		c(&d)
	}
	return d
}

func facet(group string, of ...string) func(*search.Document) {
	return func(d *search.Document) {
		for _, name := range of {
			d.Facets = append(d.Facets, search.Value{Group: group, Name: name})
		}
	}
}

func searchWords(t *testing.T, s SearchSubject) {
	shop := s.shop(t, "en-BD",
		doc("p1", "Indigo cotton shirts", func(d *search.Document) { d.Codes = []string{"SH-001-L", "8901234567890"} }),
		doc("p2", "Rain Teapot", func(d *search.Document) { d.Keywords = []string{"Clay", "Café"}; d.Text = "Pours well in a monsoon." }),
		doc("p3", "Teapot, the everyday one"),
	)
	for text, want := range map[string][]string{
		"shirt":              {"p1"}, // another form
		"SHIRTS":             {"p1"},
		"cotton shirt":       {"p1"},
		"shirt of cotton":    {"p1"}, // a stop word
		"cotton teapot":      {},     // all words are needed
		"teap":               {"p2", "p3"},
		"rain tea":           {"p2"}, // the last word is unfinished
		"clay":               {"p2"},
		"cafe":               {"p2"}, // accents do not count
		"monsoon":            {"p2"},
		"sh-001-l":           {"p1"},
		"8901234567890":      {"p1"},
		"SH 001":             {},
		"teapot' | !x:*":     {},
		"umbrella":           {},
		"the":                {"p3"}, // nothing but a stop word
		"\x00":               {},
		"&!|":                {},
		"everyday teapot":    {"p3"},
		"everyday   TEAPOTS": {"p3"},
	} {
		got := shop.ids(t, text)
		slices.Sort(got)
		require.Equal(t, want, got, text)
	}
	require.Equal(t, 3, shop.find(t, search.Query{}).Total)

	for text, want := range map[string]string{"teapto": "teapot", "clya": "clay", "indgo": "indigo", "cottom shrits": "cotton shirts", "zzzzzz": ""} {
		found := shop.find(t, search.Query{Text: text})
		require.Equal(t, want, found.Corrected, text)
		require.Equal(t, want != "", found.Total > 0, text)
		require.Zero(t, shop.find(t, search.Query{Text: text, Exact: true}).Total, text)
	}
	require.Empty(t, shop.find(t, search.Query{Text: "teapot"}).Corrected)
}

func searchLanguages(t *testing.T, s SearchSubject) {
	bengali := s.shop(t, "bn-BD", doc("p1", "নকশি কাঁথা শাড়ি"), doc("p2", "জামদানি শাড়ি"), doc("p3", "ব্লক প্রিন্ট কুর্তা ৩ পিস shirts"))
	for text, want := range map[string][]string{
		"শা\u09a1\u09bcি": {"p1", "p2"}, // the same letter, written as two
		"শা\u09dcি":       {"p1", "p2"},
		"জাম":             {"p2"}, // unfinished
		"ব্\u200dলক":      {"p3"}, // a joiner is no letter
		"3 পিস":           {"p3"}, // digits of any script
		"shirt":           {"p3"}, // English among Bengali
		"কাঁথা শাড়ি":     {"p1"},
	} {
		got := bengali.ids(t, text)
		slices.Sort(got)
		require.Equal(t, want, got, text)
	}
	require.Equal(t, "জামদানি", bengali.find(t, search.Query{Text: "জামদনি"}).Corrected)

	german := s.shop(t, "de-DE", doc("p1", "Häuser aus Holz"), doc("p2", "Straße"))
	require.Equal(t, []string{"p1"}, german.ids(t, "Haus"))
	require.Equal(t, []string{"p1"}, german.ids(t, "hauser"))
	french := s.shop(t, "fr-FR", doc("p1", "Théières élégantes"))
	require.Equal(t, []string{"p1"}, french.ids(t, "theiere elegante"))
	unknown := s.shop(t, "", doc("p1", "Plain shirts"))
	require.Equal(t, []string{"p1"}, unknown.ids(t, "plain shirts"))
}

func searchSynonyms(t *testing.T, s SearchSubject) {
	shop := s.shop(t, "en-BD", doc("p1", "Cotton tee"), doc("p2", "Linen T-shirt"), doc("p3", "Panjabi"), doc("p4", "Kurta"))
	require.Equal(t, []string{"p1"}, shop.ids(t, "tee"))
	s.Synonyms(t, shop.of, []search.Synonyms{{Words: []string{"tee", "t shirt"}}, {From: "panjabi", Words: []string{"kurta"}}})
	for text, want := range map[string][]string{
		"tee": {"p1", "p2"}, "t-shirt": {"p1", "p2"}, "linen tee": {"p2"}, "panjabi": {"p3", "p4"}, "kurta": {"p4"},
	} {
		got := shop.ids(t, text)
		slices.Sort(got)
		require.Equal(t, want, got, text)
	}
	s.Synonyms(t, shop.of, nil)
	require.Equal(t, []string{"p1"}, shop.ids(t, "tee"))
}

func searchFacets(t *testing.T, s SearchSubject) {
	size := search.OptionGroup("Size")
	price := func(amount int64) func(*search.Document) {
		return func(d *search.Document) {
			d.Price = amount
			facet(search.ByPrice, search.BandOf(amount))(d)
		}
	}
	shop := s.shop(t, "en-BD",
		doc("p1", "shirt", price(900), facet(size, "S", "M"), facet(search.ByBrand, "Aarong"), facet(search.ByStock, "true")),
		doc("p2", "shirt", price(1500), facet(size, "M"), facet(search.ByBrand, "Aarong")),
		doc("p3", "shirt", price(1999), facet(size, "M", "L"), facet(search.ByBrand, "Neel: & \"co\""), facet(search.ByStock, "true")),
		doc("p4", "mug", price(100), facet(search.ByBrand, "Neel: & \"co\""), facet(search.ByStock, "true")),
	)
	all := []string{search.ByBrand, search.AllOptions, search.ByPrice, search.ByStock, "nothing"}
	count := func(q search.Query) map[string]int {
		out := map[string]int{}
		for _, f := range shop.find(t, q).Facets {
			for _, v := range f.Values {
				out[f.Group+"="+v.Name] = v.Count
			}
		}
		return out
	}
	require.Equal(t, map[string]int{
		"brand=Aarong": 2, "brand=Neel: & \"co\"": 1, "option:Size=M": 3, "option:Size=S": 1, "option:Size=L": 1,
		"price=500-1000": 1, "price=1000-2000": 2, "in_stock=true": 2,
	}, count(search.Query{Text: "shirt", Facets: all}))
	// A group's own filter does not narrow its counts, those of the others do.
	require.Equal(t, map[string]int{
		"brand=Aarong": 2, "brand=Neel: & \"co\"": 1, "option:Size=M": 2, "option:Size=S": 1, "price=500-1000": 1, "price=1000-2000": 1, "in_stock=true": 1,
	}, count(search.Query{Text: "shirt", Facets: all, Filters: []search.Filter{{Group: search.ByBrand, Names: []string{"Aarong"}}}}))

	filters := func(f ...search.Filter) []string {
		got := names(shop.find(t, search.Query{Filters: f}).Products)
		slices.Sort(got)
		return got
	}
	require.Equal(t, []string{"p1", "p3"}, filters(search.Filter{Group: size, Names: []string{"S", "L"}}))
	require.Equal(t, []string{"p3"}, filters(search.Filter{Group: size, Names: []string{"S", "L"}}, search.Filter{Group: search.ByPrice, Names: []string{"1000-2000"}}))
	require.Empty(t, filters(search.Filter{Group: "nothing", Names: []string{"x"}}))
	require.Equal(t, []string{"p2", "p3"}, names(shop.find(t, search.Query{MinPrice: 1500, MaxPrice: 1999, Sort: search.PriceUp}).Products))
	require.Equal(t, 2, shop.find(t, search.Query{MaxPrice: 900}).Total)
	require.Equal(t, 1, shop.find(t, search.Query{MinPrice: 1501}).Total)

	shop.put(t, doc("p2", "shirt", func(d *search.Document) { d.Version = 2 }, price(900), facet(search.ByBrand, "Aarong"), facet(search.ByStock, "true")))
	require.Equal(t, map[string]int{"in_stock=true": 3, "price=500-1000": 2, "price=1000-2000": 1},
		count(search.Query{Text: "shirt", Facets: []string{search.ByStock, search.ByPrice}}))
}

// many makes n documents whose sort keys repeat and run in different orders.
func many(n int) []search.Document {
	all := make([]search.Document, n)
	for i := range all {
		all[i] = doc(fmt.Sprintf("p%03d", i), "thing", func(d *search.Document) {
			d.Price, d.Popularity, d.Rating = int64(i*7%10)*100, int64(i*3%8), int64(i*5%6)*100
			d.CreatedAt = searchBegan.Add(time.Duration(i*11%13) * time.Hour)
		})
	}
	return all
}

// sortKey is what a sort goes by, so that results ascend.
func sortKey(by search.Sort, d search.Document) int64 {
	switch by {
	case search.Newest:
		return -d.CreatedAt.UnixMicro()
	case search.PriceUp:
		return d.Price
	case search.PriceDown:
		return -d.Price
	case search.Popular, search.Relevance:
		return -d.Popularity
	case search.Rated:
		return -d.Rating
	}
	return 0
}

func searchSorts(t *testing.T, s SearchSubject) {
	docs := many(60)
	shop := s.shop(t, "en-BD", docs...)
	byID := map[string]search.Document{}
	for _, d := range docs {
		byID[string(d.Product)] = d
	}
	for _, by := range []search.Sort{search.Relevance, search.Newest, search.PriceUp, search.PriceDown, search.Popular, search.Rated} {
		for _, limit := range []int{1, 7, 100} {
			var got []string
			q := search.Query{Text: "thing", Sort: by, Limit: limit}
			for {
				page := shop.find(t, q)
				require.Equal(t, 60, page.Total)
				got = append(got, names(page.Products)...)
				if q.After = page.Next; q.After == "" {
					break
				}
			}
			require.Len(t, got, 60)
			require.Len(t, slices.Compact(slices.Sorted(slices.Values(got))), 60, "nothing twice")
			require.True(t, slices.IsSortedFunc(got, func(a, b string) int { return int(sortKey(by, byID[a]) - sortKey(by, byID[b])) }), "%s by %d", by, limit)
		}
	}
}

func searchRelevance(t *testing.T, s SearchSubject) {
	popular := func(n int64) func(*search.Document) { return func(d *search.Document) { d.Popularity = n } }
	shop := s.shop(t, "en-BD",
		doc("text", "Gift box", popular(9), func(d *search.Document) { d.Text = "With one silk scarf." }),
		doc("keyword", "Scarf", popular(8), func(d *search.Document) { d.Keywords = []string{"silk"} }),
		doc("title", "Silk scarf", popular(1)),
		doc("loved", "Scarf of silk", popular(5)),
		doc("code", "Ribbon", func(d *search.Document) { d.Codes = []string{"silk scarf"} }),
	)
	require.Equal(t, []string{"code", "loved", "title", "keyword", "text"}, shop.ids(t, "silk scarf"))
	first := shop.find(t, search.Query{Text: "silk scarf", Limit: 3})
	rest := shop.find(t, search.Query{Text: "silk scarf", Limit: 3, After: first.Next})
	require.Equal(t, []string{"keyword", "text"}, names(rest.Products))
}

func searchCursors(t *testing.T, s SearchSubject) {
	docs := many(40)
	shop := s.shop(t, "en-BD", docs...)
	for _, by := range []search.Sort{search.Relevance, search.Newest, search.PriceUp, search.PriceDown, search.Popular, search.Rated} {
		q := search.Query{Text: "thing", Sort: by, Limit: 10}
		whole := names(shop.find(t, search.Query{Text: "thing", Sort: by, Limit: 100}).Products)
		page := shop.find(t, q)
		got := names(page.Products)
		// What is on the page already and the page's own last product leave; something comes at either end.
		for _, id := range []string{got[2], got[9]} {
			i := slices.IndexFunc(docs, func(d search.Document) bool { return string(d.Product) == id })
			gone := docs[i]
			gone.Version, gone.Gone = docs[i].Version+1, true
			shop.put(t, gone)
		}
		for q.After = page.Next; q.After != ""; q.After = page.Next {
			page = shop.find(t, q)
			got = append(got, names(page.Products)...)
		}
		require.Equal(t, whole, got, string(by))
		for i := range docs { // bring back what left
			docs[i].Version += 2
		}
		shop.put(t, docs...)
	}
	for _, bad := range []string{"x", "bm90aGluZw", shop.find(t, search.Query{Sort: search.Newest, Limit: 1}).Next} {
		_, err := shop.Index.Search(t.Context(), shop.shelf, search.Query{Sort: search.PriceUp, Limit: 1, After: bad})
		require.ErrorIs(t, err, catalog.ErrCursor, bad)
	}
}

func searchSuggestions(t *testing.T, s SearchSubject) {
	shop := s.shop(t, "bn-BD",
		doc("p1", "Teapot of clay", func(d *search.Document) { d.Popularity = 5 }),
		doc("p2", "Teapot of brass", func(d *search.Document) { d.Popularity = 9 }),
		doc("p3", "Tea towel"), doc("p4", "জামদানি শাড়ি"), doc("p5", "Kettle", func(d *search.Document) { d.Text = "Not for teak." }),
	)
	suggest := func(text string) search.Suggestions {
		b, err := search.Beginning{Text: text}.Check()
		require.NoError(t, err)
		got, err := shop.Index.Suggest(t.Context(), shop.shelf, b)
		require.NoError(t, err)
		return got
	}
	got := suggest("te")
	require.Equal(t, []string{"teapot", "tea"}, got.Texts)
	require.Equal(t, []string{"p2", "p1", "p3"}, names(got.Products))
	require.Equal(t, []string{"teapot clay"}, suggest("Teapot cl").Texts)
	require.Equal(t, []string{"জামদানি"}, suggest("জা").Texts)
	require.Equal(t, []string{"p2", "p1"}, names(suggest("taepot").Products))
	require.Empty(t, suggest("").Texts)
	require.Empty(t, suggest("zz").Products)
}

func searchIsolation(t *testing.T, s SearchSubject) {
	a := s.shop(t, "en-BD", doc("p1", "Only here", facet(search.ByBrand, "Mine")))
	b := s.shop(t, "en-BD", doc("p1", "Something else"))
	require.Equal(t, []string{"p1"}, a.ids(t, "only"))
	require.Empty(t, b.ids(t, "only"))
	require.Empty(t, b.find(t, search.Query{Facets: []string{search.ByBrand}}).Facets)
	got, err := b.Index.Suggest(t.Context(), b.shelf, search.Beginning{Text: "on", Limit: 5})
	require.NoError(t, err)
	require.Empty(t, got.Texts)
	require.Empty(t, got.Products)
	b.put(t, search.Document{Product: "p1", Version: 2, Gone: true})
	require.Equal(t, []string{"p1"}, a.ids(t, "only"))
}

func searchVersions(t *testing.T, s SearchSubject) {
	shop := s.shop(t, "en-BD", doc("p1", "old name"))
	version := func(v int64, title string) search.Document {
		return doc("p1", title, func(d *search.Document) { d.Version = v })
	}
	shop.put(t, version(5, "new name"))
	shop.put(t, version(4, "late name"), doc("p2", "other"))
	require.Equal(t, []string{"p1"}, shop.ids(t, "new"))
	require.Empty(t, shop.ids(t, "old"))
	require.Empty(t, shop.ids(t, "late"))
	require.Equal(t, []string{"p2"}, shop.ids(t, "other"))
	shop.put(t, search.Document{Product: "p1", Version: 6, Gone: true})
	shop.put(t, version(5, "new name"))
	require.Empty(t, shop.ids(t, "name"))
	shop.put(t, version(7, "back again"))
	require.Equal(t, []string{"p1"}, shop.ids(t, "back"))
	require.Equal(t, 2, shop.find(t, search.Query{}).Total)
}

// searchRace lets several writers put the states of the same products in any order while another process asks: in the
// end everybody sees the newest state of each.
func searchRace(t *testing.T, s SearchSubject) {
	const products, versions, writers = 20, 12, 4
	shop := s.shop(t, "en-BD")
	ctx := context.WithoutCancel(t.Context())
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for v := range versions {
				var docs []search.Document
				for p := range products {
					n := int64((v*(w+3)+p)%versions + 1)
					docs = append(docs, doc(fmt.Sprintf("p%02d", p), fmt.Sprintf("state%c", 'a'+rune(n)), func(d *search.Document) { d.Version = n }))
				}
				if err := shop.Index.Put(ctx, shop.shelf, docs); err != nil {
					t.Error(err)
				}
				if _, err := shop.Other.Search(ctx, shop.shelf, search.Query{Text: "state", Limit: 100, Sort: search.Relevance}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	require.Equal(t, products, shop.find(t, search.Query{Text: fmt.Sprintf("state%c", 'a'+rune(versions)), Exact: true}).Total)
	require.Equal(t, products, shop.find(t, search.Query{}).Total)
}
