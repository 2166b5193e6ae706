package postgres_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

func TestProductsComeBackAsTheyWereSaved(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	shop := pgtest.Tenant(t, db)
	p, bare := product("kurta", 5), product("gift-card", 0)
	bare.Category, bare.Tags, bare.Options, bare.Images = nil, nil, nil, nil
	bare.Variants = bare.Variants[:1]
	bare.Variants[0].Values, bare.Variants[0].CompareAt.Amount, bare.Variants[0].Stock.Tracked = nil, 0, false
	saveProducts(t, db, shop, p, bare)
	view(t, db, shop, func(ctx context.Context, v ports.View) error {
		got, err := v.ProductBySlug(ctx, "kurta")
		require.NoError(t, err)
		require.True(t, got.SameAs(p), "%+v", got)
		require.Equal(t, p.CreatedAt, got.CreatedAt)
		got, err = v.ProductBySlug(ctx, "gift-card")
		require.NoError(t, err)
		require.True(t, got.SameAs(bare), "%+v", got)
		require.Equal(t, catalog.Unlimited, got.Variants[0].Stock.Available())
		_, err = v.ProductBySlug(ctx, "none")
		require.ErrorIs(t, err, catalog.ErrNotFound)
		several, err := v.ProductsBySlug(ctx, []string{"kurta", "none", "gift-card"})
		require.NoError(t, err)
		require.Len(t, several, 2)
		require.Len(t, several["kurta"].Variants, 2)
		categories, err := v.Categories(ctx)
		require.NoError(t, err)
		require.Len(t, categories, 1)
		require.Equal(t, "Shelf", categories[0].Name)
		return nil
	})
}

func TestSavingAgainReplaces(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	shop := pgtest.Tenant(t, db)
	p := product("kurta", 5)
	saveProducts(t, db, shop, p)
	p.Title, p.Status = "New title", catalog.Draft
	gone := p.Variants[1].ID
	p.Variants = p.Variants[:1]
	p.Variants[0].Price.Amount, p.Variants[0].Stock.OnHand = 100, 9
	saveProducts(t, db, shop, p)
	view(t, db, shop, func(ctx context.Context, v ports.View) error {
		got, err := v.ProductBySlug(ctx, "kurta")
		require.NoError(t, err)
		require.True(t, got.SameAs(p), "%+v", got)
		offers, err := v.Offers(ctx, []catalog.VariantID{p.Variants[0].ID, gone, "var_unknown"})
		require.NoError(t, err)
		require.Len(t, offers, 1)
		o := offers[p.Variants[0].ID]
		require.Equal(t, "Small", o.VariantTitle)
		require.EqualValues(t, 9, o.Available)
		require.False(t, o.Active)
		page, err := v.Products(ctx, check(t, catalog.Query{}))
		require.NoError(t, err)
		require.Empty(t, page.Products, "drafts are not for shoppers")
		return nil
	})
	other := product("kurta", 1)
	err := db.Update(t.Context(), shop.ID, func(ctx context.Context, tx ports.Tx) error {
		return tx.SaveProducts(ctx, []catalog.Product{other})
	})
	require.ErrorContains(t, err, "slug_taken_product")
}

func check(t testing.TB, q catalog.Query) catalog.Query {
	t.Helper()
	q, err := q.Check()
	require.NoError(t, err)
	return q
}

func listAll(t testing.TB, db *postgres.DB, shop tenant.Tenant, q catalog.Query) (slugs []string) {
	t.Helper()
	for range 100 {
		var page catalog.Page
		view(t, db, shop, func(ctx context.Context, v ports.View) (err error) {
			page, err = v.Products(ctx, check(t, q))
			return err
		})
		for _, p := range page.Products {
			slugs = append(slugs, p.Slug)
		}
		if q.After = page.Next; q.After == "" {
			return slugs
		}
	}
	t.Fatal("the list does not end")
	return nil
}

func TestListing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	shop := pgtest.Tenant(t, db)
	all := manyProducts(25, 3)
	for i := range all {
		all[i].Variants[1].Price.Amount = all[i].Variants[0].Price.Amount
	}
	all[3].Title, all[3].Brand, all[3].Tags = "শাড়ি জামদানি", "Tangail Weavers", []string{"silk", "T-Shirt"}
	all[4].Category = &catalog.Category{Slug: "other", Name: "Other"}
	all[5].Status = catalog.Draft
	for i := range all[6].Variants {
		all[6].Variants[i].Stock.OnHand = 0
	}
	saveProducts(t, db, shop, all...)
	slugs := func(skip ...int) (want []string) {
		for i, p := range all {
			if !slices.Contains(skip, i) {
				want = append(want, p.Slug)
			}
		}
		return want
	}
	reversed := func(s []string) []string { s = slices.Clone(s); slices.Reverse(s); return s }
	for name, c := range map[string]struct {
		q    catalog.Query
		want []string
	}{
		"newest first":        {catalog.Query{Limit: 4}, reversed(slugs(5))},
		"cheapest first":      {catalog.Query{Limit: 7, Sort: catalog.PriceUp}, slugs(5)},
		"dearest first":       {catalog.Query{Limit: 7, Sort: catalog.PriceDown}, reversed(slugs(5))},
		"with drafts":         {catalog.Query{Limit: 100, Sort: catalog.PriceUp, Drafts: true}, slugs()},
		"in stock":            {catalog.Query{Limit: 5, Sort: catalog.PriceUp, InStock: true}, slugs(5, 6)},
		"category":            {catalog.Query{Category: "other"}, []string{all[4].Slug}},
		"price range":         {catalog.Query{MinPrice: 19910, MaxPrice: 19911, Sort: catalog.PriceUp}, slugs()[10:12]},
		"word":                {catalog.Query{Text: "SILK"}, []string{all[3].Slug}},
		"beginning of a word": {catalog.Query{Text: "tangail wea"}, []string{all[3].Slug}},
		"compound word":       {catalog.Query{Text: "t-shi"}, []string{all[3].Slug}},
		"another script":      {catalog.Query{Text: "জামদানি"}, []string{all[3].Slug}},
		"operators are words": {catalog.Query{Text: "silk' | !cotton:*"}, nil},
		"nothing to look for": {catalog.Query{Text: "'!&"}, nil},
		"no such word":        {catalog.Query{Text: "umbrella"}, nil},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, listAll(t, db, shop, c.q)) })
	}
	require.Len(t, listAll(t, db, shop, catalog.Query{Sort: catalog.ByTitle, Limit: 3}), 24)
}

func TestSummariesAndCursors(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	shop := pgtest.Tenant(t, db)
	single := product("single", 0)
	single.Options, single.Variants = nil, single.Variants[:1]
	single.Variants[0].Values = nil
	other := product("double", 1)
	other.CreatedAt = single.CreatedAt.AddDate(0, 0, -1)
	saveProducts(t, db, shop, other, single)
	view(t, db, shop, func(ctx context.Context, v ports.View) error {
		page, err := v.Products(ctx, check(t, catalog.Query{Limit: 1}))
		require.NoError(t, err)
		s := page.Products[0]
		require.Equal(t, single.Variants[0].ID, s.VariantID)
		require.False(t, s.InStock)
		require.Equal(t, single.Variants[0].CompareAt, s.CompareAt)
		require.Equal(t, single.Images[0], s.Image)
		for _, q := range []catalog.Query{
			{After: page.Next, Sort: catalog.ByTitle}, {After: "nonsense"}, {After: "WyJuZXdlc3QiLCJ4IiwieSJd"},
		} {
			_, err = v.Products(ctx, check(t, q))
			require.ErrorIs(t, err, catalog.ErrCursor)
		}
		return nil
	})
}
