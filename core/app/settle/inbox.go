package settle

import (
	"context"
	"errors"
	"time"

	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Inbox keeps what providers send by themselves before it is acknowledged, and works on it afterwards.
type Inbox struct {
	store    ports.Store
	webhooks ports.Webhooks
	settler  *Settler
}

// NewInbox returns an Inbox.
func NewInbox(s ports.Store, w ports.Webhooks, settler *Settler) *Inbox { return &Inbox{s, w, settler} }

// KindReceived is the kind of Received.
const KindReceived = "provider.event_received"

// Received says that a provider sent something, which is kept under Event.
type Received struct {
	Event  event.ID `json:"event_id"`
	Plugin string   `json:"plugin"`
	Type   string   `json:"type"`
}

// Kind returns "provider.event_received".
func (Received) Kind() string { return KindReceived }

// Subject returns the id under which the provider's event is kept.
func (f Received) Subject() string { return string(f.Event) }

// How long an event waits for the payment it is about, which may not have its reference yet.
const (
	parkAtLeast = 5 * time.Second
	parkAtMost  = 10 * time.Minute
	parkFor     = 24 * time.Hour
)

// Receive lets the plugin verify a webhook and keeps its events, each once; the reply may be sent when it returns.
// Errors: provider.ErrNotFound for an account the shop never had, ports.ErrForged, and nothing is kept;
// fault.Unavailable, and the provider shall send it again.
func (i *Inbox) Receive(ctx context.Context, t tenant.ID, plugin string, mode provider.Mode, in ports.Webhook) (ports.WebhookReply, error) {
	account, err := i.account(ctx, t, plugin, mode)
	if err != nil {
		return ports.WebhookReply{}, err
	}
	events, reply, err := i.webhooks.ParsePaymentWebhook(ctx, account, in)
	if err != nil || len(events) == 0 {
		return reply, err
	}
	err = i.store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		var keep []ports.InboxEvent
		for _, e := range events {
			keep = append(keep, ports.InboxEvent{
				ID: event.ID(id.New("pev", i.settler.now())), Plugin: plugin, Event: e, Raw: in.Body, ReceivedAt: in.ReceivedAt,
			})
		}
		fresh, err := tx.KeepEvents(ctx, keep)
		if err != nil {
			return err
		}
		for _, e := range fresh {
			tx.Emit("provider", Received{Event: e.ID, Plugin: plugin, Type: e.Event.Type})
		}
		return nil
	})
	return reply, err
}

func (i *Inbox) account(ctx context.Context, t tenant.ID, plugin string, mode provider.Mode) (found provider.Account, err error) {
	err = i.store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		all, err := v.ProviderAccounts(ctx, provider.Payment)
		if err != nil {
			return err
		}
		// A plugin that was switched off still tells about its old payments; one that never was on is nobody.
		if found = provider.Find(all, t, provider.Payment, plugin, mode); found.Revision == 0 {
			return provider.ErrNotFound
		}
		return nil
	})
	return found, err
}

// Process takes over a kept event. again > 0 asks to be run again after that time: the event came before the payment it
// is about has its reference.
func (i *Inbox) Process(ctx context.Context, t tenant.ID, id event.ID) (again time.Duration, err error) {
	var kept ports.InboxEvent
	err = i.store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		kept, err = tx.InboxEvent(ctx, id)
		return err
	})
	if err != nil || kept.Status != ports.InboxReceived && kept.Status != ports.InboxParked {
		return 0, err
	}
	status, note := ports.InboxProcessed, ""
	switch err := i.settler.TakeEvent(ctx, t, kept.Plugin, kept.Event); {
	case errors.Is(err, payment.ErrNotFound):
		age := i.settler.now().Sub(kept.ReceivedAt)
		status, note, again = ports.InboxParked, "no payment with this id or reference yet", min(max(parkAtLeast, age/2), parkAtMost)
		if age > parkFor {
			status, note, again = ports.InboxDead, "no payment with this id or reference came within a day", 0
		}
		if kept.Event.PaymentID == "" && kept.Event.PaymentRef == "" {
			status, note, again = ports.InboxIgnored, "it is about no payment", 0
		}
	case err != nil:
		return 0, fault.Wrap(err, "take over an event of a provider")
	}
	return again, i.store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		return tx.MarkEvent(ctx, id, status, note, i.settler.now())
	})
}
