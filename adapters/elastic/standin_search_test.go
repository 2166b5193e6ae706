package elastic_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

type standInSearch struct {
	Query       json.RawMessage                     `json:"query"`
	PostFilter  json.RawMessage                     `json:"post_filter"`
	Aggs        map[string]standInAggregation       `json:"aggs"`
	Sort        []map[string]struct{ Order string } `json:"sort"`
	SearchAfter []any                               `json:"search_after"`
	Size        *int                                `json:"size"`
	Source      *bool                               `json:"_source"`
	TrackTotal  *bool                               `json:"track_total_hits"`
}

type standInAggregation struct {
	Filter json.RawMessage               `json:"filter"`
	Aggs   map[string]standInAggregation `json:"aggs"`
	Terms  *struct {
		Field   string
		Include string
		Size    int
		Hint    string              `json:"execution_hint"`
		Order   []map[string]string `json:"order"`
	} `json:"terms"`
}

// hit is a document that was found.
type hit struct {
	doc   *standInDoc
	id    string
	score float64
}

func (s *standIn) search(alias string, r *http.Request, body []byte) (any, error) {
	ix := s.indexes[s.aliases[alias]]
	if ix == nil {
		return nil, missing(alias)
	}
	var q standInSearch
	if err := strictly(body, &q); err != nil {
		return nil, err
	}
	routing := r.URL.Query().Get("routing")
	if err := q.ofOneShop(routing); err != nil {
		return nil, err
	}
	if r.URL.Query().Get("allow_partial_search_results") != "false" {
		return nil, badRequest("an answer could leave something out")
	}
	matches, err := ix.query(q.Query)
	if err != nil {
		return nil, err
	}
	var found []hit
	for id, d := range ix.docs {
		if d.visible && d.routing == routing {
			if is, score := matches(d); is {
				found = append(found, hit{d, id, score})
			}
		}
	}
	aggs, err := ix.aggregate(q.Aggs, found)
	if err != nil {
		return nil, err
	}
	hits, total, err := q.page(ix, found)
	if err != nil {
		return nil, err
	}
	answer := map[string]any{
		"took": 1, "timed_out": false, "_shards": map[string]any{"total": 1, "successful": 1, "skipped": 0, "failed": 0},
		"hits": map[string]any{"total": map[string]any{"value": total, "relation": "eq"}, "max_score": nil, "hits": hits},
	}
	if len(q.Aggs) > 0 {
		answer["aggregations"] = aggs
	}
	return answer, nil
}

// ofOneShop refuses a question that is not held to the shop it is routed by.
func (q standInSearch) ofOneShop(routing string) error {
	var outer struct {
		Bool struct {
			Filter []struct {
				Term map[string]struct{ Value any }
			}
		}
	}
	if err := json.Unmarshal(q.Query, &outer); err != nil || routing == "" {
		return badRequest("no shop is named")
	}
	for _, f := range outer.Bool.Filter {
		if f.Term["tenant"].Value == routing {
			return nil
		}
	}
	return badRequest("the question is not held to the shop %s", routing)
}

func (q standInSearch) page(ix *standInIndex, found []hit) (out []any, total int, err error) {
	if q.PostFilter != nil {
		filter, err := ix.query(q.PostFilter)
		if err != nil {
			return nil, 0, err
		}
		found = slices.DeleteFunc(slices.Clone(found), func(h hit) bool { is, _ := filter(h.doc); return !is })
	}
	slices.SortFunc(found, func(a, b hit) int { return q.compare(a.keys(q), b.keys(q)) })
	out = []any{}
	for _, h := range found {
		keys := h.keys(q)
		if q.SearchAfter != nil {
			if len(q.SearchAfter) != len(keys) {
				return nil, 0, badRequest("search_after has %d keys, sort has %d", len(q.SearchAfter), len(keys))
			}
			if q.compare(keys, q.SearchAfter) <= 0 {
				continue
			}
		}
		if q.Size != nil && len(out) == *q.Size {
			break
		}
		out = append(out, map[string]any{"_index": "products", "_id": h.id, "_score": nil, "_routing": h.doc.routing, "sort": wire(keys)})
	}
	return out, len(found), nil
}

// wire writes scores the way servers do: with a fraction.
func wire(keys []any) []any {
	out := slices.Clone(keys)
	if len(keys) == 3 {
		out[0] = json.RawMessage(strconv.FormatFloat(keys[0].(float64), 'f', 1, 64)) //nolint:forcetypeassert // a score
	}
	return out
}

func (h hit) keys(q standInSearch) (keys []any) {
	for _, one := range q.Sort {
		for field := range one {
			switch n, number := h.doc.numbers[field]; {
			case field == "_score":
				keys = append(keys, h.score)
			case number:
				keys = append(keys, float64(n))
			default:
				keys = append(keys, strings.Join(h.doc.terms[field], ""))
			}
		}
	}
	return keys
}

func (q standInSearch) compare(a, b []any) int {
	for i, one := range q.Sort {
		for _, s := range one {
			c := 0
			switch x := a[i].(type) {
			case float64:
				y, _ := b[i].(float64)
				c = cmp.Compare(x, y)
			case string:
				y, _ := b[i].(string)
				c = strings.Compare(x, y)
			}
			if s.Order == "desc" {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
	}
	return 0
}

func (ix *standInIndex) aggregate(aggs map[string]standInAggregation, among []hit) (map[string]any, error) {
	out := map[string]any{}
	for name, a := range aggs {
		if a.Terms != nil {
			buckets, rest, err := a.buckets(ix, among)
			if err != nil {
				return nil, err
			}
			out[name] = map[string]any{"doc_count_error_upper_bound": 0, "sum_other_doc_count": rest, "buckets": buckets}
			continue
		}
		filter, err := ix.query(a.Filter)
		if err != nil {
			return nil, err
		}
		kept := slices.DeleteFunc(slices.Clone(among), func(h hit) bool { is, _ := filter(h.doc); return !is })
		answer, err := ix.aggregate(a.Aggs, kept)
		if err != nil {
			return nil, err
		}
		answer["doc_count"] = len(kept)
		out[name] = answer
	}
	return out, nil
}

// buckets counts terms. The server's patterns have more operators than Go's, all of which are escaped by the adapter.
func (a standInAggregation) buckets(ix *standInIndex, among []hit) (out []any, rest int, err error) {
	t := a.Terms
	include, err := regexp.Compile("^(?:" + t.Include + ")$")
	want := []map[string]string{{"_count": "desc"}, {"_key": "asc"}}
	if err != nil || ix.fields[t.Field].Type != "keyword" || t.Size < 1 || t.Hint != "map" ||
		!slices.EqualFunc(t.Order, want, func(a, b map[string]string) bool { return a["_count"] == b["_count"] && a["_key"] == b["_key"] }) {
		return nil, 0, badRequest("terms: %+v %v", *t, err)
	}
	counts := map[string]int{}
	for _, h := range among {
		for _, term := range h.doc.terms[t.Field] {
			if include.MatchString(term) {
				counts[term]++
			}
		}
	}
	keys := make([]string, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	out = []any{}
	for i, k := range keys {
		if i >= t.Size {
			rest += counts[k]
			continue
		}
		out = append(out, map[string]any{"key": k, "doc_count": counts[k]})
	}
	return out, rest, nil
}
