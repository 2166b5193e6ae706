package cart_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
)

var at = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func offer(name string, price, available int64) catalog.Offer {
	return catalog.Offer{
		Variant: catalog.VariantID("var_" + name), Title: name, Price: money.New(price, "BDT"), Grams: 100,
		RequiresShipping: true, Active: true, Available: available,
	}
}

func off(o catalog.Offer) catalog.Offer { o.Active = false; return o }

func holding(lines int) cart.Cart {
	c := cart.Cart{ID: "cart_1", Currency: "BDT"}
	for i := range lines {
		c.Lines = append(c.Lines, cart.Line{Variant: catalog.VariantID(fmt.Sprintf("var_%d", i)), Quantity: 2, Seen: money.New(100, "BDT")})
	}
	return c
}

func TestAddAndSet(t *testing.T) {
	ordered := holding(1)
	ordered.Ordered = true
	add := func(o catalog.Offer, n int64) func(*cart.Cart) error {
		return func(c *cart.Cart) error { return c.Add(o, n, at) }
	}
	set := func(o catalog.Offer, n int64) func(*cart.Cart) error {
		return func(c *cart.Cart) error { return c.Set(o, n, at) }
	}
	for name, c := range map[string]struct {
		cart     cart.Cart
		do       func(*cart.Cart) error
		code     string
		lines    int
		quantity int64 // of var_0
	}{
		"add a new one":               {holding(0), add(offer("0", 100, 5), 3), "", 1, 3},
		"add on top":                  {holding(1), add(offer("0", 100, 5), 3), "", 1, 5},
		"add all that is left":        {holding(0), add(offer("0", 100, 5), 5), "", 1, 5},
		"add more than is left":       {holding(0), add(offer("0", 100, 5), 6), "out_of_stock", 0, 0},
		"add on top, more than left":  {holding(1), add(offer("0", 100, 5), 4), "out_of_stock", 1, 2},
		"add what is sold out":        {holding(0), add(offer("0", 100, 0), 1), "out_of_stock", 0, 0},
		"add none":                    {holding(0), add(offer("0", 100, 5), 0), "invalid_request", 0, 0},
		"add less than none":          {holding(1), add(offer("0", 100, 5), -1), "invalid_request", 1, 2},
		"add absurdly many":           {holding(0), add(offer("0", 100, math.MaxInt64), math.MaxInt64), "invalid_request", 0, 0},
		"add on top of the limit":     {holding(1), add(offer("0", 100, 5000), 998), "invalid_request", 1, 2},
		"add up to the limit":         {holding(1), add(offer("0", 100, 5000), 997), "", 1, 999},
		"add what is not for sale":    {holding(0), add(off(offer("0", 100, 5)), 1), "not_for_sale", 0, 0},
		"add a line too many":         {holding(cart.MaxLines), add(offer("x", 100, 5), 1), "cart_full", cart.MaxLines, 2},
		"add to a full cart's line":   {holding(cart.MaxLines), add(offer("0", 100, 5), 1), "", cart.MaxLines, 3},
		"add to an ordered cart":      {ordered, add(offer("0", 100, 5), 1), "cart_ordered", 1, 2},
		"set":                         {holding(1), set(offer("0", 100, 5), 4), "", 1, 4},
		"set to none":                 {holding(1), set(offer("0", 100, 5), 0), "", 0, 0},
		"set what is gone to none":    {holding(1), set(catalog.Offer{Variant: "var_0"}, 0), "", 0, 0},
		"set an unknown line to none": {holding(1), set(offer("x", 100, 5), 0), "line_not_found", 1, 2},
		"set below none":              {holding(1), set(offer("0", 100, 5), -1), "invalid_request", 1, 2},
		"set above the limit":         {holding(1), set(offer("0", 100, 5000), 1000), "invalid_request", 1, 2},
		"set more than is left":       {holding(1), set(offer("0", 100, 5), 6), "out_of_stock", 1, 2},
		"set a line too many":         {holding(cart.MaxLines), set(offer("x", 100, 5), 1), "cart_full", cart.MaxLines, 2},
		"set in an ordered cart":      {ordered, set(offer("0", 100, 5), 0), "cart_ordered", 1, 2},
		"remove":                      {holding(2), func(c *cart.Cart) error { return c.Remove("var_1", at) }, "", 1, 2},
		"remove what is not in":       {holding(1), func(c *cart.Cart) error { return c.Remove("var_x", at) }, "line_not_found", 1, 2},
		"remove from an ordered cart": {ordered, func(c *cart.Cart) error { return c.Remove("var_0", at) }, "cart_ordered", 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.cart
			got.Lines = append([]cart.Line(nil), c.cart.Lines...)
			err := c.do(&got)
			require.Equal(t, c.code, fault.CodeOf(err))
			require.Len(t, got.Lines, c.lines)
			if c.lines > 0 {
				require.Equal(t, c.quantity, got.Lines[0].Quantity)
			}
			if err == nil {
				require.Equal(t, at, got.UpdatedAt)
			} else {
				require.Equal(t, c.cart, got, "a refused change changes nothing")
			}
		})
	}
}

func TestShortageNamesWhatIsLeft(t *testing.T) {
	c := holding(0)
	require.ErrorContains(t, c.Add(offer("Mug", 100, 3), 4, at), "Mug: only 3 left")
	require.ErrorContains(t, c.Add(offer("Mug", 100, 0), 1, at), "Mug: sold out")
}

// TestLimitsHoldWhateverHappens lets random hands work on a cart while stock and prices move.
func TestLimitsHoldWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mine, other := holding(0), holding(0)
		offers := map[catalog.VariantID]catalog.Offer{}
		some := rapid.Custom(func(t *rapid.T) catalog.Offer {
			o := offer(fmt.Sprint(rapid.IntRange(0, 260).Draw(t, "variant")), rapid.Int64Range(0, 1e12).Draw(t, "price"), rapid.Int64Range(0, 2000).Draw(t, "available"))
			o.Active = rapid.IntRange(0, 9).Draw(t, "active") > 0
			return o
		})
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			o, n := some.Draw(t, "offer"), rapid.Int64Range(-2, 1100).Draw(t, "quantity")
			offers[o.Variant] = o
			target := rapid.SampledFrom([]*cart.Cart{&mine, &other}).Draw(t, "cart")
			before := quantity(*target, o.Variant)
			err := rapid.SampledFrom([]func(catalog.Offer, int64, time.Time) error{target.Add, target.Set}).Draw(t, "do")(o, n, at)
			if after := quantity(*target, o.Variant); err != nil {
				require.Equal(t, before, after)
			} else if after > 0 {
				require.LessOrEqual(t, after, o.Available)
				require.True(t, o.Active)
			}
			bounded(t, *target)
		}
		had := map[catalog.VariantID]int64{}
		for _, l := range mine.Lines {
			had[l.Variant] = l.Quantity
		}
		mine.Merge(other, offers, at)
		bounded(t, mine)
		for _, l := range mine.Lines {
			require.GreaterOrEqual(t, l.Quantity, had[l.Variant], "merging takes nothing away")
			if l.Quantity > had[l.Variant] {
				require.LessOrEqual(t, l.Quantity, offers[l.Variant].Available)
				require.LessOrEqual(t, l.Quantity, had[l.Variant]+quantity(other, l.Variant))
				require.True(t, offers[l.Variant].Active)
			}
		}
	})
}

func quantity(c cart.Cart, v catalog.VariantID) int64 {
	for _, l := range c.Lines {
		if l.Variant == v {
			return l.Quantity
		}
	}
	return 0
}

func bounded(t require.TestingT, c cart.Cart) {
	require.LessOrEqual(t, len(c.Lines), cart.MaxLines)
	seen := map[catalog.VariantID]bool{}
	for _, l := range c.Lines {
		require.False(t, seen[l.Variant], "a variant has one line")
		seen[l.Variant] = true
		require.Positive(t, l.Quantity)
		require.LessOrEqual(t, l.Quantity, int64(cart.MaxQuantity))
	}
	require.Len(t, c.Variants(), len(c.Lines))
}

func TestMerge(t *testing.T) {
	guest := cart.Cart{Lines: []cart.Line{{Variant: "var_0", Quantity: 4}, {Variant: "var_new", Quantity: 1}, {Variant: "var_off", Quantity: 1}, {Variant: "var_gone", Quantity: 1}}}
	own := holding(1)
	own.Merge(guest, map[catalog.VariantID]catalog.Offer{
		"var_0": offer("0", 150, 5), "var_new": offer("new", 10, 9), "var_off": off(offer("off", 10, 9)),
	}, at)
	require.Equal(t, []cart.Line{
		{Variant: "var_0", Quantity: 5, Seen: money.New(150, "BDT")},
		{Variant: "var_new", Quantity: 1, Seen: money.New(10, "BDT")},
	}, own.Lines)

	full := holding(cart.MaxLines)
	full.Merge(guest, map[catalog.VariantID]catalog.Offer{"var_new": offer("new", 10, 9)}, at)
	require.Len(t, full.Lines, cart.MaxLines)
}

func TestPrice(t *testing.T) {
	c := holding(5) // two of each, seen at 100
	offers := map[catalog.VariantID]catalog.Offer{
		"var_0": offer("0", 100, 5),
		"var_1": offer("1", 130, 5),
		"var_2": offer("2", 100, 1),
		"var_3": offer("3", 100, 0),
	} // var_4 was removed
	p, err := c.Price(offers)
	require.NoError(t, err)
	var codes []string
	for _, l := range p.Lines {
		code := ""
		for _, n := range l.Notices {
			code += n.Code
			require.NotEmpty(t, n.Message)
		}
		codes = append(codes, code)
	}
	require.Equal(t, []string{"", cart.PriceChanged, cart.QuantityShort, cart.SoldOut, cart.NotForSale}, codes)
	require.False(t, p.Ready)
	require.Equal(t, money.New(2*100+2*130, "BDT"), p.Subtotal, "what cannot be bought does not count")
	require.Equal(t, int64(4), p.Items)
	require.Equal(t, int64(400), p.Grams)
	require.True(t, p.Shipped)

	c.Lines = c.Lines[:2]
	p, err = c.Price(offers)
	require.NoError(t, err)
	require.True(t, p.Ready, "a changed price is a notice, not an obstacle")
	c.Ordered = true
	p, err = c.Price(offers)
	require.NoError(t, err)
	require.False(t, p.Ready)
}

func TestPriceEdges(t *testing.T) {
	empty, err := holding(0).Price(nil)
	require.NoError(t, err)
	require.False(t, empty.Ready)
	require.Equal(t, money.Zero("BDT"), empty.Subtotal)

	_, err = holding(1).Price(map[catalog.VariantID]catalog.Offer{"var_0": offer("0", math.MaxInt64, 5)})
	require.ErrorIs(t, err, money.ErrOverflow)

	foreign := offer("0", 100, 5)
	foreign.Price.Currency = "USD"
	_, err = holding(1).Price(map[catalog.VariantID]catalog.Offer{"var_0": foreign})
	require.ErrorIs(t, err, money.ErrMismatch)

	digital := offer("0", 100, 5)
	digital.RequiresShipping = false
	p, err := holding(1).Price(map[catalog.VariantID]catalog.Offer{"var_0": digital})
	require.NoError(t, err)
	require.False(t, p.Shipped)
}
