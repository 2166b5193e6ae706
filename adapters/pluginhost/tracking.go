package pluginhost

import (
	"errors"
	"net/url"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/plugins/sdk"
	shippingv1 "github.com/halum-hut/halum/plugins/sdk/proto/shipping/v1"
	"github.com/halum-hut/halum/ports"
)

// errCarrierSettings means that nothing was booked.
var errCarrierSettings = fault.New(fault.Invalid, "carrier_misconfigured", "the shop's settings for this carrier are not right: look at its account")

var bookingOutcomes = map[shippingv1.BookingOutcome]shipping.Outcome{
	shippingv1.BookingOutcome_BOOKING_OUTCOME_CONFIRMED: shipping.BookingConfirmed,
	shippingv1.BookingOutcome_BOOKING_OUTCOME_PENDING:   shipping.BookingPending,
	shippingv1.BookingOutcome_BOOKING_OUTCOME_DECLINED:  shipping.BookingDeclined,
	shippingv1.BookingOutcome_BOOKING_OUTCOME_CANCELLED: shipping.BookingCancelled,
	shippingv1.BookingOutcome_BOOKING_OUTCOME_UNKNOWN:   shipping.BookingUnknown,
	shippingv1.BookingOutcome_BOOKING_OUTCOME_NOT_FOUND: shipping.NoSuchBooking,
}

// answerFromProto reads what a plugin says of a booking. What cannot be used is unknown, with the problem for the log.
func answerFromProto(b *shippingv1.Booking, asked bool) (answer shipping.Answer, problem string) {
	unknown := shipping.Answer{Outcome: shipping.BookingUnknown}
	outcome, ok := bookingOutcomes[b.GetOutcome()]
	if !ok {
		return unknown, "no outcome that this host knows"
	}
	if outcome == shipping.NoSuchBooking && !asked {
		return unknown, "not_found is an answer to Track only"
	}
	answer = shipping.Answer{
		Outcome: outcome, Ref: clip(b.GetRef(), maxRef), TrackingNumber: clip(b.GetTrackingNumber(), maxCode),
		TrackingURL: safeLink(b.GetTrackingUrl()), Message: clip(b.GetMessage(), maxMessage),
	}
	if p := amountFromProto(b.GetPrice()); p.Amount > 0 {
		if c, err := money.ParseCurrency(string(p.Currency)); err == nil && c == p.Currency {
			answer.Price = p
		}
	}
	if answer.Code = b.GetCode(); !codePattern.MatchString(answer.Code) {
		answer.Code = ""
		if outcome == shipping.BookingDeclined {
			answer.Code = shipping.ErrDeclined.Code
		}
	}
	return answer, ""
}

// trackingFromProto reads where a parcel is. A status that is not one of the contract's is a scan that says nothing.
func trackingFromProto(in *shippingv1.Tracking, asked bool) (t shipping.Tracking, problem string) {
	if t.Booking, problem = answerFromProto(in.GetBooking(), asked); problem != "" && asked {
		return t, problem
	}
	t.Status, t.At = parcelStatus(in.GetStatus()), scanTime(in.GetAt())
	steps := in.GetSteps()
	for _, s := range steps[max(0, len(steps)-maxSteps):] {
		t.Steps = append(t.Steps, shipping.Step{
			Status: parcelStatus(s.GetStatus()), At: scanTime(s.GetAt()), Place: clip(s.GetPlace(), maxRef), Text: clip(s.GetText(), maxMessage),
		})
	}
	return t, problem
}

func parcelStatus(s string) shipping.ParcelStatus {
	if status := shipping.ParcelStatus(s); status.Known() {
		return status
	}
	return shipping.ParcelUnknown
}

// scanTime is the zero time when the carrier does not say when.
func scanTime(t *timestamppb.Timestamp) time.Time {
	if !t.IsValid() {
		return time.Time{}
	}
	return t.AsTime()
}

// safeLink accepts https addresses, for people to open; others are none.
func safeLink(s string) string {
	u, err := url.Parse(s)
	if err != nil || len(s) > maxURL || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	return s
}

// carrierFault turns an error that promises that the carrier did nothing into a fault; nil when nobody knows.
func carrierFault(err error) *fault.Error {
	if errors.As(err, &refusal{}) {
		if errors.Is(err, errTooLarge) {
			return fault.New(fault.Invalid, "shipment_too_large", "the shipment has too many or too long lines for the carrier").With(err)
		}
		return shipping.ErrCarrierAway.With(err)
	}
	f := answerFault(err)
	plugins := (*sdk.Fault)(nil)
	if f == nil || !errors.As(err, &plugins) {
		return nil
	}
	switch plugins.Kind {
	case sdk.FaultInvalid:
		return fault.New(fault.Invalid, "invalid_shipment", f.Message).At(f.Fields...).With(err)
	case sdk.FaultMisconfigured:
		return errCarrierSettings.At(f.Fields...).With(err)
	case sdk.FaultUnavailable:
		return shipping.ErrCarrierAway.With(err)
	case sdk.FaultForged:
		return ports.ErrForged.With(err)
	case sdk.FaultUnsupported:
		return ports.ErrUnsupported.With(err)
	case sdk.FaultPlugin:
	}
	return nil
}
