package main

import (
	"context"
	"slices"

	"github.com/halum-hut/halum/plugins/sdk"
)

// maxSteps bounds what is told of a parcel: the latest.
const maxSteps = 100

// statuses are the platform's names for the carrier's.
var statuses = map[string]sdk.ParcelStatus{
	"label_created": sdk.ParcelPreTransit,
	"collected":     sdk.ParcelInTransit, "in_transit": sdk.ParcelInTransit, "at_customs": sdk.ParcelInTransit, "delayed": sdk.ParcelInTransit,
	"out_for_delivery": sdk.ParcelOutForDelivery,
	"at_pickup_point":  sdk.ParcelForPickup,
	"delivered":        sdk.ParcelDelivered, "collected_by_recipient": sdk.ParcelDelivered,
	"returning": sdk.ParcelReturning, "returned": sdk.ParcelReturning,
	"lost": sdk.ParcelFailure, "damaged": sdk.ParcelFailure,
	"cancelled": sdk.ParcelCancelled,
}

// order of the statuses among scans of the same time.
var progress = []sdk.ParcelStatus{
	sdk.ParcelUnknown, sdk.ParcelPreTransit, sdk.ParcelInTransit, sdk.ParcelOutForDelivery, sdk.ParcelForPickup, sdk.ParcelDelivered,
	sdk.ParcelReturning, sdk.ParcelFailure, sdk.ParcelCancelled,
}

// Track says what became of a booking and where its parcel is. It is how an unknown outcome is resolved.
func (p *parcelpost) Track(ctx context.Context, in sdk.Track) (sdk.Tracking, error) {
	c, err := p.client(in.Account)
	if err != nil {
		return sdk.Tracking{}, err
	}
	s, err := c.find(ctx, in.BookingID, in.BookingRef)
	if err != nil {
		return sdk.Tracking{}, err
	}
	if s == nil {
		return sdk.Tracking{Booking: sdk.Booking{Outcome: sdk.BookingNotFound, Message: "The carrier has no such booking."}}, nil
	}
	return s.tracking(), nil
}

// tracking puts the carrier's scans in the order of its own clock, whatever order they came in: the status is that of the
// latest scan, so that one that was told late turns nothing back. A scan of a kind that is not known is a step, but says
// nothing of the status.
func (s shipment) tracking() sdk.Tracking {
	t := sdk.Tracking{Booking: s.booking()}
	for _, e := range s.Events {
		t.Steps = append(t.Steps, sdk.TrackingStep{Status: statuses[e.Status], At: e.At.UTC(), Place: clip(e.Place, 120), Text: clip(e.Text, 200)})
	}
	slices.SortStableFunc(t.Steps, func(a, b sdk.TrackingStep) int {
		if order := a.At.Compare(b.At); order != 0 {
			return order
		}
		return slices.Index(progress, a.Status) - slices.Index(progress, b.Status)
	})
	for _, step := range t.Steps {
		if step.Status != sdk.ParcelUnknown {
			t.Status, t.At = step.Status, step.At
		}
	}
	t.Steps = t.Steps[max(0, len(t.Steps)-maxSteps):]
	return t
}
