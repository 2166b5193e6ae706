package conformance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
)

var webhookChecks = []check{
	{name: "webhook.valid", title: "A webhook is understood and agrees with GetPayment", cases: []int{2}, run: understands},
	{name: "webhook.early", title: "A webhook names its payment by itself, also to a plugin that has just started", cases: []int{4}, run: needsNoMemory},
	{name: "webhook.twice", title: "The same webhook three times at once is the same event", cases: []int{1}, run: namesEventsOnce},
	{name: "webhook.time", title: "Events carry the provider's time, so that late ones can be told", cases: []int{9}, run: tellsTime},
	{name: "webhook.forged", title: "A changed, unsigned or wrongly signed webhook is refused", cases: []int{19}, run: refusesForged},
	{name: "webhook.old", title: "An old webhook that is played again is refused", cases: []int{19}, run: refusesOld},
	{name: "webhook.large", title: "A webhook of 256 KB of nonsense is refused at once", cases: []int{19}, run: refusesLarge},
	{name: "webhook.garbage", title: "200 nonsensical webhooks are refused without harm", cases: []int{19}, run: refusesGarbage},
	{name: "webhook.unknown", title: "An unknown kind of event is no error", cases: []int{10}, run: shrugs},
	{name: "webhook.stranger", title: "An event about an unknown payment is no error", cases: []int{10}, run: shrugsAtStrangers},
	{name: "webhook.mode", title: "An event of the other mode says so or is refused", cases: []int{23}, run: tellsMode},
	{name: "webhook.former", title: "A webhook signed with the former secret is accepted", cases: []int{23}, run: acceptsFormer},
	{name: "webhook.others", title: "The other kinds of event in the scenario say what happened", cases: []int{13, 15}, run: understandsOthers},
}

var disputeCheck = check{name: "webhook.dispute", title: "Disputes are opened, won and lost", cases: []int{16}, run: seesDisputes}

// usualEvent is the one that every scenario with webhooks has.
func (k *bench) usualEvent() string {
	if k.kind == sdk.KindShipping {
		return "in_transit"
	}
	return "captured"
}

func (k *bench) usualHook(ctx context.Context) (hook, subject, error) {
	name := k.usualEvent()
	if w := k.webhooks(); w != nil && k.about.webhooks {
		if _, ok := w.Events[name]; !ok {
			return hook{}, nil, missing(true, "webhooks", "webhooks.events."+name)
		}
	}
	if !k.about.webhooks {
		return hook{}, nil, missing(false, "webhooks", "webhooks")
	}
	return k.hookOf(ctx, name)
}

// accepted renders a hook and parses it into at least one event.
func (h hook) accepted(ctx context.Context) ([]event, error) {
	r, err := h.render(ctx)
	if err != nil {
		return nil, err
	}
	events, err := h.k.parse(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("ParseWebhook of a valid webhook answered %s", words(err))
	}
	if len(events) == 0 {
		return nil, errors.New("ParseWebhook of a valid webhook answered no event")
	}
	return events, nil
}

// about sees that an event can be matched.
func (e event) about(s subject) error {
	ours, ref := s.ids()
	switch {
	case e.id == "":
		return errors.New("ParseWebhook answered an event without an id: give the provider's own, so that a second delivery is known")
	case e.typ == "":
		return errors.New("ParseWebhook answered an event without a type")
	case e.ours == "" && e.ref == "":
		return errors.New("ParseWebhook answered an event that names no payment or booking")
	case e.ours != "" && e.ours != ours, e.ref != "" && e.ref != ref && ref != "":
		return fmt.Errorf("ParseWebhook answered an event about %s %s instead of %s %s", e.ours, e.ref, ours, ref)
	}
	return nil
}

func understands(ctx context.Context, k *bench) error {
	h, s, err := k.usualHook(ctx)
	if err != nil {
		return err
	}
	events, err := h.accepted(ctx)
	if err != nil {
		return err
	}
	for _, e := range events {
		if err := e.about(s); err != nil {
			return err
		}
		if e.mode != modeToProto(k.scenario.Account.Mode) {
			return fmt.Errorf("the event has the mode %s", e.mode)
		}
	}
	if k.kind == sdk.KindShipping {
		return nil
	}
	return k.agreesWithTruth(ctx, s.(*sale), events)
}

func (k *bench) agreesWithTruth(ctx context.Context, s *sale, events []event) error {
	for _, e := range events {
		if e.hint() {
			if k.webhooks().Unsigned {
				continue
			}
		} else if e.payment == nil || e.payment.GetOutcome() != captured {
			return fmt.Errorf("the event of a captured payment says %s", nameOf(e.payment.GetOutcome()))
		} else if k.webhooks().Unsigned {
			return errors.New("the webhook carries no signature, so the plugin must answer a hint without a payment")
		} else if err := s.total("The event", e.payment, s.amount.GetMinor(), 0); err != nil {
			return err
		}
	}
	return s.stands(ctx, s.amount.GetMinor(), 0)
}

func needsNoMemory(ctx context.Context, k *bench) error {
	h, s, err := k.usualHook(ctx)
	if err != nil {
		return err
	}
	r, err := h.render(ctx)
	if err != nil {
		return err
	}
	if err := k.restart(ctx); err != nil {
		return err
	}
	events, err := k.parse(ctx, r)
	if err != nil || len(events) == 0 {
		return fmt.Errorf("ParseWebhook after a restart answered %d events and %s", len(events), words(err))
	}
	return events[0].about(s)
}

func namesEventsOnce(ctx context.Context, k *bench) error {
	h, _, err := k.usualHook(ctx)
	if err != nil {
		return err
	}
	r, err := h.render(ctx)
	if err != nil {
		return err
	}
	ids := func() (string, error) {
		events, err := k.parse(ctx, r)
		if err != nil {
			return "", fmt.Errorf("ParseWebhook of a webhook that comes again answered %s: the platform knows duplicates by the event's id", words(err))
		}
		var all []string
		for _, e := range events {
			all = append(all, e.id)
		}
		return strings.Join(all, " "), nil
	}
	first, err := ids()
	if err != nil {
		return err
	}
	err = together(3, func(int) error {
		again, err := ids()
		if err == nil && again != first {
			err = fmt.Errorf("one webhook gave the event %q and then %q: take the provider's own id", first, again)
		}
		return err
	})
	if err != nil {
		return err
	}
	other, _, err := k.usualHook(ctx)
	if err != nil {
		return err
	}
	events, err := other.accepted(ctx)
	if err == nil && events[0].id == strings.Fields(first + " -")[0] {
		err = fmt.Errorf("two webhooks about two payments gave events with the same id %q", events[0].id)
	}
	return err
}

func tellsTime(ctx context.Context, k *bench) error {
	h, _, err := k.usualHook(ctx)
	if err != nil {
		return err
	}
	late, err := h.accepted(ctx)
	if err != nil {
		return err
	}
	h.at = h.at.Add(-time.Minute)
	early, err := h.accepted(ctx)
	if err != nil {
		return fmt.Errorf("one minute after it was sent: %w", err)
	}
	if !late[0].at.IsValid() || late[0].at.AsTime().Unix() == 0 {
		if late[0].hint() {
			return nil // the platform asks, and the answer is as of now
		}
		return errors.New("the event has no time: give the provider's own, so that one that comes late cannot turn a payment back")
	}
	if early[0].at.AsTime().After(late[0].at.AsTime()) {
		return errors.New("a webhook that the provider sent a minute earlier has a later time: give the provider's time, not the clock's")
	}
	return nil
}

// refusal sees that a request is refused as forged.
func (k *bench) refusal(ctx context.Context, what string, r rendered) error {
	events, err := k.parse(ctx, r)
	switch {
	case err == nil:
		return fmt.Errorf("ParseWebhook accepts %s (%d events): check the signature over the raw body before anything else", what, len(events))
	case !refused(err, sdk.FaultForged):
		return fmt.Errorf("ParseWebhook of %s answered %s instead of FORGED", what, words(err))
	}
	return nil
}

func refusesForged(ctx context.Context, k *bench) error {
	h, s, err := k.usualHook(ctx)
	if err != nil {
		return err
	}
	if k.webhooks().Unsigned {
		return na("the scenario file says that the provider signs nothing; webhook.valid sees that only hints come of it")
	}
	r, err := h.render(ctx)
	if err != nil {
		return err
	}
	changed := r
	changed.body = tamper(r.body, s)
	if err := k.refusal(ctx, "a webhook whose body was changed", changed); err != nil {
		return err
	}
	h.secrets = map[string]string{}
	for name, value := range k.scenario.Account.Secrets {
		h.secrets[name] = wrongSecret(value)
	}
	if r, err = h.render(ctx); err != nil {
		return nil //nolint:nilerr // the fake provider itself will not sign with a wrong secret
	}
	if err := k.refusal(ctx, "a webhook signed with another secret", r); err != nil {
		return err
	}
	if h.request.Sign == nil {
		return nil
	}
	h.request.Sign = nil
	if r, err = h.render(ctx); err != nil {
		return err
	}
	return k.refusal(ctx, "a webhook without a signature", r)
}

// wrongSecret is another value of the same shape.
func wrongSecret(value string) string {
	sum := sha256.Sum256([]byte("wrong " + value))
	text := hex.EncodeToString(sum[:])
	return value[:len(value)/2] + strings.Repeat(text, 1+len(value)/len(text))[:len(value)-len(value)/2]
}

// tamper changes what the body says: which payment it is about, or else its last letter or digit.
func tamper(body []byte, s subject) []byte {
	ours, ref := s.ids()
	for _, id := range []string{ref, ours} {
		if id != "" && bytes.Contains(body, []byte(id)) {
			return bytes.ReplaceAll(body, []byte(id), []byte(id[:len(id)-1]+swap(id[len(id)-1])))
		}
	}
	out := bytes.Clone(body)
	for i := len(out) - 1; i >= 0; i-- {
		if c := out[i]; c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			out[i] = swap(c)[0]
			break
		}
	}
	return out
}

func swap(c byte) string {
	if c == '7' {
		return "8"
	}
	return "7"
}

func refusesOld(ctx context.Context, k *bench) error {
	h, _, err := k.usualHook(ctx)
	if err != nil {
		return err
	}
	if w := k.webhooks(); w.Unsigned || w.Timeless != "" {
		return na("the signature carries no time: %s", orElse(w.Timeless, "the provider signs nothing"))
	}
	h.at = h.at.Add(-24 * time.Hour)
	r, err := h.render(ctx)
	if err != nil {
		return err
	}
	if err := k.refusal(ctx, "a webhook that was signed a day ago", r); err != nil {
		return fmt.Errorf("%w (compare its time with received_at; five minutes is usual)", err)
	}
	return nil
}

const largestBody = 256 << 10

func refusesLarge(ctx context.Context, k *bench) error {
	if !k.about.webhooks {
		return missing(false, "webhooks", "webhooks")
	}
	since := time.Now()
	r := rendered{method: "POST", url: webhookURL, header: map[string]string{"content-type": "application/json"}, body: bytes.Repeat([]byte("["), largestBody)}
	if _, err := k.parse(ctx, r); !refused(err, sdk.FaultForged) && !k.harmless(r) {
		return fmt.Errorf("ParseWebhook answered %s instead of FORGED", words(err))
	}
	if took := time.Since(since); took > time.Second {
		return fmt.Errorf("it took %s", took.Round(time.Millisecond))
	}
	return nil
}

// harmless says that a provider signs nothing, so that nonsense cannot be told from news.
func (k *bench) harmless(rendered) bool {
	w := k.webhooks()
	return w != nil && w.Unsigned
}

// refusesGarbage takes a valid webhook and breaks it in 200 ways. The seed is fixed, so that a failure comes again.
func refusesGarbage(ctx context.Context, k *bench) error {
	h, _, err := k.usualHook(ctx)
	if err != nil {
		return err
	}
	valid, err := h.render(ctx)
	if err != nil {
		return err
	}
	const tries = 200
	random := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // a repeatable fuzz, not a secret
	for i := range tries {
		r := broken(valid, random)
		events, err := k.parse(ctx, r)
		if err == nil && k.harmless(r) {
			continue
		}
		if err == nil {
			return fmt.Errorf("ParseWebhook accepts a webhook broken by chance (try %d, %d events)", i, len(events))
		}
		if f, ok := sdk.FaultFromStatus(err); !ok || f.Kind == sdk.FaultPlugin {
			return fmt.Errorf("ParseWebhook of a webhook broken by chance (try %d) answered %s instead of FORGED", i, words(err))
		}
	}
	return nil
}

// broken changes body and header of a request so that no signature can hold.
func broken(valid rendered, random *rand.Rand) rendered {
	r := valid
	r.header = maps.Clone(valid.header)
	for name := range r.header {
		if name != "content-type" {
			r.header[name] = noise(random, 40)
		}
	}
	switch random.IntN(4) {
	case 0:
		r.body = []byte(noise(random, random.IntN(300)))
	case 1:
		r.body = bytes.Clone(valid.body[:random.IntN(len(valid.body)+1)])
		r.body = append(r.body, noise(random, 5)...)
	case 2:
		r.body = bytes.Clone(valid.body)
		for range 1 + random.IntN(9) {
			if len(r.body) > 0 {
				r.body[random.IntN(len(r.body))] ^= byte(1 + random.IntN(255))
			}
		}
	case 3:
		r.body = []byte(strings.Repeat(`{"a":`, 1+random.IntN(2000)) + noise(random, 4))
		r.header = nil
	}
	if bytes.Equal(r.body, valid.body) {
		r.body = append(r.body, '!')
	}
	return r
}

func noise(random *rand.Rand, n int) string {
	const letters = "abc ,:;{}[]\"'=%&0123456789\\\t<>"
	out := make([]byte, n)
	for i := range out {
		out[i] = letters[random.IntN(len(letters))]
	}
	return string(out)
}

func shrugs(ctx context.Context, k *bench) error {
	if !k.about.webhooks {
		return missing(false, "webhooks", "webhooks")
	}
	h, _, err := k.hookOf(ctx, "unknown")
	if errors.As(err, &notApplicable{}) {
		return missing(true, "webhooks", "webhooks.events.unknown")
	}
	if err != nil {
		return err
	}
	r, err := h.render(ctx)
	if err != nil {
		return err
	}
	events, err := k.parse(ctx, r)
	if err != nil {
		return fmt.Errorf("ParseWebhook of a kind it does not know answered %s: answer no event, or the provider sends it for days", words(err))
	}
	for _, e := range events {
		if !e.hint() {
			return fmt.Errorf("ParseWebhook of a kind it does not know says something about a payment")
		}
	}
	return nil
}

func shrugsAtStrangers(ctx context.Context, k *bench) error {
	h, _, err := k.usualHook(ctx)
	if err != nil {
		return err
	}
	for _, name := range []string{"payment_id", "payment_ref", "booking_id", "booking_ref", "tracking_number", "order_number"} {
		if h.about[name] != "" {
			h.about = h.about.with(map[string]string{name: wrongSecret(h.about[name])})
		}
	}
	r, err := h.render(ctx)
	if err != nil {
		return na("the fake provider makes no webhook about a payment it does not know")
	}
	if _, err := k.parse(ctx, r); err != nil {
		return fmt.Errorf("ParseWebhook of a valid webhook about a payment never heard of answered %s: answer the event, the platform looks whose it is", words(err))
	}
	return nil
}

// tellsMode sends an event of the other mode.
func tellsMode(ctx context.Context, k *bench) error {
	h, _, err := k.usualHook(ctx)
	if err != nil {
		return err
	}
	right, err := h.render(ctx)
	if err != nil {
		return err
	}
	other := "live"
	if h.mode == "live" {
		other = "test"
	}
	h.mode = other
	r, err := h.render(ctx)
	if err != nil {
		return err
	}
	if bytes.Equal(r.body, right.body) && maps.Equal(r.header, right.header) {
		return na("the provider's webhooks do not say their mode ({{mode}} and {{livemode}} are not used): the secrets of the two modes tell them apart")
	}
	events, err := k.parse(ctx, r)
	if err != nil {
		if refused(err, sdk.FaultForged, sdk.FaultInvalid, sdk.FaultMisconfigured) {
			return nil
		}
		return fmt.Errorf("ParseWebhook of a %s event on a %s account answered %s", other, orElse(k.scenario.Account.Mode, "test"), words(err))
	}
	for _, e := range events {
		if e.mode != modeToProto(other) {
			return fmt.Errorf("an event of mode %s is answered as %s: give the mode that the event says", other, e.mode)
		}
	}
	return nil
}

func acceptsFormer(ctx context.Context, k *bench) error {
	h, s, err := k.usualHook(ctx)
	if err != nil {
		return err
	}
	if k.webhooks().Unsigned {
		return na("the provider signs nothing")
	}
	if len(k.scenario.Account.FormerSecrets) == 0 {
		return missing(true, "webhooks", "account.former_secrets")
	}
	h.secrets = maps.Clone(h.secrets)
	maps.Copy(h.secrets, k.scenario.Account.FormerSecrets)
	events, err := h.accepted(ctx)
	if err != nil {
		return fmt.Errorf("signed with the former secret: %w", err)
	}
	return events[0].about(s)
}

// understandsOthers plays every other event that the scenario names.
func understandsOthers(ctx context.Context, k *bench) error {
	if !k.about.webhooks {
		return missing(false, "webhooks", "webhooks")
	}
	tried := 0
	for name, want := range map[string]func(event) bool{
		"authorized":    func(e event) bool { return e.payment.GetOutcome() == authorized },
		"declined":      func(e event) bool { return e.payment.GetOutcome() == declined },
		"expired":       func(e event) bool { return e.payment.GetOutcome() == expired },
		"refunded":      func(e event) bool { return e.refund.GetResult().GetOutcome() == refundSucceeded },
		"refund_failed": func(e event) bool { return e.refund.GetResult().GetOutcome() == refundFailed },
		"delivered":     func(e event) bool { return e.tracking.GetStatus() == string(sdk.ParcelDelivered) },
	} {
		h, s, err := k.hookOf(ctx, name)
		if errors.As(err, &notApplicable{}) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		events, err := h.accepted(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if e := events[0]; !e.hint() && !want(e) {
			return fmt.Errorf("%s: the event says something else (%s)", name, e.typ)
		}
		if err := events[0].about(s); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		tried++
	}
	if tried == 0 {
		return na("the scenario file names no other webhooks.events")
	}
	return nil
}

func seesDisputes(ctx context.Context, k *bench) error {
	if !k.can().GetDisputes() {
		return missing(false, "disputes", "webhooks.events.dispute_opened")
	}
	for name, want := range map[string]paymentv1.DisputeStatus{
		"dispute_opened": paymentv1.DisputeStatus_DISPUTE_STATUS_OPEN,
		"dispute_won":    paymentv1.DisputeStatus_DISPUTE_STATUS_WON,
		"dispute_lost":   paymentv1.DisputeStatus_DISPUTE_STATUS_LOST,
	} {
		h, s, err := k.hookOf(ctx, name)
		if errors.As(err, &notApplicable{}) {
			return missing(true, "disputes", "webhooks.events."+name)
		}
		if err != nil {
			return err
		}
		events, err := h.accepted(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := events[0].about(s); err != nil {
			return err
		}
		if err := disputed(events[0].dispute, want); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func disputed(d *paymentv1.Dispute, want paymentv1.DisputeStatus) error {
	switch {
	case d == nil:
		return errors.New("the event carries no dispute")
	case d.GetStatus() != want:
		return fmt.Errorf("the dispute is %s instead of %s", d.GetStatus(), want)
	case d.GetRef() == "" || d.GetAmount().GetMinor() <= 0:
		return errors.New("the dispute has no ref or no amount")
	case want == paymentv1.DisputeStatus_DISPUTE_STATUS_OPEN && !d.GetDeadline().IsValid():
		return errors.New("the open dispute has no deadline: staff must know until when to answer")
	}
	return nil
}
