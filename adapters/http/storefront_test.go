package httpapi

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/tenant"
)

const front = storefrontPath

// configured provisions a shop that can sell: one shipping service, all ways to pay by hand.
func (s *stack) configured(stock int64) (tenant.Tenant, []string) {
	n := pgtest.NewTenant()
	n.Accounts[1].Config = []byte(`{"cash_on_delivery": true, "counter": true}`)
	require.NoError(s.t, s.db.Provision(s.t.Context(), n))
	p := product("indigo-shirt", stock)
	s.save(n.Tenant, p)
	return n.Tenant, []string{string(p.Variants[0].ID), string(p.Variants[1].ID)}
}

func checkoutBody(provider, kind string, fields map[string]string) map[string]any {
	return map[string]any{
		"email": "shopper@example.com", "shipping_rate": "flatrate/standard",
		"shipping_address": map[string]any{"name": "A Shopper", "line1": "1 Road", "city": "Dhaka", "postal_code": "1212", "country": "BD"},
		"payment":          map[string]any{"provider": provider, "kind": kind, "fields": fields},
	}
}

func line(variant string, quantity any) map[string]any {
	return map[string]any{"variant_id": variant, "quantity": quantity}
}

// fill makes a cart and returns its token.
func (s *stack) fill(host, variant string) string {
	var c Cart
	s.do(call{"POST", host, front + "/cart/lines", line(variant, 2), nil}).is(200).into(&c)
	require.NotEmpty(s.t, c.Token)
	return c.Token
}

func TestAShopperBuys(t *testing.T) {
	s := start(t)
	of, variants := s.configured(10)
	host := hostOf(of)

	var page ProductPage
	s.do(call{"GET", host, front + "/products?sort=price_asc&limit=5", nil, nil}).is(200).into(&page)
	require.Len(t, page.Products, 1)
	require.Equal(t, Money{19900, "BDT"}, page.Products[0].MinPrice)
	var p Product
	s.do(call{"GET", host, front + "/products/indigo-shirt", nil, nil}).is(200).into(&p)
	require.Equal(t, int64(10), *p.Variants[0].Available)
	s.do(call{"GET", host, front + "/categories", nil, nil}).is(200)

	var c Cart
	s.do(call{"POST", host, front + "/cart/lines", line(variants[0], 1), map[string]string{headerOnce: "k1"}}).is(200).into(&c)
	again := s.do(call{"POST", host, front + "/cart/lines", line(variants[0], 1), map[string]string{headerOnce: "k1"}}).is(200)
	require.Equal(t, "true", again.header.Get(headerReplayed))
	var same Cart
	again.into(&same)
	require.Equal(t, c, same)
	withCart := map[string]string{headerCart: c.Token}
	s.do(call{"POST", host, front + "/cart/lines", line(variants[1], 3), withCart}).is(200)
	s.do(call{"PATCH", host, front + "/cart/lines/" + variants[1], map[string]any{"quantity": 2}, withCart}).is(200).into(&c)
	require.Equal(t, int64(19900+2*24900), c.Subtotal.Amount)
	s.do(call{"DELETE", host, front + "/cart/lines/" + variants[1], nil, withCart}).is(200).into(&c)
	require.Len(t, c.Lines, 1)
	s.do(call{"GET", host, front + "/cart", nil, withCart}).is(200).into(&c)
	require.True(t, c.Ready)

	var o CheckoutOptions
	s.do(call{"POST", host, front + "/checkout/options", map[string]any{"address": map[string]any{"country": "BD"}}, withCart}).is(200).into(&o)
	require.Equal(t, "flatrate/standard", o.Rates[0].Key)
	require.NotEmpty(t, o.Payments)

	order := checkoutBody("manual", "counter", map[string]string{})
	s.do(call{"POST", host, front + "/checkout", order, withCart}).is(422, "idempotency_key_required")
	withKey := map[string]string{headerCart: c.Token, headerOnce: "order-1"}
	var placed, repeat PlacedOrder
	first := s.do(call{"POST", host, front + "/checkout", order, withKey}).is(201).into(&placed)
	require.Equal(t, "paid", placed.Order.PaymentStatus)
	require.Equal(t, int64(19900+6000), placed.Order.Total.Amount)
	require.NotEmpty(t, first.header.Get("RateLimit-Limit"))
	second := s.do(call{"POST", host, front + "/checkout", order, withKey}).is(201).into(&repeat)
	require.Equal(t, "true", second.header.Get(headerReplayed))
	require.Equal(t, placed.Order.Number, repeat.Order.Number)
	order["note"] = "another body"
	s.do(call{"POST", host, front + "/checkout", order, withKey}).is(422, "idempotency_key_reused")

	number := strconv.FormatInt(placed.Order.Number, 10)
	s.do(call{"GET", host, front + "/orders/" + number, nil, map[string]string{headerOrderSecret: placed.Order.Secret}}).is(200)
	s.do(call{"GET", host, front + "/orders/" + number, nil, map[string]string{headerOrderSecret: "wrong"}}).is(404, "order_not_found")
	s.do(call{"GET", host, front + "/orders/" + number, nil, nil}).is(404, "order_not_found")
}

func TestADeclinedCardAndARedirect(t *testing.T) {
	s := start(t)
	of, variants := s.configured(10)
	host := hostOf(of)
	card := func(number string) map[string]string {
		return map[string]string{"card_number": number, "card_expiry": "12/40", "card_cvc": "123"}
	}
	token := s.fill(host, variants[0])
	header := map[string]string{headerCart: token, headerOnce: "a"}
	s.do(call{"POST", host, front + "/checkout", checkoutBody("sandbox", "card", card("4000000000000002")), header}).is(402)
	s.do(call{"POST", host, front + "/checkout", checkoutBody("sandbox", "card", card("4242424242424242")), header}).is(422, "idempotency_key_reused")
	header[headerOnce] = "b"
	var placed PlacedOrder
	s.do(call{"POST", host, front + "/checkout", checkoutBody("sandbox", "card", card("4000000000003220")), header}).is(201).into(&placed)
	require.Equal(t, "requires_action", placed.Order.PaymentStatus)
	require.Equal(t, "redirect", placed.Payment.Next.Kind)
	back := map[string]any{"number": placed.Order.Number, "secret": placed.Order.Secret, "params": map[string]string{}}
	s.do(call{"POST", host, front + "/checkout/return", back, nil}).is(200)
	for _, secret := range []string{"4242424242424242", "4000000000003220", token} {
		require.NotContains(t, s.log.String(), secret)
	}
}

func TestBadInputIsRefusedClearly(t *testing.T) {
	s := start(t)
	of, variants := s.configured(10)
	host := hostOf(of)
	lines := front + "/cart/lines"
	for name, c := range map[string]struct {
		body   any
		status int
		code   string
		path   string
	}{
		"unknown field":      {map[string]any{"variant_id": variants[0], "quantity": 1, "price": 1}, 422, "invalid_request", "price"},
		"zero":               {line(variants[0], 0), 422, "invalid_request", "quantity"},
		"negative":           {line(variants[0], -3), 422, "invalid_request", "quantity"},
		"absurd":             {`{"variant_id":"` + variants[0] + `","quantity":1000000000000000000}`, 422, "invalid_request", "quantity"},
		"exponent":           {`{"variant_id":"` + variants[0] + `","quantity":1e18}`, 422, "invalid_request", "quantity"},
		"beyond numbers":     {`{"variant_id":"` + variants[0] + `","quantity":1e999}`, 400, "malformed_request", ""},
		"fraction":           {line(variants[0], 1.5), 422, "invalid_request", "quantity"},
		"text":               {line(variants[0], "1"), 422, "invalid_request", "quantity"},
		"missing":            {map[string]any{"variant_id": variants[0]}, 422, "invalid_request", "quantity"},
		"not JSON":           {`{"variant_id":`, 400, "malformed_request", ""},
		"two values":         {`{"variant_id":"x","quantity":1}{}`, 400, "malformed_request", ""},
		"nothing":            {"", 400, "malformed_request", ""},
		"a list":             {`[]`, 422, "invalid_request", ""},
		"no such variant":    {line("var_nope", 1), 404, "product_not_found", ""},
		"more than in stock": {line(variants[0], 11), 409, "out_of_stock", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.do(call{"POST", host, lines, c.body, nil}).is(c.status, c.code)
			var p Problem
			a.into(&p)
			if c.path != "" {
				require.NotEmpty(t, p.Errors, string(a.body))
				require.Contains(t, p.Errors[0].Path+p.Errors[0].Message, c.path)
			}
		})
	}
	s.do(call{"POST", host, lines, "variant_id=1", map[string]string{"Content-Type": "text/plain"}}).is(415, "unsupported_media_type")
	s.do(call{"POST", host, lines, line(variants[0], 1), map[string]string{"Content-Encoding": "gzip"}}).is(415, "unsupported_encoding")
	s.do(call{"POST", host, lines, line(variants[0], 1), map[string]string{headerOnce: strings.Repeat("k", 256)}}).is(422, "invalid_request")
	s.do(call{"POST", host, lines, line(variants[0], 1), map[string]string{headerCart: "cart_x.y"}}).is(404, "cart_not_found")
	for _, q := range []string{"limit=0", "limit=101", "limit=x", "sort=name", "min_price=-1", "colour=red", "min_price=5&max_price=3", "after=garbage", "q=" + strings.Repeat("a", 201)} {
		s.do(call{"GET", host, front + "/products?" + q, nil, nil}).is(422)
	}
	s.do(call{"GET", host, front + "/products/none", nil, nil}).is(404, "product_not_found")
	s.do(call{"GET", host, front + "/nothing", nil, nil}).is(404, "not_found")
	s.do(call{"PUT", host, front + "/products", nil, nil}).is(405, "method_not_allowed")
	s.do(call{"GET", host, front + "/products/", nil, nil}).is(404)
	for path, limit := range map[string]int{lines: apiBody, adminPath + "/catalog/imports": testFileLimit, adminPath + "/products": productBody} {
		head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAuthorization: Bearer x\r\nContent-Length: %d\r\n\r\n", path, host, limit+1)
		require.Equal(t, 413, s.raw(head).StatusCode, "the body is not even awaited")
	}
}

func TestAccounts(t *testing.T) {
	s := start(t)
	of, variants := s.configured(10)
	other, _ := s.configured(1)
	host := hostOf(of)
	token := s.fill(host, variants[0])
	email := "a" + id.Secret()[:8] + "@example.com"
	signUp := map[string]any{"email": email, "name": "Ayesha", "password": "a long password"}
	var me Session
	s.do(call{"POST", host, front + "/account", signUp, map[string]string{headerCart: token}}).is(201).into(&me)
	s.do(call{"POST", host, front + "/account", signUp, nil}).is(409, "email_taken")
	bearer := map[string]string{"Authorization": "Bearer " + me.Access}
	s.do(call{"GET", host, front + "/account", nil, bearer}).is(200)
	s.do(call{"GET", host, front + "/account", nil, nil}).is(401, "sign_in_required")
	var c Cart
	s.do(call{"GET", host, front + "/cart", nil, bearer}).is(200).into(&c)
	require.Equal(t, int64(2), c.Items, "the guest's cart came along")

	// A token of one shop is worth nothing elsewhere, and nothing for staff.
	s.do(call{"GET", hostOf(other), front + "/account", nil, bearer}).is(401, "invalid_token")
	s.do(call{"GET", hostOf(other), front + "/products", nil, bearer}).is(200)
	s.do(call{"GET", host, adminPath + "/orders", nil, bearer}).is(401, "invalid_token")
	a := s.do(call{"GET", host, front + "/cart", nil, map[string]string{"Authorization": "Bearer x.y.z"}}).is(401, "invalid_token")
	require.Contains(t, a.header.Get("WWW-Authenticate"), "Bearer")
	s.do(call{"GET", host, front + "/cart", nil, map[string]string{"Authorization": "Basic eDp5"}}).is(401, "invalid_token")

	s.do(call{"POST", host, front + "/checkout", checkoutBody("manual", "counter", nil), map[string]string{"Authorization": bearer["Authorization"], headerOnce: "x"}}).is(201)
	var orders OrderPage
	s.do(call{"GET", host, front + "/account/orders", nil, bearer}).is(200).into(&orders)
	require.Len(t, orders.Orders, 1)
	require.Empty(t, orders.Orders[0].Secret)
	s.do(call{"GET", host, fmt.Sprint(front, "/account/orders/", orders.Orders[0].Number), nil, bearer}).is(200)
	s.do(call{"GET", host, front + "/account/orders/999999", nil, bearer}).is(404, "order_not_found")

	refresh := func(token string) answered {
		return s.do(call{"POST", host, front + "/account/sessions/refresh", map[string]any{"refresh_token": token}, nil})
	}
	var next Session
	refresh(me.Refresh).is(200).into(&next)
	refresh(me.Refresh).is(401, "refresh_token_reused")
	refresh(next.Refresh).is(401, "session_ended")
	login := map[string]any{"email": email, "password": "a long password"}
	s.do(call{"POST", host, front + "/account/sessions", login, nil}).is(201).into(&me)
	s.do(call{"POST", host, front + "/account/sessions/end", map[string]any{"refresh_token": me.Refresh}, nil}).is(204)
	refresh(me.Refresh).is(401, "session_ended")
	s.do(call{"POST", hostOf(other), front + "/account/sessions", login, nil}).is(401, "wrong_credentials")
	s.do(call{"POST", host, front + "/account/password-resets", map[string]any{"email": email}, nil}).is(202)
	s.do(call{"POST", host, front + "/account/password-resets", map[string]any{"email": "nobody@example.com"}, nil}).is(202)
	s.do(call{"POST", host, front + "/account/password-resets/confirm", map[string]any{"token": "x", "password": "another password"}, nil}).is(422, "invalid_reset_token")
	for _, secret := range []string{me.Refresh, me.Access, "a long password"} {
		require.NotContains(t, s.log.String(), secret)
	}
}

func TestGuessingIsLimited(t *testing.T) {
	s := start(t)
	of, _ := s.configured(1)
	body := map[string]any{"email": "victim@example.com", "password": "wrong"}
	var last answered
	for range 12 {
		if last = s.do(call{"POST", hostOf(of), front + "/account/sessions", body, map[string]string{"X-Forwarded-For": id.Secret()}}); last.status == 429 {
			break
		}
	}
	last.is(http.StatusTooManyRequests, "rate_limited")
	require.NotEmpty(t, last.header.Get("Retry-After"))
	require.NotEmpty(t, last.header.Get("RateLimit-Remaining"))
}

func TestReadsAreLimitedPerClient(t *testing.T) {
	now := time.Now()
	b := newBuckets(portsRate(10, 3), func() time.Time { return now })
	a, c := addr("192.0.2.1"), addr("2001:db8::1")
	for range 3 {
		require.True(t, b.allow(a))
		require.True(t, b.allow(c))
	}
	require.False(t, b.allow(a))
	require.False(t, b.allow(addr("2001:db8::ffff")), "the same /64 is the same client")
	require.True(t, b.allow(addr("2001:db8:1::1")))
	now = now.Add(100 * time.Millisecond)
	require.True(t, b.allow(a))
	require.False(t, b.allow(a))
}
