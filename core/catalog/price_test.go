package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
)

func bdt(amount int64) money.Money { return money.New(amount, "BDT") }

func tier(from, amount int64) catalog.Tier { return catalog.Tier{From: from, Price: bdt(amount)} }

func TestQuote(t *testing.T) {
	cheaper := catalog.Tier{From: 1, Price: bdt(60), Sale: true}
	for name, c := range map[string]struct {
		quote catalog.Quote
		n     int64
		pays  int64
		was   int64
	}{
		"the usual price":              {catalog.Quote{Price: bdt(100)}, 1, 100, 0},
		"compared as staff say":        {catalog.Quote{Price: bdt(100), CompareAt: bdt(120)}, 1, 100, 120},
		"a sale is compared":           {catalog.Quote{Price: bdt(100), Sale: bdt(80), CompareAt: bdt(120)}, 1, 80, 100},
		"a sale to nothing":            {catalog.Quote{Price: bdt(100), Sale: bdt(0)}, 1, 0, 100},
		"a sale that is dearer":        {catalog.Quote{Price: bdt(100), Sale: bdt(130)}, 1, 100, 0},
		"a group's price":              {catalog.Quote{Price: bdt(100), CompareAt: bdt(120), Tiers: []catalog.Tier{tier(1, 70)}}, 1, 70, 0},
		"a group's price above a sale": {catalog.Quote{Price: bdt(100), Sale: bdt(60), Tiers: []catalog.Tier{tier(1, 70)}}, 1, 60, 100},
		"a group's sale":               {catalog.Quote{Price: bdt(100), Tiers: []catalog.Tier{tier(1, 70), cheaper}}, 1, 60, 100},
		"too few for the tier":         {catalog.Quote{Price: bdt(100), Tiers: []catalog.Tier{tier(10, 70)}}, 9, 100, 0},
		"enough for the tier":          {catalog.Quote{Price: bdt(100), Tiers: []catalog.Tier{tier(10, 70)}}, 10, 70, 0},
		"another currency":             {catalog.Quote{Price: bdt(100), Tiers: []catalog.Tier{{From: 1, Price: money.New(1, "USD")}}}, 1, 100, 0},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, bdt(c.pays), c.quote.For(c.n))
			require.Equal(t, c.was, c.quote.Was().Amount)
		})
	}
}

func TestBuyersNeverPayMoreForBeingKnown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, 1000)
		some := rapid.Custom(func(t *rapid.T) catalog.Tier {
			out := tier(rapid.Int64Range(1, 20).Draw(t, "from"), amount.Draw(t, "amount"))
			out.Sale = rapid.Bool().Draw(t, "sale")
			return out
		})
		q := catalog.Quote{Price: bdt(amount.Draw(t, "price"))}
		if rapid.Bool().Draw(t, "on sale") {
			q.Sale = bdt(amount.Draw(t, "sale"))
		}
		everybody := q.For(1)
		q.Tiers = rapid.SliceOfN(some, 0, 8).Draw(t, "tiers")
		n := rapid.Int64Range(1, 25).Draw(t, "n")
		price := q.For(n)
		require.LessOrEqual(t, price.Amount, everybody.Amount, "nobody pays more for being known")
		require.LessOrEqual(t, q.For(n+1).Amount, price.Amount, "or for buying more")
		offered := false
		for _, one := range append(q.Tiers, catalog.Tier{Price: q.Price}, catalog.Tier{Price: everybody}) {
			offered = offered || one.From <= n && one.Price == price
		}
		require.True(t, offered, "somebody has set that price")
		require.True(t, q.Was().Amount == 0 || q.Was().Amount > q.For(1).Amount)
		stepped := q.For(1)
		for _, s := range q.Steps() {
			require.Less(t, s.Price.Amount, stepped.Amount, "every step is cheaper")
			require.Equal(t, s.Price, q.For(s.From))
			if stepped = s.Price; s.From <= n {
				require.LessOrEqual(t, price.Amount, s.Price.Amount)
			}
		}
	})
}

func TestQuotedLeavesOutWhatIsNotForSale(t *testing.T) {
	p := catalog.Product{Variants: []catalog.Variant{{ID: "var_a", Price: bdt(100), CompareAt: bdt(200)}, {ID: "var_b", Price: bdt(100)}}}
	got := p.Quoted(map[catalog.VariantID]catalog.Quote{"var_a": {Price: money.New(9, "USD"), Sale: money.New(7, "USD"), Lowest: money.New(8, "USD")}})
	require.Len(t, got.Variants, 1)
	require.Equal(t, money.New(7, "USD"), got.Variants[0].Pays())
	require.Equal(t, money.New(9, "USD"), got.Variants[0].Was())
	require.Equal(t, money.New(8, "USD"), got.Variants[0].Before())
	require.Equal(t, bdt(100), p.Variants[0].Price, "the product itself is as it was")
	require.Zero(t, p.Variants[1].Before())
}
