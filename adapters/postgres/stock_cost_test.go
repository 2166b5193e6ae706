package postgres_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/ports"
)

func TestStockStatementsDoNotGrowWithLines(t *testing.T) {
	t.Parallel()
	var count postgres.StatementCounter
	db := pgtest.New(t, func(o *postgres.Options) { o.Tracer = &count })
	shop := pgtest.Tenant(t, db)
	products := manyProducts(200, 9)
	saveProducts(t, db, shop, products...)
	desk := stockDesk(db)
	cost := map[string]map[int]int64{"book": {}, "reserve": {}, "ship": {}, "hold": {}}
	measure := func(what string, n int, fn func() error) {
		count.Statements.Store(0)
		require.NoError(t, fn())
		cost[what][n] = count.Statements.Load()
	}
	for _, n := range []int{1, 1, 200} { // the first run also prepares
		var entries []inventory.Entry
		var lines []inventory.Line
		for _, p := range products[:n] {
			entries = append(entries, inventory.Entry{Variant: p.Variants[0].ID, Kind: inventory.Receive, Quantity: 2})
			lines = append(lines, inventory.Line{Variant: p.Variants[0].ID, Quantity: 1})
		}
		order := inventory.Reservation{Reference: id.New("ord", now()), Lines: lines}
		in := func(fn func(context.Context, ports.Tx) error) func() error {
			return func() error { return db.Update(t.Context(), shop.ID, fn) }
		}
		measure("book", n, func() error {
			_, err := desk.Book(t.Context(), identity.For(shop.ID), entries, nil)
			return err
		})
		measure("hold", n, in(func(ctx context.Context, tx ports.Tx) error {
			_, err := tx.Hold(ctx, "cart_1", lines)
			return err
		}))
		measure("reserve", n, in(func(ctx context.Context, tx ports.Tx) error {
			_, _, err := tx.Reserve(ctx, order)
			return err
		}))
		measure("ship", n, in(func(ctx context.Context, tx ports.Tx) error { return tx.Ship(ctx, order.Reference, "usr_1") }))
	}
	t.Log(cost)
	for what, of := range cost {
		require.Equal(t, of[1], of[200], what)
	}
	require.EqualValues(t, 5, cost["reserve"][1], "begin, the tenant's settings, a lock, the reservation, commit")
	view(t, db, shop, func(ctx context.Context, v ports.View) error {
		got, err := v.ProductBySlug(ctx, "product-199")
		require.NoError(t, err)
		require.Equal(t, catalog.StockPolicy{Tracked: true, OnHand: 10}, stripped(got.Variants[0].Stock))
		return nil
	})
}

// stripped leaves out what the cart of the test holds.
func stripped(s catalog.StockPolicy) catalog.StockPolicy {
	s.Held = 0
	return s
}
