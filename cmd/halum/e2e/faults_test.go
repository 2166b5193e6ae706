//go:build faults

package e2e

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

// setting reads a number from the environment, so that a short run and a long one are the same test.
func setting(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// openShop makes a shop whose only product has a stock, and returns its first variant.
func openShop(t *testing.T, s *stack, slug string, stock int) {
	t.Helper()
	s.halum("tenant", "create", "--slug", slug, "--name", "Faults", "--currency", "USD", "--email", "owner@"+slug+".example", "--password", "correct horse battery")
	s.halum("tenant", "provider", "--tenant", slug, "--kind", "payment", "--plugin", "manual", "--set", "counter=true")
	file := filepath.Join(s.dir, slug+".csv")
	require.NoError(t, os.WriteFile(file, productFile(stock, "thing"), 0o600))
	s.halum("catalog", "import", "--tenant", slug, file)
}

// Cards of the sandbox that a mixed crowd uses: mostly approved, some declined, now and then one that charges and then
// crashes the plugin, or crashes it before the charge.
var cards = []string{
	"4242424242424242", "4242424242424242", "4000000000000002", "4242424242424242", "4242424242424242",
	"4000000000000333", "4242424242424242", "4000000000000002", "4242424242424242", "4242424242424242",
	"4242424242424242", "4242424242424242", "4000000000009995", "4242424242424242", "4000000000000341",
}

// TestFaultKillApp kills the app at random moments while shoppers check out and retry with the same key, and then
// compares our books with the sandbox's journal.
func TestFaultKillApp(t *testing.T) {
	checkouts := setting("HALUM_FAULTS_CHECKOUTS", 500)
	const slug, stock = "kills", 100_000
	s := newStack(t)
	openShop(t, s, slug, stock)
	serve, worker := s.start("serve"), s.start("worker")
	buyer := newShopper(serve.addr, slug+".localhost")
	ids, err := buyer.variants(t.Context(), "thing")
	require.NoError(t, err)

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Minute)
	defer cancel()
	var kills atomic.Int64
	killing, stopKilling := context.WithCancel(ctx)
	var killer sync.WaitGroup
	killer.Go(func() {
		for killing.Err() == nil {
			select {
			case <-killing.Done():
				return
			case <-time.After(time.Duration(300+mathrand.IntN(1500)) * time.Millisecond):
			}
			serve.stop(syscall.SIGKILL)
			serve.begin()
			if kills.Add(1)%4 == 0 {
				worker.stop(syscall.SIGKILL)
				worker.begin()
			}
		}
	})

	outcomes := runCheckouts(ctx, t, serve.addr, slug, ids[0], checkouts)
	stopKilling()
	killer.Wait()
	t.Logf("%d checkouts, %d kills, answers: %v", checkouts, kills.Load(), outcomes)

	s.settle(slug, 4*time.Minute)
	s.compareBooks(t, slug, stock)
}

// runCheckouts lets eight shoppers at a time buy one unit each, and counts the answers.
func runCheckouts(ctx context.Context, t *testing.T, addr, slug, variant string, n int) map[int]int {
	t.Helper()
	var mu sync.Mutex
	outcomes := map[int]int{}
	jobs := make(chan int)
	var crowd sync.WaitGroup
	for range 8 {
		crowd.Go(func() {
			for i := range jobs {
				buyer := newShopper(addr, slug+".localhost")
				status := buyOnce(ctx, t, buyer, variant, cards[i%len(cards)])
				mu.Lock()
				outcomes[status]++
				mu.Unlock()
			}
		})
	}
	for i := range n {
		jobs <- i
	}
	close(jobs)
	crowd.Wait()
	return outcomes
}

func buyOnce(ctx context.Context, t *testing.T, buyer *shopper, variant, card string) int {
	if err := buyer.fill(ctx, variant, 1); err != nil {
		t.Errorf("cart: %v", err)
		return 0
	}
	key := rand.Text()
	a, err := buyer.persist(ctx, http.MethodPost, "/checkout", key, checkoutBody("sandbox", "card", card))
	if err != nil {
		t.Errorf("checkout: %v", err)
		return 0
	}
	if a.status != http.StatusCreated && a.status != http.StatusOK && a.status != http.StatusPaymentRequired {
		t.Errorf("checkout answered %d %s", a.status, a.body)
		return a.status
	}
	// The same key must lead to the same order, however often it is sent.
	again, err := buyer.persist(ctx, http.MethodPost, "/checkout", key, checkoutBody("sandbox", "card", card))
	if err != nil || again.status != a.status {
		t.Errorf("a repeat answered %d %s (%v), the first answer was %d", again.status, again.body, err, a.status)
	}
	if a.status != http.StatusPaymentRequired {
		var first, second struct{ Order order }
		if a.into(&first) != nil || again.into(&second) != nil || first.Order.Number != second.Order.Number {
			t.Errorf("a repeat opened another order: %s and %s", a.body, again.body)
		}
	}
	return a.status
}

// settle waits until no payment is open and every job is done.
func (s *stack) settle(slug string, within time.Duration) {
	s.t.Helper()
	// Payments left open are asked about after 20 seconds; the clock is not turned, they are awaited.
	require.Eventually(s.t, func() bool {
		open := s.count(slug, `select count(*) from %s.payments where status in ('created', 'processing', 'requires_action')`)
		var jobs int64
		err := s.db.QueryRow(context.Background(), `select count(*) from river.river_job where state in ('available', 'retryable', 'running')`).Scan(&jobs)
		return err == nil && open == 0 && jobs == 0
	}, within, time.Second, "payments or jobs are still open")
}

// compareBooks checks the invariants by SQL against the sandbox's journal.
func (s *stack) compareBooks(t *testing.T, slug string, stock int64) {
	t.Helper()
	records, err := journal.Read(s.journal)
	require.NoError(t, err)
	charged := map[string]int{}
	for _, r := range records {
		if r.State == journal.Captured {
			charged[r.Key]++
		}
	}
	voided := map[string]bool{}
	for _, r := range records {
		if r.State == journal.Voided {
			voided[r.Key] = true
		}
	}
	paid := map[string]bool{}
	rows, err := s.db.Query(t.Context(), fmt.Sprintf(`select p.id from %[1]s.payments p join %[1]s.orders o on o.id = p.order_id
		where o.payment_status = 'paid' and p.status = 'captured'`, s.schema(slug)))
	require.NoError(t, err)
	for rows.Next() {
		var id string
		require.NoError(t, rows.Scan(&id))
		paid[id] = true
	}
	require.NoError(t, rows.Err())
	for id := range paid {
		require.Equal(t, 1, charged[id], "order paid by %s, charges in the journal", id)
		require.False(t, voided[id], "order paid by %s, which was voided", id)
	}
	for id, n := range charged {
		require.Equal(t, 1, n, "double charge of %s", id)
		require.True(t, paid[id] || voided[id], "payment %s was charged, but its order is not paid and the money was not returned", id)
	}
	zero := func(name, query string, args ...any) {
		require.Zero(t, s.count(slug, query, args...), name)
	}
	zero("orders that are paid without being confirmed", `select count(*) from %s.orders where payment_status = 'paid' and status not in ('confirmed', 'fulfilled')`)
	zero("postings that do not sum to zero", `select count(*) from (select posting_id from %s.ledger_entries group by posting_id, currency having sum(amount) <> 0) x`)
	sold := s.count(slug, `select count(*) from %s.orders where status = 'confirmed'`)
	require.Equal(t, stock-sold, s.count(slug, `select on_hand - reserved from %s.stock`), "stock = start − sold")
	require.Equal(t, int64(len(paid)), sold, "every confirmed order is paid")
	// Every confirmed order told the staff exactly once, and nothing else did.
	require.Equal(t, sold, s.count(slug, `select count(*) from %s.notifications where topic = 'staff' and kind = 'order.confirmed'`), "order.confirmed notifications")
	require.Equal(t, sold, s.count(slug, `select count(distinct order_id) from %s.notifications where topic = 'staff' and kind = 'order.confirmed'`), "orders told about")
	var dead int64
	require.NoError(t, s.db.QueryRow(t.Context(), `select count(*) from river.river_job where state in ('discarded', 'cancelled')`).Scan(&dead))
	require.Zero(t, dead, "jobs that were given up")
	t.Logf("%d orders confirmed, %d charges in the journal, stock %d of %d", sold, len(charged), stock-sold, stock)
}

// TestFaultLastItems lets 2,000 buyers race for the last 100 items over two nodes: exactly 100 are sold.
func TestFaultLastItems(t *testing.T) {
	buyers := setting("HALUM_FAULTS_BUYERS", 2000)
	const slug, stock = "lastitems", 100
	s := newStack(t)
	openShop(t, s, slug, stock)
	nodes := []*process{s.start("serve"), s.start("serve")}
	s.start("worker")
	ids, err := newShopper(nodes[0].addr, slug+".localhost").variants(t.Context(), "thing")
	require.NoError(t, err)

	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	var sold, late, refused atomic.Int64
	gate := make(chan struct{})
	var crowd sync.WaitGroup
	for i := range buyers {
		crowd.Go(func() {
			buyer := newShopper(nodes[i%2].addr, slug+".localhost")
			<-gate
			// The cart, too, may find that nothing is left.
			a, err := buyer.persist(ctx, http.MethodPost, "/cart/lines", rand.Text(), map[string]any{"variant_id": ids[0], "quantity": 1})
			if err != nil {
				t.Errorf("cart: %v", err)
				return
			}
			if a.status == http.StatusConflict && a.code() == "out_of_stock" {
				late.Add(1)
				return
			}
			var cart struct{ Token string }
			if err := a.into(&cart); err != nil {
				t.Error(err)
				return
			}
			buyer.cart = cart.Token
			a, err = buyer.persist(ctx, http.MethodPost, "/checkout", rand.Text(), checkoutBody("manual", "counter", ""))
			switch {
			case err != nil:
				t.Errorf("checkout: %v", err)
			case a.status == http.StatusCreated:
				sold.Add(1)
			case a.status == http.StatusConflict && (a.code() == "out_of_stock" || a.code() == "cart_changed"):
				refused.Add(1)
			default:
				t.Errorf("checkout answered %d %s", a.status, a.body)
			}
		})
	}
	close(gate)
	crowd.Wait()
	t.Logf("sold %d, refused at checkout %d, sold out at the cart %d", sold.Load(), refused.Load(), late.Load())
	require.EqualValues(t, stock, sold.Load())
	s.settle(slug, 2*time.Minute)
	require.EqualValues(t, stock, s.count(slug, `select count(*) from %s.orders where status = 'confirmed'`))
	require.Zero(t, s.count(slug, `select on_hand - reserved from %s.stock`))
	require.Zero(t, s.count(slug, `select count(*) from %s.orders where status = 'pending'`))
}

// TestFaultTwoNodesOneBell places an order on one node and hears it on a socket of the other, with a worker between.
func TestFaultTwoNodesOneBell(t *testing.T) {
	const slug = "bell"
	s := newStack(t)
	openShop(t, s, slug, 10)
	near, far := s.start("serve"), s.start("serve")
	s.start("worker")

	staff := &shopper{base: "http://" + far.addr, host: slug + ".localhost", http: &http.Client{Timeout: 10 * time.Second}, api: "/api/admin/v1"}
	a, err := staff.do(t.Context(), http.MethodPost, "/sessions", "", map[string]any{"email": "owner@" + slug + ".example", "password": "correct horse battery"})
	require.NoError(t, err)
	var session struct {
		Access string `json:"access_token"`
	}
	require.NoError(t, a.into(&session))
	require.NotEmpty(t, session.Access, "%s", a.body)
	staff.bearer = session.Access
	a, err = staff.do(t.Context(), http.MethodPost, "/live/tickets", "", map[string]any{})
	require.NoError(t, err)
	var ticket struct{ Ticket string }
	require.NoError(t, a.into(&ticket))
	require.NotEmpty(t, ticket.Ticket, "%s", a.body)

	dialer := websocket.Dialer{NetDial: func(network, _ string) (net.Conn, error) { return net.Dial(network, far.addr) }}
	socket, _, err := dialer.Dial("ws://"+slug+".localhost/ws?ticket="+ticket.Ticket+"&last_seq=0", nil)
	require.NoError(t, err)
	defer func() { _ = socket.Close() }()

	buyer := newShopper(near.addr, slug+".localhost")
	ids, err := buyer.variants(t.Context(), "thing")
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, buyOnce(t.Context(), t, buyer, ids[0], cards[0]))

	require.NoError(t, socket.SetReadDeadline(time.Now().Add(15*time.Second)))
	var heard struct {
		Seq   int64
		Kind  string
		Title string
	}
	require.NoError(t, socket.ReadJSON(&heard))
	require.Equal(t, "order.confirmed", heard.Kind)
	require.EqualValues(t, 1, heard.Seq)
	require.Equal(t, "New order #1001", heard.Title)
}
