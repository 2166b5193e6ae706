package elastic_test

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/halum-hut/halum/core/search"
)

// matcher says whether a document matches, and with which score.
type matcher func(*standInDoc) (bool, float64)

func when(fn func(*standInDoc) bool) matcher {
	return func(d *standInDoc) (bool, float64) { return fn(d), 1 }
}

// query reads a question of the API's language.
func (ix *standInIndex) query(raw json.RawMessage) (matcher, error) {
	var kinds map[string]json.RawMessage
	if err := json.Unmarshal(raw, &kinds); err != nil || len(kinds) != 1 {
		return nil, badRequest("a query has one kind: %s", raw)
	}
	for kind, body := range kinds {
		switch kind {
		case "match_all":
			return when(func(*standInDoc) bool { return true }), strictly(body, &struct{}{})
		case "bool":
			return ix.boolean(body)
		case "dis_max":
			return ix.highest(body)
		case "constant_score":
			return ix.constant(body)
		case "terms":
			return ix.terms(body)
		case "range":
			return ix.within(body)
		default:
			return ix.leaf(kind, body)
		}
	}
	return nil, nil //nolint:nilnil // there is one kind
}

func (ix *standInIndex) queries(all []json.RawMessage) (out []matcher, err error) {
	for _, raw := range all {
		m, err := ix.query(raw)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func (ix *standInIndex) boolean(body []byte) (matcher, error) {
	var b struct {
		Filter, Must, Should []json.RawMessage
		Least                *int `json:"minimum_should_match"`
	}
	if err := strictly(body, &b); err != nil {
		return nil, err
	}
	filter, err := ix.queries(b.Filter)
	if err != nil {
		return nil, err
	}
	must, err := ix.queries(b.Must)
	if err != nil {
		return nil, err
	}
	should, err := ix.queries(b.Should)
	if err != nil {
		return nil, err
	}
	least := 0
	if b.Least != nil {
		least = *b.Least
	} else if len(b.Should) > 0 {
		return nil, badRequest("say how many should match")
	}
	return func(d *standInDoc) (bool, float64) {
		score, n := 0.0, 0
		for _, m := range filter {
			if is, _ := m(d); !is {
				return false, 0
			}
		}
		for _, m := range must {
			is, s := m(d)
			if !is {
				return false, 0
			}
			score += s
		}
		for _, m := range should {
			if is, s := m(d); is {
				n, score = n+1, score+s
			}
		}
		return n >= least, score
	}, nil
}

func (ix *standInIndex) highest(body []byte) (matcher, error) {
	var b struct{ Queries []json.RawMessage }
	if err := strictly(body, &b); err != nil {
		return nil, err
	}
	all, err := ix.queries(b.Queries)
	return func(d *standInDoc) (matches bool, top float64) {
		for _, m := range all {
			if is, s := m(d); is {
				matches, top = true, max(top, s)
			}
		}
		return matches, top
	}, err
}

func (ix *standInIndex) constant(body []byte) (matcher, error) {
	var b struct {
		Filter json.RawMessage
		Boost  float64
	}
	if err := strictly(body, &b); err != nil {
		return nil, err
	}
	m, err := ix.query(b.Filter)
	return func(d *standInDoc) (bool, float64) { is, _ := m(d); return is, b.Boost }, err
}

func (ix *standInIndex) terms(body []byte) (matcher, error) {
	var b map[string][]string
	if err := strictly(body, &b); err != nil || len(b) != 1 {
		return nil, badRequest("terms: %s", body)
	}
	for field, values := range b {
		if ix.fields[field].Type != "keyword" {
			return nil, badRequest("[%s] is no keyword", field)
		}
		return when(func(d *standInDoc) bool {
			return slices.ContainsFunc(d.terms[field], func(t string) bool { return slices.Contains(values, t) })
		}), nil
	}
	return nil, nil //nolint:nilnil // there is one field
}

func (ix *standInIndex) within(body []byte) (matcher, error) {
	var b map[string]struct{ Gte, Lte *int64 }
	if err := strictly(body, &b); err != nil || len(b) != 1 {
		return nil, badRequest("range: %s", body)
	}
	for field, bounds := range b {
		if ix.fields[field].Type != "long" {
			return nil, badRequest("[%s] is no number", field)
		}
		return when(func(d *standInDoc) bool {
			n, has := d.numbers[field]
			return has && (bounds.Gte == nil || n >= *bounds.Gte) && (bounds.Lte == nil || n <= *bounds.Lte)
		}), nil
	}
	return nil, nil //nolint:nilnil // there is one field
}

// leaf reads a query on one field with one value.
func (ix *standInIndex) leaf(kind string, body []byte) (matcher, error) {
	var fields map[string]struct {
		Value          json.RawMessage
		Query          string
		ZeroTerms      string `json:"zero_terms_query"`
		Fuzziness      int
		Transpositions bool
		Rewrite        string
	}
	if err := strictly(body, &fields); err != nil || len(fields) != 1 {
		return nil, badRequest("%s: %s", kind, body)
	}
	for field, b := range fields {
		f, known := ix.fields[field]
		if !known {
			return nil, badRequest("no field [%s]", field) // a server would silently find nothing
		}
		value := strings.Trim(string(b.Value), `"`)
		if len(b.Value) > 0 && b.Value[0] == '"' {
			if err := json.Unmarshal(b.Value, &value); err != nil {
				return nil, badRequest("%v", err)
			}
		}
		has := func(fn func(string) bool) matcher {
			return when(func(d *standInDoc) bool { return slices.ContainsFunc(d.terms[field], fn) })
		}
		switch {
		case kind == "term" && f.Type != "long":
			return has(func(t string) bool { return t == value }), nil
		case kind == "prefix" && value != "":
			return has(func(t string) bool { return strings.HasPrefix(t, value) }), nil
		case kind == "fuzzy" && b.Transpositions && b.Rewrite == "constant_score" && b.Fuzziness <= 2:
			return has(func(t string) bool { return search.Edits([]rune(value), []rune(t), b.Fuzziness) <= b.Fuzziness }), nil
		case kind == "match" && f.Type == "text" && (b.ZeroTerms == "all" || b.ZeroTerms == "none"):
			tokens := ix.analysis.analyze(f.Analyzer, b.Query)
			if len(tokens) == 0 {
				return when(func(*standInDoc) bool { return b.ZeroTerms == "all" }), nil
			}
			return has(func(t string) bool { return slices.Contains(tokens, t) }), nil
		}
	}
	return nil, badRequest("%s is not known as %s", kind, body)
}
