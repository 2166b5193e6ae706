package shipping_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
)

var at = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func booking(s shipping.BookingStatus) shipping.Booking {
	b := shipping.NewBooking("bkg_1", "ord_1", shipping.Outward, provider.Account{Plugin: "parcelpost", Mode: provider.Test},
		shipping.Rate{Service: "express", Ref: "rate_1"}, shipping.Parcel{Items: 1}, "staff", at)
	b.Status = s
	return b
}

var statuses = []shipping.BookingStatus{shipping.Requested, shipping.Pending, shipping.Booked, shipping.Declined, shipping.Cancelled}

func TestANewBookingIsAnIntent(t *testing.T) {
	b := booking(shipping.Requested)
	require.Equal(t, "express", b.Service)
	require.Equal(t, "rate_1", b.RateRef)
	require.Equal(t, provider.Test, b.Mode)
	require.True(t, b.Unsettled())
	require.True(t, b.Holds())
	require.False(t, b.Ended())
}

func TestTake(t *testing.T) {
	for name, c := range map[string]struct {
		from    shipping.BookingStatus
		outcome shipping.Outcome
		to      shipping.BookingStatus
	}{
		"booked at once":          {shipping.Requested, shipping.BookingConfirmed, shipping.Booked},
		"booked later":            {shipping.Pending, shipping.BookingConfirmed, shipping.Booked},
		"not decided":             {shipping.Requested, shipping.BookingPending, shipping.Pending},
		"declined at once":        {shipping.Requested, shipping.BookingDeclined, shipping.Declined},
		"declined later":          {shipping.Pending, shipping.BookingDeclined, shipping.Declined},
		"cancelled":               {shipping.Booked, shipping.BookingCancelled, shipping.Cancelled},
		"nobody knows":            {shipping.Requested, shipping.BookingUnknown, shipping.Requested},
		"never heard of":          {shipping.Requested, shipping.NoSuchBooking, shipping.Requested},
		"late news of a request":  {shipping.Booked, shipping.BookingPending, shipping.Booked},
		"a late decline":          {shipping.Booked, shipping.BookingDeclined, shipping.Booked},
		"late news of a booking":  {shipping.Cancelled, shipping.BookingConfirmed, shipping.Cancelled},
		"declined stays declined": {shipping.Declined, shipping.BookingConfirmed, shipping.Declined},
	} {
		b := booking(c.from)
		changed := b.Take(shipping.Answer{Outcome: c.outcome, Code: "code", Message: "words"}, at.Add(time.Hour))
		require.Equal(t, c.to, b.Status, name)
		require.Equal(t, c.from != c.to, changed, name)
		require.Equal(t, changed, b.UpdatedAt.Equal(at.Add(time.Hour)), name)
		require.Equal(t, changed, b.Message == "words", name)
	}
}

func TestTakeKeepsWhatTheCarrierSaid(t *testing.T) {
	b := booking(shipping.Requested)
	answer := shipping.Answer{
		Outcome: shipping.BookingConfirmed, Ref: "shp_1", TrackingNumber: "PP1", TrackingURL: "https://t.example/PP1", Price: money.New(200, "BDT"),
	}
	require.True(t, b.Take(answer, at))
	require.False(t, b.Take(answer, at.Add(time.Hour)), "again")
	require.Equal(t, at, b.UpdatedAt)
	require.False(t, b.Take(shipping.Answer{Outcome: shipping.BookingConfirmed}, at.Add(time.Hour)), "less than was known")
	require.Equal(t, "PP1", b.TrackingNumber)
	require.Equal(t, money.New(200, "BDT"), b.Price)
	require.False(t, b.Take(shipping.Answer{Outcome: shipping.BookingCancelled, Ref: "shp_2"}, at), "about another booking")
	require.Equal(t, shipping.Booked, b.Status)
}

func TestCancel(t *testing.T) {
	for name, c := range map[string]struct {
		from       shipping.BookingStatus
		outcome    shipping.Outcome
		to         shipping.BookingStatus
		cancelling bool
	}{
		"given up":             {shipping.Booked, shipping.BookingCancelled, shipping.Cancelled, false},
		"the carrier waits":    {shipping.Booked, shipping.BookingPending, shipping.Booked, true},
		"too late":             {shipping.Booked, shipping.BookingConfirmed, shipping.Booked, false},
		"nobody knows":         {shipping.Booked, shipping.BookingUnknown, shipping.Booked, true},
		"before it was booked": {shipping.Pending, shipping.BookingCancelled, shipping.Cancelled, false},
		"declined meanwhile":   {shipping.Pending, shipping.BookingDeclined, shipping.Declined, false},
		"booked, and too late": {shipping.Requested, shipping.BookingConfirmed, shipping.Booked, false},
	} {
		b := booking(c.from)
		changed, err := b.Cancel(at)
		require.NoError(t, err)
		require.True(t, changed)
		changed, err = b.Cancel(at)
		require.NoError(t, err)
		require.False(t, changed, "asked again")
		require.True(t, b.Unsettled())
		require.Equal(t, c.to != c.from || !c.cancelling, b.TakeCancel(shipping.Answer{Outcome: c.outcome, Code: "why"}, at), name)
		require.Equal(t, c.to, b.Status, name)
		require.Equal(t, c.cancelling, b.Cancelling, name)
		require.Equal(t, !c.cancelling, b.Code == "why", name)
	}
	for _, s := range []shipping.BookingStatus{shipping.Declined, shipping.Cancelled} {
		b := booking(s)
		_, err := b.Cancel(at)
		require.ErrorIs(t, err, shipping.ErrEnded)
	}
	b := booking(shipping.Booked)
	_, err := b.Cancel(at)
	require.NoError(t, err)
	require.False(t, b.Take(shipping.Answer{Outcome: shipping.BookingConfirmed}, at), "the answer to another question")
	require.True(t, b.Cancelling)
}

func TestRefuse(t *testing.T) {
	for _, s := range statuses {
		b := booking(s)
		require.Equal(t, s == shipping.Requested, b.Refuse("invalid", "no such service", at), s)
		require.Equal(t, s == shipping.Requested, b.Message != "", s)
	}
	b := booking(shipping.Requested)
	_, err := b.Cancel(at)
	require.NoError(t, err)
	require.True(t, b.Refuse("", "", at))
	require.Equal(t, shipping.Cancelled, b.Status, "nothing is there to be cancelled")
	require.False(t, b.Cancelling)
}

func TestHoldsAndEnded(t *testing.T) {
	for name, c := range map[string]struct {
		status       shipping.BookingStatus
		parcel       shipping.ParcelStatus
		way          shipping.Direction
		holds, ended bool
	}{
		"asked for":           {shipping.Requested, "", shipping.Outward, true, false},
		"booked":              {shipping.Booked, shipping.ParcelPreTransit, shipping.Outward, true, false},
		"declined":            {shipping.Declined, "", shipping.Outward, false, true},
		"cancelled":           {shipping.Cancelled, shipping.ParcelPreTransit, shipping.Outward, false, true},
		"there":               {shipping.Booked, shipping.ParcelDelivered, shipping.Outward, true, true},
		"back":                {shipping.Booked, shipping.ParcelDelivered, shipping.Return, false, true},
		"lost":                {shipping.Booked, shipping.ParcelFailure, shipping.Outward, false, false},
		"on its way back":     {shipping.Booked, shipping.ParcelReturning, shipping.Outward, false, false},
		"cancelled elsewhere": {shipping.Booked, shipping.ParcelCancelled, shipping.Outward, false, true},
	} {
		b := booking(c.status)
		b.ParcelStatus, b.Direction = c.parcel, c.way
		require.Equal(t, c.holds, b.Holds(), name)
		require.Equal(t, c.ended, b.Ended(), name)
	}
}

func scan(s shipping.ParcelStatus, minute int) shipping.Step {
	return shipping.Step{Status: s, At: at.Add(time.Duration(minute) * time.Minute), Place: "Dhaka", Text: "Scanned"}
}

// upTo is what a carrier tells when these scans are made.
func upTo(steps ...shipping.Step) shipping.Tracking {
	last := steps[len(steps)-1]
	return shipping.Tracking{Booking: shipping.Answer{Outcome: shipping.BookingConfirmed, Ref: "shp_1"}, Status: last.Status, At: last.At, Steps: steps}
}

func TestFollow(t *testing.T) {
	for name, c := range map[string]struct {
		told []shipping.Tracking
		want shipping.ParcelStatus
		n    int // steps
	}{
		"nothing yet":          {[]shipping.Tracking{{}}, shipping.ParcelUnknown, 0},
		"on its way":           {[]shipping.Tracking{upTo(scan(shipping.ParcelPreTransit, 0), scan(shipping.ParcelInTransit, 1))}, shipping.ParcelInTransit, 2},
		"late news":            {[]shipping.Tracking{upTo(scan(shipping.ParcelDelivered, 2)), upTo(scan(shipping.ParcelInTransit, 1))}, shipping.ParcelDelivered, 2},
		"back to the depot":    {[]shipping.Tracking{upTo(scan(shipping.ParcelOutForDelivery, 1)), upTo(scan(shipping.ParcelInTransit, 2))}, shipping.ParcelInTransit, 2},
		"delivered is final":   {[]shipping.Tracking{upTo(scan(shipping.ParcelDelivered, 1)), upTo(scan(shipping.ParcelInTransit, 2))}, shipping.ParcelDelivered, 2},
		"delivered and back":   {[]shipping.Tracking{upTo(scan(shipping.ParcelDelivered, 1)), upTo(scan(shipping.ParcelReturning, 2))}, shipping.ParcelReturning, 2},
		"cancelled is final":   {[]shipping.Tracking{upTo(scan(shipping.ParcelCancelled, 1)), upTo(scan(shipping.ParcelDelivered, 2))}, shipping.ParcelCancelled, 2},
		"lost and found":       {[]shipping.Tracking{upTo(scan(shipping.ParcelFailure, 1)), upTo(scan(shipping.ParcelDelivered, 2))}, shipping.ParcelDelivered, 2},
		"a remark":             {[]shipping.Tracking{upTo(scan(shipping.ParcelInTransit, 1)), upTo(scan(shipping.ParcelUnknown, 2))}, shipping.ParcelInTransit, 2},
		"without a clock":      {[]shipping.Tracking{{Status: shipping.ParcelDelivered}, {Status: shipping.ParcelInTransit}}, shipping.ParcelDelivered, 2},
		"told alone, then all": {[]shipping.Tracking{{Status: shipping.ParcelInTransit, At: at.Add(time.Minute)}, upTo(scan(shipping.ParcelInTransit, 1))}, shipping.ParcelInTransit, 1},
		"another's parcel": {[]shipping.Tracking{
			upTo(scan(shipping.ParcelInTransit, 1)),
			{Booking: shipping.Answer{Ref: "shp_2", Outcome: shipping.BookingConfirmed}, Status: shipping.ParcelDelivered, At: at.Add(time.Hour)},
		}, shipping.ParcelInTransit, 1},
		"never heard of": {[]shipping.Tracking{{Booking: shipping.Answer{Outcome: shipping.NoSuchBooking}, Status: shipping.ParcelDelivered}}, shipping.ParcelUnknown, 0},
	} {
		b := booking(shipping.Booked)
		for _, told := range c.told {
			b.Follow(told, at)
		}
		require.Equal(t, c.want, b.ParcelStatus, name)
		require.Len(t, b.Steps, c.n, name)
	}
	b := booking(shipping.Requested)
	require.True(t, b.Follow(upTo(scan(shipping.ParcelInTransit, 1)), at))
	require.Equal(t, shipping.Booked, b.Status, "what moves is booked")
	require.Equal(t, at.Add(time.Minute), b.ParcelAt)
}

var anyOutcome = rapid.SampledFrom([]shipping.Outcome{
	shipping.BookingConfirmed, shipping.BookingPending, shipping.BookingDeclined, shipping.BookingCancelled, shipping.BookingUnknown,
	shipping.NoSuchBooking, "never heard of",
})

// TestABookingNeverGoesBack lets a carrier say anything, in any order and any number of times.
func TestABookingNeverGoesBack(t *testing.T) {
	answer := func(t *rapid.T) shipping.Answer {
		return shipping.Answer{Outcome: anyOutcome.Draw(t, "outcome"), Ref: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "ref")}
	}
	rapid.Check(t, func(t *rapid.T) {
		b, now := booking(shipping.Requested), at
		step := func(do func() bool) {
			was := b
			now = now.Add(time.Second)
			changed := do()
			require.True(t, b.Status == was.Status || was.Status.CanBecome(b.Status), "%s → %s", was.Status, b.Status)
			require.Equal(t, changed, b.UpdatedAt.Equal(now))
			require.True(t, was.CarrierRef == "" || was.CarrierRef == b.CarrierRef, "it has one reference")
			require.False(t, b.Cancelling && (b.Status == shipping.Declined || b.Status == shipping.Cancelled))
			require.False(t, b.Ended() && b.Unsettled())
		}
		t.Repeat(map[string]func(*rapid.T){
			"answer":    func(t *rapid.T) { step(func() bool { return b.Take(answer(t), now) }) },
			"to cancel": func(t *rapid.T) { step(func() bool { return b.TakeCancel(answer(t), now) }) },
			"refused":   func(*rapid.T) { step(func() bool { return b.Refuse("code", "words", now) }) },
			"cancel": func(*rapid.T) {
				step(func() bool {
					changed, err := b.Cancel(now)
					require.Equal(t, err != nil, b.Status == shipping.Declined || b.Status == shipping.Cancelled)
					return changed
				})
			},
			"tracked": func(t *rapid.T) {
				told := shipping.Tracking{Booking: answer(t), Status: anyParcel.Draw(t, "parcel"), At: anyTime(t)}
				step(func() bool { return b.Follow(told, now) })
			},
		})
	})
}

var anyParcel = rapid.SampledFrom([]shipping.ParcelStatus{
	shipping.ParcelUnknown, shipping.ParcelPreTransit, shipping.ParcelInTransit, shipping.ParcelOutForDelivery, shipping.ParcelForPickup,
	shipping.ParcelDelivered, shipping.ParcelReturning, shipping.ParcelFailure, shipping.ParcelCancelled,
})

func anyTime(t *rapid.T) time.Time {
	minute := rapid.IntRange(-1, 20).Draw(t, "minute")
	if minute < 0 {
		return time.Time{}
	}
	return at.Add(time.Duration(minute) * time.Minute)
}

// TestWhereAParcelIsDoesNotDependOnTheOrderOfItsNews tells of the same scans in two orders, some twice and some alone.
func TestWhereAParcelIsDoesNotDependOnTheOrderOfItsNews(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		news := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) shipping.Tracking {
			told := shipping.Tracking{Booking: shipping.Answer{Outcome: shipping.BookingConfirmed}, Status: anyParcel.Draw(t, "status"), At: anyTime(t)}
			for range rapid.IntRange(0, 3).Draw(t, "steps") {
				told.Steps = append(told.Steps, shipping.Step{
					Status: anyParcel.Draw(t, "step"), At: anyTime(t), Place: rapid.SampledFrom([]string{"", "Dhaka", "Sylhet"}).Draw(t, "place"),
				})
			}
			return told
		}), 1, 12).Draw(t, "news")
		one, other := booking(shipping.Booked), booking(shipping.Booked)
		for _, told := range news {
			one.Follow(told, at)
		}
		for _, told := range slices.Concat(rapid.Permutation(news).Draw(t, "order"), news[:1]) {
			other.Follow(told, at)
		}
		require.Equal(t, one, other)
		for _, told := range news {
			require.False(t, one.Follow(told, at.Add(time.Hour)), "told again")
		}
	})
}
