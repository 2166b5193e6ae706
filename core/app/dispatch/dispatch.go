// Package dispatch sends the goods of orders with carriers, and back. A carrier is only ever called outside a
// transaction; what it said is then recorded in one: booking, order, stock, events. Whatever is not known is asked again.
//
// Where it may break, and what ends it:
//
//   - after an intent (a booking, its cancellation) is committed, before or while the carrier is called: Resolve asks soon
//     after. What the carrier never heard of is sent again, with the same id and content, which is one booking;
//   - after the carrier acted, before that is recorded: the same, the carrier knows;
//   - an order that is cancelled while its booking is under way: the booking is given up;
//   - news that come late, twice or in any order: a booking never goes back, and where a parcel is follows from all its
//     scans together.
//
// Webhooks need no inbox: an event is a snapshot that is recorded before it is acknowledged, and one that is lost is
// found by the next question.
//
// Read change.go for the one transaction that all share, book.go for what leads to it.
package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Deps is what sending stands on.
type Deps struct {
	Store    ports.Store
	Registry ports.Registry
	Carriers ports.Carriers
	Webhooks ports.ShippingWebhooks
	Now      app.Clock
}

// Dispatcher sends goods. It is safe for concurrent use, and so is sending one order from several nodes.
type Dispatcher struct{ d Deps }

// New returns a Dispatcher.
func New(d Deps) *Dispatcher { return &Dispatcher{d} }

// lease is how long the request that booked works alone: the carrier's deadline and some slack. Until then, that the
// carrier has not heard of a booking is no answer.
const lease = 15 * time.Second

// How long a background look waits.
const (
	shortestWait = 15 * time.Second
	longestWait  = time.Hour
	trackEvery   = 2 * time.Hour       // what webhooks do not tell, or nobody told
	trackFor     = 60 * 24 * time.Hour // then a parcel is lost, and people have noticed
)

const recordTimeout = 10 * time.Second

// system is the actor of what follows by itself.
const system = "system"

// loaded is a booking with its order and the carrier to ask.
type loaded struct {
	tenant  tenant.ID
	booking shipping.Booking
	order   order.Order
	carrier ports.Carrier
}

// load reads a booking. Errors: shipping.ErrNoBooking.
func (d *Dispatcher) load(ctx context.Context, t tenant.ID, id shipping.BookingID) (l loaded, err error) {
	err = d.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		b, err := v.Booking(ctx, id)
		if err != nil {
			return err
		}
		o, err := v.Order(ctx, order.ID(b.OrderID))
		if err != nil {
			return err
		}
		accounts, err := v.ProviderAccounts(ctx, provider.Shipping)
		if err != nil {
			return err
		}
		// A carrier that was switched off still moves its old parcels.
		l = loaded{t, b, o, d.d.Carriers.Carrier(provider.Find(accounts, t, provider.Shipping, b.Plugin, b.Mode))}
		return nil
	})
	return l, err
}

// Shipments lists an order's bookings, oldest first. Errors: order.ErrNotFound.
func (d *Dispatcher) Shipments(ctx context.Context, t tenant.ID, number int64) (all []shipping.Booking, err error) {
	err = d.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		o, err := v.OrderByNumber(ctx, number)
		if err != nil {
			return err
		}
		all, err = v.Bookings(ctx, o.ID)
		return err
	})
	return all, err
}

// Document fetches a label or form of a booking from the carrier. Errors: shipping.ErrNoBooking, shipping.ErrNoDocument,
// fault.Unavailable while it is not ready.
func (d *Dispatcher) Document(ctx context.Context, t tenant.ID, id shipping.BookingID, kind string) (shipping.Document, error) {
	l, err := d.load(ctx, t, id)
	if err != nil {
		return shipping.Document{}, err
	}
	if l.booking.Status != shipping.Booked {
		return shipping.Document{}, shipping.ErrNoDocument
	}
	all, err := l.carrier.Documents(ctx, l.booking)
	if errors.Is(err, shipping.ErrCarrierAway) {
		err = shipping.ErrCarrierAway.Saying("the carrier has no documents for this shipment yet, or does not answer: try again in a moment").With(err)
	}
	if err != nil {
		return shipping.Document{}, err
	}
	for _, found := range all {
		if found.Kind == kind {
			return found, nil
		}
	}
	return shipping.Document{}, shipping.ErrNoDocument
}
