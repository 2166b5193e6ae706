package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// check is one thing that a plugin must do.
type check struct {
	name  string
	title string
	cases []int // of the list of failure cases, which Cases holds
	// provider says that the check depends on what the provider behind the plugin can be made to do, so that a scenario
	// may excuse it.
	provider bool
	run      func(ctx context.Context, k *bench) error
}

// notApplicable is a verdict, with the reason.
type notApplicable struct{ reason string }

func (n notApplicable) Error() string { return n.reason }

func na(format string, args ...any) error { return notApplicable{fmt.Sprintf(format, args...)} }

// warning passes a check with something the author should know.
type warning struct{ reason string }

func (w warning) Error() string { return w.reason }

// missing is the verdict when a scenario names not what a check needs: a failure when the plugin declares the capability.
func missing(declared bool, capability, name string) error {
	if declared {
		return fmt.Errorf("the plugin declares %s, but the scenario file names no %s", capability, name)
	}
	return na("the plugin does not declare %s", capability)
}

// Case is one of the ways in which payments go wrong in practice.
type Case struct {
	Number int
	Title  string
	// Host says why the case is the platform's own and no plugin can fail it; empty for the others.
	Host string
}

// Cases are the failure cases that a provider and the platform together must survive.
var Cases = []Case{
	{1, "The same webhook twice, or three at once", ""},
	{2, "Webhook before the buyer returns", ""},
	{3, "Buyer never returns", ""},
	{4, "Webhook before our own create call returns", ""},
	{5, "Amount or currency differs", ""},
	{6, "Cart changed after the payment was created", ""},
	{7, "Two successful payments for one order", "the platform counts an order's payments and refunds the second; a plugin knows only one payment at a time. Proved by `TestTheSecondOfTwoPaymentsGoesBack` in core/app/shop"},
	{8, "Captured after the order was cancelled or has expired", "the order's state is the platform's: it refunds what arrives late. Proved by `TestMoneyThatComesAfterTheCancellationGoesBack`"},
	{9, "Events out of order or late", ""},
	{10, "Unknown kind of event, or unknown payment", ""},
	{11, "Partial captures, then more than was authorised", ""},
	{12, "Partial refunds that sum above the captured amount, also concurrently", ""},
	{13, "Refund pending, then failed", ""},
	{14, "Refund made on the provider's own pages", ""},
	{15, "Authorisation expires before the capture", ""},
	{16, "Dispute opened, won, lost", ""},
	{17, "Call times out but the provider did it", ""},
	{18, "Plugin crashes, hangs or panics in a call", ""},
	{19, "Bad, oversized or replayed old webhook", ""},
	{20, "Zero total; currencies with no and three decimals", ""},
	{21, "Another try after a decline", ""},
	{22, "Stock gone when the money is captured", "stock is the platform's: it voids, refunds or holds by the vendor's choice. Proved by `TestACancelledOrdersMoneyGoesBack` and `TestAnotherAmountGoesBackOrWaitsForTheVendor`"},
	{23, "Key rotation, and test mixed up with live", ""},
}

// verdict turns what a check returned into a result.
func (c check) verdict(err error, excuse string) Result {
	r := Result{Check: c.name, Title: c.title, Cases: c.cases, Status: Pass}
	excused, noted := notApplicable{}, warning{}
	switch {
	case err == nil:
	case errors.As(err, &excused):
		r.Status, r.Reason = NotApplicable, excused.reason
	case errors.As(err, &noted):
		r.Status, r.Reason = Warn, noted.reason
	case excuse != "" && c.provider:
		r.Status, r.Reason = NotApplicable, "the scenario file says: "+excuse
	default:
		r.Status, r.Reason = Fail, err.Error()
	}
	return r
}

// wanted says whether --only picks a check: by its name, or by what stands before the dot.
func (c check) wanted(only string) bool {
	return only == "" || c.name == only || strings.HasPrefix(c.name, only+".")
}
