package postings

import (
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/halum-hut/halum/core/search"
)

// Knows reports whether any product has the word or another form of it.
func (x *Index) Knows(w Word) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.word(w, inText).Intersects(x.live)
}

// Correct returns the word of the shop that is spelled most like the given one, the more frequent of two; "" when none
// comes near. Words of three to five characters may differ in one, longer ones in two.
func (x *Index) Correct(word string) string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	given, allowed := []rune(word), search.Tolerance(word)
	if allowed == 0 {
		return ""
	}
	shared := make([]uint8, len(x.spelled))
	var touched []uint32
	count := 0
	for g := range trigramsOf(word) {
		count++
		for _, at := range x.trigrams[g] {
			if shared[at] == 0 {
				touched = append(touched, at)
			}
			shared[at]++
		}
	}
	least := max(1, count-4*allowed) // two swapped letters spoil four trigrams, any other edit fewer
	nearest, distance := (*term)(nil), allowed+1
	for _, at := range touched {
		t := x.spelled[at]
		if int(shared[at]) < least || abs(utf8.RuneCountInString(t.word)-len(given)) > allowed {
			continue
		}
		d := search.Edits(given, []rune(t.word), distance)
		if d < distance || d == distance && d <= allowed && t.at[inText].size() > nearest.at[inText].size() {
			if t.at[inText].within(x.live) > 0 {
				nearest, distance = t, d
			}
		}
	}
	if nearest == nil {
		return ""
	}
	return nearest.word
}

func abs(n int) int { return max(n, -n) }

// trigramsOf yields the runs of three characters, with a mark before and behind the word. A run may come twice.
func trigramsOf(word string) iter.Seq[[3]rune] {
	return func(yield func([3]rune) bool) {
		window := [3]rune{0, 0, 1}
		for _, r := range word + "\x02" {
			window = [3]rune{window[1], window[2], r}
			if window[0] != 0 && !yield(window) {
				return
			}
		}
	}
}

// Suggest completes a query of which the last word may be unfinished. It returns whole queries, those that find most
// first, and the most popular products that are found by what was typed.
func (x *Index) Suggest(before []Word, last Word, n int) (texts, ids []string) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	context := x.live
	lead := ""
	for _, w := range before {
		context = roaring.And(context, x.word(w, inKeywords))
		lead += w.Text + " "
	}
	type completion struct {
		word string
		hits int
	}
	top := best[completion]{n: n, compare: func(a, b completion) int {
		if a.hits != b.hits {
			return b.hits - a.hits
		}
		return strings.Compare(a.word, b.word)
	}}
	for _, t := range x.beginning(last.Text, maxBeginning) {
		if hits := t.at[inKeywords].within(context); hits > 0 {
			top.offer(completion{t.word, hits})
		}
	}
	for _, c := range top.kept {
		texts = append(texts, lead+c.word)
	}
	last.Unfinished = true
	q := Query{Sort: search.Relevance, Limit: n, Clauses: []Clause{{{last}}}}
	for _, w := range before {
		q.Clauses = append(q.Clauses, Clause{{w}})
	}
	found := Found{}
	x.page(&found, q, x.tiers(q, roaring.And(x.live, x.clauses(q.Clauses, inKeywords))))
	return texts, found.IDs
}
