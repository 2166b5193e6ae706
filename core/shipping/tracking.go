package shipping

import (
	"cmp"
	"slices"
	"time"

	"github.com/halum-hut/halum/core/provider"
)

// ParcelStatus is where a parcel is.
type ParcelStatus string

// The statuses, in the order a parcel takes them; the last four may come at any time.
const (
	ParcelUnknown        ParcelStatus = ""
	ParcelPreTransit     ParcelStatus = "pre_transit"
	ParcelInTransit      ParcelStatus = "in_transit"
	ParcelOutForDelivery ParcelStatus = "out_for_delivery"
	ParcelForPickup      ParcelStatus = "available_for_pickup"
	ParcelDelivered      ParcelStatus = "delivered"
	ParcelReturning      ParcelStatus = "return_to_sender"
	ParcelFailure        ParcelStatus = "failure"
	ParcelCancelled      ParcelStatus = "cancelled"
)

var progress = []ParcelStatus{
	ParcelUnknown, ParcelPreTransit, ParcelInTransit, ParcelOutForDelivery, ParcelForPickup, ParcelDelivered, ParcelReturning,
	ParcelFailure, ParcelCancelled,
}

// Known reports whether s is one of the statuses.
func (s ParcelStatus) Known() bool { return slices.Contains(progress, s) }

func (s ParcelStatus) rank() int { return slices.Index(progress, s) }

func (s ParcelStatus) final() bool { return s == ParcelDelivered || s == ParcelCancelled }

// follows reports whether a later scan of s counts after one of before: a delivered parcel may come back or turn out to
// be damaged, and nothing comes after a cancelled one.
func (s ParcelStatus) follows(before ParcelStatus) bool {
	if before == ParcelDelivered {
		return s == ParcelReturning || s == ParcelFailure
	}
	return before != ParcelCancelled && s != ParcelUnknown
}

// Step is one scan of a parcel.
type Step struct {
	Status ParcelStatus `json:"status,omitempty"` // "" for one that says nothing of where the parcel is
	At     time.Time    `json:"at,omitzero"`      // by the carrier's clock, UTC
	Place  string       `json:"place,omitempty"`
	Text   string       `json:"text,omitempty"`
}

// Tracking is what a carrier says of a booking and its parcel.
type Tracking struct {
	Booking Answer
	Status  ParcelStatus
	At      time.Time // of the status, by the carrier's clock
	Steps   []Step
}

// Event is news of one parcel that a carrier sent by itself.
type Event struct {
	ID         string // the carrier's own, the same at every delivery
	Type       string
	Mode       provider.Mode
	BookingID  BookingID // ours, when the carrier repeats it
	BookingRef string
	Tracking   Tracking
}

// maxSteps bounds what is kept of a parcel: the latest.
const maxSteps = 200

// Follow records what became of the booking and where its parcel is. What counts is all scans together, in the order of
// the carrier's clock, so that news that come late, twice or in any order end the same. It reports whether anything
// changed.
func (b *Booking) Follow(t Tracking, at time.Time) bool {
	return b.change(at, func() {
		if b.isAbout(t.Booking) && t.Booking.Outcome != NoSuchBooking {
			b.take(t.Booking)
			b.merge(t)
		}
	})
}

func (b *Booking) merge(t Tracking) {
	all := append(slices.Clone(b.Steps), t.Steps...)
	if t.Status != ParcelUnknown {
		all = append(all, Step{Status: t.Status, At: t.At})
	}
	for i := range all {
		all[i].At = all[i].At.UTC().Truncate(time.Microsecond)
	}
	slices.SortFunc(all, Step.compare)
	b.Steps = nil
	for i, s := range all {
		if i+1 == len(all) || !s.within(all[i+1]) {
			b.Steps = append(b.Steps, s)
		}
	}
	b.Steps = b.Steps[max(0, len(b.Steps)-maxSteps):]
	b.ParcelStatus, b.ParcelAt = ParcelUnknown, time.Time{}
	for _, s := range b.Steps {
		if s.Status != b.ParcelStatus && s.Status.follows(b.ParcelStatus) {
			b.ParcelStatus, b.ParcelAt = s.Status, s.At
		}
	}
}

// within reports whether the next step says all that this one does: a status that was told on its own is one of the scans,
// when those are told too.
func (s Step) within(next Step) bool {
	return s == next || s.Place == "" && s.Text == "" && s.Status == next.Status && s.At.Equal(next.At)
}

func (s Step) compare(o Step) int {
	return cmp.Or(s.At.Compare(o.At), cmp.Compare(s.Status.rank(), o.Status.rank()), cmp.Compare(s.Place, o.Place), cmp.Compare(s.Text, o.Text))
}
