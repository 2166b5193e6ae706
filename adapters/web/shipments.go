package web

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/dispatch"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/ports"
)

// counter is what the desk shows of an order's shipments.
type counter struct {
	State    settle.State
	Bookings []shipping.Booking // newest first
	Carriers []provider.Account // that this staff may book
	Fulfil   bool               // this staff may book, cancel and print
	Key      string             // of the next booking
}

func (v *visit) counter(by identity.Actor, st settle.State) (c counter, err error) {
	c = counter{State: st, Fulfil: by.May(identity.FulfilOrders) == nil, Key: id.Secret()}
	if c.Bookings, err = v.web.d.Backoffice.Shipments.List(v.ctx, by, st.Order.Number); err != nil {
		return c, err
	}
	slices.Reverse(c.Bookings)
	if c.can(shipping.Outward) || c.can(shipping.Return) {
		c.Carriers, err = v.web.d.Backoffice.Shipments.Carriers(v.ctx, by)
	}
	return c, err
}

// can reports whether the order's state calls for a booking; the use case decides again.
func (c counter) can(way shipping.Direction) bool {
	s := c.State.Order.Status
	if !c.Fulfil || s != order.Fulfilled && (s != order.Confirmed || way == shipping.Return) {
		return false
	}
	lines, _, _ := c.State.Order.Sendable()
	return len(lines) > 0 && !slices.ContainsFunc(c.Bookings, func(b shipping.Booking) bool { return b.Direction == way && b.Holds() })
}

// Ways are the bookings that can be made now.
func (c counter) Ways() (all []shipping.Direction) {
	for _, way := range []shipping.Direction{shipping.Outward, shipping.Return} {
		if len(c.Carriers) > 0 && c.can(way) {
			all = append(all, way)
		}
	}
	return all
}

// Shown reports whether there is anything about shipping to show.
func (c counter) Shown() bool { return len(c.Bookings) > 0 || len(c.Ways()) > 0 }

// CanCancel reports whether a booking may still be given up.
func (c counter) CanCancel(b shipping.Booking) bool { return c.Fulfil && !b.Ended() && !b.Cancelling }

// Documents are the kinds that a carrier has for a booking, with their names.
func (c counter) Documents(b shipping.Booking) (all []document) {
	if !c.Fulfil || b.Status != shipping.Booked {
		return nil
	}
	all = []document{{"label", "Label (PDF)"}}
	if b.Parcel.From.Country != b.Parcel.To.Country {
		all = append(all, document{"customs_form", "Customs form (PDF)"})
	}
	return all
}

type document struct{ Kind, Name string }

// wayWords are a booking form's words for each direction.
var wayWords = map[shipping.Direction]struct{ Title, Button, About string }{
	shipping.Outward: {"Send it with a carrier", "Send with", "All that must be shipped goes in one parcel. Once the carrier confirms, the order is sent."},
	shipping.Return:  {"Fetch it back", "Fetch back with", "The carrier brings the goods from the shopper to you. Money goes back by a refund of its own."},
}

// serviceHint says what an empty service means.
func (c counter) serviceHint() string {
	if s := c.State.Order.Rate; s.Service != "" && slices.ContainsFunc(c.Carriers, func(a provider.Account) bool { return a.Plugin == s.Provider }) {
		return "Left empty, what the shopper chose: " + s.Service + " of " + s.Provider + "."
	}
	return "The carrier's code, such as express."
}

// chosenCarrier is selected in a form: what was posted, or else the shopper's.
func (c counter) chosenCarrier(f form, way shipping.Direction) string {
	if posted := f.Value(string(way) + ".carrier"); posted != "" {
		return posted
	}
	return c.State.Order.Rate.Provider
}

// bookShipment sends an order with a carrier or fetches it back, once per form.
func bookShipment(way shipping.Direction) handler {
	prefix := string(way) + "."
	return func(v *visit) error {
		f := v.read("key", prefix+"carrier", prefix+"service", prefix+"grams")
		return v.deskOutcome(f, func(by identity.Actor, f form) (string, error) {
			send, err := readSend(f, way, v.number())
			if err != nil {
				return "", err
			}
			b, err := v.book(by, send, f.Value("key"))
			switch {
			case err != nil:
				return "", besideFields(err, prefix, send)
			case b.Status == shipping.Declined:
				return "", shipping.ErrDeclined.Saying("the carrier declined the shipment: %s", b.Message)
			case b.Status != shipping.Booked:
				return "asked", nil
			}
			return prefix + "booked", nil
		})
	}
}

func (v *visit) book(by identity.Actor, in dispatch.Send, key string) (b shipping.Booking, err error) {
	if len(key) < 16 {
		return b, errForm
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{itoa(in.Order), string(in.Direction), in.Plugin, in.Service, itoa(in.Grams)}, "\x00")))
	err = v.patiently(func() (err error) {
		once := &app.Once{Once: ports.Once{Key: key, Scope: "web/shipment", Fingerprint: sum[:]}}
		b, err = v.web.d.Backoffice.Shipments.Book(v.ctx, by, in, once)
		return err
	})
	return b, err
}

func readSend(f form, way shipping.Direction, number int64) (dispatch.Send, error) {
	field := func(name string) string { return strings.TrimSpace(f.Value(string(way) + "." + name)) }
	send := dispatch.Send{Order: number, Direction: way, Plugin: field("carrier"), Service: field("service")}
	if typed := strings.ReplaceAll(field("grams"), ",", ""); typed != "" {
		grams, err := strconv.ParseInt(typed, 10, 64)
		if err != nil || grams <= 0 {
			return send, fault.InvalidField(string(way)+".grams", "Write the weight in whole grams, such as 450")
		}
		send.Grams = grams
	}
	return send, nil
}

// besideFields puts what is wrong beside the fields of one of the page's two booking forms.
func besideFields(err error, prefix string, send dispatch.Send) error {
	known := (*fault.Error)(nil)
	if !errors.As(err, &known) {
		return err
	}
	if errors.Is(err, shipping.ErrNoCarrier) && send.Service == "" {
		return known.At(fault.Field{Path: prefix + "service", Message: "Name a service of this carrier, such as express"})
	}
	named := slices.Clone(known.Fields)
	for i, field := range named {
		if last := field.Path[strings.LastIndexByte(field.Path, '.')+1:]; last == "grams" || last == "service" {
			named[i].Path = prefix + last
		}
	}
	placed := *known
	placed.Fields = named
	return &placed
}

func cancelShipment(v *visit) error {
	return v.deskOutcome(newForm(), func(by identity.Actor, _ form) (string, error) {
		b, err := v.web.d.Backoffice.Shipments.Cancel(v.ctx, by, shipping.BookingID(v.param("shipment")))
		if err == nil && b.Status != shipping.Cancelled {
			return "cancelling", nil
		}
		return "unbooked", err
	})
}

// shipmentDocument shows a label or form in the browser, which prints it.
func shipmentDocument(v *visit) error {
	by, _, err := v.staff()
	if errors.Is(err, identity.ErrSignIn) {
		return v.redirect("/vendor/sign-in")
	}
	if err != nil {
		return err
	}
	booking, f := shipping.BookingID(v.param("shipment")), newForm()
	found, err := v.web.d.Backoffice.Shipments.Document(v.ctx, by, booking, v.param("kind"))
	if errors.Is(err, shipping.ErrNoDocument) {
		f.Message = sentence(shipping.ErrNoDocument.Message)
		return v.deskOrder(fiber.StatusNotFound, f)
	}
	if err != nil {
		status := statusOf[fault.KindOf(err)]
		if err := f.explain(v.ctx, err); err != nil {
			return err
		}
		return v.deskOrder(status, f)
	}
	v.c.Set(fiber.HeaderContentType, "application/pdf")
	v.c.Set(fiber.HeaderContentDisposition, `inline; filename="`+string(booking)+"-"+found.Kind+`.pdf"`)
	v.c.Set(fiber.HeaderCacheControl, "no-store")
	v.c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	v.c.Set(fiber.HeaderXFrameOptions, "DENY")
	return v.c.Send(found.Content)
}

// bookPaths are where an order's booking forms are posted.
var bookPaths = map[shipping.Direction]string{shipping.Outward: "/shipments", shipping.Return: "/returns"}

var cancelWords = map[shipping.Direction]string{shipping.Outward: "Cancel the shipment", shipping.Return: "Cancel the return"}

func shipmentPath(number int64, b shipping.Booking) string {
	return deskPath(number) + "/shipments/" + pathEscape(string(b.ID))
}

func wayName(w shipping.Direction) string {
	if w == shipping.Return {
		return "Return"
	}
	return "Shipment"
}

// bookingBadge is a shipment for staff.
func bookingBadge(b shipping.Booking) badge {
	switch {
	case b.Cancelling:
		return badge{"Being cancelled", "wait"}
	case b.Status == shipping.Requested:
		return badge{"Carrier asked", "wait"}
	case b.Status == shipping.Pending:
		return badge{"Carrier decides", "wait"}
	case b.Status == shipping.Declined:
		return badge{"Declined", "bad"}
	case b.Status == shipping.Cancelled:
		return badge{"Cancelled", "off"}
	case b.ParcelStatus == shipping.ParcelUnknown:
		return badge{"Booked", "good"}
	}
	return parcelBadge(b.ParcelStatus, b.Direction)
}

func carrierName(b shipping.Booking) string {
	if b.Mode == provider.Test {
		return b.Plugin + ", test mode"
	}
	return b.Plugin
}
