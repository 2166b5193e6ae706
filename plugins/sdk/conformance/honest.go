package conformance

import (
	"fmt"
	"net/url"

	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
)

// honest checks what every answer about a payment must keep, whatever the outcome.
func (s *sale) honest(call string, r *result) error {
	if r == nil {
		return fmt.Errorf("%s answered without a result", call)
	}
	switch r.GetOutcome() { //nolint:exhaustive // the others promise nothing that could be wrong here
	case captured, authorized:
		if err := s.agrees(call, r); err != nil {
			return err
		}
		if r.GetProviderRef() == "" {
			return fmt.Errorf("%s answered %s without a provider_ref: nobody could find the payment at the provider", call, nameOf(r.GetOutcome()))
		}
	case declined:
		if r.GetCode() == "" || r.GetMessage() == "" {
			return fmt.Errorf("%s answered declined without a code and a sentence for the shopper", call)
		}
	case requiresAction:
		return s.showsTheWay(call, r)
	}
	return nil
}

// agrees compares the amount of an answer with what was asked for.
func (s *sale) agrees(call string, r *result) error {
	want, got := s.amount, r.GetAmount()
	if got.GetCurrency() != want.GetCurrency() || got.GetMinor() != want.GetMinor() {
		return fmt.Errorf("%s answered %s with the amount %s instead of %s: answer what the provider took, in minor units of its currency",
			call, nameOf(r.GetOutcome()), amountText(got), amountText(want))
	}
	for name, part := range map[string]*borderv1.Amount{"captured": r.GetCaptured(), "refunded": r.GetRefunded()} {
		if part.GetMinor() != 0 && part.GetCurrency() != want.GetCurrency() {
			return fmt.Errorf("%s answered %s in %q instead of %q", call, name, part.GetCurrency(), want.GetCurrency())
		}
		if part.GetMinor() < 0 || part.GetMinor() > got.GetMinor() {
			return fmt.Errorf("%s answered that %d of %d was %s", call, part.GetMinor(), got.GetMinor(), name)
		}
	}
	return nil
}

func (s *sale) showsTheWay(call string, r *result) error {
	n := r.GetNext()
	switch {
	case n.GetAction() == nil:
		return fmt.Errorf("%s answered requires_action without a next action", call)
	case n.GetRedirect() != nil:
		u, err := url.Parse(n.GetRedirect().GetUrl())
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return fmt.Errorf("%s answered a redirect to %q, which is no http address", call, n.GetRedirect().GetUrl())
		}
	case n.GetQrCode() != nil && n.GetQrCode().GetText() == "",
		n.GetInstructions() != nil && n.GetInstructions().GetText() == "",
		n.GetClient() != nil && n.GetClient().GetLibrary() == "":
		return fmt.Errorf("%s answered a next action that is empty", call)
	}
	return nil
}

// total checks the sums of an answer about a payment that was taken.
func (s *sale) total(call string, r *result, taken, back int64) error {
	switch {
	case r.GetOutcome() != captured:
		return fmt.Errorf("%s answered %s%s instead of captured", call, nameOf(r.GetOutcome()), because(r))
	case takenOf(r) != taken:
		return fmt.Errorf("%s answered that %d was captured instead of %d: captured holds the sum of all captures", call, takenOf(r), taken)
	case r.GetRefunded().GetMinor() != back:
		return fmt.Errorf("%s answered that %d was refunded instead of %d: refunded holds the sum of all refunds that did not fail", call, r.GetRefunded().GetMinor(), back)
	case r.GetAmount().GetCurrency() != s.amount.GetCurrency():
		return fmt.Errorf("%s answered in %q instead of %q", call, r.GetAmount().GetCurrency(), s.amount.GetCurrency())
	}
	return nil
}

// takenOf reads what was captured: none means the amount.
func takenOf(r *result) int64 {
	if r.GetOutcome() != captured {
		return 0
	}
	if r.GetCaptured().GetMinor() == 0 {
		return r.GetAmount().GetMinor()
	}
	return r.GetCaptured().GetMinor()
}

func amountText(a *borderv1.Amount) string {
	if a == nil {
		return "none"
	}
	return fmt.Sprintf("%d %s", a.GetMinor(), a.GetCurrency())
}
