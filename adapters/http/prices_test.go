package httpapi

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/money"
)

func listed(variant string, amount int64, more ...any) map[string]any {
	p := map[string]any{"variant": variant, "price": map[string]any{"amount": amount, "currency": "BDT"}}
	for i := 0; i < len(more); i += 2 {
		p[more[i].(string)] = more[i+1]
	}
	return p
}

func (v *vendor) list(body map[string]any) (l PriceList) {
	v.t.Helper()
	if body["name"] == nil {
		body["name"] = "A list"
	}
	v.send("POST", adminPath+priceListsPath, body, nil).is(201).into(&l)
	return l
}

func (v *vendor) listPrices(list string, prices ...map[string]any) answered {
	v.t.Helper()
	return v.send("PUT", adminPath+priceListsPath+"/"+list+"/prices", map[string]any{"prices": prices}, nil)
}

// shelf is what the product of the shop is listed at.
func (v *vendor) shelf() ProductSummary {
	v.t.Helper()
	var page ProductPage
	v.looks++ // each look is another one, since nodes forget their answers by a message
	v.do(call{"GET", v.host, fmt.Sprintf("%s/products?limit=1&max_price=%d", front, 1_000_000+v.looks), nil, nil}).is(200).into(&page)
	return page.Products[0]
}

func (v *vendor) shown() (p Product) {
	v.t.Helper()
	v.do(call{"GET", v.host, front + "/products/" + v.shelf().Slug + "?look=" + id.Secret(), nil, nil}).is(200).into(&p)
	return p
}

func TestASaleComesAndGoes(t *testing.T) {
	v := start(t).vendor()
	a, b := v.variants[0], v.variants[1]
	before := v.shown()
	usual := before.Variants[0].Price
	require.Equal(t, Money{19900, "BDT"}, usual)
	list := v.list(map[string]any{"name": " Winter sale "})
	require.Equal(t, "Winter sale", list.Name)
	require.True(t, list.Sale)
	token := v.fill(v.host, a)
	v.listPrices(list.ID, listed(a, 15000)).is(204)

	now := v.shown()
	require.Equal(t, Money{15000, "BDT"}, now.Variants[0].Price)
	require.Equal(t, &usual, now.Variants[0].CompareAt)
	require.Equal(t, &usual, now.Variants[0].Lowest, "the lowest of the 30 days before")
	require.Equal(t, before.Variants[1], now.Variants[1])
	require.Equal(t, Money{15000, "BDT"}, v.shelf().MinPrice)
	require.Equal(t, &usual, v.shelf().CompareAt)
	var c Cart
	v.do(call{"GET", v.host, front + "/cart", nil, map[string]string{headerCart: token}}).is(200).into(&c)
	require.Equal(t, Money{30000, "BDT"}, c.Subtotal)
	require.Equal(t, "price_changed", c.Lines[0].Notices[0].Code)
	var order PlacedOrder
	v.do(call{"POST", v.host, front + "/checkout", checkoutBody("manual", "counter", nil), map[string]string{headerCart: token, headerOnce: id.Secret()}}).is(201).into(&order)
	require.Equal(t, Money{30000, "BDT"}, order.Order.Subtotal)

	// An edit of the usual price leaves the sale, and one below the sale counts.
	var staff StaffProduct
	v.send("GET", adminPath+"/products/"+before.ID, nil, nil).is(200).into(&staff)
	require.Equal(t, usual, staff.Variants[0].Price, "staff see the usual price")
	reprice := func(amount int64) {
		v.send("GET", adminPath+"/products/"+before.ID, nil, nil).is(200).into(&staff)
		variants := []any{}
		for _, one := range staff.Variants {
			price := one.Price
			if one.ID == a {
				price.Amount = amount
			}
			variants = append(variants, map[string]any{"id": one.ID, "price": price})
		}
		v.send("PATCH", adminPath+"/products/"+before.ID, map[string]any{"variants": variants}, match(int(staff.Revision))).is(200)
	}
	reprice(17000)
	require.Equal(t, Money{15000, "BDT"}, v.shown().Variants[0].Price)
	require.Equal(t, &Money{17000, "BDT"}, v.shown().Variants[0].CompareAt)
	reprice(12000)
	require.Equal(t, Money{12000, "BDT"}, v.shown().Variants[0].Price)
	require.Nil(t, v.shown().Variants[0].CompareAt)
	require.Equal(t, Money{12000, "BDT"}, v.shelf().MinPrice)
	reprice(19900)

	// A list that has not begun changes nothing, and ends what it began when it is moved to the future.
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	v.send("PATCH", adminPath+priceListsPath+"/"+list.ID, map[string]any{"starts_at": tomorrow}, match(int(list.Revision))).is(200).into(&list)
	v.after(v.of, reactions.TurnPrices, reactions.ForgetCatalog)
	require.Equal(t, usual, v.shown().Variants[0].Price)
	require.Equal(t, []string{tomorrow}, pgtest.Texts(t, v.of.ID, `select distinct data ->> 'at' from events where kind = 'catalog.prices_turn' and (data ->> 'at')::timestamptz > now()`),
		"there is an appointment")
	yesterday := time.Now().Add(-24 * time.Hour).UTC().Format(time.RFC3339)
	v.send("PATCH", adminPath+priceListsPath+"/"+list.ID, map[string]any{"starts_at": yesterday}, match(int(list.Revision))).is(200).into(&list)
	v.after(v.of, reactions.TurnPrices, reactions.ForgetCatalog)
	require.Equal(t, Money{15000, "BDT"}, v.shown().Variants[0].Price)
	require.Equal(t, &Money{12000, "BDT"}, v.shown().Variants[0].Lowest)

	// The lower of two sales counts, and a deleted one not at all.
	other := v.list(map[string]any{})
	v.listPrices(other.ID, listed(a, 14000), listed(b, 1)).is(204)
	require.Equal(t, Money{14000, "BDT"}, v.shown().Variants[0].Price)
	require.Equal(t, Money{1, "BDT"}, v.shelf().MinPrice)
	v.listPrices(other.ID, listed(b, 0, "remove", true)).is(204)
	require.Equal(t, before.Variants[1].Price, v.shown().Variants[1].Price)
	v.send("DELETE", adminPath+priceListsPath+"/"+other.ID, nil, nil).is(204)
	v.send("DELETE", adminPath+priceListsPath+"/"+list.ID, nil, match(int(list.Revision))).is(204)
	v.send("GET", adminPath+priceListsPath+"/"+list.ID, nil, nil).is(404, "price_list_not_found")
	v.after(v.of, reactions.TurnPrices, reactions.ForgetCatalog)
	require.Equal(t, usual, v.shown().Variants[0].Price)
	require.Nil(t, v.shelf().CompareAt)
	require.Equal(t, []string{"0 0"}, pgtest.Texts(t, v.of.ID, `select (select count(*) from price_lists) || ' ' || (select count(*) from prices)`), "nothing is left")
}

func TestGroupsAndQuantities(t *testing.T) {
	v := start(t).vendor()
	a := v.variants[0]
	everybody, trade := v.list(map[string]any{}), v.list(map[string]any{"groups": []string{"wholesale"}})
	v.listPrices(everybody.ID, listed(a, 18000, "min_quantity", 3)).is(204)
	v.listPrices(trade.ID, listed(a, 17000), listed(a, 10000, "min_quantity", 10)).is(204)
	shown := v.shown().Variants[0]
	require.Equal(t, Money{19900, "BDT"}, shown.Price, "nothing of a group is in answers for everybody")
	require.Equal(t, []Tier{{3, Money{18000, "BDT"}}}, shown.Tiers)

	cost := func(w wisher, quantity int64) Money {
		var c Cart
		w.ask("POST", "/cart/lines", line(a, 1)).is(200)
		w.ask("PATCH", "/cart/lines/"+a, map[string]any{"quantity": quantity}).is(200).into(&c)
		require.Empty(t, c.Lines[0].Notices)
		require.Equal(t, c.Lines[0].Price.Amount*quantity, c.Subtotal.Amount)
		w.ask("PATCH", "/cart/lines/"+a, map[string]any{"quantity": 0}).is(200)
		return c.Lines[0].Price
	}
	rina := v.signedUp(v.of, "rina@example.com")
	require.EqualValues(t, 19900, cost(rina, 2).Amount)
	require.EqualValues(t, 18000, cost(rina, 3).Amount)
	var customers CustomerPage
	v.send("GET", adminPath+"/customers?email=Rina@example.com", nil, nil).is(200).into(&customers)
	require.Len(t, customers.Customers, 1)
	path := adminPath + "/customers/" + customers.Customers[0].ID + "/groups"
	v.send("PUT", path, map[string]any{"groups": []string{"wholesale", "friends"}}, nil).is(200)
	v.send("GET", adminPath+"/customers?group=friends", nil, nil).is(200).into(&customers)
	require.Equal(t, []string{"wholesale", "friends"}, customers.Customers[0].Groups)
	require.EqualValues(t, 17000, cost(rina, 3).Amount)
	require.EqualValues(t, 10000, cost(rina, 10).Amount)

	var mine VariantPrices
	ask := "/prices?product=" + v.shown().ID
	rina.ask("GET", ask, nil).is(200).into(&mine)
	require.Equal(t, a, mine.Prices[0].VariantID)
	require.Equal(t, Asked{Price: Money{17000, "BDT"}, Tiers: []Tier{{10, Money{10000, "BDT"}}}}, mine.Prices[0].Asked)
	v.guest(v.of).ask("GET", ask, nil).is(200).into(&mine)
	require.EqualValues(t, 19900, mine.Prices[0].Price.Amount)
	require.Equal(t, shown, v.shown().Variants[0])

	v.send("PUT", path, map[string]any{"groups": []string{"No spaces"}}, nil).is(422)
	v.send("PUT", adminPath+"/customers/cus_none/groups", map[string]any{"groups": []string{}}, nil).is(404)
	v.send("PUT", path, map[string]any{"groups": []string{}}, nil).is(200)
	require.EqualValues(t, 18000, cost(rina, 10).Amount)
}

func TestFurtherCurrencies(t *testing.T) {
	v := start(t).vendor()
	a, b := v.variants[0], v.variants[1]
	eur := func(variant string, amount int64, more ...any) map[string]any {
		p := listed(variant, amount, more...)
		p["price"] = map[string]any{"amount": amount, "currency": "EUR"}
		return p
	}
	further := func(prices ...map[string]any) answered {
		return v.send("PUT", adminPath+"/prices", map[string]any{"prices": prices}, nil)
	}
	sold := v.of.Shop
	sold.Currencies = "EUR,USD"
	require.NoError(t, v.db.SaveShop(t.Context(), v.of.ID, sold)) // before anybody asks: later, nodes hear of it by a message
	var shop Shop
	v.do(call{"GET", v.host, front + "/shop", nil, nil}).is(200).into(&shop)
	require.Equal(t, []string{"EUR", "USD"}, shop.Currencies)
	v.send("PATCH", adminPath+"/shop", map[string]any{"currencies": []string{"EUR", "BDT"}}, nil).is(422)
	v.send("PATCH", adminPath+"/shop", map[string]any{"currencies": []string{"USD", "EUR"}}, nil).is(200)
	further(eur(a, 250, "compare_at", map[string]any{"amount": 300, "currency": "EUR"})).is(204)
	further(listed(a, 250)).is(422, "invalid_prices")

	var asked VariantPrices
	v.do(call{"GET", v.host, front + "/prices?currency=EUR&product=" + v.shown().ID, nil, nil}).is(200).into(&asked)
	require.Equal(t, money.Currency("EUR"), asked.Currency)
	require.Len(t, asked.Prices, 1, "the other variant has no price")
	require.Equal(t, Asked{Price: Money{250, "EUR"}, CompareAt: &Money{300, "EUR"}}, asked.Prices[0].Asked)
	v.do(call{"GET", v.host, front + "/prices?currency=GBP&product=" + v.shown().ID, nil, nil}).is(422)

	var c Cart
	buy := line(a, 2)
	buy["currency"] = "EUR"
	v.do(call{"POST", v.host, front + "/cart/lines", buy, nil}).is(200).into(&c)
	require.Equal(t, Money{500, "EUR"}, c.Subtotal)
	with := map[string]string{headerCart: c.Token}
	v.do(call{"POST", v.host, front + "/cart/lines", line(b, 1), with}).is(409, "not_for_sale")
	v.do(call{"POST", v.host, front + "/cart/lines", map[string]any{"variant_id": a, "quantity": 1, "currency": "USD"}, with}).is(409, "not_for_sale")
	v.do(call{"PUT", v.host, front + "/cart/currency", map[string]any{"currency": "GBP"}, with}).is(422)
	v.do(call{"PUT", v.host, front + "/cart/currency", map[string]any{"currency": "BDT"}, with}).is(200).into(&c)
	require.Equal(t, Money{39800, "BDT"}, c.Subtotal)
	require.Empty(t, c.Lines[0].Notices, "they asked for it")
	v.do(call{"PUT", v.host, front + "/cart/currency", map[string]any{"currency": "EUR"}, with}).is(200).into(&c)
	require.Equal(t, Money{500, "EUR"}, c.Subtotal)

	sale := v.list(map[string]any{})
	v.listPrices(sale.ID, eur(a, 200)).is(204)
	v.do(call{"GET", v.host, front + "/cart", nil, with}).is(200).into(&c)
	require.Equal(t, Money{400, "EUR"}, c.Subtotal)
	v.do(call{"GET", v.host, front + "/prices?currency=EUR&product=" + v.shown().ID, nil, nil}).is(200).into(&asked)
	require.Equal(t, Asked{Price: Money{200, "EUR"}, CompareAt: &Money{250, "EUR"}, Lowest: &Money{250, "EUR"}}, asked.Prices[0].Asked)
	require.EqualValues(t, 19900, v.shown().Variants[0].Price.Amount)

	var order PlacedOrder
	body := checkoutBody("manual", "counter", nil)
	v.do(call{"POST", v.host, front + "/checkout", body, map[string]string{headerCart: c.Token, headerOnce: id.Secret()}}).is(409, "no_shipping_in_currency")
	carrier := map[string]any{"config": json.RawMessage(pgtest.NewTenant().Accounts[len(pgtest.NewTenant().Accounts)-1].Config), "rules": map[string]any{"currencies": []string{"BDT", "EUR"}}}
	v.send("PUT", adminPath+"/provider-accounts/shipping/flatrate/live", carrier, match(1)).is(200)
	v.do(call{"POST", v.host, front + "/checkout", body, map[string]string{headerCart: c.Token, headerOnce: id.Secret()}}).is(201).into(&order)
	require.Equal(t, "EUR", order.Order.Total.Currency)
	require.EqualValues(t, 400, order.Order.Subtotal.Amount)
	var page ListedPricePage
	v.send("GET", adminPath+"/prices", nil, nil).is(200).into(&page)
	require.Equal(t, Money{250, "EUR"}, page.Prices[0].Price)
	further(eur(a, 0, "remove", true)).is(204)
	v.send("GET", adminPath+"/prices", nil, nil).is(200).into(&page)
	require.Empty(t, page.Prices)
}

func TestDiscounts(t *testing.T) {
	v := start(t).vendor()
	list := v.list(map[string]any{})
	path := adminPath + priceListsPath + "/" + list.ID
	var n Discounted
	v.send("PUT", path+"/discount", map[string]any{"basis_points": 1250, "products": []string{v.shown().ID}}, nil).is(200).into(&n)
	require.Equal(t, len(v.variants), n.Variants)
	require.EqualValues(t, 17413, v.shown().Variants[0].Price.Amount, "17412.5 is rounded")
	var page ListedPricePage
	v.send("GET", path+"/prices?limit=1", nil, nil).is(200).into(&page)
	require.Len(t, page.Prices, 1)
	first := page.Prices[0].VariantID
	v.send("GET", path+"/prices?limit=1&after="+page.Next, nil, nil).is(200).into(&page)
	require.NotEqual(t, first, page.Prices[0].VariantID)
	v.send("GET", path+"/prices?after=nonsense", nil, nil).is(422, "invalid_cursor")
	v.send("PUT", path+"/discount", map[string]any{"basis_points": 1, "categories": []string{"cat_none"}}, nil).is(200).into(&n)
	require.Zero(t, n.Variants)
	v.send("PUT", path+"/discount", map[string]any{"basis_points": 0}, nil).is(422)
}

func TestBadPricesAreRefused(t *testing.T) {
	v := start(t).vendor()
	a := v.variants[0]
	list := v.list(map[string]any{})
	path := adminPath + priceListsPath
	var p Problem
	v.listPrices(list.ID, listed(a, -1)).is(422)
	v.listPrices(list.ID, listed(a, 1), listed("nobody", 1), listed(a, 2)).is(422, "invalid_prices").into(&p)
	require.Equal(t, []string{"prices[1]", "prices[2]"}, mapped(p.Errors, func(e ProblemField) string { return e.Path }))
	v.listPrices(list.ID, listed(a, 1, "price", map[string]any{"amount": 1, "currency": "USD"})).is(422, "invalid_prices")
	v.listPrices(list.ID, listed(a, 1, "compare_at", map[string]any{"amount": 5, "currency": "BDT"})).is(422, "invalid_prices")
	v.listPrices("prl_none", listed(a, 1)).is(404, "price_list_not_found")
	require.EqualValues(t, 19900, v.shown().Variants[0].Price.Amount)
	v.send("POST", path, map[string]any{"name": "x", "starts_at": "soon"}, nil).is(422)
	v.send("POST", path, map[string]any{"name": "x", "ends_at": "2020-01-01T00:00:00Z"}, nil).is(422, "invalid_price_list")
	v.send("POST", path, map[string]any{"name": "x", "secret": 1}, nil).is(422)
	v.send("PATCH", path+"/"+list.ID, map[string]any{"name": "y"}, nil).is(428, "revision_required")
	v.send("PATCH", path+"/"+list.ID, map[string]any{"name": "y"}, match(9)).is(412, "revision_mismatch")
	for _, role := range []identity.Role{identity.Fulfilment, identity.ReadOnly} {
		as := v.staff(v.of, role)
		v.do(call{"PUT", v.host, path + "/" + list.ID + "/prices", map[string]any{"prices": []any{listed(a, 1)}}, as}).is(403)
		v.do(call{"POST", v.host, path, map[string]any{"name": "x"}, as}).is(403)
		v.do(call{"GET", v.host, path, nil, as}).is(200)
		v.do(call{"PUT", v.host, adminPath + "/customers/cus_x/groups", map[string]any{"groups": []string{}}, as}).is(403)
	}
	v.do(call{"GET", v.host, path, nil, nil}).is(401)
	other := v.vendor()
	other.send("GET", path+"/"+list.ID, nil, nil).is(404, "price_list_not_found")
	mine := other.list(map[string]any{})
	other.listPrices(mine.ID, listed(a, 1)).is(422, "invalid_prices")
}
