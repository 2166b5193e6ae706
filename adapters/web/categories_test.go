package web

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/ports"
)

func TestACategoryPageShowsWhatIsBelow(t *testing.T) {
	s := newStack(t)
	p := s.sell(t, s.green, "kurta", "Kurta", "<p>Of cotton</p>")
	of := s.shops[s.green]
	require.NoError(t, s.update(of.ID, func(ctx context.Context, tx ports.Tx) error {
		rows, err := tx.Categories(ctx)
		require.NoError(t, err)
		top := catalog.Category{ID: "cat_top", Slug: "clothes", Name: "Clothes & more", Path: []catalog.CategoryID{"cat_top"}, Revision: 1}
		shirts, _ := catalog.NewTree(rows).BySlug("shirts")
		changed, err := catalog.NewTree(append(rows, top)).Change(shirts.ID, catalog.CategoryEdit{Parent: &top.ID})
		require.NoError(t, err)
		return tx.SaveCategories(ctx, append(changed, top))
	}))
	require.NoError(t, s.index.Products(t.Context(), of, []catalog.ProductID{p.ID}))
	b := s.open(t, s.green)
	page := b.get("/c/clothes").Body
	require.Contains(t, page, "Kurta")
	require.Contains(t, page, `<ul class="below"`)
	require.Contains(t, page, `<a href="/c/shirts">Shirts</a>`)
	below := b.get("/c/shirts").Body
	require.Contains(t, below, `<a href="/c/clothes">Clothes &amp; more</a>`)
	require.Contains(t, below, `"BreadcrumbList"`)
	require.Regexp(t, `"item":"http://[^"]+/c/clothes","name":"Clothes \\u0026 more","position":3`, below)
	shown := b.get("/p/kurta").Body
	require.Contains(t, shown, `<a href="/c/clothes">Clothes &amp; more</a>`)
	require.Contains(t, shown, `<a href="/c/shirts">Shirts</a>`)
	home := b.get("/").Body
	require.Contains(t, home, `href="/c/clothes"`)
	require.NotContains(t, home, `href="/c/shirts"`, "the menu shows the top")
	require.Equal(t, 404, b.get("/c/none").Status)
	require.Contains(t, b.get("/sitemap-shop.xml").Body, "/c/shirts")
}

func TestFormerAddressesOfShelvesLeadToThePresentOnes(t *testing.T) {
	s := newStack(t)
	p := s.sell(t, s.green, "kurta", "Kurta", "")
	of := s.shops[s.green]
	title, active, renamed := "Gifts", true, "presents"
	c, err := catalog.CreateCollection(catalog.CollectionEdit{Title: &title, Active: &active, Products: []catalog.ProductID{p.ID}}, time.Now())
	require.NoError(t, err)
	require.NoError(t, s.update(of.ID, func(ctx context.Context, tx ports.Tx) error {
		rows, err := tx.Categories(ctx)
		require.NoError(t, err)
		tree := catalog.NewTree(rows)
		shirts, _ := tree.BySlug("shirts")
		tops := "tops"
		changed, err := tree.Change(shirts.ID, catalog.CategoryEdit{Slug: &tops})
		require.NoError(t, err)
		require.NoError(t, tx.SaveCategories(ctx, changed))
		require.NoError(t, tx.SaveCollection(ctx, c))
		c.Slug = renamed
		return tx.SaveCollection(ctx, c)
	}))
	b := s.open(t, s.green)
	for from, to := range map[string]string{"/c/shirts": "/c/tops", "/collections/gifts": "/collections/presents"} {
		old := b.get(from + "?sort=newest")
		require.Equal(t, 301, old.Status, from)
		require.Equal(t, to+"?sort=newest", old.Header.Get("Location"))
		require.Equal(t, 200, b.get(to).Status)
		require.Equal(t, 404, s.open(t, s.red).get("/collections/gifts").Status)
	}
}
