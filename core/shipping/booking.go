package shipping

import (
	"cmp"
	"slices"
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/provider"
)

// BookingID is "bkg_" and 26 characters. It is the carrier's idempotency key.
type BookingID string

// Direction says which way a parcel goes.
type Direction string

// The directions.
const (
	Outward Direction = "outward" // to the shopper
	Return  Direction = "return"  // back to the shop
)

// Booking is the transport of an order's goods, one way. The row, with all that the carrier is asked for, is committed
// before the carrier hears of it, so that the very same can be sent again.
type Booking struct {
	ID             BookingID
	OrderID        string
	Direction      Direction
	Plugin         string
	Mode           provider.Mode
	Service        string // Rate.Service
	RateRef        string // Rate.Ref; "" when no quote is held
	Parcel         Parcel
	Status         BookingStatus
	Cancelling     bool   // it is to be given up, and the carrier has not said whether it can
	CarrierRef     string // the carrier's own reference, once known
	TrackingNumber string
	TrackingURL    string
	Price          money.Money // what the carrier charges the vendor; zero when not known
	Code           string      // why it was declined, or could not be cancelled
	Message        string      // a sentence for staff, from the carrier
	ParcelStatus   ParcelStatus
	ParcelAt       time.Time // of the parcel's status, by the carrier's clock; zero when it did not say
	Steps          []Step    // scans, oldest first
	By             string    // who asked for it
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// BookingStatus is where a booking stands: requested → pending → booked → cancelled, or declined. It never goes back.
type BookingStatus string

// The booking statuses.
const (
	Requested BookingStatus = "requested" // written down; the carrier has not answered
	Pending   BookingStatus = "pending"   // the carrier will confirm later
	Booked    BookingStatus = "booked"
	Declined  BookingStatus = "declined"
	Cancelled BookingStatus = "cancelled"
)

// CanBecome reports whether a booking in s may come to stand at next.
func (s BookingStatus) CanBecome(next BookingStatus) bool {
	switch s {
	case Requested:
		return next != Requested
	case Pending:
		return next == Booked || next == Declined || next == Cancelled
	case Booked:
		return next == Cancelled
	case Declined, Cancelled:
	}
	return false
}

// Outcome is what a carrier says became of a booking.
type Outcome string

// The outcomes. BookingUnknown is a first-class one: the call may or may not have had its effect, ask.
const (
	BookingConfirmed Outcome = "confirmed"
	BookingPending   Outcome = "pending"
	BookingDeclined  Outcome = "declined"
	BookingCancelled Outcome = "cancelled"
	BookingUnknown   Outcome = "unknown"
	NoSuchBooking    Outcome = "not_found" // an answer to a question only: nothing was ever booked
)

// Answer is what a carrier says of a booking.
type Answer struct {
	Outcome        Outcome
	Ref            string
	TrackingNumber string
	TrackingURL    string
	Price          money.Money // zero when not known
	Code           string
	Message        string
}

// Document is a file for people, such as a label.
type Document struct {
	Kind        string // "label", "customs_form"
	ContentType string // "application/pdf"
	Content     []byte
}

// ParcelLine is one kind of goods in a parcel, as for customs.
type ParcelLine struct {
	Title    string
	SKU      string
	Quantity int64
	Price    money.Money // of one
}

// Faults of bookings.
var (
	ErrNoBooking     = fault.New(fault.NotFound, "shipment_not_found", "there is no such shipment")
	ErrNoCarrier     = fault.New(fault.Invalid, "no_carrier", "choose one of the shop's carriers and a service of it: the order's own cannot be booked")
	ErrNothingToSend = fault.New(fault.Conflict, "nothing_to_ship", "nothing in this order is shipped")
	ErrBookedAlready = fault.New(fault.Conflict, "already_booked", "this order already has a shipment that way: cancel it first")
	ErrNotSendable   = fault.New(fault.Conflict, "not_shippable", "the order's state does not allow this shipment")
	ErrDeclined      = fault.New(fault.Declined, "shipment_declined", "the carrier declined the shipment")
	ErrTooLate       = fault.New(fault.Conflict, "too_late_to_cancel", "the carrier can no longer cancel this shipment")
	ErrEnded         = fault.New(fault.Conflict, "shipment_ended", "this shipment was declined or cancelled")
	ErrCarrierAway   = fault.New(fault.Unavailable, "carrier_unavailable", "the carrier does not answer: nothing was done, try again")
	ErrNoDocument    = fault.New(fault.NotFound, "document_not_found", "the carrier has no such document for this shipment")
)

// NewBooking is an intent to send a parcel with an account's carrier.
func NewBooking(id BookingID, order string, way Direction, with provider.Account, r Rate, p Parcel, by string, at time.Time) Booking {
	return Booking{
		ID: id, OrderID: order, Direction: way, Plugin: with.Plugin, Mode: with.Mode, Service: r.Service, RateRef: r.Ref, Parcel: p,
		Status: Requested, By: by, CreatedAt: at, UpdatedAt: at,
	}
}

// Stands reports whether the carrier moves the parcel, as far as anybody knows.
func (b Booking) Stands() bool { return b.Status == Booked && !b.Cancelling }

// Unsettled reports whether the carrier still has to say something that staff waits for.
func (b Booking) Unsettled() bool {
	return b.Status == Requested || b.Status == Pending || b.Cancelling
}

// Ended reports whether nothing more will come of the booking.
func (b Booking) Ended() bool {
	return b.Status == Declined || b.Status == Cancelled || b.Status == Booked && !b.Cancelling && b.ParcelStatus.final()
}

// Holds reports whether another booking in the same direction must wait: the goods are, or may be, on their way or
// there. A parcel that is lost or comes back holds nothing, and a return ends with its arrival.
func (b Booking) Holds() bool {
	switch {
	case b.Status == Declined, b.Status == Cancelled, b.ParcelStatus == ParcelFailure, b.ParcelStatus == ParcelReturning, b.ParcelStatus == ParcelCancelled:
		return false
	}
	return b.Direction == Outward || b.ParcelStatus != ParcelDelivered
}

// outcomes are the statuses that answers lead to. Pending is also said of a booking that is being cancelled.
var outcomes = map[Outcome]BookingStatus{
	BookingConfirmed: Booked, BookingPending: Pending, BookingDeclined: Declined, BookingCancelled: Cancelled,
}

// Take records what the carrier said of the booking, whichever question it answers. A late or repeated answer that would
// move it back changes nothing, nor does one about another booking of the carrier. It reports whether anything changed.
func (b *Booking) Take(a Answer, at time.Time) bool { return b.change(at, func() { b.take(a) }) }

// TakeCancel records the carrier's answer to a cancellation: one that is still confirmed stays booked, since it was too
// late. It reports whether anything changed.
func (b *Booking) TakeCancel(a Answer, at time.Time) bool {
	return b.change(at, func() {
		if b.take(a) && a.Outcome == BookingConfirmed && b.Cancelling {
			b.Cancelling, b.Code, b.Message = false, a.Code, a.Message
		}
	})
}

// Cancel notes that the booking is to be given up; the carrier must be told. Asked again, it changes nothing.
// Errors: ErrEnded.
func (b *Booking) Cancel(at time.Time) (changed bool, err error) {
	if b.Status == Declined || b.Status == Cancelled {
		return false, ErrEnded
	}
	if b.Cancelling {
		return false, nil
	}
	return b.change(at, func() { b.Cancelling, b.Code, b.Message = true, "", "" }), nil
}

// Refuse ends a booking that the carrier certainly never made. It reports whether anything changed.
func (b *Booking) Refuse(code, message string, at time.Time) bool {
	if b.Status != Requested {
		return false
	}
	next := Declined
	if b.Cancelling {
		next = Cancelled
	}
	return b.change(at, func() { b.Status, b.Cancelling, b.Code, b.Message = next, false, code, message })
}

// take reports whether the answer is about this booking and can be read.
func (b *Booking) take(a Answer) bool {
	next, known := outcomes[a.Outcome]
	if !known || !b.isAbout(a) {
		return false
	}
	if b.Status.CanBecome(next) {
		b.Status, b.Code, b.Message = next, a.Code, a.Message
	}
	if b.Status == Declined || b.Status == Cancelled {
		b.Cancelling = false
	}
	b.CarrierRef = cmp.Or(a.Ref, b.CarrierRef)
	b.TrackingNumber = cmp.Or(a.TrackingNumber, b.TrackingNumber)
	b.TrackingURL = cmp.Or(a.TrackingURL, b.TrackingURL)
	if a.Price.Amount > 0 {
		b.Price = a.Price
	}
	return true
}

// isAbout reports whether an answer can be about this booking: the carrier has one reference for it.
func (b *Booking) isAbout(a Answer) bool {
	return a.Ref == "" || b.CarrierRef == "" || a.Ref == b.CarrierRef
}

// change does something to the booking and dates it when that made a difference.
func (b *Booking) change(at time.Time, do func()) bool {
	before := *b
	do()
	if before.says() == b.says() && slices.Equal(before.Steps, b.Steps) {
		return false
	}
	b.UpdatedAt = at
	return true
}

// said is what of a booking may change, besides its steps.
type said struct {
	status                          BookingStatus
	cancelling                      bool
	ref, number, url, code, message string
	price                           money.Money
	parcel                          ParcelStatus
	at                              time.Time
}

func (b *Booking) says() said {
	return said{
		b.Status, b.Cancelling, b.CarrierRef, b.TrackingNumber, b.TrackingURL, b.Code, b.Message, b.Price, b.ParcelStatus, b.ParcelAt,
	}
}
