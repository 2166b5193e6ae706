package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/id"
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
			explain(b, on.Tenant)
			for name, ask := range benchQuestions(x, on) {
				b.Run(name, func(b *testing.B) {
					runtime.GC()
					own, theirs := cpu(b)
					for i := range b.N {
						require.NoError(b, ask(b.Context(), i))
					}
					ownAfter, theirsAfter := cpu(b)
					b.ReportMetric(float64((ownAfter-own).Microseconds())/float64(b.N), "own-cpu-µs/op")
					b.ReportMetric(float64((theirsAfter-theirs).Microseconds())/float64(b.N), "postgres-cpu-µs/op")
				})
			}
		})
	}
}

// explain shows how the question that precedes every other is answered.
func explain(b *testing.B, of tenant.ID) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), pgtest.URLs(b).Owner)
	require.NoError(b, err)
	defer conn.Close(context.Background()) //nolint:errcheck // nothing is pending
	for _, s := range []string{
		`set search_path to ` + tenant.SchemaFor(of), `set plan_cache_mode = 'force_generic_plan'`,
		`prepare changed (bigint) as select product_id, title from search_documents where (changed, product_id) > ($1, '') and version > 0
			order by changed, product_id limit 1000`,
	} {
		_, err = conn.Exec(b.Context(), s)
		require.NoError(b, err)
	}
	rows, err := conn.Query(b.Context(), `explain execute changed (9000000000)`)
	require.NoError(b, err)
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(b, err)
	b.Log(strings.Join(plan, "\n"))
}

// cpu returns what this process and the backends that serve it have used so far.
func cpu(b *testing.B) (own, theirs time.Duration) {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	own = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	conn, err := pgx.Connect(b.Context(), pgtest.AdminURL(b))
	require.NoError(b, err)
	defer conn.Close(context.Background()) //nolint:errcheck // nothing is pending
	rows, err := conn.Query(b.Context(), `select pid from pg_stat_activity where application_name = 'halum'`)
	require.NoError(b, err)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	require.NoError(b, err)
	for _, pid := range pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
		require.NoError(b, err)
		var ran int64
		_, err = fmt.Sscan(string(stat), &ran)
		require.NoError(b, err)
		theirs += time.Duration(ran)
	}
	return own, theirs
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
			switch q.Text {
			case "*":
				one.Text = word(i)
			case "common":
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

// BenchmarkRebuild tells how fast a shop of 5,000 products of three variants is indexed anew, reading included.
func BenchmarkRebuild(b *testing.B) {
	db := pgtest.New(b)
	of := pgtest.Tenant(b, db)
	const n = 5_000
	for i := 0; i < n; i += 500 {
		batch := manyProducts(500, 5)
		for k := range batch {
			d := benchDocument(i + k)
			p := &batch[k]
			p.Slug, p.Title, p.Description = letters(i+k), d.Title, d.Text
			third := p.Variants[0]
			third.ID, third.Values = catalog.VariantID(id.New("var", now())), []string{"Medium"}
			p.Options[0].Values = append(p.Options[0].Values, "Medium")
			p.Variants = append(p.Variants, third)
		}
		saveProducts(b, db, of, batch...)
	}
	b.ResetTimer()
	for range b.N {
		x := indexer(db, postgres.NewSearch(db, 0))
		_, err := x.Rebuild(b.Context(), of, "", 0, nil)
		require.NoError(b, err)
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "products/s")
}
