package httpapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/id"
)

func TestStaffHearWhenStockIsLow(t *testing.T) {
	v := start(t).vendor()
	a := v.variants[0]
	v.send("PUT", stockPath+"/settings", map[string]any{"hold_minutes": 5, "low_at": 3}, nil).is(200)
	onHand := v.stock(a).OnHand
	v.book(entry(a, "adjust", 4-onHand)).is(201)
	require.Empty(t, v.after(v.of, reactions.NotifyLow, reactions.MailLow), "four are more than three")
	token := v.fill(v.host, a) // two of them
	v.do(call{"POST", v.host, front + "/checkout", checkoutBody("manual", "counter", nil), map[string]string{headerCart: token, headerOnce: id.Secret()}}).is(201)
	v.book(entry(a, "adjust", -1)).is(201)
	mails := v.after(v.of, reactions.NotifyLow, reactions.MailLow)
	require.Len(t, mails, 1, "it was low already when the last one broke")
	require.Contains(t, mails[0].Subject, "Stock is low")
	require.Contains(t, mails[0].Text, "2 left")
	notes := pgtest.Texts(t, v.of.ID, `select title || ': ' || body from notifications where topic = 'staff' and kind = 'inventory.low'`)
	require.Len(t, notes, 1)
	require.Contains(t, notes[0], "2 left")

	v.book(entry(a, "receive", 10)).is(201)
	v.book(entry(a, "adjust", -9)).is(201)
	require.Len(t, v.after(v.of, reactions.MailLow), 2, "it became low again")
	var low StockPage
	v.send("GET", stockPath+"/variants?low=true", nil, nil).is(200).into(&low)
	require.Equal(t, []string{a}, mapped(low.Stock, func(s VariantStock) string { return s.VariantID }))
}

func TestThoseWhoWaitAreToldOnce(t *testing.T) {
	v := start(t).vendor()
	a, b := v.variants[0], v.variants[1]
	waits := func(variant, email string) answered {
		return v.do(call{"POST", v.host, front + "/restock-signups", map[string]any{"variant_id": variant, "email": email}, nil})
	}
	waits(a, "rina@example.com").is(409, "in_stock")
	v.book(entry(a, "adjust", -v.stock(a).OnHand), entry(b, "adjust", -v.stock(b).OnHand)).is(201)
	waits(a, "Rina@example.com").is(204)
	waits(a, "rina@example.com ").is(204)
	waits(b, "rina@example.com").is(204)
	waits(a, "babu@example.com").is(204)
	waits(a, "nobody").is(422, "invalid_request")
	waits("var_none", "rina@example.com").is(404, "variant_not_found")
	mails := func() (to []string) {
		for _, m := range v.after(v.of, reactions.TellWaiting, reactions.MailRestock) {
			to = append(to, m.To+" "+m.Subject)
		}
		return to
	}
	require.Empty(t, mails())
	v.book(entry(a, "receive", 5)).is(201)
	told := mails()
	require.Len(t, told, 2, told)
	require.Contains(t, told[0]+told[1], "babu@example.com Product indigo-shirt (Small) is back")
	require.Equal(t, []string{"rina@example.com"}, pgtest.Texts(t, v.of.ID, `select email from stock_signups`), "addresses go with their mail")
	v.book(entry(a, "adjust", -5)).is(201)
	v.book(entry(a, "receive", 5)).is(201)
	require.Empty(t, mails(), "each is told once")
}

func TestShoppersSeeWhenItIsSent(t *testing.T) {
	v := start(t).vendor()
	a := v.variants[0]
	v.book(entry(a, "adjust", 1-v.stock(a).OnHand)).is(201)
	day := time.Now().AddDate(0, 1, 0).UTC().Truncate(time.Second)
	policy := map[string]any{"tracked": true, "selling": "preorder", "cap": 4, "ships_at": day.Format(time.RFC3339)}
	v.send("PUT", stockPath+"/variants/"+a+"/policy", policy, match(1)).is(200)
	header := map[string]string{headerCart: v.fill(v.host, a), headerOnce: id.Secret()}
	var c Cart
	v.do(call{"GET", v.host, front + "/cart", nil, header}).is(200).into(&c)
	require.Equal(t, Supply{"preorder", &day}, c.Lines[0].Supply, "one of two is not there")
	v.do(call{"POST", v.host, front + "/checkout", checkoutBody("manual", "counter", nil), header}).is(201)
	now := v.stock(a)
	require.EqualValues(t, 2, now.Reserved)
	require.EqualValues(t, 1, now.Levels[0].Reserved, "the one that is there is set aside")
	require.EqualValues(t, 3, *now.Available)
	var p Product
	require.Eventually(t, func() bool {
		v.do(call{"GET", v.host, front + "/products/indigo-shirt", nil, nil}).is(200).into(&p)
		return p.Variants[0].Availability == "preorder"
	}, 5*time.Second, 10*time.Millisecond)
	require.Equal(t, day, *p.Variants[0].ShipsAt)
	require.True(t, p.Variants[0].InStock)
	require.Equal(t, Supply{Availability: "in_stock"}, p.Variants[1].Supply)
}
