//go:build faults

package e2e

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// setting reads a number from the environment, so that a short run and a long one are the same test.
func setting(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

const (
	owner        = "correct horse battery"
	sandboxTerms = `{"settle_ms": 300}`
	sandboxKeys  = `{"webhook_secret": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}`
)

// openShop makes a shop whose only product has a stock, and which hears the bank's webhooks.
func openShop(t *testing.T, s *stack, slug string, stock int) {
	t.Helper()
	s.halum("tenant", "create", "--slug", slug, "--name", "Faults", "--currency", "USD", "--email", "owner@"+slug+".example", "--password", owner)
	s.halum("tenant", "provider", "--tenant", slug, "--kind", "payment", "--plugin", "manual", "--settings", s.file("manual.json", `{"counter": true}`))
	s.halum("tenant", "provider", "--tenant", slug, "--kind", "payment", "--plugin", "sandbox", "--mode", "test",
		"--settings", s.file("sandbox.json", sandboxTerms), "--secrets", s.file("secrets.json", sandboxKeys))
	s.halum("catalog", "import", "--tenant", slug, s.file(slug+".csv", string(productFile(stock, "thing"))))
}

func (s *stack) file(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	require.NoError(s.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// crowd is what people do in a shop while something goes wrong: shoppers buy with cards of all kinds, and staff captures,
// refunds, cancels and sends.
type crowd struct {
	t       *testing.T
	s       *stack
	addr    string
	slug    string
	variant string
	cards   []string
	people  int
	pace    time.Duration // between two purchases; 0 is as fast as the people can
	staff   bool          // acts on what was bought

	mu      sync.Mutex
	answers map[string]int
}

func newCrowd(t *testing.T, s *stack, addr, slug string, cards []string) *crowd {
	t.Helper()
	ids, err := newShopper(addr, slug+".localhost").variants(t.Context(), "thing")
	require.NoError(t, err)
	return &crowd{t: t, s: s, addr: addr, slug: slug, variant: ids[0], cards: cards, people: 16, pace: 100 * time.Millisecond, staff: true, answers: map[string]int{}}
}

// host names the shop with its port, so that the bank's webhooks find it.
func (c *crowd) host() string { return c.slug + ".localhost:" + portOf(c.addr) }

func portOf(addr string) string { return addr[strings.LastIndexByte(addr, ':')+1:] }

// trade buys n times, or until the context ends when n is 0.
func (c *crowd) trade(ctx context.Context, n int) {
	c.t.Helper()
	jobs := make(chan int)
	var people sync.WaitGroup
	for range c.people {
		people.Go(func() {
			desk := &shopper{base: "http://" + c.addr, host: c.host(), api: "/api/admin/v1", http: &http.Client{Timeout: 30 * time.Second}}
			for i := range jobs {
				c.deal(ctx, desk, i)
			}
		})
	}
	for i := 0; (n == 0 || i < n) && pause(ctx, c.pace, c.pace+1); i++ {
		jobs <- i
	}
	close(jobs)
	people.Wait()
}

// deal is one purchase and what staff makes of it. It goes to its end whatever happens on the way: every request is sent
// until it is answered.
func (c *crowd) deal(ctx context.Context, desk *shopper, i int) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Minute)
	defer cancel()
	buyer := newShopper(c.addr, c.host())
	if err := buyer.fill(ctx, c.variant, 1); err != nil {
		c.t.Errorf("cart: %v", err)
		return
	}
	card, key := c.cards[i%len(c.cards)], rand.Text()
	a, err := buyer.persist(ctx, http.MethodPost, "/checkout", key, checkoutBody("sandbox", "card", card))
	if err != nil {
		c.t.Errorf("checkout: %v", err)
		return
	}
	c.count("checkout", a)
	switch a.status {
	case http.StatusCreated, http.StatusOK, http.StatusPaymentRequired, http.StatusConflict:
	default:
		c.t.Errorf("checkout with %s answered %d %s", card, a.status, a.body)
		return
	}
	// The same key must lead to the same order, however often it is sent.
	again, err := buyer.persist(ctx, http.MethodPost, "/checkout", key, checkoutBody("sandbox", "card", card))
	var first, second struct{ Order order }
	_ = a.into(&first)
	unsettled := slices.Contains([]string{"awaiting", "pending", "requires_action"}, first.Order.PaymentStatus) // it may have ended meanwhile
	// Errors are not stored: what was in the way may be gone.
	refused := a.status == http.StatusConflict
	if err != nil || again.status != a.status && !unsettled && !refused {
		c.t.Errorf("a repeat answered %d %s (%v), the first answer was %d", again.status, again.body, err, a.status)
		return
	}
	if again.status >= 400 {
		return
	}
	if again.into(&second) != nil || first.Order.Number != second.Order.Number {
		c.t.Errorf("a repeat opened another order: %s and %s", a.body, again.body)
		return
	}
	if c.staff {
		c.act(ctx, desk, first.Order, i)
	}
}

// act is what staff does with an order; most of the time, nothing.
func (c *crowd) act(ctx context.Context, desk *shopper, o order, i int) {
	do := func(what string, body any) {
		if desk.bearer == "" && !c.signIn(ctx, desk) {
			return
		}
		a, err := desk.persist(ctx, http.MethodPost, fmt.Sprintf("/orders/%d/%s", o.Number, what), rand.Text(), body)
		if err == nil && a.status == http.StatusUnauthorized {
			desk.bearer = ""
			return
		}
		c.count(what, a)
		if err != nil || a.status >= 400 && a.status != http.StatusConflict && a.status != http.StatusPaymentRequired &&
			a.code() != "invalid_request" { // part of a payment that is awaited
			c.t.Errorf("%s of #%d answered %d %s (%v)", what, o.Number, a.status, a.body, err)
		}
	}
	part := map[string]any{"amount": map[string]any{"amount": 400, "currency": "USD"}}
	switch i % 9 {
	case 1:
		do("refunds", part)
	case 2:
		do("capture", part)
		do("capture", map[string]any{"final": true})
	case 3:
		do("cancellation", map[string]any{})
	case 4:
		do("refunds", map[string]any{})
	case 5:
		do("fulfilment", map[string]any{})
		do("refunds", part)
		do("refunds", part)
	}
}

func (c *crowd) signIn(ctx context.Context, desk *shopper) bool {
	a, err := desk.persist(ctx, http.MethodPost, "/sessions", "", map[string]any{"email": "owner@" + c.slug + ".example", "password": owner})
	var session struct {
		Access string `json:"access_token"`
	}
	if err != nil || a.into(&session) != nil || session.Access == "" {
		c.t.Errorf("staff cannot sign in: %d %s (%v)", a.status, a.body, err)
		return false
	}
	desk.bearer = session.Access
	return true
}

func (c *crowd) count(what string, a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers[what+" "+strconv.Itoa(a.status)]++
}

// bought is how many checkouts were answered so far.
func (c *crowd) bought() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for what, times := range c.answers {
		if strings.HasPrefix(what, "checkout ") {
			n += times
		}
	}
	return n
}

// neighbour is another shop on the same platform, with another payment plugin, that must not notice anything.
type neighbour struct {
	t       *testing.T
	addr    string
	slug    string
	variant string

	mu     sync.Mutex
	times  map[string][]time.Duration
	failed []string
}

func newNeighbour(t *testing.T, s *stack, addr string) *neighbour {
	t.Helper()
	const slug = "neighbour"
	openShop(t, s, slug, 1_000_000)
	ids, err := newShopper(addr, slug+".localhost").variants(t.Context(), "thing")
	require.NoError(t, err)
	return &neighbour{t: t, addr: addr, slug: slug, variant: ids[0], times: map[string][]time.Duration{}}
}

// live looks at products and buys at the counter, at a steady rate, until the context ends; phase names the times.
func (n *neighbour) live(ctx context.Context, phase string) {
	var going sync.WaitGroup
	defer going.Wait()
	room := make(chan struct{}, 8) // who finds the shop full goes home: on a busy machine they would pile up without end
	for tick := time.NewTicker(25 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
			select {
			case room <- struct{}{}:
				going.Go(func() {
					n.visit(phase)
					<-room
				})
			default:
			}
		}
	}
}

func (n *neighbour) visit(phase string) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	buyer := newShopper(n.addr, n.slug+".localhost")
	step := func(name, method, path string, body any, want int) bool {
		began := time.Now()
		a, err := buyer.do(ctx, method, path, rand.Text(), body)
		n.mu.Lock()
		defer n.mu.Unlock()
		if err != nil || a.status != want {
			n.failed = append(n.failed, fmt.Sprintf("%s: %d %s %v", name, a.status, a.body, err))
			return false
		}
		n.times[phase+" "+name] = append(n.times[phase+" "+name], time.Since(began))
		var cart struct{ Token string }
		if a.into(&cart) == nil && cart.Token != "" {
			buyer.cart = cart.Token
		}
		return true
	}
	_ = step("look", http.MethodGet, "/products/thing", nil, http.StatusOK) &&
		step("add", http.MethodPost, "/cart/lines", map[string]any{"variant_id": n.variant, "quantity": 1}, http.StatusOK) &&
		step("buy", http.MethodPost, "/checkout", checkoutBody("manual", "counter", ""), http.StatusCreated)
}

// report fails on any error, and tells how much slower the slowest hundredth was. It does not fail on times: on a busy
// machine of two processors they are the machine's.
func (n *neighbour) report(t *testing.T) {
	t.Helper()
	require.Empty(t, n.failed, "the neighbour noticed")
	for _, name := range []string{"look", "add", "buy"} {
		usual, during := n.times["usual "+name], n.times["during "+name]
		t.Logf("neighbour %-4s  usual p50 %-8s p99 %-8s (%d)   during p50 %-8s p99 %-8s (%d)   p99 ratio %.2f", name,
			quantile(usual, 0.5), quantile(usual, 0.99), len(usual), quantile(during, 0.5), quantile(during, 0.99), len(during),
			float64(quantile(during, 0.99))/float64(max(1, quantile(usual, 0.99))))
	}
}

func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	all = slices.Sorted(slices.Values(all))
	return all[int(q*float64(len(all)-1))].Round(100 * time.Microsecond)
}
