package order_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/shipping"
)

func TestSendable(t *testing.T) {
	o := order.Order{Subtotal: bdt(0), Lines: []order.Line{
		{Title: "pot", Quantity: 2, Total: bdt(200), Shipped: true},
		{Title: "voucher", Quantity: 5, Total: bdt(500)},
		{Title: "cup", Quantity: 1, Total: bdt(50), Shipped: true},
	}}
	lines, items, value := o.Sendable()
	require.Len(t, lines, 2)
	require.EqualValues(t, 3, items)
	require.Equal(t, bdt(250), value)
	o.Lines = o.Lines[1:2]
	lines, items, value = o.Sendable()
	require.Empty(t, lines)
	require.Zero(t, items)
	require.Equal(t, bdt(0), value)
}

func TestRetrack(t *testing.T) {
	for status, ok := range map[order.Status]bool{order.Pending: false, order.Confirmed: false, order.Fulfilled: true, order.Cancelled: false} {
		o := order.Order{Status: status, Tracking: "PP1"}
		require.False(t, o.Retrack("PP1", at))
		require.Equal(t, ok, o.Retrack("PP2", at.Add(time.Hour)), status)
		require.Equal(t, ok, o.Tracking == "PP2" && o.UpdatedAt.Equal(at.Add(time.Hour)))
	}
}

func TestShipmentFacts(t *testing.T) {
	b := shipping.Booking{ID: "bkg_1", Direction: shipping.Return, ParcelStatus: shipping.ParcelDelivered, TrackingNumber: "PP1", Message: "words"}
	f := order.Order{ID: "ord_1", Number: 7}.Shipment(order.KindParcelMoved, b)
	require.Equal(t, "order.parcel_moved", f.Kind())
	require.Equal(t, "ord_1", f.Subject())
	require.Equal(t, shipping.BookingID("bkg_1"), f.Booking)
	require.Equal(t, shipping.ParcelDelivered, f.Parcel)
}
