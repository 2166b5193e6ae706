package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/ports"
)

// The steps of the one form: first the address, then delivery and payment with the address still at hand.
const (
	stepDelivery = "delivery"
	stepPlace    = "place"
)

var addressFields = []string{"email", "name", "line1", "line2", "city", "region", "postal_code", "country", "phone"}

// checkout is what the page shows.
type checkout struct {
	Form    form
	Cart    cart.Priced
	Step    string // stepDelivery asks for the address only, stepPlace for everything
	Options shop.Options
	Held    time.Time // until when the cart's content is kept; zero when nothing needs to be
	Key     string    // of this attempt to order; stays while the same order is sent again
}

// AddressOpen reports whether the address must be looked at again.
func (c checkout) AddressOpen() bool {
	return slices.ContainsFunc(addressFields, func(n string) bool { return c.Form.Error(n) != "" })
}

// Rate is the rate to show as chosen: what was chosen, or the first.
func (c checkout) Rate() string {
	return c.chosen("rate", len(c.Options.Rates), func(i int) string { return c.Options.Rates[i].Key() })
}

// Method is the way to pay to show as chosen.
func (c checkout) Method() string {
	return c.chosen("method", len(c.Options.Payments), func(i int) string { return methodKey(c.Options.Payments[i]) })
}

func (c checkout) chosen(field string, n int, key func(int) string) string {
	for i := range n {
		if key(i) == c.Form.Value(field) {
			return key(i)
		}
	}
	if n > 0 {
		return key(0)
	}
	return ""
}

// Total is what the order costs with a rate.
func (c checkout) Total(r shipping.Rate) money.Money {
	total, err := c.Cart.Subtotal.Add(r.Price)
	if err != nil {
		return c.Cart.Subtotal
	}
	return total
}

// Now is the rate and the total with what is chosen.
func (c checkout) Now() (rate shipping.Rate, total money.Money) {
	for _, r := range c.Options.Rates {
		if r.Key() == c.Rate() {
			return r, c.Total(r)
		}
	}
	return shipping.Rate{}, c.Cart.Subtotal
}

func methodKey(m ports.PaymentMethod) string { return m.Provider + "/" + m.Kind }

// payField is the name of a provider's own input.
func payField(m ports.PaymentMethod, f ports.PaymentField) string {
	return "pay." + m.Provider + "." + m.Kind + "." + f.Name
}

func startCheckout(v *visit) error {
	if waiting, ok, err := v.waiting(); err != nil {
		return err
	} else if ok {
		return v.redirect(orderPath(waiting.Order.Number, waiting.Order.Secret))
	}
	c := checkout{Form: newForm(), Step: stepDelivery, Key: id.Secret()}
	var err error
	if c.Cart, err = v.basket(); err != nil {
		return err
	}
	if !c.Cart.Ready {
		return v.redirect("/cart")
	}
	c.Form.set("country", v.shop.Shop.Country)
	if v.me.Email != "" {
		c.Form.set("email", v.me.Email)
		c.Form.set("name", v.me.Name)
	}
	return v.checkoutAnswer(200, c)
}

// goOnCheckout takes the form of either step.
func goOnCheckout(v *visit) error {
	c := checkout{Form: v.read(append(addressFields, "rate", "method", "note")...), Step: stepDelivery, Key: v.form("key")}
	if len(c.Key) < 16 || len(c.Key) > 64 {
		c.Key = id.Secret()
	}
	v.cart = v.form("cart") // a second click comes when the cart is no longer the account's open one
	var err error
	if c.Cart, err = v.basket(); err != nil {
		return err
	}
	if len(c.Cart.Lines) == 0 {
		return v.redirect("/cart")
	}
	if v.form("step") == stepPlace {
		return v.place(c)
	}
	return v.offer(200, c)
}

// offer checks the address and shows delivery and payment for it.
func (v *visit) offer(status int, c checkout) error {
	if !c.Cart.Ready {
		return v.redirect("/cart")
	}
	if err := checkAddress(v.ctx, &c.Form, c.Cart.Shipped); err != nil {
		return err
	}
	if c.AddressOpen() {
		if c.Step == stepDelivery && v.form("at") != stepPlace {
			return v.checkoutAnswer(422, c)
		}
		status = 422 // who is at the second step stays there: rates need the country only
	}
	by, token, err := v.actor()
	if err != nil {
		return err
	}
	if status == 200 && v.limit("hold", checkoutRate, "") == nil { // somebody who asks too often goes on without
		c.Held, err = v.web.d.Shop.Checkout.Hold(v.ctx, by, token)
		if errors.Is(err, inventory.ErrOutOfStock) {
			return v.redirect("/cart") // which says what is short
		}
	}
	c.Options, err = v.web.d.Shop.Checkout.Options(v.ctx, by, token, address(c.Form))
	c.Options.Payments = forPeople(c.Options.Payments)
	if err == nil && len(c.Options.Payments) == 0 {
		err = payment.ErrUnavailable.Saying("no way to pay is available right now: try again in a moment")
	}
	if err != nil {
		if err := c.Form.explain(v.ctx, err); err != nil {
			return err
		}
		return v.checkoutAnswer(503, c)
	}
	for _, m := range c.Options.Payments {
		for _, f := range m.Fields {
			if !f.Secret { // a card number is never sent back
				c.Form.set(payField(m, f), v.form(payField(m, f)))
			}
		}
	}
	c.Cart, c.Step = c.Options.Cart, stepPlace
	return v.checkoutAnswer(status, c)
}

// checkAddress marks what is missing, with the rules that the order itself will apply.
func checkAddress(ctx context.Context, f *form, shipped bool) error {
	message := f.Message
	_, err := account.CleanEmail(f.Value("email"))
	if err != nil {
		if err := f.explain(ctx, err); err != nil {
			return err
		}
	}
	if shipped {
		if err := address(*f).Check("shipping_address"); err != nil {
			if err := f.explain(ctx, err); err != nil {
				return err
			}
		}
	}
	if message != "" {
		f.Message = message
	}
	return nil
}

func address(f form) shipping.Address {
	return shipping.Address{
		Name: f.Value("name"), Line1: f.Value("line1"), Line2: f.Value("line2"), City: f.Value("city"), Region: f.Value("region"),
		PostalCode: f.Value("postal_code"), Country: f.Value("country"), Phone: f.Value("phone"),
	}.Clean()
}

// place orders and pays. The key makes a second click the same order; while the first is still at work, the second
// waits for it.
func (v *visit) place(c checkout) error {
	if err := v.limit("checkout", checkoutRate, ""); err != nil {
		return v.refuse(c, err)
	}
	by, token, err := v.actor()
	if err != nil {
		return err
	}
	in, fingerprint := v.order(c, token)
	var st settle.State
	err = v.patiently(func() (err error) {
		once := &app.Once{Once: ports.Once{Key: c.Key, Scope: "web/checkout", Fingerprint: fingerprint}}
		st, err = v.web.d.Shop.Checkout.Place(v.ctx, by, in, once)
		return err
	})
	switch {
	case err == nil:
		return v.ordered(st)
	case errors.Is(err, cart.ErrOrdered):
		if waiting, ok, _ := v.waiting(); ok {
			return v.redirect(orderPath(waiting.Order.Number, waiting.Order.Secret))
		}
	case errors.Is(err, ports.ErrKeyReused), errors.Is(err, payment.ErrDeclined), errors.Is(err, payment.ErrUnavailable):
		c.Key = id.Secret() // the next try is another order
	}
	return v.refuse(c, err)
}

// patiently does something with a key, again and again while another click is at work on it.
func (v *visit) patiently(do func() error) error {
	for range 40 {
		if err := do(); !errors.Is(err, ports.ErrKeyBusy) {
			return err
		}
		select {
		case <-v.ctx.Done():
			return ports.ErrKeyBusy
		case <-time.After(250 * time.Millisecond):
		}
	}
	return ports.ErrKeyBusy
}

// refuse shows the form again with the reason, and today's rates and prices.
func (v *visit) refuse(c checkout, err error) error {
	status := statusOf[fault.KindOf(err)]
	if errors.Is(err, order.ErrCartChanged) || errors.Is(err, cart.ErrOrdered) {
		return v.redirect("/cart")
	}
	if err := c.Form.explain(v.ctx, err); err != nil {
		return err
	}
	c.Step = stepPlace
	return v.offer(status, c)
}

// order reads what is to be ordered. The fingerprint says whether a repeated request asks for the same; a MAC, since
// card numbers are guessable.
func (v *visit) order(c checkout, token string) (shop.PlaceOrder, []byte) {
	provider, kind, _ := strings.Cut(c.Form.Value("method"), "/")
	in := shop.PlaceOrder{
		CartToken: token, Email: c.Form.Value("email"), Address: address(c.Form), Rate: c.Form.Value("rate"), Provider: provider,
		Method: payment.Method{Kind: kind, Fields: map[string]string{}}, Note: c.Form.Value("note"),
		ReturnURL: v.origin() + "/checkout/return", HooksURL: v.origin() + "/api/storefront/v1/hooks",
	}
	if seen, err := strconv.ParseInt(v.form("total."+in.Rate), 10, 64); err == nil {
		expected := money.New(seen, v.shop.Shop.Currency)
		in.Expected = &expected
	}
	mac := hmac.New(sha256.New, v.web.d.Key)
	add := func(s string) { _, _ = mac.Write([]byte(strconv.Itoa(len(s)) + ":" + s)) } // a hash never fails
	for _, s := range []string{"order", string(v.shop.ID), token, in.Rate, provider, kind, in.Note} {
		add(s)
	}
	for _, n := range addressFields {
		add(c.Form.Value(n))
	}
	prefix := "pay." + provider + "." + kind + "."
	var names []string
	for key, value := range v.c.Request().PostArgs().All() {
		if name, ok := strings.CutPrefix(string(key), prefix); ok && len(in.Method.Fields) < 20 && len(value) < 500 {
			in.Method.Fields[name] = strings.TrimSpace(string(value))
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, n := range names {
		add(n)
		add(in.Method.Fields[n])
	}
	return in, mac.Sum(nil)
}

// ordered leads to the order's page, from where a link goes on to the provider's page when there is one.
func (v *visit) ordered(st settle.State) error {
	v.keepPlaced(st.Order.Number, st.Order.Secret)
	v.follow(st)
	v.dropCookie(itemsCookie)
	path := orderPath(st.Order.Number, st.Order.Secret)
	if st.Payment.Status == payment.Waiting {
		path += "&pay=1"
	}
	return v.redirect(path)
}

// returnFromProvider takes up what was left at the provider's page.
func returnFromProvider(v *visit) error {
	number, err := strconv.ParseInt(v.query("order"), 10, 64)
	if err != nil {
		return order.ErrNotFound
	}
	params := map[string]string{}
	for key, value := range v.c.Request().URI().QueryArgs().All() {
		if k := string(key); k != "order" && k != "secret" && len(params) < 50 {
			params[k] = string(value)
		}
	}
	st, err := v.web.d.Shop.Checkout.Return(v.ctx, v.shop.ID, number, v.query("secret"), params)
	if err != nil && !errors.Is(err, payment.ErrDeclined) && !errors.Is(err, payment.ErrUnavailable) {
		return err
	}
	if st.Order.Number != 0 {
		v.follow(st)
	}
	return v.redirect(orderPath(number, v.query("secret")))
}

func (v *visit) checkoutAnswer(status int, c checkout) error {
	p := v.page(t(v.ctx, "Checkout"))
	p.Hidden = true
	return v.private(status, checkoutPage(p, c))
}
