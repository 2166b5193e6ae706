package fake

import (
	"net/http"
	"slices"
	"strings"
)

// The statuses of a PaymentIntent.
const (
	waiting    = "requires_payment_method"
	acting     = "requires_action"
	processing = "processing"
	promised   = "requires_capture"
	canceled   = "canceled"
	done       = "succeeded"
)

type intent struct {
	id, account, currency, status, description, returnURL string
	amount, capturable, received, created                 int64
	manual, multicapture, browser                         bool
	method, cancelReason                                  string
	metadata                                              map[string]string
	charge                                                *charge
	charges                                               int // how often money was taken or promised
	failure                                               *problem
}

type charge struct {
	id                         string
	amount, captured, refunded int64
	created                    int64
	paid                       bool
}

func (i *intent) toJSON(base string, expanded bool) map[string]any {
	out := map[string]any{
		"id": i.id, "object": "payment_intent", "amount": i.amount, "amount_capturable": i.capturable, "amount_received": i.received,
		"currency": i.currency, "status": i.status, "created": i.created, "metadata": i.metadata, "livemode": false,
		"client_secret": i.id + "_secret_fake", "description": i.description, "latest_charge": nil, "next_action": nil,
		"last_payment_error": nil, "cancellation_reason": nil, "capture_method": "automatic",
	}
	if i.manual {
		out["capture_method"] = "manual"
	}
	if i.cancelReason != "" {
		out["cancellation_reason"] = i.cancelReason
	}
	if i.failure != nil {
		out["last_payment_error"] = i.failure.toJSON()["error"]
	}
	if i.charge != nil {
		out["latest_charge"] = i.charge.id
		if expanded {
			out["latest_charge"] = i.chargeJSON()
		}
	}
	if i.status == acting {
		out["next_action"] = map[string]any{"type": "use_stripe_sdk", "use_stripe_sdk": map[string]any{}}
		if i.returnURL != "" {
			out["next_action"] = map[string]any{"type": "redirect_to_url", "redirect_to_url": map[string]any{"url": base + "/_fake/authenticate/" + i.id, "return_url": i.returnURL}}
		}
	}
	return out
}

func (i *intent) chargeJSON() map[string]any {
	card := map[string]any{"brand": "visa", "last4": "4242"}
	if i.manual {
		card["capture_before"] = i.charge.created + 7*24*3600
	}
	return map[string]any{
		"id": i.charge.id, "object": "charge", "amount": i.charge.amount, "amount_captured": i.charge.captured,
		"amount_refunded": i.charge.refunded, "captured": i.charge.captured > 0, "paid": i.charge.paid, "currency": i.currency,
		"payment_intent": i.id, "metadata": i.metadata, "payment_method_details": map[string]any{"type": "card", "card": card},
	}
}

func (s *Server) createIntent(c *call) (map[string]any, *problem) {
	amount, _ := c.number("amount")
	if p := checkAmount(amount, c.form.Get("currency")); p != nil {
		return nil, p
	}
	i := &intent{
		id: s.nextID("pi"), account: c.account, amount: amount, currency: c.form.Get("currency"), status: waiting, created: s.now().Unix(),
		metadata: c.metadata(), description: c.form.Get("description"), manual: c.form.Get("capture_method") == "manual",
		multicapture: c.form.Get("payment_method_options[card][request_multicapture]") == "if_available",
		browser:      c.has("automatic_payment_methods[enabled]"),
	}
	s.intents[i.id] = i
	s.order = append(s.order, i)
	return i.toJSON(c.base, c.expand("latest_charge")), nil
}

// checkAmount follows https://docs.stripe.com/currencies.
func checkAmount(amount int64, currency string) *problem {
	switch {
	case currency == "" || currency != strings.ToLower(currency) || currency == "xxx":
		return invalid("", "currency", "Invalid currency: "+currency)
	case amount <= 0:
		return invalid("parameter_invalid_integer", "amount", "This value must be greater than or equal to 1.")
	case amount > 99999999:
		return invalid("amount_too_large", "amount", "Amount must be no more than 999,999.99")
	case slices.Contains([]string{"isk", "ugx"}, currency) && amount%100 != 0:
		return invalid("", "amount", "Invalid amount. The currency has become effectively zero-decimal and charged amounts must be evenly divisible by 100.")
	case slices.Contains([]string{"bhd", "jod", "kwd", "omr", "tnd"}, currency) && amount%10 != 0:
		return invalid("", "amount", "The last digit must be 0.")
	}
	return nil
}

func (s *Server) onIntent(do func(*call, *intent) *problem) func(*call) (map[string]any, *problem) {
	return func(c *call) (map[string]any, *problem) {
		i := s.intents[c.id]
		if i == nil || i.account != c.account {
			return nil, missing("payment_intent", c.id)
		}
		if p := do(c, i); p != nil {
			return nil, p
		}
		return i.toJSON(c.base, c.expand("latest_charge")), nil
	}
}

func (s *Server) listIntents(c *call) (map[string]any, *problem) {
	from, _ := c.number("created[gte]")
	to, bounded := c.number("created[lte]")
	limit, _ := c.number("limit")
	page, more, past := []any{}, false, !c.has("starting_after")
	for _, i := range slices.Backward(s.order) {
		switch {
		case i.account != c.account || i.created < from || bounded && i.created > to:
		case !past:
			past = i.id == c.form.Get("starting_after")
		case int64(len(page)) == limit:
			more = true
		default:
			page = append(page, i.toJSON(c.base, false))
		}
	}
	return map[string]any{"object": "list", "data": page, "has_more": more, "url": "/v1/payment_intents"}, nil
}

func unexpected(verb string, i *intent) *problem {
	return &problem{
		status: http.StatusBadRequest, kind: "invalid_request_error", code: "payment_intent_unexpected_state", intent: i.toJSON("", false),
		msg: "You cannot " + verb + " this PaymentIntent because it has a status of " + i.status + ".",
	}
}

func (s *Server) updateIntent(c *call, i *intent) *problem {
	if i.status != waiting {
		return unexpected("update", i)
	}
	amount, given := c.number("amount")
	if p := checkAmount(amount, i.currency); given && p != nil {
		return p
	}
	i.amount, i.failure = amount, nil
	return nil
}

// declines are Stripe's test payment methods that are refused, with what it says then.
var declines = map[string]problem{
	"pm_card_visa_chargeDeclined":             {code: "card_declined", decline: "generic_decline", msg: "Your card was declined."},
	"pm_card_chargeDeclinedInsufficientFunds": {code: "card_declined", decline: "insufficient_funds", msg: "Your card has insufficient funds."},
	"pm_card_chargeDeclinedStolenCard":        {code: "card_declined", decline: "stolen_card", msg: "Your card was declined."},
	"pm_card_chargeDeclinedExpiredCard":       {code: "expired_card", msg: "Your card has expired."},
	"pm_card_chargeDeclinedProcessingError":   {code: "processing_error", msg: "An error occurred while processing your card. Try again in a little bit."},
}

// accepted are those that are not refused. The ones named here have no counterpart at Stripe, or a simpler one.
var accepted = []string{
	"pm_card_visa", "pm_card_mastercard", "pm_card_authenticationRequired", "pm_card_createDispute", fakeProcessing, pendingRefund, emptyBalance,
}

const (
	fakeProcessing = "pm_fake_processing"             // the answer comes later
	emptyBalance   = "pm_fake_emptyBalance"           // captured, but the vendor has no money for refunds
	pendingRefund  = "pm_card_pendingRefund"          // refunds stay pending
	needsBank      = "pm_card_authenticationRequired" // 3-D Secure
)

func (s *Server) confirmIntent(c *call, i *intent) *problem {
	if i.status != waiting {
		return unexpected("confirm", i)
	}
	method := c.form.Get("payment_method")
	p, no := declines[method]
	switch {
	case no:
		return s.fail(i, p)
	case !slices.Contains(accepted, method):
		p := missing("PaymentMethod", method)
		p.param = "payment_method"
		return p
	}
	i.method, i.returnURL, i.failure = method, c.form.Get("return_url"), nil
	switch method {
	case needsBank:
		i.status = acting
	case fakeProcessing:
		i.status = processing
	default:
		s.pay(i)
	}
	return nil
}

func (s *Server) fail(i *intent, why problem) *problem {
	why.status, why.kind = http.StatusPaymentRequired, "card_error"
	i.status, i.failure = waiting, &why
	i.charge = &charge{id: s.nextID("ch"), amount: i.amount, created: s.now().Unix()}
	answer := why
	answer.intent = i.toJSON("", false)
	return &answer
}

// pay takes or promises the money.
func (s *Server) pay(i *intent) {
	i.charge = &charge{id: s.nextID("ch"), amount: i.amount, created: s.now().Unix(), paid: true}
	i.charges++
	if i.manual {
		i.status, i.capturable = promised, i.amount
		return
	}
	i.status, i.received, i.charge.captured = done, i.amount, i.amount
}

func (s *Server) captureIntent(c *call, i *intent) *problem {
	if i.status != promised {
		return unexpected("capture", i)
	}
	amount, given := c.number("amount_to_capture")
	if !given {
		amount = i.capturable
	}
	last := c.form.Get("final_capture") != "false"
	switch {
	case !last && !i.multicapture:
		return invalid("", "final_capture", "This PaymentIntent does not support multiple captures.")
	case amount > i.capturable:
		return invalid("amount_too_large", "amount_to_capture", "You cannot capture more than the amount that can be captured.")
	case amount < 0, amount == 0 && i.received == 0:
		return invalid("parameter_invalid_integer", "amount_to_capture", "This value must be greater than or equal to 1.")
	}
	i.received += amount
	i.charge.captured = i.received
	i.capturable -= amount
	if last && i.capturable > 0 {
		s.release(i, i.capturable)
	}
	if last || i.capturable == 0 {
		i.status, i.capturable = done, 0
	}
	return nil
}

// release gives up a promise. Stripe counts that as refunded, and lists it among the refunds.
func (s *Server) release(i *intent, amount int64) {
	i.charge.refunded += amount
	s.refunds = append(s.refunds, &refund{id: s.nextID("re"), intent: i, amount: amount, status: "succeeded", created: s.now().Unix(), metadata: map[string]string{}})
}

func (s *Server) cancelIntent(c *call, i *intent) *problem {
	if i.status == canceled || i.status == done || i.status == processing || i.received > 0 {
		return unexpected("cancel", i)
	}
	s.end(i, c.form.Get("cancellation_reason"))
	return nil
}

func (s *Server) end(i *intent, reason string) {
	if i.status == promised {
		s.release(i, i.capturable)
	}
	i.status, i.capturable, i.cancelReason = canceled, 0, reason
}
