package elastic_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/elastic"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/app/indexing"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// unsteady is a way to the server on which a third of what is sent does not arrive, and the answer to another third.
type unsteady struct {
	to     http.RoundTripper
	calm   atomic.Bool
	mu     sync.Mutex
	random *rand.Rand
	lost   int
}

// RoundTrip implements http.RoundTripper.
func (u *unsteady) RoundTrip(r *http.Request) (*http.Response, error) {
	u.mu.Lock()
	luck := u.random.IntN(3)
	if u.calm.Load() {
		luck = 2
	}
	if luck < 2 {
		u.lost++
	}
	u.mu.Unlock()
	if luck == 0 {
		return nil, errors.New("connection refused")
	}
	response, err := u.to.RoundTrip(r)
	if luck == 1 && err == nil {
		response.Body.Close()
		return nil, errors.New("connection reset")
	}
	return response, err
}

// deaf takes invalidations and tells nobody.
type deaf struct{}

func (deaf) Forget(context.Context, string) error                          { return nil }
func (deaf) Subscribe(ctx context.Context, _ func(string), _ func()) error { <-ctx.Done(); return nil }

// TestNoUpdateIsLostOnTheWay changes products while most of what is sent to the server is lost, before or after it took
// effect. As the queue does with a reaction, each indexing is done again until it succeeds. In the end the index says what
// the catalogue says.
func TestNoUpdateIsLostOnTheWay(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	of := pgtest.Tenant(t, db)
	way := &unsteady{to: newStandIn(), random: rand.New(rand.NewPCG(1, 2))}
	x := connect(t, newShops(), elastic.Options{Transport: way})
	in := indexing.New(indexing.Deps{Store: db, Index: x, Forget: deaf{}, Now: time.Now})
	ctx := context.WithoutCancel(t.Context())
	save := func(p catalog.Product) error {
		return db.Update(ctx, of.ID, func(ctx context.Context, tx ports.Tx) error { return tx.SaveProducts(ctx, []catalog.Product{p}) })
	}
	const shared = 6
	var products []catalog.Product
	for i := range shared {
		products = append(products, thing(of, i))
		require.NoError(t, save(products[i]))
		again(t, func() error { return in.Products(ctx, of, []catalog.ProductID{products[i].ID}) })
	}
	var writers sync.WaitGroup
	for w := range 3 {
		writers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 7))
			for range 15 {
				p := products[w*2+r.IntN(2)]
				p.Variants = append([]catalog.Variant(nil), p.Variants...)
				p.Variants[0].Price.Amount = 1 + r.Int64N(1000)
				p.Status = []catalog.Status{catalog.Active, catalog.Active, catalog.Archived}[r.IntN(3)]
				if err := save(p); err != nil {
					t.Error(err)
				}
				again(t, func() error { return in.Products(ctx, of, []catalog.ProductID{p.ID}) })
			}
		})
	}
	writers.Wait()
	require.Positive(t, way.lost)
	way.calm.Store(true)
	require.NoError(t, db.View(ctx, of.ID, func(ctx context.Context, v ports.View) error {
		page, err := v.Products(ctx, catalog.Query{Limit: 100, Sort: catalog.PriceUp})
		require.NoError(t, err)
		want := []catalog.ProductID{}
		for _, p := range page.Products {
			want = append(want, p.ID)
		}
		got, err := x.Search(ctx, ports.Shelf{Tenant: of.ID, Locale: of.Shop.Locale}, search.Query{Sort: search.PriceUp, Limit: 100})
		require.NoError(t, err)
		require.Equal(t, want, got.Products)
		return nil
	}))
}

// again does what the queue does: what is unavailable is done again.
func again(t *testing.T, fn func() error) {
	for range 200 {
		err := fn()
		if err == nil {
			return
		}
		if fault.KindOf(err) != fault.Unavailable {
			t.Error(err)
			return
		}
	}
	t.Error("two hundred failures in a row")
}

func thing(of tenant.Tenant, i int) catalog.Product {
	return catalog.Product{
		ID: catalog.ProductID(fmt.Sprintf("prd_%s_%d", of.Slug, i)), Slug: fmt.Sprintf("thing-%d", i), Title: "Thing", Status: catalog.Active,
		Variants: []catalog.Variant{{
			ID: catalog.VariantID(fmt.Sprintf("var_%s_%d", of.Slug, i)), SKU: fmt.Sprintf("T-%d", i), Price: money.New(100, of.Shop.Currency),
		}},
		CreatedAt: time.Date(2026, 1, 1, 0, 0, i, 0, time.UTC),
	}
}
