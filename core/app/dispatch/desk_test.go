package dispatch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/adapters/seal"
	"github.com/halum-hut/halum/core/app/dispatch"
	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/notification"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/plugins/shipping-parcelpost/fake"
	"github.com/halum-hut/halum/ports"
)

// These tests send orders on a real Postgres, with the real plugin in its process and a carrier behind it that can go
// wrong.

var bin string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "dispatch-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	bin = dir
	return m.Run()
}

// plugin builds the carrier's plugin once.
var plugin = sync.OnceValue(func() error {
	build := exec.Command("go", "build", "-o", bin+"/", "github.com/halum-hut/halum/plugins/shipping-parcelpost")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the plugin: %w\n%s", err, out)
	}
	return nil
})

const (
	onHand = 10
	secret = "whsec_c2VjcmV0IG9mIHRoZSBwcm9jZXNzIHRlc3Qu"
	sender = `{"sender": {"name": "Dhaka Clay", "line1": "12 Lake Road", "city": "Dhaka", "country": "BD"}}`
)

// desk is a shop with a carrier.
type desk struct {
	*dispatch.Dispatcher
	t         *testing.T
	db        *postgres.DB
	host      *pluginhost.Host
	post      *fake.Server
	server    *httptest.Server
	tenant    tenant.ID
	variant   catalog.VariantID
	reactions *reactions.Reactions
	late      atomic.Int64 // how far the clock is ahead
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	require.NoError(t, plugin())
	d := &desk{t: t, db: pgtest.New(t, func(o *postgres.Options) { o.Routes = reactions.Routes }), variant: catalog.VariantID(id.New("var", time.Now()))}
	d.tenant = pgtest.Tenant(t, d.db).ID
	var err error
	d.post, err = fake.Open(filepath.Join(t.TempDir(), "carrier.jsonl"), time.Now)
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.post.Close() })
	d.server = httptest.NewServer(d.post)
	t.Cleanup(func() { d.server.CloseClientConnections(); d.server.Close() })
	sealer, err := seal.New([]byte("0123456789abcdef0123456789abcdef"))
	require.NoError(t, err)
	keyring := seal.NewKeyring(d.db, sealer, time.Now)
	plugins, err := pluginhost.LoadCatalog(bin, map[string][]string{"shipping-parcelpost": {"--test-url", d.server.URL}})
	require.NoError(t, err)
	d.host = pluginhost.New(plugins, pluginhost.Options{Logger: slog.New(slog.DiscardHandler), Keyring: keyring, ChargeTimeout: 2 * time.Second})
	t.Cleanup(d.host.Stop)
	require.NoError(t, d.host.Start(t.Context()))
	clock := func() time.Time { return time.Now().Add(time.Duration(d.late.Load())) }
	d.Dispatcher = dispatch.New(dispatch.Deps{Store: d.db, Registry: d.db, Carriers: d.host, Webhooks: d.host, Now: clock})
	d.reactions = reactions.New(reactions.Deps{Store: d.db, Registry: d.db, Dispatch: d.Dispatcher, Live: deaf{}, Now: clock})
	d.stock(keyring)
	return d
}

// deaf is a live channel that nobody listens to.
type deaf struct{ ports.Live }

func (deaf) Publish(context.Context, tenant.ID, string, []byte) error { return nil }

func (d *desk) later(by time.Duration) { d.late.Add(int64(by)) }

func (d *desk) stock(keyring ports.Keyring) {
	a := provider.Account{
		Tenant: d.tenant, Kind: provider.Shipping, Plugin: "parcelpost", Mode: provider.Test, Config: []byte(sender), Secrets: map[string]provider.Secret{},
	}
	for field, value := range map[string]string{"api_key": "pp_test_acme_4f1c9a", "webhook_secret": secret} {
		sealed, err := keyring.SealFor(d.t.Context(), d.tenant, a.SecretName(field), []byte(value))
		require.NoError(d.t, err)
		a.Secrets[field] = provider.Secret{Sealed: sealed, ChangedAt: time.Now()}
	}
	d.update(func(ctx context.Context, tx ports.Tx) error {
		if err := tx.SaveProviderAccount(ctx, a); err != nil {
			return err
		}
		return tx.SaveProducts(ctx, []catalog.Product{{
			ID: catalog.ProductID(id.New("prod", time.Now())), Slug: "pot", Title: "Clay pot", Status: catalog.Active,
			Variants: []catalog.Variant{{
				ID: d.variant, SKU: "POT-1", Price: money.New(1000, "BDT"), Grams: 600, RequiresShipping: true,
				Stock: catalog.StockPolicy{Tracked: true, OnHand: onHand},
			}},
		}})
	})
}

func (d *desk) update(fn func(context.Context, ports.Tx) error) {
	d.t.Helper()
	require.NoError(d.t, d.db.Update(d.t.Context(), d.tenant, fn))
}

// confirmed is a paid order of two pots whose stock is held. The postal code may hold a wish.
func (d *desk) confirmed(postalCode string) order.Order {
	d.t.Helper()
	now := time.Now().UTC().Truncate(time.Microsecond)
	o := order.Order{
		ID: order.ID(id.New("ord", now)), CartID: cart.ID(id.New("cart", now)), Secret: id.Secret(), Email: "rahima@example.com",
		Address:  shipping.Address{Name: "Rahima Khatun", Line1: "7 Hill Street", City: "Sylhet", PostalCode: postalCode, Country: "BD"},
		Rate:     shipping.Rate{Provider: "parcelpost", Service: "express", Name: "Express", Price: money.New(200, "BDT")},
		Lines:    []order.Line{{Variant: d.variant, Title: "Clay pot", SKU: "POT-1", Quantity: 2, Price: money.New(1000, "BDT"), Total: money.New(2000, "BDT"), Shipped: true}},
		Subtotal: money.New(2000, "BDT"), Shipping: money.New(200, "BDT"), Total: money.New(2200, "BDT"),
		Status: order.Confirmed, Payment: order.Paid, Provider: "manual", PlacedAt: now, UpdatedAt: now,
	}
	p := payment.New(payment.ID(id.New("pay", now)), string(o.ID), provider.Account{Plugin: "manual", Mode: provider.Live}, "counter", o.Total, now)
	d.update(func(ctx context.Context, tx ports.Tx) (err error) {
		if _, _, err := tx.Reserve(ctx, inventory.Reservation{Reference: string(o.ID), Lines: o.Stock()}); err != nil {
			return err
		}
		o.Number, err = tx.PlaceOrder(ctx, o, p)
		return err
	})
	return o
}

func (d *desk) send(o order.Order) dispatch.Send {
	return dispatch.Send{Order: o.Number, Direction: shipping.Outward, By: "usr_1"}
}

func (d *desk) back(o order.Order) dispatch.Send {
	return dispatch.Send{Order: o.Number, Direction: shipping.Return, By: "usr_1"}
}

// booked books an order's shipment, which must succeed.
func (d *desk) booked(in dispatch.Send) shipping.Booking {
	d.t.Helper()
	b, err := d.Book(d.t.Context(), d.tenant, in, nil)
	require.NoError(d.t, err)
	require.Equal(d.t, shipping.Booked, b.Status)
	return d.booking(b.ID)
}

func (d *desk) booking(id shipping.BookingID) (b shipping.Booking) {
	d.t.Helper()
	require.NoError(d.t, d.db.View(d.t.Context(), d.tenant, func(ctx context.Context, v ports.View) (err error) {
		b, err = v.Booking(ctx, id)
		return err
	}))
	return b
}

func (d *desk) order(id order.ID) (o order.Order) {
	d.t.Helper()
	require.NoError(d.t, d.db.View(d.t.Context(), d.tenant, func(ctx context.Context, v ports.View) (err error) {
		o, err = v.Order(ctx, id)
		return err
	}))
	return o
}

// left is what is on the shelf, and what of it is not held.
func (d *desk) left() (shelf, free int64) {
	d.t.Helper()
	require.NoError(d.t, d.db.View(d.t.Context(), d.tenant, func(ctx context.Context, v ports.View) error {
		p, err := v.ProductBySlug(ctx, "pot")
		if err != nil {
			return err
		}
		offers, err := v.Offers(ctx, []catalog.VariantID{d.variant})
		shelf, free = p.Variants[0].Stock.OnHand, offers[d.variant].Available
		return err
	}))
	return shelf, free
}

// settled does what the worker does with a booking, until it is settled.
func (d *desk) settled(id shipping.BookingID) shipping.Booking {
	d.t.Helper()
	d.later(time.Minute) // after the request has surely ended
	require.Eventually(d.t, func() bool {
		again, err := d.Resolve(d.t.Context(), d.tenant, id)
		return err == nil && again == 0
	}, 20*time.Second, 30*time.Millisecond)
	return d.booking(id)
}

// hook is the webhook that the carrier would send now of a shipment.
func (d *desk) hook(ref, event, mode string) ports.Webhook {
	d.t.Helper()
	body := fmt.Sprintf(`{"event": %q, "now": "%d", "mode": %q, "secret": %q}`, event, time.Now().Unix(), mode, secret)
	answer := httptest.NewRecorder()
	d.post.ServeHTTP(answer, httptest.NewRequest("POST", "/_fake/shipments/"+ref+"/webhook", strings.NewReader(body)))
	require.Equal(d.t, 200, answer.Code, answer.Body)
	var h fake.Hook
	require.NoError(d.t, json.Unmarshal(answer.Body.Bytes(), &h))
	return ports.Webhook{Method: h.Method, URL: "https://shop.example/hooks", Header: h.Header, Body: []byte(h.Body), ReceivedAt: time.Now()}
}

// told runs what tells people of an order's events and returns what shopper and staff read, oldest first.
func (d *desk) told(o order.Order) (shopper, staff []string) {
	d.t.Helper()
	for _, row := range pgtest.Texts(d.t, d.tenant, `select id || ' ' || kind from events order by seq`) {
		name, kind, _ := strings.Cut(row, " ")
		for _, r := range reactions.Routes(kind) {
			if r.Name != reactions.Notify {
				continue
			}
			_, err := d.reactions.Run(d.t.Context(), ports.ReactionJob{Tenant: d.tenant, Event: event.ID(name), Reaction: r.Name})
			require.NoError(d.t, err)
		}
	}
	require.NoError(d.t, d.db.View(d.t.Context(), d.tenant, func(ctx context.Context, v ports.View) error {
		for topic, into := range map[string]*[]string{notification.OrderTopic(string(o.ID)): &shopper, notification.StaffTopic: &staff} {
			all, err := v.Notifications(ctx, topic, 0, 100)
			if err != nil {
				return err
			}
			for _, n := range all {
				*into = append(*into, strings.ReplaceAll(n.Title, o.Name(), "#"))
			}
		}
		return nil
	}))
	return shopper, staff
}
