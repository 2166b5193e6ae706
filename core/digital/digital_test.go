package digital_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/digital"
	"github.com/halum-hut/halum/core/order"
)

func TestFilesHavePlainNames(t *testing.T) {
	for _, name := range []string{"guide.pdf", "নীল guide (2).pdf", " a.zip ", strings.Repeat("x", 150)} {
		f, err := digital.New("dig_1", "var_1", name, time.Now())
		require.NoError(t, err, name)
		require.Equal(t, strings.TrimSpace(name), f.Name)
	}
	for _, name := range []string{"", " ", ".hidden", "..", "a/b", `a\b`, "a\x00b", "a\nb", "a:b", "a*", `a"b`, "\xff", strings.Repeat("x", 151)} {
		_, err := digital.New("dig_1", "var_1", name, time.Now())
		require.ErrorIs(t, err, digital.ErrName, "%q", name)
	}
}

func TestAFileBelongsToWhoPaidForIt(t *testing.T) {
	placed := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	o := order.Order{
		PlacedAt: placed, Status: order.Confirmed, Payment: order.Paid,
		Lines: []order.Line{{Variant: "var_set", Parts: []order.Part{{Variant: "var_book", Quantity: 1}}}, {Variant: "var_pen"}},
	}
	require.Equal(t, []catalog.VariantID{"var_set", "var_book", "var_pen"}, digital.Bought(o))
	f := digital.File{Variant: "var_book", CreatedAt: placed.Add(time.Hour)}
	require.True(t, f.Sold(o), "as a part of a bundle, and a later edition")
	require.False(t, digital.File{Variant: "var_other"}.Sold(o))
	f.RemovedAt = placed.Add(-time.Second)
	require.False(t, f.Sold(o), "it was not sold any more")
	f.RemovedAt = placed.Add(time.Second)
	require.True(t, f.Sold(o), "it still was")

	for _, c := range []struct {
		status  order.Status
		payment order.PaymentStatus
		want    bool
	}{
		{order.Fulfilled, order.Paid, true},
		{order.Confirmed, order.PartlyRefunded, true},
		{order.Confirmed, order.Refunded, false},
		{order.Confirmed, order.Authorized, false},
		{order.Confirmed, order.AwaitingPayment, false},
		{order.Pending, order.Paid, false},
		{order.Cancelled, order.Paid, false},
	} {
		o.Status, o.Payment = c.status, c.payment
		require.Equal(t, c.want, f.Sold(o), "%s, %s", c.status, c.payment)
	}
}

func TestFilesAreAllOfSomeOrders(t *testing.T) {
	file := func(v catalog.VariantID) digital.File { return digital.File{Variant: v} }
	paid := order.Order{Status: order.Confirmed, Payment: order.Paid, Lines: []order.Line{
		{Variant: "var_song"}, {Variant: "var_album", Parts: []order.Part{{Variant: "var_a"}, {Variant: "var_b"}}},
	}}
	require.True(t, digital.Delivers([]digital.File{file("var_song"), file("var_a"), file("var_b")}, paid), "a bundle by its parts")
	require.True(t, digital.Delivers([]digital.File{file("var_song"), file("var_album")}, paid), "a bundle by a file of its own")
	require.False(t, digital.Delivers([]digital.File{file("var_song"), file("var_a")}, paid), "a part is missing")
	require.False(t, digital.Delivers(nil, paid))
	all := []digital.File{file("var_song"), file("var_album")}
	paid.Lines[0].Shipped = true
	require.False(t, digital.Delivers(all, paid), "the record comes by post")
	paid.Lines[0].Shipped, paid.Payment = false, order.Authorized
	require.False(t, digital.Delivers(all, paid), "the money is only promised")
	paid.Status, paid.Payment = order.Fulfilled, order.Paid
	require.False(t, digital.Delivers(all, paid), "again")
}
