package shop_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/adapters/seal"
	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
	"github.com/halum-hut/halum/ports"
)

const hookSecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

// openKeys is the keyring of the store whose test runs: the plugin host outlives the stores.
type openKeys struct{ now atomic.Pointer[seal.Keyring] }

func (k *openKeys) SealFor(ctx context.Context, t tenant.ID, field string, plain []byte) ([]byte, error) {
	return k.now.Load().SealFor(ctx, t, field, plain)
}

func (k *openKeys) OpenFor(ctx context.Context, t tenant.ID, field string, sealed []byte) ([]byte, error) {
	return k.now.Load().OpenFor(ctx, t, field, sealed)
}

// withBank gives the shop a real door for webhooks and a merchant's account at the sandbox, where what happens by itself
// happens after 60 ms.
func (s *store) withBank() *store {
	s.t.Helper()
	sealer, err := seal.New(make([]byte, seal.KeySize))
	require.NoError(s.t, err)
	keys.now.Store(seal.NewKeyring(s.db, sealer, time.Now))
	account := s.account()
	sealed, err := keys.SealFor(s.t.Context(), s.tenant, account.SecretName("webhook_secret"), []byte(hookSecret))
	require.NoError(s.t, err)
	account.Config, account.Secrets = []byte(`{"settle_ms": 60}`), map[string]provider.Secret{"webhook_secret": {Sealed: sealed}}
	s.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveProviderAccount(ctx, account) })

	door := httptest.NewServer(http.HandlerFunc(s.receive))
	s.t.Cleanup(door.Close)
	s.hooks = door.URL
	return s
}

// receive is the route for webhooks without its limits.
func (s *store) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	in := ports.Webhook{Method: r.Method, URL: s.hooks + r.URL.String(), Header: map[string]string{}, Body: body, ReceivedAt: time.Now()}
	for name := range r.Header {
		in.Header[strings.ToLower(name)] = r.Header.Get(name)
	}
	parts := strings.Split(r.URL.Path, "/")
	if err == nil {
		_, err = s.inbox.Receive(r.Context(), s.tenant, parts[len(parts)-2], provider.Mode(parts[len(parts)-1]), in)
	}
	s.received.Add(1)
	if err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
	}
}

// about are the reactions that move money; the others tell people.
var about = []string{reactions.Resolve, reactions.ResolveMove, reactions.ReturnMoney, reactions.TakeEvent}

// work does what a worker does, until nothing is left that can be done now. Each reaction is done twice, as a worker
// does that dies before its bookkeeping.
func (s *store) work() {
	s.t.Helper()
	for busy := true; busy; {
		busy = false
		for _, row := range pgtest.Texts(s.t, s.tenant, `select id || ' ' || kind from events order by id`) {
			name, kind, _ := strings.Cut(row, " ")
			for _, r := range reactions.Routes(kind) {
				job := ports.ReactionJob{Tenant: s.tenant, Event: event.ID(name), Reaction: r.Name}
				if s.done[job] || !slices.Contains(about, r.Name) {
					continue
				}
				for range 2 {
					again, err := s.reactions.Run(s.t.Context(), job)
					require.NoError(s.t, err)
					s.done[job] = again == 0
				}
				busy = busy || s.done[job]
			}
		}
	}
}

// until works until the order's state is as wanted.
func (s *store) until(of order.ID, want func(settle.State) bool) settle.State {
	s.t.Helper()
	var st settle.State
	require.Eventually(s.t, func() bool {
		s.work()
		st = s.state(of)
		return want(st)
	}, 20*time.Second, 20*time.Millisecond, "order %s, payments %+v, moves %+v", st.Order.Status, st.Payments, st.Moves)
	return st
}

func (s *store) state(of order.ID) (st settle.State) {
	s.t.Helper()
	require.NoError(s.t, s.db.View(s.t.Context(), s.tenant, func(ctx context.Context, v ports.View) error {
		o, err := v.Order(ctx, of)
		require.NoError(s.t, err)
		st, err = settle.ReadAll(ctx, v, o)
		return err
	}))
	return st
}

// buy orders two songs for ৳20.00.
func (s *store) buy(card string) (settle.State, error) {
	guest := identity.GuestOf(s.tenant)
	st, _, err := s.place(guest, s.fill(guest), id.Secret(), card)
	return st, err
}

func (s *store) bought(card string) settle.State {
	s.t.Helper()
	st, err := s.buy(card)
	require.NoError(s.t, err)
	return st
}

// atBank is what the bank's books say of a payment.
func (s *store) atBank(p payment.ID) journal.Payment {
	s.t.Helper()
	got, err := s.bank.Get(s.t.Context(), journal.ID{Tenant: string(s.tenant), Mode: string(provider.Test), Key: string(p)})
	require.NoError(s.t, err)
	return got
}

// tallies checks that payment, moves, ledger and bank agree about every payment of the shop, and that nothing changes
// when all that happened is worked on once more.
func (s *store) tallies(except ...string) {
	s.t.Helper()
	before := pgtest.Texts(s.t, s.tenant, `select id || status || captured || ' ' || refunded || ' ' || refunding || ' ' || version from payments order by id`)
	clear(s.done)
	s.work()
	require.Equal(s.t, before, pgtest.Texts(s.t, s.tenant, `select id || status || captured || ' ' || refunded || ' ' || refunding || ' ' || version from payments order by id`))
	report, err := s.settler.Reconcile(s.t.Context(), s.tenant, settle.Reconcile{To: time.Now().Add(time.Hour)})
	require.NoError(s.t, err)
	for _, f := range report.Findings {
		require.Contains(s.t, except, f.Kind, "%+v", f)
	}
	require.Empty(s.t, pgtest.Texts(s.t, s.tenant, `select payment_id || ' ' || currency || ' ' || sum(amount) from ledger_entries group by payment_id, currency having sum(amount) <> 0`))
}

func (s *store) left() int64 {
	s.t.Helper()
	var left int64
	require.NoError(s.t, s.db.View(s.t.Context(), s.tenant, func(ctx context.Context, v ports.View) error {
		offers, err := v.Offers(ctx, []catalog.VariantID{s.variant})
		left = offers[s.variant].Available
		return err
	}))
	return left
}
