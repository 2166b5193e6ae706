// Package postings is a shop's search index in the memory of one process: which products have which words and values,
// as compressed bitmaps, and the products in the order of every sort. It answers a query in a time that hardly depends
// on the size of the shop.
//
// It owns matching, ranking, counting, suggesting and correcting. It refuses to know SQL: the rows come from Postgres,
// which is the truth, and whoever feeds the index sees to it that none is missed. Read index.go first, then query.go.
package postings

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

const fewAtMost = 16

// posting is a set of products. Most words occur in few products, and those take no bitmap.
type posting struct {
	few  []uint32
	many *roaring.Bitmap
}

// add puts in a product whose number is at least that of all before.
func (p *posting) add(n uint32) {
	switch {
	case p.many != nil:
		p.many.Add(n)
	case len(p.few) > 0 && p.few[len(p.few)-1] == n:
	case len(p.few) < fewAtMost:
		p.few = append(p.few, n)
	default:
		p.many = roaring.BitmapOf(p.few...)
		p.many.Add(n)
		p.few = nil
	}
}

// set returns the products as a bitmap that must not be changed.
func (p *posting) set() *roaring.Bitmap {
	if p.many != nil {
		return p.many
	}
	return roaring.BitmapOf(p.few...)
}

func (p *posting) size() int {
	if p.many != nil {
		return int(p.many.GetCardinality())
	}
	return len(p.few)
}

// within counts the products that are in both.
func (p *posting) within(r *roaring.Bitmap) (n int) {
	if p.many != nil {
		return int(p.many.AndCardinality(r))
	}
	for _, one := range p.few {
		if r.Contains(one) {
			n++
		}
	}
	return n
}

func (p *posting) bytes() int64 {
	if p.many != nil {
		return int64(p.many.GetSizeInBytes()) + 150
	}
	return int64(cap(p.few)) * 4
}

// union returns the products in any set; of one set it is that set itself. It must not be changed.
func union(sets []*roaring.Bitmap) *roaring.Bitmap {
	switch len(sets) {
	case 0:
		return roaring.New()
	case 1:
		return sets[0]
	}
	return roaring.FastOr(sets...)
}

// merge puts sorted news into a sorted list, leaving out what drop says.
func merge[T any](list, news []T, compare func(a, b T) int, drop func(T) bool) []T {
	if len(news) == 0 && drop == nil {
		return list
	}
	out := make([]T, 0, len(list)+len(news)+len(list)/16)
	for _, old := range list {
		if drop != nil && drop(old) {
			continue
		}
		for len(news) > 0 && compare(news[0], old) < 0 {
			out, news = append(out, news[0]), news[1:]
		}
		out = append(out, old)
	}
	return append(out, news...)
}

// best keeps the first n of a stream in an order.
type best[T any] struct {
	n       int
	compare func(a, b T) int
	kept    []T
}

func (b *best[T]) offer(v T) {
	if len(b.kept) == b.n && (b.n == 0 || b.compare(v, b.kept[b.n-1]) >= 0) {
		return
	}
	i, _ := slices.BinarySearchFunc(b.kept, v, b.compare)
	b.kept = slices.Insert(b.kept, i, v)
	b.kept = b.kept[:min(len(b.kept), b.n)]
}
