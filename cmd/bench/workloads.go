package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// workload is one kind of operation. setup runs once; each user then repeats once(), which returns how long the counted
// part took.
type workload struct {
	name string
	user func(n int) (func() (time.Duration, error), error)
}

// client sends requests of one user over one kept connection.
type client struct {
	http fasthttp.HostClient
	shop string // slug
	cart string
}

func (s *stack) client() *client {
	return &client{http: fasthttp.HostClient{Addr: s.addr, MaxConns: 4, ReadTimeout: 30 * time.Second}, shop: slug}
}

// call sends one request and decodes the answer into v, unless v is nil.
func (c *client) call(method, path, key string, body []byte, v any) (time.Duration, error) {
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.SetRequestURI("http://" + c.shop + ".localhost/api/storefront/v1" + path)
	req.Header.SetMethod(method)
	if body != nil {
		req.Header.SetContentType("application/json")
		req.SetBodyRaw(body)
	}
	if c.cart != "" {
		req.Header.Set("Halum-Cart-Token", c.cart)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	begun := time.Now()
	if err := c.http.Do(req, resp); err != nil {
		return 0, err
	}
	took := time.Since(begun)
	if resp.StatusCode() >= 300 {
		return 0, fmt.Errorf("%s %s: %d %s", method, path, resp.StatusCode(), resp.Body())
	}
	if v == nil {
		return took, nil
	}
	return took, json.Unmarshal(resp.Body(), v)
}

func workloads(s *stack) []workload {
	var counter atomic.Int64
	return []workload{
		{"LIST", s.reading(func() string { return "/products?limit=20" })},
		{"LIST cold", s.reading(func() string {
			// A lowest price of its own makes every request a new question.
			return "/products?limit=20&max_price=" + strconv.FormatInt(10_000_000+counter.Add(1), 10)
		})},
		{"DETAIL", s.reading(func() string { return "/products/product-" + strconv.Itoa(rand.IntN(100)) })},
		{"DETAIL cold", s.reading(func() string {
			return "/products/product-" + strconv.Itoa(rand.IntN(1000)) + "?fresh=" + strconv.FormatInt(counter.Add(1), 10)
		})},
		{"ADD", s.adding},
		{"CHECKOUT", s.checkingOut(1)},
		{"CHECKOUT 50", s.checkingOut(50)},
	}
}

func (s *stack) reading(path func() string) func(int) (func() (time.Duration, error), error) {
	return s.readingOf(slug, path)
}

func (s *stack) readingOf(shop string, path func() string) func(int) (func() (time.Duration, error), error) {
	return func(int) (func() (time.Duration, error), error) {
		c := s.client()
		c.shop = shop
		return func() (time.Duration, error) { return c.call("GET", path(), "", nil, nil) }, nil
	}
}

// variantsOf lists the variants of some products.
func (s *stack) variantsOf(c *client, products int) (ids []string, err error) {
	for i := range products {
		var p struct{ Variants []struct{ ID string } }
		if _, err := c.call("GET", "/products/product-"+strconv.Itoa(i), "", nil, &p); err != nil {
			return nil, err
		}
		for _, v := range p.Variants {
			ids = append(ids, v.ID)
		}
	}
	return ids, nil
}

// adding puts one more unit into a cart that starts anew after twenty lines, and reads the totals from the answer.
func (s *stack) adding(int) (func() (time.Duration, error), error) {
	c := s.client()
	ids, err := s.variantsOf(c, 20)
	if err != nil {
		return nil, err
	}
	n := 0
	return func() (time.Duration, error) {
		if n++; n%20 == 0 {
			c.cart = ""
		}
		var cart struct {
			Token    string
			Subtotal struct{ Amount int64 }
		}
		took, err := c.call("POST", "/cart/lines", "", line(ids[rand.IntN(len(ids))]), &cart)
		if cart.Token != "" {
			c.cart = cart.Token
		}
		if err == nil && cart.Subtotal.Amount == 0 {
			return 0, fmt.Errorf("the answer has no subtotal")
		}
		return took, err
	}, nil
}

// checkingOut goes from no cart to a paid order; the counted time covers all its requests. Only the last line of a long
// cart is counted, so that a checkout of 50 lines compares with one of 1.
func (s *stack) checkingOut(lines int) func(int) (func() (time.Duration, error), error) {
	return func(user int) (func() (time.Duration, error), error) {
		c := s.client()
		ids, err := s.variantsOf(c, 50)
		if err != nil {
			return nil, err
		}
		body := checkoutBody()
		n := 0
		return func() (time.Duration, error) {
			n++
			c.cart = ""
			var total time.Duration
			for i := range lines {
				var cart struct{ Token string }
				took, err := c.call("POST", "/cart/lines", "", line(ids[(n+i)%len(ids)]), &cart)
				if err != nil {
					return 0, err
				}
				if cart.Token != "" {
					c.cart = cart.Token
				}
				if i == lines-1 {
					total += took
				}
			}
			var done struct {
				Order struct {
					PaymentStatus string `json:"payment_status"`
				}
			}
			took, err := c.call("POST", "/checkout", fmt.Sprintf("bench-%d-%d-%d", user, n, time.Now().UnixNano()), body, &done)
			if err == nil && done.Order.PaymentStatus != "paid" {
				return 0, fmt.Errorf("the order is %q, not paid", done.Order.PaymentStatus)
			}
			return total + took, err
		}, nil
	}
}

func line(variant string) []byte {
	return []byte(`{"variant_id":"` + variant + `","quantity":1}`)
}

func checkoutBody() []byte {
	return []byte(`{"email":"shopper@example.com","shipping_rate":"flatrate/standard","shipping_address":{"name":"A Shopper",` +
		`"line1":"1 Main Road","city":"Springfield","postal_code":"12345","country":"US"},` +
		`"payment":{"provider":"manual","kind":"counter","fields":{}}}`)
}
