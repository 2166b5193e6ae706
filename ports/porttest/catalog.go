package porttest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/ports"
)

func anyProduct(t *testing.T) catalog.Query {
	t.Helper()
	q, err := catalog.Query{Drafts: true}.Check()
	require.NoError(t, err)
	return q
}

func variantsOf(p catalog.Product) (ids []catalog.VariantID) {
	for _, v := range p.Variants {
		ids = append(ids, v.ID)
	}
	return ids
}

// stockLines asks for n of every variant.
func stockLines(p catalog.Product, n int64) (lines []inventory.Line) {
	for _, v := range p.Variants {
		lines = append(lines, line(v, n))
	}
	return lines
}

func reservation(reference string, lines ...inventory.Line) inventory.Reservation {
	return inventory.Reservation{Reference: reference, Lines: lines}
}

// products: what is saved comes back the same, and saving the same again changes nothing that shows.
func products(t *testing.T, s Subject) {
	sh := s.shop(t)
	p := sh.stocked(3, 0)
	for range 2 {
		sh.view(func(ctx context.Context, v ports.View) {
			got, err := v.ProductBySlug(ctx, p.Slug)
			require.NoError(t, err)
			require.True(t, got.SameAs(p), "%+v\n%+v", p, got)
			page, err := v.Products(ctx, anyProduct(t))
			require.NoError(t, err)
			require.Len(t, page.Products, 1)
			require.Equal(t, p.Variants[0].Price, page.Products[0].MinPrice)
			require.Equal(t, p.Variants[1].Price, page.Products[0].MaxPrice)
			require.True(t, page.Products[0].InStock)
			var all []catalog.Product
			require.NoError(t, v.EachProduct(ctx, func(some []catalog.Product) error {
				all = append(all, some...)
				return nil
			}))
			require.Len(t, all, 1)
			require.True(t, all[0].SameAs(p))
			offers, err := v.Offers(ctx, append(variantsOf(p), "var_unknown"))
			require.NoError(t, err)
			require.Len(t, offers, 2)
			require.EqualValues(t, 3, offers[p.Variants[0].ID].Available)
		})
		sh.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveProducts(ctx, []catalog.Product{p}) })
	}
}

// stock: every line or none, and what was held is given back or shipped.
func stock(t *testing.T, s Subject) {
	sh := s.shop(t)
	p := sh.stocked(5, 2)
	free := newProduct("untracked", 0)
	free.Variants[0].Stock.Tracked = false
	later := newProduct("backorder", 0)
	later.Variants[0].Stock.Continue = true
	sh.update(func(ctx context.Context, tx ports.Tx) error {
		return tx.SaveProducts(ctx, []catalog.Product{free, later})
	})

	sh.update(func(ctx context.Context, tx ports.Tx) error {
		short, soldOut, err := tx.Reserve(ctx, reservation("ord_1", line(p.Variants[0], 1), line(p.Variants[1], 3), inventory.Line{Variant: "var_gone", Quantity: 1}))
		require.NoError(t, err)
		require.Empty(t, soldOut)
		require.ElementsMatch(t, []inventory.Shortage{{Variant: p.Variants[1].ID, Wanted: 3, Available: 2}, {Variant: "var_gone", Wanted: 1}}, short)
		return nil // committed all the same: nothing may be held
	})
	require.EqualValues(t, 0, sh.stockOf(p, 0).Reserved)

	first := reservation("ord_1", line(p.Variants[0], 4))
	rest := reservation("ord_2", line(p.Variants[1], 2), line(free.Variants[0], 9), line(later.Variants[0], 9))
	sh.update(func(ctx context.Context, tx ports.Tx) error {
		_, _, err := tx.Reserve(ctx, first)
		require.NoError(t, err)
		short, soldOut, err := tx.Reserve(ctx, rest)
		require.NoError(t, err)
		require.Empty(t, short)
		require.Equal(t, []catalog.ProductID{p.ID}, soldOut, "the second variant has none left")
		short, soldOut, err = tx.Reserve(ctx, rest)
		require.NoError(t, err)
		require.Empty(t, short, "it has what it asks for")
		require.Empty(t, soldOut)
		return nil
	})
	require.EqualValues(t, 4, sh.stockOf(p, 0).Reserved)
	require.EqualValues(t, 0, sh.stockOf(p, 1).Available())
	p.Variants[0].Stock.OnHand = 1 // a vendor that writes off what is already sold
	sh.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveProducts(ctx, []catalog.Product{p}) })
	require.EqualValues(t, 4, sh.stockOf(p, 0).OnHand)

	for range 2 { // the second time changes nothing
		sh.update(func(ctx context.Context, tx ports.Tx) error { return tx.Ship(ctx, first.Reference, "usr_1") })
		require.Equal(t, catalog.StockPolicy{Tracked: true}, sh.stockOf(p, 0))
		sh.update(func(ctx context.Context, tx ports.Tx) error { return tx.Release(ctx, rest.Reference) })
		require.EqualValues(t, 2, sh.stockOf(p, 1).Available())
		require.EqualValues(t, 0, sh.stockOf(free, 0).Reserved)
	}
	sh.view(func(ctx context.Context, v ports.View) {
		page, err := v.Movements(ctx, ports.MovementQuery{Variant: p.Variants[0].ID, Limit: 10})
		require.NoError(t, err)
		require.Len(t, page.Movements, 3)
		require.Equal(t, inventory.Sell, page.Movements[0].Kind)
		require.EqualValues(t, -4, page.Movements[0].Quantity)
		require.Equal(t, []string{"ord_1", "usr_1"}, []string{page.Movements[0].Reference, page.Movements[0].Actor})
		require.EqualValues(t, -1, page.Movements[1].Quantity, "what is sold was not written off")
		require.EqualValues(t, 5, page.Movements[2].Quantity)
	})
}

// stockRace: many buyers of several variants at once, in any order, sell exactly what there is.
func stockRace(t *testing.T, s Subject) {
	sh := s.shop(t)
	const onHand, buyers = 40, 16
	p := sh.stocked(onHand, onHand)
	var sold, soldOut atomic.Int64
	var all sync.WaitGroup
	for b := range buyers {
		all.Go(func() {
			lines := stockLines(p, 1)
			if b%2 == 0 {
				lines[0], lines[1] = lines[1], lines[0]
			}
			for n := range onHand / buyers * 2 {
				r := reservation(fmt.Sprintf("ord_%d_%d", b, n), lines...)
				held, last := int64(0), int64(0)
				err := s.Store.Update(context.WithoutCancel(t.Context()), sh.id, func(ctx context.Context, tx ports.Tx) error {
					short, out, err := tx.Reserve(ctx, r)
					held, last = 0, int64(len(out))
					if len(short) == 0 {
						held = 1
					}
					return err
				})
				if err != nil {
					t.Error(err)
					return
				}
				sold.Add(held)
				soldOut.Add(last)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, onHand, sold.Load())
	require.EqualValues(t, 1, soldOut.Load(), "it sells out once")
	require.EqualValues(t, onHand, sh.stockOf(p, 0).Reserved)
	require.EqualValues(t, onHand, sh.stockOf(p, 1).Reserved)
}
