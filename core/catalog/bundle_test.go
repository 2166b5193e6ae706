package catalog_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/catalog"
)

// TestABundleIsThereAsOftenAsItsParts holds the stock of a bundle against taking bundles one by one.
func TestABundleIsThereAsOftenAsItsParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) catalog.Part {
			p := catalog.StockPolicy{
				Tracked: rapid.Bool().Draw(t, "tracked"), Continue: rapid.Bool().Draw(t, "continue"), OnHand: rapid.Int64Range(0, 30).Draw(t, "on hand"),
			}
			p.Reserved = rapid.Int64Range(0, p.OnHand).Draw(t, "reserved")
			p.Held = rapid.Int64Range(0, 4).Draw(t, "held")
			if limit := rapid.Int64Range(0, 9).Draw(t, "cap"); p.Continue && limit > 0 {
				p.Cap = &limit
			}
			return catalog.Part{Quantity: rapid.Int64Range(1, 4).Draw(t, "quantity"), Stock: p}
		}), 1, 4).Draw(t, "parts")
		most := func(of func(catalog.StockPolicy) int64) int64 {
			for n := int64(0); n < 50; n++ {
				for _, p := range parts {
					if (n+1)*p.Quantity > of(p.Stock) {
						return n
					}
				}
			}
			return catalog.Unlimited
		}
		got := catalog.Together(parts)
		require.Equal(t, most(catalog.StockPolicy.Available), got.Available())
		require.Equal(t, most(catalog.StockPolicy.Shelf), got.Shelf())
	})
}

func TestABundleShipsWithItsLastPart(t *testing.T) {
	day := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	later := catalog.StockPolicy{Tracked: true, Continue: true, ShipsAt: day}
	parts := []catalog.Part{{Quantity: 1, Stock: catalog.StockPolicy{Tracked: true, OnHand: 3}}, {Quantity: 2, Stock: later}}
	got := catalog.Variant{Parts: parts}.Supply()
	require.Equal(t, catalog.Preorder, got.For(3))
	require.Equal(t, day, got.ShipsAt)
	require.Equal(t, catalog.OutOfStock, got.For(4))
	own := catalog.StockPolicy{Tracked: true, OnHand: 7}
	require.Equal(t, own, catalog.Variant{Stock: own}.Supply())
}
