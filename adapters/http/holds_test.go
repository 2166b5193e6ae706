package httpapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/id"
)

// holding is a cart that asks for all there is of a variant, and a shopper who wants some too.
func holding(t *testing.T) (v *vendor, variant string, mine, other map[string]string) {
	t.Helper()
	v = start(t).vendor()
	variant = v.variants[0]
	v.book(entry(variant, "adjust", 2-v.stock(variant).OnHand), entry(v.variants[1], "adjust", -v.stock(v.variants[1]).OnHand)).is(201)
	mine = map[string]string{headerCart: v.fill(v.host, variant)}
	other = map[string]string{headerCart: v.fill(v.host, variant)}
	return v, variant, mine, other
}

func (v *vendor) hold(cart map[string]string) answered {
	v.t.Helper()
	return v.do(call{"POST", v.host, front + "/checkout/hold", nil, cart})
}

func (v *vendor) inStock() bool {
	var p Product
	v.do(call{"GET", v.host, front + "/products/indigo-shirt", nil, nil}).is(200).into(&p)
	return p.InStock
}

func TestACheckoutHoldsItsCart(t *testing.T) {
	v, variant, mine, other := holding(t)
	v.hold(map[string]string{headerCart: "cart_x.y"}).is(404, "cart_not_found")
	var held, again CartHold
	v.hold(mine).is(200).into(&held)
	require.WithinDuration(t, time.Now().Add(10*time.Minute), *held.Until, time.Minute)
	v.hold(mine).is(200).into(&again)
	require.Equal(t, held, again, "it does not last longer")
	now := v.stock(variant)
	require.EqualValues(t, 2, now.Held)
	require.Zero(t, *now.Available)
	require.Zero(t, now.Reserved)

	v.hold(other).is(409, "out_of_stock")
	v.do(call{"POST", v.host, front + "/checkout", checkoutBody("manual", "counter", nil), plus(other, headerOnce, id.Secret())}).is(409, "cart_changed")
	require.Eventually(t, func() bool { return !v.inStock() }, 5*time.Second, 10*time.Millisecond)
	var c Cart
	v.do(call{"GET", v.host, front + "/cart", nil, mine}).is(200).into(&c)
	require.True(t, c.Ready, "it is there for whoever holds it")
	v.do(call{"POST", v.host, front + "/checkout", checkoutBody("manual", "counter", nil), plus(mine, headerOnce, id.Secret())}).is(201)
	now = v.stock(variant)
	require.Zero(t, now.Held)
	require.EqualValues(t, 2, now.Reserved)
}

func TestAHoldEnds(t *testing.T) {
	v, variant, mine, other := holding(t)
	v.hold(mine).is(200)
	require.Empty(t, v.after(v.of, reactions.EndHold), "it has not ended")
	require.EqualValues(t, 2, v.stock(variant).Held)
	pgtest.Texts(t, v.of.ID, `update stock_reservations set expires_at = now() - interval '1 second' where expires_at is not null returning reference`)
	require.EqualValues(t, 2, *v.stock(variant).Available, "nobody has to look for that")
	v.after(v.of, reactions.EndHold, reactions.ForgetCatalog)
	require.Equal(t, []string{"0"}, pgtest.Texts(t, v.of.ID, `select count(*)::text from stock_reservations`))
	changed := pgtest.Texts(t, v.of.ID, `select id from events where kind = 'catalog.changed' and seq > (select max(seq) from events where kind = 'inventory.held')`)
	require.Len(t, changed, 2, "once when it began and once when it ended")
	require.Eventually(t, v.inStock, 5*time.Second, 10*time.Millisecond)
	v.hold(other).is(200)
	v.hold(mine).is(409, "out_of_stock")
}

// plus returns headers with one more.
func plus(header map[string]string, name, value string) map[string]string {
	out := map[string]string{name: value}
	for k, v := range header {
		out[k] = v
	}
	return out
}
