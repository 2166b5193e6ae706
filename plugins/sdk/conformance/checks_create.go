package conformance

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/halum-hut/halum/plugins/sdk"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
)

var createChecks = []check{
	{name: "create.captured", title: "A payment is taken, in the amount that was asked for", cases: []int{5}, run: capturesAtOnce},
	{name: "create.authorized", title: "A payment is promised, in the amount that was asked for", cases: []int{5}, run: authorizes},
	{name: "create.declined", title: "A decline has a code and a sentence, and another try works", cases: []int{21}, provider: true, run: declines},
	{name: "create.action", title: "What the shopper brings back is not believed; what the provider says is", cases: []int{2}, provider: true, run: asksTheShopper},
	{name: "create.unattended", title: "GetPayment knows what the shopper did when nobody comes back", cases: []int{3}, provider: true, run: needsNobody},
	{name: "create.pending", title: "A payment may be known later", provider: true, run: pends},
	{name: "create.refused", title: "Refuses amounts of zero and below, and ways to pay it does not know", cases: []int{20}, run: refusesNonsense},
	{name: "create.currencies", title: "Currencies with no and three decimals, to the minor unit", cases: []int{20}, run: countsMinorUnits},
	{name: "create.twice", title: "The same key twice is one payment", cases: []int{17}, run: createsOnce},
	{name: "create.concurrent", title: "The same key 64 times at once is one payment", cases: []int{17}, run: createsOnceAtOnce},
	{name: "create.restart", title: "The same key after a restart is the same payment", cases: []int{17}, run: createsOnceForEver},
	{name: "update.amount", title: "Another amount changes the payment and makes no second one", cases: []int{6}, provider: true, run: updates},
}

func (k *bench) has(name string) bool {
	_, ok := k.scenario.Payment.Outcomes[name]
	return ok
}

func capturesAtOnce(ctx context.Context, k *bench) error {
	if !k.has("captured") {
		if k.has("authorized") {
			return na("the scenario file names no payment.outcomes.captured, but one that is authorized")
		}
		return errors.New("the scenario file names no payment.outcomes.captured")
	}
	s, r, err := k.bring(ctx, "captured")
	if err != nil {
		return err
	}
	if err := s.total("CreatePayment", r, s.amount.GetMinor(), 0); err != nil {
		return err
	}
	return s.booked(ctx, s.amount.GetMinor(), 0)
}

func authorizes(ctx context.Context, k *bench) error {
	if !k.has("authorized") {
		return missing(k.can().GetAuthorize(), "authorize", "payment.outcomes.authorized")
	}
	if !k.can().GetAuthorize() {
		return errors.New("the scenario has an authorized payment, but the plugin does not declare authorize")
	}
	s, r, err := k.bring(ctx, "authorized")
	if err != nil {
		return err
	}
	if n := r.GetCaptured().GetMinor(); n != 0 {
		return fmt.Errorf("an authorised payment says that %d was captured", n)
	}
	return s.booked(ctx, 0, 0)
}

func declines(ctx context.Context, k *bench) error {
	if !k.has("declined") && k.can().GetOffline() {
		return na("the plugin is offline: nobody declines")
	}
	if !k.has("declined") {
		return errors.New("the scenario file names no payment.outcomes.declined")
	}
	s, r, err := k.bring(ctx, "declined")
	if err != nil {
		return err
	}
	if want := s.charge.Code; want != "" && r.GetCode() != want {
		return fmt.Errorf("the decline has the code %q instead of %q", r.GetCode(), want)
	}
	if again, err := s.create(ctx); err != nil || again.GetOutcome() != declined {
		return fmt.Errorf("the same key after a decline answered %s (%s) instead of the same decline", nameOf(again.GetOutcome()), words(err))
	}
	return k.works(ctx)
}

// asksTheShopper comes back from the provider without having paid, then pays.
func asksTheShopper(ctx context.Context, k *bench) error {
	if !k.has("requires_action") {
		return na("the scenario file names no payment.outcomes.requires_action")
	}
	s, _, err := k.bring(ctx, "requires_action")
	if err != nil {
		return err
	}
	lie := map[string]string{"status": "success", "paid": "true", "amount": "1", "payment_id": s.id, "redirect_status": "succeeded"}
	r, err := s.resume(ctx, lie)
	if err == nil && (r.GetOutcome() == captured || r.GetOutcome() == authorized) {
		return fmt.Errorf("ContinuePayment answered %s though the shopper did nothing: ask the provider, never believe the query", nameOf(r.GetOutcome()))
	}
	if err != nil && !cleanly(err) {
		return fmt.Errorf("ContinuePayment before the shopper did anything answered %s", words(err))
	}
	want, ok := outcomesByName[orElse(s.charge.Then, "captured")]
	if len(s.charge.Shopper) == 0 || !ok {
		return errors.New("the scenario's requires_action names no steps of the shopper, so nothing follows it")
	}
	if r, err = s.shop(ctx, want); err != nil {
		return err
	}
	again, err := s.resume(ctx, nil)
	if err != nil || again.GetOutcome() != r.GetOutcome() {
		return fmt.Errorf("ContinuePayment for the second time answered %s (%s) instead of %s", nameOf(again.GetOutcome()), words(err), nameOf(want))
	}
	return nil
}

func needsNobody(ctx context.Context, k *bench) error {
	if !k.has("requires_action") {
		return na("the scenario file names no payment.outcomes.requires_action")
	}
	s, _, err := k.bring(ctx, "requires_action")
	if err != nil {
		return err
	}
	if r, err := s.get(ctx); err != nil || r.GetOutcome() == captured || r.GetOutcome() == authorized || r.GetOutcome() == notFound {
		return fmt.Errorf("GetPayment answered %s (%s) while the shopper has not decided", nameOf(r.GetOutcome()), words(err))
	}
	if _, err := s.act(ctx); err != nil {
		return err
	}
	_, err = s.await(ctx, outcomesByName[orElse(s.charge.Then, "captured")])
	return err
}

func pends(ctx context.Context, k *bench) error {
	if !k.has("pending") {
		return na("the scenario file names no payment.outcomes.pending")
	}
	s, _, err := k.bring(ctx, "pending")
	if err != nil {
		return err
	}
	if _, err := s.await(ctx, pending); err != nil || len(s.charge.Shopper) == 0 {
		return err
	}
	if _, err := s.act(ctx); err != nil {
		return err
	}
	_, err = s.await(ctx, outcomesByName[orElse(s.charge.Then, "captured")])
	return err
}

func refusesNonsense(ctx context.Context, k *bench) error {
	for _, wrong := range []struct {
		what   string
		change func(*paymentv1.CreatePaymentRequest)
	}{
		{"an amount of zero", func(r *paymentv1.CreatePaymentRequest) { r.Payment.Amount.Minor = 0 }},
		{"a negative amount", func(r *paymentv1.CreatePaymentRequest) { r.Payment.Amount.Minor = -100 }},
		{"the lowest amount there is", func(r *paymentv1.CreatePaymentRequest) { r.Payment.Amount.Minor = math.MinInt64 }},
		{"no currency", func(r *paymentv1.CreatePaymentRequest) { r.Payment.Amount.Currency = "" }},
		{"an unknown way to pay", func(r *paymentv1.CreatePaymentRequest) { r.Payment.MethodKind = "no-such-method" }},
	} {
		s, ok := k.saleOf(k.usual())
		if !ok {
			return errors.New("the scenario file names no payment.outcomes.captured")
		}
		req := s.request()
		wrong.change(req)
		if err := k.refusesCreate(ctx, wrong.what, req); err != nil {
			return err
		}
	}
	return nil
}

func (k *bench) refusesCreate(ctx context.Context, what string, req *paymentv1.CreatePaymentRequest) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := k.payments().CreatePayment(ctx, req)
	if err == nil && answer.GetResult().GetOutcome() != declined {
		return fmt.Errorf("CreatePayment with %s answered %s", what, nameOf(answer.GetResult().GetOutcome()))
	}
	if err != nil && !refused(err, sdk.FaultInvalid, sdk.FaultMisconfigured) {
		return fmt.Errorf("CreatePayment with %s answered %s instead of INVALID", what, words(err))
	}
	return nil
}

// countsMinorUnits pays in the currencies where factors of a hundred show.
func countsMinorUnits(ctx context.Context, k *bench) error {
	tried := 0
	for _, c := range []struct {
		decimals int
		usual    string
		minor    int64
	}{{0, "JPY", 1500}, {3, "KWD", 12340}} {
		currency := c.usual
		if taken := k.about.currencies; len(taken) > 0 {
			i := slices.IndexFunc(taken, func(s string) bool { return exponent(s) == c.decimals })
			if i < 0 {
				continue
			}
			currency = taken[i]
		}
		charge := k.scenario.Payment.Outcomes[k.usual()]
		charge.Currency, charge.Amount = currency, c.minor
		s := k.newSale(charge)
		if _, err := s.arrive(ctx, outcomesByName[k.usual()]); err != nil {
			return fmt.Errorf("%d minor units of %s: %w", c.minor, currency, err)
		}
		tried++
	}
	if tried == 0 {
		return na("the plugin takes only currencies with two decimals")
	}
	return nil
}

func updates(ctx context.Context, k *bench) error {
	if !k.can().GetUpdate() {
		return na("the plugin does not declare update: the platform voids the payment and makes a new one, as void.before shows")
	}
	name := "requires_action"
	if !k.has(name) {
		name = "pending"
	}
	if !k.has(name) {
		return errors.New("the plugin declares update, but the scenario file names neither payment.outcomes.requires_action nor pending")
	}
	s, _, err := k.bring(ctx, name)
	if err != nil {
		return err
	}
	ref := s.ref
	s.amount = s.money(s.amount.GetMinor() + 100)
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	r, err := s.note(k.payments().UpdatePayment(ctx, &paymentv1.UpdatePaymentRequest{Account: k.account(), Payment: s.payment(), IdempotencyKey: s.key + "_update"}))
	switch {
	case err != nil:
		return fmt.Errorf("UpdatePayment answered %s", words(err))
	case s.ref != ref:
		return fmt.Errorf("UpdatePayment answered with another provider_ref: it must change the payment, not make a second one")
	case r.GetAmount().GetMinor() != s.amount.GetMinor():
		return fmt.Errorf("UpdatePayment answered with the amount %s instead of %s", amountText(r.GetAmount()), amountText(s.amount))
	}
	if now, err := s.get(ctx); err != nil || now.GetAmount().GetMinor() != s.amount.GetMinor() {
		return fmt.Errorf("GetPayment after UpdatePayment answered %s (%s)", amountText(now.GetAmount()), words(err))
	}
	return nil
}
