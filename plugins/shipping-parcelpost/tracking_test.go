package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/plugins/sdk"
)

func TestTrackFollowsTheCarriersClock(t *testing.T) {
	w := newWorld(t)
	b := w.booked(t, bookingID)
	begin := w.at
	for _, move := range []struct {
		status string
		after  time.Duration
		want   sdk.ParcelStatus
		at     time.Duration
	}{
		{"collected", time.Hour, sdk.ParcelInTransit, time.Hour},
		{"out_for_delivery", 5 * time.Hour, sdk.ParcelOutForDelivery, 5 * time.Hour},
		{"in_transit", 3 * time.Hour, sdk.ParcelOutForDelivery, 5 * time.Hour}, // told late
		{"weighed", 6 * time.Hour, sdk.ParcelOutForDelivery, 5 * time.Hour},    // of no kind we know
		{"at_pickup_point", 7 * time.Hour, sdk.ParcelForPickup, 7 * time.Hour},
		{"delivered", 8 * time.Hour, sdk.ParcelDelivered, 8 * time.Hour},
		{"out_for_delivery", 8 * time.Hour, sdk.ParcelDelivered, 8 * time.Hour}, // of the same second
	} {
		require.True(t, w.carrier.Move(b.Ref, move.status, "Dhaka", begin.Add(move.after)))
		tracked, err := w.Track(t.Context(), trackOf(bookingID))
		require.NoError(t, err)
		require.Equal(t, move.want, tracked.Status)
		require.Equal(t, begin.Add(move.at), tracked.At)
	}
	w.restart(t)
	tracked, err := w.Track(t.Context(), trackOf(bookingID))
	require.NoError(t, err)
	require.Equal(t, sdk.ParcelDelivered, tracked.Status)
	require.Len(t, tracked.Steps, 8)
}

// The order in which scans are told makes no difference, and more of them never turn the time back.
func TestTrackingDoesNotDependOnOrder(t *testing.T) {
	known := make([]string, 0, len(statuses))
	for status := range statuses {
		known = append(known, status)
	}
	rapid.Check(t, func(t *rapid.T) {
		var s shipment
		last := time.Time{}
		for range rapid.IntRange(1, 130).Draw(t, "scans") {
			e := s.Events
			e = append(e, struct {
				At     time.Time `json:"at"`
				Status string    `json:"status"`
				Place  string    `json:"place"`
				Text   string    `json:"text"`
			}{time.Unix(rapid.Int64Range(0, 50).Draw(t, "at"), 0), rapid.SampledFrom(append(known, "new")).Draw(t, "status"), "", ""})
			s.Events = e
			now := s.tracking()
			require.False(t, now.At.Before(last))
			require.LessOrEqual(t, len(now.Steps), maxSteps)
			last = now.At
		}
		before := s.tracking()
		s.Events = rapid.Permutation(s.Events).Draw(t, "order")
		after := s.tracking()
		require.Equal(t, before.Status, after.Status)
		require.Equal(t, before.At, after.At)
	})
}

func TestDocuments(t *testing.T) {
	for paper, size := range map[string]string{"a6": "297.64 419.53", "a4": "595.28 841.89"} {
		w := newWorld(t)
		in := bookOf(bookingID)
		in.Service, in.Parcel.To.Country = "worldwide", "DE"
		b, err := w.Book(t.Context(), in)
		require.NoError(t, err)
		ask := sdk.GetDocuments{Account: configured(`{"label_size":"` + paper + `"}`), BookingID: bookingID, BookingRef: b.Ref}
		_, err = w.GetDocuments(t.Context(), ask)
		requireFault(t, err, sdk.FaultUnavailable, "")
		w.later(time.Second)
		all, err := w.GetDocuments(t.Context(), ask)
		require.NoError(t, err)
		require.Len(t, all, 2)
		require.Equal(t, "label", all[0].Kind)
		require.Equal(t, "customs_form", all[1].Kind)
		for _, d := range all {
			require.Equal(t, "application/pdf", d.ContentType)
			require.Equal(t, "%PDF-", string(d.Content[:5]))
			require.Less(t, len(d.Content), 100<<10)
		}
		require.Contains(t, string(all[0].Content), "/MediaBox [0 0 "+size+"]")
	}
}
