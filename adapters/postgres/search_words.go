package postgres

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/unicode/norm"

	"github.com/halum-hut/halum/adapters/postgres/postings"
	"github.com/halum-hut/halum/core/search"
)

const (
	// The dictionaries of Postgres know stems and stop words. Words are cut before, so that each is one lexeme or none.
	stemWords = `select w.word, tsvector_to_array(to_tsvector($1::text::regconfig, w.word)) from unnest($2::text[]) as w (word)`

	maxBodyWords = 400
	manyStems    = 100_000
)

// cutWords makes words of text of any origin: compatibility forms and accents of Latin, Greek and Cyrillic letters are
// folded, and letters that Bengali writes in two ways become one.
func cutWords(text string) []string { return search.Words(fold(text)) }

func fold(text string) string {
	if isASCII(text) {
		return text
	}
	open := norm.NFKD.String(text)
	if strings.ContainsFunc(open, isAccent) {
		open = strings.Map(func(r rune) rune {
			if isAccent(r) {
				return -1
			}
			return r
		}, open)
	}
	return norm.NFC.String(open)
}

// isAccent is true for the combining marks of European scripts; those of Indic scripts are letters of their own right.
func isAccent(r rune) bool { return r >= 0x300 && r <= 0x36f }

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}

// Languages for which Postgres 14 and later bring a dictionary, by what their words are written in.
var (
	latinDictionaries = map[string]string{
		"ca": "catalan", "da": "danish", "de": "german", "en": "english", "es": "spanish", "eu": "basque", "fi": "finnish", "fr": "french",
		"ga": "irish", "hu": "hungarian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "nl": "dutch",
		"no": "norwegian", "pt": "portuguese", "ro": "romanian", "sv": "swedish", "tr": "turkish",
	}
	otherDictionaries = map[string]string{
		"ar": "arabic", "el": "greek", "hi": "hindi", "hy": "armenian", "ne": "nepali", "ru": "russian", "sr": "serbian", "ta": "tamil",
	}
)

// dictionaryOf returns the text search configuration for a word in a shop of some language; "" leaves it as it is, such
// as Bengali, of which Postgres knows nothing. Latin words in a shop of another script are taken for English.
func dictionaryOf(locale, word string) string {
	language, _, _ := strings.Cut(strings.ToLower(locale), "-")
	latin := true
	for _, r := range word {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsMark(r):
			return "" // sizes and model numbers have no stem
		case !unicode.Is(unicode.Latin, r):
			latin = false
		}
	}
	switch {
	case !latin:
		return otherDictionaries[language]
	case latinDictionaries[language] != "":
		return latinDictionaries[language]
	case otherDictionaries[language] != "", language == "bn", language == "":
		return "english"
	}
	return ""
}

// stem is what a dictionary says of a word.
type stem struct {
	text string // "" when it is the word itself
	stop bool
}

type stemKey struct{ dictionary, word string }

// stems looks words up: those that were not asked for lately in one statement per dictionary, of which a shop has one or
// two.
func (x *Search) stems(ctx context.Context, s *session, locale string, words []string) (map[string]stem, error) {
	known := make(map[string]stem, len(words))
	missing := map[string][]string{}
	for _, w := range words {
		if _, done := known[w]; done {
			continue
		}
		d := dictionaryOf(locale, w)
		found, cached := stem{}, true
		if d != "" {
			found, cached = x.known.GetIfPresent(stemKey{d, w})
		}
		if known[w] = found; !cached {
			missing[d] = append(missing[d], w)
		}
	}
	for d, words := range missing {
		if err := x.lookUp(ctx, s, d, words, known); err != nil {
			return nil, err
		}
	}
	return known, nil
}

func (x *Search) lookUp(ctx context.Context, s *session, dictionary string, words []string, known map[string]stem) error {
	rows, err := s.db.Query(ctx, stemWords, dictionary, words)
	if err != nil {
		return fault(err, "look stems up")
	}
	var word string
	var lexemes []string
	_, err = pgx.ForEachRow(rows, []any{&word, &lexemes}, func() error {
		found := stem{stop: len(lexemes) == 0}
		if len(lexemes) == 1 && lexemes[0] != word {
			found.text = strings.Clone(lexemes[0])
		}
		known[word] = found
		x.known.Set(stemKey{dictionary, strings.Clone(word)}, found)
		return nil
	})
	return fault(err, "look stems up")
}

// packed is a list of words as it is stored: each once, stems that are no word of the list behind them.
func packed(words []string, stems map[string]stem) string {
	seen := make(map[string]bool, 2*len(words))
	out := make([]string, 0, len(words))
	add := func(w string) {
		if !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	for _, w := range words {
		add(w)
	}
	for _, w := range words {
		if s := stems[w].text; s != "" && !seen[s] {
			add(string(postings.StemMark) + s)
		}
	}
	return strings.Join(out, " ")
}

// question turns a query's clauses into those of the index. Stop words count only where there is nothing else.
func question(all []search.Clause, stems map[string]stem) []postings.Clause {
	stops := func(c search.Clause) bool { return len(c.Alternatives) == 1 && stems[c.Alternatives[0][0]].stop }
	if meaningful := slices.DeleteFunc(slices.Clone(all), stops); len(meaningful) > 0 {
		all = meaningful
	}
	clauses := make([]postings.Clause, len(all))
	for i, c := range all {
		for _, alternative := range c.Alternatives {
			var words []postings.Word
			for _, w := range alternative {
				words = append(words, postings.Word{Text: w, Stem: stems[w].text})
			}
			clauses[i] = append(clauses[i], words)
		}
	}
	return clauses
}

// wordsOf lists all words of clauses, also those of synonyms.
func wordsOf(clauses []search.Clause) (words []string) {
	for _, c := range clauses {
		for _, alternative := range c.Alternatives {
			words = append(words, alternative...)
		}
	}
	return words
}
