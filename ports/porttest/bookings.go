package porttest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/ports"
)

func newBooking(of order.Order, way shipping.Direction, at time.Time) shipping.Booking {
	parcel := shipping.Parcel{
		Items: 3, Grams: 1250, Subtotal: money.New(300, "BDT"), From: shipping.Address{Name: "The shop", Country: "BD"}, To: of.Address,
	}
	return shipping.NewBooking(shipping.BookingID(id.New("bkg", at)), string(of.ID), way, provider.Account{Plugin: "parcelpost", Mode: provider.Test},
		shipping.Rate{Service: "express", Ref: "rate_1"}, parcel, "usr_1", at)
}

// bookings are kept by their ids, oldest first, and found by the carrier's reference.
func bookings(t *testing.T, s Subject) {
	sh := s.shop(t)
	o, p := newOrder(1)
	o = sh.place(o, p)
	out, back := newBooking(o, shipping.Outward, now()), newBooking(o, shipping.Return, now().Add(time.Second))
	sh.saveBookings(out, back)
	sh.view(func(ctx context.Context, v ports.View) {
		got, err := v.Bookings(ctx, o.ID)
		require.NoError(t, err)
		require.Equal(t, []shipping.Booking{out, back}, got)
		_, err = v.BookingByRef(ctx, out.Plugin, out.Mode, "")
		require.ErrorIs(t, err, shipping.ErrNoBooking)
	})
	out.Status, out.Cancelling, out.CarrierRef, out.TrackingNumber, out.TrackingURL = shipping.Booked, true, "shp_1", "PP1", "https://t.example/PP1"
	out.Price, out.Code, out.Message, out.ParcelStatus, out.ParcelAt = money.New(200, "BDT"), "c", "m", shipping.ParcelInTransit, now()
	out.Steps = []shipping.Step{{Status: shipping.ParcelInTransit, At: now(), Place: "ঢাকা", Text: "Scanned"}, {Text: "a remark"}}
	out.UpdatedAt = now().Add(time.Minute)
	sh.saveBookings(out)
	sh.view(func(ctx context.Context, v ports.View) {
		got, err := v.BookingByRef(ctx, out.Plugin, out.Mode, "shp_1")
		require.NoError(t, err)
		require.Equal(t, out, got)
		for _, other := range []struct {
			plugin string
			mode   provider.Mode
			ref    string
		}{{"other", out.Mode, "shp_1"}, {out.Plugin, provider.Live, "shp_1"}, {out.Plugin, out.Mode, "shp_2"}} {
			_, err := v.BookingByRef(ctx, other.plugin, other.mode, other.ref)
			require.ErrorIs(t, err, shipping.ErrNoBooking)
		}
	})
	sh.update(func(ctx context.Context, tx ports.Tx) error {
		got, err := tx.Booking(ctx, out.ID)
		require.NoError(t, err)
		require.Equal(t, out, got)
		_, err = tx.Booking(ctx, "bkg_none")
		require.ErrorIs(t, err, shipping.ErrNoBooking)
		return nil
	})
	orphan := out
	orphan.ID, orphan.OrderID = "bkg_orphan", "ord_none"
	require.Error(t, s.Store.Update(t.Context(), sh.id, func(ctx context.Context, tx ports.Tx) error { return tx.SaveBooking(ctx, orphan) }))
}

// openBookings are those of which more will come, as shipping.Booking.Ended has it, page by page.
func openBookings(t *testing.T, s Subject) {
	sh := s.shop(t)
	o, p := newOrder(1)
	o = sh.place(o, p)
	var all, open []shipping.Booking
	for _, status := range []shipping.BookingStatus{shipping.Requested, shipping.Pending, shipping.Booked, shipping.Declined, shipping.Cancelled} {
		for _, parcel := range []shipping.ParcelStatus{shipping.ParcelUnknown, shipping.ParcelInTransit, shipping.ParcelDelivered, shipping.ParcelFailure, shipping.ParcelCancelled} {
			b := newBooking(o, shipping.Outward, now())
			b.Status, b.ParcelStatus, b.Cancelling = status, parcel, parcel == shipping.ParcelDelivered && status == shipping.Booked
			twin := newBooking(o, shipping.Return, now())
			twin.Status, twin.ParcelStatus = status, parcel
			all = append(all, b, twin)
		}
	}
	old := newBooking(o, shipping.Outward, now().AddDate(0, -3, 0))
	sh.saveBookings(append(all, old)...)
	for _, b := range all {
		if !b.Ended() {
			open = append(open, b)
		}
	}
	slices.SortFunc(open, func(a, b shipping.Booking) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	var got []shipping.Booking
	for after := shipping.BookingID(""); ; after = got[len(got)-1].ID {
		var page []shipping.Booking
		sh.view(func(ctx context.Context, v ports.View) {
			var err error
			page, err = v.OpenBookings(ctx, now().AddDate(0, -1, 0), after, 4)
			require.NoError(t, err)
		})
		if len(page) == 0 {
			break
		}
		require.LessOrEqual(t, len(page), 4)
		got = append(got, page...)
	}
	require.Equal(t, open, got)
}

func (s shop) saveBookings(all ...shipping.Booking) {
	s.t.Helper()
	s.update(func(ctx context.Context, tx ports.Tx) error {
		for _, b := range all {
			if err := tx.SaveBooking(ctx, b); err != nil {
				return err
			}
		}
		return nil
	})
}
