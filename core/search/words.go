package search

import (
	"slices"
	"strings"
	"unicode"
)

const maxWord = 64 // runes; what is longer is cut

// Words cuts text into lower-case words of letters, digits and marks of any script. Joiners, which change how Bengali is
// drawn and not what it says, are left out; digits of all scripts become 0 to 9. The text must be in a Unicode
// normal form: two spellings of one letter are two words otherwise.
func Words(text string) []string {
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, string(word[:min(len(word), maxWord)]))
		}
		word = word[:0]
	}
	for _, r := range text {
		switch {
		case r == '\u200c' || r == '\u200d' || r == '\u00ad' || r == '\'' || r == '’':
		case unicode.IsDigit(r):
			word = append(word, digit(r))
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r) && len(word) > 0:
			word = append(word, unicode.ToLower(r))
		default:
			flush()
		}
	}
	flush()
	return words
}

// digit writes a decimal digit of any script as 0 to 9: the blocks of digits are ten long and begin with zero.
func digit(r rune) rune {
	if r < 0x80 {
		return r
	}
	for n := range rune(10) {
		if !unicode.IsDigit(r - n - 1) {
			return '0' + n
		}
	}
	return r
}

// Code is how a SKU or barcode is compared: letters and digits only.
func Code(s string) string { return strings.Join(Words(s), "") }

// Clause is one part of a query: a product matches when all words of any alternative occur in it.
type Clause struct {
	Alternatives [][]string
}

// Synonyms are words that mean the same to a shop's search. A one-way group is found under From only: who looks for
// "panjabi" also finds "kurta", and not the other way round. Without From, all words of the group find each other.
type Synonyms struct {
	From  string   `json:"from"`
	Words []string `json:"words"`
}

// Limits of a shop's synonyms.
const (
	MaxSynonyms     = 1000
	MaxSynonymWords = 20
)

// Expand puts the synonyms into a query: the longest known sequence of words first.
func Expand(words []string, known Expansions) []Clause {
	var clauses []Clause
	for i := 0; i < len(words); {
		n, alternatives := 1, [][]string{words[i : i+1]}
		for length := min(known.longest, len(words)-i); length > 0; length-- {
			if found := known.of[strings.Join(words[i:i+length], " ")]; found != nil {
				n, alternatives = length, append([][]string{words[i : i+length]}, found...)
				break
			}
		}
		clauses = append(clauses, Clause{alternatives})
		i += n
	}
	return clauses
}

// Expansions are synonyms ready to be looked up. The zero value knows none.
type Expansions struct {
	of      map[string][][]string
	longest int
}

// NewExpansions prepares synonyms. cut makes words of text, as it was done with the documents.
func NewExpansions(all []Synonyms, cut func(string) []string) Expansions {
	e := Expansions{of: map[string][][]string{}}
	for _, s := range all {
		var group [][]string
		for _, w := range s.Words {
			if words := cut(w); len(words) > 0 {
				group = append(group, words)
			}
		}
		if from := cut(s.From); len(from) > 0 {
			e.add(from, group)
			continue
		}
		for i, from := range group {
			e.add(from, slices.Concat(group[:i], group[i+1:]))
		}
	}
	return e
}

func (e *Expansions) add(from []string, to [][]string) {
	key := strings.Join(from, " ")
	e.of[key] = append(e.of[key], to...)
	e.longest = max(e.longest, len(from))
}
