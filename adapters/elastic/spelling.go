package elastic

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/ports"
)

// manyAlike is how many words of the products that have a similar one are looked at.
const manyAlike = 1000

// vocabulary is what a shop knows of some words.
type vocabulary struct {
	has     map[string]bool   // it has the word or another form of it
	nearest map[string]string // the word of the shop that is spelled most like it
}

func wordsOf(clauses []search.Clause) (words []string) {
	for _, c := range clauses {
		words = append(words, c.Alternatives[0]...)
	}
	return distinct(words)
}

// lookUp asks what the shop knows of the words, in one request.
func (x *Index) lookUp(ctx context.Context, s ports.Shelf, clauses []search.Clause) (vocabulary, error) {
	words, aggs := wordsOf(clauses), object{}
	for i, w := range words {
		n := strconv.Itoa(i)
		aggs["has"+n] = object{"filter": anyOf(term(inText, w), inForm(inText, w, "none"))}
		if tolerance := search.Tolerance(w); tolerance > 0 {
			aggs["near"+n] = object{"filter": alike(w, tolerance), "aggs": object{"values": topTerms("spelled", aboutAsLong(w, tolerance), manyAlike)}}
		}
	}
	question := scoped(s.Tenant, everything)
	question["size"], question["aggs"] = 0, aggs
	a, err := x.ask(ctx, s, question)
	v := vocabulary{map[string]bool{}, map[string]string{}}
	for i, w := range words {
		n := strconv.Itoa(i)
		v.has[w] = a.Aggregations["has"+n].Count > 0
		v.nearest[w] = nearest(w, a.Aggregations["near"+n])
	}
	return v, err
}

// alike finds words that are a few edits away. All of them count: the server's usual choice of the fifty best would be
// one among the words of all shops.
func alike(word string, edits int) object {
	return object{"fuzzy": object{"spelled": object{"value": word, "fuzziness": edits, "transpositions": true, "rewrite": "constant_score"}}}
}

// aboutAsLong is a pattern of words whose length a few edits can reach.
func aboutAsLong(word string, edits int) string {
	n := len([]rune(word))
	return fmt.Sprintf(".{%d,%d}", max(1, n-edits), n+edits)
}

// nearest chooses among the words of products that have a similar one: the least edits, then the most products.
func nearest(word string, among aggregation) (found string) {
	distance := search.Tolerance(word) + 1
	for _, b := range among.Values.Buckets { // the frequent ones first
		if d := search.Edits([]rune(word), []rune(b.Key), search.Tolerance(word)); d < distance {
			found, distance = b.Key, d
		}
	}
	return found
}

func (v vocabulary) hasLast(clauses []search.Clause) bool {
	words := clauses[len(clauses)-1].Alternatives[0]
	return v.has[words[len(words)-1]]
}

// correct replaces the words that the shop does not have by those that are spelled like them.
func (v vocabulary) correct(w wanted) (other wanted, changed bool) {
	other = wanted{clauses: clone(w.clauses), code: w.code, unfinished: w.unfinished}
	last := len(other.clauses) - 1
	for i, c := range other.clauses {
		for j, word := range slices.Clone(c.Alternatives[0]) {
			if v.has[word] || v.nearest[word] == "" {
				continue
			}
			c.Alternatives[0][j], changed = v.nearest[word], true
			if i == last && j == len(c.Alternatives[0])-1 {
				other.unfinished = false
			}
		}
	}
	return other, changed
}
