package sdk

import (
	"context"
	"time"
)

// ShippingPlugin quotes rates for vendors. Methods are called concurrently.
//
// What a provider may or may not offer besides is an interface of its own: Carrier, ShippingWebhooks, ConfigValidator.
type ShippingPlugin interface {
	// Describe names the plugin. Account.Tenant is empty when the host asks in general. Errors: Misconfigured.
	Describe(ctx context.Context, account Account) (ShippingDescription, error)
	// Quote is pure: the same parcel and settings give the same rates. No rate for this parcel is an empty slice.
	// Errors: Invalid, Misconfigured, Unavailable.
	Quote(ctx context.Context, in Quote) ([]Rate, error)
}

// Carrier moves parcels: it books them, prints labels and knows where they are. Booking and cancelling are idempotent
// by their key; an unknown outcome is resolved by asking Track with the BookingID.
type Carrier interface {
	// Book orders the transport of one fulfilment.
	Book(ctx context.Context, in Book) (Booking, error)
	// BookReturn orders the way back: From and To of the parcel are already swapped.
	BookReturn(ctx context.Context, in Book) (Booking, error)
	// CancelBooking gives a booking up. The answer may come later: BookingPending.
	CancelBooking(ctx context.Context, in CancelBooking) (Booking, error)
	// GetDocuments returns labels and customs forms, each at most 700 KB. Errors: Unavailable while they are not ready.
	GetDocuments(ctx context.Context, in GetDocuments) ([]Document, error)
	// Track says where a parcel is. BookingNotFound promises that nothing was ever booked for this id.
	Track(ctx context.Context, in Track) (Tracking, error)
}

// ShippingWebhooks reads what a carrier sends by itself.
type ShippingWebhooks interface {
	// ParseWebhook checks that the request comes from the carrier, before anything else. Errors: Forged.
	ParseWebhook(ctx context.Context, in Webhook) (ShippingEvents, error)
}

// ShippingDescription is what a plugin says of itself.
type ShippingDescription struct {
	Name         string    // as in the file name after "shipping-"
	Version      string    // semantic version
	Services     []Service // what it may quote, for the admin; empty when that depends on the settings
	Countries    []string  // of the destination, ISO 3166-1 alpha-2; empty means any
	Currencies   []string  // ISO 4217; empty means any
	ConfigSchema string    // as PaymentDescription.ConfigSchema
}

// Service is one way of sending.
type Service struct {
	Code string // stable, such as "express"
	Name string
}

// Quote asks what sending a parcel costs.
type Quote struct {
	Account Account
	Parcel  Parcel
}

// Parcel is what is to be sent.
type Parcel struct {
	Items    int64  // number of units
	Grams    int64  // total weight
	Subtotal Amount // value of the goods
	From     Address
	To       Address
}

// Rate is one way of sending the parcel. The price must be in the currency of the parcel's subtotal.
type Rate struct {
	Service string // stable code, such as "standard"
	Name    string
	Price   Amount
	MinDays int
	MaxDays int
	Pickup  bool   // the buyer fetches it
	Ref     string // the provider's reference of this quote, handed back when it is booked
}

// Book orders a transport.
type Book struct {
	Account        Account
	BookingID      string // the platform's own, one per fulfilment or return
	IdempotencyKey string
	OrderNumber    string
	Service        string // Rate.Service
	RateRef        string // Rate.Ref
	Parcel         Parcel
	Lines          []ParcelLine
}

// ParcelLine is one kind of goods in a parcel, as for customs.
type ParcelLine struct {
	Title    string
	SKU      string
	Quantity int64
	Price    Amount // of one
}

// CancelBooking gives a booking up.
type CancelBooking struct {
	Account        Account
	BookingID      string
	BookingRef     string
	IdempotencyKey string
}

// GetDocuments asks for papers.
type GetDocuments struct {
	Account    Account
	BookingID  string
	BookingRef string
}

// Track asks where a parcel is.
type Track struct {
	Account    Account
	BookingID  string
	BookingRef string // empty when no answer to Book arrived
}

// BookingOutcome is what became of a booking.
type BookingOutcome uint8

// The outcomes of a booking. The zero value is unknown.
const (
	BookingUnknown BookingOutcome = iota
	BookingConfirmed
	BookingPending
	BookingDeclined // see Booking.Code
	BookingCancelled
	BookingNotFound // Track only
)

// Booking is a carrier's answer.
type Booking struct {
	Outcome        BookingOutcome
	Ref            string // the carrier's own
	TrackingNumber string
	TrackingURL    string
	Price          Amount // what the carrier charges the vendor; zero when not known
	Code           string // for BookingDeclined
	Message        string // a sentence for staff
}

// Document is a file for people, such as a label.
type Document struct {
	Kind        string // "label", "customs_form"
	ContentType string // "application/pdf"
	Content     []byte
}

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

// Tracking is where a parcel is and was.
type Tracking struct {
	Booking Booking
	Status  ParcelStatus
	At      time.Time // of the status, by the carrier's clock
	Steps   []TrackingStep
}

// TrackingStep is one scan of a parcel.
type TrackingStep struct {
	Status ParcelStatus
	At     time.Time
	Place  string
	Text   string
}

// ShippingEvents is what a carrier's webhook means, and the reply once it is stored.
type ShippingEvents struct {
	Events []ShippingEvent
	Reply  Reply
}

// ShippingEvent is news of one parcel.
type ShippingEvent struct {
	ID         string // the carrier's own id of the event, the same at every delivery
	Type       string
	Mode       Mode
	BookingID  string // the platform's id, when the carrier repeats it
	BookingRef string
	Tracking   Tracking
}
