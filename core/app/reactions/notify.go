package reactions

import (
	"context"
	"encoding/json"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/notification"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/ports"
)

// words is what people are told about an event; an empty title tells them nothing.
type words struct{ title, body string }

// notify stores one notification per topic and pushes them. The rows are the truth; a lost push is caught up by
// sequence, and running again pushes again what was stored the first time.
func (r *Reactions) notify(ctx context.Context, h happened) error {
	o := h.state.Order
	staff, shopper := wordsFor(h)
	var all []notification.Notification
	add := func(topic string, w words) {
		if w.title != "" {
			all = append(all, notification.Notification{
				Topic: topic, EventID: h.ID, Kind: h.Kind, OrderID: string(o.ID), Order: o.Number, Title: w.title, Body: w.body, At: h.At,
			})
		}
	}
	add(notification.StaffTopic, staff)
	add(notification.OrderTopic(string(o.ID)), shopper)
	if o.CustomerID != "" {
		add(notification.CustomerTopic(o.CustomerID), shopper)
	}
	return r.store(ctx, h, all...)
}

// store keeps notifications and pushes them.
func (r *Reactions) store(ctx context.Context, h happened, all ...notification.Notification) error {
	var stored []notification.Notification
	err := r.d.Store.Update(ctx, h.tenant.ID, func(ctx context.Context, tx ports.Tx) (err error) {
		stored, err = tx.Notify(ctx, all)
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range stored {
		payload, err := json.Marshal(n)
		if err != nil {
			return fault.Wrap(err, "encode a notification")
		}
		// Best effort: a socket that misses it reads the row.
		_ = r.d.Live.Publish(ctx, h.tenant.ID, n.Topic, payload)
	}
	return nil
}

func wordsFor(h happened) (staff, shopper words) {
	o := h.state.Order
	switch h.Kind {
	case order.KindConfirmed:
		staff = words{"New order " + o.Name(), o.Total.String() + " from " + o.Email}
		shopper = words{"Order " + o.Name() + " is confirmed", "Thank you. We are getting it ready."}
	case order.KindPaid:
		staff = words{"Order " + o.Name() + " is paid", o.Total.String() + " came in."}
		shopper = words{"Payment received", "Your payment for order " + o.Name() + " came in."}
	case order.KindCancelled:
		shopper = words{"Order " + o.Name() + " was cancelled", "The payment did not go through. Nothing was charged."}
	case order.KindAction:
		shopper = words{"Order " + o.Name() + " needs one more step", "Finish your payment to confirm the order."}
	case order.KindPending:
		staff = words{"Order " + o.Name() + " waits for its payment", o.Total.String() + " from " + o.Email}
		shopper = words{"Order " + o.Name() + " is placed", "It is confirmed as soon as your payment arrives."}
	case order.KindFulfilled:
		staff, shopper = words{"Order " + o.Name() + " is complete", ""}, words{"Order " + o.Name() + " is ready", ""}
		if o.Ships() {
			staff = words{"Order " + o.Name() + " was sent", o.Tracking}
			shopper = words{"Order " + o.Name() + " is on its way", trackingText(o)}
		}
	case order.KindShipmentBooked, order.KindShipmentDeclined, order.KindShipmentCancelled, order.KindParcelMoved, order.KindResent:
		return shipmentWords(h)
	case order.KindUnfit:
		staff = words{"Order " + o.Name() + " has money that does not fit", unfitText(h)}
		shopper = words{"About your payment for order " + o.Name(), "It could not be used for the order. What was charged goes back to you."}
	case order.KindLapsed:
		staff = words{"The payment of order " + o.Name() + " has expired", "The promise ran out before it was captured. Do not send anything."}
	case order.KindRefunded:
		f, _ := factOf[order.RefundedFact](h)
		staff = words{"Refund for order " + o.Name(), f.Amount.String() + " went back."}
		shopper = words{"Refund for order " + o.Name(), f.Amount.String() + " is on its way back to you."}
	case order.KindRefundFailed:
		f, _ := factOf[order.RefundFailedFact](h)
		staff = words{"A refund for order " + o.Name() + " failed", f.Amount.String() + ": " + f.Why}
	case order.KindCaptureFailed:
		f, _ := factOf[order.CaptureFailedFact](h)
		staff = words{"A capture for order " + o.Name() + " failed", f.Amount.String() + ": " + f.Why}
	case order.KindMismatch:
		f, _ := factOf[order.MismatchFact](h)
		staff = words{"The provider's books differ for order " + o.Name(), "Ours: " + f.Ours + ". Theirs: " + f.Theirs + ". What to do: " + f.Do + "."}
	case order.KindDispute:
		staff = words{"Dispute about order " + o.Name(), disputeText(h)}
	}
	return staff, shopper
}

func trackingText(o order.Order) string {
	if o.Tracking == "" {
		return "It has left the shop."
	}
	return "Tracking: " + o.Tracking
}

// unfitText says why money does not fit, and what becomes of it.
func unfitText(h happened) string {
	f, _ := factOf[order.UnfitFact](h)
	text := map[payment.Misfit]string{
		payment.AmountDiffers:  "The provider reports another amount than the order's.",
		payment.OrderCancelled: "It came in for a cancelled order.",
		payment.SecondPayment:  "The order is already paid by another payment.",
	}[f.Why]
	if h.tenant.Shop.HoldUnfit {
		return text + " Decide whether to keep it or to give it back."
	}
	return text + " It is being returned."
}

func disputeText(h happened) string {
	f, _ := factOf[order.DisputeFact](h)
	d := f.Dispute
	switch d.Status {
	case payment.DisputeWon:
		return d.Amount.String() + " stays with you: the dispute is won."
	case payment.DisputeLost:
		return d.Amount.String() + " is gone: the dispute is lost."
	case payment.DisputeReview:
		return d.Amount.String() + ": the bank looks at your answer."
	case payment.DisputeOpen:
	}
	text := "The shopper's bank claims " + d.Amount.String() + " back"
	if d.Reason != "" {
		text += " (" + d.Reason + ")"
	}
	if !d.Deadline.IsZero() {
		return text + ". Answer on the provider's pages before " + d.Deadline.Format("2 January 2006 15:04 MST") + "."
	}
	return text + ". Answer on the provider's pages."
}
