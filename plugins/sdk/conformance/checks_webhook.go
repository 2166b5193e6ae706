package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

var webhookChecks = []check{
	{name: "webhook.valid", title: "A webhook is understood and agrees with what the provider answers", cases: []int{2}, run: understands},
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
