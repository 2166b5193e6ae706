package web

import (
	"errors"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/notification"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/ports"
)

const (
	ordersOnDesk  = 25
	noticesOnDesk = 20
)

// board is the desk: orders and what was told lately.
type board struct {
	Orders  ports.OrderPage
	Status  string
	Later   bool
	Notices []notification.Notification // newest first
}

// Seq is the newest notice, from where the socket goes on.
func (b board) Seq() int64 {
	if len(b.Notices) == 0 {
		return 0
	}
	return b.Notices[0].Seq
}

var deskTabs = []struct{ Status, Name string }{
	{string(order.Confirmed), "To send"},
	{string(order.Pending), "Waiting for payment"},
	{string(order.Fulfilled), "Sent"},
	{string(order.Cancelled), "Cancelled"},
	{"all", "All"},
}

// staff is who is at the desk. Errors: identity.ErrSignIn when nobody is.
func (v *visit) staff() (identity.Actor, account.Account, error) {
	token := v.cookie(vendorCookie)
	if token == "" {
		return identity.Actor{}, account.Account{}, identity.ErrSignIn
	}
	by, me, err := v.web.d.Backoffice.Accounts.Check(v.ctx, v.shop.ID, token)
	if errors.Is(err, account.ErrSession) || errors.Is(err, identity.ErrForbidden) || errors.Is(err, account.ErrNotFound) {
		v.dropCookie(vendorCookie)
		return by, me, identity.ErrSignIn
	}
	return by, me, err
}

// deskPage is the layout's data at the desk.
func (v *visit) deskPage(title string, me account.Account) page {
	p := v.page(title)
	p.Hidden, p.Staff, p.Categories = true, me.Name, nil
	return p
}

func desk(v *visit) error {
	by, me, err := v.staff()
	if errors.Is(err, identity.ErrSignIn) {
		return v.redirect("/vendor/sign-in")
	}
	if err != nil {
		return err
	}
	b := board{Status: v.query("status"), Later: v.query("after") != ""}
	q := ports.OrderQuery{Limit: ordersOnDesk, After: v.query("after")}
	switch status := order.Status(b.Status); status {
	case order.Pending, order.Confirmed, order.Fulfilled, order.Cancelled:
		q.Status = status
	default:
		b.Status = "all"
	}
	if b.Orders, err = v.web.d.Backoffice.Orders.List(v.ctx, by, q); err != nil {
		return err
	}
	if b.Notices, err = v.web.d.Backoffice.Live.Notifications(v.ctx, by, -1, noticesOnDesk); err != nil {
		return err
	}
	newestFirst(b.Notices)
	return v.private(200, boardPage(v.deskPage("Orders", me), b))
}

// newestFirst orders notices whichever way they came.
func newestFirst(all []notification.Notification) {
	if len(all) > 1 && all[0].Seq < all[len(all)-1].Seq {
		for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
			all[i], all[j] = all[j], all[i]
		}
	}
}

func showStaffSignIn(v *visit) error {
	return v.accountForm(200, "Vendor sign-in", staffSignInPage, newForm())
}

func staffSignIn(v *visit) error {
	f := v.read("email")
	err := v.limit("staff", signInRate, f.Value("email"))
	var s backoffice.Session
	if err == nil {
		s, err = v.web.d.Backoffice.Accounts.SignIn(v.ctx, v.shop.ID, f.Value("email"), v.form("password"))
	}
	if err != nil {
		return v.refuseAccount(err, "Vendor sign-in", staffSignInPage, f)
	}
	v.signedIn(vendorCookie, s.Refresh)
	return v.redirect("/vendor")
}

// staffForgot answers the same whether there is such an account or not.
func staffForgot(v *visit) error {
	f := v.read("email")
	err := v.limit("staff-forgot", mailRate, f.Value("email"))
	if err == nil {
		err = v.web.d.Backoffice.Accounts.RequestReset(v.ctx, v.shop, f.Value("email"), func(token string) string {
			return v.origin() + "/vendor/reset?token=" + token
		})
	}
	if err != nil {
		return v.refuseAccount(err, "Forgotten password", forgotPage, f)
	}
	f.set("sent", "1")
	return v.accountForm(200, "Look into your mail", forgotPage, f)
}

func staffReset(v *visit) error {
	f := v.read("token")
	f.set("password", "")
	err := v.limit("staff-reset", signInRate, "")
	if err == nil {
		err = v.web.d.Backoffice.Accounts.Reset(v.ctx, f.Value("token"), v.form("password"))
	}
	if err != nil {
		return v.refuseAccount(err, "Choose a new password", resetPage, f)
	}
	v.dropCookie(vendorCookie)
	return v.redirect("/vendor/sign-in?did=reset")
}

func staffSignOut(v *visit) error {
	if err := v.web.d.Backoffice.Accounts.SignOut(v.ctx, v.cookie(vendorCookie)); err != nil {
		return err
	}
	v.dropCookie(vendorCookie)
	v.renewFormToken()
	return v.redirect("/vendor/sign-in?did=out")
}

func deskOrder(v *visit) error { return v.deskOrder(200, newForm()) }

func (v *visit) deskOrder(status int, f form) error {
	by, me, err := v.staff()
	if errors.Is(err, identity.ErrSignIn) {
		return v.redirect("/vendor/sign-in")
	}
	if err != nil {
		return err
	}
	st, err := v.web.d.Backoffice.Orders.Get(v.ctx, by, v.number())
	if err != nil {
		return err
	}
	c, err := v.counter(by, st)
	if err != nil {
		return err
	}
	p := v.deskPage("Order "+st.Order.Name(), me)
	p.Notice = did[v.query("did")]
	return v.private(status, deskOrderPage(p, st, c, by, f))
}

func fulfil(v *visit) error {
	return v.deskAction("fulfil", v.read("tracking"), func(by identity.Actor, f form) error {
		_, err := v.web.d.Backoffice.Orders.Fulfil(v.ctx, by, v.number(), f.Value("tracking"), nil)
		return err
	})
}

// deskAction does something to an order; what names the good news.
func (v *visit) deskAction(what string, f form, do func(identity.Actor, form) error) error {
	return v.deskOutcome(f, func(by identity.Actor, f form) (string, error) { return what, do(by, f) })
}

// deskOutcome is deskAction for what may end well in several ways; do says in which.
func (v *visit) deskOutcome(f form, do func(identity.Actor, form) (string, error)) error {
	by, _, err := v.staff()
	if errors.Is(err, identity.ErrSignIn) {
		return v.redirect("/vendor/sign-in")
	}
	what := ""
	if err == nil {
		what, err = do(by, f)
	}
	if err == nil {
		return v.redirect(deskPath(v.number()) + "?did=" + what)
	}
	status := statusOf[fault.KindOf(err)]
	if err := f.explain(v.ctx, err); err != nil {
		return err
	}
	return v.deskOrder(status, f)
}

// canFulfil reports whether the button is of use; the use case decides again.
func canFulfil(st settle.State, by identity.Actor) bool {
	return st.Order.Status == order.Confirmed && by.May(identity.FulfilOrders) == nil
}

// canCancel reports whether the order may be given up.
func canCancel(st settle.State, by identity.Actor) bool {
	return (st.Order.Status == order.Pending || st.Order.Status == order.Confirmed) && by.May(identity.ManageOrders) == nil
}

// badge is a status in words, with the tone of its colour.
type badge struct{ Text, Tone string }

func orderBadge(s order.Status) badge {
	switch s {
	case order.Confirmed:
		return badge{"To send", "now"}
	case order.Fulfilled:
		return badge{"Sent", "good"}
	case order.Cancelled:
		return badge{"Cancelled", "off"}
	case order.Pending:
	}
	return badge{"Waiting", "wait"}
}

func paymentBadge(s order.PaymentStatus) badge {
	switch s {
	case order.Paid:
		return badge{"Paid", "good"}
	case order.Authorized:
		return badge{"Payment agreed", "now"}
	case order.PaymentPending:
		return badge{"Payment expected", "wait"}
	case order.ActionRequired:
		return badge{"At the bank", "wait"}
	case order.Declined:
		return badge{"Declined", "bad"}
	case order.Voided:
		return badge{"Voided", "off"}
	case order.Expired:
		return badge{"Expired", "bad"}
	case order.PartlyPaid:
		return badge{"Partly paid", "now"}
	case order.PartlyRefunded:
		return badge{"Partly refunded", "now"}
	case order.Refunded:
		return badge{"Refunded", "off"}
	case order.Disputed:
		return badge{"Disputed", "bad"}
	case order.UnfulfillablePaid:
		return badge{"Needs a look", "bad"}
	case order.AwaitingPayment:
	}
	return badge{"Not paid", "wait"}
}
