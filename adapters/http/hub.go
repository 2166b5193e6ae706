package httpapi

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Caps and rhythm of sockets.
const (
	userSockets   = 5
	tenantSockets = 2_000
	nodeSockets   = 20_000
	queueLength   = 128
	pollEvery     = 10 * time.Second
	readsAtOnce   = 8 // catch-ups on the database of one node
	startWithin   = 30 * time.Second
	drainWithin   = 5 * time.Second
)

// heartbeat is a topic no tenant has: hearing our own messages on it shows that the channel between nodes works.
const heartbeat = "heartbeat"

type channel struct {
	tenant tenant.ID
	topic  string
}

// hub knows the sockets of this node. Messages are hints: every socket keeps the sequence of its topic and reads the
// database when something is missing.
type hub struct {
	server *Server
	reads  chan struct{}
	heard  atomic.Int64 // when anything last came over the channel, in Unix nanoseconds

	mu       sync.Mutex
	closing  bool
	total    int
	tenants  map[tenant.ID]int
	users    map[channel]int // by the ticket's user
	channels map[channel]map[*socket]struct{}
	sockets  map[*socket]struct{}
	empty    chan struct{} // closed when closing and nobody is left
}

func newHub(s *Server) *hub {
	h := &hub{
		server: s, reads: make(chan struct{}, readsAtOnce), tenants: map[tenant.ID]int{}, users: map[channel]int{},
		channels: map[channel]map[*socket]struct{}{}, sockets: map[*socket]struct{}{}, empty: make(chan struct{}),
	}
	h.heard.Store(s.d.Now().UnixNano())
	return h
}

// reserve takes a place for a socket. A connection that is never upgraded gives it back by itself.
func (h *hub) reserve(t ports.Ticket, last int64) (*socket, error) {
	user := channel{t.Tenant, t.User}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing || h.total >= nodeSockets || h.tenants[t.Tenant] >= tenantSockets || h.users[user] >= userSockets {
		return nil, &retryLater{errSockets, time.Second + rand.N(4*time.Second)} //nolint:gosec // it only spreads retries
	}
	k := &socket{
		hub: h, ticket: t, asked: last, last: map[string]int64{}, queue: make(chan pushed, queueLength),
		look: make(chan struct{}, 1), quit: make(chan farewell, 1),
	}
	h.total++
	h.tenants[t.Tenant]++
	h.users[user]++
	h.sockets[k] = struct{}{}
	for _, topic := range t.Topics {
		c := channel{t.Tenant, topic}
		if h.channels[c] == nil {
			h.channels[c] = map[*socket]struct{}{}
		}
		h.channels[c][k] = struct{}{}
	}
	k.unused = time.AfterFunc(startWithin, func() { h.leave(k) })
	return k, nil
}

// leave gives a socket's place back, once.
func (h *hub) leave(k *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, in := h.sockets[k]; !in {
		return
	}
	delete(h.sockets, k)
	h.total--
	drop(h.tenants, k.ticket.Tenant)
	drop(h.users, channel{k.ticket.Tenant, k.ticket.User})
	for _, topic := range k.ticket.Topics {
		c := channel{k.ticket.Tenant, topic}
		if delete(h.channels[c], k); len(h.channels[c]) == 0 {
			delete(h.channels, c)
		}
	}
	if h.closing && h.total == 0 {
		close(h.empty)
	}
}

func drop[K comparable](counts map[K]int, k K) {
	if counts[k]--; counts[k] <= 0 {
		delete(counts, k)
	}
}

// publish hands a message to the sockets of its topic. A socket whose queue is full is closed: it comes back and reads
// what it missed.
func (h *hub) publish(t tenant.ID, topic string, payload []byte) {
	h.heard.Store(h.server.d.Now().UnixNano())
	if t == "" {
		return
	}
	var head struct {
		Seq int64 `json:"seq"`
	}
	if err := json.Unmarshal(payload, &head); err != nil || head.Seq <= 0 {
		h.server.d.Log.Warn("unreadable live message", "tenant", string(t), "topic", topic)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for k := range h.channels[channel{t, topic}] {
		select {
		case k.queue <- pushed{topic, head.Seq, payload}:
		default:
			k.end(closeSlow)
		}
	}
}

// lookAll makes every socket look into the database.
func (h *hub) lookAll() {
	h.heard.Store(h.server.d.Now().UnixNano())
	h.lookNow()
}

func (h *hub) lookNow() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for k := range h.sockets {
		select {
		case k.look <- struct{}{}:
		default:
		}
	}
}

// watch notices that the channel between nodes is silent, and lets sockets poll the database until it is back.
func (h *hub) watch(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		beat, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := h.server.d.Live.Publish(beat, "", heartbeat, nil)
		cancel()
		silent := h.server.d.Now().UnixNano()-h.heard.Load() > int64(2*pollEvery)
		if err != nil || silent {
			h.lookNow()
		}
	}
}

// Sockets is how many are open on this node.
func (s *Server) Sockets() int {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.hub.total
}

// drain asks all sockets to connect elsewhere, spread over a while so that they do not all come at once.
func (h *hub) drain(ctx context.Context) {
	h.mu.Lock()
	if !h.closing {
		if h.closing = true; h.total == 0 {
			close(h.empty)
		}
	}
	spread := min(drainWithin, time.Duration(h.total)*2*time.Millisecond)
	for k := range h.sockets {
		wait := time.Duration(0)
		if spread > 0 {
			wait = rand.N(spread) //nolint:gosec // it only spreads them
		}
		time.AfterFunc(wait, func() { k.end(closeRestart) })
	}
	h.mu.Unlock()
	select {
	case <-h.empty:
	case <-ctx.Done():
	}
}
