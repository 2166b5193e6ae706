package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/plugins/shipping-parcelpost/fake"
)

// postOffice is the carrier behind the plugin's process.
type postOffice struct {
	*fake.Server
	url string
}

func openPost(t *testing.T) postOffice {
	t.Helper()
	post, err := fake.Open(filepath.Join(t.TempDir(), "carrier.jsonl"), time.Now)
	require.NoError(t, err)
	t.Cleanup(func() { _ = post.Close() })
	server := httptest.NewServer(post)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return postOffice{post, server.URL}
}

const (
	parcelpost = adminPath + "/provider-accounts/shipping/parcelpost/test"
	postSecret = "whsec_c2VjcmV0IG9mIHRoZSBwcm9jZXNzIHRlc3Qu"
)

// sending is a shop with a carrier, and an order that was paid.
type sending struct {
	*vendor
	order  Order
	secret string
	path   string // of the order, for staff
}

func (s *stack) sending() *sending {
	v := s.vendor()
	account := map[string]any{
		"config":  map[string]any{"sender": map[string]any{"name": "Dhaka Clay", "line1": "12 Lake Road", "city": "Dhaka", "country": "BD"}},
		"secrets": map[string]any{"api_key": "pp_test_acme_4f1c9a", "webhook_secret": postSecret},
	}
	var a ProviderAccount
	v.send("PUT", parcelpost, account, nil).is(200).into(&a)
	require.Equal(s.t, "http://"+v.host+front+"/hooks/shipping/parcelpost/test", a.WebhookURL)
	v.send("POST", parcelpost+"/enable", nil, match(1)).is(200)
	out := &sending{vendor: v}
	var placed PlacedOrder
	buy := checkoutBody("manual", "counter", nil)
	buy["shipping_rate"] = "parcelpost/express"
	header := map[string]string{headerCart: s.fill(v.host, v.variants[0]), headerOnce: "k"}
	s.do(call{"POST", v.host, front + "/checkout", buy, header}).is(201).into(&placed)
	out.order, out.secret, out.path = placed.Order, placed.Order.Secret, fmt.Sprint(adminPath, "/orders/", placed.Order.Number)
	v.send("POST", out.path+"/capture", nil, nil).is(200).into(&placed)
	require.Equal(s.t, "confirmed", placed.Order.Status)
	return out
}

// shopper is the order as its shopper sees it.
func (s *sending) shopper() (o PlacedOrder) {
	s.t.Helper()
	path := fmt.Sprint(front, "/orders/", s.order.Number)
	s.do(call{"GET", s.host, path, nil, map[string]string{headerOrderSecret: s.secret}}).is(200).into(&o)
	return o
}

// hook is the webhook that the carrier would send now.
func (s *sending) hook(ref, event string) call {
	s.t.Helper()
	ask := fmt.Sprintf(`{"event": %q, "now": "%d", "mode": "test", "secret": %q}`, event, time.Now().Unix(), postSecret)
	answer := httptest.NewRecorder()
	s.post.ServeHTTP(answer, httptest.NewRequest("POST", "/_fake/shipments/"+ref+"/webhook", strings.NewReader(ask)))
	require.Equal(s.t, 200, answer.Code)
	var h fake.Hook
	require.NoError(s.t, json.Unmarshal(answer.Body.Bytes(), &h))
	return call{"POST", s.host, front + "/hooks/shipping/parcelpost/test", h.Body, h.Header}
}

func TestStaffSendsAnOrderWithACarrier(t *testing.T) {
	s := start(t).sending()
	reader := s.staff(s.of, identity.ReadOnly)
	s.do(call{"POST", s.host, s.path + "/shipments", nil, reader}).is(403, "forbidden")
	s.send("POST", s.path+"/returns", nil, nil).is(409, "not_shippable")
	s.send("POST", s.path+"/shipments", map[string]any{"carrier": "nobody"}, nil).is(422, "no_carrier")
	s.send("POST", s.path+"/shipments", map[string]any{"grams": -1}, nil).is(422, "invalid_request")
	s.send("POST", s.path+"/shipments", map[string]any{"tenant_id": "ten_x"}, nil).is(422, "invalid_request")
	s.send("POST", adminPath+"/orders/999999/shipments", nil, nil).is(404, "order_not_found")

	once := map[string]string{headerOnce: "s1"}
	var sent Shipment
	s.send("POST", s.path+"/shipments", map[string]any{"grams": 450}, once).is(201).into(&sent)
	require.Equal(t, "booked", sent.Status)
	require.Equal(t, []string{"outward", "parcelpost", "express"}, []string{sent.Direction, sent.Carrier, sent.Service})
	require.EqualValues(t, 450, sent.Grams)
	require.True(t, sent.Test)
	require.Regexp(t, `^PP\d{9}BD$`, sent.TrackingNumber)
	require.Equal(t, ParcelTrack{Steps: []ParcelStep{}}, sent.Parcel, "the carrier has not scanned it yet")
	require.Positive(t, sent.Price.Amount)
	again := s.send("POST", s.path+"/shipments", map[string]any{"grams": 450}, once).is(201)
	require.Equal(t, "true", again.header.Get(headerReplayed))
	s.send("POST", s.path+"/shipments", map[string]any{"grams": 451}, once).is(422)
	s.send("POST", s.path+"/shipments", nil, nil).is(409, "already_booked")

	var list ShipmentList
	s.do(call{"GET", s.host, s.path + "/shipments", nil, reader}).is(200).into(&list)
	require.Equal(t, []Shipment{sent}, list.Shipments)
	seen := s.shopper()
	require.Equal(t, "fulfilled", seen.Order.Status)
	require.Equal(t, sent.TrackingNumber, seen.Order.Tracking)
	require.Equal(t, []OrderShipment{{"outward", sent.TrackingNumber, sent.TrackingURL, sent.Parcel}}, seen.Shipments)

	label := adminPath + "/shipments/" + sent.ID + "/documents/label"
	s.do(call{"GET", s.host, label, nil, reader}).is(403, "forbidden")
	page := s.send("GET", label, nil, nil)
	for end := time.Now().Add(10 * time.Second); page.status != 200; page = s.send("GET", label, nil, nil) {
		page.is(503, "carrier_unavailable")
		require.True(t, time.Now().Before(end), "the label is never ready")
	}
	require.Equal(t, "application/pdf", page.header.Get("Content-Type"))
	require.Equal(t, "no-store", page.header.Get("Cache-Control"))
	require.True(t, bytes.HasPrefix(page.body, []byte("%PDF-")))
	s.send("GET", adminPath+"/shipments/"+sent.ID+"/documents/customs_form", nil, nil).is(404, "document_not_found")
	s.send("GET", adminPath+"/shipments/"+sent.ID+"/documents/poem", nil, nil).is(422)
	s.send("GET", adminPath+"/shipments/bkg_none/documents/label", nil, nil).is(404, "shipment_not_found")

	other := s.vendor.stack.vendor()
	other.send("GET", label, nil, nil).is(404, "shipment_not_found")
	other.send("POST", adminPath+"/shipments/"+sent.ID+"/cancellation", nil, nil).is(404, "shipment_not_found")
}

func TestCarriersSendNews(t *testing.T) {
	s := start(t).sending()
	var sent Shipment
	s.send("POST", s.path+"/shipments", nil, nil).is(201).into(&sent)
	ref := sent.CarrierRef
	var hooks []call
	for i, status := range []string{"collected", "out_for_delivery", "delivered"} {
		require.True(t, s.post.Move(ref, status, "Sylhet", time.Now().Add(time.Duration(i+1)*time.Minute)))
		hooks = append(hooks, s.hook(ref, "evt_"+status))
	}
	forged := hooks[0]
	forged.body = forged.body.(string) + " "
	s.do(forged).is(403, "webhook_forged")
	require.Empty(t, s.shopper().Shipments[0].Parcel.Status)
	for _, hook := range slices.Concat(hooks[1:], hooks) {
		s.do(hook).is(200)
	}
	parcel := s.shopper().Shipments[0].Parcel
	require.Equal(t, "delivered", parcel.Status)
	require.Len(t, parcel.Steps, 4)
	require.Equal(t, "Sylhet", parcel.Steps[3].Place)
	unknown := hooks[0]
	unknown.path = front + "/hooks/shipping/nobody/test"
	s.do(unknown).is(404, "provider_account_not_found")
	unknown.path = front + "/hooks/shipping/parcelpost/live"
	s.do(unknown).is(404, "provider_account_not_found")
	s.send("POST", adminPath+"/shipments/"+sent.ID+"/cancellation", nil, nil).is(409, "too_late_to_cancel")
}

func TestAShipmentIsCancelledAndReturned(t *testing.T) {
	s := start(t).sending()
	var sent, back Shipment
	s.send("POST", s.path+"/shipments", nil, nil).is(201).into(&sent)
	cancel := adminPath + "/shipments/" + sent.ID + "/cancellation"
	s.do(call{"POST", s.host, cancel, nil, s.staff(s.of, identity.ReadOnly)}).is(403, "forbidden")
	for end := time.Now().Add(10 * time.Second); sent.Status != "cancelled"; s.send("POST", cancel, nil, nil).is(200).into(&sent) {
		require.True(t, time.Now().Before(end), "it is never cancelled")
	}
	s.send("POST", cancel, nil, nil).is(409, "shipment_ended")
	require.Empty(t, s.shopper().Shipments)
	s.send("POST", s.path+"/returns", map[string]any{"service": "economy"}, nil).is(201).into(&back)
	require.Equal(t, []string{"return", "economy", "booked"}, []string{back.Direction, back.Service, back.Status})
	require.Equal(t, "return", s.shopper().Shipments[0].Direction)

	s.post.Inject(fake.Fault{Method: "POST", Suffix: "/v1/shipments", Kind: fake.RateLimit})
	s.send("POST", s.path+"/shipments", nil, nil).is(503, "carrier_unavailable")
	s.send("POST", s.path+"/shipments", map[string]any{"service": "teleport"}, nil).is(422, "invalid_shipment")
	s.post.Inject(fake.Fault{Method: "POST", Suffix: "/v1/shipments", Kind: fake.ErrorAfter})
	s.send("POST", s.path+"/shipments", nil, nil).is(201).into(&sent)
	require.Equal(t, "requested", sent.Status, "nobody knows yet")
}
