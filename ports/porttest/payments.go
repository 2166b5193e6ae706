package porttest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/ports"
)

func settlement(t *testing.T, s Subject) {
	sh := s.shop(t)
	o, p := newOrder(1)
	o = sh.place(o, p)
	before := p
	p.Status, p.ProviderRef, p.Code, p.Message, p.Version, p.UpdatedAt = payment.Paid, "ref", "c", "m", 1, now()
	p.Captured, p.Refunded, p.Refunding, p.Disputed = p.Amount, money.New(3, "BDT"), money.New(2, "BDT"), money.New(1, "BDT")
	p.Next = &payment.NextAction{Kind: "client", Library: "pay.js", Data: map[string]string{"key": "value"}}
	o.Status, o.Payment = order.Confirmed, order.Paid
	entries := payment.EntriesFor(before, p, now())
	save := func(entries []payment.Entry) error {
		return s.Store.Update(t.Context(), sh.id, func(ctx context.Context, tx ports.Tx) error { return tx.SaveSettlement(ctx, o, p, entries) })
	}
	require.Error(t, save(entries[:1]), "a posting that does not sum to zero")
	require.NoError(t, save(entries))
	err := save(entries)
	require.Equal(t, "already_posted", fault.CodeOf(err))
	require.NoError(t, save(nil))
	sh.view(func(ctx context.Context, v ports.View) {
		got, err := v.Payments(ctx, o.ID)
		require.NoError(t, err)
		require.Equal(t, []payment.Payment{p}, got)
		byRef, err := v.PaymentByRef(ctx, p.Provider, p.Mode, "ref")
		require.NoError(t, err)
		require.Equal(t, p, byRef)
		for _, other := range []struct {
			plugin string
			mode   provider.Mode
			ref    string
		}{{"other", p.Mode, "ref"}, {p.Provider, provider.Live, "ref"}, {p.Provider, p.Mode, "other"}, {p.Provider, p.Mode, ""}} {
			_, err := v.PaymentByRef(ctx, other.plugin, other.mode, other.ref)
			require.ErrorIs(t, err, payment.ErrNotFound)
		}
		found, err := v.Order(ctx, o.ID)
		require.NoError(t, err)
		require.Equal(t, o, found)
	})
	p.Refunded.Amount = p.Captured.Amount + 1
	require.Error(t, save(nil), "more went back than came in")
	o.ID = "ord_none"
	p.Refunded.Amount = 0
	require.ErrorIs(t, save(nil), order.ErrNotFound)
}

// moves: captures, refunds and disputes are kept by their ids, oldest first, and a refund of the provider counts once.
func moves(t *testing.T, s Subject) {
	sh := s.shop(t)
	o, p := newOrder(1)
	o = sh.place(o, p)
	first := payment.Move{
		ID: payment.MoveID(id.New("cap", now())), Kind: payment.CaptureMove, PaymentID: p.ID, OrderID: p.OrderID, Amount: money.New(5, "BDT"),
		Final: true, Status: payment.MoveOpen, By: "usr_1", CreatedAt: now(), UpdatedAt: now(),
	}
	second := payment.Move{
		ID: payment.MoveID(id.New("ref", now())), Kind: payment.RefundMove, PaymentID: p.ID, OrderID: p.OrderID, Amount: money.New(4, "BDT"),
		Status: payment.MovePending, ProviderRef: "re_1", Reason: "duplicate", By: "usr_1", CreatedAt: now().Add(time.Second), UpdatedAt: now(),
	}
	d := payment.Dispute{
		Ref: "dp_1", PaymentID: p.ID, OrderID: p.OrderID, Status: payment.DisputeOpen, Amount: money.New(4, "BDT"), Reason: "fraudulent",
		Deadline: now().Add(time.Hour), UpdatedAt: now(),
	}
	sh.update(func(ctx context.Context, tx ports.Tx) error {
		if err := tx.SaveDispute(ctx, d); err != nil {
			return err
		}
		return tx.SaveMoves(ctx, first, second)
	})
	first.Status, second.Status, second.Code, second.Message, d.Status = payment.MoveDone, payment.MoveFailed, "c", "m", payment.DisputeWon
	d.Deadline = time.Time{}
	sh.update(func(ctx context.Context, tx ports.Tx) error {
		if err := tx.SaveDispute(ctx, d); err != nil {
			return err
		}
		return tx.SaveMoves(ctx, first, second)
	})
	sh.view(func(ctx context.Context, v ports.View) {
		got, err := v.Moves(ctx, o.ID)
		require.NoError(t, err)
		require.Equal(t, []payment.Move{first, second}, got)
		disputes, err := v.Disputes(ctx, o.ID)
		require.NoError(t, err)
		require.Equal(t, []payment.Dispute{d}, disputes)
	})
	twin := second
	twin.ID = payment.MoveID(id.New("ref", now()))
	err := s.Store.Update(t.Context(), sh.id, func(ctx context.Context, tx ports.Tx) error { return tx.SaveMoves(ctx, twin) })
	require.Error(t, err, "one refund of the provider under two ids")
}

// anotherPayment: an order may have several payments, newest first.
func anotherPayment(t *testing.T, s Subject) {
	sh := s.shop(t)
	o, p := newOrder(1)
	o = sh.place(o, p)
	q := payment.New(payment.ID(id.New("pay", now())), string(o.ID), provider.Account{Plugin: "manual", Mode: provider.Live}, "counter", p.Asked, p.CreatedAt.Add(time.Second))
	sh.update(func(ctx context.Context, tx ports.Tx) error { return tx.AddPayment(ctx, q) })
	sh.view(func(ctx context.Context, v ports.View) {
		got, err := v.Payments(ctx, o.ID)
		require.NoError(t, err)
		require.Equal(t, []payment.Payment{q, p}, got)
	})
}

// inbox: an event of a provider is kept once per plugin and mode, however often it comes.
func inbox(t *testing.T, s Subject) {
	sh := s.shop(t)
	event := func(plugin, name string, mode provider.Mode) ports.InboxEvent {
		return ports.InboxEvent{
			ID: event.ID(id.New("pev", now())), Plugin: plugin, Raw: []byte("raw\x00bytes"), ReceivedAt: now(), Status: ports.InboxReceived,
			Event: payment.Event{ID: name, Type: "paid", Mode: mode, PaymentRef: "r", Payment: &payment.Result{Outcome: payment.Captured, Amount: money.New(5, "BDT")}},
		}
	}
	keep := func(events ...ports.InboxEvent) (fresh []ports.InboxEvent) {
		sh.update(func(ctx context.Context, tx ports.Tx) (err error) {
			fresh, err = tx.KeepEvents(ctx, events)
			return err
		})
		return fresh
	}
	a, b := event("sandbox", "e1", provider.Test), event("sandbox", "e2", provider.Test)
	require.Equal(t, []ports.InboxEvent{a, b}, keep(a, b))
	require.Empty(t, keep(event("sandbox", "e1", provider.Test), event("sandbox", "e2", provider.Test)))
	require.Len(t, keep(event("sandbox", "e1", provider.Test), event("sandbox", "e3", provider.Test)), 1)
	require.Len(t, keep(event("sandbox", "e1", provider.Live)), 1)
	require.Len(t, keep(event("other", "e1", provider.Test)), 1)
	require.Empty(t, keep())
	sh.update(func(ctx context.Context, tx ports.Tx) error {
		got, err := tx.InboxEvent(ctx, a.ID)
		require.NoError(t, err)
		require.Equal(t, a, got)
		_, err = tx.InboxEvent(ctx, "pev_none")
		require.Equal(t, fault.NotFound, fault.KindOf(err))
		return tx.MarkEvent(ctx, a.ID, ports.InboxParked, "early", now())
	})
	sh.update(func(ctx context.Context, tx ports.Tx) error {
		got, err := tx.InboxEvent(ctx, a.ID)
		require.NoError(t, err)
		require.Equal(t, ports.InboxParked, got.Status)
		require.Equal(t, "early", got.Note)
		return nil
	})
}
