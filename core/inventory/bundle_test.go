package inventory_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/inventory"
)

func TestBundlesAreUnpacked(t *testing.T) {
	lines := []inventory.Line{{Variant: "var_c", Quantity: 3}, {Variant: "var_box", Quantity: 2}, {Variant: "var_a", Quantity: 1}}
	parts := map[catalog.VariantID][]catalog.Part{"var_box": {{Variant: "var_a", Quantity: 2}, {Variant: "var_b", Quantity: 1}}}
	require.Equal(t, []inventory.Line{{Variant: "var_a", Quantity: 5}, {Variant: "var_b", Quantity: 2}, {Variant: "var_c", Quantity: 3}}, inventory.Unpack(lines, parts))
}

func TestBundlesFollowTheirParts(t *testing.T) {
	state := func(onHand int64) inventory.State {
		return inventory.State{
			Variant: "var_1", Product: "prod_1", Stock: catalog.StockPolicy{Tracked: true, OnHand: onHand},
			Uses: []inventory.Use{{Product: "prod_box", Quantity: 2}, {Product: "prod_case", Quantity: 6}},
		}
	}
	changed := func(all ...catalog.ProductID) []event.Fact { return []event.Fact{catalog.Changed{Products: all}} }
	for _, c := range []struct {
		before, after int64
		want          []event.Fact
	}{
		{9, 6, nil},
		{6, 5, changed("prod_case")},
		{2, 1, changed("prod_box")},
		{1, 2, changed("prod_box")},
		{0, 1, changed("prod_1")},
		{0, 9, changed("prod_1", "prod_box", "prod_case")},
	} {
		require.Equal(t, c.want, inventory.Follow([]inventory.State{state(c.before)}, []inventory.State{state(c.after)}), "%d to %d", c.before, c.after)
	}
}

func TestABundleHasNoStockOfItsOwn(t *testing.T) {
	parts := []inventory.Line{{Variant: "var_2", Quantity: 1}}
	shelves := map[catalog.VariantID]inventory.Shelf{"var_2": {}}
	_, err := shelfOf(1, 0).Bundle(parts, shelves)
	require.ErrorIs(t, err, inventory.ErrStocked)
	used := inventory.State{Variant: "var_1", Uses: []inventory.Use{{Product: "prod_box", Quantity: 1}}}
	_, err = used.Bundle(parts, shelves)
	require.ErrorIs(t, err, inventory.ErrNested)
	_, err = used.Bundle(nil, shelves)
	require.NoError(t, err)
	box, err := inventory.State{Variant: "var_1", Revision: 4}.Bundle(parts, shelves)
	require.NoError(t, err)
	require.True(t, box.Bundled)
	require.EqualValues(t, 5, box.Revision)
	_, err = box.Decide(inventory.Policy{Selling: inventory.Deny})
	require.ErrorIs(t, err, inventory.ErrBundle)
	counted, same := inventory.Shelf{State: box}.Recount(7, true, false)
	require.Zero(t, counted.Quantity)
	require.Equal(t, box, same)
	l := ledgerOf(inventory.Shelf{State: box})
	require.ErrorIs(t, l.Book(inventory.Entry{Variant: "var_1", Kind: inventory.Receive, Quantity: 1}), inventory.ErrBundle)
}
