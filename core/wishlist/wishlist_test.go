package wishlist_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/wishlist"
)

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func item(n int) wishlist.Item {
	return wishlist.Item{Product: catalog.ProductID(fmt.Sprint("prod_", n)), AddedAt: now, Seen: money.New(1000, "BDT"), InStock: true}
}

func TestItemsAreKeptOnce(t *testing.T) {
	var l wishlist.List
	require.NoError(t, l.Add(item(1)))
	require.NoError(t, l.Add(item(2)))
	require.NoError(t, l.Add(item(1)))
	require.Equal(t, []wishlist.Item{item(2), item(1)}, l.Items, "the newest first")
	variant := item(1)
	variant.Variant = "var_1"
	require.NoError(t, l.Add(variant), "a variant is another item than the product")
	require.NoError(t, l.Remove("prod_1", "", now))
	require.ErrorIs(t, l.Remove("prod_1", "", now), wishlist.ErrItem)
	require.Equal(t, 0, l.Find("prod_1", "var_1"))
	for n := range wishlist.MaxItems - 2 {
		require.NoError(t, l.Add(item(100+n)))
	}
	require.ErrorIs(t, l.Add(item(3)), wishlist.ErrFull)
	require.NoError(t, l.Add(item(100)), "it is there already")
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{" For  Eid ": "For Eid", "ঈদ": "ঈদ", strings.Repeat("ঈ", 80): strings.Repeat("ঈ", 80), "": "", " \n": "", strings.Repeat("x", 81): ""} {
		var l wishlist.List
		err := l.Rename(in, now)
		require.Equal(t, want == "", err != nil, in)
		require.Equal(t, want, l.Name)
	}
}

func TestMergeKeepsTheOrderAndTheCap(t *testing.T) {
	var own, guest wishlist.List
	for n := range wishlist.MaxItems - 1 {
		require.NoError(t, own.Add(item(n)))
	}
	for _, n := range []int{1, 1001, 1002} {
		require.NoError(t, guest.Add(item(n)))
	}
	own.Merge(guest, now)
	require.Len(t, own.Items, wishlist.MaxItems)
	require.Equal(t, 0, own.Find("prod_1001", ""))
}

func TestWhatOwnersAreTold(t *testing.T) {
	price := func(amount int64) money.Money { return money.New(amount, "BDT") }
	for name, c := range map[string]struct {
		seen    int64
		stocked bool
		now     wishlist.State
		was     int64
		back    bool
		tell    bool
	}{
		"nothing":              {1000, true, wishlist.State{price(1000), true}, 0, false, false},
		"a drop":               {1000, true, wishlist.State{price(900), true}, 1000, false, true},
		"a rise":               {1000, true, wishlist.State{price(1100), true}, 0, false, false},
		"sold out":             {1000, true, wishlist.State{price(1000), false}, 0, false, false},
		"back":                 {1000, false, wishlist.State{price(1000), true}, 0, true, true},
		"back and cheaper":     {1000, false, wishlist.State{price(800), true}, 1000, true, true},
		"cheaper but sold out": {1000, false, wishlist.State{price(800), false}, 1000, false, false},
		"another currency":     {1000, true, wishlist.State{money.New(10, "USD"), true}, 0, false, false},
		"dearer but back":      {1000, false, wishlist.State{price(1200), true}, 0, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			i := wishlist.Item{Product: "prod_1", Seen: price(c.seen), InStock: c.stocked}
			n, tell := i.Look(c.now)
			require.Equal(t, c.tell, tell)
			require.Equal(t, c.was, n.Was.Amount)
			require.Equal(t, c.back, n.Back)
			_, again := i.Look(c.now)
			require.False(t, again, "the same is not told twice")
		})
	}
}

func TestNothingIsToldTwiceWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := wishlist.Item{Product: "prod_1", Seen: money.New(500, "BDT"), InStock: true}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			before := i
			state := wishlist.State{Price: money.New(rapid.Int64Range(1, 1000).Draw(t, "price"), "BDT"), InStock: rapid.Bool().Draw(t, "stock")}
			n, tell := i.Look(state)
			if tell {
				require.True(t, state.InStock)
				require.True(t, n.Back && !before.InStock || state.Price.Amount < before.Seen.Amount)
			}
			_, again := i.Look(state)
			require.False(t, again)
		}
	})
}
