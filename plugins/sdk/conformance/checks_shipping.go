package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/halum-hut/halum/plugins/sdk"
	shippingv1 "github.com/halum-hut/halum/plugins/sdk/proto/shipping/v1"
)

// quoteTimeout is the longest that a checkout waits for rates.
const quoteTimeout = 2 * time.Second

var quoteChecks = []check{
	{name: "quote.rates", title: "Rates have a code, a name, days in order and a price of zero or more in the parcel's currency", cases: []int{5}, run: quotesWell},
	{name: "quote.pure", title: "The same parcel has the same rates, 64 times at once and after a restart", run: quotesAlike},
	{name: "quote.unserved", title: "No rate for a destination is an empty list", run: quotesNothing},
	{name: "quote.currencies", title: "Other currencies have rates in them, or none", cases: []int{20}, run: quotesOtherCurrencies},
	{name: "quote.refused", title: "Refuses parcels that cannot be", run: refusesParcels},
}

var bookingChecks = []check{
	{name: "book.confirmed", title: "A parcel is booked and Track knows it", run: booksParcel},
	{name: "book.twice", title: "The same key is one booking: twice, 16 times at once, after a restart", cases: []int{17}, run: booksOnce},
	{name: "book.declined", title: "A refusal of the carrier has a code and a sentence", provider: true, run: bookingIsDeclined},
	{name: "book.cancel", title: "A booking is given up, and then is so", run: cancelsBooking},
	{name: "book.documents", title: "Labels are PDF or images of at most 700 KB", run: printsLabels},
	{name: "book.return", title: "The way back is a booking of its own", run: booksReturn},
	{name: "book.track", title: "Track tells the truth, also for what never was", cases: []int{17}, provider: true, run: tracks},
}

var shippingFaultChecks = []check{
	{name: "fault.deadline", title: "A carrier that hangs holds up nothing else", cases: []int{18}, run: quotesThroughHang},
	{name: "fault.crash", title: "Killed in a call and restarted, it knows what was booked", cases: []int{17, 18}, run: booksThroughKill},
	{name: "fault.fuzz", title: "Nonsense in every field of every call is refused without a crash or panic", cases: []int{18}, run: survivesFuzz},
	{name: "fault.bytes", title: "Messages that are none are refused without a crash", cases: []int{18}, run: survivesBytes},
	{name: "fault.large", title: "No reply is larger than 1 MB, and larger requests are refused", cases: []int{18}, run: quotesToTheCap},
}

var (
	paymentChecks = slices.Concat(startChecks, describeChecks, createChecks, captureChecks, refundChecks, webhookChecks,
		[]check{disputeCheck}, faultChecks, endChecks)
	shippingChecks = slices.Concat(startChecks, describeChecks, quoteChecks, bookingChecks, webhookChecks, shippingFaultChecks, endChecks)
)

func quotesWell(ctx context.Context, k *bench) error {
	p := k.parcel()
	rates, err := k.quote(ctx, p, k.account())
	if err != nil {
		return err
	}
	if len(rates) == 0 {
		return errors.New("Quote of the scenario's parcel answered no rate")
	}
	return fair(rates, p)
}

func fair(rates []*shippingv1.Rate, p *shippingv1.Parcel) error {
	seen := map[string]bool{}
	for _, r := range rates {
		switch {
		case r.GetService() == "" || r.GetName() == "":
			return errors.New("a rate has no service code or no name")
		case seen[r.GetService()+"\x00"+r.GetRef()]:
			return fmt.Errorf("the service %s is there twice", r.GetService())
		case r.GetPrice().GetMinor() < 0:
			return fmt.Errorf("the service %s costs %s", r.GetService(), amountText(r.GetPrice()))
		case r.GetPrice().GetCurrency() != p.GetSubtotal().GetCurrency():
			return fmt.Errorf("the service %s costs %s, but the parcel is in %s", r.GetService(), amountText(r.GetPrice()), p.GetSubtotal().GetCurrency())
		case r.GetMinDays() < 0 || r.GetMaxDays() < r.GetMinDays():
			return fmt.Errorf("the service %s takes %d to %d days", r.GetService(), r.GetMinDays(), r.GetMaxDays())
		}
		seen[r.GetService()+"\x00"+r.GetRef()] = true
	}
	return nil
}

// alike compares rates but for the references, which a carrier may make anew.
func alike(a, b []*shippingv1.Rate) bool {
	return slices.EqualFunc(a, b, func(x, y *shippingv1.Rate) bool {
		x, y = proto.CloneOf(x), proto.CloneOf(y)
		x.Ref, y.Ref = "", ""
		return proto.Equal(x, y)
	})
}

func quotesAlike(ctx context.Context, k *bench) error {
	first, err := k.quote(ctx, k.parcel(), k.account())
	if err != nil {
		return err
	}
	again := func(int) error {
		rates, err := k.quote(ctx, k.parcel(), k.account())
		if err == nil && !alike(first, rates) {
			err = errors.New("Quote of the same parcel answered other rates: a checkout keeps them for minutes")
		}
		return err
	}
	if err := together(64, again); err != nil {
		return err
	}
	if err := k.restart(ctx); err != nil {
		return err
	}
	return again(0)
}

func quotesNothing(ctx context.Context, k *bench) error {
	if k.scenario.Shipping.Unserved == nil {
		return na("the scenario file names no shipping.unserved")
	}
	rates, err := k.quote(ctx, k.parcelTo(*k.scenario.Shipping.Unserved), k.account())
	if err == nil && len(rates) > 0 {
		err = fmt.Errorf("Quote answered %d rates for shipping.unserved", len(rates))
	}
	return err
}

func quotesOtherCurrencies(ctx context.Context, k *bench) error {
	for _, currency := range []string{"JPY", "KWD", "EUR"} {
		p := k.parcel()
		p.Subtotal.Currency = currency
		rates, err := k.quote(ctx, p, k.account())
		if err != nil && !refused(err, sdk.FaultInvalid, sdk.FaultMisconfigured) {
			return err
		}
		if err := fair(rates, p); err != nil {
			return err
		}
	}
	return nil
}

func refusesParcels(ctx context.Context, k *bench) error {
	for what, spoil := range map[string]func(*shippingv1.Parcel){
		"without a currency":      func(p *shippingv1.Parcel) { p.Subtotal.Currency = "" },
		"of a value below zero":   func(p *shippingv1.Parcel) { p.Subtotal.Minor = -1 },
		"of a weight below zero":  func(p *shippingv1.Parcel) { p.Grams = -1 },
		"of a number below zero":  func(p *shippingv1.Parcel) { p.Items = -1 },
		"without a country to go": func(p *shippingv1.Parcel) { p.To.Country = "" },
	} {
		p := k.parcel()
		spoil(p)
		rates, err := k.quote(ctx, p, k.account())
		if err != nil && !refused(err, sdk.FaultInvalid, sdk.FaultMisconfigured) {
			return fmt.Errorf("of a parcel %s: %w", what, err)
		}
		if slices.ContainsFunc(rates, func(r *shippingv1.Rate) bool { return r.GetPrice().GetMinor() < 0 }) {
			return fmt.Errorf("Quote of a parcel %s answered a price below zero", what)
		}
		if err == nil && p.GetSubtotal().GetCurrency() == "" && len(rates) > 0 {
			return errors.New("Quote of a parcel without a currency answered rates")
		}
	}
	return nil
}

func booksParcel(ctx context.Context, k *bench) error {
	b, err := k.booked(ctx)
	if err != nil {
		return err
	}
	if err := b.await(ctx, bookingConfirmed); err != nil {
		return err
	}
	return b.counted(ctx, 0)
}

// counted sees in the carrier's own books that there is one booking.
func (b *booking) counted(ctx context.Context, cancelled int) error {
	ask := b.k.scenario.Shipping.Books
	if ask == nil {
		return nil
	}
	is, err := b.k.ask(ctx, ask, b.vars())
	if err == nil && (is.Bookings != 1 || is.Cancelled != cancelled) {
		err = fmt.Errorf("the carrier's books hold %d bookings, %d of them cancelled, instead of 1 and %d", is.Bookings, is.Cancelled, cancelled)
	}
	return err
}

func booksOnce(ctx context.Context, k *bench) error {
	b, err := k.booked(ctx)
	if err != nil {
		return err
	}
	again := func(int) error {
		twin := *b
		r, err := twin.book(ctx)
		if err != nil && !refused(err, sdk.FaultUnavailable) {
			return fmt.Errorf("Book with the same key answered %s", words(err))
		}
		if err == nil && r.GetRef() != b.ref {
			return errors.New("Book with the same key answered with another ref: it made two bookings")
		}
		return nil
	}
	if err := together(16, again); err != nil {
		return err
	}
	if err := k.restart(ctx); err != nil {
		return err
	}
	if err := again(0); err != nil {
		return err
	}
	return b.counted(ctx, 0)
}

func bookingIsDeclined(ctx context.Context, k *bench) error {
	if !k.about.shipping.GetBooks() || k.scenario.Shipping.Declined == nil {
		return missing(k.about.shipping.GetBooks(), "books", "shipping.declined")
	}
	b, err := k.newBooking(ctx, k.parcelTo(*k.scenario.Shipping.Declined))
	if err != nil {
		return err
	}
	r, err := b.book(ctx)
	return b.is("Book", r, err, bookingDeclined)
}

func cancelsBooking(ctx context.Context, k *bench) error {
	b, err := k.booked(ctx)
	if err != nil {
		return err
	}
	for range 2 {
		r, err := b.cancel(ctx)
		if err := b.is("CancelBooking", r, err, bookingCancelled, bookingPending); err != nil {
			return err
		}
	}
	if err := b.await(ctx, bookingCancelled); err != nil {
		return err
	}
	return b.counted(ctx, 1)
}

var parcelStatuses = map[string]bool{
	string(sdk.ParcelPreTransit): true, string(sdk.ParcelInTransit): true, string(sdk.ParcelOutForDelivery): true, string(sdk.ParcelForPickup): true,
	string(sdk.ParcelDelivered): true, string(sdk.ParcelReturning): true, string(sdk.ParcelFailure): true, string(sdk.ParcelCancelled): true,
}
