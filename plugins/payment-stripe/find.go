package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/halum-hut/halum/plugins/sdk"
)

// Times within which things happen, from which it follows where to look and what to promise.
const (
	// openWindow is how long after Payment.CreatedAt a PaymentIntent may be opened for it. It is far below the 24 hours for
	// which Stripe remembers idempotency keys, so that there is never a second one; and it bounds where to look.
	openWindow = 30 * time.Minute
	// confirmWindow is how long after it was opened a PaymentIntent may be charged with a card that came with the order.
	confirmWindow = 2 * time.Minute
	// flight is how long a request that was sent may still take effect. Stripe gives up after 80 seconds.
	flight = 3 * time.Minute
	// skew is how far this machine's clock may be from Stripe's.
	skew = 10 * time.Minute
)

// pageSize is the most that Stripe lists at once; maxPages bounds one look.
const (
	pageSize = 100
	maxPages = 20
)

// errCannotTell says that a look did not end with a certain answer.
var errCannotTell = errors.New("it cannot be told whether Stripe has this payment")

// find returns a payment's PaymentIntent, with its latest charge, or nil, which promises that there is none that could
// have been charged: the list of PaymentIntents is complete up to the last answered request (the search is not), all
// that could be the payment's lie in the window, and one opened by a request still on its way is not charged yet.
// Errors: errCannotTell, or as Stripe has it.
func (c *client) find(ctx context.Context, p sdk.Payment) (*stripe.PaymentIntent, error) {
	if p.Ref != "" {
		pi, err := c.get(ctx, p.Ref)
		if classify(err) == refused && stripeError(err).HTTPStatusCode == http.StatusNotFound {
			return nil, errCannotTell // it was there before: another account or a key of another mode is set now
		}
		return pi, err
	}
	id, err := c.lookUp(ctx, p)
	if id == "" || err != nil {
		return nil, err
	}
	return c.get(ctx, id)
}

func (c *client) get(ctx context.Context, id string) (*stripe.PaymentIntent, error) {
	params := &stripe.PaymentIntentParams{Params: c.params(ctx, "")}
	params.AddExpand("latest_charge")
	return c.intents.Get(id, params)
}

// lookUp walks through the PaymentIntents that were opened when this payment's can have been.
func (c *client) lookUp(ctx context.Context, p sdk.Payment) (id string, err error) {
	params := &stripe.PaymentIntentListParams{ListParams: c.listParams(ctx), CreatedRange: &stripe.RangeQueryParams{
		GreaterThanOrEqual: p.CreatedAt.Add(-skew).Unix(), LesserThanOrEqual: p.CreatedAt.Add(openWindow + skew).Unix(),
	}}
	list := c.intents.List(params)
	for seen := 0; list.Next(); seen++ {
		pi := list.PaymentIntent()
		if pi.Metadata[metaPayment] == p.ID {
			return pi.ID, nil
		}
		if seen >= maxPages*pageSize {
			return "", errCannotTell
		}
	}
	if err := list.Err(); err != nil {
		return "", err
	}
	if off := c.clock(list.PaymentIntentList().LastResponse).Sub(c.now()); off > skew || off < -skew {
		sdk.LoggerOf(ctx).Error("the clock of this machine is wrong: payments cannot be looked up at Stripe", "off", off.String())
		return "", errCannotTell
	}
	return "", nil
}

// look asks what became of a PaymentIntent after an answer that did not tell.
func (c *client) look(ctx context.Context, id string) sdk.Result {
	pi, err := c.get(ctx, id)
	if err != nil {
		note(ctx, "Stripe did not say what became of a payment", err)
		return unknown(id)
	}
	return c.result(pi)
}

// age is how long ago a PaymentIntent was opened, both times by Stripe's clock.
func (c *client) age(pi *stripe.PaymentIntent) time.Duration {
	return c.clock(pi.LastResponse).Sub(time.Unix(pi.Created, 0))
}

// GetPayment answers from the PaymentIntent itself. One that was opened but not charged becomes NotFound when no charge
// can be on its way any more.
func (s *stripePlugin) GetPayment(ctx context.Context, in sdk.GetPayment) (sdk.Result, error) {
	c, err := s.clients.of(in.Account)
	if err != nil {
		return sdk.Result{}, err
	}
	pi, err := c.find(ctx, in.Payment)
	switch {
	case err != nil:
		return c.noAnswer(ctx, in.Payment, err)
	case pi == nil:
		return sdk.Result{Outcome: sdk.NotFound}, nil
	}
	r := c.result(pi)
	if r.Outcome == sdk.Unknown && untried(pi) && c.age(pi) > confirmWindow+flight {
		return sdk.Result{Outcome: sdk.NotFound}, nil
	}
	return r, nil
}

// noAnswer is what a question that failed is answered.
func (c *client) noAnswer(ctx context.Context, p sdk.Payment, err error) (sdk.Result, error) {
	if f := faultOf(err); f != nil && f.Kind != sdk.FaultInvalid {
		return sdk.Result{}, f
	}
	note(ctx, "Stripe did not say what became of a payment", err)
	return unknown(p.Ref), nil
}

// ContinuePayment believes nothing that the shopper brought back: Stripe knows.
func (s *stripePlugin) ContinuePayment(ctx context.Context, in sdk.ContinuePayment) (sdk.Result, error) {
	r, err := s.GetPayment(ctx, sdk.GetPayment{Account: in.Account, Payment: in.Payment})
	if r.Outcome == sdk.NotFound {
		r.Outcome = sdk.Unknown
	}
	return r, err
}
