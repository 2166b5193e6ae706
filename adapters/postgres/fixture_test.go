package postgres_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// product has two variants, "Small" and "Large", of which stock are on hand each.
func product(slug string, stock int64) catalog.Product {
	at := now()
	variant := func(value string, price int64) catalog.Variant {
		return catalog.Variant{
			ID: catalog.VariantID(id.New("var", at)), SKU: slug + "-" + value, Values: []string{value}, Price: money.New(price, "BDT"),
			CompareAt: money.New(price+500, "BDT"), Grams: 200, RequiresShipping: true, Taxable: true,
			Stock: catalog.StockPolicy{Tracked: true, OnHand: stock},
		}
	}
	return catalog.Product{
		ID: catalog.ProductID(id.New("prod", at)), Slug: slug, Title: "Product " + slug, Description: "<p>About " + slug + "</p>", Brand: "Halum",
		Category: &catalog.Category{Slug: "shelf", Name: "Shelf"}, Tags: []string{"cotton", "red"}, Status: catalog.Active,
		Options:  []catalog.Option{{Name: "Size", Values: []string{"Small", "Large"}}},
		Variants: []catalog.Variant{variant("Small", 19900), variant("Large", 24900)},
		Images:   []catalog.Image{{URL: "https://img.example/" + slug + ".jpg", Alt: "Picture of " + slug}}, CreatedAt: at, UpdatedAt: at,
	}
}

func update(t testing.TB, s ports.Store, of tenant.Tenant, fn func(context.Context, ports.Tx) error) {
	t.Helper()
	require.NoError(t, s.Update(context.WithoutCancel(t.Context()), of.ID, fn))
}

func view(t testing.TB, s ports.Store, of tenant.Tenant, fn func(context.Context, ports.View) error) {
	t.Helper()
	require.NoError(t, s.View(t.Context(), of.ID, fn))
}

func saveProducts(t testing.TB, s ports.Store, of tenant.Tenant, products ...catalog.Product) {
	t.Helper()
	update(t, s, of, func(ctx context.Context, tx ports.Tx) error { return tx.SaveProducts(ctx, products) })
}

func manyProducts(n int, stock int64) []catalog.Product {
	all := make([]catalog.Product, n)
	for i := range all {
		all[i] = product(fmt.Sprintf("product-%03d", i), stock)
		all[i].CreatedAt = all[i].CreatedAt.Add(time.Duration(i) * time.Second)
		all[i].Variants[0].Price.Amount += int64(i)
	}
	return all
}
