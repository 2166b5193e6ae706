package porttest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/ports"
)

// unitsSold: an order counts half after each half-life, a cancelled or very old one not at all.
func unitsSold(t *testing.T, s Subject) {
	const month = 30 * 24 * time.Hour
	sh := s.shop(t)
	at := now()
	for _, age := range []time.Duration{0, month, 2 * month, 7 * month} {
		o, p := newOrder(1)
		o.Lines[0].Product, o.PlacedAt = "prod_loved", at.Add(-age)
		o.Lines[0].Quantity, o.Lines[0].Total.Amount = 4, 400
		o.Subtotal.Amount, o.Total.Amount = 400, 6400
		sh.place(o, p)
	}
	cancelled, p := newOrder(2)
	cancelled.Status = order.Cancelled
	sh.place(cancelled, p)
	sh.view(func(ctx context.Context, v ports.View) {
		sold, err := v.UnitsSold(ctx, at, month)
		require.NoError(t, err)
		require.Equal(t, map[catalog.ProductID]int64{"prod_loved": 4000 + 2000 + 1000}, sold)
	})
}

// claims: every claim is a new version, what was sold stays until it is replaced, and both products and documents are
// listed.
func claims(t *testing.T, s Subject) {
	sh := s.shop(t)
	a, b := sh.stocked(1), sh.stocked(1)
	ids := []catalog.ProductID{b.ID, a.ID, "prod_gone"}
	claim := func(sold map[catalog.ProductID]int64) (got map[catalog.ProductID]ports.SearchClaim) {
		sh.update(func(ctx context.Context, tx ports.Tx) (err error) {
			got, err = tx.ClaimDocuments(ctx, ids, sold)
			require.NoError(t, err)
			found, err := tx.ClaimedProducts(ctx, ids)
			require.Len(t, found, 2)
			require.True(t, found[a.ID].SameAs(a))
			return err
		})
		return got
	}
	require.Equal(t, map[catalog.ProductID]ports.SearchClaim{a.ID: {Version: 1}, b.ID: {Version: 1}, "prod_gone": {Version: 1}}, claim(nil))
	require.Equal(t, ports.SearchClaim{Version: 2, Sold: 70}, claim(map[catalog.ProductID]int64{a.ID: 70})[a.ID])
	require.Equal(t, ports.SearchClaim{Version: 3, Sold: 70}, claim(nil)[a.ID])
	require.Equal(t, ports.SearchClaim{Version: 4}, claim(map[catalog.ProductID]int64{})[a.ID])

	sh.view(func(ctx context.Context, v ports.View) {
		n, err := v.CountSearchable(ctx)
		require.NoError(t, err)
		require.Equal(t, 3, n)
		first, err := v.Searchable(ctx, "", 2)
		require.NoError(t, err)
		rest, err := v.Searchable(ctx, first[1], 2)
		require.NoError(t, err)
		require.ElementsMatch(t, ids, append(first, rest...))
		shown, err := v.Summaries(ctx, []catalog.ProductID{"prod_gone", b.ID, a.ID})
		require.NoError(t, err)
		require.Len(t, shown, 2)
		require.Equal(t, []catalog.ProductID{b.ID, a.ID}, []catalog.ProductID{shown[0].ID, shown[1].ID}, "in the order that was asked for")
	})
	a.Status = catalog.Draft
	sh.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveProducts(ctx, []catalog.Product{a}) })
	sh.view(func(ctx context.Context, v ports.View) {
		shown, err := v.Summaries(ctx, []catalog.ProductID{a.ID})
		require.NoError(t, err)
		require.Empty(t, shown)
	})
}

// claimRace: whoever has the higher version has read the product later.
func claimRace(t *testing.T, s Subject) {
	sh := s.shop(t)
	p := sh.stocked(1)
	ctx := context.WithoutCancel(t.Context())
	var mu sync.Mutex
	read := map[int64]int64{} // version → price
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 10 {
				err := s.Store.Update(ctx, sh.id, func(ctx context.Context, tx ports.Tx) error {
					claims, err := tx.ClaimDocuments(ctx, []catalog.ProductID{p.ID}, nil)
					if err != nil {
						return err
					}
					found, err := tx.ClaimedProducts(ctx, []catalog.ProductID{p.ID})
					if err != nil {
						return err
					}
					next := found[p.ID]
					mu.Lock()
					read[claims[p.ID].Version] = next.Variants[0].Price.Amount
					mu.Unlock()
					next.Variants[0].Price.Amount++
					return tx.SaveProducts(ctx, []catalog.Product{next})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	require.Len(t, read, 40)
	for version, price := range read {
		require.Equal(t, p.Variants[0].Price.Amount+version-1, price)
	}
}

// searchSettings: each change is made from the version before.
func searchSettings(t *testing.T, s Subject) {
	sh := s.shop(t)
	save := func(in search.Settings) error {
		return s.Store.Update(t.Context(), sh.id, func(ctx context.Context, tx ports.Tx) error { return tx.SaveSearchSettings(ctx, in) })
	}
	read := func() (got search.Settings) {
		sh.view(func(ctx context.Context, v ports.View) {
			var err error
			got, err = v.SearchSettings(ctx)
			require.NoError(t, err)
		})
		return got
	}
	require.Zero(t, read())
	require.ErrorIs(t, save(search.Settings{Version: 2}), search.ErrSettingsChanged)
	first := search.Settings{Version: 1, Synonyms: []search.Synonyms{{From: "a", Words: []string{"b", "ক"}}}}
	require.NoError(t, save(first))
	require.Equal(t, first, read())
	require.ErrorIs(t, save(first), search.ErrSettingsChanged)
	require.NoError(t, save(search.Settings{Version: 2}))
	require.Empty(t, read().Synonyms)
	require.ErrorIs(t, save(search.Settings{Version: 2}), search.ErrSettingsChanged)
}
