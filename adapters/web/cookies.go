package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/cart"
)

// The cookies. All are HttpOnly and SameSite=Lax; over https they carry the prefix that keeps other hosts from
// setting them.
const (
	formCookie     = "form"     // seed of the form token, until the browser closes
	sessionCookie  = "session"  // refresh token of a shopper
	cartCookie     = "cart"     // token of a guest's cart
	itemsCookie    = "items"    // how many units are in the cart, so that pages need not ask
	wishCookie     = "wishlist" // token of a guest's wishlists
	viewedCookie   = "viewed"   // products looked at, the last first
	languageCookie = "language" // what the pages are shown in
	currencyCookie = "currency" // what prices are shown in
	placedCookie   = "placed"   // number and secret of an order whose payment is open
	vendorCookie   = "vendor"   // refresh token of staff, only below /vendor
)

func (v *visit) cookieName(name string) string {
	switch {
	case !v.secure():
		return name
	case name == vendorCookie:
		return "__Secure-" + name // __Host- does not allow a path
	}
	return "__Host-" + name
}

func (v *visit) cookie(name string) string { return strings.Clone(v.c.Cookies(v.cookieName(name))) }

// setCookie keeps a value; age 0 keeps it until the browser closes.
func (v *visit) setCookie(name, value string, age time.Duration) {
	path := "/"
	if name == vendorCookie {
		path = "/vendor"
	}
	v.c.Cookie(&fiber.Cookie{
		Name: v.cookieName(name), Value: value, Path: path, MaxAge: int(age / time.Second), SessionOnly: age == 0,
		Secure: v.secure(), HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
	})
	v.c.Request().Header.SetCookie(v.cookieName(name), value) // the page of this very answer reads it
}

func (v *visit) dropCookie(name string) {
	v.setCookie(name, "", -time.Hour)
	v.c.Request().Header.DelCookie(v.cookieName(name))
}

func (v *visit) signedIn(name, refresh string) {
	v.setCookie(name, refresh, account.SessionLifetime)
	v.renewFormToken()
}

func (v *visit) keepCart(token string) {
	if token != "" {
		v.setCookie(cartCookie, token, cart.Lifetime)
	}
}

// forgetCart starts afresh after an order.
func (v *visit) forgetCart() {
	v.dropCookie(cartCookie)
	v.dropCookie(itemsCookie)
}

func (v *visit) keepCount(units int64) {
	if units == 0 {
		v.dropCookie(itemsCookie)
		return
	}
	v.setCookie(itemsCookie, strconv.FormatInt(units, 10), cart.Lifetime)
}

func (v *visit) cartCount() int64 {
	n, err := strconv.ParseInt(v.cookie(itemsCookie), 10, 64)
	if err != nil || n < 0 || n > cart.MaxLines*cart.MaxQuantity {
		return 0
	}
	return n
}

// placed is the order whose payment was still open when this browser last looked.
func (v *visit) placed() (number int64, secret string, ok bool) {
	n, secret, ok := strings.Cut(v.cookie(placedCookie), ".")
	number, err := strconv.ParseInt(n, 10, 64)
	return number, secret, ok && err == nil
}

func (v *visit) keepPlaced(number int64, secret string) {
	v.setCookie(placedCookie, strconv.FormatInt(number, 10)+"."+secret, 7*24*time.Hour)
}
