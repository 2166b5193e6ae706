package postgres

import (
	"context"
	"strconv"
	"strings"

	"github.com/maypok86/otter/v2"

	"github.com/halum-hut/halum/adapters/postgres/postings"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/ports"
)

// Search is ports.SearchIndex on Postgres. The documents are rows of the tenant; what answers is an index that this
// process keeps of each shop it was lately asked about (see package postings). Every question first reads what has
// changed since the last one, in one statement that normally finds nothing, so that no message can be lost and no
// process is behind.
type Search struct {
	db    *DB
	shops *shelves
	known *otter.Cache[stemKey, stem]
}

// defaultSearchBytes is how much memory the indexes of a process take at most.
const defaultSearchBytes = 512 << 20

// NewSearch makes the search of one process. maxBytes bounds the memory of all shops' indexes together, of which those
// that were not used for longest go first; 0 means 512 MB. The shop that is being asked about is never refused.
func NewSearch(db *DB, maxBytes int64) *Search {
	if maxBytes <= 0 {
		maxBytes = defaultSearchBytes
	}
	return &Search{
		db: db, shops: newShelves(maxBytes),
		known: otter.Must(&otter.Options[stemKey, stem]{MaximumSize: manyStems}),
	}
}

// asked is a question on its way: the shop's index as of now, and the words of the question.
type asked struct {
	index   *postings.Index
	clauses []search.Clause
	stems   map[string]stem
}

// ask brings the shop's index up to date and looks the words up.
func (x *Search) ask(ctx context.Context, on ports.Shelf, text string) (a asked, err error) {
	shelf := x.shops.of(on.Tenant)
	if err := x.load(ctx, on.Tenant, shelf); err != nil {
		return a, err
	}
	words := cutWords(text)
	err = x.db.View(ctx, on.Tenant, func(ctx context.Context, v ports.View) error {
		s := v.(*session) //nolint:forcetypeassert // our own store's
		if err := shelf.refresh(ctx, s); err != nil {
			return err
		}
		a.index, a.clauses = shelf.index, search.Expand(words, shelf.expansions())
		a.stems, err = x.stems(ctx, s, on.Locale, wordsOf(a.clauses))
		return err
	})
	x.shops.settle(on.Tenant, shelf)
	return a, err
}

// Search implements ports.SearchIndex.
func (x *Search) Search(ctx context.Context, on ports.Shelf, q search.Query) (search.Result, error) {
	after, err := readPlace(q)
	if err != nil {
		return search.Result{}, err
	}
	a, err := x.ask(ctx, on, q.Text)
	if err != nil {
		return search.Result{}, err
	}
	p := postings.Query{
		Clauses: question(a.clauses, a.stems), Code: search.Code(fold(q.Text)), Filters: q.Filters, MinPrice: q.MinPrice, MaxPrice: q.MaxPrice,
		Facets: q.Facets, Sort: q.Sort, Limit: q.Limit, After: after,
	}
	if len(p.Clauses) == 0 && strings.TrimSpace(q.Text) != "" {
		return search.Result{}, nil // nothing in it that could be found
	}
	a.finish(p.Clauses)
	found := a.index.Search(p)
	corrected := ""
	if found.Total == 0 && !q.Exact && a.correct(p.Clauses) {
		if again := a.index.Search(p); again.Total > 0 {
			found, corrected = again, spelledOut(p.Clauses)
		}
	}
	return toResult(q, found, corrected), nil
}

// finish lets the last word be the beginning of one, when the shop does not have it as it is.
func (a *asked) finish(clauses []postings.Clause) {
	if len(clauses) == 0 {
		return
	}
	last := clauses[len(clauses)-1][0]
	if w := &last[len(last)-1]; !a.index.Knows(*w) {
		w.Unfinished = true
	}
}

// correct replaces the words that the shop does not have by those that are spelled like them.
func (a *asked) correct(clauses []postings.Clause) (changed bool) {
	for _, c := range clauses {
		for i, w := range c[0] {
			if a.index.Knows(w) {
				continue
			}
			if other := a.index.Correct(w.Text); other != "" {
				c[0][i], changed = postings.Word{Text: other}, true
			}
		}
	}
	return changed
}

func spelledOut(clauses []postings.Clause) string {
	var words []string
	for _, c := range clauses {
		for _, w := range c[0] {
			words = append(words, w.Text)
		}
	}
	return strings.Join(words, " ")
}

func toResult(q search.Query, found postings.Found, corrected string) search.Result {
	r := search.Result{Total: found.Total, Facets: found.Facets, Corrected: corrected, Products: productIDs(found.IDs)}
	if n := found.Next; n != nil {
		r.Next = encodeCursor(placeOf(q), strconv.Itoa(n.Tier)+":"+strconv.FormatInt(n.Key, 10), n.ID)
	}
	return r
}

func productIDs(ids []string) []catalog.ProductID {
	out := make([]catalog.ProductID, len(ids))
	for i, id := range ids {
		out[i] = catalog.ProductID(id)
	}
	return out
}

// placeOf is what a cursor belongs to.
func placeOf(q search.Query) string { return "search " + string(q.Sort) }

func readPlace(q search.Query) (*postings.Place, error) {
	if q.After == "" {
		return nil, nil //nolint:nilnil // the first page has no place
	}
	both, id, ok := decodeCursor(placeOf(q), q.After)
	tier, key, cut := strings.Cut(both, ":")
	p := postings.Place{ID: id}
	var err, keyErr error
	p.Tier, err = strconv.Atoi(tier)
	p.Key, keyErr = strconv.ParseInt(key, 10, 64)
	if !ok || !cut || err != nil || keyErr != nil {
		return nil, catalog.ErrCursor
	}
	return &p, nil
}

// Suggest implements ports.SearchIndex.
func (x *Search) Suggest(ctx context.Context, on ports.Shelf, b search.Beginning) (search.Suggestions, error) {
	a, err := x.ask(ctx, on, b.Text)
	words := cutWords(b.Text)
	if err != nil || len(words) == 0 {
		return search.Suggestions{}, err
	}
	all := make([]postings.Word, len(words))
	for i, w := range words {
		all[i] = postings.Word{Text: w, Stem: a.stems[w].text}
	}
	last := len(all) - 1
	texts, ids := a.index.Suggest(all[:last], all[last], b.Limit)
	if len(texts) == 0 && len(ids) == 0 {
		if other := a.index.Correct(all[last].Text); other != "" {
			texts, ids = a.index.Suggest(all[:last], postings.Word{Text: other}, b.Limit)
		}
	}
	return search.Suggestions{Texts: texts, Products: productIDs(ids)}, nil
}

var _ ports.SearchIndex = (*Search)(nil)
