package elastic

import (
	"context"
	"strings"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/ports"
)

// Suggest implements ports.SearchIndex. It is one request, and two more when nothing begins like the last word.
func (x *Index) Suggest(ctx context.Context, s ports.Shelf, b search.Beginning) (search.Suggestions, error) {
	words := cutWords(b.Text)
	if len(words) == 0 {
		return search.Suggestions{}, nil
	}
	out, err := x.complete(ctx, s, words, b.Limit)
	if err != nil || len(out.Texts) > 0 || len(out.Products) > 0 {
		return out, err
	}
	last := words[len(words)-1]
	known, err := x.lookUp(ctx, s, []search.Clause{{Alternatives: [][]string{{last}}}})
	if err != nil || known.nearest[last] == "" {
		return out, err
	}
	return x.complete(ctx, s, append(words[:len(words)-1:len(words)-1], known.nearest[last]), b.Limit)
}

func (x *Index) complete(ctx context.Context, s ports.Shelf, words []string, limit int) (out search.Suggestions, err error) {
	begun := words[len(words)-1]
	o := scoped(s.Tenant, best(scored(keywordTier, begins(inKeywords, words)), scored(titleTier, begins(inTitle, words))))
	o["size"], o["sort"], o["_source"] = limit, order(search.Relevance, true), false
	o["aggs"] = object{"texts": object{"filter": everything, "aggs": object{"values": topTerms("completions", literal(begun)+".*", limit)}}}
	a, err := x.ask(ctx, s, o)
	if err != nil {
		return out, err
	}
	for _, b := range a.Aggregations["texts"].Values.Buckets {
		out.Texts = append(out.Texts, strings.Join(append(words[:len(words)-1:len(words)-1], b.Key), " "))
	}
	out.Products = []catalog.ProductID{}
	for _, h := range a.Hits.Hits {
		out.Products = append(out.Products, idOf(h.Sort))
	}
	return out, nil
}

// begins wants all words in a field, of which the last is the beginning of one.
func begins(field string, words []string) object {
	last := len(words) - 1
	queries := make([]object, len(words))
	for i, w := range words {
		queries[i] = anyOf(term(field, w), inForm(field, w, "none"))
	}
	queries[last] = anyOf(prefix(field, words[last]), inForm(field, words[last], "none"))
	return all(queries)
}
