package ports

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
)

// Carrier is one plugin that moves parcels for one account of a tenant.
//
// No method may be called inside a transaction. Booking and cancelling are idempotent by the booking's id: asked twice,
// the carrier does it once. A timeout, a crash or a broken connection after the request left is shipping.BookingUnknown
// with a nil error; ask Track, or send the same again. An error means that the carrier certainly did nothing:
// fault.Unavailable when it cannot be reached, fault.Invalid when it refuses the request or the vendor's settings, and
// ErrUnsupported when the plugin only quotes.
type Carrier interface {
	// Book orders the transport, or the way back, as the booking says.
	Book(ctx context.Context, in BookParcel) (shipping.Answer, error)
	// Cancel gives a booking up. Still confirmed means that it is too late.
	Cancel(ctx context.Context, b shipping.Booking) (shipping.Answer, error)
	// Documents returns labels and forms as PDF. Errors: fault.Unavailable while they are not ready.
	Documents(ctx context.Context, b shipping.Booking) ([]shipping.Document, error)
	// Track says what became of a booking and where its parcel is. shipping.NoSuchBooking is an answer and means that
	// nothing was ever booked.
	Track(ctx context.Context, b shipping.Booking) (shipping.Tracking, error)
}

// BookParcel asks a carrier to move a parcel.
type BookParcel struct {
	Booking     shipping.Booking
	OrderNumber string
	Lines       []shipping.ParcelLine
}

// Carriers finds plugins. Carrier never returns nil: a plugin that is not there is one that refuses every call with
// fault.Unavailable and so never books.
type Carriers interface {
	Carrier(account provider.Account) Carrier
}

// ShippingWebhooks reads what carriers send by themselves.
type ShippingWebhooks interface {
	// ParseShippingWebhook checks where a webhook comes from and says what it means. Errors: as Webhooks.
	ParseShippingWebhook(ctx context.Context, account provider.Account, in Webhook) ([]shipping.Event, WebhookReply, error)
}

// BookingView reads bookings of carriers.
type BookingView interface {
	// Bookings lists the bookings of an order, oldest first.
	Bookings(ctx context.Context, id order.ID) ([]shipping.Booking, error)
	// Booking returns a booking. In a Tx the row is locked until commit. Errors: shipping.ErrNoBooking.
	Booking(ctx context.Context, id shipping.BookingID) (shipping.Booking, error)
	// BookingByRef returns a booking by the carrier's reference, without locking. Errors: shipping.ErrNoBooking.
	BookingByRef(ctx context.Context, plugin string, mode provider.Mode, ref string) (shipping.Booking, error)
	// OpenBookings lists bookings made since a time that have not ended, in the order of their ids, after a given one.
	OpenBookings(ctx context.Context, since time.Time, after shipping.BookingID, limit int) ([]shipping.Booking, error)
}

// BookingTx writes bookings of carriers.
type BookingTx interface {
	// SaveBooking inserts a booking, or updates what a carrier may change of it.
	SaveBooking(ctx context.Context, b shipping.Booking) error
}
