package dispatch_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/plugins/shipping-parcelpost/fake"
	"github.com/halum-hut/halum/ports"
)

func TestACancelledBookingCanBeSentAgain(t *testing.T) {
	d := newDesk(t)
	o := d.confirmed("3100")
	first := d.booked(d.send(o))
	b, err := d.Cancel(t.Context(), d.tenant, first.ID, "usr_1")
	require.NoError(t, err)
	require.True(t, b.Cancelling, "the carrier takes its time")
	require.Equal(t, shipping.Booked, b.Status)
	_, err = d.Book(t.Context(), d.tenant, d.send(o), nil)
	require.ErrorIs(t, err, shipping.ErrBookedAlready)
	require.Equal(t, shipping.Cancelled, d.settled(b.ID).Status)
	require.Equal(t, fake.Books{Bookings: 1, Cancelled: 1}, d.post.Books(string(b.ID)))
	require.Equal(t, order.Fulfilled, d.order(o.ID).Status)
	require.Empty(t, d.order(o.ID).Tracking, "it leads nowhere")
	second := d.booked(d.send(o))
	require.Equal(t, second.TrackingNumber, d.order(o.ID).Tracking)
	shelf, _ := d.left()
	require.EqualValues(t, onHand-2, shelf, "the goods leave the shelf once")
	shopper, staff := d.told(o)
	require.Equal(t, []string{"Order # is on its way", "Order # has a new parcel"}, shopper)
	require.Equal(t, []string{"Order # was sent", "The shipment of order # was cancelled", "Order # was sent again"}, staff)
}

func TestTooLateToCancel(t *testing.T) {
	d := newDesk(t)
	b := d.booked(d.send(d.confirmed("3100")))
	require.True(t, d.post.Move(b.CarrierRef, "in_transit", "Dhaka", time.Time{}))
	b, err := d.Cancel(t.Context(), d.tenant, b.ID, "usr_1")
	require.ErrorIs(t, err, shipping.ErrTooLate)
	require.False(t, b.Cancelling)
	require.Equal(t, shipping.Booked, d.booking(b.ID).Status)
	require.Equal(t, "too_late", d.booking(b.ID).Code)
}

func TestACancellationThatGotNoAnswer(t *testing.T) {
	for _, kind := range []fake.Kind{fake.ErrorBefore, fake.ErrorAfter, fake.BreakAfter, fake.Garbage} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			b := d.booked(d.send(d.confirmed("3100")))
			d.post.Inject(fake.Fault{Method: "POST", Suffix: "/cancel", Kind: kind})
			b, err := d.Cancel(t.Context(), d.tenant, b.ID, "usr_1")
			require.NoError(t, err)
			require.True(t, b.Cancelling)
			require.Equal(t, shipping.Cancelled, d.settled(b.ID).Status)
			require.Equal(t, fake.Books{Bookings: 1, Cancelled: 1}, d.post.Books(string(b.ID)))
		})
	}
}

// One that nobody knows to be booked may be given up too: nothing is booked for it any more.
func TestARequestIsCancelled(t *testing.T) {
	for kind, booked := range map[fake.Kind]int{fake.ErrorBefore: 0, fake.ErrorAfter: 1} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			o := d.confirmed("3100")
			d.post.Inject(fake.Fault{Method: "POST", Suffix: "/v1/shipments", Kind: kind})
			b, err := d.Book(t.Context(), d.tenant, d.send(o), nil)
			require.NoError(t, err)
			require.Equal(t, shipping.Requested, b.Status)
			_, err = d.Cancel(t.Context(), d.tenant, b.ID, "usr_1")
			require.NoError(t, err)
			require.Equal(t, shipping.Cancelled, d.settled(b.ID).Status)
			require.Equal(t, fake.Books{Bookings: booked, Cancelled: booked}, d.post.Books(string(b.ID)))
			require.Equal(t, order.Confirmed, d.order(o.ID).Status, "nothing was sent")
			d.booked(d.send(o))
		})
	}
}

func TestAnOrderCancelledMeanwhileNeedsNoParcel(t *testing.T) {
	d := newDesk(t)
	o := d.confirmed("0001")
	b, err := d.Book(t.Context(), d.tenant, d.send(o), nil)
	require.NoError(t, err)
	require.Equal(t, shipping.Pending, b.Status)
	d.update(func(ctx context.Context, tx ports.Tx) error {
		o.Status = order.Cancelled
		return tx.SaveOrder(ctx, o)
	})
	require.Equal(t, shipping.Cancelled, d.settled(b.ID).Status)
	require.Equal(t, fake.Books{Bookings: 1, Cancelled: 1}, d.post.Books(string(b.ID)))
	require.Equal(t, order.Cancelled, d.order(o.ID).Status)
}

func TestGoodsComeBack(t *testing.T) {
	d := newDesk(t)
	o := d.confirmed("3100")
	out := d.booked(d.send(o))
	back := d.booked(d.back(o))
	require.Equal(t, o.Address, back.Parcel.From)
	require.Equal(t, out.TrackingNumber, d.order(o.ID).Tracking)
	_, err := d.Book(t.Context(), d.tenant, d.back(o), nil)
	require.ErrorIs(t, err, shipping.ErrBookedAlready)
	require.True(t, d.post.Move(back.CarrierRef, "delivered", "Dhaka", time.Time{}))
	again, err := d.Follow(t.Context(), d.tenant, back.ID)
	require.NoError(t, err)
	require.Zero(t, again)
	require.Equal(t, shipping.ParcelDelivered, d.booking(back.ID).ParcelStatus)
	shopper, _ := d.told(o)
	require.Equal(t, []string{"Order # is on its way", "Your return of order # is booked", "Your return of order # has arrived"}, shopper)
	d.booked(d.back(o))
	shelf, _ := d.left()
	require.EqualValues(t, onHand-2, shelf, "what comes back is looked at by people first")
}

// Webhooks come late, twice and shuffled; each is a snapshot, and the parcel is where its last scan was.
func TestWebhooksMoveTheParcel(t *testing.T) {
	d := newDesk(t)
	o := d.confirmed("3100")
	b := d.booked(d.send(o))
	hooks := []ports.Webhook{d.hook(b.CarrierRef, "evt_0", "test")}
	for i, status := range []string{"collected", "out_for_delivery", "delivered"} {
		require.True(t, d.post.Move(b.CarrierRef, status, "Sylhet", time.Now().Add(time.Duration(i+1)*time.Minute)))
		hooks = append(hooks, d.hook(b.CarrierRef, "evt_"+status, "test"))
	}
	receive := func(in ports.Webhook) error {
		_, err := d.Receive(t.Context(), d.tenant, "parcelpost", provider.Test, in)
		return err
	}
	require.NoError(t, receive(hooks[2]))
	got := d.booking(b.ID)
	require.Equal(t, shipping.ParcelOutForDelivery, got.ParcelStatus)
	require.Len(t, got.Steps, 3)
	for _, in := range slices.Concat(hooks[:2], hooks, hooks) {
		require.NoError(t, receive(in))
	}
	got = d.booking(b.ID)
	require.Equal(t, shipping.ParcelDelivered, got.ParcelStatus)
	require.Len(t, got.Steps, 4)
	require.True(t, got.Ended())
	shopper, staff := d.told(o)
	require.Equal(t, []string{"Order # is on its way", "Order # is out for delivery", "Order # was delivered"}, shopper)
	require.Equal(t, []string{"Order # was sent", "Order # was delivered"}, staff)

	_, err := d.Receive(t.Context(), d.tenant, "nobody", provider.Test, hooks[0])
	require.ErrorIs(t, err, provider.ErrNotFound)
	forged := hooks[0]
	forged.Body = append(slices.Clone(forged.Body), ' ')
	require.ErrorIs(t, receive(forged), ports.ErrForged)
	require.ErrorIs(t, receive(d.hook(b.CarrierRef, "evt_live", "live")), ports.ErrForged)
}

// A carrier's news may be faster than the answer to the request that booked.
func TestAWebhookBeforeTheAnswer(t *testing.T) {
	d := newDesk(t)
	o := d.confirmed("3100")
	d.post.Inject(fake.Fault{Method: "POST", Suffix: "/v1/shipments", Kind: fake.ErrorAfter})
	b, err := d.Book(t.Context(), d.tenant, d.send(o), nil)
	require.NoError(t, err)
	require.Equal(t, shipping.Requested, b.Status)
	known := d.host.Carrier(d.account())
	tracked, err := known.Track(t.Context(), b)
	require.NoError(t, err)
	_, err = d.Receive(t.Context(), d.tenant, "parcelpost", provider.Test, d.hook(tracked.Booking.Ref, "evt_1", "test"))
	require.NoError(t, err)
	require.Equal(t, order.Fulfilled, d.order(o.ID).Status)
	require.Equal(t, shipping.Booked, d.settled(b.ID).Status)

	elsewhere, err := known.Book(t.Context(), ports.BookParcel{Booking: shipping.Booking{
		ID: "bkg_elsewhere", Direction: shipping.Outward, Service: "express", Parcel: b.Parcel,
	}})
	require.NoError(t, err)
	_, err = d.Receive(t.Context(), d.tenant, "parcelpost", provider.Test, d.hook(elsewhere.Ref, "evt_2", "test"))
	require.NoError(t, err, "news of what this shop never booked are none")
}

func (d *desk) account() (a provider.Account) {
	d.t.Helper()
	require.NoError(d.t, d.db.View(d.t.Context(), d.tenant, func(ctx context.Context, v ports.View) error {
		all, err := v.ProviderAccounts(ctx, provider.Shipping)
		a = provider.Find(all, d.tenant, provider.Shipping, "parcelpost", provider.Test)
		return err
	}))
	return a
}

func TestAParcelIsFollowedWithoutWebhooks(t *testing.T) {
	d := newDesk(t)
	b := d.booked(d.send(d.confirmed("3100")))
	again, err := d.Follow(t.Context(), d.tenant, b.ID)
	require.NoError(t, err)
	require.Positive(t, again)
	require.True(t, d.post.Move(b.CarrierRef, "lost", "Dhaka", time.Now().Add(time.Minute)))
	again, err = d.Follow(t.Context(), d.tenant, b.ID)
	require.NoError(t, err)
	require.Positive(t, again, "what is lost may be found")
	require.Equal(t, shipping.ParcelFailure, d.booking(b.ID).ParcelStatus)
	d.later(70 * 24 * time.Hour)
	again, err = d.Follow(t.Context(), d.tenant, b.ID)
	require.NoError(t, err)
	require.Zero(t, again, "but not after two months")
	looked, err := d.Sweep(t.Context(), d.tenant)
	require.NoError(t, err)
	require.Zero(t, looked)
	_, err = d.Follow(t.Context(), d.tenant, "bkg_none")
	require.ErrorIs(t, err, shipping.ErrNoBooking)
}
