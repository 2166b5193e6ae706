package catalog_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

func TestAnEmptyEditChangesNothing(t *testing.T) {
	p := shirt()
	got, err := catalog.Edit{}.Apply(p, "BDT", noon)
	require.NoError(t, err)
	require.True(t, got.SameAs(p))
	require.Equal(t, noon, got.UpdatedAt)
}

func TestEditsDoNotReachThePresentProduct(t *testing.T) {
	p := shirt()
	_, err := catalog.Edit{Variants: []catalog.VariantEdit{
		{ID: "var_2", Values: []string{"XL"}, OnHand: ptr(int64(9))}, {Values: []string{"S"}, Price: ptr(money.New(5, "BDT"))},
	}}.Apply(p, "BDT", noon)
	require.NoError(t, err)
	require.Equal(t, shirt(), p)
}

func TestEditedVariants(t *testing.T) {
	taka := func(n int64) *money.Money { return ptr(money.New(n, "BDT")) }
	for name, c := range map[string]struct {
		edit []catalog.VariantEdit
		bad  string
	}{
		"by id":              {[]catalog.VariantEdit{{ID: "var_1", SKU: ptr("A")}}, ""},
		"by values":          {[]catalog.VariantEdit{{Values: []string{"L"}, SKU: ptr("A")}}, ""},
		"new":                {[]catalog.VariantEdit{{Values: []string{"M"}, Price: taka(1)}}, ""},
		"swapped values":     {[]catalog.VariantEdit{{ID: "var_1", Values: []string{"L"}}, {ID: "var_2", Values: []string{"S"}}}, ""},
		"unknown id":         {[]catalog.VariantEdit{{ID: "var_9"}}, "variants[0].id"},
		"named twice":        {[]catalog.VariantEdit{{ID: "var_1"}, {Values: []string{"S"}}}, "variants[1].id"},
		"new without price":  {[]catalog.VariantEdit{{Values: []string{"M"}}}, "variants[0].price"},
		"foreign currency":   {[]catalog.VariantEdit{{ID: "var_1", Price: ptr(money.New(1, "USD"))}}, "variants[0].price"},
		"foreign compare_at": {[]catalog.VariantEdit{{ID: "var_1", CompareAt: ptr(money.New(900, "USD"))}}, "variants[0].compare_at"},
		"low compare_at":     {[]catalog.VariantEdit{{ID: "var_1", CompareAt: taka(100)}}, "variants[0].compare_at"},
		"negative compare":   {[]catalog.VariantEdit{{ID: "var_1", CompareAt: taka(-1)}}, "variants[0].compare_at"},
		"weight":             {[]catalog.VariantEdit{{ID: "var_1", Grams: ptr(int64(-1))}}, "variants[0].grams"},
		"address of image":   {[]catalog.VariantEdit{{ID: "var_1", ImageURL: ptr("javascript:x")}}, "variants[0].image_url"},
		"code":               {[]catalog.VariantEdit{{ID: "var_1", Barcode: ptr(strings.Repeat("1", 256))}}, "variants[0].sku"},
		"stock":              {[]catalog.VariantEdit{{ID: "var_1", OnHand: ptr(int64(1_000_000_000))}}, "variants[0].stock.on_hand"},
		"price":              {[]catalog.VariantEdit{{ID: "var_1", Price: taka(2e15)}}, "variants[0].price"},
		"none":               {[]catalog.VariantEdit{}, "variants"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := catalog.Edit{Variants: c.edit}.Apply(shirt(), "BDT", noon)
			if c.bad == "" {
				require.NoError(t, err)
				require.Len(t, p.Variants, len(c.edit))
				return
			}
			var f *fault.Error
			require.ErrorAs(t, err, &f)
			require.Equal(t, c.bad, f.Fields[0].Path)
		})
	}
}

func TestAReductionEndsWithTheLowerPrice(t *testing.T) {
	p := shirt()
	p.Variants[0].CompareAt = money.New(150, "BDT")
	for price, want := range map[int64]int64{149: 150, 150: 0, 200: 0} {
		got, err := catalog.Edit{Variants: []catalog.VariantEdit{{ID: "var_1", Price: ptr(money.New(price, "BDT"))}}}.Apply(p, "BDT", noon)
		require.NoError(t, err)
		require.Equal(t, want, got.Variants[0].CompareAt.Amount, price)
	}
}

// Whatever staff do to variants, those that stay keep their id and the stock that was not spoken of.
func TestStockChangesOnlyWhenItIsGiven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := shirt()
		n := rapid.IntRange(1, 12).Draw(t, "variants")
		p.Variants = nil
		for i := range n {
			p.Variants = append(p.Variants, catalog.Variant{
				ID: catalog.VariantID(rune('a' + i)), Values: []string{string(rune('A' + i))}, Price: money.New(100, "BDT"),
				Stock: catalog.StockPolicy{Tracked: true, OnHand: rapid.Int64Range(0, 50).Draw(t, "on hand"), Reserved: 2},
			})
		}
		var edits []catalog.VariantEdit
		want := map[catalog.VariantID]int64{}
		for _, v := range rapid.Permutation(p.Variants).Draw(t, "order")[:rapid.IntRange(1, n).Draw(t, "kept")] {
			e := catalog.VariantEdit{ID: v.ID}
			if rapid.Bool().Draw(t, "by values") {
				e = catalog.VariantEdit{Values: v.Values}
			}
			if want[v.ID] = v.Stock.OnHand; rapid.Bool().Draw(t, "given") {
				e.OnHand = ptr(rapid.Int64Range(0, 50).Draw(t, "now"))
				want[v.ID] = *e.OnHand
			}
			edits = append(edits, e)
		}
		got, err := catalog.Edit{Variants: edits}.Apply(p, "BDT", noon)
		require.NoError(t, err)
		for _, v := range got.Variants {
			require.Equal(t, want[v.ID], v.Stock.OnHand)
			require.EqualValues(t, 2, v.Stock.Reserved)
		}
		require.Len(t, got.Variants, len(want))
	})
}

func TestSlugsForTitles(t *testing.T) {
	require.Equal(t, "blue-shirt", catalog.SlugFor("Blue shirt"))
	require.Equal(t, "product", catalog.SlugFor("!!!"))
	require.Equal(t, []string{"a", "a-2", "a-3"}, catalog.SlugsLike("a", 3))
	rapid.Check(t, func(t *rapid.T) {
		p := shirt()
		p.Slug = slices.Max(catalog.SlugsLike(catalog.SlugFor(rapid.String().Draw(t, "title")), 5000))
		require.NoError(t, p.Check())
	})
}

func TestACopyIsADraftOfItsOwn(t *testing.T) {
	p := shirt()
	p.Title, p.Revision, p.Variants[0].SKU = strings.Repeat("শ", 85), 7, "S-1"
	c := p.Duplicate(noon)
	require.NoError(t, c.Check())
	require.Equal(t, catalog.Draft, c.Status)
	require.True(t, strings.HasSuffix(c.Title, "শ (copy)"))
	require.NotEqual(t, p.ID, c.ID)
	require.Zero(t, c.Revision)
	require.Empty(t, c.Variants[0].SKU)
	require.Equal(t, catalog.StockPolicy{Tracked: true}, c.Variants[0].Stock)
	require.Equal(t, "S-1", p.Variants[0].SKU)
}
