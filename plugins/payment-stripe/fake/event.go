package fake

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

type dispute struct {
	id     string
	intent *intent
	amount int64
	due    int64
}

// SignedEvent is a request as Stripe would send it.
type SignedEvent struct {
	Method string            `json:"method"`
	Header map[string]string `json:"header"`
	Body   string            `json:"body"`
}

// event answers with a SignedEvent. The form says: type, payment_intent or refund, and optionally event_id, secret, now,
// livemode, account, status of a dispute, and payment_id, with which a PaymentIntent that there is not is made up.
func (s *Server) event(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm() // a broken form has no values, and that is refused below
	e, err := s.Event(r.Form)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	reply(w, http.StatusOK, encode(e))
}

// Event makes an event about the present state of an object.
func (s *Server) Event(form url.Values) (SignedEvent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind, at := form.Get("type"), s.now().Unix()
	if given, err := strconv.ParseInt(form.Get("now"), 10, 64); err == nil {
		at = given
	}
	object, err := s.objectOf(kind, form)
	if err != nil {
		return SignedEvent{}, err
	}
	event := map[string]any{
		"id": form.Get("event_id"), "object": "event", "type": kind, "created": at, "livemode": form.Get("livemode") == "true",
		"api_version": "2024-06-20", "data": map[string]any{"object": object},
	}
	if event["id"] == "" {
		event["id"] = s.nextID("evt")
	}
	if form.Get("account") != "" {
		event["account"] = form.Get("account")
	}
	body := encode(event)
	return SignedEvent{
		Method: http.MethodPost, Body: string(body),
		Header: map[string]string{"content-type": "application/json", "stripe-signature": Sign(time.Unix(at, 0), body, form.Get("secret"))},
	}, nil
}

// Sign makes Stripe's signature header.
func Sign(at time.Time, body []byte, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return fmt.Sprintf("t=%d,v1=%s,v0=00", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

func (s *Server) objectOf(kind string, form url.Values) (map[string]any, error) {
	i, r := s.intents[form.Get("payment_intent")], s.findRefund(form.Get("refund"))
	switch {
	case strings.HasPrefix(kind, "payment_intent.") && i != nil:
		return i.toJSON("", false), nil
	case strings.HasPrefix(kind, "payment_intent.") && form.Get("payment_id") != "":
		i = &intent{id: form.Get("payment_intent"), amount: 1000, received: 1000, currency: "usd", status: done, metadata: map[string]string{"halum_payment_id": form.Get("payment_id")}}
		return i.toJSON("", false), nil
	case strings.HasPrefix(kind, "charge.dispute.") && i != nil && i.charge != nil:
		return s.disputeJSON(i, form.Get("status")), nil
	case (kind == "charge.refunded" || kind == "charge.expired") && i != nil && i.charge != nil:
		return i.chargeJSON(), nil
	case strings.Contains(kind, "refund") && r != nil:
		return r.toJSON(), nil
	case strings.HasPrefix(kind, "customer."):
		return map[string]any{"id": "cus_fake", "object": "customer"}, nil
	}
	return nil, fmt.Errorf("there is no object for %q", kind)
}

func (s *Server) disputeJSON(i *intent, status string) map[string]any {
	d := s.disputes[i.id]
	if d == nil {
		d = &dispute{id: s.nextID("dp"), intent: i, amount: i.received, due: s.now().Add(9 * 24 * time.Hour).Unix()}
		s.disputes[i.id] = d
	}
	return map[string]any{
		"id": d.id, "object": "dispute", "amount": d.amount, "currency": i.currency, "status": status, "reason": "fraudulent",
		"payment_intent": i.id, "charge": i.charge.id, "metadata": map[string]string{}, "evidence_details": map[string]any{"due_by": d.due},
	}
}
