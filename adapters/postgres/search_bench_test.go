package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

var (
	benchKinds   = strings.Fields("shirt saree teapot mug bowl lamp scarf cushion jacket kurta throw basket plate vase towel bag stool ring shawl tray")
	benchStuffs  = strings.Fields("cotton silk linen wool clay brass bamboo jute leather glass")
	benchColours = strings.Fields("indigo red green ochre black white rose teal sand plum")
)

// benchDocument is a product of a large shop with three variants: a few common words, some rare ones, ten values.
func benchDocument(i int) search.Document {
	r := rand.New(rand.NewPCG(uint64(i), 7))
	kind, stuff, colour := benchKinds[r.IntN(len(benchKinds))], benchStuffs[r.IntN(len(benchStuffs))], benchColours[r.IntN(len(benchColours))]
	d := search.Document{
		Product: catalog.ProductID(fmt.Sprintf("prod_%026d", i)), Version: 1, Title: fmt.Sprintf("%s %s %s n%s", colour, stuff, kind, letters(i)),
		Price: int64(1000 + r.IntN(500_000)), CreatedAt: time.Unix(1_700_000_000+int64(r.IntN(10_000_000)), 0),
		Popularity: int64(r.IntN(100_000)), Rating: int64(r.IntN(500)),
		Codes: []string{fmt.Sprintf("SKU-%07d-1", i), fmt.Sprintf("SKU-%07d-2", i), fmt.Sprintf("SKU-%07d-3", i)},
	}
	var text []string
	for range 40 {
		text = append(text, "w"+letters(int(r.ExpFloat64()*300)))
	}
	d.Text = strings.Join(text, " ")
	add := func(group, name string) {
		d.Facets = append(d.Facets, search.Value{Group: group, Name: name})
		d.Keywords = append(d.Keywords, name)
	}
	add(search.ByCategory, kind)
	add(search.ByBrand, fmt.Sprintf("Brand %d", r.IntN(60)))
	add(search.OptionGroup("Colour"), colour)
	for _, s := range []string{"Small", "Medium", "Large"} {
		add(search.OptionGroup("Size"), s)
	}
	add("attribute:material", stuff)
	d.Facets = append(d.Facets, search.Value{Group: search.ByPrice, Name: search.BandOf(d.Price)})
	if r.IntN(5) > 0 {
		d.Facets = append(d.Facets, search.Value{Group: search.ByStock, Name: "true"})
	}
	for star := range r.IntN(5) {
		d.Facets = append(d.Facets, search.Value{Group: search.ByRating, Name: fmt.Sprint(star + 1)})
	}
	return d
}

// letters writes a number as a word.
func letters(n int) string {
	word := []byte{}
	for n++; n > 0; n /= 20 {
		word = append(word, "bcdfghjklmnpqrstvwxz"[n%20])
	}
	return string(word)
}

// BenchmarkSearch tells what questions cost a shop of 1,000 and one of 100,000 products, in time of this process and of
// Postgres, and how fast documents are put.
func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			db := pgtest.New(b, func(o *postgres.Options) { o.MaxConns = 4 })
			on := ports.Shelf{Tenant: pgtest.Tenant(b, db).ID, Locale: "en-BD"}
			x := postgres.NewSearch(db, 0)
			began := time.Now()
			for i := 0; i < n; i += 500 {
				docs := make([]search.Document, 500)
				for k := range docs {
					docs[k] = benchDocument(i + k)
				}
				require.NoError(b, x.Put(b.Context(), on, docs))
			}
			b.Logf("%d put: %.0f a second", n, float64(n)/time.Since(began).Seconds())
			began = time.Now()
			_, err := x.Search(b.Context(), on, checked(b, search.Query{}))
			require.NoError(b, err)
			b.Logf("loaded in %s", time.Since(began))
			require.NoError(b, pgtest.Exec(b, pgtest.URLs(b).Owner, `analyze `+tenant.SchemaFor(on.Tenant)+`.search_documents`))
			for name, ask := range benchQuestions(x, on) {
				b.Run(name, func(b *testing.B) {
					for i := range b.N {
						require.NoError(b, ask(b.Context(), i))
					}
				})
			}
		})
	}
}

func checked(t testing.TB, q search.Query) search.Query {
	q, err := q.Check()
	require.NoError(t, err)
	return q
}

func benchQuestions(x *postgres.Search, on ports.Shelf) map[string]func(context.Context, int) error {
	word := func(i int) string { return benchColours[i%10] + " " + benchKinds[i/10%20] }
	all := []string{search.ByCategory, search.ByBrand, search.AllOptions, "attribute:material", search.ByPrice, search.ByRating, search.ByStock}
	ask := func(q search.Query) func(context.Context, int) error {
		return func(ctx context.Context, i int) error {
			one := q
			if q.Text == "*" {
				one.Text = word(i)
			} else if q.Text == "common" {
				one.Text = benchKinds[i%20]
			}
			_, err := x.Search(ctx, on, one)
			return err
		}
	}
	return map[string]func(context.Context, int) error{
		"two words":        ask(search.Query{Text: "*", Sort: search.Relevance, Limit: 20}),
		"common word":      ask(search.Query{Text: "common", Sort: search.Relevance, Limit: 20}),
		"common by price":  ask(search.Query{Text: "common", Sort: search.PriceUp, Limit: 20}),
		"facets of a word": ask(search.Query{Text: "common", Sort: search.Relevance, Limit: 20, Facets: all}),
		"facets of all":    ask(search.Query{Sort: search.Newest, Limit: 20, Facets: all}),
		"facets filtered": ask(search.Query{
			Text: "common", Sort: search.PriceUp, Limit: 20, Facets: all, MinPrice: 100_000, MaxPrice: 300_000,
			Filters: []search.Filter{{Group: search.OptionGroup("Colour"), Names: []string{"red", "teal"}}, {Group: search.ByStock, Names: []string{"true"}}},
		}),
		"suggest": func(ctx context.Context, i int) error {
			w := benchKinds[i%20]
			_, err := x.Suggest(ctx, on, search.Beginning{Text: w[:1+i%len(w)], Limit: 8})
			return err
		},
		"misspelt": func(ctx context.Context, i int) error {
			w := []byte(benchKinds[i%20])
			w[1], w[2] = w[2], w[1]
			_, err := x.Search(ctx, on, search.Query{Text: string(w), Sort: search.Relevance, Limit: 20})
			return err
		},
		"nothing asked": func(ctx context.Context, _ int) error {
			_, err := x.Suggest(ctx, on, search.Beginning{Limit: 8})
			return err
		},
	}
}

var _ = pgx.ErrNoRows
