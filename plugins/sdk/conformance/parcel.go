package conformance

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
	shippingv1 "github.com/halum-hut/halum/plugins/sdk/proto/shipping/v1"
)

type bookingOutcome = shippingv1.BookingOutcome

const (
	bookingConfirmed = shippingv1.BookingOutcome_BOOKING_OUTCOME_CONFIRMED
	bookingPending   = shippingv1.BookingOutcome_BOOKING_OUTCOME_PENDING
	bookingDeclined  = shippingv1.BookingOutcome_BOOKING_OUTCOME_DECLINED
	bookingCancelled = shippingv1.BookingOutcome_BOOKING_OUTCOME_CANCELLED
	bookingNotFound  = shippingv1.BookingOutcome_BOOKING_OUTCOME_NOT_FOUND
)

func nameOfBooking(o bookingOutcome) string {
	return strings.ToLower(strings.TrimPrefix(o.String(), "BOOKING_OUTCOME_"))
}

func (a Address) toProto() *borderv1.Address {
	return &borderv1.Address{
		Name: orElse(a.Name, "Rahima Khatun"), Line1: orElse(a.Line1, "12 Lake Road"), Line2: a.Line2, City: orElse(a.City, "Dhaka"), Region: a.Region,
		PostalCode: orElse(a.PostalCode, "1209"), Country: a.Country, Phone: orElse(a.Phone, "+8801700000000"),
	}
}

// parcel is that of the scenario.
func (k *bench) parcel() *shippingv1.Parcel { return k.parcelTo(k.scenario.Shipping.To) }

func (k *bench) parcelTo(to Address) *shippingv1.Parcel {
	p := k.scenario.Shipping
	return &shippingv1.Parcel{
		Items: max(1, p.Items), Grams: max(500, p.Grams), Subtotal: &borderv1.Amount{Minor: p.Subtotal, Currency: p.Currency},
		From: p.From.toProto(), To: to.toProto(),
	}
}

func (k *bench) quote(ctx context.Context, p *shippingv1.Parcel, a *borderv1.Account) ([]*shippingv1.Rate, error) {
	ctx, cancel := context.WithTimeout(ctx, quoteTimeout)
	defer cancel()
	answer, err := k.shipments().Quote(ctx, &shippingv1.QuoteRequest{Account: a, Parcel: p})
	if err != nil {
		return nil, refusal{"Quote", err}
	}
	return answer.GetRates(), nil
}

// refusal is an answer that is an error, in words and as it came.
type refusal struct {
	call string
	err  error
}

func (r refusal) Error() string { return r.call + " answered " + words(r.err) }

func (r refusal) Unwrap() error { return r.err }

// booking is one transport as the kit plays it.
type booking struct {
	k                 *bench
	id, ref, tracking string
	service, rate     string
	parcel            *shippingv1.Parcel
}

// newBooking quotes the parcel and prepares the booking of a rate.
func (k *bench) newBooking(ctx context.Context, p *shippingv1.Parcel) (*booking, error) {
	b := &booking{k: k, id: "bk_" + strings.ToLower(rand.Text()[:20]), parcel: p, service: k.scenario.Shipping.Service}
	rates, err := k.quote(ctx, p, k.account())
	if err != nil {
		return nil, err
	}
	for _, r := range rates {
		if b.service == "" || b.service == r.GetService() {
			b.service, b.rate = r.GetService(), r.GetRef()
			break
		}
	}
	return b, nil
}

func (b *booking) request() *shippingv1.BookRequest {
	return &shippingv1.BookRequest{
		Account: b.k.account(), BookingId: b.id, IdempotencyKey: b.id, OrderNumber: "C-" + strings.ToUpper(b.id[3:9]), Service: b.service,
		RateRef: b.rate, Parcel: b.parcel, Lines: []*shippingv1.ParcelLine{{
			Title: "Clay pot", Sku: "POT-1", Quantity: b.parcel.GetItems(),
			Price: &borderv1.Amount{Minor: b.parcel.GetSubtotal().GetMinor() / b.parcel.GetItems(), Currency: b.parcel.GetSubtotal().GetCurrency()},
		}},
	}
}

func (b *booking) note(answer *shippingv1.BookingResponse, err error) (*shippingv1.Booking, error) {
	r := answer.GetBooking()
	if err == nil {
		b.ref, b.tracking = orElse(r.GetRef(), b.ref), orElse(r.GetTrackingNumber(), b.tracking)
	}
	return r, err
}

func (b *booking) book(ctx context.Context) (*shippingv1.Booking, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return b.note(b.k.shipments().Book(ctx, b.request()))
}

func (b *booking) bookReturn(ctx context.Context) (*shippingv1.Booking, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req := b.request()
	req.Parcel.From, req.Parcel.To = req.Parcel.GetTo(), req.Parcel.GetFrom()
	return b.note(b.k.shipments().BookReturn(ctx, req))
}

func (b *booking) cancel(ctx context.Context) (*shippingv1.Booking, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return b.note(b.k.shipments().CancelBooking(ctx, &shippingv1.CancelBookingRequest{
		Account: b.k.account(), BookingId: b.id, BookingRef: b.ref, IdempotencyKey: b.id + "_cancel",
	}))
}

func (b *booking) track(ctx context.Context) (*shippingv1.Tracking, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := b.k.shipments().Track(ctx, &shippingv1.TrackRequest{Account: b.k.account(), BookingId: b.id, BookingRef: b.ref})
	return answer.GetTracking(), err
}

func (b *booking) documents(ctx context.Context) ([]*shippingv1.Document, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := b.k.shipments().GetDocuments(ctx, &shippingv1.GetDocumentsRequest{Account: b.k.account(), BookingId: b.id, BookingRef: b.ref})
	return answer.GetDocuments(), err
}

func (b *booking) ids() (ours, ref string) { return b.id, b.ref }

func (b *booking) vars() vars {
	v := b.k.vars.with(map[string]string{
		"tenant": b.k.tenant, "mode": orElse(b.k.scenario.Account.Mode, "test"), "booking_id": b.id, "booking_ref": b.ref,
		"tracking_number": b.tracking, "order_number": "", "currency": b.k.scenario.Shipping.Currency, "webhook_url": webhookURL, "return_url": returnURL,
	})
	for name, value := range b.k.scenario.Account.Secrets {
		v["secret."+name] = value
	}
	return v
}

// booked makes a confirmed booking.
func (k *bench) booked(ctx context.Context) (*booking, error) {
	if !k.about.shipping.GetBooks() {
		return nil, na("the plugin does not declare books")
	}
	b, err := k.newBooking(ctx, k.parcel())
	if err != nil {
		return nil, err
	}
	r, err := b.book(ctx)
	if err := b.is("Book", r, err, bookingConfirmed, bookingPending); err != nil {
		return nil, err
	}
	if r.GetOutcome() == bookingPending {
		return b, b.await(ctx, bookingConfirmed)
	}
	return b, nil
}

// is checks an answer about a booking.
func (b *booking) is(call string, r *shippingv1.Booking, err error, wanted ...bookingOutcome) error {
	if err != nil {
		return fmt.Errorf("%s answered %s instead of %s", call, words(err), nameOfBooking(wanted[0]))
	}
	for _, want := range wanted {
		if r.GetOutcome() == want {
			return b.honest(call, r)
		}
	}
	return fmt.Errorf("%s answered %s (%s %s) instead of %s", call, nameOfBooking(r.GetOutcome()), r.GetCode(), r.GetMessage(), nameOfBooking(wanted[0]))
}

func (b *booking) honest(call string, r *shippingv1.Booking) error {
	switch {
	case r.GetOutcome() == bookingConfirmed && r.GetRef() == "":
		return fmt.Errorf("%s answered confirmed without a ref", call)
	case r.GetOutcome() == bookingDeclined && (r.GetCode() == "" || r.GetMessage() == ""):
		return fmt.Errorf("%s answered declined without a code and a sentence for staff", call)
	case r.GetPrice().GetMinor() < 0:
		return fmt.Errorf("%s answered a price below zero", call)
	}
	return nil
}

// await asks Track until the booking is there.
func (b *booking) await(ctx context.Context, want bookingOutcome) error {
	return eventually(ctx, patience, func() error {
		t, err := b.track(ctx)
		return b.is("Track", t.GetBooking(), err, want)
	})
}
