package postings

import (
	"slices"
	"sort"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/halum-hut/halum/core/search"
)

// Word is one word of a query, with its stem when that is another word.
type Word struct {
	Text, Stem string
	Unfinished bool // words that begin like it match too
}

// Clause holds when all words of one of the alternatives occur.
type Clause [][]Word

// Place is where a page ended.
type Place struct {
	Tier int // of relevance
	Key  int64
	ID   string
}

// Query is a query in words. Facets, filters and prices are those of search.Query.
type Query struct {
	Clauses            []Clause
	Code               string // the whole text as a SKU or barcode; "" for none
	Filters            []search.Filter
	MinPrice, MaxPrice int64
	Facets             []string
	Sort               search.Sort
	Limit              int
	After              *Place
}

// Found is the answer to a query.
type Found struct {
	IDs    []string
	Next   *Place // nil on the last page
	Total  int
	Facets []search.Facet
}

// narrowing is a filter with the set that it lets through.
type narrowing struct {
	group string
	set   *roaring.Bitmap
}

// candidates are the products that have the words, before filters other than prices.
type candidates struct {
	matched *roaring.Bitmap
	priced  *roaring.Bitmap // those of them in the range of prices
	by      []narrowing
	ranged  bool // there is one
}

// Search answers a query.
func (x *Index) Search(q Query) Found {
	x.mu.RLock()
	defer x.mu.RUnlock()
	c := candidates{matched: x.matched(q), by: x.narrowings(q), ranged: q.MinPrice > 0 || q.MaxPrice > 0}
	if c.priced = c.matched; c.ranged {
		c.priced = x.priced(c.matched, q.MinPrice, q.MaxPrice)
	}
	all := c.narrow("")
	found := Found{Total: int(all.GetCardinality())}
	x.page(&found, q, x.tiers(q, all))
	found.Facets = x.facets(x.groupNames(q.Facets), c, all)
	return found
}

// matched returns the living products that have the words, or the code.
func (x *Index) matched(q Query) *roaring.Bitmap {
	if len(q.Clauses) == 0 && q.Code == "" {
		return x.live
	}
	words := roaring.New()
	if len(q.Clauses) > 0 {
		words = x.clauses(q.Clauses, inText)
	}
	if n, known := x.codes[q.Code]; known && q.Code != "" && x.live.Contains(n) && !words.Contains(n) {
		words = roaring.Or(words, roaring.BitmapOf(n))
	}
	return roaring.And(words, x.live)
}

// clauses returns the products in which all clauses hold, down to a level. The result must not be changed.
func (x *Index) clauses(all []Clause, level int) (found *roaring.Bitmap) {
	for _, c := range all {
		var sets []*roaring.Bitmap
		for _, alternative := range c {
			var both *roaring.Bitmap
			for _, w := range alternative {
				both = and(both, x.word(w, level))
			}
			sets = append(sets, both)
		}
		if found = and(found, union(sets)); found.IsEmpty() {
			return found
		}
	}
	return found
}

func and(a, b *roaring.Bitmap) *roaring.Bitmap {
	if a == nil {
		return b
	}
	return roaring.And(a, b)
}

// word returns the products that have a word, another form of it, or one that it begins.
func (x *Index) word(w Word, level int) *roaring.Bitmap {
	var sets []*roaring.Bitmap
	add := func(word string) {
		if t := x.terms[word]; t != nil && t.at[level].size() > 0 {
			sets = append(sets, t.at[level].set())
		}
	}
	add(w.Text)
	if w.Stem != "" {
		add(w.Stem)
		add(string(StemMark) + w.Stem)
	}
	add(string(StemMark) + w.Text)
	if w.Unfinished {
		for _, t := range x.beginning(w.Text, maxBeginning) {
			if t.word != w.Text && t.at[level].size() > 0 {
				sets = append(sets, t.at[level].set())
			}
		}
	}
	return union(sets)
}

// maxBeginning is how many words an unfinished one stands for: the most frequent ones.
const maxBeginning = 64

// beginning returns the most frequent words that begin with a text.
func (x *Index) beginning(text string, n int) []*term {
	i := sort.Search(len(x.words), func(i int) bool { return x.words[i].word >= text })
	top := best[*term]{n: n, compare: func(a, b *term) int { return b.at[inText].size() - a.at[inText].size() }}
	for ; i < len(x.words) && strings.HasPrefix(x.words[i].word, text); i++ {
		top.offer(x.words[i])
	}
	return top.kept
}

func (x *Index) narrowings(q Query) (all []narrowing) {
	for _, f := range q.Filters {
		var sets []*roaring.Bitmap
		if g := x.groups[f.Group]; g != nil {
			for _, name := range f.Names {
				if v := g.byName[name]; v != nil {
					sets = append(sets, v.set())
				}
			}
		}
		all = append(all, narrowing{f.Group, union(sets)})
	}
	return all
}

// filtered reports whether there is a filter on a group.
func (c candidates) filtered(group string) bool {
	return group == search.ByPrice && c.ranged || slices.ContainsFunc(c.by, func(n narrowing) bool { return n.group == group })
}

// narrow applies all filters but those of one group. The result must not be changed.
func (c candidates) narrow(but string) *roaring.Bitmap {
	kept := c.priced
	if but == search.ByPrice {
		kept = c.matched
	}
	for _, n := range c.by {
		if n.group != but {
			kept = roaring.And(kept, n.set)
		}
	}
	return kept
}

// fewPriced is the part of a shop up to which prices are looked at one by one.
const fewPriced = 12

// priced keeps the products in a range of prices: of few, one by one; of many, by whole buckets and one by one only in the
// buckets at both ends.
func (x *Index) priced(among *roaring.Bitmap, low, high int64) *roaring.Bitmap {
	within := func(set *roaring.Bitmap) *roaring.Bitmap {
		var kept []uint32
		for it := set.Iterator(); it.HasNext(); {
			n := it.Next()
			if price := x.sortKeys[byPrice][n]; price >= low && (high == 0 || price <= high) {
				kept = append(kept, n)
			}
		}
		return roaring.BitmapOf(kept...)
	}
	if among.GetCardinality() <= x.live.GetCardinality()/fewPriced {
		return within(among)
	}
	var sets []*roaring.Bitmap
	for b, p := range x.prices {
		switch {
		case b < bucket(low), high > 0 && b > bucket(high):
		case b > bucket(low) && (high == 0 || b < bucket(high)):
			sets = append(sets, p.set())
		default:
			sets = append(sets, within(p.set()))
		}
	}
	return roaring.And(among, union(sets))
}

// groupNames resolves what is asked for to groups that exist.
func (x *Index) groupNames(asked []string) (names []string) {
	for _, a := range asked {
		if a != search.AllOptions {
			if x.groups[a] != nil && !slices.Contains(names, a) {
				names = append(names, a)
			}
			continue
		}
		var options []string
		for name := range x.groups {
			if _, is := search.OptionOf(name); is && !slices.Contains(names, name) {
				options = append(options, name)
			}
		}
		slices.Sort(options)
		names = append(names, options...)
	}
	return names
}
