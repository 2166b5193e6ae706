package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/halum-hut/halum/plugins/sdk"
)

var faultChecks = []check{
	{name: "fault.deadline", title: "A provider that hangs holds up nothing else, and the truth is known afterwards", cases: []int{17, 18}, run: survivesHang},
	{name: "fault.cancel", title: "A call that the platform gives up leaves no harm", cases: []int{17}, run: survivesCancel},
	{name: "fault.crash", title: "Killed in a call and restarted, GetPayment tells what happened and nothing is charged twice", cases: []int{17, 18}, run: survivesKill},
	{name: "fault.concurrent", title: "64 payments at once", cases: []int{18}, run: worksInParallel},
	{name: "fault.fuzz", title: "Nonsense in every field of every call is refused without a crash or panic", cases: []int{18}, run: survivesFuzz},
	{name: "fault.bytes", title: "Messages that are none are refused without a crash", cases: []int{18}, run: survivesBytes},
	{name: "fault.large", title: "No reply is larger than 1 MB, and larger requests are refused", cases: []int{18}, run: keepsToTheCap},
}

// hanging prepares payments whose provider never answers, and how to let it answer again.
func (k *bench) hanging(ctx context.Context, n int) (sales []*sale, release func() error, err error) {
	name := "hangs"
	if !k.has(name) {
		name = k.usual()
	}
	for range n {
		s, _ := k.saleOf(name)
		if _, err := k.steps.play(ctx, s.charge.Before, s.vars()); err != nil {
			return nil, nil, err
		}
		sales = append(sales, s)
	}
	switch {
	case name == "hangs":
		return sales, func() error { return nil }, nil
	case k.provider != nil && measurable:
		return sales, k.provider.thaw, k.provider.freeze()
	case k.can().GetOffline():
		return nil, nil, na("the plugin is offline: it waits for nobody")
	}
	return nil, nil, errors.New("the scenario file names neither payment.outcomes.hangs nor a setup that the kit could stop")
}

// hangPatience is the deadline of the calls that hang.
const hangPatience = 2 * time.Second

func survivesHang(ctx context.Context, k *bench) error {
	const calls = 24
	sales, release, err := k.hanging(ctx, calls)
	if err != nil {
		return err
	}
	defer release() //nolint:errcheck // again below, where it counts
	group := k.plugin.process.cmd.Process.Pid
	before := openFiles(group)
	ended := make(chan error, 1)
	go func() {
		ended <- together(calls, func(i int) error {
			short, cancel := context.WithTimeout(ctx, hangPatience)
			defer cancel()
			_, err := k.twin(sales[i]).create(short)
			if err != nil && !timedOut(err) && !refused(err, sdk.FaultUnavailable) {
				return fmt.Errorf("CreatePayment answered %s while the provider was hanging", words(err))
			}
			return nil
		})
	}()
	if err := k.stillAnswers(ctx); err != nil {
		return errors.Join(err, <-ended)
	}
	if err := <-ended; err != nil {
		return err
	}
	if err := letsGo(ctx, group, before); err != nil {
		return err
	}
	if err := release(); err != nil {
		return err
	}
	return k.resolves(ctx, sales[:4])
}

func timedOut(err error) bool {
	code := status.Code(err)
	return code == codes.DeadlineExceeded || code == codes.Canceled
}

// stillAnswers calls what needs no provider.
func (k *bench) stillAnswers(ctx context.Context) error {
	short, cancel := context.WithTimeout(ctx, hangPatience-200*time.Millisecond)
	defer cancel()
	if err := healthy(short, k.plugin.conn); err != nil {
		return fmt.Errorf("while 24 calls wait for the provider, %w", err)
	}
	if _, err := k.describe(short, nil); err != nil {
		return fmt.Errorf("while 24 calls wait for the provider, Describe answers %s: hold no lock during a provider call", words(err))
	}
	return nil
}

// letsGo sees that calls whose deadline has passed give their connections back.
func letsGo(ctx context.Context, group, before int) error {
	const slack = 8
	if !measurable {
		return nil
	}
	return eventually(ctx, 5*time.Second, func() error {
		if now := openFiles(group); now > before+slack {
			return fmt.Errorf("%d connections are still open after the deadline of their calls: pass the call's context (or its remaining time) to the provider's client", now-before)
		}
		return nil
	})
}

// resolves asks what became of calls without an answer, and sends them again.
func (k *bench) resolves(ctx context.Context, sales []*sale) error {
	for _, s := range sales {
		blank := k.twin(s)
		short, cancel := context.WithTimeout(ctx, 3*time.Second)
		r, err := blank.get(short)
		cancel()
		if err != nil {
			return fmt.Errorf("GetPayment of a payment whose CreatePayment had no answer answered %s: a call whose deadline has passed must end and free what it holds", words(err))
		}
		taken := r.GetOutcome() == captured || r.GetOutcome() == authorized
		if taken {
			if err := blank.agrees("GetPayment after a lost answer", r); err != nil {
				return err
			}
		}
		if !k.has("hangs") || s.charge.Method != k.scenario.Payment.Outcomes["hangs"].Method {
			if err := k.sendsAgain(ctx, blank, r, taken); err != nil {
				return err
			}
		}
	}
	return k.works(ctx)
}

// sendsAgain repeats CreatePayment with the same key and sees that there is one payment.
func (k *bench) sendsAgain(ctx context.Context, s *sale, before *result, taken bool) error {
	again, err := s.create(ctx)
	if err != nil {
		return fmt.Errorf("CreatePayment, sent again with the same key after a lost answer, answered %s", words(err))
	}
	if taken {
		if err := same("CreatePayment, sent again with the same key after a lost answer,", before, again); err != nil {
			return err
		}
	}
	if k.can().GetOffline() {
		return nil
	}
	return s.once(ctx, again)
}

func survivesCancel(ctx context.Context, k *bench) error {
	for _, after := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond} {
		s, ok := k.saleOf(k.usual())
		if !ok {
			return errors.New("the scenario file names no payment.outcomes.captured")
		}
		if _, err := k.steps.play(ctx, s.charge.Before, s.vars()); err != nil {
			return err
		}
		short, cancel := context.WithTimeout(ctx, after)
		_, err := s.create(short)
		cancel()
		if err != nil && !timedOut(err) && !cleanly(err) {
			return fmt.Errorf("CreatePayment that was given up after %s answered %s", after, words(err))
		}
		if err := k.settled(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// settled asks about a payment whose call was cut off and sends it again.
func (k *bench) settled(ctx context.Context, s *sale) error {
	blank := k.twin(s)
	r, err := blank.get(ctx)
	if err != nil {
		return fmt.Errorf("GetPayment after a call that was cut off answered %s", words(err))
	}
	return k.sendsAgain(ctx, blank, r, r.GetOutcome() == captured || r.GetOutcome() == authorized)
}

// survivesKill kills the plugin at moments all through a call.
func survivesKill(ctx context.Context, k *bench) error {
	const rounds = 8
	for round := range rounds {
		s, ok := k.saleOf(k.usual())
		if !ok {
			return errors.New("the scenario file names no payment.outcomes.captured")
		}
		if _, err := k.steps.play(ctx, s.charge.Before, s.vars()); err != nil {
			return err
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_, _ = k.twin(s).create(ctx) // cut off
		}()
		select {
		case <-ended:
		case <-time.After(time.Duration(round*round) * 500 * time.Microsecond):
		}
		k.plugin.process.kill()
		<-ended
		k.crash()
		if err := k.revive(ctx); err != nil {
			return fmt.Errorf("after kill -9: %w", err)
		}
		if err := k.settled(ctx, s); err != nil {
			return fmt.Errorf("after kill -9 (round %d): %w", round+1, err)
		}
	}
	return nil
}

func worksInParallel(ctx context.Context, k *bench) error {
	return together(64, func(int) error {
		s, r, err := k.bring(ctx, k.usual())
		if err != nil {
			return err
		}
		now, err := s.get(ctx)
		if err != nil {
			return fmt.Errorf("GetPayment answered %s", words(err))
		}
		if k.can().GetOffline() || r.GetOutcome() == requiresAction {
			return nil
		}
		return same("GetPayment, among 64 payments,", r, now)
	})
}

// keepsToTheCap sends much, in the hope for much.
func keepsToTheCap(ctx context.Context, k *bench) error {
	s, _ := k.saleOf(k.usual())
	s.charge.Fields = maps.Clone(s.charge.Fields)
	req := s.request()
	many := strings.Repeat("many words ", sdk.MaxMessage/11/8)
	req.OrderNumber, req.Buyer.Name, req.ShippingAddress.Line1, req.Locale = many, many, many, many
	req.MethodFields = map[string]string{"number": many}
	long, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if _, err := k.payments().CreatePayment(long, req); err != nil && !cleanly(err) {
		if status.Code(err) == codes.ResourceExhausted {
			return fmt.Errorf("CreatePayment with long texts answered with more than 1 MB: %s", words(err))
		}
		return fmt.Errorf("CreatePayment with long texts answered %s", words(err))
	}
	if err := k.smallReplies(); err != nil {
		return err
	}
	req.OrderNumber = strings.Repeat("x", 2*sdk.MaxMessage)
	if _, err := k.payments().CreatePayment(long, req); status.Code(err) != codes.ResourceExhausted {
		return fmt.Errorf("a request of 2 MB was answered with %s: set the limit of received messages to 1 MB", words(err))
	}
	return healthy(ctx, k.plugin.conn)
}

func (k *bench) smallReplies() error {
	k.watch.mu.Lock()
	defer k.watch.mu.Unlock()
	if len(k.watch.large) > 0 {
		return fmt.Errorf("%v answered with more than 1 MB, which the platform does not read", slices.Sorted(maps.Keys(k.watch.large)))
	}
	return nil
}
