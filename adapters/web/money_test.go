package web

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
)

var (
	orderNumber = regexp.MustCompile(`Order #(\d+)`)
	paymentID   = regexp.MustCompile(`name="payment" value="(pay_\w+)"`)
)

// buys orders a shirt with a test card and returns the order's page and number.
func (b *browser) buys(number string) (page answer, order string) {
	b.t.Helper()
	_, form := b.toPayment("shirt")
	page = b.follow("/checkout", card(form, number))
	found := orderNumber.FindStringSubmatch(page.Body)
	require.NotNil(b.t, found, page.Body)
	return page, found[1]
}

func secretOf(t *testing.T, page answer) string {
	t.Helper()
	found := regexp.MustCompile(`data-secret="(\w+)"`).FindStringSubmatch(page.Body)
	require.NotNil(t, found, page.Body)
	return found[1]
}

func rendered(t *testing.T, c component) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, c.Render(t.Context(), &b))
	return b.String()
}

// atDesk is a browser of the owner.
func (s *stack) atDesk(t *testing.T) *browser {
	v := s.open(t, s.green)
	v.get("/vendor/sign-in")
	v.follow("/vendor/sign-in", url.Values{"email": {s.staffEmail}, "password": {staffPassword}})
	return v
}

func TestStaffRefundsInParts(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Shirt", "")
	b := s.open(t, s.green)
	page, number := b.buys("4242424242424242")
	v, desk := s.atDesk(t), "/vendor/orders/"+number
	a := v.get(desk)
	id := paymentID.FindStringSubmatch(a.Body)[1]
	refund := func(amount, key string) url.Values {
		return url.Values{"payment": {id}, "refund." + id: {amount}, "reason": {"requested_by_customer"}, "key": {key}}
	}
	for _, wrong := range []string{"", "nothing", "-1", "0", "12.345"} {
		a := v.post(desk+"/refund", refund(wrong, a.field(t, "key")))
		require.Equal(t, 422, a.Status, wrong)
		require.Contains(t, a.Body, "Write an amount above zero", wrong)
	}
	over := v.post(desk+"/refund", refund("1310.01", a.field(t, "key")))
	require.Equal(t, 409, over.Status)
	require.Contains(t, over.Body, "At most 1310.00 BDT can be refunded")

	form := refund("300", a.field(t, "key"))
	for range 2 { // a double click is one refund
		a = v.follow(desk+"/refund", form)
		form.Del("csrf")
		require.Contains(t, a.Body, "Partly refunded")
		require.Contains(t, a.Body, "At most ৳1,010.")
	}
	mine := b.get("/orders/" + number + "?secret=" + secretOf(t, page))
	require.Contains(t, mine.Body, "Money back")
	require.Contains(t, mine.Body, "<strong>৳300</strong>")

	a = v.follow(desk+"/cancel", url.Values{})
	require.Contains(t, a.Body, "The order is cancelled.")
	require.Equal(t, 409, v.post(desk+"/cancel", url.Values{}).Status)
}

func TestStaffTakesAPromiseInParts(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Shirt", "")
	_, number := s.open(t, s.green).buys("4000000000000077")
	v, desk := s.atDesk(t), "/vendor/orders/"+number
	a := v.get(desk)
	require.Contains(t, a.Body, "Take the money")
	id := paymentID.FindStringSubmatch(a.Body)[1]
	a = v.follow(desk+"/capture", url.Values{"payment": {id}, "capture." + id: {"310"}})
	require.Contains(t, a.Body, "Partly paid")
	a = v.follow(desk+"/capture", url.Values{"payment": {id}, "capture." + id: {"900"}, "final": {"1"}})
	require.Contains(t, a.Body, "<dt>Came in</dt><dd>৳1,210</dd>")
	require.NotContains(t, a.Body, "Take the money", "the rest of the promise is given up")
}

func TestAnotherAmountWaitsForTheVendor(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Shirt", "")
	b := s.open(t, s.green)
	_, form := b.toPayment("shirt")
	require.Equal(t, 409, b.post("/checkout", card(form, "4000000000001000")).Status)
	v := s.atDesk(t)
	number := regexp.MustCompile(`/vendor/orders/(\d+)`).FindStringSubmatch(v.get("/vendor?status=all").Body)[1]
	desk := "/vendor/orders/" + number
	a := v.get(desk)
	require.Contains(t, a.Body, "The provider holds another amount than the order asked for.")
	require.Contains(t, a.Body, "Asked: ৳1,310. Held: ৳1,310.01.")
	id := paymentID.FindStringSubmatch(a.Body)[1]
	a = v.follow(desk+"/accept", url.Values{"payment": {id}})
	require.Contains(t, a.Body, "now counts for this order")
	require.Contains(t, a.Body, "To send")
	require.Equal(t, 409, v.post(desk+"/accept", url.Values{"payment": {id}}).Status)
}

func TestAnOrderThatWaitsIsPaidOtherwiseOrCancelled(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Shirt", "")
	b := s.open(t, s.green)
	page, number := b.buys("4000000000003220")
	require.Contains(t, page.Body, "Pay in another way")
	secret := secretOf(t, page)
	pay := "/orders/" + number + "/pay"
	require.Equal(t, 404, b.get(pay+"?secret=wrong").Status)
	a := b.get(pay + "?secret=" + secret)
	require.Equal(t, 200, a.Status)
	form := url.Values{
		"secret": {secret}, "key": {a.field(t, "key")}, "method": {"sandbox/card"}, "pay.sandbox.card.card_number": {"4000000000000002"},
		"pay.sandbox.card.card_expiry": {"12/40"}, "pay.sandbox.card.card_cvc": {"123"},
	}
	form.Set("pay.sandbox.card.card_number", "4242424242424242")
	a = b.follow(pay, form)
	require.Contains(t, a.Body, `data-payment="paid"`)
	require.NotContains(t, a.Body, "Pay in another way")
	require.Equal(t, 303, b.get(pay+"?secret="+secret).Status, "there is nothing left to pay")

	other := s.open(t, s.green)
	page, number = other.buys("4000000000003220")
	secret = secretOf(t, page)
	require.Equal(t, 404, other.post("/orders/"+number+"/cancel", url.Values{"secret": {"wrong"}}).Status)
	a = other.follow("/orders/"+number+"/cancel", url.Values{"secret": {secret}})
	require.Contains(t, a.Body, "The order was cancelled")
}

func TestWhatAProviderAsksOfTheShopper(t *testing.T) {
	t.Parallel()
	st := settle.State{Order: order.Order{Number: 7, Secret: "s"}, Payment: payment.Payment{Status: payment.Waiting, Next: &payment.NextAction{Kind: "qr_code", QR: "00020101"}}}
	html := rendered(t, nextStep(page{Nonce: "n"}, st, false))
	require.Contains(t, html, `src="data:image/png;base64,`)
	require.Contains(t, html, "<code>00020101</code>")
	st.Payment.Next = &payment.NextAction{Kind: "client", Library: "stripe.js", Data: map[string]string{"client_secret": "pi_1_secret", "publishable_key": "pk_test_1"}}
	html = rendered(t, nextStep(page{Nonce: "n", StripeJS: "/assets/x.js"}, st, false))
	require.Contains(t, html, `data-stripe="pk_test_1"`)
	require.Contains(t, html, `<script src="https://js.stripe.com/v3/" nonce="n" defer>`)
	require.Contains(t, html, "Paying by card needs JavaScript")
	st.Payment.Next.Library = "other.js"
	require.NotContains(t, rendered(t, nextStep(page{}, st, false)), "script")
	require.Empty(t, tillsOf(settle.State{}, identity.GuestOf("t")))
}
