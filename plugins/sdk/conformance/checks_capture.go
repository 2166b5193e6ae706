package conformance

import (
	"context"
	"errors"
	"fmt"

	"github.com/halum-hut/halum/plugins/sdk"
)

var captureChecks = []check{
	{name: "capture.full", title: "The whole promise is captured, once", cases: []int{11}, run: capturesAll},
	{name: "capture.partial", title: "A part is captured, and no more", cases: []int{11}, run: capturesPart},
	{name: "capture.multiple", title: "Several parts are captured up to the promise", cases: []int{11}, run: capturesParts},
	{name: "capture.beyond", title: "More than was authorised is refused", cases: []int{11}, run: capturesNoMore},
	{name: "void.before", title: "A promise is given up, and then nothing can be captured", cases: []int{6}, provider: true, run: voidsPromise},
	{name: "void.after", title: "A void after the capture tells that the money was taken", run: voidsTooLate},
	{name: "void.unheard", title: "A void that overtakes its CreatePayment keeps it from charging", cases: []int{6}, provider: true, run: voidsUnheard},
}

// promised brings an authorised payment, for the checks that need one.
func (k *bench) promised(ctx context.Context) (*sale, error) {
	if !k.can().GetAuthorize() {
		return nil, na("the plugin does not declare authorize")
	}
	if !k.has("authorized") {
		return nil, missing(true, "authorize", "payment.outcomes.authorized")
	}
	s, _, err := k.bring(ctx, "authorized")
	return s, err
}

const booksAreOurs = "the plugin is offline: the platform's books are the only ones, and the platform counts"

func capturesAll(ctx context.Context, k *bench) error {
	s, err := k.promised(ctx)
	if err != nil {
		return err
	}
	for range 2 { // the second is the same capture once more
		if err := s.captureAll(ctx); err != nil {
			return err
		}
	}
	return s.stands(ctx, s.amount.GetMinor(), 0)
}

// stands sees that GetPayment and the provider agree on what was taken and given back.
func (s *sale) stands(ctx context.Context, taken, back int64) error {
	if s.k.can().GetOffline() {
		return nil // it answers what CreatePayment answered
	}
	err := eventually(ctx, patience, func() error {
		r, err := s.get(ctx)
		if err != nil {
			return fmt.Errorf("GetPayment answered %s", words(err))
		}
		return s.total("GetPayment", r, taken, back)
	})
	if err != nil {
		return err
	}
	return s.booked(ctx, taken, back)
}

func capturesPart(ctx context.Context, k *bench) error {
	if !k.can().GetPartialCapture() {
		return na("the plugin does not declare partial_capture")
	}
	s, err := k.promised(ctx)
	if err != nil {
		return err
	}
	part := s.amount.GetMinor() / 4
	for range 2 {
		r, err := s.capture(ctx, 1, part, true)
		if err != nil {
			return fmt.Errorf("Capture of a quarter answered %s", words(err))
		}
		if err := s.total("Capture of a quarter", r, part, 0); err != nil {
			return err
		}
	}
	return s.stands(ctx, part, 0)
}

func capturesParts(ctx context.Context, k *bench) error {
	if !k.can().GetMultipleCaptures() {
		return na("the plugin does not declare multiple_captures")
	}
	s, err := k.promised(ctx)
	if err != nil {
		return err
	}
	quarter := s.amount.GetMinor() / 4
	for n := int64(1); n <= 4; n++ {
		r, err := s.capture(ctx, int(n), quarter, n == 4)
		if err != nil {
			return fmt.Errorf("Capture %d of four quarters answered %s", n, words(err))
		}
		sum := n * quarter
		if k.can().GetOffline() {
			sum = takenOf(r) // it knows only this capture
		}
		if err := s.total(fmt.Sprintf("Capture %d of four quarters", n), r, sum, 0); err != nil {
			return err
		}
	}
	return s.stands(ctx, 4*quarter, 0)
}

func capturesNoMore(ctx context.Context, k *bench) error {
	s, err := k.promised(ctx)
	if err != nil {
		return err
	}
	r, err := s.capture(ctx, 1, s.amount.GetMinor()+1, true)
	switch {
	case err == nil && r.GetOutcome() == captured:
		return fmt.Errorf("Capture of one minor unit more than was authorised answered captured")
	case err == nil && r.GetOutcome() != declined:
		return fmt.Errorf("Capture of more than was authorised answered %s instead of declined", nameOf(r.GetOutcome()))
	case err != nil && !refused(err, sdk.FaultInvalid):
		return fmt.Errorf("Capture of more than was authorised answered %s instead of INVALID", words(err))
	}
	if r, err = s.capture(ctx, 2, s.amount.GetMinor(), true); err != nil {
		return fmt.Errorf("Capture of the authorised amount, after one that was refused, answered %s", words(err))
	}
	return s.total("Capture of the authorised amount, after one that was refused,", r, s.amount.GetMinor(), 0)
}

func voidsPromise(ctx context.Context, k *bench) error {
	s, err := k.promised(ctx)
	if errors.As(err, &notApplicable{}) && k.has("requires_action") {
		s, _, err = k.bring(ctx, "requires_action")
	}
	if err != nil {
		return err
	}
	for range 2 {
		if r, err := s.void(ctx); err != nil || r.GetOutcome() != voided {
			return fmt.Errorf("Void answered %s (%s) instead of voided", nameOf(r.GetOutcome()), words(err))
		}
	}
	if k.can().GetOffline() {
		return nil
	}
	if _, err := s.await(ctx, voided); err != nil {
		return err
	}
	r, err := s.capture(ctx, 1, s.amount.GetMinor(), true)
	if err == nil && r.GetOutcome() == captured {
		return errors.New("Capture after a Void answered captured")
	}
	if !k.can().GetAuthorize() {
		return nil // the shopper had not decided, so there was no charge
	}
	return s.booked(ctx, 0, 0)
}

func voidsTooLate(ctx context.Context, k *bench) error {
	if k.can().GetOffline() {
		return na(booksAreOurs)
	}
	s, err := k.paid(ctx)
	if err != nil {
		return err
	}
	r, err := s.void(ctx)
	if err != nil {
		return fmt.Errorf("Void of a captured payment answered %s instead of captured with its totals", words(err))
	}
	if err := s.total("Void of a captured payment", r, s.amount.GetMinor(), 0); err != nil {
		return err
	}
	return s.stands(ctx, s.amount.GetMinor(), 0)
}

func voidsUnheard(ctx context.Context, k *bench) error {
	if k.can().GetOffline() {
		return na(booksAreOurs)
	}
	s, ok := k.saleOf(k.usual())
	if !ok {
		return errors.New("the scenario file names no payment.outcomes.captured")
	}
	if r, err := s.void(ctx); err != nil || r.GetOutcome() != voided {
		return fmt.Errorf("Void of a payment never heard of answered %s (%s) instead of voided", nameOf(r.GetOutcome()), words(err))
	}
	r, err := s.create(ctx)
	if err == nil && r.GetOutcome() != voided && r.GetOutcome() != declined && r.GetOutcome() != expired {
		return fmt.Errorf("CreatePayment after its Void answered %s: remember the void, by asking the provider for the payment's id before you charge", nameOf(r.GetOutcome()))
	}
	if err != nil && !cleanly(err) {
		return fmt.Errorf("CreatePayment after its Void answered %s", words(err))
	}
	now, err := s.get(ctx)
	if err != nil || now.GetOutcome() == captured || now.GetOutcome() == authorized {
		return fmt.Errorf("GetPayment after a void that came first answered %s (%s)", nameOf(now.GetOutcome()), words(err))
	}
	return nil
}
