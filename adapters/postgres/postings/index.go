package postings

import (
	"bytes"
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/halum-hut/halum/core/search"
)

// Row is one product as it is stored. Its bytes are only read during Apply.
type Row struct {
	ID      []byte
	Version int64
	Live    bool // false: it is not found any more, and the rest is empty

	Title, Keywords, Text []byte // words with a space between; one that begins with StemMark is a stem
	Codes                 []byte // with a space between
	Values                []byte // group, tab, name, line feed

	Price, Created, Popularity, Rating int64
}

// StemMark is before the stem of a word that differs from it.
const StemMark = '~'

// How far from the title a word may be. A level includes those before.
const (
	inTitle = iota
	inKeywords
	inText
	levels
)

// Keys by which products are sorted.
const (
	byPrice = iota
	byCreated
	byPopularity
	byRating
	keys
)

type term struct {
	word string
	at   [levels]posting
}

// value is one property with its products: as a set to filter by, and in the form that is counted fastest, which is a
// list while few products have it and one bit for each product when many do.
type value struct {
	name  string
	place uint32 // in Index.values
	posting
	list []uint32
	bits []uint64
}

type group struct {
	values []*value // those that most products have first
	byName map[string]*value
	dirty  bool
}

// Index is one shop. It is safe for concurrent use. A product that changes gets a new number and its old one is only
// struck out, so that nothing has to be looked up in order to be forgotten: see Worn.
type Index struct {
	mu sync.RWMutex

	ids      []string // by number
	versions []int64
	sortKeys [keys][]int64
	numbers  map[string]uint32
	live     *roaring.Bitmap
	order    [keys][]uint32 // the living, by key and id

	terms    map[string]*term
	words    []*term // without stems and numbers, sorted
	trigrams map[[3]rune][]uint32
	spelled  []*term // what trigrams point into
	codes    map[string]uint32
	groups   map[string]*group
	values   []*value
	has      []uint32         // places of the values of each product, one after the other
	hasFrom  []uint32         // by number; one more than there are products
	prices   map[int]*posting // by bucket
}

// New returns an empty index.
func New() *Index {
	return &Index{
		numbers: map[string]uint32{}, live: roaring.New(), terms: map[string]*term{}, trigrams: map[[3]rune][]uint32{},
		codes: map[string]uint32{}, groups: map[string]*group{}, prices: map[int]*posting{}, hasFrom: []uint32{0},
	}
}

// change is what one Apply does.
type change struct {
	added    []uint32
	struck   *roaring.Bitmap
	newWords []*term
}

// Begin returns a function that takes rows one by one, and one that must be called after the last: the index is locked
// in between. A row whose version is not above the known one is left out.
func (x *Index) Begin() (take func(Row), end func()) {
	x.mu.Lock()
	c := &change{struck: roaring.New()}
	return func(r Row) { x.take(c, r) }, func() {
		x.finish(c)
		x.mu.Unlock()
	}
}

func (x *Index) take(c *change, r Row) {
	if old, known := x.numbers[string(r.ID)]; known {
		if x.versions[old] >= r.Version {
			return
		}
		if x.live.CheckedRemove(old) {
			c.struck.Add(old)
		}
	}
	n := uint32(len(x.ids))
	id := string(r.ID)
	x.ids, x.versions, x.numbers[id] = append(x.ids, id), append(x.versions, r.Version), n
	for k, v := range [keys]int64{r.Price, r.Created, r.Popularity, r.Rating} {
		x.sortKeys[k] = append(x.sortKeys[k], v)
	}
	if r.Live {
		x.addLive(c, r, n)
	}
	x.hasFrom = append(x.hasFrom, uint32(len(x.has)))
}

func (x *Index) addLive(c *change, r Row, n uint32) {
	x.live.Add(n)
	c.added = append(c.added, n)
	x.addWords(c, r.Title, inTitle, n)
	x.addWords(c, r.Keywords, inKeywords, n)
	x.addWords(c, r.Text, inText, n)
	for code := range bytes.FieldsSeq(r.Codes) {
		x.codes[string(code)] = n
	}
	for line := range bytes.Lines(r.Values) {
		if g, name, ok := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte("\t")); ok {
			x.addValue(g, name, n)
		}
	}
	b := bucket(r.Price)
	if x.prices[b] == nil {
		x.prices[b] = &posting{}
	}
	x.prices[b].add(n)
}

func (x *Index) addWords(c *change, text []byte, level int, n uint32) {
	for len(text) > 0 {
		word, rest, _ := bytes.Cut(text, []byte(" "))
		text = rest
		t := x.terms[string(word)]
		if t == nil {
			if len(word) == 0 {
				continue
			}
			t = &term{word: string(word)}
			x.terms[t.word] = t
			if t.word[0] != StemMark && search.Spellable(t.word) {
				c.newWords = append(c.newWords, t)
			}
		}
		for l := level; l < levels; l++ {
			t.at[l].add(n)
		}
	}
}

func (x *Index) addValue(groupName, name []byte, n uint32) {
	g := x.groups[string(groupName)]
	if g == nil {
		g = &group{byName: map[string]*value{}}
		x.groups[string(groupName)] = g
	}
	v := g.byName[string(name)]
	if v == nil {
		v = &value{name: string(name), place: uint32(len(x.values))}
		g.byName[v.name], g.values = v, append(g.values, v)
		x.values = append(x.values, v)
	}
	v.add(n)
	v.note(n, len(x.ids))
	x.has = append(x.has, v.place)
	g.dirty = true
}

// finish brings the sorted lists up to date, each in one pass.
func (x *Index) finish(c *change) {
	drop := c.struck.Contains
	if c.struck.IsEmpty() {
		drop = nil
	}
	c.added = slices.DeleteFunc(c.added, func(n uint32) bool { return !x.live.Contains(n) }) // it came twice
	for k := range keys {
		compare := x.comparing(k)
		slices.SortFunc(c.added, compare)
		x.order[k] = merge(x.order[k], c.added, compare, drop)
	}
	for _, g := range x.groups {
		if g.dirty {
			slices.SortFunc(g.values, func(a, b *value) int { return cmp.Or(b.size()-a.size(), strings.Compare(a.name, b.name)) })
			g.dirty = false
		}
	}
	for _, t := range c.newWords {
		at := uint32(len(x.spelled))
		x.spelled = append(x.spelled, t)
		for g := range trigramsOf(t.word) {
			x.trigrams[g] = append(x.trigrams[g], at)
		}
	}
	slices.SortFunc(c.newWords, compareWords)
	x.words = merge(x.words, c.newWords, compareWords, nil)
}

func compareWords(a, b *term) int { return strings.Compare(a.word, b.word) }

// comparing orders products by a key and, where it is equal, by id.
func (x *Index) comparing(k int) func(a, b uint32) int {
	by := x.sortKeys[k]
	return func(a, b uint32) int {
		return cmp.Or(cmp.Compare(by[a], by[b]), strings.Compare(x.ids[a], x.ids[b]))
	}
}

// bucket puts prices into classes an eighth of a doubling wide. A higher price never has a lower bucket.
func bucket(price int64) int {
	if price < 8 {
		return int(max(price, 0))
	}
	e := bits.Len64(uint64(price)) - 1
	return e<<3 | int(price>>(e-3)&7)
}

// Worn reports that so much is struck out that the index should be made anew.
func (x *Index) Worn() bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.ids) > 2*int(x.live.GetCardinality())+2000
}

// Bytes estimates the memory that the index takes.
func (x *Index) Bytes() int64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	const perProduct, perTerm, perTrigram, perCode = 180, 260, 80, 60
	n := int64(len(x.has))*4 + int64(len(x.ids))*perProduct + int64(len(x.terms))*perTerm + int64(len(x.trigrams))*perTrigram + int64(len(x.codes))*perCode
	for _, t := range x.terms {
		for l := range t.at {
			n += t.at[l].bytes()
		}
	}
	for _, g := range x.groups {
		for _, v := range g.values {
			n += v.bytes() + int64(cap(v.list))*4 + int64(cap(v.bits))*8 + perTerm
		}
	}
	return n
}
