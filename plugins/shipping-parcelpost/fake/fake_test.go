package fake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func begin() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

func sample(reference string) order {
	here := address{Name: "Dhaka Clay", Line1: "12 Lake Road", City: "Dhaka", Country: "BD"}
	return order{goods: goods{From: here, To: here, Items: 1, Grams: 10, Value: amount{100, "BDT"}}, Reference: reference, Service: "express"}
}

// What was answered is there after any death; a line that was cut off never was.
func TestJournalSurvivesATornLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "carrier.jsonl")
	s, err := Open(path, begin)
	require.NoError(t, err)
	for _, reference := range []string{"a", "b"} {
		_, problem := s.save(s.newShipment(caller{"acme", "test"}, sample(reference), amount{}))
		require.Nil(t, problem)
	}
	require.NoError(t, s.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for cut := 0; cut < strings.Index(string(whole), "\n"); cut += 53 {
		require.NoError(t, os.WriteFile(path, whole[:len(whole)-1-cut], 0o600))
		s, err := Open(path, begin)
		require.NoError(t, err)
		require.Equal(t, []int{1, 0}, []int{s.Books("a").Bookings, s.Books("b").Bookings})
		_, problem := s.save(s.newShipment(caller{"acme", "test"}, sample("c"), amount{}))
		require.Nil(t, problem)
		require.NoError(t, s.Close())
		s, err = Open(path, begin)
		require.NoError(t, err)
		require.Equal(t, []int{1, 1}, []int{s.Books("a").Bookings, s.Books("c").Bookings})
		require.NoError(t, s.Close())
	}
	require.NoError(t, os.WriteFile(path, []byte("nonsense\n"), 0o600))
	_, err = Open(path, begin)
	require.Error(t, err)
}

// The digits are those of an example in the standard S10.
func TestTrackingNumbersHaveTheirCheckDigit(t *testing.T) {
	require.Equal(t, "PP473124829FI", trackingNumber(47312482, "FI"))
}

func TestLabelsTakeAnyText(t *testing.T) {
	for _, text := range []string{
		"", " ", "Zoë Müller", "রহিমা খাতুন", "\x00\u202e\xff", "(\\) <</Type /Page>> endobj", strings.Repeat("W", 5000), strings.Repeat("a b ", 500), "🎁👨‍👩‍👧",
	} {
		o := sample("bk_1")
		o.From.Name, o.To.Name, o.To.Line1, o.To.Line2, o.To.Country, o.OrderNumber = text, text, text, text, "DE", text
		for range 40 {
			o.Lines = append(o.Lines, line{Title: text, Quantity: 2, Price: amount{1999, "BDT"}})
		}
		p := shipment{ID: "shp_1", Mode: "test", Order: o, Tracking: trackingNumber(1, "BD"), Booked: begin()}
		for _, draw := range papers(p) {
			first, err := draw("a6")
			require.NoError(t, err)
			require.Less(t, len(first), 200<<10)
			again, err := draw("a6")
			require.NoError(t, err)
			require.Equal(t, first, again, "the same shipment has the same papers")
		}
	}
}
