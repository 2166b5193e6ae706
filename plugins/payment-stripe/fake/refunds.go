package fake

import (
	"net/http"
	"slices"
)

type refund struct {
	id, status, failure, reason string
	intent                      *intent
	amount, created             int64
	metadata                    map[string]string
}

func (r *refund) toJSON() map[string]any {
	out := map[string]any{
		"id": r.id, "object": "refund", "amount": r.amount, "currency": r.intent.currency, "status": r.status, "created": r.created,
		"payment_intent": r.intent.id, "charge": r.intent.charge.id, "metadata": r.metadata, "reason": nil,
	}
	if r.reason != "" {
		out["reason"] = r.reason
	}
	if r.failure != "" {
		out["failure_reason"] = r.failure
	}
	return out
}

func (s *Server) createRefund(c *call) (map[string]any, *problem) {
	i := s.intents[c.form.Get("payment_intent")]
	if i == nil || i.account != c.account {
		return nil, missing("payment_intent", c.form.Get("payment_intent"))
	}
	amount, _ := c.number("amount")
	r, p := s.refund(i, amount, c.metadata(), c.form.Get("reason"))
	if p != nil {
		return nil, p
	}
	return r.toJSON(), nil
}

func (s *Server) refund(i *intent, amount int64, metadata map[string]string, reason string) (*refund, *problem) {
	left := i.received - i.givenBack()
	failed := func(code, msg string) *problem {
		return &problem{status: http.StatusBadRequest, kind: "invalid_request_error", code: code, param: "amount", msg: msg}
	}
	switch {
	case i.received == 0:
		return nil, failed("", "This PaymentIntent does not have a successful charge to refund.")
	case i.method == emptyBalance:
		return nil, failed("balance_insufficient", "You have insufficient funds in your Stripe account.")
	case left == 0:
		return nil, failed("charge_already_refunded", "Charge "+i.charge.id+" has already been refunded.")
	case amount <= 0 || amount > left:
		return nil, failed("", "Refund amount is greater than unrefunded amount on charge.")
	}
	r := &refund{id: s.nextID("re"), intent: i, amount: amount, status: "succeeded", created: s.now().Unix(), metadata: metadata, reason: reason}
	if i.method == pendingRefund {
		r.status = "pending"
	}
	i.charge.refunded += amount
	s.refunds = append(s.refunds, r)
	return r, nil
}

// givenBack is what of the captured money went back.
func (i *intent) givenBack() int64 {
	if i.charge == nil {
		return 0
	}
	released := i.charge.amount - i.charge.captured - i.capturable
	return i.charge.refunded - released
}

// settle decides on a refund, also on one that seemed to have succeeded.
func (s *Server) settle(r *refund, status string) {
	if status == "failed" && r.status != "failed" {
		r.intent.charge.refunded -= r.amount
		r.failure = "expired_or_canceled_card"
	}
	r.status = status
}

func (s *Server) getRefund(c *call) (map[string]any, *problem) {
	if r := s.findRefund(c.id); r != nil && r.intent.account == c.account {
		return r.toJSON(), nil
	}
	return nil, missing("refund", c.id)
}

func (s *Server) findRefund(id string) *refund {
	for _, r := range s.refunds {
		if r.id == id {
			return r
		}
	}
	return nil
}

func (s *Server) listRefunds(c *call) (map[string]any, *problem) {
	page, more, past := []any{}, false, !c.has("starting_after")
	limit, _ := c.number("limit")
	for _, r := range slices.Backward(s.refunds) {
		switch {
		case r.intent.id != c.form.Get("payment_intent") || r.intent.account != c.account:
		case !past:
			past = r.id == c.form.Get("starting_after")
		case int64(len(page)) == limit:
			more = true
		default:
			page = append(page, r.toJSON())
		}
	}
	return map[string]any{"object": "list", "data": page, "has_more": more, "url": "/v1/refunds"}, nil
}
