package pluginhost

import (
	"context"

	"google.golang.org/grpc"

	"github.com/halum-hut/halum/core/payment"
	accounts "github.com/halum-hut/halum/core/provider"
	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
	"github.com/halum-hut/halum/ports"
)

const maxEvents = 100 // of one webhook

var modesFromProto = map[borderv1.Mode]accounts.Mode{borderv1.Mode_MODE_TEST: accounts.Test, borderv1.Mode_MODE_LIVE: accounts.Live}

// ParsePaymentWebhook implements ports.Webhooks. An event that has no name is left out and logged, since it could not be
// told from its next delivery; one whose content cannot be used is handed on without it, as a hint to ask. One of the
// other mode refuses the webhook as a whole, since its signature was made with the wrong account's secret or the account
// is mixed up.
func (h *Host) ParsePaymentWebhook(ctx context.Context, account accounts.Account, in ports.Webhook) ([]payment.Event, ports.WebhookReply, error) {
	pick := func(conn grpc.ClientConnInterface) method[*borderv1.WebhookRequest, *paymentv1.ParseWebhookResponse] {
		return paymentv1.NewPaymentPluginClient(conn).ParseWebhook
	}
	out, err := call(ctx, h, h.plugin(Payment, account.Plugin), account, h.options.ChargeTimeout, pick, &borderv1.WebhookRequest{
		Method: in.Method, Url: in.URL, Header: in.Header, Body: in.Body, ReceivedAt: timeToProto(in.ReceivedAt),
	})
	if err != nil {
		if f := answerFault(err); f != nil {
			return nil, ports.WebhookReply{}, f
		}
		return nil, ports.WebhookReply{}, payment.ErrUnavailable.With(err)
	}
	log := h.options.Logger.With("plugin", string(Payment)+"-"+account.Plugin, "operation", "ParseWebhook", "tenant", account.Tenant)
	var events []payment.Event
	for _, e := range out.GetEvents()[:min(maxEvents, len(out.GetEvents()))] {
		if e.GetId() == "" || len(e.GetId()) > maxRef {
			log.Error("an event of the plugin has no id, or one that is too long: it is left out", "type", clip(e.GetType(), maxRef))
			continue
		}
		event, problem := eventFromProto(e)
		if problem != "" {
			log.Warn("an event of the plugin is only taken as a hint to ask", "event", event.ID, "problem", problem)
			event.Payment, event.Refund, event.Dispute = nil, nil, nil
		}
		if event.Mode != account.Mode {
			return nil, ports.WebhookReply{}, ports.ErrForged.Saying("this webhook is of the %s mode, the account is of the %s mode", event.Mode, account.Mode)
		}
		events = append(events, event)
	}
	return events, replyFromProto(out.GetReply()), nil
}

func eventFromProto(e *paymentv1.Event) (event payment.Event, problem string) {
	event = payment.Event{
		ID: clip(e.GetId(), maxRef), Type: clip(e.GetType(), maxRef), Mode: modesFromProto[e.GetMode()],
		PaymentID: payment.ID(clip(e.GetPaymentId(), maxRef)), PaymentRef: clip(e.GetPaymentRef(), maxRef),
		RefundID: payment.MoveID(clip(e.GetRefund().GetRefundId(), maxRef)),
	}
	if e.GetAt().IsValid() {
		event.At = e.GetAt().AsTime()
	}
	if e.GetPayment() != nil {
		result, problem := resultFromProto(e.GetPayment(), false)
		if problem != "" {
			return event, problem
		}
		if e.GetRefund() == nil && e.GetDispute() == nil && result.Outcome == payment.Unknown {
			return event, "" // the provider says that something happened, and not what
		}
		event.Payment = &result
	}
	if e.GetRefund() != nil {
		result, problem := refundFromProto(e.GetRefund().GetResult(), false)
		if problem != "" {
			return event, problem
		}
		event.Refund = &result
	}
	if d := e.GetDispute(); d != nil {
		event.Dispute = disputeFromProto(d)
		if event.Dispute.Ref == "" {
			return event, "its dispute has no reference"
		}
	}
	return event, ""
}

var disputeStatuses = map[paymentv1.DisputeStatus]payment.DisputeStatus{
	paymentv1.DisputeStatus_DISPUTE_STATUS_UNSPECIFIED:  payment.DisputeOpen,
	paymentv1.DisputeStatus_DISPUTE_STATUS_OPEN:         payment.DisputeOpen,
	paymentv1.DisputeStatus_DISPUTE_STATUS_UNDER_REVIEW: payment.DisputeReview,
	paymentv1.DisputeStatus_DISPUTE_STATUS_WON:          payment.DisputeWon,
	paymentv1.DisputeStatus_DISPUTE_STATUS_LOST:         payment.DisputeLost,
}

func disputeFromProto(d *paymentv1.Dispute) *payment.Dispute {
	out := &payment.Dispute{
		Ref: clip(d.GetRef(), maxRef), Status: payment.DisputeOpen, Amount: amountFromProto(d.GetAmount()), Reason: clip(d.GetReason(), maxCode),
	}
	if s, ok := disputeStatuses[d.GetStatus()]; ok {
		out.Status = s
	}
	if d.GetDeadline().IsValid() {
		out.Deadline = d.GetDeadline().AsTime()
	}
	return out
}

// replyFromProto bounds what a plugin may answer in the shop's name: a success, without a page.
func replyFromProto(r *borderv1.WebhookReply) ports.WebhookReply {
	out := ports.WebhookReply{Status: int(r.GetStatus()), ContentType: "text/plain; charset=utf-8", Body: r.GetBody()}
	if out.Status < 200 || out.Status > 299 {
		out.Status = 200
	}
	if t := r.GetContentType(); t == "application/json" || t == "application/xml" {
		out.ContentType = t
	}
	if len(out.Body) > maxInstructions {
		out.Body = nil
	}
	return out
}

var _ ports.Webhooks = (*Host)(nil)
