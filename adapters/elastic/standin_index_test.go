package elastic_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
)

type standInField struct {
	Type         string                  `json:"type"`
	Analyzer     string                  `json:"analyzer"`
	IndexOptions string                  `json:"index_options"`
	Norms        *bool                   `json:"norms"`
	Fields       map[string]standInField `json:"fields"`
}

// standInAnalysis are analysers of words with white space between.
type standInAnalysis struct {
	Filter map[string]struct {
		Type      string `json:"type"`
		Stopwords string `json:"stopwords"`
		Language  string `json:"language"`
	} `json:"filter"`
	Analyzer map[string]struct {
		Type      string   `json:"type"`
		Tokenizer string   `json:"tokenizer"`
		Filter    []string `json:"filter"`
	} `json:"analyzer"`
}

// shipped are the filters that a server has under their own names, of those that are used.
var shipped = []string{
	"arabic_normalization", "indic_normalization", "bengali_normalization", "hindi_normalization", "sorani_normalization",
}

// stopWords of English are Lucene's.
var stopWords = strings.Fields("a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with")

// stemmers are those that there is a Go library for and the suite needs; words of other languages stay as they are.
var stemmers = map[string]func(*snowballstem.Env) bool{"porter2": english.Stem, "german": german.Stem, "french": french.Stem}

func (a standInAnalysis) check(analyzer string) error {
	if analyzer == "" {
		return nil
	}
	one, known := a.Analyzer[analyzer]
	if !known || one.Type != "custom" || one.Tokenizer != "whitespace" {
		return badRequest("analyzer [%s] is not known", analyzer)
	}
	for _, name := range one.Filter {
		if _, own := a.Filter[name]; !own && !slices.Contains(shipped, name) {
			return badRequest("filter [%s] is not known", name)
		}
	}
	return nil
}

func (a standInAnalysis) analyze(analyzer, text string) (tokens []string) {
	for _, token := range strings.Fields(text) {
		kept := true
		for _, name := range a.Analyzer[analyzer].Filter {
			switch f := a.Filter[name]; {
			case f.Type == "stop" && f.Stopwords == "_english_" && slices.Contains(stopWords, token):
				kept = false
			case f.Type == "stemmer" && stemmers[f.Language] != nil:
				env := snowballstem.NewEnv(token)
				stemmers[f.Language](env)
				token = env.Current()
			}
		}
		if kept {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

type standInIndex struct {
	fields   map[string]standInField
	analysis standInAnalysis
	docs     map[string]*standInDoc
}

type standInDoc struct {
	version int64
	routing string
	visible bool
	terms   map[string][]string // keywords, booleans and tokens of texts
	numbers map[string]int64
}

// read takes a document in, field by field.
func (ix *standInIndex) read(source []byte) (*standInDoc, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(source, &all); err != nil {
		return nil, badRequest("%v", err)
	}
	d := &standInDoc{terms: map[string][]string{}, numbers: map[string]int64{}}
	for name, raw := range all {
		f, known := ix.fields[name]
		if !known {
			return nil, refusal{http.StatusBadRequest, "strict_dynamic_mapping_exception", "[" + name + "] is not allowed"}
		}
		if err := ix.readField(d, name, f, raw); err != nil {
			return nil, badRequest("%s: %v", name, err)
		}
	}
	return d, nil
}

func (ix *standInIndex) readField(d *standInDoc, name string, f standInField, raw []byte) error {
	switch f.Type {
	case "boolean":
		d.terms[name] = []string{string(raw)}
	case "long":
		var n int64
		err := json.Unmarshal(raw, &n)
		d.numbers[name] = n
		return err
	case "text":
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return err
		}
		d.terms[name] = ix.analysis.analyze(f.Analyzer, text)
		for sub, g := range f.Fields {
			d.terms[name+"."+sub] = ix.analysis.analyze(g.Analyzer, text)
		}
	case "keyword":
		var one string
		if json.Unmarshal(raw, &one) == nil {
			d.terms[name] = []string{one}
			return nil
		}
		var many []string
		err := json.Unmarshal(raw, &many)
		slices.Sort(many)
		d.terms[name] = slices.Compact(many)
		return err
	default:
		return badRequest("type [%s] is not known", f.Type)
	}
	return nil
}
