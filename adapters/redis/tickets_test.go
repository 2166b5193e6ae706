package redis

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/ports"
)

var ticket = ports.Ticket{Tenant: "ten_a", Topics: []string{"staff", "customer:cus_1"}, User: "stf_1"}

func TestTicketOpensOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, url string) {
		tickets := NewTickets(open(t, url))
		secret, err := tickets.Issue(t.Context(), ticket)
		require.NoError(t, err)
		require.Len(t, secret, 26)

		keys, err := tickets.client.rdb.Keys(t.Context(), "*").Result()
		require.NoError(t, err)
		require.Len(t, keys, 1)
		require.NotContains(t, keys[0], secret)
		require.Equal(t, ticketLifetime, tickets.client.rdb.TTL(t.Context(), keys[0]).Val())

		var opened atomic.Int32
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if got, err := tickets.Redeem(t.Context(), secret); err == nil {
					opened.Add(1)
					require.Equal(t, ticket, got)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, opened.Load())
		for _, bad := range []string{secret, "", "*", strings.Repeat("a", 26), strings.Repeat("a", 1<<20)} {
			_, err = tickets.Redeem(t.Context(), bad)
			require.ErrorIs(t, err, ports.ErrTicket)
		}
	})
}

func TestTicketIsForgotten(t *testing.T) {
	s := startServer(t)
	tickets := NewTickets(open(t, s.url()))
	secret, err := tickets.Issue(t.Context(), ticket)
	require.NoError(t, err)
	require.NoError(t, tickets.client.rdb.FlushAll(t.Context()).Err())
	_, err = tickets.Redeem(t.Context(), secret)
	require.ErrorIs(t, err, ports.ErrTicket)

	s.kill()
	_, err = tickets.Issue(t.Context(), ticket)
	require.ErrorIs(t, err, ports.ErrLive)
	_, err = tickets.Redeem(t.Context(), secret)
	require.ErrorIs(t, err, ports.ErrLive)
	require.NotContains(t, err.Error(), secret)
	s.start()
	_, err = tickets.Issue(t.Context(), ticket)
	require.NoError(t, err)
}

func TestOpen(t *testing.T) {
	for _, bad := range []string{"", "http://x", "redis://:canary@%zz"} {
		_, err := Open(bad)
		require.ErrorContains(t, err, "redis://user:password@host:6379/0")
		require.NotContains(t, err.Error(), "canary")
	}
}
