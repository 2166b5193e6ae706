package shop_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
	"github.com/halum-hut/halum/ports"
)

// These tests leave a checkout as a crash would leave it, on a real Postgres and with the real sandbox, and look how it
// ends. The faults of whole processes are tested by `make faults`.

var (
	closers     []func()
	keys        = new(openKeys)
	journalPath string // of the sandbox
)

func TestMain(m *testing.M) {
	code := m.Run()
	for _, c := range closers {
		c()
	}
	os.Exit(code)
}

// plugins builds and starts the sandbox, and the plugin for cash, once for all tests of the package.
var plugins = sync.OnceValues(func() (*pluginhost.Host, error) {
	dir, err := os.MkdirTemp("", "shop-plugins-")
	if err != nil {
		return nil, err
	}
	module := "github.com/halum-hut/halum/plugins/"
	build := exec.Command("go", "build", "-o", dir+"/", module+"payment-sandbox", module+"payment-manual")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the plugin: %w\n%s", err, out)
	}
	found, err := pluginhost.LoadCatalog(dir, map[string][]string{"payment-sandbox": {"--journal", filepath.Join(dir, "journal.jsonl")}})
	if err != nil {
		return nil, err
	}
	found.Grant("payment-sandbox", pluginhost.Grants{Write: []string{dir}})
	journalPath = filepath.Join(dir, "journal.jsonl")
	host := pluginhost.New(found, pluginhost.Options{
		Logger: slog.New(slog.DiscardHandler), Keyring: keys, ChargeTimeout: 2 * time.Second, MaxRestarts: 1000,
		BackoffMin: 10 * time.Millisecond, BackoffMax: 50 * time.Millisecond,
	})
	closers = append(closers, host.Stop, func() { _ = os.RemoveAll(dir) })
	return host, host.Start(context.Background())
})

const stock = 10

// store is a shop with one product that is not shipped, and a shopper's way through it.
type store struct {
	t       *testing.T
	db      *postgres.DB
	host    *pluginhost.Host
	tenant  tenant.ID
	variant catalog.VariantID
	settler *settle.Settler
	shop    *shop.Shop
	hooks   string        // where providers may send news; "" for nowhere
	late    time.Duration // how far the clock is ahead

	inbox     *settle.Inbox
	received  atomic.Int64 // webhooks
	reactions *reactions.Reactions
	done      map[ports.ReactionJob]bool
	bank      *bank.Bank
}

func newStore(t *testing.T) *store {
	host, err := plugins()
	require.NoError(t, err)
	s := &store{t: t, db: pgtest.New(t), host: host, variant: catalog.VariantID(id.New("var", time.Now()))}
	s.tenant = pgtest.Tenant(t, s.db).ID
	clock := func() time.Time { return time.Now().Add(s.late) }
	s.settler = settle.New(s.db, host, clock)
	s.shop = shop.New(shop.Deps{Store: s.db, Payments: host, Shipping: host, Settler: s.settler, Forget: forgetful{}, Now: clock})
	s.inbox = settle.NewInbox(s.db, host, s.settler)
	s.reactions = reactions.New(reactions.Deps{Store: s.db, Registry: s.db, Settler: s.settler, Inbox: s.inbox, Now: clock})
	s.done = map[ports.ReactionJob]bool{}
	books, err := journal.Open(journalPath, time.Now)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, books.Close()) })
	s.bank = bank.New(books, time.Now)
	s.update(func(ctx context.Context, tx ports.Tx) error {
		return tx.SaveProducts(ctx, []catalog.Product{{
			ID: catalog.ProductID(id.New("prod", time.Now())), Slug: "song", Title: "Song", Status: catalog.Active,
			Variants: []catalog.Variant{{ID: s.variant, Price: money.New(1000, "BDT"), Stock: catalog.StockPolicy{Tracked: true, OnHand: stock}}},
		}})
	})
	return s
}

// forgetful is a node without caches.
type forgetful struct{ ports.Invalidation }

func (forgetful) Forget(context.Context, string) error { return nil }

func (s *store) update(fn func(context.Context, ports.Tx) error) {
	s.t.Helper()
	require.NoError(s.t, s.db.Update(s.t.Context(), s.tenant, fn))
}

func (s *store) fill(by identity.Actor) (token string) {
	s.t.Helper()
	view, err := s.shop.Carts.Add(s.t.Context(), by, "", shop.Adding{Variant: s.variant, Quantity: 2}, nil)
	require.NoError(s.t, err)
	return view.Token
}

func (s *store) place(by identity.Actor, token, key, number string) (settle.State, *app.Once, error) {
	once := &app.Once{Once: ports.Once{Key: key, Scope: "test", Fingerprint: []byte("same")}}
	st, err := s.shop.Checkout.Place(s.t.Context(), by, shop.PlaceOrder{
		CartToken: token, Email: "a@b.example", Provider: "sandbox", Method: method(number), ReturnURL: "http://shop.test/return",
		HooksURL: s.hooks,
	}, once)
	return st, once, err
}

func method(number string) payment.Method {
	return payment.Method{Kind: "card", Fields: map[string]string{"card_number": number, "card_expiry": "12/40", "card_cvc": "123"}}
}

// crash leaves what a request leaves that died between its two transactions: order, held stock and intent.
func (s *store) crash() settle.State {
	s.t.Helper()
	now := time.Now()
	o, err := order.Place(order.Draft{
		ID: order.ID(id.New("ord", now)), Secret: id.Secret(), Email: "a@b.example", Provider: "sandbox",
		Cart: cart.Priced{ID: cart.ID(id.New("cart", now)), Currency: "BDT", Ready: true, Subtotal: money.New(2000, "BDT"), Lines: []cart.PricedLine{{
			Offer: catalog.Offer{Variant: s.variant, Title: "Song", Price: money.New(1000, "BDT")}, Quantity: 2, Price: money.New(1000, "BDT"), Total: money.New(2000, "BDT"),
		}}},
	}, now)
	require.NoError(s.t, err)
	p := payment.New(payment.ID(id.New("pay", now)), string(o.ID), s.account(), "card", o.Total, now)
	s.update(func(ctx context.Context, tx ports.Tx) error {
		if _, _, err := tx.Reserve(ctx, inventory.Reservation{Reference: string(o.ID), Lines: o.Stock()}); err != nil {
			return err
		}
		o.Number, err = tx.PlaceOrder(ctx, o, p)
		return err
	})
	return settle.State{Order: o, Payment: p, Payments: []payment.Payment{p}}
}

func (s *store) account() provider.Account {
	return provider.Account{Tenant: s.tenant, Kind: provider.Payment, Plugin: "sandbox", Mode: provider.Test}
}

// away is an account whose plugin does not run.
func (s *store) away() provider.Account {
	return provider.Account{Tenant: s.tenant, Kind: provider.Payment, Plugin: "away", Mode: provider.Test}
}

func (s *store) create(st settle.State, number string) ports.CreatePayment {
	return ports.CreatePayment{Payment: st.Payment, Method: method(number), OrderNumber: "#1", ReturnURL: "http://shop.test/return"}
}

// ends checks order, payment, what the provider says, and the stock that is left.
func (s *store) ends(o order.ID, status order.Status, paid payment.Status, outcome payment.Outcome, left int64) {
	s.t.Helper()
	require.NoError(s.t, s.db.View(s.t.Context(), s.tenant, func(ctx context.Context, v ports.View) error {
		got, err := v.Order(ctx, o)
		require.NoError(s.t, err)
		st, err := settle.Read(ctx, v, got)
		require.NoError(s.t, err)
		p := st.Payment
		offers, err := v.Offers(ctx, []catalog.VariantID{s.variant})
		require.NoError(s.t, err)
		r, err := s.host.For(s.account()).Payment(ctx, p)
		require.NoError(s.t, err)
		require.Equal(s.t, []any{status, paid, outcome, left}, []any{got.Status, p.Status, r.Outcome, offers[s.variant].Available})
		return nil
	}))
}

func TestAnErrorOfALaterCallCancelsNothing(t *testing.T) {
	s := newStore(t)
	st := s.crash()
	r, err := s.host.For(s.account()).Create(t.Context(), s.create(st, "4242424242424242")) // the call of the request that died
	require.NoError(t, err)
	require.Equal(t, payment.Captured, r.Outcome)

	s.late = settle.Lease // a repeat takes over, and its provider is away
	st, err = s.settler.Pay(t.Context(), s.away(), s.create(st, "4242424242424242"), st, nil)
	require.NoError(t, err)
	s.ends(st.Order.ID, order.Pending, payment.Created, payment.Captured, stock-2)

	again, err := s.settler.Resolve(t.Context(), s.tenant, st.Order.ID)
	require.NoError(t, err)
	require.Zero(t, again)
	s.ends(st.Order.ID, order.Confirmed, payment.Paid, payment.Captured, stock-2)
}

func TestAnErrorOfTheFirstCallCancels(t *testing.T) {
	s := newStore(t)
	st := s.crash()
	st, err := s.settler.Pay(t.Context(), s.away(), s.create(st, "4242424242424242"), st, nil)
	require.ErrorIs(t, err, payment.ErrUnavailable)
	s.ends(st.Order.ID, order.Cancelled, payment.Refused, payment.NoSuchPayment, stock)
}

func TestACallStillOnItsWayFindsTheDoorShut(t *testing.T) {
	s := newStore(t)
	st := s.crash()
	_, err := s.settler.Resolve(t.Context(), s.tenant, st.Order.ID)
	require.NoError(t, err)
	s.ends(st.Order.ID, order.Cancelled, payment.Cancelled, payment.Voided, stock)

	_, err = s.settler.Pay(t.Context(), s.account(), s.create(st, "4242424242424242"), st, nil)
	require.ErrorIs(t, err, payment.ErrDeclined)
	s.ends(st.Order.ID, order.Cancelled, payment.Cancelled, payment.Voided, stock)
}

func TestAnAuthorisationIsCapturedOnce(t *testing.T) {
	s := newStore(t)
	st := s.crash()
	st, err := s.settler.Pay(t.Context(), s.account(), s.create(st, "4000000000000077"), st, nil)
	require.NoError(t, err)
	s.ends(st.Order.ID, order.Confirmed, payment.Reserved, payment.Authorized, stock-2)
	for range 2 {
		_, err = s.settler.Capture(t.Context(), s.tenant, settle.MoveMoney{Order: st.Order.ID, By: "usr_1"})
		require.NoError(t, err)
		s.ends(st.Order.ID, order.Confirmed, payment.Paid, payment.Captured, stock-2)
	}
}

func TestACheckoutIsRepeated(t *testing.T) {
	s := newStore(t)
	guest, customer := identity.GuestOf(s.tenant), identity.Actor{Tenant: s.tenant, Kind: identity.Customer, ID: id.New("cus", time.Now())}
	s.update(func(ctx context.Context, tx ports.Tx) error {
		return tx.SaveCustomer(ctx, newCustomer(customer.ID))
	})
	for name, c := range map[string]struct {
		by     identity.Actor
		token  bool
		number string
		want   error
	}{
		"a guest, paid":              {guest, true, "4242424242424242", nil},
		"a guest, declined":          {guest, true, "4000000000000002", payment.ErrDeclined},
		"a guest, another amount":    {guest, true, "4000000000001000", payment.ErrAmountDiffers},
		"a customer without a token": {customer, false, "4242424242424242", nil},
	} {
		t.Run(name, func(t *testing.T) {
			token := s.fill(c.by)
			if !c.token {
				token = ""
			}
			key := id.Secret()
			first, once, err := s.place(c.by, token, key, c.number)
			require.ErrorIs(t, err, c.want)
			require.False(t, once.Replayed)
			for range 2 {
				again, once, err := s.place(c.by, token, key, c.number)
				require.ErrorIs(t, err, c.want)
				require.True(t, once.Replayed)
				require.Equal(t, first.Order.ID, again.Order.ID)
				require.Equal(t, first.Payment.Status, again.Payment.Status)
			}
			_, _, err = s.place(c.by, token, id.Secret(), "4242424242424242")
			switch {
			case errors.Is(c.want, payment.ErrDeclined):
				require.NoError(t, err, "another try is another order")
			case token == "":
				require.ErrorIs(t, err, cart.ErrNotFound)
			default:
				require.ErrorIs(t, err, cart.ErrOrdered)
			}
		})
	}
}

// TestManyClicks sends one checkout many times at once, with one key and with many: one order comes of it, charged once.
func TestManyClicks(t *testing.T) {
	s := newStore(t)
	guest, key := identity.GuestOf(s.tenant), id.Secret()
	token := s.fill(guest)
	var wg sync.WaitGroup
	var mu sync.Mutex
	orders := map[order.ID]bool{}
	for i := range 12 {
		wg.Go(func() {
			k := key
			if i%3 == 0 {
				k = id.Secret()
			}
			st, _, err := s.place(guest, token, k, "4242424242424242")
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				orders[st.Order.ID] = true
			}
		})
	}
	wg.Wait()
	require.Len(t, orders, 1)
	for o := range orders {
		s.ends(o, order.Confirmed, payment.Paid, payment.Captured, stock-2)
	}
}

func newCustomer(name string) account.Account {
	return account.Account{ID: name, Email: name + "@b.example", Name: "Rina", PasswordHash: "none", CreatedAt: time.Now()}
}

func TestADisabledProviderTakesNoNewOrders(t *testing.T) {
	s := newStore(t)
	guest := identity.GuestOf(s.tenant)
	token := s.fill(guest)
	s.update(func(ctx context.Context, tx ports.Tx) error {
		off := s.account()
		off.Disabled = true
		return tx.SaveProviderAccount(ctx, off)
	})
	_, _, err := s.place(guest, token, "k", "4242424242424242")
	require.ErrorIs(t, err, payment.ErrNoProvider)
	options, err := s.shop.Checkout.Options(t.Context(), guest, token, shipping.Address{Country: "BD"})
	require.NoError(t, err)
	for _, m := range options.Payments {
		require.NotEqual(t, "sandbox", m.Provider)
	}
}
