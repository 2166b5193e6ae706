package sdk

import (
	"context"
	"math"

	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
	shippingv1 "github.com/halum-hut/halum/plugins/sdk/proto/shipping/v1"
)

// shippingServer maps protobuf to author types, once.
type shippingServer struct {
	shippingv1.UnimplementedShippingPluginServer
	plugin ShippingPlugin
}

func (s shippingServer) Describe(ctx context.Context, in *shippingv1.DescribeRequest) (*shippingv1.DescribeResponse, error) {
	d, err := s.plugin.Describe(ctx, accountFromProto(in.GetAccount()))
	if err != nil {
		return nil, faultToProto(err)
	}
	out := &shippingv1.DescribeResponse{
		Name: d.Name, Version: d.Version, Countries: d.Countries, Currencies: d.Currencies, ConfigSchema: d.ConfigSchema,
	}
	for _, service := range d.Services {
		out.Services = append(out.Services, &shippingv1.Service{Code: service.Code, Name: service.Name})
	}
	_, out.Books = s.plugin.(Carrier)
	_, out.Webhooks = s.plugin.(ShippingWebhooks)
	_, out.ValidateConfig = s.plugin.(ConfigValidator)
	return out, nil
}

func (s shippingServer) ValidateConfig(ctx context.Context, in *borderv1.ValidateConfigRequest) (*borderv1.ValidateConfigResponse, error) {
	return validateConfig(ctx, s.plugin, in)
}

func (s shippingServer) Quote(ctx context.Context, in *shippingv1.QuoteRequest) (*shippingv1.QuoteResponse, error) {
	rates, err := s.plugin.Quote(ctx, Quote{Account: accountFromProto(in.GetAccount()), Parcel: parcelFromProto(in.GetParcel())})
	if err != nil {
		return nil, faultToProto(err)
	}
	out := &shippingv1.QuoteResponse{}
	for _, r := range rates {
		out.Rates = append(out.Rates, &shippingv1.Rate{
			Service: r.Service, Name: r.Name, Price: amountToProto(r.Price), MinDays: days(r.MinDays), MaxDays: days(r.MaxDays),
			Pickup: r.Pickup, Ref: r.Ref,
		})
	}
	return out, nil
}

func (s shippingServer) Book(ctx context.Context, in *shippingv1.BookRequest) (*shippingv1.BookingResponse, error) {
	c, err := s.carrier("Book")
	if err != nil {
		return nil, err
	}
	return bookingResponse(c.Book(ctx, bookFromProto(in)))
}

func (s shippingServer) BookReturn(ctx context.Context, in *shippingv1.BookRequest) (*shippingv1.BookingResponse, error) {
	c, err := s.carrier("BookReturn")
	if err != nil {
		return nil, err
	}
	return bookingResponse(c.BookReturn(ctx, bookFromProto(in)))
}

func (s shippingServer) CancelBooking(ctx context.Context, in *shippingv1.CancelBookingRequest) (*shippingv1.BookingResponse, error) {
	c, err := s.carrier("CancelBooking")
	if err != nil {
		return nil, err
	}
	return bookingResponse(c.CancelBooking(ctx, CancelBooking{
		Account: accountFromProto(in.GetAccount()), BookingID: in.GetBookingId(), BookingRef: in.GetBookingRef(), IdempotencyKey: in.GetIdempotencyKey(),
	}))
}

func (s shippingServer) GetDocuments(ctx context.Context, in *shippingv1.GetDocumentsRequest) (*shippingv1.GetDocumentsResponse, error) {
	c, err := s.carrier("GetDocuments")
	if err != nil {
		return nil, err
	}
	all, err := c.GetDocuments(ctx, GetDocuments{Account: accountFromProto(in.GetAccount()), BookingID: in.GetBookingId(), BookingRef: in.GetBookingRef()})
	if err != nil {
		return nil, faultToProto(err)
	}
	out := &shippingv1.GetDocumentsResponse{}
	for _, d := range all {
		out.Documents = append(out.Documents, &shippingv1.Document{Kind: d.Kind, ContentType: d.ContentType, Content: d.Content})
	}
	return out, nil
}

func (s shippingServer) Track(ctx context.Context, in *shippingv1.TrackRequest) (*shippingv1.TrackResponse, error) {
	c, err := s.carrier("Track")
	if err != nil {
		return nil, err
	}
	t, err := c.Track(ctx, Track{Account: accountFromProto(in.GetAccount()), BookingID: in.GetBookingId(), BookingRef: in.GetBookingRef()})
	if err != nil {
		return nil, faultToProto(err)
	}
	return &shippingv1.TrackResponse{Tracking: trackingToProto(t)}, nil
}

func (s shippingServer) ParseWebhook(ctx context.Context, in *borderv1.WebhookRequest) (*shippingv1.ParseWebhookResponse, error) {
	w, ok := s.plugin.(ShippingWebhooks)
	if !ok {
		return nil, faultToProto(unsupported("ParseWebhook"))
	}
	parsed, err := w.ParseWebhook(ctx, webhookFromProto(in))
	if err != nil {
		return nil, faultToProto(err)
	}
	out := &shippingv1.ParseWebhookResponse{Reply: replyToProto(parsed.Reply)}
	for _, e := range parsed.Events {
		out.Events = append(out.Events, &shippingv1.Event{
			Id: e.ID, Type: e.Type, Mode: modeToProto(e.Mode), BookingId: e.BookingID, BookingRef: e.BookingRef, Tracking: trackingToProto(e.Tracking),
		})
	}
	return out, nil
}

func (s shippingServer) carrier(operation string) (Carrier, error) {
	if c, ok := s.plugin.(Carrier); ok {
		return c, nil
	}
	return nil, faultToProto(unsupported(operation))
}

func bookFromProto(in *shippingv1.BookRequest) Book {
	out := Book{
		Account: accountFromProto(in.GetAccount()), BookingID: in.GetBookingId(), IdempotencyKey: in.GetIdempotencyKey(),
		OrderNumber: in.GetOrderNumber(), Service: in.GetService(), RateRef: in.GetRateRef(), Parcel: parcelFromProto(in.GetParcel()),
	}
	for _, l := range in.GetLines() {
		out.Lines = append(out.Lines, ParcelLine{Title: l.GetTitle(), SKU: l.GetSku(), Quantity: l.GetQuantity(), Price: amountFromProto(l.GetPrice())})
	}
	return out
}

var bookingOutcomeToProto = map[BookingOutcome]shippingv1.BookingOutcome{
	BookingUnknown:   shippingv1.BookingOutcome_BOOKING_OUTCOME_UNKNOWN,
	BookingConfirmed: shippingv1.BookingOutcome_BOOKING_OUTCOME_CONFIRMED,
	BookingPending:   shippingv1.BookingOutcome_BOOKING_OUTCOME_PENDING,
	BookingDeclined:  shippingv1.BookingOutcome_BOOKING_OUTCOME_DECLINED,
	BookingCancelled: shippingv1.BookingOutcome_BOOKING_OUTCOME_CANCELLED,
	BookingNotFound:  shippingv1.BookingOutcome_BOOKING_OUTCOME_NOT_FOUND,
}

func bookingResponse(b Booking, err error) (*shippingv1.BookingResponse, error) {
	if err != nil {
		return nil, faultToProto(err)
	}
	return &shippingv1.BookingResponse{Booking: bookingToProto(b)}, nil
}

func bookingToProto(b Booking) *shippingv1.Booking {
	return &shippingv1.Booking{
		Outcome: bookingOutcomeToProto[b.Outcome], Ref: b.Ref, TrackingNumber: b.TrackingNumber, TrackingUrl: b.TrackingURL,
		Price: amountToProto(b.Price), Code: b.Code, Message: b.Message,
	}
}

func trackingToProto(t Tracking) *shippingv1.Tracking {
	out := &shippingv1.Tracking{Booking: bookingToProto(t.Booking), Status: string(t.Status), At: timeToProto(t.At)}
	for _, s := range t.Steps {
		out.Steps = append(out.Steps, &shippingv1.TrackingStep{Status: string(s.Status), At: timeToProto(s.At), Place: s.Place, Text: s.Text})
	}
	return out
}

func days(n int) int32 { return int32(max(0, min(n, math.MaxInt16))) }

func parcelFromProto(p *shippingv1.Parcel) Parcel {
	return Parcel{
		Items: p.GetItems(), Grams: p.GetGrams(), Subtotal: amountFromProto(p.GetSubtotal()), From: addressFromProto(p.GetFrom()), To: addressFromProto(p.GetTo()),
	}
}
