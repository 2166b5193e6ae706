package dispatch

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Send asks for the transport of an order's goods.
type Send struct {
	Order     int64 // its number
	Direction shipping.Direction
	Plugin    string // "" means the order's own carrier
	Service   string // "" means the one that the shopper chose
	Grams     int64  // 0 means what the catalogue says
	By        string // the acting staff
}

// Book sends an order's goods, or fetches them back: all that must be shipped in one parcel. The intent is committed
// first; when the carrier confirms, the order is fulfilled with the tracking number. What got no answer comes back as
// requested and is brought to an end by Resolve. With a key, a repeat gets the booking it has made.
// Errors: order.ErrNotFound, shipping.ErrNotSendable, ErrNothingToSend, ErrBookedAlready, ErrNoCarrier, ErrDeclined,
// ErrCarrierAway, and Invalid with what the carrier refuses; after the last three nothing was booked.
func (d *Dispatcher) Book(ctx context.Context, t tenant.ID, in Send, once *app.Once) (shipping.Booking, error) {
	shop, err := d.d.Registry.Tenant(ctx, t)
	if err != nil {
		return shipping.Booking{}, err
	}
	var b shipping.Booking
	repeated := false
	err = d.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		if repeated = false; once != nil {
			rec, fresh, err := tx.Claim(ctx, once.Once)
			if err != nil {
				return err
			}
			if repeated = !fresh; repeated {
				once.Replayed = true
				b, err = tx.Booking(ctx, shipping.BookingID(rec.Ref))
				return err
			}
		}
		var err error
		if b, err = d.intend(ctx, tx, in, shop.Shop); err != nil || once == nil {
			return err
		}
		return tx.Record(ctx, once.Once, ports.OnceRecord{Ref: string(b.ID)})
	})
	if err != nil || repeated {
		return b, err
	}
	l, err := d.load(ctx, t, b.ID)
	if err != nil {
		return b, err
	}
	b, err = d.drive(ctx, l, true, in.By)
	switch {
	case errors.Is(err, ports.ErrUnsupported):
		err = shipping.ErrNoCarrier.With(err)
	case err == nil && b.Status == shipping.Declined:
		err = shipping.ErrDeclined.Saying("the carrier declined the shipment: %s", b.Message)
	}
	return b, err
}

// intend writes down what the carrier will be asked for.
func (d *Dispatcher) intend(ctx context.Context, tx ports.Tx, in Send, shop tenant.Shop) (shipping.Booking, error) {
	found, err := tx.OrderByNumber(ctx, in.Order)
	if err != nil {
		return shipping.Booking{}, err
	}
	o, err := tx.Order(ctx, found.ID)
	if err != nil {
		return shipping.Booking{}, err
	}
	if o.Status != order.Fulfilled && (o.Status != order.Confirmed || in.Direction == shipping.Return) {
		return shipping.Booking{}, shipping.ErrNotSendable.Saying("order %s is %s: it cannot be sent that way", o.Name(), o.Status)
	}
	all, err := tx.Bookings(ctx, o.ID)
	if err != nil {
		return shipping.Booking{}, err
	}
	if slices.ContainsFunc(all, func(b shipping.Booking) bool { return b.Direction == in.Direction && b.Holds() }) {
		return shipping.Booking{}, shipping.ErrBookedAlready
	}
	account, rate, err := chosen(ctx, tx, in, o)
	if err != nil {
		return shipping.Booking{}, err
	}
	parcel, err := parcelOf(ctx, tx, in, o, shop)
	if err != nil {
		return shipping.Booking{}, err
	}
	now := d.d.Now()
	b := shipping.NewBooking(shipping.BookingID(id.New("bkg", now)), string(o.ID), in.Direction, account, rate, parcel, in.By, now)
	if err := tx.SaveBooking(ctx, b); err != nil {
		return b, err
	}
	tx.Emit(in.By, o.Shipment(order.KindShipmentRequested, b))
	return b, nil
}

// chosen is the account and service to send with. The price that the shopper was quoted is held for the shopper's own
// choice alone.
func chosen(ctx context.Context, v ports.View, in Send, o order.Order) (a provider.Account, r shipping.Rate, err error) {
	all, err := v.ProviderAccounts(ctx, provider.Shipping)
	if err != nil {
		return a, r, err
	}
	plugin := cmp.Or(in.Plugin, o.Rate.Provider)
	i := slices.IndexFunc(all, func(a provider.Account) bool { return a.Plugin == plugin && !a.Disabled })
	if i < 0 {
		return a, r, shipping.ErrNoCarrier
	}
	r.Service = in.Service
	if plugin == o.Rate.Provider && (in.Service == "" || in.Service == o.Rate.Service) {
		r.Service = o.Rate.Service
		if in.Direction == shipping.Outward {
			r.Ref = o.Rate.Ref
		}
	}
	if r.Service == "" {
		return a, r, shipping.ErrNoCarrier
	}
	return all[i], r, nil
}

// parcelOf packs what must be shipped.
func parcelOf(ctx context.Context, v ports.View, in Send, o order.Order, shop tenant.Shop) (shipping.Parcel, error) {
	lines, items, value := o.Sendable()
	if len(lines) == 0 {
		return shipping.Parcel{}, shipping.ErrNothingToSend
	}
	p := shipping.Parcel{Items: items, Grams: in.Grams, Subtotal: value, From: shipping.Address{Name: shop.Name, Country: shop.Country}, To: o.Address}
	if in.Direction == shipping.Return {
		p.From, p.To = p.To, p.From
	}
	if p.Grams > 0 {
		return p, nil
	}
	variants := make([]catalog.VariantID, len(lines))
	for i, l := range lines {
		variants[i] = l.Variant
	}
	offers, err := v.Offers(ctx, variants)
	if err != nil {
		return p, err
	}
	for _, l := range lines {
		p.Grams += offers[l.Variant].Grams * l.Quantity
	}
	return p, nil
}

// drive sends a committed booking to the carrier and records the answer. An error promises that this call did nothing:
// staff is told so at once and may try again. One of a later call comes after the carrier said that it knows of none.
func (d *Dispatcher) drive(ctx context.Context, l loaded, first bool, by string) (shipping.Booking, error) {
	in := ports.BookParcel{Booking: l.booking, OrderNumber: l.order.Name()}
	lines, _, _ := l.order.Sendable()
	for _, line := range lines {
		in.Lines = append(in.Lines, shipping.ParcelLine{Title: line.Title, SKU: line.SKU, Quantity: line.Quantity, Price: line.Price})
	}
	a, err := l.carrier.Book(ctx, in)
	if err == nil {
		return d.change(ctx, l, by, func(c *change) (bool, error) { return c.booking.Take(a, c.now), nil })
	}
	if !first && fault.KindOf(err) == fault.Unavailable {
		return l.booking, err
	}
	b, recordErr := d.change(ctx, l, by, func(c *change) (bool, error) { return c.booking.Refuse(fault.CodeOf(err), messageOf(err), c.now), nil })
	if first || recordErr != nil {
		return b, errors.Join(recordErr, err)
	}
	return b, nil
}

func messageOf(err error) string {
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		return f.Message
	}
	return ""
}

// Cancel gives a booking up. That intent is committed first; a carrier that takes its time, or does not answer, leaves it
// cancelling, and Resolve brings it to an end. An order that was fulfilled stays so: its goods can be sent again.
// Errors: shipping.ErrNoBooking, shipping.ErrEnded, shipping.ErrTooLate.
func (d *Dispatcher) Cancel(ctx context.Context, t tenant.ID, id shipping.BookingID, by string) (shipping.Booking, error) {
	l, err := d.load(ctx, t, id)
	if err != nil {
		return l.booking, err
	}
	l.booking, err = d.change(ctx, l, by, (*change).cancel)
	if err != nil {
		return l.booking, err
	}
	b, err := d.look(ctx, l, by)
	switch {
	case fault.KindOf(err) == fault.Unavailable || errors.Is(err, ports.ErrUnsupported):
		return b, nil //nolint:nilerr // it is written down, and Resolve goes on asking
	case err != nil:
		return b, err
	case b.Status == shipping.Booked && !b.Cancelling:
		return b, shipping.ErrTooLate.Saying("the carrier can no longer cancel this shipment: %s", b.Message)
	}
	return b, nil
}
