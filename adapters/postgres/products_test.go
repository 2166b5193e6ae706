package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/ports"
)

func TestProductsAreReadById(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	shop, other := pgtest.Tenant(t, db), pgtest.Tenant(t, db)
	p, q := product("kurta", 5), product("sari", 1)
	saveProducts(t, db, shop, p, q)
	saveProducts(t, db, shop, q)
	view(t, db, shop, func(ctx context.Context, v ports.View) error {
		found, err := v.ProductsByID(ctx, []catalog.ProductID{p.ID, q.ID, "prod_none"})
		require.NoError(t, err)
		require.Len(t, found, 2)
		require.True(t, found[p.ID].SameAs(p))
		require.EqualValues(t, 1, found[p.ID].Revision)
		require.EqualValues(t, 2, found[q.ID].Revision)
		taken, err := v.TakenSlugs(ctx, []string{"kurta", "kurta-2"})
		require.NoError(t, err)
		require.Equal(t, []string{"kurta"}, taken)
		shelves, err := v.CategoriesBySlug(ctx, []string{"shelf", "none"})
		require.NoError(t, err)
		require.Len(t, shelves, 1)
		require.Equal(t, "Shelf", shelves["shelf"].Name)
		return nil
	})
	view(t, db, other, func(ctx context.Context, v ports.View) error {
		found, err := v.ProductsByID(ctx, []catalog.ProductID{p.ID})
		require.NoError(t, err)
		require.Empty(t, found)
		return nil
	})
}

// TestAnEditDoesNotLoseStock lets goods leave the shelf while somebody edits the product: the edit writes the stock it
// has read, and must have read it after the goods were gone.
func TestAnEditDoesNotLoseStock(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	shop := pgtest.Tenant(t, db)
	p := product("kurta", 5)
	saveProducts(t, db, shop, p)
	order := inventory.Reservation{Reference: "ord_1", Lines: []inventory.Line{{Variant: p.Variants[0].ID, Quantity: 2}}}
	update(t, db, shop, func(ctx context.Context, tx ports.Tx) error {
		_, _, err := tx.Reserve(ctx, order)
		return err
	})
	done := make(chan error, 1)
	update(t, db, shop, func(ctx context.Context, tx ports.Tx) error {
		if err := tx.Ship(ctx, order.Reference, "usr_1"); err != nil {
			return err
		}
		go func() {
			done <- db.Update(ctx, shop.ID, func(ctx context.Context, tx ports.Tx) error {
				found, err := tx.ProductsByID(ctx, []catalog.ProductID{p.ID})
				if err != nil {
					return err
				}
				next := found[p.ID]
				next.Title = "Edited"
				return tx.SaveProducts(ctx, []catalog.Product{next})
			})
		}()
		require.Eventually(t, func() bool {
			waiting := pgtest.Texts(t, shop.ID, `select w.pid::text from pg_locks w join pg_locks held using (pid)
				where not w.granted and held.mode = 'RowShareLock' and held.relation = 'stock'::regclass`)
			return len(waiting) > 0
		}, 10*time.Second, 5*time.Millisecond)
		return nil
	})
	require.NoError(t, <-done)
	view(t, db, shop, func(ctx context.Context, v ports.View) error {
		got, err := v.ProductBySlug(ctx, "kurta")
		require.NoError(t, err)
		require.Equal(t, "Edited", got.Title)
		require.EqualValues(t, 3, got.Variants[0].Stock.OnHand)
		require.Zero(t, got.Variants[0].Stock.Reserved)
		return nil
	})
}

func TestOnlyProductsWithoutOrdersAreDeleted(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	shop := pgtest.Tenant(t, db)
	p, sold := product("kurta", 5), product("sari", 5)
	saveProducts(t, db, shop, p, sold)
	o, pay := checkoutOf(sold.Variants[0])
	o.Lines[0].Product = sold.ID
	update(t, db, shop, func(ctx context.Context, tx ports.Tx) error {
		_, err := tx.PlaceOrder(ctx, o, pay)
		return err
	})
	drop := func(id catalog.ProductID) error {
		return db.Update(t.Context(), shop.ID, func(ctx context.Context, tx ports.Tx) error { return tx.DeleteProduct(ctx, id) })
	}
	require.NoError(t, drop(p.ID))
	require.ErrorIs(t, drop(sold.ID), catalog.ErrKept)
	require.Empty(t, pgtest.Texts(t, shop.ID, `select variant_id from stock where product_id = $1`, string(p.ID)))
}

func TestFormerSlugsLeadToTheProduct(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	shop := pgtest.Tenant(t, db)
	p, q := product("kurta", 5), product("sari", 1)
	saveProducts(t, db, shop, p, q)
	leads := func(slug string) (id catalog.ProductID) {
		view(t, db, shop, func(ctx context.Context, v ports.View) error {
			found, err := v.ProductBySlug(ctx, slug)
			if err != nil {
				require.ErrorIs(t, err, catalog.ErrNotFound)
			}
			id = found.ID
			return nil
		})
		return id
	}
	rename := func(p *catalog.Product, slug string) {
		p.Slug = slug
		saveProducts(t, db, shop, *p)
	}
	rename(&p, "panjabi")
	rename(&p, "long-panjabi")
	for _, slug := range []string{"kurta", "panjabi", "long-panjabi"} {
		require.Equal(t, p.ID, leads(slug), slug)
	}
	require.Empty(t, leads("none"))
	view(t, db, shop, func(ctx context.Context, v ports.View) error {
		taken, err := v.TakenSlugs(ctx, []string{"kurta", "panjabi", "sari", "none"})
		require.NoError(t, err)
		require.ElementsMatch(t, []string{"kurta", "panjabi", "sari"}, taken)
		exact, err := v.ProductsBySlug(ctx, []string{"kurta"})
		require.NoError(t, err)
		require.Empty(t, exact)
		return nil
	})
	rename(&q, "kurta")
	require.Equal(t, q.ID, leads("kurta"), "who takes a slug has it")
	require.Equal(t, q.ID, leads("sari"))
	rename(&q, "sari")
	require.Equal(t, q.ID, leads("kurta"), "the last one that had it")
	rename(&p, "panjabi")
	require.Equal(t, []string{"kurta", "long-panjabi"}, pgtest.Texts(t, shop.ID, `select slug from former_slugs order by slug`))
	update(t, db, shop, func(ctx context.Context, tx ports.Tx) error { return tx.DeleteProduct(ctx, p.ID) })
	require.Empty(t, leads("long-panjabi"))
}
