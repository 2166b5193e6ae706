package conformance

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/halum-hut/halum/plugins/sdk"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
)

var refundChecks = []check{
	{name: "refund.full", title: "The whole amount is given back, and the totals say so", run: refundsAll},
	{name: "refund.twice", title: "The same key twice, and after a restart, is one refund", cases: []int{17}, run: refundsOnce},
	{name: "refund.concurrent", title: "The same key 16 times at once is one refund", cases: []int{17}, run: refundsOnceAtOnce},
	{name: "refund.partial", title: "Parts are given back up to the captured amount", cases: []int{12}, run: refundsParts},
	{name: "refund.beyond", title: "More than was captured is refused, also by eight parts at once", cases: []int{12}, run: refundsNoMore},
	{name: "refund.pending", title: "A refund may be known later, and may fail", cases: []int{13}, provider: true, run: refundsLater},
	{name: "refund.failed", title: "A refund that fails gives nothing back", cases: []int{13}, provider: true, run: refundFails},
	{name: "refund.external", title: "A refund made on the provider's pages shows in GetPayment", cases: []int{14}, provider: true, run: seesForeignRefund},
	{name: "refund.unoffered", title: "Gives nothing back when it does not declare refunds", run: refundsNothing},
	{name: "payment.truth", title: "GetPayment tells the truth, also without a reference and for what never was", cases: []int{3, 17}, run: tellsTruth},
	{name: "payment.expired", title: "A promise that has run out is expired", cases: []int{15}, provider: true, run: expires},
}

type refundOutcome = paymentv1.RefundOutcome

const (
	refundSucceeded = paymentv1.RefundOutcome_REFUND_OUTCOME_SUCCEEDED
	refundPending   = paymentv1.RefundOutcome_REFUND_OUTCOME_PENDING
	refundFailed    = paymentv1.RefundOutcome_REFUND_OUTCOME_FAILED
	refundNotFound  = paymentv1.RefundOutcome_REFUND_OUTCOME_NOT_FOUND
)

var refundOutcomes = map[string]refundOutcome{"succeeded": refundSucceeded, "pending": refundPending, "failed": refundFailed}

func nameOfRefund(o refundOutcome) string {
	return map[refundOutcome]string{
		refundSucceeded: "succeeded", refundPending: "pending", refundFailed: "failed", refundNotFound: "not_found",
	}[o]
}

// giveBack is one refund of a sale.
type giveBack struct {
	*sale
	refundID, refundRef string
	minor               int64
	reason              string
}

func (s *sale) giveBack(number int, minor int64) *giveBack {
	return &giveBack{sale: s, refundID: fmt.Sprintf("ref_%s_%d", s.id, number), minor: minor, reason: "requested_by_customer"}
}

func (g *giveBack) do(ctx context.Context) (*paymentv1.RefundResult, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return g.note(g.k.payments().Refund(ctx, &paymentv1.RefundRequest{
		Account: g.k.account(), Payment: g.payment(), RefundId: g.refundID, IdempotencyKey: g.refundID, Amount: g.money(g.minor), Reason: g.reason,
	}))
}

func (g *giveBack) get(ctx context.Context) (*paymentv1.RefundResult, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return g.note(g.k.payments().GetRefund(ctx, &paymentv1.GetRefundRequest{
		Account: g.k.account(), Payment: g.payment(), RefundId: g.refundID, RefundRef: g.refundRef, Amount: g.money(g.minor),
	}))
}

func (g *giveBack) note(answer *paymentv1.RefundResponse, err error) (*paymentv1.RefundResult, error) {
	r := answer.GetResult()
	if err == nil && r.GetProviderRef() != "" {
		g.refundRef = r.GetProviderRef()
	}
	return r, err
}

func (g *giveBack) vars() vars {
	return g.sale.vars().with(map[string]string{
		"refund_id": g.refundID, "refund_ref": g.refundRef, "refund_amount": strconv.FormatInt(g.minor, 10),
		"refund_amount_decimal": decimal(g.minor, g.amount.GetCurrency()),
	})
}

// is checks an answer about a refund.
func (g *giveBack) is(call string, want refundOutcome, r *paymentv1.RefundResult, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s answered %s instead of %s", call, words(err), nameOfRefund(want))
	case r.GetOutcome() != want:
		return fmt.Errorf("%s answered %s (%s %s) instead of %s", call, orElse(nameOfRefund(r.GetOutcome()), "unknown"), r.GetCode(), r.GetMessage(), nameOfRefund(want))
	case want == refundFailed && r.GetCode() == "":
		return fmt.Errorf("%s answered a failure without a code", call)
	case want != refundFailed && (r.GetAmount().GetMinor() != g.minor || r.GetAmount().GetCurrency() != g.amount.GetCurrency()):
		return fmt.Errorf("%s answered with the amount %s instead of %s", call, amountText(r.GetAmount()), amountText(g.money(g.minor)))
	}
	return nil
}

// refundable brings a captured payment, for the checks that give it back, and says how its refunds begin.
func (k *bench) refundable(ctx context.Context) (*sale, refundOutcome, error) {
	if !k.can().GetRefund() {
		return nil, 0, na("the plugin does not declare refund")
	}
	first := refundSucceeded
	recipe, ok := k.scenario.Payment.Refunds["succeeded"]
	if !ok {
		first = refundPending
		recipe, ok = k.scenario.Payment.Refunds["pending"]
	}
	if !ok {
		return nil, 0, missing(true, "refund", "payment.refunds.succeeded (or pending)")
	}
	if recipe.Of == nil {
		s, err := k.paid(ctx)
		return s, first, err
	}
	s := k.newSale(*recipe.Of)
	_, err := s.arrive(ctx, captured)
	return s, first, err
}

func refundsAll(ctx context.Context, k *bench) error {
	s, want, err := k.refundable(ctx)
	if err != nil {
		return err
	}
	g := s.giveBack(1, s.amount.GetMinor())
	r, err := g.do(ctx)
	if err := g.is("Refund of the whole amount", want, r, err); err != nil {
		return err
	}
	if k.can().GetOffline() {
		return nil
	}
	if r.GetProviderRef() == "" {
		return errors.New("Refund answered without a provider_ref")
	}
	r, err = g.get(ctx)
	if err == nil && want == refundPending && r.GetOutcome() == refundSucceeded {
		want = refundSucceeded // it was quick
	}
	if err := g.is("GetRefund", want, r, err); err != nil {
		return err
	}
	return s.stands(ctx, s.amount.GetMinor(), s.amount.GetMinor())
}

func refundsOnce(ctx context.Context, k *bench) error {
	s, want, err := k.refundable(ctx)
	if err != nil {
		return err
	}
	g := s.giveBack(1, k.part(s))
	first, err := g.do(ctx)
	if err := g.is("Refund", want, first, err); err != nil {
		return err
	}
	for _, restart := range []bool{false, true} {
		if restart {
			if err := k.restart(ctx); err != nil {
				return err
			}
		}
		again, err := s.giveBack(1, k.part(s)).do(ctx)
		if err != nil {
			return fmt.Errorf("Refund with the same key answered %s for the second time", words(err))
		}
		if again.GetProviderRef() != first.GetProviderRef() {
			return errors.New("Refund with the same key answered with another provider_ref for the second time: it made two refunds")
		}
	}
	return s.stands(ctx, s.amount.GetMinor(), k.part(s))
}

// part is an amount that may be refunded: all of it when the plugin knows no parts.
func (k *bench) part(s *sale) int64 {
	if k.can().GetPartialRefund() {
		return s.amount.GetMinor() / 4
	}
	return s.amount.GetMinor()
}

func refundsOnceAtOnce(ctx context.Context, k *bench) error {
	s, _, err := k.refundable(ctx)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	refs := map[string]bool{}
	err = together(16, func(int) error {
		twin := s.giveBack(1, k.part(s))
		twin.sale = k.twin(s)
		twin.ref = s.ref
		r, err := twin.do(ctx)
		if err != nil && !refused(err, sdk.FaultUnavailable) {
			return fmt.Errorf("one of 16 Refund with the same key answered %s", words(err))
		}
		if err == nil && r.GetProviderRef() != "" && r.GetOutcome() != paymentv1.RefundOutcome_REFUND_OUTCOME_UNKNOWN {
			mu.Lock()
			defer mu.Unlock()
			refs[r.GetProviderRef()] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(refs) > 1 {
		return fmt.Errorf("16 Refund with the same key made %d refunds", len(refs))
	}
	return s.stands(ctx, s.amount.GetMinor(), k.part(s))
}

func refundsParts(ctx context.Context, k *bench) error {
	if !k.can().GetPartialRefund() {
		return na("the plugin does not declare partial_refund")
	}
	s, want, err := k.refundable(ctx)
	if err != nil {
		return err
	}
	quarter := s.amount.GetMinor() / 4
	for n := 1; n <= 4; n++ {
		g := s.giveBack(n, quarter)
		r, err := g.do(ctx)
		if err := g.is(fmt.Sprintf("Refund %d of four quarters", n), want, r, err); err != nil {
			return err
		}
		if err := s.stands(ctx, s.amount.GetMinor(), int64(n)*quarter); err != nil {
			return err
		}
	}
	return nil
}

// refundsNoMore gives back more than there is, at once and in parts that race. The platform would refuse it first; the
// plugin is the second wall.
func refundsNoMore(ctx context.Context, k *bench) error {
	if k.can().GetOffline() {
		return na(booksAreOurs)
	}
	s, _, err := k.refundable(ctx)
	if err != nil {
		return err
	}
	total := s.amount.GetMinor()
	r, err := s.giveBack(0, total+1).do(ctx)
	if err == nil && r.GetOutcome() != refundFailed {
		return fmt.Errorf("Refund of one minor unit more than was captured answered %s", nameOfRefund(r.GetOutcome()))
	}
	if err != nil && !refused(err, sdk.FaultInvalid) {
		return fmt.Errorf("Refund of more than was captured answered %s instead of failed or INVALID", words(err))
	}
	part, parts := total, int64(4)
	if k.can().GetPartialRefund() {
		part, parts = total/4, 8
	}
	var mu sync.Mutex
	given := int64(0)
	err = together(int(parts), func(i int) error {
		twin := s.giveBack(i+1, part)
		twin.sale = k.twin(s)
		twin.ref = s.ref
		r, err := twin.do(ctx)
		if err == nil && (r.GetOutcome() == refundSucceeded || r.GetOutcome() == refundPending) {
			mu.Lock()
			defer mu.Unlock()
			given += part
		}
		return nil
	})
	if err != nil {
		return err
	}
	if given > total {
		return fmt.Errorf("%d refunds at once gave %d back of %d", parts, given, total)
	}
	return s.stands(ctx, total, given)
}

func (k *bench) refundBy(ctx context.Context, recipe RefundRecipe, want refundOutcome) (*giveBack, error) {
	s, _, err := k.refundable(ctx)
	if err == nil && recipe.Of != nil {
		s = k.newSale(*recipe.Of)
		_, err = s.arrive(ctx, captured)
	}
	if err != nil {
		return nil, err
	}
	g := s.giveBack(1, recipe.Amount)
	if g.minor == 0 {
		g.minor = k.part(s)
	}
	g.reason = orElse(recipe.Reason, g.reason)
	r, err := g.do(ctx)
	return g, g.is("Refund", want, r, err)
}
