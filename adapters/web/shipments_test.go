package web

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/adapters/seal"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/plugins/shipping-parcelpost/fake"
	"github.com/halum-hut/halum/ports"
)

// sending is a shop with a real carrier program that speaks to a fake carrier, and an order that chose it.
type sending struct {
	*stack
	carrier *fake.Server
	shopper *browser
	staff   *browser
	page    string // of the shopper's order
	desk    string
}

func newSending(t *testing.T) *sending {
	t.Helper()
	carrier, err := fake.Open(filepath.Join(t.TempDir(), "carrier.jsonl"), time.Now)
	require.NoError(t, err)
	t.Cleanup(func() { _ = carrier.Close() })
	server := httptest.NewServer(carrier)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	dir, err := programs()
	require.NoError(t, err)
	journal := t.TempDir()
	found, err := pluginhost.LoadCatalog(dir, map[string][]string{
		"payment-sandbox": {"--journal", filepath.Join(journal, "journal.jsonl")}, "shipping-parcelpost": {"--test-url", server.URL},
	})
	require.NoError(t, err)
	found.Grant("payment-sandbox", pluginhost.Grants{Write: []string{journal}})
	db := pgtest.New(t)
	sealer, err := seal.New([]byte("0123456789abcdef0123456789abcdef"))
	require.NoError(t, err)
	keyring := seal.NewKeyring(db, sealer, time.Now)
	host := pluginhost.New(found, pluginhost.Options{Logger: slog.New(slog.DiscardHandler), Keyring: keyring})
	t.Cleanup(host.Stop)
	require.NoError(t, host.Start(t.Context()))
	s := &sending{stack: stackOn(t, db, host), carrier: carrier}
	s.prepare(t, keyring)
	return s
}

// prepare switches the carrier on and places an order with it.
func (s *sending) prepare(t *testing.T, keyring ports.Keyring) {
	t.Helper()
	of := s.shops[s.green].ID
	a := provider.Account{
		Tenant: of, Kind: provider.Shipping, Plugin: "parcelpost", Mode: provider.Test,
		Config: []byte(`{"sender": {"name": "Dhaka Clay", "line1": "12 Lake Road", "city": "Dhaka", "country": "BD"}}`),
	}
	sealed, err := keyring.SealFor(t.Context(), of, a.SecretName("api_key"), []byte("pp_test_acme_4f1c9a"))
	require.NoError(t, err)
	a.Secrets = map[string]provider.Secret{"api_key": {Sealed: sealed, ChangedAt: time.Now()}}
	require.NoError(t, s.update(of, func(ctx context.Context, tx ports.Tx) error { return tx.SaveProviderAccount(ctx, a) }))

	s.sell(t, s.green, "shirt", "Shirt", "")
	s.shopper = s.open(t, s.green)
	chosen, form := s.shopper.toPayment("shirt")
	form.Set("rate", "parcelpost/express")
	form.Set("total.parcelpost/express", chosen.field(t, "total.parcelpost/express"))
	placed := s.shopper.follow("/checkout", card(form, "4242424242424242"))
	number := orderNumber.FindStringSubmatch(placed.Body)
	require.NotNil(t, number, placed.Body)
	s.page = "/orders/" + number[1] + "?secret=" + secretOf(t, placed)
	s.staff, s.desk = s.atDesk(t), "/vendor/orders/"+number[1]
}

var (
	shipmentID     = regexp.MustCompile(`/shipments/(bkg_\w+)/cancel`)
	trackingLink   = regexp.MustCompile(`<a href="(https://track\.parcelpost\.example/(PP\d{9}BD))"`)
	shipmentStatus = regexp.MustCompile(`data-shipment="(\w+)"`)
)

// books posts a booking form of the desk as it stands, with what staff typed.
func (s *sending) books(path, way string, typed url.Values) answer {
	a := s.staff.get(s.desk)
	form := url.Values{"key": {a.field(s.staff.t, "key")}, way + ".carrier": {a.field(s.staff.t, way+".carrier")}}
	for name, value := range typed {
		form[way+"."+name] = value
	}
	return s.staff.post(s.desk+path, form)
}

func TestStaffSendsAnOrderWithACarrier(t *testing.T) {
	s := newSending(t)
	a := s.staff.get(s.desk)
	require.Contains(t, a.Body, "Left empty, what the shopper chose: express of parcelpost.")
	require.Contains(t, a.Body, "Mark as fulfilled", "the way without a carrier stays")
	require.NotContains(t, a.Body, "Fetch it back", "nothing was sent yet")

	for typed, says := range map[string]string{"half a kilo": "Write the weight in whole grams", "-3": "Write the weight in whole grams", "99999999": "Use the weight in grams"} {
		a = s.books("/shipments", "outward", url.Values{"grams": {typed}})
		require.Equal(t, 422, a.Status, typed)
		require.Regexp(t, `aria-invalid="true"[^>]*aria-describedby="f-outward-grams-note"`, a.Body)
		require.Contains(t, a.Body, `id="f-outward-grams-note">`+says)
		require.Equal(t, typed, a.field(t, "outward.grams"), "what was typed is kept")
	}
	a = s.books("/shipments", "outward", url.Values{"service": {"teleport"}})
	require.Equal(t, 422, a.Status)
	require.Contains(t, a.Body, `<p class="error" id="f-outward-service-note">`)
	require.Equal(t, 422, s.books("/shipments", "outward", url.Values{"carrier": {"nobody"}}).Status)

	form := url.Values{"key": {a.field(t, "key")}, "outward.carrier": {"parcelpost"}, "outward.grams": {"450"}, "outward.service": {""}}
	form.Set("csrf", s.staff.csrf)
	var clicks sync.WaitGroup
	for range 4 { // several clicks are one shipment
		own := s.open(t, s.green)
		maps.Copy(own.cookies, s.staff.cookies)
		clicks.Go(func() {
			if clicked := own.post(s.desk+"/shipments", form); clicked.Status != 303 {
				t.Error(clicked.Status, regexp.MustCompile(`role="alert">[^<]*<`).FindString(clicked.Body))
			}
		})
	}
	clicks.Wait()
	a = s.staff.post(s.desk+"/shipments", form)
	require.Equal(t, s.desk+"?did=outward.booked", a.Header.Get("Location"), a.Body)
	a = s.staff.get(a.Header.Get("Location"))
	require.Contains(t, a.Body, "The carrier has the shipment.")
	require.Contains(t, a.Body, "parcelpost, test mode · express")
	require.Contains(t, a.Body, "<dt>Weight</dt><dd>450 g</dd>")
	require.Contains(t, a.Body, "<dt>The carrier charges</dt><dd>৳160</dd>")
	require.NotContains(t, a.Body, "Mark as fulfilled")
	require.NotContains(t, a.Body, "Customs form")
	booking := shipmentID.FindStringSubmatch(a.Body)
	require.NotNil(t, booking, a.Body)
	require.Equal(t, []string{`data-shipment="booked"`, `data-shipment="declined"`}, shipmentStatus.FindAllString(a.Body, -1), "and the service that the carrier does not have")
	require.Equal(t, fake.Books{Bookings: 1}, s.carrier.Books(booking[1]))
	link := trackingLink.FindStringSubmatch(a.Body)
	require.NotNil(t, link, a.Body)

	seen := s.shopper.get(s.page)
	require.Contains(t, seen.Body, "Your parcel</h2>")
	require.Contains(t, seen.Body, `<a href="`+link[1]+`"`)
	require.Contains(t, seen.Body, "Announced")
	require.Contains(t, seen.Body, "Your order is on its way")
	require.NotContains(t, seen.Body, "<strong>"+link[2], "the number stands at the parcel, once")
	require.NotContains(t, seen.Body, "The carrier charges", "what the carrier charges the shop is the shop's to know")
}

func TestStaffPrintsALabel(t *testing.T) {
	s := newSending(t)
	require.Equal(t, 303, s.books("/shipments", "outward", nil).Status)
	a := s.staff.get(s.desk)
	shipment := s.desk + "/shipments/" + shipmentID.FindStringSubmatch(a.Body)[1]
	require.Contains(t, a.Body, `href="`+shipment+`/label"`)
	for end := time.Now().Add(15 * time.Second); ; {
		if a = s.staff.get(shipment + "/label"); a.Status == 200 {
			break
		}
		require.Equal(t, 503, a.Status, a.Body)
		require.Contains(t, a.Body, "no documents for this shipment yet")
		require.True(t, time.Now().Before(end), "the label is never ready")
	}
	require.True(t, strings.HasPrefix(a.Body, "%PDF-"))
	require.Equal(t, "application/pdf", a.Header.Get("Content-Type"))
	require.Regexp(t, `^inline; filename="bkg_\w+-label\.pdf"$`, a.Header.Get("Content-Disposition"))
	require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	none := s.staff.get(shipment + "/customs_form")
	require.Equal(t, 404, none.Status)
	require.Contains(t, none.Body, "The carrier has no such document for this shipment.")
	require.Equal(t, 404, s.staff.get(s.desk+"/shipments/bkg_none/label").Status)
	require.Equal(t, "/vendor/sign-in", s.open(t, s.green).get(shipment+"/label").Header.Get("Location"))

	require.NoError(t, pgtest.Exec(t, pgtest.URLs(t).Owner, `update platform.memberships set role = $1 where tenant_id = $2`, string(identity.ReadOnly), string(s.shops[s.green].ID)))
	reader := s.staff
	require.Equal(t, 403, reader.get(shipment+"/label").Status)
	seen := reader.get(s.desk)
	require.Equal(t, 200, seen.Status)
	require.Contains(t, seen.Body, `data-shipment="booked"`)
	require.NotContains(t, seen.Body, "Label (PDF)")
	require.NotContains(t, seen.Body, "Cancel the shipment")
	require.Equal(t, 403, reader.post(s.desk+"/returns", url.Values{"key": {id.Secret()}, "return.carrier": {"parcelpost"}}).Status)
	require.Equal(t, 403, reader.post(shipment+"/cancel", url.Values{}).Status)
}

func TestAShopperFollowsAParcel(t *testing.T) {
	s := newSending(t)
	require.Equal(t, 303, s.books("/shipments", "outward", nil).Status)
	a := s.staff.get(s.desk)
	booking := shipping.BookingID(shipmentID.FindStringSubmatch(a.Body)[1])
	at := time.Now().UTC().Truncate(time.Second)
	s.follow(t, booking, shipping.ParcelInTransit, "Dhaka hub", at)
	seen := s.shopper.get(s.page)
	require.Contains(t, seen.Body, `data-parcel="in_transit"`)
	require.Contains(t, seen.Body, "<span>Dhaka hub</span>")
	require.Contains(t, seen.Body, at.Format("2 January 2006, 15:04")+" UTC")
	s.follow(t, booking, shipping.ParcelDelivered, "Sylhet", at.Add(time.Hour))
	seen = s.shopper.get(s.page)
	require.Contains(t, seen.Body, "Your order has arrived")
	require.Less(t, strings.Index(seen.Body, "Sylhet"), strings.Index(seen.Body, "Dhaka hub"), "the latest comes first")
	a = s.staff.get(s.desk)
	require.Contains(t, a.Body, "Delivered")
	require.NotContains(t, a.Body, "Cancel the shipment", "it is too late")
}

// follow records a scan, as a webhook of the carrier does.
func (s *sending) follow(t *testing.T, booking shipping.BookingID, status shipping.ParcelStatus, place string, at time.Time) {
	t.Helper()
	require.NoError(t, s.update(s.shops[s.green].ID, func(ctx context.Context, tx ports.Tx) error {
		b, err := tx.Booking(ctx, booking)
		if err != nil {
			return err
		}
		b.Follow(shipping.Tracking{Steps: []shipping.Step{{Status: status, At: at, Place: place}}}, at)
		return tx.SaveBooking(ctx, b)
	}))
}

func TestStaffCancelsAndFetchesBack(t *testing.T) {
	s := newSending(t)
	require.Equal(t, 303, s.books("/shipments", "outward", nil).Status)
	a := s.staff.get(s.desk)
	cancel := s.desk + "/shipments/" + shipmentID.FindStringSubmatch(a.Body)[1] + "/cancel"
	require.Equal(t, 303, s.staff.post(cancel, url.Values{}).Status)
	for end := time.Now().Add(15 * time.Second); !strings.Contains(a.Body, `data-shipment="cancelled"`); a = s.staff.get(s.desk) {
		require.True(t, time.Now().Before(end), "it is never cancelled")
		s.staff.post(cancel, url.Values{})
	}
	a = s.staff.post(cancel, url.Values{})
	require.Equal(t, 409, a.Status)
	require.Contains(t, a.Body, "This shipment was declined or cancelled.")
	require.NotContains(t, s.shopper.get(s.page).Body, "Your parcel")
	require.Contains(t, a.Body, "Send it with a carrier", "it can be sent again")

	a = s.books("/returns", "return", url.Values{"service": {"economy"}})
	require.Equal(t, s.desk+"?did=return.booked", a.Header.Get("Location"), a.Body)
	a = s.staff.get(s.desk)
	require.Contains(t, a.Body, "parcelpost, test mode · economy")
	require.Contains(t, a.Body, "Cancel the return")
	require.NotContains(t, a.Body, "Fetch it back")
	seen := s.shopper.get(s.page)
	require.Contains(t, seen.Body, "Back to the shop")
}

func TestACarrierThatGoesWrong(t *testing.T) {
	s := newSending(t)
	s.carrier.Inject(fake.Fault{Method: "POST", Suffix: "/v1/shipments", Kind: fake.RateLimit})
	a := s.books("/shipments", "outward", url.Values{"grams": {"700"}})
	require.Equal(t, 503, a.Status)
	require.Contains(t, a.Body, "nothing was done, try again")
	require.Equal(t, "700", a.field(t, "outward.grams"))
	s.carrier.Inject(fake.Fault{Method: "POST", Suffix: "/v1/shipments", Kind: fake.ErrorAfter})
	a = s.books("/shipments", "outward", nil)
	require.Equal(t, s.desk+"?did=asked", a.Header.Get("Location"), a.Body)
	a = s.staff.get(s.desk)
	require.Contains(t, a.Body, `data-shipment="requested"`)
	require.Contains(t, a.Body, `data-shipment="declined"`, "the first try is told of too")
	require.NotContains(t, a.Body, "Send it with a carrier", "one is under way")
	require.Contains(t, s.shopper.get(s.page).Body, "Getting it ready")
}

func TestBookingIsOnlyOfferedWithACarrier(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Shirt", "")
	_, number := s.open(t, s.green).buys("4242424242424242")
	a := s.atDesk(t).get("/vendor/orders/" + number)
	require.Contains(t, a.Body, "Mark as fulfilled")
	require.NotContains(t, a.Body, "Shipping</h2>")
}

func TestWhatPagesSayOfParcels(t *testing.T) {
	t.Parallel()
	for address, link := range map[string]bool{
		"https://track.example/1": true, "http://track.example/1": true, "javascript:alert(1)": false, "//track.example": false, "data:text/html,x": false,
		"https:///x": false, "": false, "ftp://track.example/1": false,
	} {
		b := shipping.Booking{TrackingNumber: "PP1<b>", TrackingURL: address, Status: shipping.Booked}
		html := rendered(t, trackingNumber(b))
		require.Equal(t, link, strings.Contains(html, "<a "), address)
		require.Contains(t, html, "PP1&lt;b&gt;")
	}
	texts := map[string]bool{}
	for _, s := range []shipping.ParcelStatus{"pre_transit", "in_transit", "out_for_delivery", "available_for_pickup", "delivered", "return_to_sender", "failure", "cancelled"} {
		texts[parcelBadge(s, shipping.Outward).Text] = true
	}
	require.Len(t, texts, 8, "each status has words of its own")
	require.Equal(t, "Back at the shop", parcelBadge(shipping.ParcelDelivered, shipping.Return).Text)
	require.Equal(t, "Arrived at the hub.", stepWords(shipping.Step{Text: "arrived at the hub"}, shipping.Outward))

	carriers := []provider.Account{{Plugin: "parcelpost"}, {Plugin: "swift"}}
	c := counter{
		State:  settle.State{Order: order.Order{Number: 7, Status: order.Fulfilled, Rate: shipping.Rate{Provider: "swift", Service: "day"}, Lines: []order.Line{{Shipped: true}}}},
		Fulfil: true, Carriers: carriers, Key: "k",
	}
	html := rendered(t, shipments(page{}, c, newForm()))
	require.Contains(t, html, `<option value="swift" selected>`, "the shopper's choice comes first")
	require.Contains(t, html, `for="carrier-return"`)
	abroad := shipping.Booking{Status: shipping.Booked, Parcel: shipping.Parcel{From: shipping.Address{Country: "BD"}, To: shipping.Address{Country: "DE"}}}
	require.Equal(t, "customs_form", c.Documents(abroad)[1].Kind)
	for b, says := range map[string]shipping.Booking{
		"Being cancelled": {Status: shipping.Booked, Cancelling: true}, "Carrier asked": {Status: shipping.Requested}, "Carrier decides": {Status: shipping.Pending},
		"Declined": {Status: shipping.Declined}, "Cancelled": {Status: shipping.Cancelled}, "Booked": {Status: shipping.Booked},
	} {
		require.Equal(t, b, bookingBadge(says).Text, fmt.Sprint(says.Status))
	}
}
