package pluginhost

import (
	"bytes"
	"context"
	"log/slog"

	"google.golang.org/grpc"

	accounts "github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
	shippingv1 "github.com/halum-hut/halum/plugins/sdk/proto/shipping/v1"
	"github.com/halum-hut/halum/ports"
)

// Bounds on what a carrier's plugin may hand over.
const (
	maxDocument  = 700 << 10 // bytes of one document
	maxDocuments = 10
	maxSteps     = 200

	pdf = "application/pdf"
)

// Carrier returns the account's carrier. An unknown plugin gives one that refuses every call.
func (h *Host) Carrier(account accounts.Account) ports.Carrier {
	return carrier{h, h.plugin(Shipping, account.Plugin), account}
}

// carrier is one shipping plugin acting for one tenant. plugin is nil when it is not installed.
type carrier struct {
	host    *Host
	plugin  *supervisor
	account accounts.Account
}

func (c carrier) Book(ctx context.Context, in ports.BookParcel) (shipping.Answer, error) {
	b := in.Booking
	name, book := "Book", shippingClient.Book
	if b.Direction == shipping.Return {
		name, book = "BookReturn", shippingClient.BookReturn
	}
	request := &shippingv1.BookRequest{
		BookingId: string(b.ID), IdempotencyKey: string(b.ID), OrderNumber: in.OrderNumber, Service: b.Service, RateRef: b.RateRef,
		Parcel: parcelToProto(b.Parcel),
	}
	for _, l := range in.Lines {
		request.Lines = append(request.Lines, &shippingv1.ParcelLine{Title: l.Title, Sku: l.SKU, Quantity: l.Quantity, Price: amountToProto(l.Price)})
	}
	return askBooking(ctx, c, name, book, request)
}

func (c carrier) Cancel(ctx context.Context, b shipping.Booking) (shipping.Answer, error) {
	return askBooking(ctx, c, "CancelBooking", shippingClient.CancelBooking, &shippingv1.CancelBookingRequest{
		BookingId: string(b.ID), BookingRef: b.CarrierRef, IdempotencyKey: string(b.ID) + ":cancel",
	})
}

// Documents leaves out what is no PDF, is too large or has no kind, and logs it.
func (c carrier) Documents(ctx context.Context, b shipping.Booking) ([]shipping.Document, error) {
	out, log, err := sendCarrier(ctx, c, "GetDocuments", shippingClient.GetDocuments, &shippingv1.GetDocumentsRequest{
		BookingId: string(b.ID), BookingRef: b.CarrierRef,
	})
	if err != nil {
		return nil, questionFailure(log, err)
	}
	var all []shipping.Document
	for _, d := range out.GetDocuments()[:min(maxDocuments, len(out.GetDocuments()))] {
		if problem := unusable(d); problem != "" {
			log.Error("a document of the plugin cannot be used", "problem", problem)
			continue
		}
		all = append(all, shipping.Document{Kind: d.GetKind(), ContentType: pdf, Content: d.GetContent()})
	}
	return all, nil
}

func unusable(d *shippingv1.Document) string {
	switch {
	case !codePattern.MatchString(d.GetKind()):
		return "its kind is no code"
	case len(d.GetContent()) > maxDocument:
		return "it is too large"
	case d.GetContentType() != pdf, !bytes.HasPrefix(d.GetContent(), []byte("%PDF-")):
		return "it is no PDF"
	}
	return ""
}

func (c carrier) Track(ctx context.Context, b shipping.Booking) (shipping.Tracking, error) {
	out, log, err := sendCarrier(ctx, c, "Track", shippingClient.Track, &shippingv1.TrackRequest{BookingId: string(b.ID), BookingRef: b.CarrierRef})
	if err != nil {
		return shipping.Tracking{Booking: shipping.Answer{Outcome: shipping.BookingUnknown}}, questionFailure(log, err)
	}
	t, problem := trackingFromProto(out.GetTracking(), true)
	if problem != "" {
		log.Error("the plugin's answer cannot be used, its outcome is unknown", "problem", problem)
	}
	return t, nil
}

// ParseShippingWebhook implements ports.ShippingWebhooks. What cannot be read of an event is left out and logged; one of
// the other mode refuses the webhook as a whole, as with payments.
func (h *Host) ParseShippingWebhook(ctx context.Context, account accounts.Account, in ports.Webhook) ([]shipping.Event, ports.WebhookReply, error) {
	c := carrier{h, h.plugin(Shipping, account.Plugin), account}
	out, log, err := sendCarrier(ctx, c, "ParseWebhook", shippingClient.ParseWebhook, &borderv1.WebhookRequest{
		Method: in.Method, Url: in.URL, Header: in.Header, Body: in.Body, ReceivedAt: timeToProto(in.ReceivedAt),
	})
	if err != nil {
		return nil, ports.WebhookReply{}, questionFailure(log, err)
	}
	var events []shipping.Event
	for _, e := range out.GetEvents()[:min(maxEvents, len(out.GetEvents()))] {
		tracking, problem := trackingFromProto(e.GetTracking(), false)
		if problem != "" {
			log.Warn("an event of the plugin is only taken as a hint to ask", "event", clip(e.GetId(), maxRef), "problem", problem)
		}
		event := shipping.Event{
			ID: clip(e.GetId(), maxRef), Type: clip(e.GetType(), maxRef), Mode: modesFromProto[e.GetMode()],
			BookingID: shipping.BookingID(clip(e.GetBookingId(), maxRef)), BookingRef: clip(e.GetBookingRef(), maxRef), Tracking: tracking,
		}
		if event.Mode != account.Mode {
			return nil, ports.WebhookReply{}, ports.ErrForged.Saying("this webhook is of the %s mode, the account is of the %s mode", event.Mode, account.Mode)
		}
		events = append(events, event)
	}
	return events, replyFromProto(out.GetReply()), nil
}

type shippingClient = shippingv1.ShippingPluginClient

// carrierOperation is a method of the generated client.
type carrierOperation[Req forAccount, Resp any] func(shippingClient, context.Context, Req, ...grpc.CallOption) (Resp, error)

func sendCarrier[Req forAccount, Resp any](ctx context.Context, c carrier, name string, op carrierOperation[Req, Resp], in Req) (out Resp, log *slog.Logger, err error) {
	log = c.host.options.Logger.With("plugin", string(Shipping)+"-"+c.account.Plugin, "operation", name, "tenant", c.account.Tenant)
	pick := func(conn grpc.ClientConnInterface) method[Req, Resp] {
		return func(ctx context.Context, in Req, opts ...grpc.CallOption) (Resp, error) {
			return op(shippingv1.NewShippingPluginClient(conn), ctx, in, opts...)
		}
	}
	out, err = call(ctx, c.host, c.plugin, c.account, c.host.options.ChargeTimeout, pick, in)
	return out, log, err
}

// askBooking makes one call that books or cancels. Whatever is not certainly without effect is unknown.
func askBooking[Req forAccount](ctx context.Context, c carrier, name string, op carrierOperation[Req, *shippingv1.BookingResponse], in Req) (shipping.Answer, error) {
	unknown := shipping.Answer{Outcome: shipping.BookingUnknown}
	out, log, err := sendCarrier(ctx, c, name, op, in)
	if err != nil {
		f := carrierFault(err)
		if f == nil {
			log.Warn("a call to the plugin ended without an answer, its outcome is unknown", "cause", err)
			return unknown, nil
		}
		log.Info("a call to the plugin had no effect", "cause", err)
		return unknown, f
	}
	answer, problem := answerFromProto(out.GetBooking(), false)
	if problem != "" {
		log.Error("the plugin's answer cannot be used, its outcome is unknown", "problem", problem)
	}
	return answer, nil
}

// questionFailure is the fault of a call that changes nothing: without an answer, the carrier is away.
func questionFailure(log *slog.Logger, err error) error {
	log.Info("a question to the plugin was not answered", "cause", err)
	if f := carrierFault(err); f != nil {
		return f
	}
	return shipping.ErrCarrierAway.With(err)
}

var (
	_ ports.Carriers         = (*Host)(nil)
	_ ports.ShippingWebhooks = (*Host)(nil)
	_ ports.Carrier          = carrier{}
)
