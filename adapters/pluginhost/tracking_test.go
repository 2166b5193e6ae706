package pluginhost

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/halum-hut/halum/core/shipping"
	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
	shippingv1 "github.com/halum-hut/halum/plugins/sdk/proto/shipping/v1"
)

func TestWhatACarrierSaysIsBounded(t *testing.T) {
	confirmed := shippingv1.BookingOutcome_BOOKING_OUTCOME_CONFIRMED
	long := strings.Repeat("x", 5000)
	for name, c := range map[string]struct {
		in      *shippingv1.Booking
		want    shipping.Answer
		problem bool
	}{
		"nothing":       {nil, shipping.Answer{Outcome: shipping.BookingUnknown}, true},
		"not asked":     {&shippingv1.Booking{Outcome: shippingv1.BookingOutcome_BOOKING_OUTCOME_NOT_FOUND}, shipping.Answer{Outcome: shipping.BookingUnknown}, true},
		"from a future": {&shippingv1.Booking{Outcome: 99}, shipping.Answer{Outcome: shipping.BookingUnknown}, true},
		"odd": {
			&shippingv1.Booking{
				Outcome: confirmed, Ref: long, TrackingNumber: "PP\x001", TrackingUrl: "javascript:alert(1)", Code: "Odd code",
				Price: &borderv1.Amount{Minor: 5, Currency: "nope"},
			},
			shipping.Answer{Outcome: shipping.BookingConfirmed, Ref: long[:maxRef], TrackingNumber: "PP1"},
			false,
		},
		"declined without a reason": {
			&shippingv1.Booking{Outcome: shippingv1.BookingOutcome_BOOKING_OUTCOME_DECLINED},
			shipping.Answer{Outcome: shipping.BookingDeclined, Code: "shipment_declined"},
			false,
		},
		"a negative price": {
			&shippingv1.Booking{Outcome: confirmed, Price: &borderv1.Amount{Minor: -5, Currency: "BDT"}},
			shipping.Answer{Outcome: shipping.BookingConfirmed},
			false,
		},
	} {
		got, problem := answerFromProto(c.in, false)
		require.Equal(t, c.want, got, name)
		require.Equal(t, c.problem, problem != "", name)
	}
}

func TestTracksAreBounded(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	in := &shippingv1.Tracking{
		Booking: &shippingv1.Booking{Outcome: shippingv1.BookingOutcome_BOOKING_OUTCOME_CONFIRMED}, Status: "delivered", At: timestamppb.New(at),
	}
	for range 500 {
		in.Steps = append(in.Steps, &shippingv1.TrackingStep{Status: "teleported", Place: strings.Repeat("p", 1000)})
	}
	got, problem := trackingFromProto(in, true)
	require.Empty(t, problem)
	require.Equal(t, shipping.ParcelDelivered, got.Status)
	require.Equal(t, at, got.At)
	require.Len(t, got.Steps, maxSteps)
	require.Equal(t, shipping.Step{Place: strings.Repeat("p", maxRef)}, got.Steps[0])

	in.Booking = nil
	got, problem = trackingFromProto(in, true)
	require.NotEmpty(t, problem)
	require.Empty(t, got.Steps, "an answer that cannot be used says nothing")
	got, problem = trackingFromProto(in, false)
	require.NotEmpty(t, problem)
	require.Equal(t, shipping.ParcelDelivered, got.Status, "an event may be about the parcel alone")
}

func TestOnlySmallPDFsAreDocuments(t *testing.T) {
	page := []byte("%PDF-1.7\n")
	for name, c := range map[string]struct {
		in *shippingv1.Document
		ok bool
	}{
		"a label":      {&shippingv1.Document{Kind: "label", ContentType: pdf, Content: page}, true},
		"the largest":  {&shippingv1.Document{Kind: "label", ContentType: pdf, Content: append(page, make([]byte, maxDocument-len(page))...)}, true},
		"too large":    {&shippingv1.Document{Kind: "label", ContentType: pdf, Content: append(page, make([]byte, maxDocument)...)}, false},
		"a page":       {&shippingv1.Document{Kind: "label", ContentType: "text/html", Content: page}, false},
		"a false PDF":  {&shippingv1.Document{Kind: "label", ContentType: pdf, Content: []byte("<script>")}, false},
		"an odd kind":  {&shippingv1.Document{Kind: "../label", ContentType: pdf, Content: page}, false},
		"nothing":      {&shippingv1.Document{}, false},
		"without kind": {&shippingv1.Document{ContentType: pdf, Content: page}, false},
	} {
		require.Equal(t, c.ok, unusable(c.in) == "", name)
	}
}
