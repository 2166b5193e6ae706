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

	"github.com/halum-hut/halum/plugins/sdk"
	shippingv1 "github.com/halum-hut/halum/plugins/sdk/proto/shipping/v1"
)

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
			short, cancel := context.WithTimeout(ctx, hangPatience)
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
	return b.counted(ctx, 0)
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
