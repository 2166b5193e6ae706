package sdk

import (
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
)

func paymentFromProto(p *paymentv1.Payment) Payment {
	return Payment{
		ID: p.GetId(), Ref: p.GetRef(), MethodKind: p.GetMethodKind(), Amount: amountFromProto(p.GetAmount()), CreatedAt: timeFromProto(p.GetCreatedAt()),
	}
}

func methodToProto(m Method) *paymentv1.Method {
	out := &paymentv1.Method{Kind: m.Kind, Name: m.Name, Hint: m.Hint}
	for _, f := range m.Fields {
		out.Fields = append(out.Fields, &paymentv1.Field{
			Name: f.Name, Label: f.Label, Autocomplete: f.Autocomplete, Example: f.Example, Secret: f.Secret, ByLibrary: f.ByLibrary,
		})
	}
	return out
}

var outcomeToProto = map[Outcome]paymentv1.Outcome{
	Unknown:        paymentv1.Outcome_OUTCOME_UNKNOWN,
	Captured:       paymentv1.Outcome_OUTCOME_CAPTURED,
	Authorized:     paymentv1.Outcome_OUTCOME_AUTHORIZED,
	Pending:        paymentv1.Outcome_OUTCOME_PENDING,
	RequiresAction: paymentv1.Outcome_OUTCOME_REQUIRES_ACTION,
	Declined:       paymentv1.Outcome_OUTCOME_DECLINED,
	Voided:         paymentv1.Outcome_OUTCOME_VOIDED,
	Expired:        paymentv1.Outcome_OUTCOME_EXPIRED,
	NotFound:       paymentv1.Outcome_OUTCOME_NOT_FOUND,
}

var refundOutcomeToProto = map[RefundOutcome]paymentv1.RefundOutcome{
	RefundUnknown:   paymentv1.RefundOutcome_REFUND_OUTCOME_UNKNOWN,
	RefundSucceeded: paymentv1.RefundOutcome_REFUND_OUTCOME_SUCCEEDED,
	RefundPending:   paymentv1.RefundOutcome_REFUND_OUTCOME_PENDING,
	RefundFailed:    paymentv1.RefundOutcome_REFUND_OUTCOME_FAILED,
	RefundNotFound:  paymentv1.RefundOutcome_REFUND_OUTCOME_NOT_FOUND,
}

var disputeStatusToProto = map[DisputeStatus]paymentv1.DisputeStatus{
	DisputeOpen:        paymentv1.DisputeStatus_DISPUTE_STATUS_OPEN,
	DisputeUnderReview: paymentv1.DisputeStatus_DISPUTE_STATUS_UNDER_REVIEW,
	DisputeWon:         paymentv1.DisputeStatus_DISPUTE_STATUS_WON,
	DisputeLost:        paymentv1.DisputeStatus_DISPUTE_STATUS_LOST,
}

func resultResponse(r Result, err error) (*paymentv1.ResultResponse, error) {
	if err != nil {
		return nil, faultToProto(err)
	}
	return &paymentv1.ResultResponse{Result: resultToProto(r)}, nil
}

func resultToProto(r Result) *paymentv1.Result {
	return &paymentv1.Result{
		Outcome: outcomeToProto[r.Outcome], ProviderRef: r.ProviderRef, Amount: amountToProto(r.Amount),
		Captured: amountToProto(r.Captured), Refunded: amountToProto(r.Refunded), Next: nextToProto(r.Next),
		Code: r.Code, Message: r.Message, Retryable: r.Retryable, ExpiresAt: timeToProto(r.ExpiresAt),
	}
}

func nextToProto(n *NextAction) *paymentv1.NextAction {
	switch {
	case n == nil:
		return nil
	case n.RedirectURL != "":
		return &paymentv1.NextAction{Action: &paymentv1.NextAction_Redirect{Redirect: &paymentv1.Redirect{Url: n.RedirectURL}}}
	case n.QR != "":
		return &paymentv1.NextAction{Action: &paymentv1.NextAction_QrCode{QrCode: &paymentv1.QrCode{Text: n.QR}}}
	case n.Client != nil:
		return &paymentv1.NextAction{Action: &paymentv1.NextAction_Client{
			Client: &paymentv1.ClientAction{Library: n.Client.Library, Data: n.Client.Data},
		}}
	}
	return &paymentv1.NextAction{Action: &paymentv1.NextAction_Instructions{Instructions: &paymentv1.Instructions{Text: n.Instructions}}}
}

func refundResponse(r RefundResult, err error) (*paymentv1.RefundResponse, error) {
	if err != nil {
		return nil, faultToProto(err)
	}
	return &paymentv1.RefundResponse{Result: refundToProto(r)}, nil
}

func refundToProto(r RefundResult) *paymentv1.RefundResult {
	return &paymentv1.RefundResult{
		Outcome: refundOutcomeToProto[r.Outcome], ProviderRef: r.ProviderRef, Amount: amountToProto(r.Amount),
		Code: r.Code, Message: r.Message, Retryable: r.Retryable,
	}
}

func eventToProto(e PaymentEvent) *paymentv1.Event {
	out := &paymentv1.Event{
		Id: e.ID, Type: e.Type, Mode: modeToProto(e.Mode), At: timeToProto(e.At), PaymentId: e.PaymentID, PaymentRef: e.PaymentRef,
	}
	if e.Payment != nil {
		out.Payment = resultToProto(*e.Payment)
	}
	if e.Refund != nil {
		out.Refund = &paymentv1.RefundEvent{RefundId: e.Refund.RefundID, Result: refundToProto(e.Refund.RefundResult)}
	}
	if d := e.Dispute; d != nil {
		out.Dispute = &paymentv1.Dispute{
			Ref: d.Ref, Status: disputeStatusToProto[d.Status], Amount: amountToProto(d.Amount), Reason: d.Reason, Deadline: timeToProto(d.Deadline),
		}
	}
	return out
}
