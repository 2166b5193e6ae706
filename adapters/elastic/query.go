package elastic

import (
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
)

// The tiers of relevance, as scores: nothing else is scored.
const (
	elsewhereTier = iota + 1
	keywordTier
	titleTier
	codeTier
)

func term(field string, value any) object {
	return object{"term": object{field: object{"value": value}}}
}

func prefix(field, word string) object { return object{"prefix": object{field: object{"value": word}}} }

// inForm matches a word in any of its forms. A stop word, of which the analyser leaves nothing, matches all or none.
func inForm(field, word, ofNothing string) object {
	return object{"match": object{forms(field): object{"query": word, "zero_terms_query": ofNothing}}}
}

func all(queries []object) object { return object{"bool": object{"filter": queries}} }

func anyOf(queries ...object) object {
	return object{"bool": object{"should": queries, "minimum_should_match": 1}}
}

// scored gives all matches the same score, which makes a tier.
func scored(tier int, query object) object {
	return object{"constant_score": object{"filter": query, "boost": tier}}
}

// best gives each match the highest of its scores.
func best(queries ...object) object { return object{"dis_max": object{"queries": queries}} }

// scoped is a question about one shop. There is no other way to ask: everything that is sent begins with it.
func scoped(t tenant.ID, query object) object {
	return object{"query": object{"bool": object{
		"filter": []object{term("tenant", string(t)), term("live", true)},
		"must":   []object{query},
	}}}
}

var everything = object{"match_all": object{}}

// wanted are the words of a question.
type wanted struct {
	clauses    []search.Clause
	code       string
	unfinished bool // the last word may be the beginning of one
}

// matched finds products by words or by code; with tiers, what has the words in its title comes out above the rest.
func (w wanted) matched(tiers bool) object {
	switch {
	case len(w.clauses) == 0 && w.code == "":
		return everything
	case len(w.clauses) == 0:
		return term("codes", w.code)
	case tiers:
		return best(scored(elsewhereTier, w.within(inText)), scored(keywordTier, w.within(inKeywords)), scored(titleTier, w.within(inTitle)),
			scored(codeTier, term("codes", w.code)))
	}
	return anyOf(w.within(inText), term("codes", w.code))
}

// within wants all clauses in a field. Stop words count only where there is nothing else, and which words these are only
// the server knows. So it is asked in two ways at once: all words but the stop words in any form, of which there must be
// one; or all words as they are. Where a question has more than stop words, the second finds nothing that the first does
// not.
func (w wanted) within(field string) object {
	var meaningful, plain, counting []object
	for i, c := range w.clauses {
		var inForms, asTheyAre []object
		for j, alternative := range c.Alternatives {
			var forms, exact []object
			for k, word := range alternative {
				form, itself, counts := inForm(field, word, "all"), term(field, word), inForm(field, word, "none")
				if w.unfinished && i == len(w.clauses)-1 && j == 0 && k == len(alternative)-1 {
					begun := prefix(field, word)
					form, itself, counts = anyOf(form, begun), begun, anyOf(counts, begun)
				}
				forms, exact, counting = append(forms, form), append(exact, itself), append(counting, counts)
			}
			inForms, asTheyAre = append(inForms, all(forms)), append(asTheyAre, all(exact))
		}
		meaningful, plain = append(meaningful, anyOf(inForms...)), append(plain, anyOf(asTheyAre...))
	}
	return anyOf(all(append(meaningful, anyOf(counting...))), all(plain))
}

// sorts are fields and their directions.
var sorts = map[search.Sort]struct{ field, direction string }{
	search.Relevance: {"popularity", "desc"},
	search.Newest:    {"created", "desc"},
	search.PriceUp:   {"price", "asc"},
	search.PriceDown: {"price", "desc"},
	search.Popular:   {"popularity", "desc"},
	search.Rated:     {"rating", "desc"},
}

// order sorts by tier when there are any, by key, and by id where it is equal.
func order(by search.Sort, tiers bool) []object {
	s := sorts[by]
	keys := []object{{s.field: object{"order": s.direction}}, {"id": object{"order": "asc"}}}
	if tiers {
		keys = append([]object{{"_score": object{"order": "desc"}}}, keys...)
	}
	return keys
}

// narrowing is a filter on a group.
type narrowing struct {
	group string
	query object
}

func narrowings(q search.Query) (by []narrowing) {
	for _, f := range q.Filters {
		values := make([]string, len(f.Names))
		for i, name := range f.Names {
			values[i] = toValue(f.Group, name)
		}
		by = append(by, narrowing{f.Group, object{"terms": object{"values": values}}})
	}
	if q.MinPrice > 0 || q.MaxPrice > 0 {
		bounds := object{"gte": q.MinPrice}
		if q.MaxPrice > 0 {
			bounds["lte"] = q.MaxPrice
		}
		by = append(by, narrowing{search.ByPrice, object{"range": object{"price": bounds}}})
	}
	return by
}

// narrowed holds what all filters let through but those of one group.
func narrowed(by []narrowing, but string) object {
	queries := []object{}
	for _, n := range by {
		if n.group != but {
			queries = append(queries, n.query)
		}
	}
	return all(queries)
}

// page is the question for a page of results.
func (w wanted) page(t tenant.ID, q search.Query, after place) object {
	tiers := tiered(q)
	by := narrowings(q)
	o := scoped(t, w.matched(tiers))
	o["size"], o["sort"] = q.Limit+1, order(q.Sort, tiers)
	o["_source"], o["track_total_hits"] = false, true
	if len(by) > 0 {
		o["post_filter"] = narrowed(by, "")
	}
	o["aggs"] = counts(q.Facets, by)
	if after != nil {
		o["search_after"] = after.values()
	}
	return o
}

// tiered says whether results come by tiers.
func tiered(q search.Query) bool { return q.Sort == search.Relevance && len(cutWords(q.Text)) > 0 }
