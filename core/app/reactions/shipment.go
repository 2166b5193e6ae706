package reactions

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/shipping"
)

func (r *Reactions) lookAtShipment(ctx context.Context, h happened, reaction string) (again time.Duration, err error) {
	f, err := factOf[order.ShipmentFact](h)
	if err != nil {
		return 0, err
	}
	if reaction == FollowParcel {
		return r.d.Dispatch.Follow(ctx, h.tenant.ID, f.Booking)
	}
	return r.d.Dispatch.Resolve(ctx, h.tenant.ID, f.Booking)
}

// shipmentWords tells of parcels. That an order was sent is told by its own event.
func shipmentWords(h happened) (staff, shopper words) {
	f, err := factOf[order.ShipmentFact](h)
	if err != nil {
		return staff, shopper
	}
	name, back := h.state.Order.Name(), f.Direction == shipping.Return
	switch {
	case h.Kind == order.KindResent:
		return words{"Order " + name + " was sent again", f.Tracking}, words{"Order " + name + " has a new parcel", parcelText(f)}
	case h.Kind == order.KindShipmentDeclined:
		return words{"The shipment of order " + name + " was not booked", f.Message}, shopper
	case h.Kind == order.KindShipmentCancelled:
		return words{"The shipment of order " + name + " was cancelled", "The order can be given to a carrier again."}, shopper
	case h.Kind == order.KindShipmentBooked && back:
		return words{"The return of order " + name + " is booked", f.Tracking}, words{"Your return of order " + name + " is booked", parcelText(f)}
	case h.Kind == order.KindParcelMoved && back:
		return returnWords(name, f.Parcel)
	case h.Kind == order.KindParcelMoved:
		return parcelWords(name, f)
	}
	return staff, shopper
}

func parcelWords(name string, f order.ShipmentFact) (staff, shopper words) {
	switch f.Parcel {
	case shipping.ParcelOutForDelivery:
		shopper = words{"Order " + name + " is out for delivery", parcelText(f)}
	case shipping.ParcelForPickup:
		shopper = words{"Order " + name + " is ready to be picked up", parcelText(f)}
	case shipping.ParcelDelivered:
		staff = words{"Order " + name + " was delivered", f.Tracking}
		shopper = words{"Order " + name + " was delivered", "Thank you for shopping with us."}
	case shipping.ParcelReturning:
		staff = words{"The parcel of order " + name + " comes back", "The carrier could not deliver it: " + f.Tracking}
	case shipping.ParcelFailure:
		staff = words{"The parcel of order " + name + " is lost or damaged", "Ask the carrier: " + f.Tracking}
	case shipping.ParcelUnknown, shipping.ParcelPreTransit, shipping.ParcelInTransit, shipping.ParcelCancelled:
	}
	return staff, shopper
}

func returnWords(name string, s shipping.ParcelStatus) (staff, shopper words) {
	if s != shipping.ParcelDelivered {
		return staff, shopper
	}
	return words{"The return of order " + name + " has arrived", ""}, words{"Your return of order " + name + " has arrived", ""}
}

func parcelText(f order.ShipmentFact) string {
	switch {
	case f.URL != "":
		return "Follow it here: " + f.URL
	case f.Tracking != "":
		return "Tracking: " + f.Tracking
	}
	return ""
}
