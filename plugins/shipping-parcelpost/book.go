package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

// Book orders a transport under the booking's id. Sent again, it finds the same shipment.
func (p *parcelpost) Book(ctx context.Context, in sdk.Book) (sdk.Booking, error) {
	return p.order(ctx, in, false)
}

// BookReturn orders the way back, under an id of its own.
func (p *parcelpost) BookReturn(ctx context.Context, in sdk.Book) (sdk.Booking, error) {
	return p.order(ctx, in, true)
}

func (p *parcelpost) order(ctx context.Context, in sdk.Book, isReturn bool) (sdk.Booking, error) {
	c, err := p.client(in.Account)
	if err != nil {
		return sdk.Booking{}, err
	}
	switch {
	case !idPattern.MatchString(in.BookingID):
		return sdk.Booking{}, sdk.Invalid("booking_id", "must be 1 to 64 letters, digits, - and _")
	case !servicePattern.MatchString(in.Service):
		return sdk.Booking{}, sdk.Invalid("service", "must be a service of the carrier")
	}
	if err := possible(in.Parcel); err != nil {
		return sdk.Booking{}, err
	}
	parcel, own := goodsToJSON(in.Parcel, c.Sender, isReturn)
	var s shipment
	f := c.do(ctx, request{http.MethodPost, "/v1/shipments", order{
		goods: parcel, Reference: in.BookingID, OrderNumber: in.OrderNumber, Service: in.Service, RateID: in.RateRef, Return: isReturn,
		Lines: linesToJSON(in.Lines),
	}}, &s)
	if f != nil && f.effect == unclear {
		return sdk.Booking{Message: "The carrier may or may not have booked it."}, nil
	}
	if f != nil {
		return sdk.Booking{}, f.fault(own)
	}
	if err := c.fits(s, in.BookingID); err != nil {
		return sdk.Booking{}, err
	}
	return s.booking(), nil
}

// CancelBooking asks the carrier to give a shipment up, which takes it a while. Once the parcel moves it stays booked, with
// the code too_late.
func (p *parcelpost) CancelBooking(ctx context.Context, in sdk.CancelBooking) (sdk.Booking, error) {
	c, err := p.client(in.Account)
	if err != nil {
		return sdk.Booking{}, err
	}
	s, err := c.existing(ctx, in.BookingID, in.BookingRef)
	if err != nil {
		return sdk.Booking{}, err
	}
	var now shipment
	f := c.do(ctx, request{method: http.MethodPost, path: "/v1/shipments/" + s.ID + "/cancel"}, &now)
	switch {
	case f == nil:
	case f.effect == unclear:
		return sdk.Booking{Message: "The carrier may or may not have cancelled it."}, nil
	case f.code == "too_late":
		kept := s.booking()
		kept.Code, kept.Message = f.code, f.message
		return kept, nil
	default:
		return sdk.Booking{}, f.fault("")
	}
	if err := c.fits(now, s.Reference); err != nil {
		return sdk.Booking{}, err
	}
	return now.booking(), nil
}

// find is the shipment of a booking, or nil when nothing was ever booked. The id decides; the carrier's own reference only
// helps when there is none. Errors: Invalid, Misconfigured, Unavailable.
func (c *client) find(ctx context.Context, id, ref string) (*shipment, error) {
	switch {
	case id != "" && !idPattern.MatchString(id):
		return nil, sdk.Invalid("booking_id", "must be 1 to 64 letters, digits, - and _")
	case ref != "" && !idPattern.MatchString(ref):
		return nil, sdk.Invalid("booking_ref", "is not a reference of the carrier")
	case id != "":
		return c.byReference(ctx, id, ref)
	case ref != "":
		return c.byRef(ctx, ref)
	}
	return nil, sdk.Invalid("booking_id", "is required")
}

func (c *client) byReference(ctx context.Context, id, ref string) (*shipment, error) {
	var answer struct {
		Shipments *[]shipment `json:"shipments"`
	}
	if f := c.do(ctx, request{method: http.MethodGet, path: "/v1/shipments?reference=" + url.QueryEscape(id)}, &answer); f != nil {
		return nil, f.fault("")
	}
	if answer.Shipments == nil { // only a list that is there and empty says that nothing was booked
		return nil, sdk.Unavailable("the carrier answered without a list")
	}
	if len(*answer.Shipments) == 0 {
		return nil, nil
	}
	s := (*answer.Shipments)[0]
	if ref != "" && s.ID != ref {
		return nil, sdk.Invalid("booking_ref", "is not of this booking")
	}
	return &s, c.fits(s, id)
}

func (c *client) byRef(ctx context.Context, ref string) (*shipment, error) {
	var s shipment
	f := c.do(ctx, request{method: http.MethodGet, path: "/v1/shipments/" + ref}, &s)
	if f != nil && f.effect == refused && f.code == "not_found" {
		return nil, nil
	}
	if f != nil {
		return nil, f.fault("")
	}
	return &s, c.fits(s, s.Reference)
}

// existing is find for calls that need a shipment.
func (c *client) existing(ctx context.Context, id, ref string) (*shipment, error) {
	s, err := c.find(ctx, id, ref)
	if err == nil && s == nil {
		err = sdk.Invalid("booking_id", "the carrier has no such booking")
	}
	return s, err
}

// fits sees that an answer is about what was asked for. One that is not is no answer: the outcome is unknown.
func (c *client) fits(s shipment, id string) error {
	switch {
	case s.Mode != string(c.mode):
		return fmt.Errorf("the carrier answered with a shipment of mode %q in %s mode", clip(s.Mode, 20), c.mode)
	case s.Reference != id || !idPattern.MatchString(s.ID):
		return fmt.Errorf("the carrier answered with another shipment than that of %s", id)
	}
	return nil
}

var outcomes = map[string]sdk.BookingOutcome{
	"pending": sdk.BookingPending, "confirmed": sdk.BookingConfirmed, "declined": sdk.BookingDeclined,
	"cancelling": sdk.BookingPending, "cancelled": sdk.BookingCancelled,
}

// booking is what became of a shipment. A state that the API does not have is unknown.
func (s shipment) booking() sdk.Booking {
	b := sdk.Booking{Outcome: outcomes[s.State], Ref: s.ID, TrackingNumber: clip(s.TrackingNumber, 64)}
	if u, err := url.Parse(s.TrackingURL); err == nil && u.Scheme == "https" && u.Host != "" && len(s.TrackingURL) <= 500 {
		b.TrackingURL = s.TrackingURL
	}
	if s.Charge.Amount > 0 && moneyPattern.MatchString(s.Charge.Currency) {
		b.Price = sdk.Amount{Minor: s.Charge.Amount, Currency: s.Charge.Currency}
	}
	switch s.State {
	case "declined":
		b.Code, b.Message = clip(strings.TrimSpace(s.Decline.Code), 60), clip(s.Decline.Message, 200)
		if b.Code == "" {
			b.Code = "declined"
		}
		if b.Message == "" {
			b.Message = "The carrier declined the booking."
		}
	case "cancelling":
		b.Code, b.Message = s.State, "The carrier is cancelling the booking."
	}
	return b
}
