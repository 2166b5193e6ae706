package elastic

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/opensearch-project/opensearch-go/v4/opensearchapi"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/ports"
)

// answer is what the server says to a question.
type answer struct {
	Hits struct {
		Total struct {
			Value int `json:"value"`
		} `json:"total"`
		Hits []struct {
			Sort []json.RawMessage `json:"sort"`
		} `json:"hits"`
	} `json:"hits"`
	Aggregations map[string]aggregation `json:"aggregations"`
}

// ask puts a question to the one shard where the shop is. An answer is whole or an error.
func (x *Index) ask(ctx context.Context, s ports.Shelf, question object) (a answer, err error) {
	no := false
	err = x.on(ctx, s, func(index string) error {
		return send(ctx, x, x.patience, http.MethodPost, opensearchapi.SearchReq{
			Indices: []string{index}, Body: bodyOf(question),
			Params: opensearchapi.SearchParams{Routing: []string{string(s.Tenant)}, AllowPartialSearchResults: &no},
		}, &a)
	})
	return a, err
}

// Search implements ports.SearchIndex. A question whose words are found is one request. Otherwise the shop's words are
// looked up, the last one is taken for the beginning of one, and at last others are tried that are spelled like them.
func (x *Index) Search(ctx context.Context, s ports.Shelf, q search.Query) (search.Result, error) {
	after, err := readPlace(q)
	if err != nil {
		return search.Result{}, err
	}
	clauses, err := x.expand(ctx, s.Tenant, cutWords(q.Text))
	if err != nil {
		return search.Result{}, err
	}
	w := wanted{clauses: clauses, code: search.Code(fold(q.Text))}
	if len(clauses) == 0 && strings.TrimSpace(q.Text) != "" {
		return search.Result{}, nil // nothing in it that could be found
	}
	first, err := x.ask(ctx, s, w.page(s.Tenant, q, after))
	if err != nil || len(clauses) == 0 || first.Aggregations[found].Count > 0 {
		return toResult(q, first, ""), err
	}
	return x.otherwise(ctx, s, q, w, after, first)
}

// otherwise looks further when nothing has the words.
func (x *Index) otherwise(ctx context.Context, s ports.Shelf, q search.Query, w wanted, after place, last answer) (search.Result, error) {
	known, err := x.lookUp(ctx, s, w.clauses)
	if err != nil {
		return search.Result{}, err
	}
	if w.unfinished = !known.hasLast(w.clauses); w.unfinished {
		if last, err = x.ask(ctx, s, w.page(s.Tenant, q, after)); err != nil {
			return search.Result{}, err
		}
	}
	if last.Hits.Total.Value > 0 || q.Exact {
		return toResult(q, last, ""), nil
	}
	other, changed := known.correct(w)
	if !changed {
		return toResult(q, last, ""), nil
	}
	again, err := x.ask(ctx, s, other.page(s.Tenant, q, after))
	if err != nil || again.Hits.Total.Value == 0 {
		return toResult(q, last, ""), err
	}
	return toResult(q, again, other.spelledOut()), nil
}

func (w wanted) spelledOut() string {
	var words []string
	for _, c := range w.clauses {
		words = append(words, c.Alternatives[0]...)
	}
	return strings.Join(words, " ")
}

func toResult(q search.Query, a answer, corrected string) search.Result {
	r := search.Result{Products: []catalog.ProductID{}, Total: a.Hits.Total.Value, Facets: facetsOf(q, a.Aggregations), Corrected: corrected}
	hits := a.Hits.Hits
	for _, h := range hits[:min(q.Limit, len(hits))] {
		r.Products = append(r.Products, idOf(h.Sort))
	}
	if len(hits) > q.Limit {
		r.Next = cursor(q, hits[q.Limit-1].Sort)
	}
	return r
}

// idOf reads the product from the last key that a hit is sorted by.
func idOf(sort []json.RawMessage) (id catalog.ProductID) {
	if len(sort) > 0 {
		_ = json.Unmarshal(sort[len(sort)-1], &id) // a keyword is a text
	}
	return id
}

// clone lets clauses be changed without touching the shop's synonyms.
func clone(clauses []search.Clause) []search.Clause {
	out := make([]search.Clause, len(clauses))
	for i, c := range clauses {
		out[i].Alternatives = slices.Clone(c.Alternatives)
		for j, a := range c.Alternatives {
			out[i].Alternatives[j] = slices.Clone(a)
		}
	}
	return out
}
