package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/app/indexing"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// deaf takes invalidations and tells nobody.
type deaf struct{}

func (deaf) Forget(context.Context, string) error                          { return nil }
func (deaf) Subscribe(ctx context.Context, _ func(string), _ func()) error { <-ctx.Done(); return nil }

func indexer(db *postgres.DB, x ports.SearchIndex) *indexing.Indexer {
	return indexing.New(indexing.Deps{Store: db, Index: x, Forget: deaf{}, Now: time.Now})
}

func found(t *testing.T, x ports.SearchIndex, of tenant.Tenant, q search.Query) search.Result {
	t.Helper()
	got, err := x.Search(t.Context(), ports.Shelf{Tenant: of.ID, Locale: of.Shop.Locale}, checked(t, q))
	require.NoError(t, err)
	return got
}

// TestARebuildLosesNoUpdate changes prices, each with its own indexing, while the whole shop is rebuilt again and again
// and products come and go. Afterwards the index says what the catalogue says.
func TestARebuildLosesNoUpdate(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, func(o *postgres.Options) { o.MaxConns = 12 })
	of := pgtest.Tenant(t, db)
	x := postgres.NewSearch(db, 0)
	in := indexer(db, x)
	ctx := context.WithoutCancel(t.Context())
	products := manyProducts(60, 5)
	saveProducts(t, db, of, products...)
	var writers, rebuilds sync.WaitGroup
	ended := make(chan struct{})
	rebuilds.Go(func() {
		for n := 0; ; n++ {
			if _, err := in.Rebuild(ctx, of, "", 0, nil); err != nil {
				t.Error(err)
			}
			select {
			case <-ended:
				return
			default:
			}
		}
	})
	for w := range 3 {
		writers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 1))
			for range 25 {
				p := products[w*20+r.IntN(20)]
				p.Variants = append([]catalog.Variant(nil), p.Variants...)
				p.Variants[0].Price.Amount = 1 + r.Int64N(1000)
				p.Status = catalog.Active
				if r.IntN(5) == 0 {
					p.Status = catalog.Archived
				}
				err := db.Update(ctx, of.ID, func(ctx context.Context, tx ports.Tx) error { return tx.SaveProducts(ctx, []catalog.Product{p}) })
				if err == nil {
					err = in.Products(ctx, of, []catalog.ProductID{p.ID})
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(ended)
	rebuilds.Wait()
	view(t, db, of, func(ctx context.Context, v ports.View) error {
		page, err := v.Products(ctx, catalog.Query{Limit: 100, Sort: catalog.PriceUp})
		require.NoError(t, err)
		var want []catalog.ProductID
		for _, p := range page.Products {
			want = append(want, p.ID)
		}
		for _, reader := range []ports.SearchIndex{x, postgres.NewSearch(db, 0)} { // one that followed, one that reads anew
			require.Equal(t, want, found(t, reader, of, search.Query{Sort: search.PriceUp, Limit: 100}).Products)
		}
		return nil
	})
}

func TestRebuildingInParts(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	of := pgtest.Tenant(t, db)
	x := postgres.NewSearch(db, 0)
	in := indexer(db, x)
	saveProducts(t, db, of, manyProducts(300, 5)...)
	n, err := in.Count(t.Context(), of.ID)
	require.NoError(t, err)
	require.Equal(t, 300, n)
	last, err := in.Rebuild(t.Context(), of, "", 1, nil)
	require.NoError(t, err)
	require.NotEmpty(t, last)
	require.Equal(t, 250, found(t, x, of, search.Query{}).Total)
	var told int
	last, err = in.Rebuild(t.Context(), of, last, 0, func(done int, _ catalog.ProductID) { told = done })
	require.NoError(t, err)
	require.Empty(t, last)
	require.Equal(t, 50, told)
	require.Equal(t, 300, found(t, x, of, search.Query{}).Total)

	// What says the same as before is not read again by anybody.
	changed := pgtest.Texts(t, of.ID, `select changed || ' ' || product_id from search_documents order by product_id`)
	_, err = in.Rebuild(t.Context(), of, "", 0, nil)
	require.NoError(t, err)
	require.Equal(t, changed, pgtest.Texts(t, of.ID, `select changed || ' ' || product_id from search_documents order by product_id`))
	require.Equal(t, []string{"300"}, pgtest.Texts(t, of.ID, `select count(*)::text from search_documents where version = claimed`))

	// A product that is no more leaves the index too.
	gone := pgtest.Texts(t, of.ID, `delete from products where slug = 'product-007' returning id`)
	require.Len(t, gone, 1)
	_, err = in.Rebuild(t.Context(), of, "", 0, nil)
	require.NoError(t, err)
	require.Equal(t, 299, found(t, x, of, search.Query{}).Total)
	require.Equal(t, []string{"false"}, pgtest.Texts(t, of.ID, `select live::text from search_documents where product_id = $1`, gone[0]))
}

// TestALongTransactionHidesNothing holds a document back in an open transaction while later ones are committed and read:
// it must be found as soon as it is committed.
func TestALongTransactionHidesNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	of := pgtest.Tenant(t, db)
	x := postgres.NewSearch(db, 0)
	on := ports.Shelf{Tenant: of.ID, Locale: "en-BD"}
	require.Zero(t, found(t, x, of, search.Query{}).Total)
	conn, err := pgx.Connect(t.Context(), pgtest.URLs(t).Owner)
	require.NoError(t, err)
	defer conn.Close(context.Background()) //nolint:errcheck // nothing is pending
	slow, err := conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = slow.Exec(t.Context(), `select set_config('search_path', $1, true)`, tenant.SchemaFor(of.ID))
	require.NoError(t, err)
	_, err = slow.Exec(t.Context(), `insert into search_documents values
		('slow', 1, 0, 1, pg_current_xact_id()::text::bigint, true, 'quick', '', '', '', '', 1, 1, 1, 1)`)
	require.NoError(t, err)
	for i := range 5 {
		require.NoError(t, x.Put(t.Context(), on, []search.Document{{Product: catalog.ProductID(fmt.Sprint("p", i)), Version: 1, Title: "quick"}}))
		require.Equal(t, i+1, found(t, x, of, search.Query{Text: "quick"}).Total)
	}
	require.NoError(t, slow.Commit(t.Context()))
	require.Equal(t, 6, found(t, x, of, search.Query{Text: "quick"}).Total)
}

// TestMemoryIsBounded gives the index room for nothing: the shop that is asked is answered all the same, every time.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	x := postgres.NewSearch(db, 1)
	for range 2 {
		a, b := pgtest.Tenant(t, db), pgtest.Tenant(t, db)
		for _, of := range []tenant.Tenant{a, b} {
			require.NoError(t, x.Put(t.Context(), ports.Shelf{Tenant: of.ID}, []search.Document{{Product: "p1", Version: 1, Title: of.Slug}}))
		}
		for _, of := range []tenant.Tenant{a, b, a, b} {
			require.Equal(t, 1, found(t, x, of, search.Query{Text: of.Slug}).Total)
		}
	}
}
