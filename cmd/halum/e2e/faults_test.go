//go:build faults

package e2e

import (
	"context"
	"crypto/rand"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/localpg"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

// plain are cards that a bank answers; with them, nothing goes wrong but what a test breaks. mixed are those of a crowd in
// which everything happens that the sandbox knows, quick enough to wait for.
var (
	plain = []string{"4242424242424242", "5555555555554444", "4000000000000077", "4242424242424242", "4000000000000002"}
	mixed = []string{
		"4242424242424242", "4000000000000077", "4000000000000002", "4242424242424242", "4000000000000333",
		"4242424242424242", "4000000000000341", "4000000000010209", "4000000000040305", "4242424242424242",
		"4000000000010506", "4000000000010605", "4000000000000077", "4242424242424242", "4000000000010407",
		"4000000000010902", "4000000000020208", "4000000000020307", "4000000000020406", "4242424242424242",
		"4000000000030108", "4000000000030207", "4000000000030405", "4000000000030603", "4000000000030702",
		"4242424242424242", "4000000000040107", "4000000000040206", "4000000000040404", "4000000000001000",
		"4242424242424242", "4000000000010704", "4000000000010803", "4242424242424242", "4000000000040503",
	}
)

// calm leaves out the cards that stop, crash or slow a plugin down.
func calm(cards []string) []string {
	return slices.DeleteFunc(slices.Clone(cards), func(card string) bool {
		return slices.Contains([]string{"4000000000000333", "4000000000000341", "4000000000020208", "4000000000020307", "4000000000030603", "4000000000030702", "4000000000010100"}, card)
	})
}

const manyThings = 1_000_000 // more than a test can buy

// fault is something that goes wrong while a shop is trading.
type fault struct {
	// breaks goes on until the context ends, and says how often it broke something.
	breaks func(ctx context.Context, s *stack, serve, worker *process) (times int)
	cards  []string
	few    bool // every purchase takes long
	// alone is set when all shops must notice, as when the whole process is killed.
	alone bool
	least int // how often it must have broken something
}

// TestFault breaks one thing after another while shoppers buy and staff captures, refunds and cancels, and then compares
// the shop's books with the bank's. HALUM_FAULTS_CHECKOUTS is how many purchases each gets at least, HALUM_FAULTS_KILLS
// how often plugins and processes are killed. With HALUM_FAULTS_AT_ONCE=1 the faults run side by side.
func TestFault(t *testing.T) {
	checkouts, kills := setting("HALUM_FAULTS_CHECKOUTS", 500), setting("HALUM_FAULTS_KILLS", 500)
	for _, c := range []struct {
		name string
		fault
	}{
		{"nothing but cards", fault{breaks: nothing, cards: mixed}},
		{"plugin killed", fault{breaks: killPlugin(kills), cards: mixed, least: kills}},
		{"plugin stopped", fault{breaks: stopPlugin, cards: plain, least: 2}},
		{"plugin slow", fault{breaks: nothing, few: true, cards: slices.Repeat([]string{"4000000000010100", "4000000000010100", "4000000000010100", "4000000000010100", "4242424242424242"}, 4)}},
		{"plugin in a crash loop", fault{breaks: crashLoop, cards: plain, least: 20}},
		{"app killed", fault{breaks: killApp(kills / 10), cards: mixed, alone: true, least: kills / 10}},
		{"Postgres restarted", fault{breaks: restartPostgres, cards: plain, alone: true, least: 3}},
		{"Redis flushed", fault{breaks: flushRedis, cards: mixed, least: 10}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if setting("HALUM_FAULTS_AT_ONCE", 0) > 0 {
				t.Parallel() // quicker, and the neighbours' times say nothing
			}
			c.try(t, checkouts)
		})
	}
}

func (f fault) try(t *testing.T, checkouts int) {
	if f.few {
		checkouts /= 5
	}
	const slug = "trading"
	s := newStack(t)
	openShop(t, s, slug, manyThings)
	serve, worker := s.start("serve"), s.start("worker")
	trade := newCrowd(t, s, serve.addr, slug, f.cards)
	var next *neighbour
	if !f.alone {
		next = newNeighbour(t, s, serve.addr)
		usual, enough := context.WithCancel(t.Context())
		var living sync.WaitGroup
		living.Go(func() { next.live(usual, "usual") })
		newCrowd(t, s, serve.addr, slug, calm(f.cards)).trade(usual, checkouts/2)
		enough()
		living.Wait()
	}

	trading, stopTrading := context.WithCancel(t.Context())
	breaking, stopBreaking := context.WithCancel(t.Context())
	var all, breaker sync.WaitGroup
	all.Go(func() { trade.trade(trading, 0) })
	if next != nil {
		all.Go(func() { next.live(trading, "during") })
	}
	times := 0
	breaker.Go(func() { times = f.breaks(breaking, s, serve, worker) })
	require.Eventually(t, func() bool { return trade.bought() >= checkouts }, 40*time.Minute, 50*time.Millisecond)
	if f.least > 0 {
		breaker.Wait() // it ends by itself
	}
	stopBreaking()
	breaker.Wait()
	stopTrading()
	all.Wait()
	t.Logf("broken %d times, answers: %v", times, trade.answers)
	require.GreaterOrEqual(t, times, f.least)

	s.settle(slug, 5*time.Minute)
	s.compareBooks(t, slug, manyThings)
	if next != nil {
		next.report(t)
		s.settle(next.slug, time.Minute)
	}
	require.Len(t, s.sandboxes(), 2, "one sandbox of serve and one of worker, and no orphan")
	require.Zero(t, zombies(serve.cmd.Process.Pid)+zombies(worker.cmd.Process.Pid))
}

func nothing(ctx context.Context, _ *stack, _, _ *process) int {
	<-ctx.Done()
	return 0
}

// pause waits a time between two bounds, and reports whether the context goes on.
func pause(ctx context.Context, least, most time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(least + mathrand.N(most-least)):
		return true
	}
}

func killPlugin(n int) func(context.Context, *stack, *process, *process) int {
	return func(ctx context.Context, s *stack, _, _ *process) (times int) {
		for times < n && pause(ctx, 20*time.Millisecond, 600*time.Millisecond) {
			if pids := s.sandboxes(); len(pids) > 0 && syscall.Kill(pids[mathrand.IntN(len(pids))], syscall.SIGKILL) == nil {
				times++
			}
		}
		return times
	}
}

// stopPlugin freezes all sandboxes until the host has replaced them.
func stopPlugin(ctx context.Context, s *stack, _, _ *process) (times int) {
	for times < 2 && pause(ctx, time.Second, 2*time.Second) {
		frozen := s.sandboxes()
		for _, pid := range frozen {
			_ = syscall.Kill(pid, syscall.SIGSTOP)
		}
		for gone := false; !gone && pause(ctx, 90*time.Millisecond, 100*time.Millisecond); {
			gone = !slices.ContainsFunc(frozen, func(pid int) bool { return slices.Contains(s.sandboxes(), pid) })
		}
		times++
	}
	return times
}

// crashLoop kills every sandbox as soon as it is there, for ten seconds.
func crashLoop(ctx context.Context, s *stack, _, _ *process) (times int) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for pause(ctx, time.Millisecond, 10*time.Millisecond) {
		for _, pid := range s.sandboxes() {
			if syscall.Kill(pid, syscall.SIGKILL) == nil {
				times++
			}
		}
	}
	return times
}

func killApp(n int) func(context.Context, *stack, *process, *process) int {
	return func(ctx context.Context, _ *stack, serve, worker *process) (times int) {
		for times < n && pause(ctx, 300*time.Millisecond, 1800*time.Millisecond) {
			serve.stop(syscall.SIGKILL)
			serve.begin()
			if times++; times%4 == 0 {
				worker.stop(syscall.SIGKILL)
				worker.begin()
			}
		}
		return times
	}
}

func restartPostgres(ctx context.Context, s *stack, _, _ *process) (times int) {
	_, port, err := net.SplitHostPort(s.pg.Addr())
	require.NoError(s.t, err)
	number, err := strconv.Atoi(port)
	require.NoError(s.t, err)
	for times < 3 && pause(ctx, 2*time.Second, 4*time.Second) {
		require.NoError(s.t, s.pg.Stop())
		s.pg, err = localpg.Start(context.WithoutCancel(ctx), s.cluster(number))
		require.NoError(s.t, err)
		times++
	}
	return times
}

// flushRedis empties Redis: caches, limits, tickets and what was on its way to sockets are gone.
func flushRedis(ctx context.Context, s *stack, _, _ *process) (times int) {
	for times < 10 && pause(ctx, 100*time.Millisecond, 500*time.Millisecond) {
		conn, err := net.Dial("tcp", s.redis)
		require.NoError(s.t, err)
		_, err = conn.Write([]byte("FLUSHALL\r\n"))
		require.NoError(s.t, err)
		answer := make([]byte, 5)
		_, err = io.ReadFull(conn, answer)
		require.NoError(s.t, err)
		require.Equal(s.t, "+OK\r\n", string(answer))
		require.NoError(s.t, conn.Close())
		times++
	}
	return times
}

// TestFaultWebhookStorm lets the bank send each event one to five times, shuffled, for a third of the payments before our
// own call returns, to two nodes, and compares the books. HALUM_FAULTS_WEBHOOKS is the number of payments.
func TestFaultWebhookStorm(t *testing.T) {
	payments := setting("HALUM_FAULTS_WEBHOOKS", 20_000)
	const slug = "storm"
	s := newStack(t)
	openShop(t, s, slug, manyThings)
	nodes := []*process{s.start("serve"), s.start("serve")}
	s.start("worker")
	began := time.Now()
	var both sync.WaitGroup
	for _, node := range nodes {
		both.Go(func() {
			trade := newCrowd(t, s, node.addr, slug, []string{"4000000000040305"})
			trade.pace = 0
			trade.trade(t.Context(), payments/2)
			t.Logf("answers of one node: %v", trade.answers)
		})
	}
	both.Wait()
	t.Logf("%d payments in %s", payments, time.Since(began).Round(time.Second))
	s.settle(slug, 20*time.Minute)
	s.compareBooks(t, slug, manyThings)
	copies, err := journal.Read(s.journal)
	require.NoError(t, err)
	sent := 0
	for _, r := range copies {
		if r.Kind == journal.KindWebhook && r.State == journal.Delivered {
			sent++
		}
	}
	t.Logf("%d webhooks delivered, %d events, in %s in all", sent, s.told(t), time.Since(began).Round(time.Second))
	require.Greater(t, int64(sent), s.told(t))
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
	require.NoError(t, buyer.fill(t.Context(), ids[0], 1))
	a, err = buyer.do(t.Context(), http.MethodPost, "/checkout", rand.Text(), checkoutBody("sandbox", "card", plain[0]))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, a.status, "%s", a.body)

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
