//go:build browser || faults

package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// shopper talks to the storefront API of one shop as any client would.
type shopper struct {
	base   string // http://127.0.0.1:port
	host   string // of the shop
	api    string // "" means the storefront's
	cart   string
	bearer string
	match  string // If-Match
	http   *http.Client
}

func newShopper(addr, host string) *shopper {
	return &shopper{base: "http://" + addr, host: host, http: &http.Client{Timeout: 30 * time.Second}}
}

// answer is a response: its status and body.
type answer struct {
	status int
	body   []byte
}

func (a answer) into(v any) error {
	if err := json.Unmarshal(a.body, v); err != nil {
		return fmt.Errorf("status %d, %q: %w", a.status, a.body, err)
	}
	return nil
}

func (a answer) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal(a.body, &p)
	return p.Code
}

func (s *shopper) do(ctx context.Context, method, path, key string, body any) (answer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return answer{}, err
	}
	api := s.api
	if api == "" {
		api = "/api/storefront/v1"
	}
	req, err := http.NewRequestWithContext(ctx, method, s.base+api+path, bytes.NewReader(text))
	if err != nil {
		return answer{}, err
	}
	req.Host = s.host
	if method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
	} else {
		req.Body, req.ContentLength = nil, 0
	}
	if s.cart != "" {
		req.Header.Set("Halum-Cart-Token", s.cart)
	}
	if s.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+s.bearer)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	if s.match != "" {
		req.Header.Set("If-Match", s.match)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, got}, err
}

// persist sends a request until there is an answer that a retry would not change: lost connections, 5xx and "in
// flight" are tried again with the same key, as a careful client does.
func (s *shopper) persist(ctx context.Context, method, path, key string, body any) (answer, error) {
	for {
		a, err := s.do(ctx, method, path, key, body)
		if err == nil && a.status < 500 && a.status != http.StatusTooManyRequests && a.code() != "idempotency_key_in_use" {
			return a, nil
		}
		select {
		case <-ctx.Done():
			return a, fmt.Errorf("gave up: %d %s: %w", a.status, a.body, ctx.Err())
		case <-time.After(150 * time.Millisecond):
		}
	}
}

// fill starts a cart with a quantity of one variant.
func (s *shopper) fill(ctx context.Context, variant string, quantity int) error {
	a, err := s.persist(ctx, http.MethodPost, "/cart/lines", rand.Text(), map[string]any{"variant_id": variant, "quantity": quantity})
	if err != nil {
		return err
	}
	var cart struct{ Token string }
	if err := a.into(&cart); err != nil || cart.Token == "" {
		return fmt.Errorf("no cart: %d %s", a.status, a.body)
	}
	s.cart = cart.Token
	return nil
}

// order is what a checkout answers.
type order struct {
	Number        int64
	ID            string
	Secret        string
	Status        string
	PaymentStatus string `json:"payment_status"`
}

func checkoutBody(provider, kind, card string) map[string]any {
	fields := map[string]string{}
	if card != "" {
		fields = map[string]string{"card_number": card, "card_expiry": "12/40", "card_cvc": "123"}
	}
	return map[string]any{
		"email": "shopper@example.com", "shipping_rate": "flatrate/standard",
		"shipping_address": map[string]any{"name": "A Shopper", "line1": "1 Main Road", "city": "Springfield", "postal_code": "12345", "country": "US"},
		"payment":          map[string]any{"provider": provider, "kind": kind, "fields": fields},
	}
}

// variants returns the ids of a product's variants, in order.
func (s *shopper) variants(ctx context.Context, productSlug string) ([]string, error) {
	a, err := s.do(ctx, http.MethodGet, "/products/"+productSlug, "", nil)
	if err != nil {
		return nil, err
	}
	var p struct{ Variants []struct{ ID string } }
	if err := a.into(&p); err != nil || len(p.Variants) == 0 {
		return nil, fmt.Errorf("no product %s: %d %s", productSlug, a.status, a.body)
	}
	ids := make([]string, len(p.Variants))
	for i, v := range p.Variants {
		ids[i] = v.ID
	}
	return ids, nil
}

// productFile is a CSV with one product per name, each with one variant and a stock.
func productFile(stock int, names ...string) []byte {
	var b strings.Builder
	b.WriteString("Handle,Title,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Requires Shipping\n")
	for _, n := range names {
		fmt.Fprintf(&b, "%s,%s,%d,deny,10.00,true\n", n, n, stock)
	}
	return []byte(b.String())
}
