package dispatch

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/ports"
)

// change is one transaction on a booking and its order, both locked.
type change struct {
	tx      ports.Tx
	order   order.Order
	booking shipping.Booking
	facts   []event.Fact
	by      string // who caused it
	now     time.Time
}

// change runs apply, which reports whether it changed the booking, and then lets everything follow from what became of it:
// order, stock, events. It locks the order, then the booking, then the stock, always. apply may be run again.
func (d *Dispatcher) change(ctx context.Context, l loaded, by string, apply func(*change) (bool, error)) (b shipping.Booking, err error) {
	// What a carrier did must be written down even when the request has run out of time.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	err = d.d.Store.Update(ctx, l.tenant, func(ctx context.Context, tx ports.Tx) error {
		c := &change{tx: tx, by: by, now: d.d.Now()}
		var err error
		if c.order, err = tx.Order(ctx, l.order.ID); err != nil {
			return err
		}
		if c.booking, err = tx.Booking(ctx, l.booking.ID); err != nil {
			return err
		}
		before := c.booking
		changed, err := apply(c)
		if b = c.booking; err != nil || !changed {
			return err
		}
		if err := c.follow(ctx, before); err != nil {
			return err
		}
		b = c.booking
		tx.Emit(by, c.facts...)
		return tx.SaveBooking(ctx, b)
	})
	return b, err
}

func (c *change) tell(kind string) { c.facts = append(c.facts, c.order.Shipment(kind, c.booking)) }

// cancel writes down that the booking is to be given up.
func (c *change) cancel() (changed bool, err error) {
	if changed, err = c.booking.Cancel(c.now); changed {
		c.tell(order.KindShipmentCancelling)
	}
	return changed, err
}

// follow writes what follows from a booking that was before and is now c.booking.
func (c *change) follow(ctx context.Context, before shipping.Booking) error {
	b := &c.booking
	if b.Status != before.Status {
		switch b.Status {
		case shipping.Booked:
			c.tell(order.KindShipmentBooked)
		case shipping.Declined:
			c.tell(order.KindShipmentDeclined)
		case shipping.Cancelled:
			c.tell(order.KindShipmentCancelled)
		case shipping.Requested, shipping.Pending:
		}
	}
	if b.ParcelStatus != before.ParcelStatus && b.ParcelStatus != shipping.ParcelPreTransit {
		c.tell(order.KindParcelMoved)
	}
	if b.Direction == shipping.Return {
		return nil
	}
	return c.followOrder(ctx, before)
}

// followOrder fulfils the order once its goods are on their way for certain, and keeps its tracking number that of its
// parcel: it may come late, be another one when the goods are sent again, or lead nowhere once the booking is cancelled.
func (c *change) followOrder(ctx context.Context, before shipping.Booking) error {
	b := c.booking
	sent := b.Stands() && !before.Stands()
	changed := false
	switch {
	case sent && c.order.Status == order.Confirmed:
		fact, err := c.order.Fulfil(b.TrackingNumber, c.now)
		if err != nil {
			return err
		}
		if err := c.tx.Ship(ctx, string(c.order.ID), c.by); err != nil {
			return err
		}
		changed, c.facts = true, append(c.facts, fact)
	case sent && c.order.Status == order.Cancelled && before.Status != b.Status:
		_, err := c.cancel() // cancelled meanwhile, it needs no parcel
		return err
	case b.Stands() && (sent || b.TrackingNumber != before.TrackingNumber):
		if changed = c.order.Retrack(b.TrackingNumber, c.now); changed && sent && before.Status != b.Status {
			c.tell(order.KindResent)
		}
	case b.Status == shipping.Cancelled && before.Status != b.Status && c.order.Tracking == b.TrackingNumber:
		changed = c.order.Retrack("", c.now)
	}
	if !changed {
		return nil
	}
	return c.tx.SaveOrder(ctx, c.order)
}
