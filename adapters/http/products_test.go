package httpapi

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
)

const productsPath = adminPath + "/products"

func taka(amount int64) map[string]any { return map[string]any{"amount": amount, "currency": "BDT"} }

// with returns a body with some fields replaced.
func with(body, fields map[string]any) map[string]any {
	out := maps.Clone(body)
	maps.Copy(out, fields)
	return out
}

var jamdani = map[string]any{
	"title": "Jamdani sari", "description": `<p onclick="x()">Woven</p><script>alert(1)</script>`, "brand": "Tangail", "category": "shelf",
	"tags": []string{"silk", "Silk", " gift "}, "options": []any{map[string]any{"name": "Colour", "values": []string{"Indigo"}}},
	"variants": []any{
		map[string]any{"values": []string{"Indigo"}, "sku": "J-I", "price": taka(500000), "compare_at": taka(550000), "grams": 400, "stock": map[string]any{"tracked": true, "on_hand": 4}},
		map[string]any{"values": []string{"Red"}, "barcode": "123", "price": taka(520000)},
	},
	"images": []any{map[string]any{"url": "https://img.example/j.jpg", "alt": "A sari"}},
}

func (v *vendor) create(body map[string]any) (p StaffProduct) {
	v.t.Helper()
	v.send("POST", productsPath, body, nil).is(201).into(&p)
	return p
}

func TestAProductIsMade(t *testing.T) {
	v := start(t).vendor()
	var p, again StaffProduct
	once := map[string]string{headerOnce: id.Secret()}
	made := v.send("POST", productsPath, jamdani, once).is(201).into(&p)
	require.Equal(t, `"1"`, made.header.Get("ETag"))
	require.Equal(t, "true", v.send("POST", productsPath, jamdani, once).is(201).into(&again).header.Get(headerReplayed))
	require.Equal(t, p, again)
	v.send("POST", productsPath, with(jamdani, map[string]any{"title": "Another"}), once).is(422, "idempotency_key_reused")

	require.Equal(t, "jamdani-sari", p.Slug)
	require.Equal(t, "<p>Woven</p>", p.Description)
	require.Equal(t, "draft", p.Status)
	require.Equal(t, []string{"silk", "gift"}, p.Tags)
	require.Equal(t, []Option{{"Colour", []string{"Indigo", "Red"}}}, p.Options)
	require.Equal(t, &Category{"shelf", "Shelf"}, p.Category)
	require.Equal(t, StaffStock{Tracked: true, OnHand: 4}, p.Variants[0].Stock)
	require.Equal(t, &Money{550000, "BDT"}, p.Variants[0].CompareAt)
	require.True(t, p.Variants[1].RequiresShipping)
	require.Equal(t, StaffStock{}, p.Variants[1].Stock)
	v.send("GET", productsPath+"/"+p.ID, nil, nil).is(200).into(&again)
	require.Equal(t, p, again)

	require.Equal(t, "jamdani-sari-2", v.create(jamdani).Slug)
	require.Equal(t, "jamdani-sari-3", v.create(jamdani).Slug)
	require.Equal(t, "product", v.create(with(jamdani, map[string]any{"title": "!!!"})).Slug)
	v.send("POST", productsPath, with(jamdani, map[string]any{"slug": "jamdani-sari"}), nil).is(409, "slug_taken_product")
	v.do(call{"GET", v.host, front + "/products/jamdani-sari", nil, nil}).is(404, "product_not_found")
	live := v.create(with(jamdani, map[string]any{"slug": "on-sale", "status": "active"}))
	v.do(call{"GET", v.host, front + "/products/on-sale", nil, nil}).is(200)
	require.Equal(t, "active", live.Status)
}

func TestBadProductsAreRefused(t *testing.T) {
	v := start(t).vendor()
	variant := func(fields map[string]any) map[string]any {
		return map[string]any{"variants": []any{with(map[string]any{"values": []string{"Red"}, "price": taka(1)}, fields)}}
	}
	for name, c := range map[string]struct {
		fields map[string]any
		path   string
	}{
		"unknown field":    {map[string]any{"tenant_id": "ten_x"}, "tenant_id"},
		"unknown in stock": {variant(map[string]any{"stock": map[string]any{"reserved": 1}}), "variants[0].stock.reserved"},
		"no title":         {map[string]any{"title": ""}, "title"},
		"blank title":      {map[string]any{"title": "  "}, "title"},
		"bad slug":         {map[string]any{"slug": "a b"}, "slug"},
		"zero character":   {map[string]any{"brand": "a\x00b"}, "brand"},
		"zero in a title":  {map[string]any{"title": "a\x00b"}, "title"},
		"category":         {map[string]any{"category": "nowhere"}, "category"},
		"zero in category": {map[string]any{"category": "a\x00b"}, "category"},
		"status":           {map[string]any{"status": "sold"}, "status"},
		"image":            {map[string]any{"images": []any{map[string]any{"url": "javascript:alert(1)", "alt": ""}}}, "images[0]"},
		"no variants":      {map[string]any{"variants": []any{}}, "variants"},
		"no price":         {variant(map[string]any{"price": nil}), "variants[0].price"},
		"currency":         {variant(map[string]any{"price": map[string]any{"amount": 1, "currency": "USD"}}), "variants[0].price"},
		"negative price":   {variant(map[string]any{"price": taka(-1)}), "variants"},
		"low compare_at":   {variant(map[string]any{"compare_at": taka(1)}), "variants[0].compare_at"},
		"foreign id":       {variant(map[string]any{"id": v.variants[0]}), "variants[0].id"},
		"image of variant": {variant(map[string]any{"image_url": "//evil.example/x"}), "variants[0].image_url"},
		"values":           {variant(map[string]any{"values": []string{"Red", "Large"}}), "variants"},
		"same options":     {map[string]any{"options": []any{map[string]any{"name": "A", "values": []string{}}, map[string]any{"name": "a", "values": []string{}}}}, "options[1].name"},
	} {
		t.Run(name, func(t *testing.T) {
			var p Problem
			v.send("POST", productsPath, with(jamdani, c.fields), nil).is(422).into(&p)
			require.Equal(t, c.path, p.Errors[0].Path, p)
		})
	}
	v.send("GET", productsPath+"/prod_none", nil, nil).is(404, "product_not_found")
	v.send("PATCH", productsPath+"/prod_none", map[string]any{}, match(1)).is(404, "product_not_found")
	v.send("DELETE", productsPath+"/prod_none", nil, nil).is(404, "product_not_found")
	v.send("POST", productsPath+"/prod_none/duplicate", nil, nil).is(404, "product_not_found")
	v.send("POST", productsPath, with(jamdani, map[string]any{"description": strings.Repeat("a", apiBody)}), nil).is(422)
}

func TestAProductIsChanged(t *testing.T) {
	v := start(t).vendor()
	p := v.create(with(jamdani, map[string]any{"status": "active"}))
	path := productsPath + "/" + p.ID
	v.do(call{"GET", v.host, front + "/products/" + p.Slug, nil, nil}).is(200)
	v.send("PATCH", path, map[string]any{"title": "New"}, nil).is(428, "revision_required")
	v.send("PATCH", path, map[string]any{"title": "New"}, match(7)).is(412, "revision_mismatch")
	v.send("PATCH", path, map[string]any{"colour": "red"}, match(1)).is(422, "invalid_request")
	v.send("PATCH", path, map[string]any{"title": "Jamdani sari"}, match(7)).is(200) // nothing changes

	var now StaffProduct
	changed := v.send("PATCH", path, map[string]any{"title": "New", "category": "", "tags": []string{}}, match(1)).is(200).into(&now)
	require.Equal(t, `"2"`, changed.header.Get("ETag"))
	require.Nil(t, now.Category)
	require.Empty(t, now.Tags)
	want := p
	want.Title, want.Category, want.Tags, want.Revision, want.UpdatedAt = "New", nil, []string{}, 2, now.UpdatedAt
	require.Equal(t, want, now, "what was not given stays")
	require.Eventually(t, func() bool {
		var shown Product
		v.do(call{"GET", v.host, front + "/products/" + p.Slug, nil, nil}).is(200).into(&shown)
		return shown.Title == "New"
	}, 5*time.Second, 10*time.Millisecond, "what was kept of it is forgotten")

	// One variant is known by its values, one by its id, one is new; stock that is not given stays.
	pgtest.Texts(t, v.of.ID, `insert into stock_movements (variant_id, location_id, kind, quantity, reason, reference, actor, at)
		values ($1, 'loc_00000000000000000000000000', 'adjust', -1, 'broken', '', 'system', now()) returning variant_id`, p.Variants[0].ID)
	edit := map[string]any{"variants": []any{
		map[string]any{"id": p.Variants[1].ID, "values": []string{"Crimson"}, "stock": map[string]any{"tracked": true}},
		map[string]any{"values": []string{"Indigo"}, "price": taka(600000)},
		map[string]any{"values": []string{"Green"}, "price": taka(1)},
	}}
	v.send("PATCH", path, edit, match(2)).is(200).into(&now)
	require.Equal(t, []string{p.Variants[1].ID, p.Variants[0].ID}, []string{now.Variants[0].ID, now.Variants[1].ID})
	require.Equal(t, []string{"Crimson"}, now.Variants[0].Values)
	require.Equal(t, StaffStock{Tracked: true, OnHand: 3}, now.Variants[1].Stock)
	require.Nil(t, now.Variants[1].CompareAt, "it is no reduction any more")
	require.Equal(t, "J-I", now.Variants[1].SKU)
	require.Equal(t, []string{"Indigo", "Red", "Crimson", "Green"}, now.Options[0].Values)
	v.send("PATCH", path, map[string]any{"slug": "indigo-shirt"}, match(3)).is(409, "slug_taken_product")
	var bad Problem
	twice := map[string]any{"variants": []any{map[string]any{"id": now.Variants[0].ID}, map[string]any{"id": now.Variants[0].ID, "values": []string{"X"}}}}
	v.send("PATCH", path, twice, match(3)).is(422, "invalid_product").into(&bad)
	require.Equal(t, "variants[1].id", bad.Errors[0].Path)
}

func TestProductsAreDeletedAndDuplicated(t *testing.T) {
	v := start(t).vendor()
	p := v.create(jamdani)
	var copied, again StaffProduct
	once := map[string]string{headerOnce: id.Secret()}
	v.send("POST", productsPath+"/"+p.ID+"/duplicate", nil, once).is(201).into(&copied)
	v.send("POST", productsPath+"/"+p.ID+"/duplicate", nil, once).is(201).into(&again)
	require.Equal(t, copied, again)
	require.Equal(t, "Jamdani sari (copy)", copied.Title)
	require.Equal(t, "jamdani-sari-copy", copied.Slug)
	require.NotEqual(t, p.Variants[0].ID, copied.Variants[0].ID)
	require.Equal(t, p.Variants[0].Price, copied.Variants[0].Price)
	require.Equal(t, StaffStock{Tracked: true}, copied.Variants[0].Stock)
	require.Empty(t, copied.Variants[0].SKU)
	require.Equal(t, "Colour", copied.Options[0].Name)

	path := productsPath + "/" + copied.ID
	v.send("DELETE", path, nil, match(7)).is(412, "revision_mismatch")
	v.send("DELETE", path, nil, match(1)).is(204)
	v.send("GET", path, nil, nil).is(404, "product_not_found")
	v.send("DELETE", path, nil, nil).is(404, "product_not_found")

	shirt := pgtest.Texts(t, v.of.ID, `select id from products where slug = 'indigo-shirt'`)[0]
	v.send("DELETE", productsPath+"/"+shirt, nil, nil).is(409, "product_kept")
	buy := map[string]string{headerCart: v.fill(v.host, v.variants[0]), headerOnce: "k"}
	v.do(call{"POST", v.host, front + "/checkout", checkoutBody("manual", "cash_on_delivery", nil), buy}).is(201)
	v.send("PATCH", productsPath+"/"+shirt, map[string]any{"status": "draft"}, match(1)).is(200)
	v.send("DELETE", productsPath+"/"+shirt, nil, nil).is(409, "product_kept")
}

func TestOnlyTheShopsStaffEditProducts(t *testing.T) {
	v := start(t).vendor()
	p := v.create(jamdani)
	path := productsPath + "/" + p.ID
	writes := func(by *vendor, status int, code string) {
		by.send("POST", productsPath, jamdani, nil).is(status, code)
		by.send("PATCH", path, map[string]any{"title": "X"}, match(1)).is(status, code)
		by.send("DELETE", path, nil, nil).is(status, code)
		by.send("POST", path+"/duplicate", nil, nil).is(status, code)
		by.send("POST", path+"/variants/generate", sizes("S"), match(1)).is(status, code)
	}
	for _, role := range []identity.Role{identity.ReadOnly, identity.Fulfilment} {
		by := &vendor{stack: v.stack, host: v.host, bearer: v.staff(v.of, role)}
		by.send("GET", path, nil, nil).is(200)
		writes(by, 403, "forbidden")
	}
	nobody := &vendor{stack: v.stack, host: v.host, bearer: map[string]string{}}
	nobody.send("GET", path, nil, nil).is(401, "sign_in_required")
	writes(nobody, 401, "sign_in_required")
	other := v.vendor()
	other.send("GET", path, nil, nil).is(404, "product_not_found")
	other.send("PATCH", path, map[string]any{"title": "X"}, match(1)).is(404, "product_not_found")
	other.send("DELETE", path, nil, nil).is(404, "product_not_found")
	other.send("POST", path+"/duplicate", nil, nil).is(404, "product_not_found")
	other.send("POST", path+"/variants/generate", sizes("S"), match(1)).is(404, "product_not_found")
	stranger := &vendor{stack: v.stack, host: v.host, bearer: other.bearer}
	writes(stranger, 401, "invalid_token")
}

func sizes(all ...string) map[string]any {
	return map[string]any{"options": []any{
		map[string]any{"name": "Colour", "values": []string{"Indigo", "Red"}}, map[string]any{"name": "Size", "values": all},
	}}
}

func TestVariantsAreGenerated(t *testing.T) {
	v := start(t).vendor()
	p := v.create(jamdani)
	path := productsPath + "/" + p.ID + "/variants/generate"
	v.send("POST", path, sizes("S", "L"), nil).is(428, "revision_required")
	v.send("POST", path, sizes("S", "L"), match(9)).is(412, "revision_mismatch")
	v.send("POST", path, sizes([]string{}...), match(1)).is(422, "invalid_product")
	v.send("POST", path, sizes(strings.Split(strings.Repeat("x,", 1001), ",")...), match(1)).is(422, "invalid_product")
	v.send("POST", path, with(sizes("S"), map[string]any{"price": 1}), match(1)).is(422, "invalid_request")
	var now StaffProduct
	v.send("POST", path, sizes("S", "L"), match(1)).is(200).into(&now)
	v.send("POST", path, sizes("S", "L"), match(1)).is(200) // again
	require.Len(t, now.Variants, 4)
	require.Equal(t, p.Variants[0].ID, now.Variants[0].ID)
	require.Equal(t, StaffStock{Tracked: true, OnHand: 4}, now.Variants[0].Stock)
	require.Equal(t, "Indigo / L", now.Variants[1].Title)
	require.Equal(t, Money{500000, "BDT"}, now.Variants[1].Price)
	require.EqualValues(t, 400, now.Variants[1].Grams)
	require.Equal(t, p.Variants[1].ID, now.Variants[2].ID)
}

func TestOldAddressesAnswerTheProduct(t *testing.T) {
	v := start(t).vendor()
	p := v.create(with(jamdani, map[string]any{"status": "active"}))
	v.send("PATCH", productsPath+"/"+p.ID, map[string]any{"slug": "tangail-sari"}, match(1)).is(200)
	var shown Product
	v.do(call{"GET", v.host, front + "/products/jamdani-sari", nil, nil}).is(200).into(&shown)
	require.Equal(t, "tangail-sari", shown.Slug)
	require.Equal(t, "jamdani-sari-2", v.create(jamdani).Slug, "an address that is known is not given away by itself")
	v.create(with(jamdani, map[string]any{"slug": "jamdani-sari"}))
	require.Eventually(t, func() bool {
		return v.do(call{"GET", v.host, front + "/products/jamdani-sari", nil, nil}).status == 404 // it is a draft
	}, 5*time.Second, 10*time.Millisecond)
}
