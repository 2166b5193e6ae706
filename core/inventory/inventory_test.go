package inventory_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/inventory"
)

func ptr[T any](v T) *T { return &v }

// shelfOf has onHand and reserved at the main location and four more, unreserved, at another one.
func shelfOf(onHand, reserved int64) inventory.Shelf {
	return inventory.Shelf{
		State: inventory.State{Variant: "var_1", Product: "prod_1", Stock: catalog.StockPolicy{Tracked: true, OnHand: onHand + 4, Reserved: reserved}},
		Levels: map[inventory.LocationID]inventory.Level{
			inventory.Main: {OnHand: onHand, Reserved: reserved}, "loc_b": {OnHand: 4},
		},
	}
}

func ledgerOf(s inventory.Shelf) *inventory.Ledger {
	return &inventory.Ledger{
		Shelves: map[catalog.VariantID]inventory.Shelf{s.Variant: s},
		Locations: map[inventory.LocationID]inventory.Location{
			inventory.Main: {ID: inventory.Main, Active: true}, "loc_b": {ID: "loc_b", Active: true}, "loc_shut": {ID: "loc_shut"},
		},
	}
}

func TestEntriesAreBooked(t *testing.T) {
	for name, c := range map[string]struct {
		entry inventory.Entry
		want  error
		moved []int64
	}{
		"received":          {inventory.Entry{Kind: inventory.Receive, Quantity: 3}, nil, []int64{3}},
		"all that is free":  {inventory.Entry{Kind: inventory.Adjust, Quantity: -3, Reason: "x"}, nil, []int64{-3}},
		"what is reserved":  {inventory.Entry{Kind: inventory.Adjust, Quantity: -4, Reason: "x"}, inventory.ErrTooFew, nil},
		"moved":             {inventory.Entry{Kind: inventory.Transfer, Quantity: 3, To: "loc_b"}, nil, []int64{-3, 3}},
		"moved too many":    {inventory.Entry{Kind: inventory.Transfer, Quantity: 4, To: "loc_b"}, inventory.ErrTooFew, nil},
		"moved to itself":   {inventory.Entry{Kind: inventory.Transfer, Quantity: 1, To: inventory.Main}, inventory.ErrInvalid, nil},
		"moved to a shut":   {inventory.Entry{Kind: inventory.Transfer, Quantity: 1, To: "loc_shut"}, inventory.ErrInactive, nil},
		"into a shut":       {inventory.Entry{Kind: inventory.Receive, Quantity: 1, Location: "loc_shut"}, inventory.ErrInactive, nil},
		"nowhere":           {inventory.Entry{Kind: inventory.Receive, Quantity: 1, Location: "loc_no"}, inventory.ErrLocation, nil},
		"counted":           {inventory.Entry{Kind: inventory.Adjust, SetTo: ptr(int64(9)), Expected: ptr(int64(5)), Reason: "x"}, nil, []int64{4}},
		"counted the same":  {inventory.Entry{Kind: inventory.Adjust, SetTo: ptr(int64(5)), Expected: ptr(int64(5)), Reason: "x"}, nil, nil},
		"counted too late":  {inventory.Entry{Kind: inventory.Adjust, SetTo: ptr(int64(9)), Expected: ptr(int64(6)), Reason: "x"}, inventory.ErrChanged, nil},
		"counted on nobody": {inventory.Entry{Kind: inventory.Adjust, SetTo: ptr(int64(9)), Reason: "x"}, inventory.ErrInvalid, nil},
		"without a reason":  {inventory.Entry{Kind: inventory.Adjust, Quantity: 1}, inventory.ErrInvalid, nil},
		"a goal received":   {inventory.Entry{Kind: inventory.Receive, SetTo: ptr(int64(9))}, inventory.ErrInvalid, nil},
		"sold by hand":      {inventory.Entry{Kind: inventory.Sell, Quantity: 1}, inventory.ErrInvalid, nil},
		"without end":       {inventory.Entry{Kind: inventory.Receive, Quantity: catalog.Unlimited}, inventory.ErrTooMany, nil},
	} {
		t.Run(name, func(t *testing.T) {
			l := ledgerOf(shelfOf(5, 2))
			c.entry.Variant = "var_1"
			require.ErrorIs(t, l.Book(c.entry), c.want)
			var moved []int64
			for _, m := range l.Movements {
				moved = append(moved, m.Quantity)
			}
			require.Equal(t, c.moved, moved)
		})
	}
	require.ErrorIs(t, ledgerOf(shelfOf(1, 0)).Book(inventory.Entry{Variant: "var_none"}), inventory.ErrVariant)
}

// TestALedgerAddsUp books anything and holds the shelf against the movements.
func TestALedgerAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := shelfOf(rapid.Int64Range(2, 9).Draw(t, "on hand"), rapid.Int64Range(0, 2).Draw(t, "reserved"))
		l := ledgerOf(start)
		places := []inventory.LocationID{inventory.Main, "loc_b", "loc_shut", ""}
		kinds := []inventory.Kind{inventory.Receive, inventory.Return, inventory.Adjust, inventory.Transfer}
		for range rapid.IntRange(1, 20).Draw(t, "entries") {
			_ = l.Book(inventory.Entry{
				Variant: "var_1", Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Quantity: rapid.Int64Range(-6, 6).Draw(t, "quantity"),
				Location: rapid.SampledFrom(places).Draw(t, "at"), To: rapid.SampledFrom([]inventory.LocationID{"", "loc_b", inventory.Main}).Draw(t, "to"), Reason: "x",
			})
		}
		got, sum := l.Shelves["var_1"], int64(0)
		levels := map[inventory.LocationID]int64{}
		for at, level := range start.Levels {
			levels[at] = level.OnHand
		}
		for _, m := range l.Movements {
			levels[m.Location] += m.Quantity
		}
		for at, level := range got.Levels {
			require.Equal(t, levels[at], level.OnHand)
			require.GreaterOrEqual(t, level.OnHand, level.Reserved)
			sum += level.OnHand
		}
		require.Equal(t, sum, got.Stock.OnHand)
	})
}

func TestACountIsBookedAsTheDifference(t *testing.T) {
	for name, c := range map[string]struct {
		shelf     inventory.Shelf
		onHand    int64
		continues bool
		want      int64
	}{
		"more":                 {shelfOf(5, 2), 12, false, 3},
		"less":                 {shelfOf(5, 2), 7, false, -2},
		"the same":             {shelfOf(5, 2), 9, false, 0},
		"less than elsewhere":  {shelfOf(5, 2), 0, false, -3},
		"below zero":           {shelfOf(5, 0), -4, true, -5},
		"backorders come true": {inventory.Shelf{State: inventory.State{Stock: catalog.StockPolicy{Tracked: true, Continue: true, Reserved: 6}}}, 1, false, 6},
	} {
		t.Run(name, func(t *testing.T) {
			m, after := c.shelf.Recount(c.onHand, true, c.continues)
			require.Equal(t, c.want, m.Quantity)
			require.Equal(t, c.shelf.Stock.OnHand+c.want, after.Stock.OnHand)
		})
	}
}

func TestRejectedEntriesAreNamed(t *testing.T) {
	require.NoError(t, inventory.Rejected([]error{nil, nil}))
	require.ErrorIs(t, inventory.Rejected([]error{inventory.ErrVariant}), inventory.ErrVariant, "one keeps its code")
	both := inventory.Rejected([]error{nil, inventory.ErrTooFew, inventory.ErrInvalid.At(fault.Field{Path: "to", Message: "m"})})
	require.Equal(t, fault.Conflict, fault.KindOf(both))
	require.Equal(t, fault.Invalid, fault.KindOf(inventory.Rejected([]error{inventory.ErrInvalid, inventory.ErrInvalid})))
	var f *fault.Error
	require.ErrorAs(t, both, &f)
	require.Equal(t, "movements[1]", f.Fields[0].Path)
	require.Equal(t, "movements[2].to", f.Fields[1].Path)
}

func TestCrossingsAreTold(t *testing.T) {
	state := func(onHand, reserved int64) inventory.State {
		s := shelfOf(onHand-4, reserved).State
		s.LowAt = ptr(int64(3))
		return s
	}
	changed := catalog.Changed{Products: []catalog.ProductID{"prod_1"}}
	low := func(left int64) inventory.Low {
		return inventory.Low{Items: []inventory.Left{{Variant: "var_1", Left: left}}}
	}
	for name, c := range map[string]struct {
		before, after inventory.State
		want          []event.Fact
	}{
		"nothing":       {state(9, 0), state(8, 0), nil},
		"low":           {state(4, 0), state(4, 1), []event.Fact{low(3)}},
		"still low":     {state(3, 0), state(2, 0), nil},
		"low and gone":  {state(9, 0), state(9, 9), []event.Fact{low(0), changed}},
		"back":          {state(2, 2), state(3, 2), []event.Fact{changed}},
		"new variant":   {inventory.State{}, state(0, 0), nil},
		"holds pass by": {state(5, 0), func() inventory.State { s := state(5, 0); s.Stock.Held = 5; return s }(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, inventory.Follow([]inventory.State{c.before}, []inventory.State{c.after}))
		})
	}
	require.Equal(t, []event.Fact{changed}, inventory.Decided(state(9, 0), state(9, 0)), "its page says something else")
}

func TestPoliciesAndLocationsAreChecked(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	good := []inventory.Policy{
		{Tracked: true, Selling: inventory.Deny},
		{Selling: inventory.SellBackorder, Cap: ptr(int64(0))},
		{Selling: inventory.SellPreorder, ShipsAt: now.AddDate(0, 1, 0), LowAt: ptr(int64(2))},
	}
	for _, p := range good {
		require.NoError(t, p.Check(now))
		s, err := shelfOf(5, 2).Decide(p)
		require.NoError(t, err)
		require.True(t, s.Policy().Equal(p), "%+v", p)
	}
	for _, p := range []inventory.Policy{
		{},
		{Selling: inventory.SellPreorder},
		{Selling: inventory.SellPreorder, ShipsAt: now.AddDate(9, 0, 0)},
		{Selling: inventory.Deny, Cap: ptr(int64(1))},
		{Selling: inventory.SellBackorder, ShipsAt: now.AddDate(0, 1, 0)},
		{Selling: inventory.SellBackorder, Cap: ptr(int64(-1))},
		{Selling: inventory.Deny, LowAt: ptr(int64(-1))},
	} {
		require.ErrorIs(t, p.Check(now), inventory.ErrInvalid, "%+v", p)
	}
	_, err := shelfOf(0, 9).Decide(good[0])
	require.ErrorIs(t, err, inventory.ErrOversold)
	require.NoError(t, inventory.Settings{HoldMinutes: 1}.Check())
	require.Error(t, inventory.Settings{HoldMinutes: 121}.Check())
	l, err := inventory.LocationEdit{Name: ptr(" A "), Code: ptr("A-1"), Country: ptr("bd")}.Apply(inventory.Location{ID: inventory.Main, Active: true})
	require.NoError(t, err)
	require.Equal(t, inventory.Location{ID: inventory.Main, Active: true, Name: "A", Code: "a-1", Country: "BD"}, l)
	_, err = inventory.LocationEdit{Active: ptr(false)}.Apply(l)
	require.ErrorIs(t, err, inventory.ErrMain)
	for _, e := range []inventory.LocationEdit{{Name: ptr(" ")}, {Code: ptr("a b")}, {Country: ptr("B")}, {Position: ptr(-1)}} {
		_, err = e.Apply(l)
		require.ErrorIs(t, err, inventory.ErrInvalid)
	}
}
