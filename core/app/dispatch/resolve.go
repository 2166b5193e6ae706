package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// look asks the carrier what became of a booking and does what follows: what it never heard of is sent again, or ends
// when it is to be given up; what is to be given up and still stands is cancelled.
func (d *Dispatcher) look(ctx context.Context, l loaded, by string) (shipping.Booking, error) {
	t, err := l.carrier.Track(ctx, l.booking)
	if err != nil {
		return l.booking, err
	}
	if t.Booking.Outcome == shipping.NoSuchBooking {
		return d.unheard(ctx, l, by)
	}
	if l.booking, err = d.change(ctx, l, by, func(c *change) (bool, error) { return c.booking.Follow(t, c.now), nil }); err != nil {
		return l.booking, err
	}
	if !l.booking.Cancelling || l.booking.Status == shipping.Requested {
		return l.booking, nil
	}
	a, err := l.carrier.Cancel(ctx, l.booking)
	if err != nil {
		return l.booking, err
	}
	return d.change(ctx, l, by, func(c *change) (bool, error) { return c.booking.TakeCancel(a, c.now), nil })
}

// unheard goes on with a booking that the carrier does not know. While the request that made it may still be on its way,
// that is no answer.
func (d *Dispatcher) unheard(ctx context.Context, l loaded, by string) (shipping.Booking, error) {
	switch {
	case l.booking.Status != shipping.Requested, d.d.Now().Before(l.booking.CreatedAt.Add(lease)):
		return l.booking, nil
	case l.booking.Cancelling:
		return d.change(ctx, l, by, func(c *change) (bool, error) { return c.booking.Refuse("", "", c.now), nil })
	}
	return d.drive(ctx, l, false, by)
}

// Resolve brings a booking, or its cancellation, to an end that got no answer or whose answer was that it takes time.
// again > 0 says when to look the next time.
func (d *Dispatcher) Resolve(ctx context.Context, t tenant.ID, id shipping.BookingID) (again time.Duration, err error) {
	l, err := d.load(ctx, t, id)
	if err != nil || !l.booking.Unsettled() {
		return 0, err
	}
	b, err := d.look(ctx, l, system)
	if err != nil && fault.KindOf(err) == fault.Internal {
		return 0, err
	}
	if !b.Unsettled() {
		return 0, nil
	}
	return max(shortestWait, min(d.d.Now().Sub(b.UpdatedAt)/4, longestWait)), nil
}

// Follow asks where a parcel is, for carriers that do not tell, and for what they told in vain. again > 0 says when to
// ask the next time.
func (d *Dispatcher) Follow(ctx context.Context, t tenant.ID, id shipping.BookingID) (again time.Duration, err error) {
	l, err := d.load(ctx, t, id)
	if err != nil || l.booking.Ended() {
		return 0, err
	}
	b, err := d.look(ctx, l, system)
	if err != nil && fault.KindOf(err) == fault.Internal {
		return 0, err
	}
	if b.Ended() || d.d.Now().Sub(b.CreatedAt) > trackFor {
		return 0, nil
	}
	return trackEvery, nil
}

const sweepPage = 100

// Sweep looks at all bookings of a shop of which more may come, as once a night, for those whose own job was lost. It
// goes on after a carrier that does not answer. Errors: those of the store, and of ctx.
func (d *Dispatcher) Sweep(ctx context.Context, t tenant.ID) (looked int, err error) {
	since := d.d.Now().Add(-trackFor)
	for after := shipping.BookingID(""); ; {
		var page []shipping.Booking
		err := d.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) (err error) {
			page, err = v.OpenBookings(ctx, since, after, sweepPage)
			return err
		})
		if err != nil || len(page) == 0 {
			return looked, err
		}
		for _, b := range page {
			l, err := d.load(ctx, t, b.ID)
			if err != nil {
				return looked, err
			}
			if _, err := d.look(ctx, l, system); err != nil && fault.KindOf(err) == fault.Internal {
				return looked, err
			}
			looked++
		}
		after = page[len(page)-1].ID
	}
}

// Receive lets the plugin verify a carrier's webhook and records what it says; the reply may be sent when it returns.
// What is not about a booking of this account is left out, and an event that says nothing is a hint to ask.
// Errors: provider.ErrNotFound for an account the shop never had, ports.ErrForged, and nothing is recorded;
// fault.Unavailable, and the carrier shall send it again.
func (d *Dispatcher) Receive(ctx context.Context, t tenant.ID, plugin string, mode provider.Mode, in ports.Webhook) (ports.WebhookReply, error) {
	account, err := d.account(ctx, t, plugin, mode)
	if err != nil {
		return ports.WebhookReply{}, err
	}
	events, reply, err := d.d.Webhooks.ParseShippingWebhook(ctx, account, in)
	if err != nil {
		return reply, err
	}
	for _, e := range events {
		if err := d.take(ctx, t, account, e); err != nil {
			return ports.WebhookReply{}, err
		}
	}
	return reply, nil
}

func (d *Dispatcher) take(ctx context.Context, t tenant.ID, account provider.Account, e shipping.Event) error {
	id, err := d.find(ctx, t, account, e)
	if errors.Is(err, shipping.ErrNoBooking) {
		return nil // the next question finds what this was about
	}
	if err != nil {
		return err
	}
	l, err := d.load(ctx, t, id)
	if err != nil {
		return err
	}
	tell := e.Tracking
	if tell.Booking.Outcome == shipping.BookingUnknown && tell.Status == shipping.ParcelUnknown && len(tell.Steps) == 0 {
		_, err = d.look(ctx, l, "provider")
		return err
	}
	_, err = d.change(ctx, l, "provider", func(c *change) (bool, error) { return c.booking.Follow(tell, c.now), nil })
	return err
}

// find looks a booking up by our id or by the carrier's reference. An id that belongs to another account is nobody's.
func (d *Dispatcher) find(ctx context.Context, t tenant.ID, account provider.Account, e shipping.Event) (id shipping.BookingID, err error) {
	err = d.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		b, err := v.Booking(ctx, e.BookingID)
		if errors.Is(err, shipping.ErrNoBooking) {
			b, err = v.BookingByRef(ctx, account.Plugin, account.Mode, e.BookingRef)
		}
		if err == nil && (b.Plugin != account.Plugin || b.Mode != account.Mode) {
			err = shipping.ErrNoBooking
		}
		id = b.ID
		return err
	})
	return id, err
}

func (d *Dispatcher) account(ctx context.Context, t tenant.ID, plugin string, mode provider.Mode) (found provider.Account, err error) {
	err = d.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		all, err := v.ProviderAccounts(ctx, provider.Shipping)
		if err != nil {
			return err
		}
		// A carrier that was switched off still tells about its old parcels; one that never was on is nobody.
		if found = provider.Find(all, t, provider.Shipping, plugin, mode); found.Revision == 0 {
			return provider.ErrNotFound
		}
		return nil
	})
	return found, err
}
