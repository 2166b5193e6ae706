package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"

	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/notification"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

const (
	pingEvery   = 25 * time.Second
	pongWithin  = 10 * time.Second
	writeWithin = 5 * time.Second
	readLimit   = 4 << 10
	maxHeard    = 1000             // messages a client may send: the protocol has none
	maxLife     = 30 * time.Minute // then the client needs a new ticket, and so a session that still lives
)

// farewell is why a socket is closed.
type farewell struct {
	code   int
	reason string
}

var (
	closeSlow    = farewell{4008, "too slow: connect again in 2 seconds"}
	closeOld     = farewell{4001, "connect again with a new ticket"}
	closeRestart = farewell{websocket.CloseServiceRestart, "connect again"}
	closeBroken  = farewell{websocket.CloseTryAgainLater, "connect again in a moment"}
	closeNoisy   = farewell{websocket.ClosePolicyViolation, "this socket only listens"}
)

// pushed is a message as it came over the channel between nodes.
type pushed struct {
	topic   string
	seq     int64
	payload []byte
}

// socket is one connection. Its maps belong to the one goroutine that writes.
type socket struct {
	hub    *hub
	ticket ports.Ticket
	asked  int64 // the client's last_seq, -1 for none
	last   map[string]int64
	queue  chan pushed
	look   chan struct{}
	quit   chan farewell
	unused *time.Timer
}

func (k *socket) end(why farewell) {
	select {
	case k.quit <- why:
	default:
	}
}

// socket opens a connection: with a fresh ticket, from a page of the shop.
func (s *Server) socket(c *fiber.Ctx) error {
	if !websocket.IsWebSocketUpgrade(c) {
		return errUpgrade
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), writeWithin)
	defer cancel()
	r := requestOn(c)
	if r.known {
		if err := s.checkOrigin(ctx, c, r.tenant.ID); err != nil {
			return err
		}
	}
	ticket, err := s.d.Tickets.Redeem(ctx, string(c.Context().QueryArgs().Peek("ticket")))
	if err != nil {
		return err
	}
	if r.known && ticket.Tenant != r.tenant.ID {
		return ports.ErrTicket
	}
	if !r.known { // on the platform's host the ticket names the shop
		if err := s.checkOrigin(ctx, c, ticket.Tenant); err != nil {
			return err
		}
	}
	last, err := strconv.ParseInt(string(c.Context().QueryArgs().Peek("last_seq")), 10, 64)
	if err != nil {
		last = -1
	}
	k, err := s.hub.reserve(ticket, last)
	if err != nil {
		return err
	}
	if err := websocket.New(k.serve, websocket.Config{HandshakeTimeout: writeWithin, RecoverHandler: s.socketPanicked})(c); err != nil {
		s.hub.leave(k)
		return errUpgrade
	}
	return nil
}

// checkOrigin refuses pages of other sites. Programs send no Origin; they are held by the ticket alone.
func (s *Server) checkOrigin(ctx context.Context, c *fiber.Ctx, t tenant.ID) error {
	origin := string(c.Request().Header.Peek(fiber.HeaderOrigin))
	if origin == "" {
		return nil
	}
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return errOrigin
	}
	hosts, err := s.d.Tenants.Hosts(ctx, t)
	if err != nil {
		return err
	}
	if host := tenant.NormalHost(u.Host); host == "" || !slices.Contains(hosts, host) {
		return errOrigin
	}
	return nil
}

func (s *Server) socketPanicked(*websocket.Conn) {
	if p := recover(); p != nil {
		s.d.Log.Error("panic in a socket", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	}
}

// serve reads until the connection ends, beside one goroutine that writes. It returns after the writer has: the
// connection is used again for others afterwards.
func (k *socket) serve(conn *websocket.Conn) {
	defer k.hub.leave(k)
	if !k.unused.Stop() {
		return // its place was given away
	}
	conn.SetReadLimit(readLimit)
	alive := func(string) error { return conn.SetReadDeadline(time.Now().Add(pingEvery + pongWithin)) }
	conn.SetPongHandler(alive)
	_ = alive("")
	ctx, cancel := context.WithCancel(k.hub.server.base)
	written := make(chan struct{})
	defer func() { cancel(); <-written }()
	go func() {
		defer close(written)
		defer func() { _ = conn.SetReadDeadline(time.Now()) }() // wakes the reader
		defer k.hub.server.socketPanicked(conn)
		k.write(ctx, conn)
	}()
	for range maxHeard {
		// Reading whole messages counts the parts of a fragmented one against the limit.
		if _, _, err := conn.ReadMessage(); err != nil {
			return
		}
	}
	k.end(closeNoisy)
	<-written
}

// write is the only one that writes.
func (k *socket) write(ctx context.Context, conn *websocket.Conn) {
	why, err := k.run(ctx, conn)
	if err != nil && ctx.Err() == nil {
		k.hub.server.d.Log.Debug("a socket ended", "tenant", string(k.ticket.Tenant), "error", err)
	}
	if why.code != 0 {
		_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(why.code, why.reason), time.Now().Add(writeWithin))
	}
}

func (k *socket) run(ctx context.Context, conn *websocket.Conn) (farewell, error) {
	for _, topic := range k.ticket.Topics {
		if err := k.begin(ctx, conn, topic); err != nil {
			return closeBroken, err
		}
	}
	ping, life := time.NewTicker(pingEvery), time.NewTimer(maxLife)
	defer ping.Stop()
	defer life.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return farewell{websocket.CloseGoingAway, ""}, nil
		case why := <-k.quit:
			return why, nil
		case <-life.C:
			return closeOld, nil
		case <-ping.C:
			err = conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWithin))
		case m := <-k.queue:
			err = k.pass(ctx, conn, m)
		case <-k.look:
			for _, topic := range k.ticket.Topics {
				if err == nil {
					err = k.catchUp(ctx, conn, topic)
				}
			}
		}
		if err != nil {
			return closeBroken, err
		}
	}
}

// begin finds where the client stands in a topic and sends what it missed. Live messages wait in the queue meanwhile.
func (k *socket) begin(ctx context.Context, conn *websocket.Conn, topic string) error {
	if k.asked >= 0 {
		k.last[topic] = k.asked
		return k.catchUp(ctx, conn, topic)
	}
	var err error
	k.last[topic], err = k.newest(ctx, topic)
	return err
}

// pass sends a live message when it is the next one. After a gap the database has what is missing, and this one too.
func (k *socket) pass(ctx context.Context, conn *websocket.Conn, m pushed) error {
	switch last := k.last[m.topic]; {
	case m.seq <= last:
		return nil
	case m.seq > last+1:
		return k.catchUp(ctx, conn, m.topic)
	}
	k.last[m.topic] = m.seq
	return send(conn, m.payload)
}

// catchUp sends everything after the last sequence, or asks the client to read anew when that is too much, and also when
// the client claims to have seen what does not exist.
func (k *socket) catchUp(ctx context.Context, conn *websocket.Conn, topic string) error {
	newest, err := k.newest(ctx, topic)
	if err != nil || newest == k.last[topic] {
		return err
	}
	if newest < k.last[topic] || newest-k.last[topic] > shop.ReplayLimit {
		k.last[topic] = newest
		return send(conn, []byte(`{"type":"resync","seq":`+strconv.FormatInt(newest, 10)+`,"topic":`+strconv.Quote(topic)+`}`))
	}
	var all []notification.Notification
	err = k.read(ctx, func(ctx context.Context, live *shop.Live) error {
		all, err = live.Replay(ctx, k.ticket.Tenant, topic, k.last[topic])
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range all {
		text, err := json.Marshal(n)
		if err != nil {
			return err
		}
		k.last[topic] = n.Seq
		if err := send(conn, text); err != nil {
			return err
		}
	}
	return nil
}

func (k *socket) newest(ctx context.Context, topic string) (seq int64, err error) {
	err = k.read(ctx, func(ctx context.Context, live *shop.Live) error {
		seq, err = live.Newest(ctx, k.ticket.Tenant, topic)
		return err
	})
	return seq, err
}

// read takes its turn at the database: after an outage all sockets come at once.
func (k *socket) read(ctx context.Context, fn func(context.Context, *shop.Live) error) error {
	select {
	case k.hub.reads <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-k.hub.reads }()
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	return fn(ctx, k.hub.server.d.Shop.Live)
}

func send(conn *websocket.Conn, text []byte) error {
	if err := conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	return conn.WriteMessage(websocket.TextMessage, text)
}
