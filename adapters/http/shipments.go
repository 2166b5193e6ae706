package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/dispatch"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
)

func (s *Server) mountShipments(api huma.API) {
	missing, conflict, bad := http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity
	books := func(path, id, summary, about string) operation {
		return post(path, id, "Shipments", summary).answers(http.StatusCreated).within(checkoutTimeout).signedIn().
			fails(http.StatusPaymentRequired, missing, conflict, bad).about(about)
	}
	huma.Register(api, books("/orders/{number}/shipments", "book_shipment", "Send an order with a carrier",
		"All that must be shipped goes in one parcel. Once the carrier confirms, the order is fulfilled with its tracking number. A shipment "+
			"whose `status` is requested or pending takes its time: staff is told how it ends.").Operation, s.bookShipment(shipping.Outward))
	huma.Register(api, books("/orders/{number}/returns", "book_return", "Fetch an order's goods back with a carrier",
		"For orders that were sent. Money goes back by a refund of its own.").Operation, s.bookShipment(shipping.Return))
	huma.Register(api, get("/orders/{number}/shipments", "list_shipments", "Shipments", "An order's shipments and returns, oldest first").
		signedIn().fails(missing, bad).Operation, s.listShipments)
	huma.Register(api, post("/shipments/{shipment}/cancellation", "cancel_shipment", "Shipments", "Give a shipment or return up").
		within(checkoutTimeout).signedIn().fails(missing, conflict, bad).
		about("Some carriers take their time: it is `cancelling` until they have said whether they can. The order stays fulfilled and can be sent again.").
		Operation, s.cancelShipment)
	document := get("/shipments/{shipment}/documents/{kind}", "get_shipment_document", "Shipments", "A label or customs form").
		within(checkoutTimeout).signedIn().fails(missing, bad).about("Answers 503 while the carrier is still making it.")
	document.Responses = map[string]*huma.Response{"200": {
		Description: "The document", Content: map[string]*huma.MediaType{pdf: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}}
	huma.Register(api, document.Operation, s.shipmentDocument)
}

const pdf = "application/pdf"

// Shipment is the transport of an order's goods, one way.
type Shipment struct {
	ID             string      `json:"id" example:"bkg_01jd3v4k2m0000000000000000"`
	Direction      string      `json:"direction" enum:"outward,return"`
	Carrier        string      `json:"carrier" example:"parcelpost"`
	Test           bool        `json:"test,omitempty" doc:"Nothing is really moved"`
	Service        string      `json:"service" example:"express"`
	Grams          int64       `json:"grams"`
	Status         string      `json:"status" enum:"requested,pending,booked,declined,cancelled" doc:"requested: the carrier has not confirmed that it knows; pending: it will confirm later"`
	Cancelling     bool        `json:"cancelling,omitempty" doc:"It is to be given up, and the carrier has not said whether it can"`
	CarrierRef     string      `json:"carrier_ref,omitempty" doc:"The carrier's own reference"`
	TrackingNumber string      `json:"tracking_number,omitempty"`
	TrackingURL    string      `json:"tracking_url,omitempty"`
	Price          *Money      `json:"price,omitempty" doc:"What the carrier charges the shop; missing when it has not said"`
	Code           string      `json:"code,omitempty" doc:"Why it was declined, or could not be cancelled"`
	Message        string      `json:"message,omitempty"`
	Parcel         ParcelTrack `json:"parcel"`
	By             string      `json:"by" doc:"Staff id"`
	CreatedAt      time.Time   `json:"created_at"`
	UpdatedAt      time.Time   `json:"updated_at"`
}

// OrderShipment is what shoppers see of a shipment.
type OrderShipment struct {
	Direction      string      `json:"direction" enum:"outward,return"`
	TrackingNumber string      `json:"tracking_number,omitempty"`
	TrackingURL    string      `json:"tracking_url,omitempty"`
	Parcel         ParcelTrack `json:"parcel"`
}

// ParcelTrack is where a parcel is and was.
type ParcelTrack struct {
	Status string       `json:"status,omitempty" enum:"pre_transit,in_transit,out_for_delivery,available_for_pickup,delivered,return_to_sender,failure,cancelled" doc:"Missing while nobody knows"`
	At     *time.Time   `json:"at,omitempty" doc:"Of the status, by the carrier's clock"`
	Steps  []ParcelStep `json:"steps" doc:"Oldest first"`
}

// ParcelStep is one scan of a parcel.
type ParcelStep struct {
	Status string     `json:"status,omitempty"`
	At     *time.Time `json:"at,omitempty"`
	Place  string     `json:"place,omitempty"`
	Text   string     `json:"text,omitempty"`
}

func shipmentToJSON(b shipping.Booking) Shipment {
	return Shipment{
		ID: string(b.ID), Direction: string(b.Direction), Carrier: b.Plugin, Test: b.Mode == provider.Test, Service: b.Service,
		Grams: b.Parcel.Grams, Status: string(b.Status), Cancelling: b.Cancelling, CarrierRef: b.CarrierRef, TrackingNumber: b.TrackingNumber, TrackingURL: b.TrackingURL,
		Price: optionalMoney(b.Price), Code: b.Code, Message: b.Message, Parcel: parcelToJSON(b), By: b.By,
		CreatedAt: timeToJSON(b.CreatedAt), UpdatedAt: timeToJSON(b.UpdatedAt),
	}
}

// orderShipmentsToJSON leaves out what was never sent.
func orderShipmentsToJSON(all []shipping.Booking) (out []OrderShipment) {
	for _, b := range all {
		if b.Status == shipping.Booked {
			out = append(out, OrderShipment{string(b.Direction), b.TrackingNumber, b.TrackingURL, parcelToJSON(b)})
		}
	}
	return out
}

func parcelToJSON(b shipping.Booking) ParcelTrack {
	return ParcelTrack{string(b.ParcelStatus), optionalTime(b.ParcelAt), mapped(b.Steps, func(s shipping.Step) ParcelStep {
		return ParcelStep{string(s.Status), optionalTime(s.At), s.Place, s.Text}
	})}
}

// optionalTime leaves out a time that is not known.
func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	out := timeToJSON(t)
	return &out
}

type bookInput struct {
	OrderNumber
	OnceHeader
	Body *struct {
		Carrier string `json:"carrier,omitempty" maxLength:"64" example:"parcelpost" doc:"One of the shop's shipping providers; that of the order when left out"`
		Service string `json:"service,omitempty" maxLength:"64" example:"express" doc:"Of the carrier; the one that the shopper chose when left out"`
		Grams   int64  `json:"grams,omitempty" minimum:"0" maximum:"10000000" doc:"What the scales say; the weight in the catalogue when left out"`
	}
}

// shipmentAnswer is a shipment that was booked, perhaps before.
type shipmentAnswer struct {
	Replayed
	Body Shipment
}

func (s *Server) bookShipment(way shipping.Direction) func(context.Context, *bookInput) (*shipmentAnswer, error) {
	return func(ctx context.Context, in *bookInput) (*shipmentAnswer, error) {
		by := actorOf(ctx)
		once, err := in.once("POST /orders/shipments "+string(way), by.Who(), []any{in.Number, in.Body})
		if err != nil {
			return nil, err
		}
		send := dispatch.Send{Order: in.Number, Direction: way}
		if b := in.Body; b != nil {
			send.Plugin, send.Service, send.Grams = b.Carrier, b.Service, b.Grams
		}
		b, err := s.d.Backoffice.Shipments.Book(ctx, by, send, once)
		if err != nil {
			return nil, err
		}
		return &shipmentAnswer{replayedOf(once), shipmentToJSON(b)}, nil
	}
}

// ShipmentList lists shipments.
type ShipmentList struct {
	Shipments []Shipment `json:"shipments"`
}

func (s *Server) listShipments(ctx context.Context, in *OrderNumber) (*body[ShipmentList], error) {
	all, err := s.d.Backoffice.Shipments.List(ctx, actorOf(ctx), in.Number)
	return &body[ShipmentList]{ShipmentList{mapped(all, shipmentToJSON)}}, err
}

// ShipmentID is the input of what is asked about one shipment.
type ShipmentID struct {
	ID string `path:"shipment" maxLength:"64" example:"bkg_01jd3v4k2m0000000000000000"`
}

func (s *Server) cancelShipment(ctx context.Context, in *ShipmentID) (*body[Shipment], error) {
	b, err := s.d.Backoffice.Shipments.Cancel(ctx, actorOf(ctx), shipping.BookingID(in.ID))
	return &body[Shipment]{shipmentToJSON(b)}, err
}

type documentAnswer struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *Server) shipmentDocument(ctx context.Context, in *struct {
	ShipmentID
	Kind string `path:"kind" enum:"label,customs_form"`
},
) (*documentAnswer, error) {
	found, err := s.d.Backoffice.Shipments.Document(ctx, actorOf(ctx), shipping.BookingID(in.ID), in.Kind)
	if err != nil {
		return nil, err
	}
	return &documentAnswer{pdf, `inline; filename="` + in.ID + "-" + found.Kind + `.pdf"`, found.Content}, nil
}
