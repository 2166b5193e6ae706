package httpapi

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/inventory"
)

const stockPath = adminPath + "/stock"

func (v *vendor) book(entries ...map[string]any) answered {
	v.t.Helper()
	return v.send("POST", stockPath+"/movements", map[string]any{"movements": entries}, nil)
}

func (v *vendor) stock(variant string) (out VariantStock) {
	v.t.Helper()
	v.send("GET", stockPath+"/variants/"+variant, nil, nil).is(200).into(&out)
	return out
}

func entry(variant, kind string, quantity int64, more ...any) map[string]any {
	e := map[string]any{"variant_id": variant, "kind": kind, "quantity": quantity}
	if kind == "adjust" {
		e["reason"] = "counted"
	}
	for i := 0; i < len(more); i += 2 {
		e[more[i].(string)] = more[i+1]
	}
	return e
}

func TestMovementsAreBooked(t *testing.T) {
	v := start(t).vendor()
	a, b := v.variants[0], v.variants[1]
	before := v.stock(a)
	var shelf Location
	v.send("POST", stockPath+"/locations", map[string]any{"name": " Shop floor ", "code": "FLOOR", "country": "bd"}, nil).is(201).into(&shelf)
	require.Equal(t, Location{ID: shelf.ID, Name: "Shop floor", Code: "floor", Country: "BD", Position: 1, Active: true, Revision: 1}, shelf)

	var booked StockBooked
	v.book(entry(a, "receive", 7, "reference", "DN-1"), entry(a, "transfer", 4, "to_location_id", shelf.ID), entry(b, "adjust", -2), entry(b, "return", 1)).is(201).into(&booked)
	require.Equal(t, 5, booked.Movements, "a transfer is two")
	require.Equal(t, BookedLevel{a, StockLevel{shelf.ID, 4, 0, 4}}, booked.Levels[1])
	now := v.stock(a)
	require.Equal(t, before.OnHand+7, now.OnHand)
	require.Equal(t, before.OnHand+7, *now.Available)
	require.Equal(t, []StockLevel{{string(inventory.Main), before.OnHand + 3, 0, before.OnHand + 3}, {shelf.ID, 4, 0, 4}}, now.Levels)

	var page MovementPage
	v.send("GET", stockPath+"/movements?limit=2&variant_id="+a, nil, nil).is(200).into(&page)
	require.Equal(t, []string{"transfer_in", "transfer_out"}, []string{page.Movements[0].Kind, page.Movements[1].Kind})
	var rest MovementPage
	v.send("GET", stockPath+"/movements?limit=2&variant_id="+a+"&after="+page.Next, nil, nil).is(200).into(&rest)
	require.Equal(t, []string{"receive", "import"}, []string{rest.Movements[0].Kind, rest.Movements[1].Kind})
	require.Equal(t, "DN-1", rest.Movements[0].Reference)
	require.True(t, strings.HasPrefix(rest.Movements[0].Actor, "usr_"), rest.Movements[0].Actor)
	require.Empty(t, rest.Next)
	v.send("GET", stockPath+"/movements?kind=adjust", nil, nil).is(200).into(&page)
	require.Len(t, page.Movements, 1)
	require.Equal(t, b, page.Movements[0].VariantID)

	// Sent again with its key it is booked once.
	once := map[string]string{headerOnce: id.Secret()}
	again := map[string]any{"movements": []any{entry(a, "receive", 1)}}
	v.send("POST", stockPath+"/movements", again, once).is(201)
	require.Equal(t, "true", v.send("POST", stockPath+"/movements", again, once).is(201).header.Get(headerReplayed))
	require.Equal(t, now.OnHand+1, v.stock(a).OnHand)

	// A count is booked as the difference, unless something has moved since it was taken.
	v.book(entry(a, "adjust", 0, "location_id", shelf.ID, "set_to", 1, "expected", 4)).is(201)
	v.book(entry(a, "adjust", 0, "location_id", shelf.ID, "set_to", 1, "expected", 4)).is(409, "on_hand_changed")
	require.Equal(t, now.OnHand-2, v.stock(a).OnHand)

	var list StockPage
	v.send("GET", stockPath+"/variants?limit=1", nil, nil).is(200).into(&list)
	require.Len(t, list.Stock, 1)
	v.send("GET", stockPath+"/variants?limit=1&after="+list.Next, nil, nil).is(200).into(&list)
	require.Len(t, list.Stock, 1)
	v.send("GET", stockPath+"/variants?location_id="+shelf.ID, nil, nil).is(200).into(&list)
	require.Equal(t, []string{a}, []string{list.Stock[0].VariantID})
	v.send("GET", stockPath+"/variants?product_id="+now.ProductID, nil, nil).is(200).into(&list)
	require.Contains(t, mapped(list.Stock, func(s VariantStock) string { return s.VariantID }), a)
	v.send("GET", stockPath+"/variants?low=true", nil, nil).is(200).into(&list)
	require.Empty(t, list.Stock)
}

func TestBadMovementsAreRefused(t *testing.T) {
	v := start(t).vendor()
	a, before := v.variants[0], v.stock(v.variants[0])
	for name, c := range map[string]struct {
		entry  map[string]any
		status int
		code   string
	}{
		"unknown variant":  {entry("var_none", "receive", 1), 404, "variant_not_found"},
		"unknown location": {entry(a, "receive", 1, "location_id", "loc_none"), 404, "location_not_found"},
		"nothing":          {entry(a, "receive", 0), 422, "invalid_request"},
		"below zero":       {entry(a, "receive", -1), 422, "invalid_request"},
		"no reason":        {entry(a, "adjust", 1, "reason", ""), 422, "invalid_request"},
		"too few":          {entry(a, "adjust", -before.OnHand-1), 409, "not_on_hand"},
		"too many":         {entry(a, "receive", 1_000_000_000), 422, "too_many"},
		"to itself":        {entry(a, "transfer", 1, "to_location_id", string(inventory.Main)), 422, "invalid_request"},
		"to nowhere":       {entry(a, "transfer", 1, "to_location_id", "loc_none"), 404, "location_not_found"},
		"sold by hand":     {entry(a, "sell", 1), 422, "invalid_request"},
		"unknown field":    {entry(a, "receive", 1, "actor", "x"), 422, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) { v.book(c.entry).is(c.status, c.code) })
	}
	var p Problem
	v.book(entry(a, "receive", 1), entry(a, "adjust", -before.OnHand-2), entry("var_none", "receive", 1)).is(409, "rows_failed").into(&p)
	require.Equal(t, []string{"movements[1]", "movements[2]"}, mapped(p.Errors, func(e ProblemField) string { return e.Path }))
	require.Equal(t, before, v.stock(a), "nothing was booked")
	v.send("GET", stockPath+"/variants/var_none", nil, nil).is(404, "variant_not_found")
	v.send("GET", stockPath+"/movements?after=nonsense", nil, nil).is(422, "invalid_cursor")
}

func TestLocationsAreChanged(t *testing.T) {
	v := start(t).vendor()
	path := stockPath + "/locations"
	var l Location
	v.send("POST", path, map[string]any{"name": "Depot", "code": "depot"}, nil).is(201).into(&l)
	v.send("POST", path, map[string]any{"name": "Depot", "code": "Depot"}, nil).is(409, "location_code_taken")
	v.send("POST", path, map[string]any{"name": "Depot", "code": "a b"}, nil).is(422, "invalid_request")
	v.send("PATCH", path+"/"+l.ID, map[string]any{"name": "Store"}, nil).is(428, "revision_required")
	v.send("PATCH", path+"/"+l.ID, map[string]any{"name": "Store"}, match(3)).is(412, "revision_mismatch")
	require.Equal(t, `"2"`, v.send("PATCH", path+"/"+l.ID, map[string]any{"name": "Store", "position": 0}, match(1)).is(200).into(&l).header.Get("ETag"))
	v.send("PATCH", path+"/"+l.ID, map[string]any{"name": "Store"}, match(1)).is(200) // nothing changes
	require.Equal(t, "Store", l.Name)
	v.book(entry(v.variants[0], "receive", 1, "location_id", l.ID)).is(201)
	v.send("PATCH", path+"/"+l.ID, map[string]any{"active": false}, match(2)).is(409, "location_has_stock")
	v.book(entry(v.variants[0], "transfer", 1, "location_id", l.ID, "to_location_id", string(inventory.Main))).is(201)
	v.send("PATCH", path+"/"+l.ID, map[string]any{"active": false}, match(2)).is(200)
	v.book(entry(v.variants[0], "receive", 1, "location_id", l.ID)).is(409, "location_inactive")
	v.send("PATCH", path+"/"+string(inventory.Main), map[string]any{"active": false}, match(1)).is(409, "main_location")
	v.send("PATCH", path+"/loc_none", map[string]any{"active": false}, match(1)).is(404, "location_not_found")
	var all LocationList
	v.send("GET", path, nil, nil).is(200).into(&all)
	require.Equal(t, []string{"main", "depot"}, mapped(all.Locations, func(l Location) string { return l.Code }))
}

func TestStockIsOnlyForThoseWhoMay(t *testing.T) {
	v := start(t).vendor()
	a := v.variants[0]
	other := v.stack.vendor()
	other.send("GET", stockPath+"/variants/"+a, nil, nil).is(404, "variant_not_found")
	other.book(entry(a, "receive", 1)).is(404, "variant_not_found")
	policy := map[string]any{"tracked": true, "selling": "deny"}
	for role, statuses := range map[identity.Role][3]int{
		identity.ReadOnly: {403, 403, 403}, identity.Fulfilment: {201, 403, 403}, identity.Manager: {201, 200, 200},
	} {
		by := &vendor{stack: v.stack, host: v.host, bearer: v.staff(v.of, role)}
		by.send("GET", stockPath+"/variants", nil, nil).is(200)
		by.book(entry(a, "receive", 1)).is(statuses[0])
		by.send("PUT", stockPath+"/variants/"+a+"/policy", policy, match(1)).is(statuses[1])
		by.send("PUT", stockPath+"/settings", map[string]any{"hold_minutes": 5}, nil).is(statuses[2])
	}
	for _, path := range []string{"/variants", "/movements", "/locations", "/settings"} {
		v.do(call{"GET", v.host, stockPath + path, nil, nil}).is(401)
	}
}

func TestAVariantIsSoldBeyondItsStock(t *testing.T) {
	v := start(t).vendor()
	a := v.variants[0]
	path := stockPath + "/variants/" + a + "/policy"
	v.book(entry(a, "adjust", -v.stock(a).OnHand+2)).is(201)
	v.send("PUT", path, map[string]any{"tracked": true, "selling": "backorder", "cap": 3}, nil).is(428, "revision_required")
	var out VariantStock
	v.send("PUT", path, map[string]any{"tracked": true, "selling": "backorder", "cap": 3}, match(1)).is(200).into(&out)
	require.EqualValues(t, 5, *out.Available)
	require.EqualValues(t, 2, out.Revision)
	day := time.Now().AddDate(0, 1, 0).UTC().Truncate(time.Second)
	v.send("PUT", path, map[string]any{"tracked": true, "selling": "preorder", "cap": 3, "ships_at": day.Format(time.RFC3339)}, match(2)).is(200).into(&out)
	require.Equal(t, day, *out.Policy.ShipsAt)
	for name, bad := range map[string]map[string]any{
		"no day":        {"tracked": true, "selling": "preorder"},
		"a past day":    {"tracked": true, "selling": "preorder", "ships_at": "2020-01-01T00:00:00Z"},
		"a needless":    {"tracked": true, "selling": "backorder", "ships_at": day.Format(time.RFC3339)},
		"cap of none":   {"tracked": true, "selling": "deny", "cap": 1},
		"unknown":       {"tracked": true, "selling": "maybe"},
		"unknown field": {"tracked": true, "selling": "deny", "on_hand": 4},
	} {
		t.Run(name, func(t *testing.T) { v.send("PUT", path, bad, match(3)).is(422, "invalid_request") })
	}
	token := v.fill(v.host, a)
	for n := 2; n <= 5; n++ {
		v.setQuantity(token, a, n).is(200)
	}
	v.setQuantity(token, a, 6).is(409)
}

// setQuantity changes a line of a cart.
func (v *vendor) setQuantity(token, variant string, quantity int) answered {
	v.t.Helper()
	return v.do(call{"PATCH", v.host, front + "/cart/lines/" + variant, map[string]any{"quantity": quantity}, map[string]string{headerCart: token}})
}
