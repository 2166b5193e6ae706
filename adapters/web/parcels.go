package web

import (
	"net/url"
	"slices"

	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/shipping"
)

// parcelsOf are the shipments that a shopper should know of: those that the carrier took.
func parcelsOf(st settle.State) (all []shipping.Booking) {
	for _, b := range st.Bookings {
		if b.Status == shipping.Booked {
			all = append(all, b)
		}
	}
	return all
}

// tracked reports whether the order's tracking number is that of a parcel which the page shows.
func tracked(st settle.State) bool {
	return slices.ContainsFunc(parcelsOf(st), func(b shipping.Booking) bool { return b.TrackingNumber == st.Order.Tracking })
}

// arrived reports whether a parcel was delivered to the shopper, and none is on its way.
func arrived(st settle.State) (all bool) {
	for _, b := range parcelsOf(st) {
		if b.Direction == shipping.Outward && b.Holds() {
			if all = b.ParcelStatus == shipping.ParcelDelivered; !all {
				return false
			}
		}
	}
	return all
}

func parcelHeading(n int) string {
	if n == 1 {
		return "Your parcel"
	}
	return "Your parcels"
}

func parcelName(w shipping.Direction) string {
	if w == shipping.Return {
		return "Back to the shop"
	}
	return "To you"
}

// parcelBadge is where a parcel is, in words.
func parcelBadge(s shipping.ParcelStatus, way shipping.Direction) badge {
	switch s {
	case shipping.ParcelInTransit:
		return badge{"On its way", "now"}
	case shipping.ParcelOutForDelivery:
		return badge{"Out for delivery", "now"}
	case shipping.ParcelForPickup:
		return badge{"Waiting to be picked up", "wait"}
	case shipping.ParcelDelivered:
		if way == shipping.Return {
			return badge{"Back at the shop", "good"}
		}
		return badge{"Delivered", "good"}
	case shipping.ParcelReturning:
		return badge{"Going back to the sender", "bad"}
	case shipping.ParcelFailure:
		return badge{"Delivery failed", "bad"}
	case shipping.ParcelCancelled:
		return badge{"Cancelled", "off"}
	case shipping.ParcelUnknown, shipping.ParcelPreTransit:
	}
	return badge{"Announced", "wait"}
}

// stepWords is what one scan says: the carrier's words, or else the status.
func stepWords(s shipping.Step, way shipping.Direction) string {
	if s.Text != "" {
		return sentence(s.Text)
	}
	if s.Status == shipping.ParcelUnknown {
		return "Scanned"
	}
	return parcelBadge(s.Status, way).Text
}

// newestSteps are a parcel's scans for reading: the latest first.
func newestSteps(b shipping.Booking) []shipping.Step {
	all := slices.Clone(b.Steps)
	slices.Reverse(all)
	return all
}

// webLink is an address that a page may lead to; "" for what is none.
func webLink(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return address
}
