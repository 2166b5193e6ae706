package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/ports"
)

// TestFormerPricesAreKeptWhileAReductionNamesThem reprices in a year before, and says when each price ended.
func TestFormerPricesAreKeptWhileAReductionNamesThem(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	shop := pgtest.Tenant(t, db)
	p := product("kurta", 5)
	saveProducts(t, db, shop, p)
	v := p.Variants[0]
	days := func(n int) time.Time { return time.Now().Add(time.Duration(-n) * 24 * time.Hour) }
	for _, ended := range []struct {
		days   int
		amount int64
	}{{300, 100}, {231, 200}, {229, 900}, {200, 1000}} {
		pgtest.Texts(t, shop.ID, `insert into price_history (variant_id, currency, until, amount) values ($1, 'BDT', $2, $3) returning variant_id`,
			string(v.ID), days(ended.days), ended.amount)
	}
	lowest := func() (amount int64) {
		view(t, db, shop, func(ctx context.Context, view ports.View) error {
			found, err := view.ProductsByID(ctx, []catalog.ProductID{p.ID})
			require.NoError(t, err)
			amount = found[p.ID].Variants[0].Lowest.Amount
			return nil
		})
		return amount
	}
	require.Equal(t, int64(900), lowest(), "of the 30 days before the price of now began")
	update(t, db, shop, func(ctx context.Context, tx ports.Tx) error { return tx.DropPriceHistory(ctx, days(250)) })
	require.Equal(t, []string{"200", "900", "1000"}, pgtest.Texts(t, shop.ID, `select amount::text from price_history order by until`))
	update(t, db, shop, func(ctx context.Context, tx ports.Tx) error { return tx.DropPriceHistory(ctx, days(90)) })
	require.Equal(t, []string{"900", "1000"}, pgtest.Texts(t, shop.ID, `select amount::text from price_history order by until`))
	require.Equal(t, int64(900), lowest())
}
