package web

import (
	"errors"
	"strconv"
	"strings"

	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
)

// add puts something into the cart; a cart that was ordered meanwhile makes room for a new one.
func (v *visit) add(variant catalog.VariantID, quantity int64) (shop.CartView, error) {
	by, token, err := v.actor()
	if err != nil {
		return shop.CartView{}, err
	}
	in := v.adding(variant, quantity)
	view, err := v.web.d.Shop.Carts.Add(v.ctx, by, token, in, nil)
	if token != "" && isGone(err) {
		view, err = v.web.d.Shop.Carts.Add(v.ctx, by, "", in, nil)
	}
	if err != nil {
		return view, err
	}
	v.dropCookie(placedCookie) // they go on shopping; a mail leads back to the order that waits
	if by.ID == "" {
		v.keepCart(view.Token)
	}
	return view, nil
}

// basket is the cart as the pages show it; nobody's cart is an empty one.
func (v *visit) basket() (cart.Priced, error) {
	by, token, err := v.actor()
	if err != nil {
		return cart.Priced{}, err
	}
	if by.ID == "" && token == "" {
		return cart.Priced{}, nil
	}
	view, err := v.web.d.Shop.Carts.Get(v.ctx, by, token)
	if errors.Is(err, cart.ErrNotFound) {
		v.forgetCart()
		return cart.Priced{}, nil
	}
	if err == nil {
		v.keepCount(count(view.Priced))
		v.nameLines(view.Priced.Lines)
	}
	return view.Priced, err
}

// nameLines calls what is in a cart by its names in the reader's language.
func (v *visit) nameLines(lines []cart.PricedLine) {
	var ids []string
	for _, l := range lines {
		ids = append(ids, l.Offer.Subjects()...)
	}
	if said := v.said(ids...); said != nil {
		for i, l := range lines {
			lines[i].Offer = said.Offer(l.Offer)
		}
	}
}

func showCart(v *visit) error {
	if waiting, ok, err := v.waiting(); err != nil {
		return err
	} else if ok {
		return v.redirect(orderPath(waiting.Order.Number, waiting.Order.Secret))
	}
	f := newForm()
	return cartAnswer(v, 200, f)
}

func cartAnswer(v *visit, status int, f form) error {
	basket, err := v.basket()
	if err != nil {
		return err
	}
	v.seen(basket)
	p := v.page(t(v.ctx, "Your cart"))
	p.Hidden = true
	if v.query("added") != "" && len(basket.Lines) > 0 {
		p.Notice = t(v.ctx, "Added to your cart.")
	}
	return v.private(status, cartPage(p, basket, f))
}

// seen remembers that a change of price was shown, so that it is shown once. Failing at it only shows it again.
func (v *visit) seen(c cart.Priced) {
	for _, l := range c.Lines {
		for _, n := range l.Notices {
			if n.Code == cart.PriceChanged {
				if by, token, err := v.actor(); err == nil {
					_, _ = v.web.d.Shop.Carts.Seen(v.ctx, by, token)
				}
				return
			}
		}
	}
}

func setQuantity(v *visit) error {
	by, token, err := v.actor()
	if err != nil {
		return err
	}
	f := v.read("quantity")
	quantity, err := strconv.ParseInt(strings.TrimSpace(f.Value("quantity")), 10, 64)
	if v.form("remove") != "" {
		quantity, err = 0, nil
	}
	if err != nil || quantity < 0 {
		quantity = -1 // refused by the cart, in its words
	}
	_, err = v.web.d.Shop.Carts.Set(v.ctx, by, token, catalog.VariantID(v.form("variant")), quantity, nil)
	switch {
	case err == nil, errors.Is(err, cart.ErrLine), isGone(err):
		if _, err := v.basket(); err != nil { // the new count
			return err
		}
		return v.redirect("/cart")
	case fault.KindOf(err) == fault.Invalid, fault.KindOf(err) == fault.Conflict:
		status := statusOf[fault.KindOf(err)]
		if err := f.explain(v.ctx, err); err != nil {
			return err
		}
		if f.Message == "" || f.Error("quantity") != "" {
			f.Message = f.Error("quantity")
		}
		return cartAnswer(v, status, f)
	}
	return err
}

// waiting finds the order that this browser placed and that still needs its shopper. When it is settled, the browser
// forgets it, and with it the cart that was bought.
func (v *visit) waiting() (settle.State, bool, error) {
	number, secret, ok := v.placed()
	if !ok {
		return settle.State{}, false, nil
	}
	st, err := v.web.d.Shop.Orders.ByNumber(v.ctx, v.shop.ID, number, secret)
	switch {
	case errors.Is(err, order.ErrNotFound):
		v.dropCookie(placedCookie)
		return st, false, nil
	case err != nil:
		return st, false, err
	}
	v.follow(st)
	return st, needsShopper(st), nil
}

// follow keeps the browser's cookies in step with an order that it placed.
func (v *visit) follow(st settle.State) {
	number, _, mine := v.placed()
	if !mine || number != st.Order.Number {
		return
	}
	switch {
	case st.Order.Status == order.Cancelled:
		v.dropCookie(placedCookie) // the cart is open again
	case !needsShopper(st):
		v.dropCookie(placedCookie)
		v.forgetCart()
	}
}

// needsShopper reports that the payment is neither settled nor left to time, as a bank transfer is.
func needsShopper(st settle.State) bool {
	return st.Order.Status == order.Pending && (st.Payment.Status == payment.Created || st.Payment.Status == payment.Waiting)
}
