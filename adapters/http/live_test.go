package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/notification"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// note stores a notification for staff and, when push is set, tells all nodes.
func (s *stack) note(of tenant.Tenant, push bool) notification.Notification {
	s.t.Helper()
	var stored []notification.Notification
	n := notification.Notification{Topic: notification.StaffTopic, EventID: event.ID(id.New("evt", time.Now())), Kind: "order.confirmed", OrderID: "ord_x", Order: 7, Title: "New order #7", Body: "199.00 BDT", At: time.Now().UTC()}
	require.NoError(s.t, s.db.Update(s.t.Context(), of.ID, func(ctx context.Context, tx ports.Tx) (err error) {
		stored, err = tx.Notify(ctx, []notification.Notification{n})
		return err
	}))
	if push {
		payload, err := json.Marshal(stored[0])
		require.NoError(s.t, err)
		require.NoError(s.t, s.live.Publish(s.t.Context(), of.ID, n.Topic, payload))
	}
	return stored[0]
}

func (s *stack) staffTicket(of tenant.Tenant, user string) string {
	s.t.Helper()
	access, _, err := s.tokens.Sign(s.t.Context(), identity.Actor{Tenant: of.ID, Kind: identity.Staff, ID: user, Role: identity.Owner, Session: "ses_x"})
	require.NoError(s.t, err)
	var got Ticket
	s.do(call{"POST", hostOf(of), adminPath + "/live/tickets", nil, map[string]string{"Authorization": "Bearer " + access}}).is(201).into(&got)
	return got.Ticket
}

// dial opens a socket, and returns the status when it is refused.
func (s *stack) dial(host, query, origin string) (*websocket.Conn, *http.Response) {
	s.t.Helper()
	header := http.Header{"Host": {host}}
	if origin != "" {
		header.Set("Origin", origin)
	}
	conn, resp, err := websocket.DefaultDialer.DialContext(s.t.Context(), "ws://"+s.addr+"/ws?"+query, header)
	if err != nil {
		require.ErrorIs(s.t, err, websocket.ErrBadHandshake)
		return nil, resp
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	return conn, resp
}

type message struct {
	Type  string
	Seq   int64
	Title string
	Order int64 `json:"order_number"`
}

func next(t *testing.T, c *websocket.Conn) (m message) {
	t.Helper()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(10*time.Second)))
	require.NoError(t, c.ReadJSON(&m))
	return m
}

func closedWith(t *testing.T, c *websocket.Conn) int {
	t.Helper()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(20*time.Second)))
	for {
		_, _, err := c.ReadMessage()
		if err == nil {
			continue
		}
		var closed *websocket.CloseError
		require.ErrorAs(t, err, &closed)
		return closed.Code
	}
}

func TestSocketsReplayAndFollow(t *testing.T) {
	s := start(t)
	of, _ := s.configured(1)
	other, _ := s.configured(1)
	for range 3 {
		s.note(of, false)
	}
	page := "http://" + hostOf(of) + ":8080"
	c, _ := s.dial(hostOf(of), "last_seq=1&ticket="+s.staffTicket(of, "usr_1"), page)
	require.NotNil(t, c)
	require.Equal(t, int64(2), next(t, c).Seq)
	require.Equal(t, int64(3), next(t, c).Seq)
	s.note(other, true)
	s.note(of, true)
	m := next(t, c)
	require.Equal(t, message{Seq: 4, Title: "New order #7", Order: 7}, m)

	s.note(of, false) // its push is lost
	s.note(of, true)
	require.Equal(t, int64(5), next(t, c).Seq, "the gap is read from the database")
	last := next(t, c)
	require.Equal(t, int64(6), last.Seq)
	payload := fmt.Sprintf(`{"seq":%d,"title":"again"}`, last.Seq)
	require.NoError(t, s.live.Publish(t.Context(), of.ID, "staff", []byte(payload)))
	s.note(of, true)
	require.Equal(t, int64(7), next(t, c).Seq, "no message comes twice")

	s.note(of, false)
	s.server.hub.lookAll() // as after a gap in the channel
	require.Equal(t, int64(8), next(t, c).Seq)

	fresh, _ := s.dial(hostOf(of), "ticket="+s.staffTicket(of, "usr_1"), page)
	s.waitFor(2)
	got := make(chan int64, 1)
	go func() {
		var m message
		if fresh.ReadJSON(&m) == nil {
			got <- m.Seq
		}
	}()
	// It begins with what comes after it has begun to listen, and nobody outside knows when that was.
	for begun := time.Now(); time.Since(begun) < 10*time.Second; time.Sleep(50 * time.Millisecond) {
		s.note(of, true)
		select {
		case seq := <-got:
			require.GreaterOrEqual(t, seq, int64(9), "without last_seq there is no replay")
			return
		default:
		}
	}
	t.Fatal("the fresh socket heard nothing")
}

func (s *stack) waitFor(sockets int) {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return s.server.Sockets() == sockets }, 10*time.Second, 5*time.Millisecond)
}

func TestSocketsThatMissedTooMuchReadAnew(t *testing.T) {
	s := start(t)
	of, _ := s.configured(1)
	require.NoError(t, s.db.Update(t.Context(), of.ID, func(ctx context.Context, tx ports.Tx) error {
		for i := range 501 {
			n := notification.Notification{Topic: "staff", EventID: event.ID(fmt.Sprint("evt_", i)), Kind: "k", Title: "t", At: time.Now()}
			if _, err := tx.Notify(ctx, []notification.Notification{n}); err != nil {
				return err
			}
		}
		return nil
	}))
	c, _ := s.dial(hostOf(of), "last_seq=0&ticket="+s.staffTicket(of, "usr_1"), "")
	require.Equal(t, message{Type: "resync", Seq: 501}, next(t, c))
	s.note(of, true)
	require.Equal(t, int64(502), next(t, c).Seq)
	c, _ = s.dial(hostOf(of), "last_seq=2&ticket="+s.staffTicket(of, "usr_1"), "")
	for i := range 500 {
		require.Equal(t, int64(i+3), next(t, c).Seq)
	}
	c, _ = s.dial(hostOf(of), "last_seq=99999&ticket="+s.staffTicket(of, "usr_1"), "")
	require.Equal(t, "resync", next(t, c).Type, "a client that claims too much")
}

func TestSocketsAreRefused(t *testing.T) {
	s := start(t)
	of, _ := s.configured(1)
	other, _ := s.configured(1)
	own := "http://" + hostOf(of)
	status := func(host, query, origin string) int {
		c, resp := s.dial(host, query, origin)
		if c != nil {
			return http.StatusSwitchingProtocols
		}
		return resp.StatusCode
	}
	for _, origin := range []string{"http://" + hostOf(other), "https://evil.example", "null", "file:///x", own + ".evil.example"} {
		ticket := s.staffTicket(of, "usr_1")
		require.Equal(t, 403, status(hostOf(of), "ticket="+ticket, origin), origin)
	}
	ticket := s.staffTicket(of, "usr_1")
	require.Equal(t, 101, status(hostOf(of), "ticket="+ticket, own))
	require.Equal(t, 401, status(hostOf(of), "ticket="+ticket, own), "a ticket works once")
	require.Equal(t, 401, status(hostOf(of), "", own))
	require.Equal(t, 401, status(hostOf(other), "ticket="+s.staffTicket(of, "usr_1"), "http://"+hostOf(other)), "of another shop")
	require.Equal(t, 421, status("nobody.example", "ticket=x", own))
	require.Equal(t, 403, status("api."+pgtest.BaseDomain, "ticket="+s.staffTicket(of, "usr_1"), "http://"+hostOf(other)))
	require.Equal(t, 101, status("api."+pgtest.BaseDomain, "ticket="+s.staffTicket(of, "usr_1"), own))
	s.do(call{"GET", hostOf(of), "/ws", nil, nil}).is(426, "upgrade_required")
	for range userSockets {
		require.Equal(t, 101, status(hostOf(of), "ticket="+s.staffTicket(of, "usr_2"), own))
	}
	c, resp := s.dial(hostOf(of), "ticket="+s.staffTicket(of, "usr_2"), own)
	require.Nil(t, c)
	require.Equal(t, 503, resp.StatusCode)
	require.NotEmpty(t, resp.Header.Get("Retry-After"))
	require.NotContains(t, s.log.String(), ticket)
}

func TestSocketsEnd(t *testing.T) {
	s := start(t)
	of, _ := s.configured(1)
	open := func() *websocket.Conn {
		c, resp := s.dial(hostOf(of), "ticket="+s.staffTicket(of, id.Secret()), "")
		require.NotNil(t, c, resp)
		return c
	}
	c := open()
	require.NoError(t, c.WriteMessage(websocket.TextMessage, []byte(strings.Repeat("x", readLimit+1))))
	require.Equal(t, websocket.CloseMessageTooBig, closedWith(t, c))
	c = open()
	for range maxHeard {
		if c.WriteMessage(websocket.TextMessage, []byte("x")) != nil {
			break
		}
	}
	require.Equal(t, websocket.ClosePolicyViolation, closedWith(t, c))
	_ = open().Close() // the client just goes
	s.waitFor(0)

	c = open()
	s.waitFor(1)
	s.server.hub.mu.Lock()
	for k := range s.server.hub.sockets {
		k.end(closeSlow)
	}
	s.server.hub.mu.Unlock()
	require.Equal(t, 4008, closedWith(t, c))

	c = open()
	s.waitFor(1)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	s.server.hub.drain(ctx)
	require.NoError(t, ctx.Err())
	require.Equal(t, websocket.CloseServiceRestart, closedWith(t, c))
	_, resp := s.dial(hostOf(of), "ticket="+s.staffTicket(of, "usr_9"), "")
	require.Equal(t, 503, resp.StatusCode)
}

func TestASlowSocketIsClosed(t *testing.T) {
	s := start(t)
	k, err := s.server.hub.reserve(ports.Ticket{Tenant: "ten_a", Topics: []string{"staff"}, User: "u"}, -1)
	require.NoError(t, err)
	for i := range queueLength + 1 {
		s.server.hub.publish("ten_a", "staff", fmt.Appendf(nil, `{"seq":%d}`, i+1))
	}
	require.Equal(t, closeSlow, <-k.quit)
	s.server.hub.leave(k)
	s.server.hub.leave(k)
	require.Zero(t, s.server.Sockets())
	require.Empty(t, s.server.hub.channels)
	require.Empty(t, s.server.hub.users)
}

func TestTheChannelIsHeard(t *testing.T) {
	s := start(t)
	s.server.hub.lookAll()
	s.server.hub.heard.Store(0)
	require.Eventually(t, func() bool {
		return s.live.Publish(t.Context(), "", heartbeat, nil) == nil && s.server.hub.heard.Load() > 0
	}, 5*time.Second, 10*time.Millisecond)
}
