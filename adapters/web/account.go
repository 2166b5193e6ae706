package web

import (
	"errors"
	"strings"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
)

// ownPath accepts only paths of this host, so that a link cannot send somebody elsewhere after signing in.
func ownPath(s, otherwise string) string {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n\t") {
		return otherwise
	}
	return s
}

func showAccount(v *visit) error {
	by, _, err := v.actor()
	if err != nil {
		return err
	}
	if by.Kind != identity.Customer {
		return v.redirect("/account/sign-in")
	}
	orders, err := v.web.d.Shop.Orders.List(v.ctx, by, v.query("after"), 20)
	if err != nil {
		return err
	}
	p := v.page(t(v.ctx, "Your account"))
	p.Hidden = true
	return v.private(200, accountPage(p, v.me, orders))
}

// accountForm shows one of the forms below /account.
func (v *visit) accountForm(status int, title string, body func(page, form) component, f form) error {
	p := v.page(t(v.ctx, title))
	p.Hidden = true
	switch v.query("did") {
	case "reset":
		p.Notice = t(v.ctx, "Your password is changed. Sign in with the new one.")
	case "out":
		p.Notice = t(v.ctx, "You are signed out.")
	}
	return v.private(status, body(p, f))
}

func showSignIn(v *visit) error {
	f := newForm()
	f.set("next", ownPath(v.query("next"), ""))
	return v.accountForm(200, "Sign in", signInPage, f)
}

func signIn(v *visit) error {
	f := v.read("email", "next")
	err := v.limit("sign-in", signInRate, f.Value("email"))
	var s shop.Session
	if err == nil {
		s, err = v.web.d.Shop.Accounts.SignIn(v.ctx, v.shop.ID, f.Value("email"), v.form("password"), v.cookie(cartCookie))
	}
	if err != nil {
		return v.refuseAccount(err, "Sign in", signInPage, f)
	}
	return v.welcome(s, ownPath(f.Value("next"), "/account"))
}

func showRegister(v *visit) error {
	f := newForm()
	f.set("next", ownPath(v.query("next"), ""))
	return v.accountForm(200, "Make an account", registerPage, f)
}

func register(v *visit) error {
	f := v.read("email", "name", "next")
	f.set("password", "") // its rule is shown next to it, itself it is not kept
	err := v.limit("register", signInRate, f.Value("email"))
	var s shop.Session
	if err == nil {
		s, err = v.web.d.Shop.Accounts.Register(v.ctx, v.shop.ID, shop.SignUp{
			Email: f.Value("email"), Name: f.Value("name"), Password: v.form("password"), CartToken: v.cookie(cartCookie),
		})
	}
	if err != nil {
		return v.refuseAccount(err, "Make an account", registerPage, f)
	}
	return v.welcome(s, ownPath(f.Value("next"), "/account"))
}

// welcome keeps the session. The guest's cart now belongs to the account.
func (v *visit) welcome(s shop.Session, next string) error {
	v.signedIn(sessionCookie, s.Refresh)
	v.forgetCart()
	v.mergeWishes(s.Account.ID)
	by := identity.Actor{Tenant: v.shop.ID, Kind: identity.Customer, ID: s.Account.ID}
	view, err := v.web.d.Shop.Carts.Get(v.ctx, by, "")
	if err == nil {
		v.keepCount(count(view.Priced))
	} else if !errors.Is(err, cart.ErrNotFound) {
		v.web.d.Log.WarnContext(v.ctx, "the cart's count is not known", "error", err)
	}
	return v.redirect(next)
}

func signOut(v *visit) error {
	if err := v.web.d.Shop.Accounts.SignOut(v.ctx, v.shop.ID, v.cookie(sessionCookie)); err != nil {
		return err
	}
	v.dropCookie(sessionCookie)
	v.forgetCart()
	v.renewFormToken()
	return v.redirect("/account/sign-in?did=out")
}

// accountsOf is where the account pages of a page's audience live: staff have theirs below the desk.
func accountsOf(p page) string {
	if strings.HasPrefix(p.Path, "/vendor") {
		return "/vendor"
	}
	return "/account"
}

func showForgot(v *visit) error {
	return v.accountForm(200, "Forgotten password", forgotPage, newForm())
}

// forgot answers the same whether there is such an account or not.
func forgot(v *visit) error {
	f := v.read("email")
	err := v.limit("forgot", mailRate, f.Value("email"))
	if err == nil {
		err = v.web.d.Shop.Accounts.RequestReset(v.ctx, v.shop.ID, f.Value("email"))
	}
	if err != nil {
		return v.refuseAccount(err, "Forgotten password", forgotPage, f)
	}
	f.set("sent", "1")
	return v.accountForm(200, "Look into your mail", forgotPage, f)
}

func showReset(v *visit) error {
	f := newForm()
	f.set("token", v.query("token"))
	return v.accountForm(200, "Choose a new password", resetPage, f)
}

func reset(v *visit) error {
	f := v.read("token")
	f.set("password", "")
	err := v.limit("reset", signInRate, "")
	if err == nil {
		err = v.web.d.Shop.Accounts.Reset(v.ctx, v.shop.ID, f.Value("token"), v.form("password"))
	}
	if err != nil {
		return v.refuseAccount(err, "Choose a new password", resetPage, f)
	}
	v.dropCookie(sessionCookie)
	return v.redirect("/account/sign-in?did=reset")
}

// refuseAccount shows the form again; wrong credentials are said above it and never which half was wrong.
func (v *visit) refuseAccount(err error, title string, body func(page, form) component, f form) error {
	status := statusOf[fault.KindOf(err)]
	if errors.Is(err, account.ErrCredentials) {
		status = 401
	}
	if err := f.explain(v.ctx, err); err != nil {
		return err
	}
	return v.accountForm(status, title, body, f)
}
