package conformance

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/halum-hut/halum/plugins/sdk"
	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
	shippingv1 "github.com/halum-hut/halum/plugins/sdk/proto/shipping/v1"
)

// hook is a request of a provider, as the scenario describes it, that can be made anew with other circumstances.
type hook struct {
	k       *bench
	request Request
	about   vars // of the payment or booking
	id      string
	at      time.Time
	secrets map[string]string
	mode    string
}

func (k *bench) newHook(r Request, about vars) hook {
	return hook{
		k: k, request: r, about: about, id: "evt_" + strings.ToLower(rand.Text()[:16]), at: time.Now(),
		secrets: k.scenario.Account.Secrets, mode: orElse(k.scenario.Account.Mode, "test"),
	}
}

func (h hook) vars() vars {
	v := h.about.with(map[string]string{
		"event_id": h.id, "now": strconv.FormatInt(h.at.Unix(), 10), "now_ms": strconv.FormatInt(h.at.UnixMilli(), 10),
		"now_rfc3339": h.at.UTC().Format(time.RFC3339), "mode": h.mode, "livemode": strconv.FormatBool(h.mode == "live"),
	})
	for name, value := range h.secrets {
		v["secret."+name] = value
	}
	return v
}

// render makes the request as the provider would send it.
func (h hook) render(ctx context.Context) (rendered, error) {
	v := h.vars()
	switch {
	case len(h.request.Exec) > 0:
		out, err := h.k.steps.exec(ctx, h.request.Exec, v)
		return readRendered(out, err)
	case h.request.Fetch != nil:
		_, out, err := h.k.steps.send(ctx, *h.request.Fetch, v)
		return readRendered(out, err)
	}
	r, err := h.request.render(v, http.MethodPost)
	if err == nil && r.url == "" {
		r.url = v["webhook_url"]
	}
	if err == nil && h.request.Sign != nil {
		err = h.request.Sign.apply(&r, v)
	}
	return r, err
}

// readRendered reads what exec printed or fetch answered.
func readRendered(out []byte, err error) (rendered, error) {
	var wire struct {
		Method     string            `json:"method"`
		URL        string            `json:"url"`
		Header     map[string]string `json:"header"`
		Body       string            `json:"body"`
		BodyBase64 string            `json:"body_base64"`
	}
	if err == nil {
		err = json.Unmarshal(out, &wire)
	}
	if err != nil {
		return rendered{}, fmt.Errorf("make a webhook: %w", err)
	}
	r := rendered{method: orElse(wire.Method, http.MethodPost), url: orElse(wire.URL, webhookURL), header: map[string]string{}, body: []byte(wire.Body)}
	for name, value := range wire.Header {
		r.header[strings.ToLower(name)] = value
	}
	if wire.BodyBase64 != "" {
		r.body, err = base64.StdEncoding.DecodeString(wire.BodyBase64)
	}
	return r, err
}

// event is what a webhook means, of either kind of plugin.
type event struct {
	id, typ   string
	mode      borderv1.Mode
	at        *timestamppb.Timestamp
	ours, ref string // of the payment or booking
	payment   *result
	refund    *paymentv1.RefundEvent
	dispute   *paymentv1.Dispute
	tracking  *shippingv1.Tracking
}

// hint says that the event only bids to ask.
func (e event) hint() bool {
	return e.payment == nil && e.refund == nil && e.dispute == nil && e.tracking.GetStatus() == ""
}

// parse hands a request to the plugin.
func (k *bench) parse(ctx context.Context, r rendered) ([]event, error) {
	return k.parseAt(ctx, r, time.Now())
}

func (k *bench) parseAt(ctx context.Context, r rendered, at time.Time) ([]event, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	in := &borderv1.WebhookRequest{
		Account: k.account(), Method: r.method, Url: r.url, Header: maps.Clone(r.header), Body: r.body, ReceivedAt: timestamppb.New(at),
	}
	if k.kind == sdk.KindPayment {
		answer, err := k.payments().ParseWebhook(ctx, in)
		return paymentEvents(answer), errors.Join(err, replies(answer.GetReply()))
	}
	answer, err := k.shipments().ParseWebhook(ctx, in)
	return parcelEvents(answer), errors.Join(err, replies(answer.GetReply()))
}

func replies(r *borderv1.WebhookReply) error {
	if s := r.GetStatus(); s != 0 && (s < 200 || s > 299) {
		return fmt.Errorf("ParseWebhook answered the provider with the status %d: the reply to what was understood is 200 to 299", s)
	}
	return nil
}

func paymentEvents(answer *paymentv1.ParseWebhookResponse) []event {
	var out []event
	for _, e := range answer.GetEvents() {
		out = append(out, event{
			id: e.GetId(), typ: e.GetType(), mode: e.GetMode(), at: e.GetAt(), ours: e.GetPaymentId(), ref: e.GetPaymentRef(),
			payment: e.GetPayment(), refund: e.GetRefund(), dispute: e.GetDispute(),
		})
	}
	return out
}

func parcelEvents(answer *shippingv1.ParseWebhookResponse) []event {
	var out []event
	for _, e := range answer.GetEvents() {
		out = append(out, event{
			id: e.GetId(), typ: e.GetType(), mode: e.GetMode(), at: e.GetTracking().GetAt(), ours: e.GetBookingId(), ref: e.GetBookingRef(),
			tracking: e.GetTracking(),
		})
	}
	return out
}

// webhooks are those of the scenario, of either kind.
func (k *bench) webhooks() *Webhooks {
	if k.scenario.Payment != nil {
		return k.scenario.Payment.Webhooks
	}
	return k.scenario.Shipping.Webhooks
}

// hookOf brings a payment or booking to where an event is about it and prepares the request.
func (k *bench) hookOf(ctx context.Context, name string) (hook, subject, error) {
	w := k.webhooks()
	if w == nil {
		return hook{}, nil, missing(k.about.webhooks, "webhooks", "webhooks")
	}
	e, ok := w.Events[name]
	if !ok {
		return hook{}, nil, na("the scenario file names no webhooks.events.%s", name)
	}
	s, err := k.subjectOf(ctx, name, e)
	if err != nil {
		return hook{}, nil, err
	}
	if _, err := k.steps.play(ctx, e.Before, s.vars()); err != nil {
		return hook{}, nil, err
	}
	return k.newHook(e.Request, s.vars()), s, nil
}

// subject is what an event is about.
type subject interface {
	vars() vars
	ids() (ours, ref string)
}

func (s *sale) ids() (ours, ref string) { return s.id, s.ref }

func (k *bench) subjectOf(ctx context.Context, name string, e Event) (subject, error) {
	if k.kind == sdk.KindShipping {
		return k.booked(ctx)
	}
	of := e.Of
	if of == "" {
		of = map[string]string{"authorized": "authorized", "expired": "authorized", "declined": "declined"}[name]
	}
	if of == "" || of == "captured" {
		if strings.HasPrefix(name, "refund") {
			return k.refundFor(ctx, name)
		}
		return k.paid(ctx)
	}
	s, _, err := k.bring(ctx, of)
	return s, err
}

// refundFor makes the refund that an event is about.
func (k *bench) refundFor(ctx context.Context, name string) (subject, error) {
	recipe, ok := k.scenario.Payment.Refunds["pending"]
	if name == "refund_failed" && ok && orElse(recipe.Then, "failed") == "failed" {
		g, err := k.refundBy(ctx, recipe, refundPending)
		if err == nil {
			_, err = k.steps.play(ctx, recipe.After, g.vars())
		}
		return g, err
	}
	s, first, err := k.refundable(ctx)
	if err != nil {
		return nil, err
	}
	g := s.giveBack(1, k.part(s))
	r, err := g.do(ctx)
	return g, g.is("Refund", first, r, err)
}
