package pluginhost_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/plugins/shipping-parcelpost/fake"
	"github.com/halum-hut/halum/ports"
)

// postOffice is the carrier behind the plugin's process.
type postOffice struct {
	*fake.Server
	host *pluginhost.Host
}

// parcelpost builds the carrier's plugin once, beside those of the other tests.
var parcelpost = sync.OnceValue(func() string {
	dir := filepath.Join(bin, "carriers")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", dir+"/", "github.com/halum-hut/halum/plugins/shipping-parcelpost")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("build the carrier's plugin: %v\n%s", err, out))
	}
	return dir
})

func openPost(t *testing.T, change ...func(*pluginhost.Options)) postOffice {
	t.Helper()
	carrier, err := fake.Open(filepath.Join(t.TempDir(), "carrier.jsonl"), time.Now)
	require.NoError(t, err)
	t.Cleanup(func() { _ = carrier.Close() })
	server := httptest.NewServer(carrier)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	o := quick()
	o.Keyring = keyring{}
	for _, c := range change {
		c(&o)
	}
	catalog, err := pluginhost.LoadCatalog(parcelpost(), map[string][]string{"shipping-parcelpost": {"--test-url", server.URL}})
	require.NoError(t, err)
	host := pluginhost.New(catalog, o)
	t.Cleanup(host.Stop)
	require.NoError(t, host.Start(t.Context()))
	return postOffice{carrier, host}
}

// postAccount is the shop's account with the carrier.
func postAccount(t *testing.T, config string) provider.Account {
	t.Helper()
	a := shippingAccount("parcelpost")
	a.Mode, a.Config, a.Secrets = provider.Test, []byte(config), map[string]provider.Secret{}
	for field, value := range map[string]string{"api_key": "pp_test_acme_4f1c9a", "webhook_secret": hookSecret} {
		sealed, err := keyring{}.SealFor(t.Context(), a.Tenant, a.SecretName(field), []byte(value))
		require.NoError(t, err)
		a.Secrets[field] = provider.Secret{Sealed: sealed}
	}
	return a
}

const sender = `{"sender": {"name": "Dhaka Clay", "line1": "12 Lake Road", "city": "Dhaka", "country": "BD"}}`

var (
	shopAddress  = shipping.Address{Name: "Dhaka Clay", Line1: "12 Lake Road", City: "Dhaka", PostalCode: "1209", Country: "BD"}
	buyerAddress = shipping.Address{Name: "Rahima Khatun", Line1: "7 Hill Street", City: "Sylhet", PostalCode: "3100", Country: "BD"}
)

func parcelOf(id shipping.BookingID) ports.BookParcel {
	return ports.BookParcel{
		Booking: shipping.Booking{
			ID: id, Direction: shipping.Outward, Plugin: "parcelpost", Mode: provider.Test, Service: "express",
			Parcel: shipping.Parcel{Items: 2, Grams: 1250, Subtotal: bdt(199900), From: shopAddress, To: buyerAddress},
		},
		OrderNumber: "#1001", Lines: []shipping.ParcelLine{{Title: "Clay pot", SKU: "POT-1", Quantity: 2, Price: bdt(99950)}},
	}
}

func booked(t *testing.T, c ports.Carrier, in ports.BookParcel) (shipping.Answer, shipping.Booking) {
	t.Helper()
	a, err := c.Book(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, shipping.BookingConfirmed, a.Outcome)
	b := in.Booking
	require.True(t, b.Take(a, time.Now()))
	return a, b
}

func TestACarrierBooksOnceHoweverOftenItIsAsked(t *testing.T) {
	post := openPost(t)
	c := post.host.Carrier(postAccount(t, "{}"))
	first, b := booked(t, c, parcelOf("bkg_1"))
	require.Regexp(t, `^PP\d{9}BD$`, first.TrackingNumber)
	require.Equal(t, "https://track.parcelpost.example/"+first.TrackingNumber, first.TrackingURL)
	require.Equal(t, bdt(20000), first.Price)
	again, _ := booked(t, c, parcelOf("bkg_1"))
	require.Equal(t, first, again)
	require.Equal(t, fake.Books{Bookings: 1}, post.Books("bkg_1"))

	tracked, err := c.Track(t.Context(), b)
	require.NoError(t, err)
	require.Equal(t, first, tracked.Booking)
	require.Equal(t, shipping.ParcelPreTransit, tracked.Status)
	require.Len(t, tracked.Steps, 1)
	require.Equal(t, time.UTC, tracked.Steps[0].At.Location())

	declined := parcelOf("bkg_2")
	declined.Booking.Parcel.To.PostalCode = "0000"
	a, err := c.Book(t.Context(), declined)
	require.NoError(t, err)
	require.Equal(t, shipping.BookingDeclined, a.Outcome)
	require.Equal(t, "address_unserviceable", a.Code)
	require.NotEmpty(t, a.Message)
}

// The shop's own address is the one of its settings where the platform knows no more than its country.
func TestACarrierBooksFromTheShopAndBack(t *testing.T) {
	post := openPost(t)
	bare := shipping.Address{Name: "Dhaka Clay", Country: "BD"}
	out := parcelOf("bkg_out")
	out.Booking.Parcel.From = bare
	_, err := post.host.Carrier(postAccount(t, "{}")).Book(t.Context(), out)
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	require.Equal(t, "invalid_shipment", fault.CodeOf(err))
	c := post.host.Carrier(postAccount(t, sender))
	booked(t, c, out)
	back := parcelOf("bkg_back")
	back.Booking.Direction = shipping.Return
	back.Booking.Parcel.From, back.Booking.Parcel.To = buyerAddress, bare
	_, b := booked(t, c, back)
	require.NotEmpty(t, b.TrackingNumber)

	_, err = post.host.Carrier(postAccount(t, `{"label_size": "a5"}`)).Book(t.Context(), parcelOf("bkg_x"))
	require.Equal(t, "carrier_misconfigured", fault.CodeOf(err))
	require.Zero(t, post.Books("bkg_x"))
}

// Whatever goes wrong on the way, the host says unknown when the carrier may have done it, and asking tells.
func TestAnUnknownBookingIsResolvedByAsking(t *testing.T) {
	for kind, want := range map[fake.Kind]struct{ away, booked bool }{
		fake.ErrorBefore: {}, fake.BreakBefore: {}, fake.HangBefore: {}, fake.RateLimit: {away: true},
		fake.ErrorAfter: {booked: true}, fake.BreakAfter: {booked: true}, fake.HangAfter: {booked: true}, fake.Garbage: {booked: true},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			post := openPost(t, func(o *pluginhost.Options) { o.ChargeTimeout = 700 * time.Millisecond })
			c := post.host.Carrier(postAccount(t, "{}"))
			post.Inject(fake.Fault{Method: "POST", Suffix: "/v1/shipments", Kind: kind})
			a, err := c.Book(t.Context(), parcelOf("bkg_1"))
			require.Equal(t, shipping.BookingUnknown, a.Outcome)
			if want.away {
				require.ErrorIs(t, err, shipping.ErrCarrierAway)
			} else {
				require.NoError(t, err)
			}
			tracked, err := c.Track(t.Context(), parcelOf("bkg_1").Booking)
			require.NoError(t, err)
			if want.booked {
				require.Equal(t, shipping.BookingConfirmed, tracked.Booking.Outcome)
			} else {
				require.Equal(t, shipping.NoSuchBooking, tracked.Booking.Outcome)
			}
			booked(t, c, parcelOf("bkg_1"))
			require.Equal(t, fake.Books{Bookings: 1}, post.Books("bkg_1"))
		})
	}
}

func TestACarrierCancels(t *testing.T) {
	post := openPost(t)
	c := post.host.Carrier(postAccount(t, "{}"))
	_, b := booked(t, c, parcelOf("bkg_1"))
	a, err := c.Cancel(t.Context(), b)
	require.NoError(t, err)
	require.Equal(t, shipping.BookingPending, a.Outcome)
	require.Eventually(t, func() bool {
		tracked, err := c.Track(t.Context(), b)
		return err == nil && tracked.Booking.Outcome == shipping.BookingCancelled && tracked.Status == shipping.ParcelCancelled
	}, 10*time.Second, 20*time.Millisecond)
	require.Equal(t, fake.Books{Bookings: 1, Cancelled: 1}, post.Books("bkg_1"))

	_, late := booked(t, c, parcelOf("bkg_2"))
	require.True(t, post.Move(late.CarrierRef, "in_transit", "Dhaka", time.Time{}))
	a, err = c.Cancel(t.Context(), late)
	require.NoError(t, err)
	require.Equal(t, shipping.BookingConfirmed, a.Outcome)
	require.Equal(t, "too_late", a.Code)
	_, err = c.Cancel(t.Context(), parcelOf("bkg_none").Booking)
	require.Equal(t, "invalid_shipment", fault.CodeOf(err))
}

func TestACarriersDocuments(t *testing.T) {
	post := openPost(t)
	c := post.host.Carrier(postAccount(t, "{}"))
	_, b := booked(t, c, parcelOf("bkg_1"))
	var all []shipping.Document
	require.Eventually(t, func() bool {
		var err error
		all, err = c.Documents(t.Context(), b)
		return err == nil
	}, 10*time.Second, 20*time.Millisecond)
	require.Len(t, all, 1)
	require.Equal(t, "label", all[0].Kind)
	require.Equal(t, "application/pdf", all[0].ContentType)
	require.True(t, bytes.HasPrefix(all[0].Content, []byte("%PDF-")))
	post.Inject(fake.Fault{Method: "GET", Suffix: "/documents", Kind: fake.ErrorBefore, Times: -1})
	_, err := c.Documents(t.Context(), b)
	require.ErrorIs(t, err, shipping.ErrCarrierAway)
}

func TestWebhooksOfACarrier(t *testing.T) {
	post := openPost(t)
	shop := postAccount(t, "{}")
	_, b := booked(t, post.host.Carrier(shop), parcelOf("bkg_1"))
	require.True(t, post.Move(b.CarrierRef, "out_for_delivery", "Sylhet", time.Time{}))
	in := post.hook(t, b.CarrierRef, "evt_1", "test", hookSecret)
	events, reply, err := post.host.ParseShippingWebhook(t.Context(), shop, in)
	require.NoError(t, err)
	require.Equal(t, 200, reply.Status)
	require.Len(t, events, 1)
	e := events[0]
	require.Equal(t, []string{"evt_1", "shipment.updated", "bkg_1", b.CarrierRef}, []string{e.ID, e.Type, string(e.BookingID), e.BookingRef})
	require.Equal(t, provider.Test, e.Mode)
	require.Equal(t, shipping.ParcelOutForDelivery, e.Tracking.Status)
	require.Equal(t, shipping.BookingConfirmed, e.Tracking.Booking.Outcome)

	forged := in
	forged.Body = append(bytes.Clone(in.Body), ' ')
	_, _, err = post.host.ParseShippingWebhook(t.Context(), shop, forged)
	require.ErrorIs(t, err, ports.ErrForged)
	_, _, err = post.host.ParseShippingWebhook(t.Context(), shop, post.hook(t, b.CarrierRef, "evt_2", "live", hookSecret))
	require.ErrorIs(t, err, ports.ErrForged)
	_, _, err = post.host.ParseShippingWebhook(t.Context(), shop, post.hook(t, b.CarrierRef, "evt_3", "test", formerSecret))
	require.ErrorIs(t, err, ports.ErrForged)
}

func TestAPluginThatOnlyQuotesIsNoCarrier(t *testing.T) {
	host := start(t, quick(), nil, "shipping-flatrate")
	for name, want := range map[string]error{"flatrate": ports.ErrUnsupported, "nobody": shipping.ErrCarrierAway} {
		c, b := host.Carrier(shippingAccount(name)), parcelOf("bkg_1").Booking
		for op, do := range map[string]func() error{
			"book":      func() error { _, err := c.Book(t.Context(), parcelOf("bkg_1")); return err },
			"cancel":    func() error { _, err := c.Cancel(t.Context(), b); return err },
			"documents": func() error { _, err := c.Documents(t.Context(), b); return err },
			"track":     func() error { _, err := c.Track(t.Context(), b); return err },
			"webhook": func() error {
				_, _, err := host.ParseShippingWebhook(t.Context(), shippingAccount(name), ports.Webhook{})
				return err
			},
		} {
			require.ErrorIs(t, do(), want, "%s %s", name, op)
		}
	}
}

// hook is the webhook that the carrier would send now.
func (p postOffice) hook(t *testing.T, ref, event, mode, secret string) ports.Webhook {
	t.Helper()
	body := fmt.Sprintf(`{"event": %q, "now": "%d", "mode": %q, "secret": %q}`, event, time.Now().Unix(), mode, secret)
	answer := httptest.NewRecorder()
	p.ServeHTTP(answer, httptest.NewRequest("POST", "/_fake/shipments/"+ref+"/webhook", strings.NewReader(body)))
	require.Equal(t, 200, answer.Code, answer.Body)
	var h fake.Hook
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &h))
	return ports.Webhook{Method: h.Method, URL: "https://shop.example/hooks", Header: h.Header, Body: []byte(h.Body), ReceivedAt: time.Now()}
}
