package postings

import (
	"math/bits"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/halum-hut/halum/core/search"
)

const (
	// fewMatches is the part of a shop up to which it is cheaper to go through the products found and look what each has
	// than to go through the values and look how many products of each were found.
	fewMatches = 64
	// A value that more than this part of the products have is counted by bits.
	fewHave = 64
)

// note adds a product, of which there are so many by now, to the form that is counted.
func (v *value) note(n uint32, products int) {
	if v.bits == nil && len(v.list) <= max(products/fewHave, 64) {
		v.list = append(v.list, n)
		return
	}
	for _, old := range v.list {
		v.mark(old)
	}
	v.list = nil
	v.mark(n)
}

func (v *value) mark(n uint32) {
	for int(n>>6) >= len(v.bits) {
		v.bits = append(v.bits, 0)
	}
	v.bits[n>>6] |= 1 << (n & 63)
}

// countIn counts the products of the value in a set of bits.
func (v *value) countIn(set []uint64) (n int) {
	if v.bits != nil {
		most := min(len(v.bits), len(set))
		set = set[:most]
		for i, w := range v.bits[:most] {
			n += bits.OnesCount64(w & set[i])
		}
		return n
	}
	for _, one := range v.list {
		if i := int(one >> 6); i < len(set) {
			n += int(set[i] >> (one & 63) & 1)
		}
	}
	return n
}

// facets counts the values of groups. A group that is filtered by counts as if it were not.
func (x *Index) facets(groups []string, found candidates, all *roaring.Bitmap) (out []search.Facet) {
	var shared *counter
	for _, name := range groups {
		var c *counter
		if found.filtered(name) {
			c = x.counter(found.narrow(name))
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
	within []uint64
	counts []uint32 // by the value's place, when the products were gone through
}

func (x *Index) counter(within *roaring.Bitmap) *counter {
	if within.GetCardinality() > x.live.GetCardinality()/fewMatches {
		return &counter{within: within.ToDense()}
	}
	c := &counter{counts: make([]uint32, len(x.values))}
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
	return v.countIn(c.within)
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
