package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/digital"
	"github.com/halum-hut/halum/ports"
)

func addressForm() url.Values {
	return url.Values{
		"email": {shopper}, "name": {"Rina Akter"}, "line1": {"House 12, Road 7"}, "city": {"Dhaka"}, "postal_code": {"1205"}, "country": {"BD"},
	}
}

// toPayment fills the cart and goes on until the page asks how to pay.
func (b *browser) toPayment(slug string) (answer, url.Values) {
	b.t.Helper()
	b.get("/p/" + slug)
	a := b.follow("/cart/add", url.Values{"slug": {slug}, "o0": {"Small"}, "o1": {"Blue"}, "quantity": {"1"}})
	require.Contains(b.t, a.Body, "Added to your cart.")
	a = b.get("/checkout")
	require.Equal(b.t, 200, a.Status)
	form := addressForm()
	form.Set("key", a.field(b.t, "key"))
	form.Set("cart", a.field(b.t, "cart"))
	form.Set("step", "delivery")
	a = b.post("/checkout", form)
	require.Equal(b.t, 200, a.Status, a.Body)
	require.Contains(b.t, a.Body, "Express")
	require.Equal(b.t, form.Get("key"), a.field(b.t, "key"), "the key stays with the form")
	form.Set("step", "place")
	form.Set("rate", "flatrate/standard")
	form.Set("total.flatrate/standard", a.field(b.t, "total.flatrate/standard"))
	form.Set("method", "sandbox/card")
	form.Set("pay.sandbox.card.card_expiry", "12/40")
	form.Set("pay.sandbox.card.card_cvc", "123")
	return a, form
}

func card(form url.Values, number string) url.Values {
	form.Set("pay.sandbox.card.card_number", number)
	form.Del("csrf")
	return form
}

func TestPurchase(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Shirt", "")
	b := s.open(t, s.green)
	_, form := b.toPayment("shirt")
	a := b.post("/checkout", card(form, "4242 4242 4242 4242"))
	require.Equal(t, 303, a.Status, a.Body)
	place := a.Header.Get("Location")
	require.Regexp(t, `^/orders/\d+\?secret=\w{26}$`, place)
	order := b.get(place)
	require.Contains(t, order.Body, "Your order is confirmed")
	require.Contains(t, order.Body, `data-status="confirmed" data-payment="paid"`)
	require.Contains(t, order.Body, "৳1,310")
	require.Contains(t, b.get("/cart").Body, "nothing in your cart")

	again := b.post("/checkout", card(form, "4242 4242 4242 4242"))
	require.Equal(t, 303, again.Status, "an empty cart has nothing to order")
	require.Equal(t, 404, s.open(t, s.green).get(strings.Split(place, "?")[0]+"?secret=wrong").Status)
	require.Equal(t, 404, s.open(t, s.red).get(place).Status, "another shop has no such order")
	require.Equal(t, 401, s.open(t, s.green).get(strings.Split(place, "?")[0]).Status)

	ticket := b.post("/live/ticket", url.Values{"number": {regexp.MustCompile(`\d+`).FindString(place)}, "secret": {place[strings.Index(place, "=")+1:]}})
	require.Equal(t, 200, ticket.Status)
	require.Contains(t, ticket.Body, `"ticket":"`)
	require.Equal(t, 404, b.post("/live/ticket", url.Values{"number": {"1"}, "secret": {"x"}}).Status)
}

func TestDoubleClickIsOneOrder(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Shirt", "")
	t.Run("guest", func(t *testing.T) { clickOften(t, s, s.open(t, s.green)) })
	t.Run("account", func(t *testing.T) {
		b := s.open(t, s.green)
		b.get("/account/register")
		b.follow("/account/register", url.Values{"email": {shopper}, "name": {"Rina"}, "password": {"a good long password"}})
		clickOften(t, s, b)
	})
}

func clickOften(t *testing.T, s *stack, b *browser) {
	_, form := b.toPayment("shirt")
	card(form, "4242424242424242")
	form.Set("csrf", b.csrf)
	places := make([]string, 6)
	var wait sync.WaitGroup
	for i := range places {
		own := &browser{t: t, s: s, host: b.host, header: map[string]string{}, cookies: map[string]string{}}
		for k, v := range b.cookies {
			own.cookies[k] = v
		}
		wait.Go(func() { places[i] = own.post("/checkout", form).Header.Get("Location") })
	}
	wait.Wait()
	for _, p := range places {
		require.Regexp(t, `^/orders/\d+\?secret=`, p)
		require.Equal(t, places[0], p)
	}
}

func TestDeclinedCardLosesNothing(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Shirt", "")
	b := s.open(t, s.green)
	_, form := b.toPayment("shirt")
	form.Set("note", "Ring twice")
	a := b.post("/checkout", card(form, "4000000000000002"))
	require.Equal(t, 402, a.Status)
	require.Contains(t, a.Body, `role="alert"`)
	for _, kept := range []string{shopper, "House 12, Road 7", "Ring twice", `value="12/40"`} {
		require.Contains(t, a.Body, kept)
	}
	require.NotContains(t, a.Body, "4000000000000002", "a card number is never sent back")
	require.NotEqual(t, form.Get("key"), a.field(t, "key"), "the next try is another order")
	form.Set("key", a.field(t, "key"))
	a = b.follow("/checkout", card(form, "4242424242424242"))
	require.Contains(t, a.Body, "Your order is confirmed")
}

func TestWrongInputAtCheckout(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Shirt", "")
	b := s.open(t, s.green)
	_, form := b.toPayment("shirt")
	for _, c := range []struct {
		name, field, value string
		status             int
		says               string
	}{
		{"no email", "email", "rina@", 422, "Enter an email address"},
		{"no city", "city", " ", 422, "Is required."},
		{"no postal code", "postal_code", "12", 422, "Is not a postal code of BD."},
		{"a rate nobody quoted", "rate", "flatrate/free", 422, "Choose one of the shipping rates"},
		{"a way to pay nobody offers", "method", "stripe/card", 422, "does not offer that way to pay"},
		{"another total", "total.flatrate/standard", "1", 409, "The total is now"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wrong := url.Values{}
			for k, v := range form {
				wrong[k] = v
			}
			wrong.Set(c.field, c.value)
			a := b.post("/checkout", card(wrong, "4242424242424242"))
			require.Equal(t, c.status, a.Status)
			require.Contains(t, a.Body, c.says)
			require.Contains(t, a.Body, "House 12, Road 7")
		})
	}
	a := b.post("/checkout", url.Values{"step": {"delivery"}, "email": {"x"}, "country": {"BD"}, "name": {"Rina"}})
	require.Equal(t, 422, a.Status)
	require.Contains(t, a.Body, `value="Rina"`)
	require.Contains(t, a.Body, `aria-invalid="true"`)
}

func TestBankPageAndBack(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Shirt", "")
	b := s.open(t, s.green)
	_, form := b.toPayment("shirt")
	a := b.follow("/checkout", card(form, "4000000000003220"))
	require.Contains(t, a.Body, "One more step")
	link := regexp.MustCompile(`href="(http://127\.0\.0\.1[^"]+)"`).FindStringSubmatch(a.Body)
	require.NotNil(t, link, "the way to the bank is a link")
	require.Contains(t, b.get("/cart").Header.Get("Location"), "/orders/", "the waiting order comes first")

	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(link[1], url.Values{"decision": {"approve"}})
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	back, err := url.Parse(resp.Header.Get("Location"))
	require.NoError(t, err)
	require.Equal(t, "http://"+s.green, back.Scheme+"://"+back.Host)
	require.Equal(t, "/checkout/return", back.Path)
	a = b.get(back.RequestURI())
	require.Equal(t, 303, a.Status)
	require.Contains(t, b.get(a.Header.Get("Location")).Body, `data-payment="paid"`)
	require.Contains(t, b.get("/cart").Body, "nothing in your cart")
	require.Equal(t, 404, b.get("/checkout/return?order=1&secret=wrong").Status)
}

// Some providers have the browser post a form from their own site: it has no token of ours.
func TestAProvidersFormIsSentOn(t *testing.T) {
	s := newStack(t)
	b := s.open(t, s.green)
	for name, c := range map[string]struct {
		form url.Values
		want url.Values
	}{
		"fields": {
			url.Values{"status": {"VALID"}, "val_id": {"v 1"}, "order": {"8"}, "secret": {"theirs"}},
			url.Values{"order": {"7"}, "secret": {"ours"}, "status": {"VALID"}, "val_id": {"v 1"}},
		},
		"far too much": {url.Values{"status": {strings.Repeat("x", maxPosted)}}, url.Values{"order": {"7"}, "secret": {"ours"}}},
	} {
		t.Run(name, func(t *testing.T) {
			a := b.do(http.MethodPost, "/checkout/return?order=7&secret=ours", c.form)
			require.Equal(t, 303, a.Status)
			to, err := url.Parse(a.Header.Get("Location"))
			require.NoError(t, err)
			require.Equal(t, "/checkout/return", to.Path)
			require.Equal(t, c.want, to.Query())
		})
	}
	require.Equal(t, 404, b.get("/checkout/return?order=7&secret=ours").Status)
}

func TestBankTransferShowsInstructionsAndStaffMarkIt(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Shirt", "")
	b := s.open(t, s.green)
	_, form := b.toPayment("shirt")
	form.Set("method", "manual/bank_transfer")
	a := b.follow("/checkout", card(form, ""))
	require.Contains(t, a.Body, "Send it to account 123.")
	require.Contains(t, b.get("/cart").Body, "nothing in your cart", "a transfer takes its time: the shopper may go on")
	number := regexp.MustCompile(`Order #(\d+)`).FindStringSubmatch(a.Body)[1]

	v := s.open(t, s.green)
	v.get("/vendor/sign-in")
	require.Equal(t, 401, v.post("/vendor/sign-in", url.Values{"email": {s.staffEmail}, "password": {"not the password"}}).Status)
	a = v.follow("/vendor/sign-in", url.Values{"email": {s.staffEmail}, "password": {staffPassword}})
	require.Contains(t, a.Body, "#"+number)
	require.Contains(t, a.Body, "Payment expected")
	require.Equal(t, 200, v.post("/vendor/live/ticket", url.Values{}).Status)
	desk := "/vendor/orders/" + number
	require.Contains(t, v.get(desk).Body, "Mark as paid")
	require.NotContains(t, v.get(desk).Body, "Mark as fulfilled", "not before it is paid")
	require.Equal(t, 409, v.post(desk+"/fulfil", url.Values{}).Status)
	a = v.follow(desk+"/capture", url.Values{})
	require.Contains(t, a.Body, "The money is recorded.")
	a = v.follow(desk+"/fulfil", url.Values{"tracking": {"RX 12<b>"}})
	require.Contains(t, a.Body, "Marked as sent.")
	require.Contains(t, a.Body, "RX 12&lt;b&gt;")
	require.Contains(t, v.get("/vendor?status=fulfilled").Body, "#"+number)

	other := s.open(t, s.red)
	other.get("/vendor/sign-in")
	require.Equal(t, 401, other.post("/vendor/sign-in", url.Values{"email": {s.staffEmail}, "password": {staffPassword}}).Status)
	other.cookies["vendor"] = v.cookies["vendor"]
	require.Equal(t, 303, other.get("/vendor").Status, "a session of one shop is worth nothing at another")
	v.follow("/vendor/sign-out", url.Values{})
	require.Equal(t, 303, v.get("/vendor").Status)
}

func TestCartQuantities(t *testing.T) {
	s := newStack(t)
	p := s.sell(t, s.green, "shirt", "Shirt", "")
	variant := string(p.Variants[0].ID)
	b := s.open(t, s.green)
	b.get("/p/shirt")
	b.follow("/cart/add", url.Values{"variant": {variant}, "quantity": {"2"}})
	require.Contains(t, b.follow("/cart/set", url.Values{"variant": {variant}, "quantity": {"4"}}).Body, "৳5,000")
	require.Contains(t, b.get("/").Body, `aria-label="Cart, 4 items"`)
	for quantity, status := range map[string]int{"6": 409, "-1": 422, "x": 422, "1.5": 422, "1000": 422} {
		a := b.post("/cart/set", url.Values{"variant": {variant}, "quantity": {quantity}})
		require.Equal(t, status, a.Status, quantity)
		require.Contains(t, a.Body, `role="alert"`, quantity)
		require.Contains(t, a.Body, "৳5,000", "the cart is as it was")
	}
	require.Contains(t, b.follow("/cart/set", url.Values{"variant": {variant}, "quantity": {"4"}, "remove": {"1"}}).Body, "nothing in your cart")
	thief := s.open(t, s.red)
	thief.cookies["cart"] = b.cookies["cart"]
	require.Contains(t, thief.get("/cart").Body, "nothing in your cart")
}

func TestAccounts(t *testing.T) {
	s := newStack(t)
	p := s.sell(t, s.green, "shirt", "Shirt", "")
	b := s.open(t, s.green)
	b.get("/p/shirt")
	b.follow("/cart/add", url.Values{"variant": {string(p.Variants[0].ID)}, "quantity": {"2"}})
	a := b.post("/account/register", url.Values{"email": {shopper}, "name": {"Rina"}, "password": {"short"}})
	require.Equal(t, 422, a.Status)
	require.Contains(t, a.Body, `value="rina@example.com"`)
	require.Contains(t, a.Body, "Use 10 to 200 characters.")
	require.NotContains(t, a.Body, "short")
	before := b.csrf
	a = b.follow("/account/register", url.Values{"email": {shopper}, "name": {"Rina"}, "password": {"a good long password"}})
	require.Contains(t, a.Body, "Hello, Rina")
	require.NotEqual(t, before, b.csrf, "a new token after signing in")
	require.Contains(t, b.get("/cart").Body, "৳2,500", "the cart came along")

	_, form := b.toPayment("shirt")
	a = b.follow("/checkout", card(form, "4242424242424242"))
	require.Contains(t, a.Body, "Your order is confirmed")
	number := regexp.MustCompile(`Order #(\d+)`).FindStringSubmatch(a.Body)[1]
	require.Contains(t, b.get("/account").Body, "/orders/"+number)
	require.Equal(t, 200, b.get("/orders/"+number).Status, "without the secret, by account")

	b.follow("/account/sign-out", url.Values{})
	require.Equal(t, 303, b.get("/account").Status)
	a = b.post("/account/sign-in", url.Values{"email": {shopper}, "password": {"wrong password here"}})
	require.Equal(t, 401, a.Status)
	require.Contains(t, a.Body, "Email or password is wrong.")
	unknown := b.post("/account/sign-in", url.Values{"email": {"nobody@example.com"}, "password": {"wrong password here"}})
	require.Equal(t, 401, unknown.Status)
	require.Equal(t, 303, b.post("/account/sign-in", url.Values{"email": {shopper}, "password": {"a good long password"}, "next": {"//evil.test"}}).Status)
	require.Contains(t, b.get("/account").Body, "Hello, Rina")

	other := s.open(t, s.red)
	other.cookies["session"] = b.cookies["session"]
	require.Equal(t, 303, other.get("/account").Status, "a session of one shop is worth nothing at another")
	a = b.follow("/account/forgot", url.Values{"email": {"nobody@example.com"}})
	require.Contains(t, a.Body, "If there is an account")
	require.Equal(t, 422, b.post("/account/reset", url.Values{"token": {"x"}, "password": {"a good long password"}}).Status)
}

func TestStaffChoosesANewPassword(t *testing.T) {
	s := newStack(t)
	b := s.open(t, s.green)
	require.Contains(t, b.get("/vendor/sign-in").Body, `href="/vendor/forgot"`)
	require.Contains(t, b.follow("/vendor/forgot", url.Values{"email": {"nobody@example.com"}}).Body, "If there is an account")
	require.Contains(t, b.follow("/vendor/forgot", url.Values{"email": {s.staffEmail}}).Body, "If there is an account")
	sent, err := s.outbox.List(t.Context())
	require.NoError(t, err)
	require.Len(t, sent, 1)
	require.Equal(t, s.staffEmail, sent[0].Mail.To)
	link := regexp.MustCompile(`http://green\.test:8080(/vendor/reset\?token=(\S+))`).FindStringSubmatch(sent[0].Mail.Text)
	require.NotNil(t, link, sent[0].Mail.Text)
	require.Contains(t, b.get(link[1]).Body, `action="/vendor/reset"`)
	chosen := url.Values{"token": {link[2]}, "password": {"a better password"}}
	require.Equal(t, 303, b.post("/vendor/reset", chosen).Status)
	require.Equal(t, 422, b.post("/vendor/reset", chosen).Status, "a link works once")
	require.Equal(t, 401, b.post("/vendor/sign-in", url.Values{"email": {s.staffEmail}, "password": {staffPassword}}).Status)
	require.Equal(t, 303, b.post("/vendor/sign-in", url.Values{"email": {s.staffEmail}, "password": {"a better password"}}).Status)
}

func TestSignInIsLimited(t *testing.T) {
	s := newStack(t)
	b := s.open(t, s.green)
	b.get("/account/sign-in")
	for range 20 {
		a := b.post("/account/sign-in", url.Values{"email": {"victim@example.com"}, "password": {"guess"}})
		if a.Status == http.StatusTooManyRequests {
			require.NotEmpty(t, a.Header.Get("Retry-After"))
			require.Contains(t, a.Body, `value="victim@example.com"`)
			return
		}
		require.Equal(t, 401, a.Status)
	}
	require.Fail(t, "guessing was never slowed down")
}

func TestAPaidOrderHasItsDownloads(t *testing.T) {
	s := newStack(t)
	p := s.sell(t, s.green, "shirt", "Shirt", "")
	file, err := digital.New("dig_01jd3v4k2m0000000000000001", p.Variants[0].ID, "cut & pattern.pdf", time.Now())
	require.NoError(t, err)
	file.Bytes = 2_345_678
	require.NoError(t, s.update(s.shops[s.green].ID, func(ctx context.Context, tx ports.Tx) error { return tx.SaveDigitalFile(ctx, file) }))
	b := s.open(t, s.green)
	_, form := b.toPayment("shirt")
	form.Set("method", "manual/bank_transfer")
	a := b.post("/checkout", card(form, ""))
	require.Equal(t, 303, a.Status, a.Body)
	place := a.Header.Get("Location")
	require.NotContains(t, b.get(place).Body, "Your downloads", "it is not paid")
	number := regexp.MustCompile(`/orders/(\d+)`).FindStringSubmatch(place)[1]
	s.atDesk(t).follow("/vendor/orders/"+number+"/capture", url.Values{})
	page := b.get(place).Body
	require.Contains(t, page, "Your downloads")
	require.Regexp(t, `<a href="/downloads/dig_01jd3v4k2m0000000000000001\?key=[\w-]{60,}" download="cut &amp; pattern.pdf">cut &amp; pattern.pdf</a>`, page)
	require.Contains(t, page, "3 MB")
	require.Equal(t, 401, s.open(t, s.green).get("/orders/"+number).Status, "nobody else sees the order")
}
