package main

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk"
	"github.com/halum-hut/halum/plugins/shipping-parcelpost/fake"
)

func TestBookIsOneShipmentHoweverOftenItIsSent(t *testing.T) {
	w := newWorld(t)
	first := w.booked(t, bookingID)
	require.Equal(t, sdk.Amount{Minor: 20000, Currency: "BDT"}, first.Price)
	require.Regexp(t, `^PP\d{9}BD$`, first.TrackingNumber)
	require.Equal(t, "https://track.parcelpost.example/"+first.TrackingNumber, first.TrackingURL)

	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			again, err := w.Book(t.Context(), bookOf(bookingID))
			if err != nil || again != first {
				t.Errorf("%+v %v", again, err)
			}
		})
	}
	all.Wait()
	w.restart(t)
	require.Equal(t, first, w.booked(t, bookingID))
	require.Equal(t, fake.Books{Bookings: 1}, w.carrier.Books(bookingID))
	require.NotEqual(t, first.Ref, w.booked(t, othersBook).Ref)

	other := bookOf(bookingID)
	other.Parcel.Grams++
	_, err := w.Book(t.Context(), other)
	requireFault(t, err, sdk.FaultInvalid, "booking_id")
}

// Whatever goes wrong on the way, Book says unknown when the carrier may have done it and Track then knows.
func TestUnknownIsResolvedByTrack(t *testing.T) {
	for kind, want := range map[fake.Kind]struct {
		unavailable bool // certainly nothing happened
		booked      bool
	}{
		fake.ErrorBefore: {}, fake.HangBefore: {}, fake.BreakBefore: {}, fake.Elsewhere: {}, fake.RateLimit: {unavailable: true},
		fake.ErrorAfter: {booked: true}, fake.HangAfter: {booked: true}, fake.BreakAfter: {booked: true}, fake.Gateway: {booked: true},
		fake.Garbage: {booked: true}, fake.Huge: {booked: true},
	} {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t)
			w.carrier.Inject(fake.Fault{Method: "POST", Suffix: "/v1/shipments", Kind: kind})
			ctx := w.patience(t, kind)
			b, err := w.Book(ctx, bookOf(bookingID))
			if want.unavailable {
				requireFault(t, err, sdk.FaultUnavailable, "")
			} else {
				require.NoError(t, err)
				require.Equal(t, sdk.BookingUnknown, b.Outcome)
			}
			tracked, err := w.Track(t.Context(), trackOf(bookingID))
			require.NoError(t, err)
			if want.booked {
				require.Equal(t, sdk.BookingConfirmed, tracked.Booking.Outcome)
			} else {
				require.Equal(t, sdk.BookingNotFound, tracked.Booking.Outcome)
			}
			again := w.booked(t, bookingID)
			require.Equal(t, fake.Books{Bookings: 1}, w.carrier.Books(bookingID))
			if want.booked {
				require.Equal(t, tracked.Booking, again)
			}
		})
	}
}

// patience ends when a carrier that hangs has done what it was asked for, or has surely not.
func (w *world) patience(t *testing.T, kind fake.Kind) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	done := map[fake.Kind]func() bool{
		fake.HangBefore: func() bool { return w.carrier.Waiting() == 0 },
		fake.HangAfter:  func() bool { return w.carrier.Books(bookingID).Bookings > 0 },
	}[kind]
	if done == nil {
		return ctx
	}
	go func() {
		for ctx.Err() == nil && !done() {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	return ctx
}

func TestCarrierAwayIsUnavailable(t *testing.T) {
	w := newWorld(t)
	w.server.Close()
	_, err := w.Book(t.Context(), bookOf(bookingID))
	requireFault(t, err, sdk.FaultUnavailable, "")
	_, err = w.Quote(t.Context(), sdk.Quote{Account: account(), Parcel: parcel()})
	requireFault(t, err, sdk.FaultUnavailable, "")
	_, err = w.Track(t.Context(), trackOf(bookingID))
	requireFault(t, err, sdk.FaultUnavailable, "")
}

// An answer of the carrier that cannot be read must never mean that nothing was booked.
func TestTrackNeverSaysNotFoundByMistake(t *testing.T) {
	for _, kind := range []fake.Kind{fake.ErrorBefore, fake.BreakBefore, fake.Elsewhere, fake.RateLimit, fake.Gateway, fake.Garbage, fake.Huge} {
		w := newWorld(t)
		w.booked(t, bookingID)
		w.carrier.Inject(fake.Fault{Method: "GET", Suffix: "/v1/shipments", Kind: kind, Times: -1})
		_, err := w.Track(t.Context(), trackOf(bookingID))
		requireFault(t, err, sdk.FaultUnavailable, "")
	}
}

func TestBookRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		with func(*sdk.Book)
		kind sdk.FaultKind
		path string
	}{
		"id":              {func(b *sdk.Book) { b.BookingID = "../1" }, sdk.FaultInvalid, "booking_id"},
		"service":         {func(b *sdk.Book) { b.Service = "teleport" }, sdk.FaultInvalid, "service"},
		"no service":      {func(b *sdk.Book) { b.Service = "" }, sdk.FaultInvalid, "service"},
		"rate":            {func(b *sdk.Book) { b.RateRef = "express.1.BDT.0000" }, sdk.FaultInvalid, "rate_ref"},
		"no street":       {func(b *sdk.Book) { b.Parcel.To.Line1 = "" }, sdk.FaultInvalid, "parcel.to.line1"},
		"letters":         {func(b *sdk.Book) { b.Parcel.To.Name = "রহিমা" }, sdk.FaultInvalid, "parcel.to"},
		"weight":          {func(b *sdk.Book) { b.Parcel.Grams = -1 }, sdk.FaultInvalid, "parcel.grams"},
		"revoked key":     {func(b *sdk.Book) { b.Account.Secrets[apiKey] = "pp_test_acme_revoked" }, sdk.FaultMisconfigured, apiKey},
		"suspended":       {func(b *sdk.Book) { b.Account.Secrets[apiKey] = "pp_test_acme_suspended" }, sdk.FaultMisconfigured, apiKey},
		"other mode":      {func(b *sdk.Book) { b.Account.Mode = sdk.Live }, sdk.FaultMisconfigured, apiKey},
		"no address yet":  {func(b *sdk.Book) { b.Account.Mode = sdk.Live; b.Account.Secrets[apiKey] = "pp_live_acme_1" }, sdk.FaultUnavailable, ""},
		"letters, sender": {func(b *sdk.Book) { b.Parcel.From.Line1 = ""; b.Account.Config = senderOf("ঢাকা") }, sdk.FaultMisconfigured, "sender"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			b := bookOf(bookingID)
			c.with(&b)
			_, err := w.Book(t.Context(), b)
			requireFault(t, err, c.kind, c.path)
			require.Zero(t, w.carrier.Books(bookingID).Bookings)
		})
	}
}

func senderOf(city string) []byte {
	return []byte(`{"sender":{"name":"Dhaka Clay","line1":"12 Lake Road","city":"` + city + `","country":"BD"}}`)
}

func TestSenderOfTheSettingsFillsTheVendorsEnd(t *testing.T) {
	w := newWorld(t)
	there := bookOf(bookingID)
	there.Account.Config, there.Parcel.From = senderOf("Dhaka"), sdk.Address{Country: "BD"}
	b, err := w.Book(t.Context(), there)
	require.NoError(t, err)
	require.Equal(t, sdk.BookingConfirmed, b.Outcome)

	back := bookOf(othersBook)
	back.Account.Config, back.Parcel.From, back.Parcel.To = senderOf("Dhaka"), buyer(), sdk.Address{Country: "BD"}
	r, err := w.BookReturn(t.Context(), back)
	require.NoError(t, err)
	require.Equal(t, sdk.BookingConfirmed, r.Outcome)
	require.NotEqual(t, b.Ref, r.Ref)
}

func TestDeclinedAndPending(t *testing.T) {
	w := newWorld(t)
	no := bookOf(bookingID)
	no.Parcel.To.PostalCode = "0000"
	b, err := w.Book(t.Context(), no)
	require.NoError(t, err)
	require.Equal(t, sdk.BookingDeclined, b.Outcome)
	require.Equal(t, "address_unserviceable", b.Code)
	require.NotEmpty(t, b.Message)
	tracked, err := w.Track(t.Context(), trackOf(bookingID))
	require.NoError(t, err)
	require.Equal(t, b, tracked.Booking)

	perhaps := bookOf(othersBook)
	perhaps.Parcel.To.PostalCode = "0001"
	b, err = w.Book(t.Context(), perhaps)
	require.NoError(t, err)
	require.Equal(t, sdk.BookingPending, b.Outcome)
	_, err = w.GetDocuments(t.Context(), sdk.GetDocuments{Account: account(), BookingID: othersBook})
	requireFault(t, err, sdk.FaultUnavailable, "")
	w.later(time.Second)
	tracked, err = w.Track(t.Context(), trackOf(othersBook))
	require.NoError(t, err)
	require.Equal(t, sdk.BookingConfirmed, tracked.Booking.Outcome)
	require.Equal(t, sdk.ParcelPreTransit, tracked.Status)
}

func TestCancelTakesAWhile(t *testing.T) {
	w := newWorld(t)
	b := w.booked(t, bookingID)
	in := sdk.CancelBooking{Account: account(), BookingID: bookingID, BookingRef: b.Ref, IdempotencyKey: "c"}
	for range 2 {
		got, err := w.CancelBooking(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, sdk.BookingPending, got.Outcome)
	}
	w.restart(t)
	w.later(time.Second)
	tracked, err := w.Track(t.Context(), trackOf(bookingID))
	require.NoError(t, err)
	require.Equal(t, sdk.BookingCancelled, tracked.Booking.Outcome)
	require.Equal(t, sdk.ParcelCancelled, tracked.Status)
	got, err := w.CancelBooking(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, sdk.BookingCancelled, got.Outcome)
	require.Equal(t, fake.Books{Bookings: 1, Cancelled: 1}, w.carrier.Books(bookingID))
	_, err = w.GetDocuments(t.Context(), sdk.GetDocuments{Account: account(), BookingID: bookingID})
	requireFault(t, err, sdk.FaultInvalid, "booking_id")
}

func TestCancelTooLateKeepsTheBooking(t *testing.T) {
	w := newWorld(t)
	b := w.booked(t, bookingID)
	require.True(t, w.carrier.Move(b.Ref, "collected", "Dhaka", time.Time{}))
	got, err := w.CancelBooking(t.Context(), sdk.CancelBooking{Account: account(), BookingID: bookingID})
	require.NoError(t, err)
	require.Equal(t, sdk.BookingConfirmed, got.Outcome)
	require.Equal(t, "too_late", got.Code)
	require.NotEmpty(t, got.Message)
}

func TestCancelUnansweredIsUnknown(t *testing.T) {
	for _, kind := range []fake.Kind{fake.ErrorBefore, fake.BreakAfter, fake.Garbage} {
		w := newWorld(t)
		w.booked(t, bookingID)
		w.carrier.Inject(fake.Fault{Method: "POST", Suffix: "/cancel", Kind: kind})
		got, err := w.CancelBooking(t.Context(), sdk.CancelBooking{Account: account(), BookingID: bookingID})
		require.NoError(t, err)
		require.Equal(t, sdk.BookingUnknown, got.Outcome)
	}
}

// Accounts see their own shipments only, and a reference decides over a ref.
func TestBookingsOfOthersAreNotFound(t *testing.T) {
	w := newWorld(t)
	mine, other := w.booked(t, bookingID), w.booked(t, othersBook)
	in := trackOf(bookingID)
	in.Account.Secrets = sdk.Secrets{apiKey: "pp_test_other_1"}
	tracked, err := w.Track(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, sdk.BookingNotFound, tracked.Booking.Outcome)
	in.BookingID, in.BookingRef = "", mine.Ref
	tracked, err = w.Track(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, sdk.BookingNotFound, tracked.Booking.Outcome)

	in = trackOf(bookingID)
	in.BookingRef = other.Ref
	_, err = w.Track(t.Context(), in)
	requireFault(t, err, sdk.FaultInvalid, "booking_ref")
	for _, ref := range []string{"..", "a/b", "a?b"} {
		in.BookingID, in.BookingRef = "", ref
		_, err = w.Track(t.Context(), in)
		requireFault(t, err, sdk.FaultInvalid, "booking_ref")
	}
	_, err = w.CancelBooking(t.Context(), sdk.CancelBooking{Account: account(), BookingID: "bk_never"})
	requireFault(t, err, sdk.FaultInvalid, "booking_id")
}
