package postings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/search"
)

// model is the same shop without an index.
type model map[string]modelRow

type modelRow struct {
	version int64
	live    bool
	fields  [levels][]string
	values  map[string][]string
	keys    [keys]int64
}

func (m modelRow) has(word string, level int) bool {
	for l := range level + 1 {
		if slices.Contains(m.fields[l], word) {
			return true
		}
	}
	return false
}

// fits says whether a row answers a query, leaving out the filter of one group.
func (m modelRow) fits(q Query, but string) bool {
	if !m.live {
		return false
	}
	for _, c := range q.Clauses {
		if !m.has(c[0][0].Text, inText) {
			return false
		}
	}
	for _, f := range q.Filters {
		if f.Group != but && !slices.ContainsFunc(f.Names, func(n string) bool { return slices.Contains(m.values[f.Group], n) }) {
			return false
		}
	}
	price := m.keys[byPrice]
	return but == search.ByPrice || price >= q.MinPrice && (q.MaxPrice == 0 || price <= q.MaxPrice)
}

func (m modelRow) tier(q Query) int {
	if q.Sort != search.Relevance || len(q.Clauses) == 0 {
		return 0
	}
	for level := range levels {
		all := true
		for _, c := range q.Clauses {
			all = all && m.has(c[0][0].Text, level)
		}
		if all {
			return level + 1
		}
	}
	return levels
}

func (m model) search(q Query) (ids []string) {
	for id, r := range m {
		if r.fits(q, "") {
			ids = append(ids, id)
		}
	}
	by := walks[q.Sort]
	slices.SortFunc(ids, func(a, b string) int {
		c := cmp.Or(cmp.Compare(m[a].keys[by.key], m[b].keys[by.key]), strings.Compare(a, b))
		if by.descending {
			c = -c
		}
		return cmp.Or(cmp.Compare(m[a].tier(q), m[b].tier(q)), c)
	})
	return ids
}

func (m model) facets(q Query) (all []search.Facet) {
	for _, group := range q.Facets {
		counts := map[string]int{}
		for _, r := range m {
			if r.fits(q, group) {
				for _, v := range r.values[group] {
					counts[v]++
				}
			}
		}
		var values []search.Count
		for name, n := range counts {
			values = append(values, search.Count{Name: name, Count: n})
		}
		slices.SortFunc(values, func(a, b search.Count) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Name, b.Name)) })
		if len(values) > 0 {
			all = append(all, search.Facet{Group: group, Values: values[:min(len(values), search.MaxValues)]})
		}
	}
	return all
}

var groupNames = []string{search.ByBrand, search.ByStock, search.ByPrice}

func drawRow(t *rapid.T, version int64) (string, modelRow) {
	words := rapid.SliceOfN(rapid.SampledFrom(strings.Fields("a b c d e f")), 0, 3)
	r := modelRow{version: version, live: rapid.IntRange(0, 4).Draw(t, "live") > 0, values: map[string][]string{}}
	if r.live {
		for l := range levels {
			r.fields[l] = words.Draw(t, "words")
		}
		for _, g := range groupNames {
			r.values[g] = rapid.SliceOfNDistinct(rapid.SampledFrom(strings.Fields("x y z")), 0, 3, rapid.ID).Draw(t, "values")
		}
		for k := range keys {
			r.keys[k] = rapid.Int64Range(0, 40).Draw(t, "key")
		}
	}
	return fmt.Sprintf("p%03d", rapid.IntRange(0, 150).Draw(t, "id")), r
}

func (m modelRow) row(id string) Row {
	var values strings.Builder
	for g, all := range m.values {
		for _, v := range all {
			values.WriteString(g + "\t" + v + "\n")
		}
	}
	text := func(l int) []byte { return []byte(strings.Join(m.fields[l], " ")) }
	return Row{
		ID: []byte(id), Version: m.version, Live: m.live, Title: text(inTitle), Keywords: text(inKeywords), Text: text(inText), Values: []byte(values.String()),
		Price: m.keys[byPrice], Created: m.keys[byCreated], Popularity: m.keys[byPopularity], Rating: m.keys[byRating],
	}
}

func drawQuery(t *rapid.T) Query {
	q := Query{
		Sort:  rapid.SampledFrom([]search.Sort{search.Relevance, search.Newest, search.PriceUp, search.PriceDown, search.Popular, search.Rated}).Draw(t, "sort"),
		Limit: rapid.IntRange(1, 30).Draw(t, "limit"), Facets: groupNames,
		MinPrice: rapid.Int64Range(0, 20).Draw(t, "min"), MaxPrice: rapid.SampledFrom([]int64{0, 20, 33}).Draw(t, "max"),
	}
	for _, w := range rapid.SliceOfN(rapid.SampledFrom(strings.Fields("a b c nowhere")), 0, 2).Draw(t, "clauses") {
		q.Clauses = append(q.Clauses, Clause{{{Text: w}}})
	}
	for _, g := range rapid.SliceOfNDistinct(rapid.SampledFrom(groupNames[:2]), 0, 2, rapid.ID).Draw(t, "filtered") {
		q.Filters = append(q.Filters, search.Filter{Group: g, Names: rapid.SliceOfN(rapid.SampledFrom(strings.Fields("x y nothing")), 1, 2).Draw(t, "names")})
	}
	return q
}

// TestIndexIsTheShop compares the index with going through all products, after any history of changes in any batches.
func TestIndexIsTheShop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, m := New(), model{}
		for batch := range rapid.IntRange(1, 6).Draw(t, "batches") {
			take, end := x.Begin()
			for range rapid.IntRange(0, 60).Draw(t, "rows") {
				id, r := drawRow(t, int64(rapid.IntRange(1, batch+3).Draw(t, "version")))
				take(r.row(id))
				if r.version > m[id].version {
					m[id] = r
				}
			}
			end()
			q := drawQuery(t)
			want := m.search(q)
			var got []string
			for {
				found := x.Search(q)
				require.Equal(t, len(want), found.Total)
				require.Equal(t, m.facets(q), found.Facets)
				require.LessOrEqual(t, len(found.IDs), q.Limit)
				got = append(got, found.IDs...)
				if q.After = found.Next; q.After == nil {
					break
				}
			}
			require.Equal(t, want, got)
		}
	})
}

func TestBucketsAscend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Min(0).Draw(t, "a"), rapid.Int64Min(0).Draw(t, "b")
		require.LessOrEqual(t, bucket(min(a, b)), bucket(max(a, b)))
	})
}

func TestPostings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p posting
		want := rapid.SliceOfNDistinct(rapid.Uint32Range(0, 100_000), 0, 60, rapid.ID).Draw(t, "numbers")
		slices.Sort(want)
		for _, n := range want {
			p.add(n)
			p.add(n)
		}
		require.Equal(t, len(want), p.size())
		require.ElementsMatch(t, want, p.set().ToArray())
		require.Equal(t, len(want), p.within(p.set()))
	})
}

func TestWornIndexes(t *testing.T) {
	x := New()
	put := func(version int64) {
		take, end := x.Begin()
		for i := range 500 {
			take(Row{ID: fmt.Appendf(nil, "p%d", i), Version: version, Live: true, Title: []byte("thing")})
		}
		end()
	}
	for v := range int64(6) {
		put(v + 1)
		require.False(t, x.Worn())
	}
	put(7)
	require.True(t, x.Worn())
	require.Positive(t, x.Bytes())
	require.Equal(t, 500, x.Search(Query{Limit: 1, Sort: search.Newest}).Total)
}
