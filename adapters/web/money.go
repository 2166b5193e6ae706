package web

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"image/png"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/ports"
)

// The forms of the desk about one payment carry its id; field names that people see carry it too, so that an error
// stands beside the right one.
const (
	captureField = "capture."
	refundField  = "refund."
)

// refundReasons are what staff may choose from, in words.
var refundReasons = []struct{ Code, Name string }{
	{"requested_by_customer", "The shopper asked for it"},
	{"unfulfillable", "It cannot be sent"},
	{"duplicate", "Paid twice"},
	{"fraudulent", "Fraud"},
	{"other", "Something else"},
}

func refundOrder(v *visit) error {
	name := v.form("payment")
	f := v.read("payment", "reason", "key", refundField+name)
	return v.deskAction("refund", f, func(by identity.Actor, f form) error {
		amount, err := v.amount(f, refundField+name)
		if err != nil {
			return err
		}
		if len(f.Value("key")) < 16 {
			return errForm
		}
		sum := sha256.Sum256([]byte(strings.Join([]string{itoa(v.number()), name, amount.String(), f.Value("reason")}, "\x00")))
		return v.patiently(func() error {
			once := &app.Once{Once: ports.Once{Key: f.Value("key"), Scope: "web/refund", Fingerprint: sum[:]}}
			_, _, err := v.web.d.Backoffice.Orders.Refund(v.ctx, by, v.number(), backoffice.MoveMoney{
				Payment: payment.ID(name), Amount: &amount, Reason: f.Value("reason"),
			}, once)
			return err
		})
	})
}

func capture(v *visit) error {
	name := v.form("payment")
	f := v.read("payment", "final", captureField+name)
	return v.deskAction("capture", f, func(by identity.Actor, f form) error {
		in := backoffice.MoveMoney{Payment: payment.ID(name), Final: f.Value("final") != ""}
		if f.Value(captureField+name) != "" {
			amount, err := v.amount(f, captureField+name)
			if err != nil {
				return err
			}
			in.Amount = &amount
		}
		_, err := v.web.d.Backoffice.Orders.Capture(v.ctx, by, v.number(), in)
		return err
	})
}

// amount reads what somebody typed, in the shop's currency. Errors: Invalid at the field.
func (v *visit) amount(f form, name string) (money.Money, error) {
	typed := strings.ReplaceAll(strings.TrimSpace(f.Value(name)), ",", "")
	m, err := money.ParseDecimal(typed, v.shop.Shop.Currency)
	if err != nil || m.Amount <= 0 {
		return m, fault.InvalidField(name, "Write an amount above zero, such as "+money.New(1250, v.shop.Shop.Currency).Decimal())
	}
	return m, nil
}

func cancelOrder(v *visit) error {
	return v.deskAction("cancel", newForm(), func(by identity.Actor, _ form) error {
		_, err := v.web.d.Backoffice.Orders.Cancel(v.ctx, by, v.number())
		return err
	})
}

func acceptPayment(v *visit) error {
	return v.deskAction("accept", v.read("payment"), func(by identity.Actor, f form) error {
		_, err := v.web.d.Backoffice.Orders.Accept(v.ctx, by, v.number(), payment.ID(f.Value("payment")))
		return err
	})
}

func returnPayment(v *visit) error {
	return v.deskAction("return", v.read("payment"), func(by identity.Actor, f form) error {
		_, err := v.web.d.Backoffice.Orders.Return(v.ctx, by, v.number(), payment.ID(f.Value("payment")))
		return err
	})
}

// did are the good news after an action at the desk.
var did = map[string]string{
	"fulfil":  "Marked as sent. The shopper has been told.",
	"capture": "The money is recorded.",
	"refund":  "The refund is on its way. The shopper is told when it is done.",
	"cancel":  "The order is cancelled. What was paid goes back.",
	"accept":  "The payment now counts for this order.",
	"return":  "The money is going back.",

	"outward.booked": "The carrier has the shipment. The shopper has been told.",
	"return.booked":  "The carrier fetches the goods back. The shopper has been told.",
	"asked":          "The carrier was asked and has not confirmed yet. You are told when it has.",
	"unbooked":       "The shipment is cancelled.",
	"cancelling":     "The carrier was told to cancel it. This page shows how it ends.",
}

// till is what the desk shows of one payment.
type till struct {
	payment.Payment
	Moves    []payment.Move
	Disputes []payment.Dispute
	Manage   bool   // may be captured, refunded and so on by whoever looks
	Open     bool   // the order is not cancelled
	Key      string // of the next refund
}

func tillsOf(st settle.State, by identity.Actor) []till {
	manage := by.May(identity.ManageOrders) == nil
	all := make([]till, len(st.Payments))
	for i, p := range st.Payments {
		all[i] = till{Payment: p, Manage: manage, Open: st.Order.Status != order.Cancelled, Key: id.Secret()}
		for _, m := range st.Moves {
			if m.PaymentID == p.ID {
				all[i].Moves = append(all[i].Moves, m)
			}
		}
		for _, d := range st.Disputes {
			if d.PaymentID == p.ID {
				all[i].Disputes = append(all[i].Disputes, d)
			}
		}
	}
	return all
}

// CanCapture reports whether some of a promise may be taken.
func (t till) CanCapture() bool { return t.Manage && t.Unfit == "" && t.Promised().Amount > 0 }

// CanMark reports whether an awaited payment may be marked as received.
func (t till) CanMark() bool { return t.Manage && t.Unfit == "" && t.Status == payment.Processing }

// CanRefund reports whether something may be given back.
func (t till) CanRefund() bool { return t.Manage && t.Refundable().Amount > 0 }

// Undecided reports whether money waits for a decision of the vendor.
func (t till) Undecided() bool { return t.Manage && t.Unfit != "" && t.HasMoney() }

// CanAccept reports whether unfit money may still count for the order.
func (t till) CanAccept() bool {
	return t.Undecided() && t.Open && t.Unfit == payment.AmountDiffers && t.Asked.Currency == t.Amount.Currency
}

var misfits = map[payment.Misfit]string{
	payment.AmountDiffers:  "The provider holds another amount than the order asked for.",
	payment.OrderCancelled: "The order was cancelled, and its money is still here.",
	payment.SecondPayment:  "The order was already paid by another payment.",
}

func tillBadge(p payment.Payment) badge {
	switch {
	case p.Unfit != "" && p.HasMoney():
		return badge{"Needs a look", "bad"}
	case p.Captured.Amount > 0 && p.Refunded.Amount >= p.Captured.Amount:
		return badge{"Refunded", "off"}
	}
	switch p.Status {
	case payment.Paid:
		return badge{"Paid", "good"}
	case payment.Reserved:
		return badge{"Promised", "now"}
	case payment.Processing:
		return badge{"Expected", "wait"}
	case payment.Waiting:
		return badge{"Shopper's turn", "wait"}
	case payment.Refused:
		return badge{"Declined", "bad"}
	case payment.Cancelled:
		return badge{"Given up", "off"}
	case payment.Lapsed:
		return badge{"Run out", "bad"}
	case payment.Created:
	}
	return badge{"Being asked", "wait"}
}

func moveBadge(m payment.Move) badge {
	switch m.Status {
	case payment.MoveDone:
		return badge{"Done", "good"}
	case payment.MoveFailed:
		return badge{"Failed", "bad"}
	case payment.MoveOpen, payment.MovePending:
	}
	return badge{"On its way", "wait"}
}

func moveName(m payment.Move) string {
	switch {
	case m.Kind == payment.CaptureMove:
		return "Taken"
	case m.By == "provider":
		return "Refund made at the provider"
	case m.By == "system":
		return "Returned"
	}
	return "Refund"
}

var disputeNames = map[payment.DisputeStatus]badge{
	payment.DisputeOpen:   {"Needs an answer", "bad"},
	payment.DisputeReview: {"Under review", "wait"},
	payment.DisputeWon:    {"Won", "good"},
	payment.DisputeLost:   {"Lost", "bad"},
}

// refundsOf are the refunds that a shopper should know of: not those that failed.
func refundsOf(st settle.State) (all []payment.Move) {
	for _, m := range st.Moves {
		if m.Kind == payment.RefundMove && m.Status != payment.MoveFailed {
			all = append(all, m)
		}
	}
	return all
}

// qrSize is in pixels: large enough for a phone's camera, also from a printed page.
const qrSize = 264

// qrImage draws a QR code as the address of a picture; "" when the text is too long for one.
func qrImage(text string) string {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err == nil {
		code, err = barcode.Scale(code, qrSize, qrSize)
	}
	var out strings.Builder
	if err == nil {
		err = png.Encode(&out, code)
	}
	if err != nil {
		return ""
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString([]byte(out.String()))
}

// showWays lets a shopper pay an order that waits in another way.
func showWays(v *visit) error { return v.ways(200, newForm(), id.Secret()) }

func (v *visit) ways(status int, f form, key string) error {
	st, all, err := v.web.d.Shop.Checkout.Ways(v.ctx, v.shop.ID, v.number(), v.secret())
	if err != nil {
		return err
	}
	if all = forPeople(all); len(all) == 0 {
		return v.redirect(orderPath(st.Order.Number, st.Order.Secret))
	}
	c := checkout{Form: f, Key: key}
	c.Options.Payments = all
	p := v.page(t(v.ctx, "Pay order %s", st.Order.Name()))
	p.Hidden = true
	return v.private(status, waysPage(p, st, c))
}

// secret opens an order; a form sends it in its body.
func (v *visit) secret() string {
	if s := v.form("secret"); s != "" {
		return s
	}
	return v.query("secret")
}

// payOtherwise begins another payment, once per form.
func payOtherwise(v *visit) error {
	f, key := v.read("method"), v.form("key")
	err := v.limit("checkout", checkoutRate, "")
	if err == nil && (len(key) < 16 || len(key) > 64) {
		err = errForm
	}
	if err == nil {
		var st settle.State
		in, fingerprint := v.order(checkout{Form: f}, v.secret())
		once := &app.Once{Once: ports.Once{Key: key, Scope: "web/pay", Fingerprint: fingerprint}}
		st, err = v.web.d.Shop.Checkout.PayOtherwise(v.ctx, v.shop.ID, shop.PayOtherwise{
			Number: v.number(), Secret: v.secret(), Provider: in.Provider, Method: in.Method, ReturnURL: in.ReturnURL, HooksURL: in.HooksURL,
		}, once)
		if err == nil {
			return v.ordered(st)
		}
	}
	if errors.Is(err, payment.ErrNothingPending) || errors.Is(err, payment.ErrDeclined) && !v.pending() {
		return v.redirect(orderPath(v.number(), v.secret())) // its page says what became of it
	}
	status := statusOf[fault.KindOf(err)]
	if err := f.explain(v.ctx, err); err != nil {
		return err
	}
	return v.ways(status, f, id.Secret())
}

// pending reports whether the order still waits for its payment.
func (v *visit) pending() bool {
	st, err := v.web.d.Shop.Orders.ByNumber(v.ctx, v.shop.ID, v.number(), v.secret())
	return err == nil && st.Order.Status == order.Pending
}

// cancelMine ends an order that waits for its payment; the cart is as it was.
func cancelMine(v *visit) error {
	_, err := v.web.d.Shop.Checkout.Cancel(v.ctx, v.shop.ID, v.number(), v.secret())
	if err != nil && !errors.Is(err, order.ErrFinished) {
		return err
	}
	return v.redirect(orderPath(v.number(), v.secret()))
}

// forPeople leaves out the ways to pay that only a provider's code in the browser can fill in.
func forPeople(all []ports.PaymentMethod) (kept []ports.PaymentMethod) {
	for _, m := range all {
		asked := false
		for _, f := range m.Fields {
			asked = asked || f.ByLibrary
		}
		if !asked {
			kept = append(kept, m)
		}
	}
	return kept
}
