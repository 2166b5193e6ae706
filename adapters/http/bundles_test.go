package httpapi

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/id"
)

// bundled is a shop with a bundle of two pieces of one variant and one of another, which are there in the given quantities.
func bundled(t *testing.T, first, second int64) (v *vendor, bundle, a, b string) {
	t.Helper()
	v = start(t).vendor()
	a, b = v.variants[0], v.variants[1]
	v.book(entry(a, "adjust", first-v.stock(a).OnHand), entry(b, "adjust", second-v.stock(b).OnHand)).is(201)
	var p StaffProduct
	v.send("POST", adminPath+"/products", map[string]any{
		"title": "Gift box", "status": "active", "variants": []any{map[string]any{"price": map[string]any{"amount": 4500, "currency": "BDT"}, "sku": "BOX"}},
	}, nil).is(201).into(&p)
	bundle = p.Variants[0].ID
	v.compose(bundle, 1, part(a, 2), part(b, 1)).is(200)
	return v, bundle, a, b
}

func part(variant string, quantity int) map[string]any {
	return map[string]any{"variant_id": variant, "quantity": quantity}
}

func (v *vendor) compose(bundle string, revision int, parts ...map[string]any) answered {
	v.t.Helper()
	if parts == nil {
		parts = []map[string]any{}
	}
	return v.send("PUT", stockPath+"/variants/"+bundle+"/parts", map[string]any{"parts": parts}, match(revision))
}

func (v *vendor) order(cart map[string]string) answered {
	v.t.Helper()
	return v.do(call{"POST", v.host, front + "/checkout", checkoutBody("manual", "counter", nil), plus(cart, headerOnce, id.Secret())})
}

func TestABundleIsSoldFromItsParts(t *testing.T) {
	v, bundle, a, b := bundled(t, 5, 3)
	box := v.stock(bundle)
	require.EqualValues(t, 2, *box.Available, "five make two pairs")
	require.Len(t, box.Parts, 2)
	var p Product
	v.do(call{"GET", v.host, front + "/products/gift-box", nil, nil}).is(200).into(&p)
	require.True(t, p.InStock)
	require.Equal(t, []int64{2, 1}, []int64{p.Variants[0].Parts[0].Quantity, p.Variants[0].Parts[1].Quantity})
	require.Equal(t, "Product indigo-shirt", p.Variants[0].Parts[0].Title)

	cart := map[string]string{headerCart: v.fill(v.host, bundle)}
	v.do(call{"PATCH", v.host, front + "/cart/lines/" + bundle, map[string]any{"quantity": 3}, cart}).is(409)
	v.hold(cart).is(200)
	require.EqualValues(t, 4, v.stock(a).Held, "the cart of fill asks for two")
	require.EqualValues(t, 0, *v.stock(bundle).Available)
	require.Eventually(t, func() bool {
		v.do(call{"GET", v.host, front + "/products/gift-box", nil, nil}).is(200).into(&p)
		return !p.InStock
	}, 5*time.Second, 10*time.Millisecond)
	var list ProductPage
	v.do(call{"GET", v.host, front + "/products?in_stock=true", nil, nil}).is(200).into(&list)
	for _, s := range list.Products {
		require.NotEqual(t, "gift-box", s.Slug)
	}

	var placed PlacedOrder
	v.order(cart).is(201).into(&placed)
	line := placed.Order.Lines[0]
	require.Equal(t, []OrderPart{
		{a, "Product indigo-shirt", line.Parts[0].VariantTitle, line.Parts[0].SKU, 2}, {b, "Product indigo-shirt", line.Parts[1].VariantTitle, line.Parts[1].SKU, 1},
	}, line.Parts)
	require.EqualValues(t, 4, v.stock(a).Reserved)
	require.EqualValues(t, 2, v.stock(b).Reserved)
	require.Zero(t, v.stock(bundle).Reserved)

	v.compose(bundle, 2, part(b, 1)).is(200)
	v.send("POST", fmt.Sprintf("%s/orders/%d/fulfilment", adminPath, placed.Order.Number), map[string]any{}, nil).is(200)
	require.Equal(t, [2]int64{1, 1}, [2]int64{v.stock(a).OnHand, v.stock(b).OnHand}, "what was sold is sent, whatever the bundle has by now")
}

func TestPartsAreChecked(t *testing.T) {
	v, bundle, a, b := bundled(t, 5, 3)
	v.send("PUT", stockPath+"/variants/"+bundle+"/parts", map[string]any{"parts": []any{}}, nil).is(428, "revision_required")
	v.compose(bundle, 1, part(a, 1)).is(412, "revision_mismatch")
	v.compose(bundle, 1, part(a, 2), part(b, 1)).is(200)
	v.compose(bundle, 2, part(a, 1), part(a, 1)).is(422, "invalid_request")
	v.compose(bundle, 2, part(bundle, 1)).is(422, "invalid_request")
	v.compose(bundle, 2, part("var_none", 1)).is(404, "variant_not_found")
	v.compose("var_none", 2, part(a, 1)).is(404, "variant_not_found")
	v.compose(a, int(v.stock(a).Revision), part(b, 1)).is(409, "variant_has_stock")
	v.book(entry(b, "adjust", -3)).is(201)
	v.compose(b, int(v.stock(b).Revision), part(a, 1)).is(409, "bundle_in_bundle")
	v.book(entry(bundle, "receive", 1)).is(409, "is_bundle")
	v.send("PUT", stockPath+"/variants/"+bundle+"/policy", map[string]any{"tracked": true, "selling": "deny"}, match(2)).is(409, "is_bundle")
	var box StaffProduct
	v.send("GET", adminPath+"/products/"+v.stock(bundle).ProductID, nil, nil).is(200).into(&box)
	v.send("PATCH", adminPath+"/products/"+box.ID, map[string]any{"variants": []any{map[string]any{"id": bundle, "stock": map[string]any{"on_hand": 4}}}},
		match(int(box.Revision))).is(422, "invalid_product")
	v.send("PATCH", adminPath+"/products/"+box.ID, map[string]any{"title": "Big box"}, match(int(box.Revision))).is(200)
	require.Len(t, v.stock(bundle).Parts, 2, "an edit leaves them alone")

	var shirt StaffProduct
	v.send("GET", adminPath+"/products/"+v.stock(a).ProductID, nil, nil).is(200).into(&shirt)
	v.send("PATCH", adminPath+"/products/"+shirt.ID, map[string]any{"variants": []any{map[string]any{"id": b}}}, match(int(shirt.Revision))).is(409, "variant_in_bundle")
	v.compose(bundle, 2).is(200)
	v.send("PATCH", adminPath+"/products/"+shirt.ID, map[string]any{"variants": []any{map[string]any{"id": b}}}, match(int(shirt.Revision))).is(200)
	require.Empty(t, v.stock(bundle).Parts)
	v.book(entry(bundle, "receive", 1)).is(201)
}

func TestACartKnowsThatLinesShareParts(t *testing.T) {
	v, bundle, a, _ := bundled(t, 5, 9)
	cart := map[string]string{headerCart: v.fill(v.host, bundle)}
	v.do(call{"POST", v.host, front + "/cart/lines", line(a, 2), cart}).is(200)
	var c Cart
	v.do(call{"GET", v.host, front + "/cart", nil, cart}).is(200).into(&c)
	require.False(t, c.Ready, "four and two are more than five")
	require.Equal(t, "quantity_short", c.Lines[1].Notices[0].Code)
	v.hold(cart).is(409, "out_of_stock")
	v.do(call{"PATCH", v.host, front + "/cart/lines/" + a, map[string]any{"quantity": 1}, cart}).is(200)
	v.hold(cart).is(200)
	v.order(cart).is(201)
	require.Zero(t, *v.stock(a).Available)
}

func TestNoPartIsSoldTwice(t *testing.T) {
	v, bundle, a, b := bundled(t, 30, 20)
	var buyers sync.WaitGroup
	var carts []map[string]string
	for i := range 24 {
		carts = append(carts, map[string]string{headerCart: v.fill(v.host, []string{bundle, a}[i%2])}) // two of it
	}
	for _, cart := range carts {
		buyers.Go(func() { v.order(cart) })
	}
	buyers.Wait()
	sold := pgtest.Texts(t, v.of.ID, `select coalesce(sum(quantity), 0)::text from order_lines where variant_id = '`+bundle+`'
		union all select coalesce(sum(quantity), 0)::text from order_lines where variant_id = '`+a+`'`)
	var boxes, singles int64
	_, err := fmt.Sscan(sold[0]+" "+sold[1], &boxes, &singles)
	require.NoError(t, err)
	require.Equal(t, 2*boxes+singles, v.stock(a).Reserved)
	require.Equal(t, boxes, v.stock(b).Reserved)
	require.LessOrEqual(t, v.stock(a).Reserved, int64(30))
	require.Greater(t, v.stock(a).Reserved, int64(28), "what is left is not enough for anybody who asked")
	require.Positive(t, boxes)
}
