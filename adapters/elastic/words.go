package elastic

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
)

// Words are cut here and not by the server, so that every search cuts them alike: the server's analysers begin with words.
func cutWords(text string) []string { return search.Words(fold(text)) }

// accents are the combining marks of European scripts; those of Indic scripts are letters of their own right.
var accents = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x300, Hi: 0x36f, Stride: 1}}}

// fold brings spellings together: compatibility forms, accents of Latin, Greek and Cyrillic letters, and letters that
// Bengali writes in two ways.
func fold(text string) string {
	folded, _, err := transform.String(transform.Chain(norm.NFKD, runes.Remove(runes.In(accents)), norm.NFC), text)
	if err != nil {
		return text
	}
	return folded
}

const maxBodyWords = 400

// joined lists each word once.
func joined(words []string) string { return strings.Join(distinct(words), " ") }

func distinct(words []string) []string {
	out := slices.Sorted(slices.Values(words))
	return slices.Compact(out)
}

func spellable(words []string) []string {
	return slices.DeleteFunc(distinct(words), func(w string) bool { return !search.Spellable(w) })
}

// separator stands between group and name of a value and is in neither.
const separator = "\t"

var oneLine = strings.NewReplacer(separator, " ", "\n", " ")

func toValue(group, name string) string {
	return oneLine.Replace(group) + separator + oneLine.Replace(name)
}

// synonyms are a shop's, ready to be looked up.
type synonyms struct {
	version int64
	known   search.Expansions
}

// expand puts the shop's synonyms of now into a query.
func (x *Index) expand(ctx context.Context, t tenant.ID, words []string) ([]search.Clause, error) {
	if len(words) == 0 {
		return nil, nil
	}
	now, err := x.settings(ctx, t)
	if err != nil {
		return nil, err
	}
	s, kept := x.synonyms.GetIfPresent(t)
	if !kept || s.version != now.Version {
		s = synonyms{now.Version, search.NewExpansions(now.Synonyms, cutWords)}
		x.synonyms.Set(t, s)
	}
	return affordable(search.Expand(words, s.known)), nil
}

// manyWords is how many words a question has at most, with those of synonyms. Servers refuse a question of more than 1024
// parts, of which each word makes nine or ten.
const manyWords = 100

// affordable leaves out synonyms, the last of each clause first, when there are too many. What was asked itself stays.
func affordable(clauses []search.Clause) []search.Clause {
	left := manyWords
	for _, c := range clauses {
		left -= len(c.Alternatives[0])
	}
	out := make([]search.Clause, len(clauses))
	for i, c := range clauses {
		out[i].Alternatives = c.Alternatives[:1:1]
	}
	for next := 1; left > 0; next++ {
		more := false
		for i, c := range clauses {
			if next < len(c.Alternatives) && len(c.Alternatives[next]) <= left {
				out[i].Alternatives = append(out[i].Alternatives, c.Alternatives[next])
				left, more = left-len(c.Alternatives[next]), true
			}
		}
		if !more {
			break
		}
	}
	return out
}
