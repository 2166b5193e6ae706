package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// forgotten stands for caches that nobody has.
type forgotten struct{ ports.Invalidation }

func (forgotten) Forget(context.Context, string) error { return nil }

func stockDesk(db ports.Store) *backoffice.Stock {
	return backoffice.New(backoffice.Deps{Store: db, Forget: forgotten{}, Now: time.Now}).Stock
}

// warehouse drives the stock of one product and remembers what orders ought to have.
type warehouse struct {
	db     ports.Store
	of     tenant.Tenant
	desk   *backoffice.Stock
	by     identity.Actor
	places []inventory.LocationID
	p      catalog.Product
	orders map[string]map[catalog.VariantID]int64
	carts  []cart.ID
}

func (w *warehouse) variant(t *rapid.T) catalog.VariantID {
	return w.p.Variants[rapid.IntRange(0, len(w.p.Variants)-1).Draw(t, "variant")].ID
}

func (w *warehouse) place(t *rapid.T, label string) inventory.LocationID {
	return rapid.SampledFrom(w.places).Draw(t, label)
}

func (w *warehouse) update(t *rapid.T, fn func(context.Context, ports.Tx) error) {
	require.NoError(t, w.db.Update(context.Background(), w.of.ID, fn))
}

// book asks for something that may be refused, but only by a rule.
func (w *warehouse) book(t *rapid.T) {
	kinds := []inventory.Kind{inventory.Receive, inventory.Return, inventory.Adjust, inventory.Transfer}
	entries := make([]inventory.Entry, rapid.IntRange(1, 3).Draw(t, "entries"))
	for i := range entries {
		e := inventory.Entry{
			Variant: w.variant(t), Location: w.place(t, "at"), Kind: rapid.SampledFrom(kinds).Draw(t, "kind"),
			Quantity: rapid.Int64Range(1, 6).Draw(t, "quantity"), Reason: "counted",
		}
		if e.Kind == inventory.Transfer {
			e.To = w.place(t, "to")
		}
		if e.Kind == inventory.Adjust && rapid.Bool().Draw(t, "down") {
			e.Quantity = -e.Quantity
		}
		entries[i] = e
	}
	_, err := w.desk.Book(context.Background(), w.by, entries, nil)
	refusedByRule(t, err)
}

func refusedByRule(t *rapid.T, err error) {
	if err != nil {
		require.Contains(t, []fault.Kind{fault.Invalid, fault.Conflict}, fault.KindOf(err), err)
	}
}

func (w *warehouse) lines(t *rapid.T) (all []inventory.Line) {
	for _, v := range w.p.Variants {
		if n := rapid.Int64Range(0, 5).Draw(t, "wanted"); n > 0 {
			all = append(all, inventory.Line{Variant: v.ID, Quantity: n})
		}
	}
	return all
}

// fits says whether a cart can get lines, by what it is told before.
func (w *warehouse) fits(t *rapid.T, by cart.ID, lines []inventory.Line) (fits bool) {
	fits = true
	w.update(t, func(ctx context.Context, tx ports.Tx) error {
		offers, err := tx.OffersTo(ctx, catalog.Buyer{Holder: string(by)}, variantIDs(w.p))
		for _, l := range lines {
			fits = fits && offers[l.Variant].Available >= l.Quantity
		}
		return err
	})
	return fits
}

func (w *warehouse) reserve(t *rapid.T) {
	lines := w.lines(t)
	if len(lines) == 0 {
		return
	}
	r := inventory.Reservation{Reference: id.New("ord", time.Now()), Cart: string(rapid.SampledFrom(w.carts).Draw(t, "cart")), Lines: lines}
	fits := w.fits(t, cart.ID(r.Cart), lines)
	w.update(t, func(ctx context.Context, tx ports.Tx) error {
		short, _, err := tx.Reserve(ctx, r)
		require.Equal(t, fits, len(short) == 0, "what was offered")
		return err
	})
	if fits {
		w.orders[r.Reference] = map[catalog.VariantID]int64{}
		for _, l := range lines {
			w.orders[r.Reference][l.Variant] = l.Quantity
		}
	}
}

func (w *warehouse) hold(t *rapid.T) {
	by, lines := rapid.SampledFrom(w.carts).Draw(t, "cart"), w.lines(t)
	fits := w.fits(t, by, lines)
	w.update(t, func(ctx context.Context, tx ports.Tx) error {
		held, err := tx.Hold(ctx, by, lines)
		require.Equal(t, fits, len(held.Short) == 0, "what was offered")
		return err
	})
}

// finish ends a reservation one way or the other, and once more, which changes nothing.
func (w *warehouse) finish(t *rapid.T) {
	if len(w.orders) == 0 {
		return
	}
	order := rapid.SampledFrom(slices.Sorted(maps.Keys(w.orders))).Draw(t, "order")
	sent := rapid.Bool().Draw(t, "sent")
	before := w.shelves(t)
	for range 2 {
		w.update(t, func(ctx context.Context, tx ports.Tx) error {
			if sent {
				return tx.Ship(ctx, order, "usr_1")
			}
			return tx.Release(ctx, order)
		})
	}
	for v, now := range w.shelves(t) {
		was, n := before[v].Stock, w.orders[order][v]
		switch {
		case !sent || !was.Tracked:
			require.Equal(t, was.OnHand, now.Stock.OnHand, "nothing of %s left", v)
		case was.OnHand >= was.Reserved:
			require.Equal(t, was.OnHand-n, now.Stock.OnHand, "%d of %s left", n, v)
		default: // sent before it was counted
			require.GreaterOrEqual(t, now.Stock.OnHand, was.OnHand-n, v)
			require.LessOrEqual(t, now.Stock.OnHand, was.OnHand, v)
		}
	}
	delete(w.orders, order)
}

func (w *warehouse) shelves(t *rapid.T) (out map[catalog.VariantID]inventory.Shelf) {
	w.update(t, func(ctx context.Context, tx ports.Tx) (err error) {
		out, err = tx.Shelves(ctx, variantIDs(w.p))
		return err
	})
	return out
}

// save is an import or an edit that says what is on hand and how it is sold.
func (w *warehouse) save(t *rapid.T) {
	for i := range w.p.Variants {
		w.p.Variants[i].Stock = catalog.StockPolicy{
			Tracked: rapid.IntRange(0, 4).Draw(t, "tracked") > 0, Continue: rapid.IntRange(0, 3).Draw(t, "continue") == 0,
			OnHand: rapid.Int64Range(-2, 9).Draw(t, "on hand"),
		}
	}
	w.update(t, func(ctx context.Context, tx ports.Tx) error { return tx.SaveProducts(ctx, []catalog.Product{w.p}) })
}

func (w *warehouse) decide(t *rapid.T) {
	v := w.variant(t)
	p := inventory.Policy{Tracked: true, Selling: rapid.SampledFrom([]inventory.Selling{inventory.Deny, inventory.SellBackorder}).Draw(t, "selling")}
	if p.Selling == inventory.SellBackorder && rapid.Bool().Draw(t, "capped") {
		n := rapid.Int64Range(0, 6).Draw(t, "cap")
		p.Cap = &n
	}
	now, err := w.desk.Get(context.Background(), w.by, v)
	require.NoError(t, err)
	_, err = w.desk.Decide(context.Background(), w.by, v, &now.Revision, p)
	if !errors.Is(err, inventory.ErrOversold) {
		require.NoError(t, err)
	}
}

// check holds what is stored against the ledger, the orders, and the rules.
func (w *warehouse) check(t *rapid.T) {
	shelves := w.shelves(t)
	err := w.db.View(context.Background(), w.of.ID, func(ctx context.Context, v ports.View) error {
		for _, variant := range variantIDs(w.p) {
			shelf := shelves[variant]
			movements, err := v.Movements(ctx, ports.MovementQuery{Variant: variant, Limit: 10_000})
			if err != nil {
				return err
			}
			booked, total := map[inventory.LocationID]int64{}, int64(0)
			for _, m := range movements.Movements {
				booked[m.Location] += m.Quantity
				total += m.Quantity
			}
			placed := int64(0)
			for at, l := range shelf.Levels {
				require.Equal(t, booked[at], l.OnHand, "the ledger of %s at %s", variant, at)
				require.GreaterOrEqual(t, l.OnHand, l.Reserved)
				require.GreaterOrEqual(t, l.Reserved, int64(0))
				placed += l.Reserved
			}
			require.Equal(t, total, shelf.Stock.OnHand, "the ledger of %s", variant)
			sold := int64(0)
			for _, o := range w.orders {
				sold += o[variant]
			}
			require.Equal(t, sold, shelf.Stock.Reserved, "what orders have of %s", variant)
			require.LessOrEqual(t, placed, sold)
			if left, limited := shelf.Stock.Left(); limited {
				require.GreaterOrEqual(t, left, int64(0), "more of %s is sold than there is", variant)
			}
		}
		return nil
	})
	require.NoError(t, err)
}

func variantIDs(p catalog.Product) (all []catalog.VariantID) {
	for _, v := range p.Variants {
		all = append(all, v.ID)
	}
	return all
}

// TestNoStockIsLost runs any sequence of what can happen to stock.
func TestNoStockIsLost(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	shop := pgtest.Tenant(t, db)
	desk, by := stockDesk(db), identity.For(shop.ID)
	name, code := "Depot", "depot"
	depot, err := desk.Open(t.Context(), by, inventory.LocationEdit{Name: &name, Code: &code}, nil)
	require.NoError(t, err)
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		w := &warehouse{
			db: db, of: shop, desk: desk, by: by, places: []inventory.LocationID{inventory.Main, depot.ID},
			p: product(fmt.Sprintf("kurta-%d", runs), 4), orders: map[string]map[catalog.VariantID]int64{},
			carts: []cart.ID{"cart_" + cart.ID(id.Secret()[:20]), "cart_" + cart.ID(id.Secret()[:20])},
		}
		w.update(t, func(ctx context.Context, tx ports.Tx) error { return tx.SaveProducts(ctx, []catalog.Product{w.p}) })
		t.Repeat(map[string]func(*rapid.T){
			"book": w.book, "reserve": w.reserve, "finish": w.finish, "hold": w.hold, "save": w.save, "decide": w.decide, "": w.check,
		})
	})
}
