package postgres_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// pricing compares what the store asks with what the lists say.
type pricing struct {
	t    *testing.T
	db   *postgres.DB
	shop tenant.Tenant
	p    catalog.Product

	lists  map[catalog.PriceListID]catalog.PriceList
	listed map[catalog.ListPrice]int64 // by variant, list and quantity
	seen   [2][]int64                  // what everybody was asked for each variant, in order
}

func (s *pricing) update(fn func(context.Context, ports.Tx) error) { update(s.t, s.db, s.shop, fn) }

func (s *pricing) apply(ctx context.Context, tx ports.Tx) error {
	_, err := tx.ApplySales(ctx, variantIDs(s.p), time.Now())
	return err
}

func (s *pricing) anyList(t *rapid.T) catalog.PriceListID {
	ids := make([]catalog.PriceListID, 0, len(s.lists))
	for id := range s.lists {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		t.Skip("there is no list")
	}
	slices.Sort(ids)
	return rapid.SampledFrom(ids).Draw(t, "list")
}

func (s *pricing) saveList(t *rapid.T) {
	now, name := time.Now().UTC().Truncate(time.Second), "A list"
	starts := now.Add(time.Duration(rapid.SampledFrom([]int{-2, 2}).Draw(t, "starts")) * time.Hour)
	ends := time.Time{}
	if rapid.Bool().Draw(t, "ends") {
		ends = starts.Add(time.Duration(rapid.SampledFrom([]int{1, 9}).Draw(t, "lasts")) * time.Hour)
	}
	groups := rapid.SampledFrom([][]string{{}, {"trade"}, {"trade", "friends"}}).Draw(t, "groups")
	edit := catalog.PriceListEdit{Name: &name, Groups: groups, StartsAt: &starts, EndsAt: &ends}
	l, err := catalog.CreatePriceList(edit, now)
	if len(s.lists) > 0 && rapid.Bool().Draw(t, "again") {
		l, err = edit.Apply(s.lists[s.anyList(t)], now)
	}
	require.NoError(s.t, err)
	s.update(func(ctx context.Context, tx ports.Tx) error {
		if err := tx.SavePriceList(ctx, l); err != nil {
			return err
		}
		return s.apply(ctx, tx)
	})
	s.lists[l.ID] = l
}

func (s *pricing) deleteList(t *rapid.T) {
	id := s.anyList(t)
	s.update(func(ctx context.Context, tx ports.Tx) error {
		if err := tx.HidePriceList(ctx, id, time.Now()); err != nil {
			return err
		}
		variants, err := tx.ListVariants(ctx, id, "", 10)
		if err != nil {
			return err
		}
		if err := tx.DropHidden(ctx, id, variants); err != nil {
			return err
		}
		return s.apply(ctx, tx)
	})
	delete(s.lists, id)
	for p := range s.listed {
		if p.List == id {
			delete(s.listed, p)
		}
	}
}

func (s *pricing) putPrice(t *rapid.T) {
	one := catalog.ListPrice{
		Variant: rapid.SampledFrom(variantIDs(s.p)).Draw(t, "variant"), List: s.anyList(t), From: rapid.SampledFrom([]int64{1, 1, 5}).Draw(t, "from"),
	}
	amount := rapid.Int64Range(0, 300).Draw(t, "amount")
	drop := rapid.Bool().Draw(t, "drop")
	put := one
	put.Price = money.New(amount, "BDT")
	s.update(func(ctx context.Context, tx ports.Tx) error {
		change := tx.PutPrices
		if drop {
			change = tx.DropPrices
		}
		if err := change(ctx, []catalog.ListPrice{put}); err != nil {
			return err
		}
		return s.apply(ctx, tx)
	})
	if s.listed[one] = amount; drop {
		delete(s.listed, one)
	}
}

func (s *pricing) reprice(t *rapid.T) {
	i := rapid.IntRange(0, len(s.p.Variants)-1).Draw(t, "which")
	amount := rapid.Int64Range(0, 300).Draw(t, "usual")
	s.update(func(ctx context.Context, tx ports.Tx) error {
		found, err := tx.ProductsByID(ctx, []catalog.ProductID{s.p.ID})
		if err != nil {
			return err
		}
		p := found[s.p.ID]
		p.Variants[i].Price = money.New(amount, "BDT")
		s.p = p
		return tx.SaveProducts(ctx, []catalog.Product{p})
	})
}

// asked is what the lists say that somebody in groups pays for n of a variant.
func (s *pricing) asked(v catalog.Variant, n int64, groups ...string) int64 {
	lowest := v.Price.Amount
	for p, amount := range s.listed {
		l := s.lists[p.List]
		mine := l.Public() || slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(l.Groups, g) })
		if p.Variant == v.ID && p.From <= n && mine && l.Active(time.Now()) {
			lowest = min(lowest, amount)
		}
	}
	return lowest
}

func (s *pricing) check(t *rapid.T) {
	s.update(func(ctx context.Context, tx ports.Tx) error {
		found, err := tx.ProductsByID(ctx, []catalog.ProductID{s.p.ID})
		require.NoError(t, err)
		page, err := tx.Products(ctx, catalog.Query{Sort: catalog.Newest, Limit: 10, Drafts: true})
		require.NoError(t, err)
		low, high := int64(1<<40), int64(0)
		for i, v := range found[s.p.ID].Variants {
			want := s.asked(v, 1)
			low, high = min(low, want), max(high, want)
			require.Equal(t, want, v.Pays().Amount, "what everybody is asked")
			require.True(t, v.Was().Amount == 0 || v.Was().Amount > want)
			if n := len(s.seen[i]); n == 0 || s.seen[i][n-1] != want {
				s.seen[i] = append(s.seen[i], want)
			}
			if before := s.seen[i][:len(s.seen[i])-1]; len(before) > 0 {
				require.Equal(t, slices.Min(before), v.Lowest.Amount, "all of it happened in these 30 days")
			}
		}
		require.Equal(t, low, page.Products[0].MinPrice.Amount)
		require.Equal(t, high, page.Products[0].MaxPrice.Amount)
		for buyer, groups := range map[string][]string{"": nil, "cus_trade": {"trade"}, "cus_friend": {"friends"}} {
			offers, err := tx.OffersTo(ctx, catalog.Buyer{Customer: buyer}, variantIDs(s.p))
			require.NoError(t, err)
			for _, v := range found[s.p.ID].Variants {
				for _, n := range []int64{1, 4, 5, 50} {
					require.Equal(t, s.asked(v, n, groups...), offers[v.ID].For(n).Amount, "%s buys %d", buyer, n)
				}
			}
		}
		return nil
	})
}

// TestPricesFollowTheirLists changes lists, prices and usual prices in any order.
func TestPricesFollowTheirLists(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := &pricing{t: t, db: db, shop: pgtest.Tenant(t, db), lists: map[catalog.PriceListID]catalog.PriceList{}, listed: map[catalog.ListPrice]int64{}}
		s.p = product("kurta", 5)
		saveProducts(t, db, s.shop, s.p)
		for name, group := range map[string]string{"cus_trade": "trade", "cus_friend": "friends"} {
			s.update(func(ctx context.Context, tx ports.Tx) error {
				if err := tx.SaveCustomer(ctx, account.Account{ID: name, Email: name + "@example.com", Name: name, CreatedAt: now()}); err != nil {
					return err
				}
				_, err := tx.SaveGroups(ctx, name, []string{group})
				return err
			})
		}
		rt.Repeat(map[string]func(*rapid.T){"list": s.saveList, "delete": s.deleteList, "price": s.putPrice, "usual": s.reprice, "": s.check})
	})
}
