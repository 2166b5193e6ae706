package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
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
	return b.counted(ctx, 1, 0)
}

// counted compares the carrier's own books.
func (b *booking) counted(ctx context.Context, bookings, cancelled int) error {
	ask := b.k.scenario.Shipping.Books
	if ask == nil {
		return nil
	}
	is, err := b.k.ask(ctx, ask, b.vars())
	if err == nil && (is.Bookings != bookings || is.Cancelled != cancelled) {
		err = fmt.Errorf("the carrier's books hold %d bookings, %d of them cancelled, instead of %d and %d", is.Bookings, is.Cancelled, bookings, cancelled)
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
	return b.counted(ctx, 1, 0)
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
	return b.counted(ctx, 1, 1)
}

func printsLabels(ctx context.Context, k *bench) error {
	b, err := k.booked(ctx)
	if err != nil {
		return err
	}
	var all []*shippingv1.Document
	err = eventually(ctx, patience, func() error {
		all, err = b.documents(ctx)
		if err != nil {
			return fmt.Errorf("GetDocuments answered %s", words(err))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(d *shippingv1.Document) bool { return d.GetKind() == "label" }) {
		return errors.New("GetDocuments answered no document of kind label")
	}
	const largest = 700 << 10
	for _, d := range all {
		begins := map[string]string{"application/pdf": "%PDF-", "image/png": "\x89PNG"}[d.GetContentType()]
		switch {
		case begins == "":
			return fmt.Errorf("the document %s is of the type %q: application/pdf and image/png can be printed", d.GetKind(), d.GetContentType())
		case !bytes.HasPrefix(d.GetContent(), []byte(begins)):
			return fmt.Errorf("the document %s does not begin as its type %s does", d.GetKind(), d.GetContentType())
		case len(d.GetContent()) > largest:
			return fmt.Errorf("the document %s has %d bytes", d.GetKind(), len(d.GetContent()))
		}
	}
	return nil
}

func booksReturn(ctx context.Context, k *bench) error {
	b, err := k.booked(ctx)
	if err != nil {
		return err
	}
	back, err := k.newBooking(ctx, k.parcel())
	if err != nil {
		return err
	}
	back.service = b.service
	r, err := back.bookReturn(ctx)
	if refused(err, sdk.FaultUnsupported) {
		return warning{"BookReturn is not offered by this carrier"}
	}
	if err := back.is("BookReturn", r, err, bookingConfirmed, bookingPending); err != nil {
		return err
	}
	if r.GetRef() == b.ref {
		return errors.New("BookReturn answered with the ref of the way there")
	}
	return nil
}

func tracks(ctx context.Context, k *bench) error {
	b, err := k.booked(ctx)
	if err != nil {
		return err
	}
	blank := *b
	blank.ref = ""
	t, err := blank.track(ctx)
	if err := blank.is("Track without a ref, as when the answer to Book was lost,", t.GetBooking(), err, bookingConfirmed); err != nil {
		return err
	}
	never := *b
	never.id, never.ref = "bk_never"+b.id[8:], ""
	t, err = never.track(ctx)
	if err := never.is("Track of what was never booked", t.GetBooking(), err, bookingNotFound); err != nil {
		return err
	}
	if len(k.scenario.Shipping.Moves) == 0 {
		return errors.New("the scenario file names no shipping.moves, so nothing shows that Track follows the parcel")
	}
	if _, err := k.steps.play(ctx, k.scenario.Shipping.Moves, b.vars()); err != nil {
		return err
	}
	return eventually(ctx, patience, func() error {
		t, err := b.track(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("Track answered %s", words(err))
		case t.GetStatus() == "" || t.GetStatus() == string(sdk.ParcelPreTransit):
			return fmt.Errorf("Track answered the status %q after the parcel has moved", t.GetStatus())
		case !parcelStatuses[t.GetStatus()]:
			return fmt.Errorf("Track answered the status %q, which the contract does not have", t.GetStatus())
		case !t.GetAt().IsValid() || len(t.GetSteps()) == 0:
			return errors.New("Track answered no time or no steps")
		}
		return nil
	})
}

var parcelStatuses = map[string]bool{
	string(sdk.ParcelPreTransit): true, string(sdk.ParcelInTransit): true, string(sdk.ParcelOutForDelivery): true, string(sdk.ParcelForPickup): true,
	string(sdk.ParcelDelivered): true, string(sdk.ParcelReturning): true, string(sdk.ParcelFailure): true, string(sdk.ParcelCancelled): true,
}

func quotesThroughHang(ctx context.Context, k *bench) error {
	if k.provider == nil || !measurable {
		return na("the scenario has no setup that the kit could stop")
	}
	if err := k.provider.freeze(); err != nil {
		return err
	}
	defer k.provider.thaw() //nolint:errcheck // again below, where it counts
	group := k.plugin.process.cmd.Process.Pid
	before := openFiles(group)
	ended := make(chan error, 1)
	go func() {
		ended <- together(24, func(int) error {
			short, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			_, err := k.quote(short, k.parcel(), k.account())
			if err != nil && !timedOut(err) && !refused(err, sdk.FaultUnavailable) {
				return err
			}
			return nil
		})
	}()
	if err := errors.Join(k.stillAnswers(ctx), <-ended); err != nil {
		return err
	}
	if err := letsGo(ctx, group, before); err != nil {
		return err
	}
	if err := k.provider.thaw(); err != nil {
		return err
	}
	return k.works(ctx)
}

func booksThroughKill(ctx context.Context, k *bench) error {
	for round := range 6 {
		b, err := k.newBooking(ctx, k.parcel())
		if err != nil {
			return err
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			twin := *b
			if k.about.shipping.GetBooks() {
				_, _ = twin.book(ctx) // cut off
			} else {
				_, _ = k.quote(ctx, k.parcel(), k.account())
			}
		}()
		select {
		case <-ended:
		case <-time.After(time.Duration(round*round) * time.Millisecond):
		}
		k.plugin.process.kill()
		<-ended
		k.crash()
		if err := k.revive(ctx); err != nil {
			return fmt.Errorf("after kill -9: %w", err)
		}
		if err := b.survives(ctx); err != nil {
			return fmt.Errorf("after kill -9 (round %d): %w", round+1, err)
		}
	}
	return nil
}

// survives asks what became of a booking and sends it again.
func (b *booking) survives(ctx context.Context) error {
	if !b.k.about.shipping.GetBooks() {
		return b.k.works(ctx)
	}
	t, err := b.track(ctx)
	if err != nil {
		return fmt.Errorf("Track answered %s", words(err))
	}
	known := t.GetBooking().GetRef()
	r, err := b.book(ctx)
	if err := b.is("Book, sent again with the same key,", r, err, bookingConfirmed, bookingPending); err != nil {
		return err
	}
	if known != "" && t.GetBooking().GetOutcome() == bookingConfirmed && r.GetRef() != known {
		return errors.New("Book, sent again with the same key, made a second booking")
	}
	return b.counted(ctx, 1, 0)
}

func quotesToTheCap(ctx context.Context, k *bench) error {
	p := k.parcel()
	many := strings.Repeat("many words ", sdk.MaxMessage/11/8)
	p.To.Line1, p.To.City, p.From.Line1, p.From.City = many, many, many, many
	if _, err := k.quote(ctx, p, k.account()); err != nil && !cleanly(err) {
		return fmt.Errorf("with long texts: %w", err)
	}
	if err := k.smallReplies(); err != nil {
		return err
	}
	p.To.Line1 = strings.Repeat("x", 2*sdk.MaxMessage)
	if _, err := k.quote(ctx, p, k.account()); status.Code(err) != codes.ResourceExhausted {
		return fmt.Errorf("a request of 2 MB was answered with %s: set the limit of received messages to 1 MB", words(err))
	}
	return healthy(ctx, k.plugin.conn)
}
