package dispatch_test

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/dispatch"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/plugins/shipping-parcelpost/fake"
	"github.com/halum-hut/halum/ports"
)

func TestABookingFulfilsTheOrder(t *testing.T) {
	d := newDesk(t)
	o := d.confirmed("3100")
	b := d.booked(d.send(o))
	require.Equal(t, "express", b.Service)
	require.Equal(t, money.New(20000, "BDT"), b.Price)
	require.EqualValues(t, 1200, b.Parcel.Grams, "as the catalogue says")
	require.Equal(t, o.Address, b.Parcel.To)
	require.Equal(t, "BD", b.Parcel.From.Country)
	require.Equal(t, "usr_1", b.By)
	sent := d.order(o.ID)
	require.Equal(t, order.Fulfilled, sent.Status)
	require.Equal(t, b.TrackingNumber, sent.Tracking)
	shelf, free := d.left()
	require.Equal(t, []int64{onHand - 2, onHand - 2}, []int64{shelf, free})
	require.Equal(t, fake.Books{Bookings: 1}, d.post.Books(string(b.ID)))
	again, err := d.Resolve(t.Context(), d.tenant, b.ID)
	require.NoError(t, err)
	require.Zero(t, again)
	shopper, staff := d.told(o)
	require.Equal(t, []string{"Order # is on its way"}, shopper)
	require.Equal(t, []string{"Order # was sent"}, staff)
	_, err = d.Book(t.Context(), d.tenant, d.send(o), nil)
	require.ErrorIs(t, err, shipping.ErrBookedAlready)

	var label shipping.Document
	require.Eventually(t, func() bool {
		label, err = d.Document(t.Context(), d.tenant, b.ID, "label")
		return err == nil
	}, 10*time.Second, 20*time.Millisecond)
	require.True(t, bytes.HasPrefix(label.Content, []byte("%PDF-")))
	_, err = d.Document(t.Context(), d.tenant, b.ID, "customs_form")
	require.ErrorIs(t, err, shipping.ErrNoDocument)
	_, err = d.Document(t.Context(), d.tenant, "bkg_none", "label")
	require.ErrorIs(t, err, shipping.ErrNoBooking)
}

func TestWhatCannotBeSent(t *testing.T) {
	d := newDesk(t)
	o := d.confirmed("3100")
	change := func(change func(*order.Order)) func() order.Order {
		return func() order.Order {
			o := d.confirmed("3100")
			change(&o)
			d.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveOrder(ctx, o) })
			return o
		}
	}
	for name, c := range map[string]struct {
		order func() order.Order
		in    dispatch.Send
		want  error
	}{
		"an unpaid order":     {change(func(o *order.Order) { o.Status = order.Pending }), dispatch.Send{Direction: shipping.Outward}, shipping.ErrNotSendable},
		"a cancelled order":   {change(func(o *order.Order) { o.Status = order.Cancelled }), dispatch.Send{Direction: shipping.Outward}, shipping.ErrNotSendable},
		"back what is here":   {change(func(*order.Order) {}), dispatch.Send{Direction: shipping.Return}, shipping.ErrNotSendable},
		"an unknown order":    {func() order.Order { return order.Order{Number: 999999} }, dispatch.Send{Direction: shipping.Outward}, order.ErrNotFound},
		"an unknown carrier":  {change(func(*order.Order) {}), dispatch.Send{Direction: shipping.Outward, Plugin: "nobody", Service: "x"}, shipping.ErrNoCarrier},
		"without a service":   {change(func(*order.Order) {}), dispatch.Send{Direction: shipping.Outward, Plugin: "flatrate"}, shipping.ErrNoCarrier},
		"by who only quotes":  {change(func(*order.Order) {}), dispatch.Send{Direction: shipping.Outward, Plugin: "flatrate", Service: "standard"}, shipping.ErrCarrierAway},
		"by another's wishes": {change(func(*order.Order) {}), dispatch.Send{Direction: shipping.Outward, Service: "teleport"}, fault.New(fault.Invalid, "invalid_shipment", "")},
	} {
		of := c.order()
		c.in.Order, c.in.By = of.Number, "usr_1"
		_, err := d.Book(t.Context(), d.tenant, c.in, nil)
		require.ErrorIs(t, err, c.want, name)
		if of.ID != "" {
			require.Equal(t, of.Status, d.order(of.ID).Status, name)
		}
	}
	d.update(func(ctx context.Context, tx ports.Tx) error {
		accounts, err := tx.ProviderAccounts(ctx, provider.Shipping)
		require.NoError(t, err)
		off := provider.Find(accounts, d.tenant, provider.Shipping, "parcelpost", provider.Test)
		off.Disabled = true
		return tx.SaveProviderAccount(ctx, off)
	})
	_, err := d.Book(t.Context(), d.tenant, d.send(o), nil)
	require.ErrorIs(t, err, shipping.ErrNoCarrier)
}

func TestADeclinedBookingLeavesTheOrder(t *testing.T) {
	d := newDesk(t)
	o := d.confirmed("0000")
	b, err := d.Book(t.Context(), d.tenant, d.send(o), nil)
	require.ErrorIs(t, err, shipping.ErrDeclined)
	require.Equal(t, "address_unserviceable", b.Code)
	require.Equal(t, order.Confirmed, d.order(o.ID).Status)
	_, staff := d.told(o)
	require.Equal(t, []string{"The shipment of order # was not booked"}, staff)
	_, err = d.Book(t.Context(), d.tenant, d.send(o), nil)
	require.ErrorIs(t, err, shipping.ErrDeclined, "it may be tried again")
	_, err = d.Cancel(t.Context(), d.tenant, b.ID, "usr_1")
	require.ErrorIs(t, err, shipping.ErrEnded)
}

func TestACarrierMayDecideLater(t *testing.T) {
	d := newDesk(t)
	o := d.confirmed("0001")
	b, err := d.Book(t.Context(), d.tenant, d.send(o), nil)
	require.NoError(t, err)
	require.Equal(t, shipping.Pending, b.Status)
	require.Equal(t, order.Confirmed, d.order(o.ID).Status)
	require.Equal(t, shipping.Booked, d.settled(b.ID).Status)
	require.Equal(t, order.Fulfilled, d.order(o.ID).Status)
}

// Whatever goes wrong on the way, one booking comes of it, and the order is sent once.
func TestAnUnknownBookingIsResolved(t *testing.T) {
	for _, kind := range []fake.Kind{fake.ErrorBefore, fake.BreakBefore, fake.HangBefore, fake.ErrorAfter, fake.BreakAfter, fake.HangAfter, fake.Garbage} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			o := d.confirmed("3100")
			d.post.Inject(fake.Fault{Method: "POST", Suffix: "/v1/shipments", Kind: kind})
			b, err := d.Book(t.Context(), d.tenant, d.send(o), nil)
			require.NoError(t, err)
			require.Equal(t, shipping.Requested, b.Status)
			again, err := d.Resolve(t.Context(), d.tenant, b.ID)
			require.NoError(t, err)
			done := d.post.Books(string(b.ID)).Bookings == 1
			require.Equal(t, done, again == 0, "while the first call may be on its way, nothing is sent again")
			require.Equal(t, shipping.Booked, d.settled(b.ID).Status)
			require.Equal(t, order.Fulfilled, d.order(o.ID).Status)
			require.Equal(t, fake.Books{Bookings: 1}, d.post.Books(string(b.ID)))
			shelf, _ := d.left()
			require.EqualValues(t, onHand-2, shelf)
		})
	}
}

func TestACarrierThatIsAwayBooksNothing(t *testing.T) {
	d := newDesk(t)
	o := d.confirmed("3100")
	d.post.Inject(fake.Fault{Method: "POST", Suffix: "/v1/shipments", Kind: fake.RateLimit})
	_, err := d.Book(t.Context(), d.tenant, d.send(o), nil)
	require.ErrorIs(t, err, shipping.ErrCarrierAway)
	d.booked(d.send(o))
}

// A crash between the intent and the call leaves what the sweep of the night ends.
func TestALostBookingIsSwept(t *testing.T) {
	d := newDesk(t)
	o := d.confirmed("3100")
	b := shipping.NewBooking("bkg_lost", string(o.ID), shipping.Outward, provider.Account{Plugin: "parcelpost", Mode: provider.Test},
		shipping.Rate{Service: "express"}, shipping.Parcel{
			Items: 2, Grams: 1200, Subtotal: o.Subtotal, From: shipping.Address{Country: "BD"}, To: o.Address,
		}, "usr_1", time.Now().Add(-time.Minute))
	d.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveBooking(ctx, b) })
	looked, err := d.Sweep(t.Context(), d.tenant)
	require.NoError(t, err)
	require.Equal(t, 1, looked)
	require.Equal(t, shipping.Booked, d.booking(b.ID).Status)
	require.Equal(t, order.Fulfilled, d.order(o.ID).Status)
	d.server.CloseClientConnections()
	d.server.Close()
	looked, err = d.Sweep(t.Context(), d.tenant)
	require.NoError(t, err, "a carrier that is away is for tomorrow")
	require.Equal(t, 1, looked)
}

func TestManyClicksBookOnce(t *testing.T) {
	d := newDesk(t)
	o := d.confirmed("3100")
	var all sync.WaitGroup
	var mu sync.Mutex
	ids := map[shipping.BookingID]bool{}
	for i := range 12 {
		all.Go(func() {
			var once *app.Once
			if i%2 == 0 {
				once = &app.Once{Once: ports.Once{Key: "key", Scope: "test", Fingerprint: []byte("same")}}
			}
			b, err := d.Book(t.Context(), d.tenant, d.send(o), once)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				ids[b.ID] = true
			}
		})
	}
	all.Wait()
	require.Len(t, ids, 1)
	for id := range ids {
		require.Equal(t, fake.Books{Bookings: 1}, d.post.Books(string(id)))
	}
	shelf, _ := d.left()
	require.EqualValues(t, onHand-2, shelf)
}

func TestARepeatGetsItsBooking(t *testing.T) {
	d := newDesk(t)
	o := d.confirmed("3100")
	once := func() *app.Once {
		return &app.Once{Once: ports.Once{Key: "key", Scope: "test", Fingerprint: []byte("same")}}
	}
	first, err := d.Book(t.Context(), d.tenant, d.send(o), once())
	require.NoError(t, err)
	repeat := once()
	again, err := d.Book(t.Context(), d.tenant, d.send(o), repeat)
	require.NoError(t, err)
	require.True(t, repeat.Replayed)
	require.Equal(t, first.ID, again.ID)
	require.Equal(t, shipping.Booked, again.Status)
}
