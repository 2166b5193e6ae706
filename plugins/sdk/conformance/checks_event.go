package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/halum-hut/halum/plugins/sdk"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
)

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
