package postings

import (
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/halum-hut/halum/core/search"
)

// fewMatches is the part of a shop up to which it is cheaper to go through the products found and look what each has than
// to go through the values and look how many products of each were found.
const fewMatches = 12

// facets counts the values of groups. A group that is filtered by counts as if it were not.
func (x *Index) facets(groups []string, matched, all *roaring.Bitmap, narrowed []narrowing) (out []search.Facet) {
	var shared *counter
	for _, name := range groups {
		var c *counter
		if slices.ContainsFunc(narrowed, func(n narrowing) bool { return n.group == name }) {
			c = x.counter(x.narrow(matched, narrowed, name))
		} else {
			if shared == nil {
				shared = x.counter(all)
			}
			c = shared
		}
		if values := c.top(x.groups[name]); len(values) > 0 {
			out = append(out, search.Facet{Group: name, Values: values})
		}
	}
	return out
}

// counter counts values within a set of products, in the way that is cheaper for its size.
type counter struct {
	within *roaring.Bitmap
	counts []uint32 // by the value's place, when the products were gone through
}

func (x *Index) counter(within *roaring.Bitmap) *counter {
	c := &counter{within: within}
	if within.GetCardinality() > x.live.GetCardinality()/fewMatches {
		return c
	}
	c.counts = make([]uint32, len(x.values))
	for it := within.Iterator(); it.HasNext(); {
		n := it.Next()
		for _, place := range x.has[x.hasFrom[n]:x.hasFrom[n+1]] {
			c.counts[place]++
		}
	}
	return c
}

func (c *counter) count(v *value) int {
	if c.counts != nil {
		return int(c.counts[v.place])
	}
	return v.within(c.within)
}

// top counts the values of a group, the frequent ones first. As the group has them in the order of how many products have
// them at all, counting ends when no other can be among the first.
func (c *counter) top(g *group) []search.Count {
	top := best[search.Count]{n: search.MaxValues, compare: func(a, b search.Count) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.Name, b.Name)
	}}
	for _, v := range g.values {
		if len(top.kept) == top.n && v.size() < top.kept[top.n-1].Count {
			break
		}
		if n := c.count(v); n > 0 {
			top.offer(search.Count{Name: v.name, Count: n})
		}
	}
	return top.kept
}
