package main

import (
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk"
	"github.com/halum-hut/halum/plugins/shipping-parcelpost/fake"
)

const (
	key        = "pp_test_acme_4f1c9a"
	secret     = "whsec_Y29uZm9ybWFuY2Uga2l0LCBub3cgdmFsaWQ="
	former     = "whsec_Y29uZm9ybWFuY2Uga2l0LCBiZWZvcmUgdGhhdA=="
	bookingID  = "bk_1"
	othersBook = "bk_2"
)

// world is a plugin with a carrier whose clock the test turns.
type world struct {
	*parcelpost
	carrier *fake.Server
	server  *httptest.Server
	journal string
	at      time.Time
}

func newWorld(t *testing.T) *world {
	w := &world{journal: filepath.Join(t.TempDir(), "carrier.jsonl"), at: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	w.open(t)
	t.Cleanup(func() {
		w.server.CloseClientConnections()
		w.server.Close()
		_ = w.carrier.Close()
	})
	return w
}

func (w *world) open(t *testing.T) {
	var err error
	w.carrier, err = fake.Open(w.journal, func() time.Time { return w.at })
	require.NoError(t, err)
	w.server = httptest.NewServer(w.carrier)
	w.parcelpost = newPlugin(carriers{sdk.Test: w.server.URL})
}

// restart is the carrier's death and return.
func (w *world) restart(t *testing.T) {
	w.server.CloseClientConnections()
	w.server.Close()
	require.NoError(t, w.carrier.Close())
	w.open(t)
}

func (w *world) later(d time.Duration) { w.at = w.at.Add(d) }

func account() sdk.Account {
	return sdk.Account{
		Tenant: "t_1", Mode: sdk.Test, Revision: 1, Config: []byte(`{}`),
		Secrets: sdk.Secrets{apiKey: key, webhookSecret: secret}, Former: sdk.Secrets{webhookSecret: former},
	}
}

func configured(config string) sdk.Account {
	a := account()
	a.Config = []byte(config)
	return a
}

func shop() sdk.Address {
	return sdk.Address{Name: "Dhaka Clay", Line1: "12 Lake Road", City: "Dhaka", PostalCode: "1209", Country: "BD"}
}

func buyer() sdk.Address {
	return sdk.Address{Name: "Rahima Khatun", Line1: "7 Hill Street", City: "Sylhet", PostalCode: "3100", Country: "BD", Phone: "+8801700000000"}
}

func parcel() sdk.Parcel {
	return sdk.Parcel{Items: 2, Grams: 1250, Subtotal: sdk.Amount{Minor: 199900, Currency: "BDT"}, From: shop(), To: buyer()}
}

func bookOf(id string) sdk.Book {
	return sdk.Book{
		Account: account(), BookingID: id, IdempotencyKey: id, OrderNumber: "C-1001", Service: "express", Parcel: parcel(),
		Lines: []sdk.ParcelLine{{Title: "Clay pot", SKU: "POT-1", Quantity: 2, Price: sdk.Amount{Minor: 99950, Currency: "BDT"}}},
	}
}

func trackOf(id string) sdk.Track { return sdk.Track{Account: account(), BookingID: id} }

func (w *world) booked(t *testing.T, id string) sdk.Booking {
	b, err := w.Book(t.Context(), bookOf(id))
	require.NoError(t, err)
	require.Equal(t, sdk.BookingConfirmed, b.Outcome)
	return b
}

// requireFault checks class and field of an error.
func requireFault(t *testing.T, err error, kind sdk.FaultKind, path string) {
	t.Helper()
	f := (*sdk.Fault)(nil)
	require.ErrorAs(t, err, &f)
	require.Equal(t, kind, f.Kind, f.Error())
	if path != "" {
		require.Equal(t, path, f.Fields[0].Path)
	}
}
