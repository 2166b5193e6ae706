package order

import (
	"slices"
	"time"

	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/shipping"
)

// ShipmentFact says what became of a booking of the order's goods: its kind says what.
type ShipmentFact struct {
	Order     ID                    `json:"order_id"`
	Number    int64                 `json:"number"`
	Booking   shipping.BookingID    `json:"shipment_id"`
	Direction shipping.Direction    `json:"direction"`
	Parcel    shipping.ParcelStatus `json:"parcel_status,omitempty"`
	Tracking  string                `json:"tracking_number,omitempty"`
	URL       string                `json:"tracking_url,omitempty"`
	Message   string                `json:"message,omitempty"`

	kind string
}

// Kinds of events about shipments.
const (
	KindShipmentRequested  = "order.shipment_requested" // the intent is committed
	KindShipmentBooked     = "order.shipment_booked"
	KindShipmentDeclined   = "order.shipment_declined"
	KindShipmentCancelling = "order.shipment_cancelling" // it is to be given up; that intent is committed
	KindShipmentCancelled  = "order.shipment_cancelled"
	KindParcelMoved        = "order.parcel_moved"
	KindResent             = "order.sent_again"
)

// Shipment is a fact about a booking of the order.
func (o Order) Shipment(kind string, b shipping.Booking) ShipmentFact {
	return ShipmentFact{o.ID, o.Number, b.ID, b.Direction, b.ParcelStatus, b.TrackingNumber, b.TrackingURL, b.Message, kind}
}

// Kind returns one of the kinds above.
func (f ShipmentFact) Kind() string { return f.kind }

// Subject returns the order's id.
func (f ShipmentFact) Subject() string { return string(f.Order) }

// Sendable lists what must be shipped, with its value; the weights are not the order's to know.
func (o Order) Sendable() (lines []Line, items int64, value money.Money) {
	value = money.Zero(o.Subtotal.Currency)
	for _, l := range o.Lines {
		if l.Shipped {
			lines, items, value.Amount = append(lines, l), items+l.Quantity, value.Amount+l.Total.Amount
		}
	}
	return lines, items, value
}

// Ships reports whether something of the order is sent.
func (o Order) Ships() bool {
	return slices.ContainsFunc(o.Lines, func(l Line) bool { return l.Shipped })
}

// Retrack replaces the tracking number of a fulfilled order, as when its goods are sent again. It reports whether that
// changed anything.
func (o *Order) Retrack(tracking string, at time.Time) bool {
	if o.Status != Fulfilled || o.Tracking == tracking {
		return false
	}
	o.Tracking, o.UpdatedAt = tracking, at
	return true
}
