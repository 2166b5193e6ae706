package conformance

import (
	"context"
	"errors"
	"fmt"
)

func refundsLater(ctx context.Context, k *bench) error {
	recipe, ok := k.scenario.Payment.Refunds["pending"]
	if !ok {
		return na("the scenario file names no payment.refunds.pending")
	}
	g, err := k.refundBy(ctx, recipe, refundPending)
	if err != nil {
		return err
	}
	if len(recipe.After) == 0 {
		return errors.New("the scenario's payment.refunds.pending names no steps after, so nothing follows it")
	}
	return k.settles(ctx, g, recipe)
}

// settles lets the provider decide on a pending refund.
func (k *bench) settles(ctx context.Context, g *giveBack, recipe RefundRecipe) error {
	if r, err := g.get(ctx); err != nil || r.GetOutcome() != refundPending {
		return fmt.Errorf("GetRefund answered %s (%s) instead of pending", nameOfRefund(r.GetOutcome()), words(err))
	}
	if _, err := k.steps.play(ctx, recipe.After, g.vars()); err != nil {
		return err
	}
	want := refundOutcomes[orElse(recipe.Then, "failed")]
	err := eventually(ctx, patience, func() error {
		r, err := g.get(ctx)
		return g.is("GetRefund after the provider decided", want, r, err)
	})
	if err != nil || k.can().GetOffline() {
		return err
	}
	back := int64(0)
	if want == refundSucceeded {
		back = g.minor
	}
	return g.stands(ctx, g.amount.GetMinor(), back)
}

func refundFails(ctx context.Context, k *bench) error {
	recipe, ok := k.scenario.Payment.Refunds["failed"]
	if !ok {
		return na("the scenario file names no payment.refunds.failed")
	}
	g, err := k.refundBy(ctx, recipe, refundFailed)
	if err != nil {
		return err
	}
	return g.stands(ctx, g.amount.GetMinor(), 0)
}

func seesForeignRefund(ctx context.Context, k *bench) error {
	steps := k.scenario.Payment.ExternalRefund
	if len(steps) == 0 {
		return missing(k.can().GetRefund() && !k.can().GetOffline(), "refund", "payment.external_refund")
	}
	s, err := k.paid(ctx)
	if err != nil {
		return err
	}
	g := s.giveBack(1, k.part(s))
	if _, err := k.steps.play(ctx, steps, g.vars()); err != nil {
		return err
	}
	return s.stands(ctx, s.amount.GetMinor(), g.minor)
}

func refundsNothing(ctx context.Context, k *bench) error {
	if k.can().GetRefund() {
		return na("the plugin declares refund")
	}
	s, err := k.paid(ctx)
	if err != nil {
		return err
	}
	r, err := s.giveBack(1, s.amount.GetMinor()).do(ctx)
	if err == nil && r.GetOutcome() != refundFailed {
		return fmt.Errorf("Refund answered %s: answer failed, or UNSUPPORTED", nameOfRefund(r.GetOutcome()))
	}
	if err != nil && !cleanly(err) {
		return fmt.Errorf("Refund answered %s: answer failed, or UNSUPPORTED", words(err))
	}
	return nil
}

// tellsTruth asks about what was, without the answer's reference, and what never was.
func tellsTruth(ctx context.Context, k *bench) error {
	if k.can().GetOffline() {
		return na(booksAreOurs)
	}
	s, err := k.paid(ctx)
	if err != nil {
		return err
	}
	r, err := k.twin(s).get(ctx)
	if err != nil {
		return fmt.Errorf("GetPayment without a reference, as when the answer to CreatePayment was lost, answered %s: find the payment by its id", words(err))
	}
	if err := s.total("GetPayment without a reference, as when the answer to CreatePayment was lost,", r, s.amount.GetMinor(), 0); err != nil {
		return err
	}
	never, _ := k.saleOf(k.usual())
	if r, err := never.get(ctx); err != nil || r.GetOutcome() != notFound {
		return fmt.Errorf("GetPayment of a payment that never was answered %s (%s) instead of not_found", nameOf(r.GetOutcome()), words(err))
	}
	if !k.can().GetRefund() {
		return nil
	}
	if r, err := s.giveBack(7, k.part(s)).get(ctx); err != nil || r.GetOutcome() != refundNotFound {
		return fmt.Errorf("GetRefund of a refund that never was answered %s (%s) instead of not_found", orElse(nameOfRefund(r.GetOutcome()), "unknown"), words(err))
	}
	return nil
}

func expires(ctx context.Context, k *bench) error {
	if len(k.scenario.Payment.Expire) == 0 {
		return missing(k.can().GetAuthorize() && !k.can().GetOffline(), "authorize", "payment.expire")
	}
	s, err := k.promised(ctx)
	if err != nil {
		return err
	}
	if _, err := k.steps.play(ctx, k.scenario.Payment.Expire, s.vars()); err != nil {
		return err
	}
	if _, err = s.await(ctx, expired); err != nil {
		return err
	}
	if r, err := s.capture(ctx, 1, s.amount.GetMinor(), true); err == nil && r.GetOutcome() == captured {
		return errors.New("Capture of an expired promise answered captured")
	}
	return nil
}
