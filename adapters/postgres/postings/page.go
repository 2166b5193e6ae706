package postings

import (
	"cmp"
	"sort"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/halum-hut/halum/core/search"
)

// walk is a sort: a key and its direction.
type walk struct {
	key        int
	descending bool
}

var walks = map[search.Sort]walk{
	search.Relevance: {byPopularity, true},
	search.Newest:    {byCreated, true},
	search.PriceUp:   {byPrice, false},
	search.PriceDown: {byPrice, true},
	search.Popular:   {byPopularity, true},
	search.Rated:     {byRating, true},
}

// tiers splits what was found by relevance, the best first: the code itself, all words in the title, all in title and
// keywords, the rest. Every other sort has one tier.
func (x *Index) tiers(q Query, all *roaring.Bitmap) []*roaring.Bitmap {
	if q.Sort != search.Relevance || len(q.Clauses) == 0 {
		return []*roaring.Bitmap{all}
	}
	code := roaring.New()
	if n, known := x.codes[q.Code]; known && q.Code != "" && all.Contains(n) {
		code.Add(n)
	}
	title := roaring.AndNot(roaring.And(all, x.clauses(q.Clauses, inTitle)), code)
	keywords := roaring.And(all, x.clauses(q.Clauses, inKeywords))
	rest := roaring.AndNot(all, keywords)
	keywords.AndNot(title)
	keywords.AndNot(code)
	rest.AndNot(code)
	return []*roaring.Bitmap{code, title, keywords, rest}
}

// page fills in the products after the cursor. One more than asked for is looked for, to know whether there is more.
func (x *Index) page(found *Found, q Query, tiers []*roaring.Bitmap) {
	by, known := walks[q.Sort]
	if !known {
		by = walks[search.Newest]
	}
	want := q.Limit + 1
	last := Place{}
	for tier, set := range tiers {
		after := q.After
		if after != nil && tier < after.Tier {
			continue
		}
		if after != nil && tier > after.Tier {
			after = nil
		}
		for _, n := range x.pick(set, by, after, want-len(found.IDs)) {
			if len(found.IDs) == q.Limit {
				found.Next = &last
				return
			}
			found.IDs = append(found.IDs, x.ids[n])
			last = Place{tier, x.sortKeys[by.key][n], x.ids[n]}
		}
	}
}

// pick returns the first n products of a set after a place. Where the set is dense it walks along the sorted list, and
// where it is thin it goes through the set: either way it looks at about the square root of the shop.
func (x *Index) pick(set *roaring.Bitmap, by walk, after *Place, n int) []uint32 {
	order := x.order[by.key]
	size := set.GetCardinality()
	if size == 0 || n <= 0 {
		return nil
	}
	if size*size > uint64(n)*uint64(len(order)) {
		return x.along(order, set, by, after, n)
	}
	compare := x.comparing(by.key)
	top := best[uint32]{n: n, compare: compare}
	if by.descending {
		top.compare = func(a, b uint32) int { return compare(b, a) }
	}
	for it := set.Iterator(); it.HasNext(); {
		if p := it.Next(); after == nil || x.behind(p, by, *after) {
			top.offer(p)
		}
	}
	return top.kept
}

func (x *Index) along(order []uint32, set *roaring.Bitmap, by walk, after *Place, n int) (picked []uint32) {
	i, step := 0, 1
	if by.descending {
		i, step = len(order)-1, -1
	}
	if after != nil {
		if by.descending {
			i = sort.Search(len(order), func(i int) bool { return x.against(order[i], by.key, *after) >= 0 }) - 1
		} else {
			i = sort.Search(len(order), func(i int) bool { return x.against(order[i], by.key, *after) > 0 })
		}
	}
	for ; i >= 0 && i < len(order) && len(picked) < n; i += step {
		if set.Contains(order[i]) {
			picked = append(picked, order[i])
		}
	}
	return picked
}

// against compares a product with a place.
func (x *Index) against(n uint32, key int, p Place) int {
	return cmp.Or(cmp.Compare(x.sortKeys[key][n], p.Key), strings.Compare(x.ids[n], p.ID))
}

// behind says whether a product comes after a place in a sort.
func (x *Index) behind(n uint32, by walk, p Place) bool {
	c := x.against(n, by.key, p)
	return by.descending && c < 0 || !by.descending && c > 0
}
