package conformance

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/halum-hut/halum/plugins/sdk"
)

// same compares two answers to one request.
func same(call string, first, second *result) error {
	switch {
	case first.GetOutcome() != second.GetOutcome():
		return fmt.Errorf("%s answered %s first and %s for the second time", call, nameOf(first.GetOutcome()), nameOf(second.GetOutcome()))
	case first.GetProviderRef() != second.GetProviderRef():
		return fmt.Errorf("%s answered with another provider_ref for the second time: the same key made two payments", call)
	case first.GetAmount().GetMinor() != second.GetAmount().GetMinor():
		return fmt.Errorf("%s answered with %d first and %d for the second time", call, first.GetAmount().GetMinor(), second.GetAmount().GetMinor())
	case takenOf(first) != takenOf(second):
		return fmt.Errorf("%s answered that %d was captured first and %d for the second time: the same key charged twice", call, takenOf(first), takenOf(second))
	}
	return nil
}

// repeats creates one payment in two ways and sees that it is one.
func (k *bench) repeats(ctx context.Context, between func() error, times int) error {
	s, ok := k.saleOf(k.usual())
	if !ok {
		return errors.New("the scenario file names no payment.outcomes.captured")
	}
	if _, err := k.steps.play(ctx, s.charge.Before, s.vars()); err != nil {
		return err
	}
	first, err := s.create(ctx)
	if err != nil {
		return fmt.Errorf("CreatePayment answered %s", words(err))
	}
	if err := between(); err != nil {
		return err
	}
	err = together(times, func(int) error {
		again, err := k.twin(s).create(ctx)
		if err != nil {
			return fmt.Errorf("CreatePayment answered %s for the second time", words(err))
		}
		return same("CreatePayment", first, again)
	})
	if err != nil {
		return err
	}
	return s.once(ctx, first)
}

// once sees that a payment was charged at most once, by its own word and by the provider's books.
func (s *sale) once(ctx context.Context, r *result) error {
	now, err := s.get(ctx)
	if err != nil {
		return fmt.Errorf("GetPayment answered %s", words(err))
	}
	if r.GetOutcome() != captured && r.GetOutcome() != authorized {
		return nil
	}
	if err := same("GetPayment", r, now); err != nil {
		return err
	}
	return s.booked(ctx, takenOf(r), 0)
}

// twin is the same request once more, by a caller who knows nothing of the first.
func (k *bench) twin(s *sale) *sale {
	twin := *s
	twin.ref = ""
	return &twin
}

func createsOnce(ctx context.Context, k *bench) error {
	return k.repeats(ctx, func() error { return nil }, 1)
}

func createsOnceForEver(ctx context.Context, k *bench) error {
	return k.repeats(ctx, func() error { return k.restart(ctx) }, 1)
}

// createsOnceAtOnce has no first: whoever wins, all get its answer.
func createsOnceAtOnce(ctx context.Context, k *bench) error {
	s, ok := k.saleOf(k.usual())
	if !ok {
		return errors.New("the scenario file names no payment.outcomes.captured")
	}
	if _, err := k.steps.play(ctx, s.charge.Before, s.vars()); err != nil {
		return err
	}
	var mu sync.Mutex
	var first *result
	err := together(64, func(int) error {
		r, err := k.twin(s).create(ctx)
		if err != nil && !refused(err, sdk.FaultUnavailable) {
			return fmt.Errorf("one of 64 CreatePayment with the same key answered %s", words(err))
		}
		if err != nil || r.GetOutcome() == unknown {
			return nil // the platform asks again
		}
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = r
		}
		return same("CreatePayment, 64 times at once,", first, r)
	})
	if err != nil {
		return err
	}
	r, err := s.create(ctx)
	if err != nil {
		return fmt.Errorf("CreatePayment answered %s after 64 at once", words(err))
	}
	if first != nil {
		if err := same("CreatePayment", first, r); err != nil {
			return err
		}
	}
	return s.once(ctx, r)
}
