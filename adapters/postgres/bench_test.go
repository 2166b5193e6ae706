package postgres_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// BenchmarkStore measures the store's part of the hot paths with 1,000 products of two variants, one tenant and several
// in turn.
func BenchmarkStore(b *testing.B) {
	var count postgres.StatementCounter
	db := pgtest.New(b, func(o *postgres.Options) { o.Routes, o.Tracer = routes, &count })
	products := manyProducts(1000, 1_000_000)
	shop := pgtest.Tenant(b, db)
	saveProducts(b, db, shop, products...)
	analyze(b, shop.Schema)
	basket := cart.Cart{ID: cart.ID(id.New("cart", now())), Currency: "BDT", CreatedAt: now(), UpdatedAt: now()}
	basket.Lines = []cart.Line{{Variant: products[7].Variants[0].ID, Quantity: 1, Seen: money.New(1, "BDT")}}
	for name, run := range map[string]func() error{
		"empty view": func() error {
			return db.View(b.Context(), shop.ID, func(context.Context, ports.View) error { return nil })
		},
		"list": func() error {
			return db.View(b.Context(), shop.ID, func(ctx context.Context, v ports.View) error {
				_, err := v.Products(ctx, catalog.Query{Sort: catalog.Newest, Limit: 20})
				return err
			})
		},
		"list in stock by price": func() error {
			return db.View(b.Context(), shop.ID, func(ctx context.Context, v ports.View) error {
				_, err := v.Products(ctx, catalog.Query{Sort: catalog.PriceUp, Limit: 20, InStock: true, Category: "shelf"})
				return err
			})
		},
		"search": func() error {
			return db.View(b.Context(), shop.ID, func(ctx context.Context, v ports.View) error {
				_, err := v.Products(ctx, catalog.Query{Sort: catalog.Newest, Limit: 20, Text: "product 12"})
				return err
			})
		},
		"detail": func() error {
			return db.View(b.Context(), shop.ID, func(ctx context.Context, v ports.View) error {
				_, err := v.ProductBySlug(ctx, products[500].Slug)
				return err
			})
		},
		"add": func() error {
			return db.Update(b.Context(), shop.ID, func(ctx context.Context, tx ports.Tx) error {
				if err := tx.SaveCart(ctx, basket); err != nil {
					return err
				}
				c, err := tx.Cart(ctx, basket.ID)
				if err != nil {
					return err
				}
				_, err = tx.Offers(ctx, c.Variants())
				return err
			})
		},
		"place and settle": func() error { return placeAndSettle(b, db, shop.ID, products[3].Variants[0]) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			require.NoError(b, run())
			count.Statements.Store(0)
			count.RoundTrips.Store(0)
			n := 0
			for b.Loop() {
				require.NoError(b, run())
				n++
			}
			b.ReportMetric(float64(count.Statements.Load())/float64(n), "statements/op")
			b.ReportMetric(float64(count.RoundTrips.Load())/float64(n), "trips/op")
		})
	}
}

func placeAndSettle(b *testing.B, db *postgres.DB, of tenant.ID, v catalog.Variant) error {
	o, p := checkoutOf(v)
	key := ports.Once{Key: string(o.ID), Scope: "checkout", Fingerprint: []byte("f")}
	err := db.Update(b.Context(), of, func(ctx context.Context, tx ports.Tx) (err error) {
		if _, _, err = tx.Claim(ctx, key); err != nil {
			return err
		}
		if _, _, err = tx.Reserve(ctx, inventory.Reservation{Reference: string(o.ID), Lines: []inventory.Line{{Variant: v.ID, Quantity: 1}}}); err != nil {
			return err
		}
		if o.Number, err = tx.PlaceOrder(ctx, o, p); err != nil {
			return err
		}
		tx.Emit("guest", order.Placed{Order: o.ID, Payment: p.ID, Total: o.Total})
		return tx.Record(ctx, key, ports.OnceRecord{Ref: string(o.ID), LeaseUntil: now()})
	})
	if err != nil {
		return err
	}
	return db.Update(b.Context(), of, func(ctx context.Context, tx ports.Tx) error {
		if _, err := tx.Order(ctx, o.ID); err != nil {
			return err
		}
		all, err := tx.Payments(ctx, o.ID)
		if err != nil {
			return err
		}
		before := all[0]
		p = before
		p.Version++
		p.Status, o.Status, o.Payment = payment.Reserved, order.Confirmed, order.Authorized
		tx.Emit("guest", order.ConfirmedFact{Order: o.ID, Number: o.Number, Total: o.Total})
		if err := tx.SaveSettlement(ctx, o, p, payment.EntriesFor(before, p, now())); err != nil {
			return err
		}
		return tx.Record(ctx, key, ports.OnceRecord{Ref: string(o.ID), Answer: []byte("{}")})
	})
}

func checkoutOf(v catalog.Variant) (order.Order, payment.Payment) {
	at := now()
	o := order.Order{
		ID: order.ID(id.New("ord", at)), Secret: id.Secret(), CartID: cart.ID(id.New("cart", at)), Email: "a@example.com", Status: order.Pending,
		Payment: order.AwaitingPayment, Provider: "manual", Subtotal: v.Price, Shipping: money.Zero("BDT"), Total: v.Price, PlacedAt: at, UpdatedAt: at,
		Lines: []order.Line{{Variant: v.ID, Product: "prod_x", Title: "T", Quantity: 1, Price: v.Price, Total: v.Price, Shipped: true}},
	}
	return o, payment.New(payment.ID(id.New("pay", at)), string(o.ID), provider.Account{Plugin: "manual", Mode: provider.Live}, "cash_on_delivery", o.Total, at)
}

func analyze(b *testing.B, schema string) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), pgtest.URLs(b).Owner)
	require.NoError(b, err)
	defer conn.Close(context.Background()) //nolint:errcheck // nothing is pending
	for _, table := range []string{"products", "variants", "stock"} {
		_, err = conn.Exec(b.Context(), fmt.Sprintf("vacuum analyze %s.%s", schema, table))
		require.NoError(b, err)
	}
}
