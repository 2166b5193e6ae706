package reactions

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/digital"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/ports"
)

// resetLifetime is how long the link of a reset mail works.
const resetLifetime = time.Hour

func (r *Reactions) mailShopper(ctx context.Context, h happened) error {
	o := h.state.Order
	subject, lead := "Your order "+o.Name()+" at "+h.tenant.Shop.Name, "thank you for your order. Here is what we are getting ready:"
	switch next := h.state.Payment.Next; {
	case h.Kind == order.KindFulfilled && !o.Ships():
		subject, lead = "Your order "+o.Name()+" is ready", "your order is ready."
	case h.Kind == order.KindFulfilled, h.Kind == order.KindResent:
		subject, lead = "Your order "+o.Name()+" is on its way", "your order is on its way. "+trackingText(o)
	case h.Kind == order.KindRefunded:
		_, told := wordsFor(h)
		subject, lead = told.title, told.body+" It was for this order:"
	case h.Kind == order.KindPending && next != nil && next.Instructions != "":
		lead = "thank you for your order. It is confirmed as soon as your payment arrives:\n\n" + next.Instructions
	}
	files, err := r.filesOf(ctx, h)
	if err != nil {
		return err
	}
	text := "Hello " + nameOf(o) + ",\n\n" + lead + "\n\n" + receipt(o) + files +
		"\nFollow your order here:\n" + r.orderURL(h) + "\n\n" + h.tenant.Shop.Name + "\n"
	return r.send(ctx, h, "shopper", o.Email, subject, text)
}

// filesOf says which files wait for whoever has paid.
func (r *Reactions) filesOf(ctx context.Context, h happened) (text string, err error) {
	err = r.d.Store.View(ctx, h.tenant.ID, func(ctx context.Context, v ports.View) error {
		text = ""
		files, err := v.DigitalFiles(ctx, digital.Bought(h.state.Order))
		for _, f := range files {
			if f.Sold(h.state.Order) {
				text += "  " + f.Name + "\n"
			}
		}
		return err
	})
	if text != "" {
		text = "\nDownload on the page of your order:\n" + text
	}
	return text, err
}

func (r *Reactions) mailStaff(ctx context.Context, h happened) error {
	o := h.state.Order
	receivers, err := r.d.Staff.StaffEmails(ctx, h.tenant.ID)
	if err != nil {
		return err
	}
	subject, lead := "New order "+o.Name()+" · "+o.Total.String(), "a new order has come in:"
	switch h.Kind {
	case order.KindPending:
		subject, lead = "Order "+o.Name()+" waits for its payment", "an order was placed that will be paid later. Mark it as paid when the money is there:"
	case order.KindUnfit, order.KindLapsed, order.KindRefundFailed, order.KindCaptureFailed, order.KindDispute, order.KindMismatch:
		told, _ := wordsFor(h)
		subject, lead = told.title, told.body+" The order:"
	}
	text := "Hello,\n\n" + lead + "\n\n" + receipt(o) + "\nShip to:\n" + addressText(o) +
		"\nOpen it here:\n" + r.d.ShopURL(h.tenant) + "/vendor/orders/" + strconv.FormatInt(o.Number, 10) + "\n"
	for _, to := range receivers {
		if err := r.send(ctx, h, "staff-"+to, to, subject, text); err != nil {
			return err
		}
	}
	return nil
}

// mailReset makes the token and mails it. Run again, it makes a new one, and the older link stops working.
func (r *Reactions) mailReset(ctx context.Context, h happened) error {
	token := id.Secret()
	var to account.Account
	err := r.d.Store.Update(ctx, h.tenant.ID, func(ctx context.Context, tx ports.Tx) (err error) {
		if to, err = tx.Customer(ctx, h.Subject); err != nil {
			return err
		}
		return tx.SaveCustomerReset(ctx, to.ID, account.HashToken(token), r.d.Now().Add(resetLifetime))
	})
	if err != nil {
		return err
	}
	return r.send(ctx, h, "reset", to.Email, "Choose a new password for "+h.tenant.Shop.Name,
		"Hello "+to.Name+",\n\nopen this link within an hour to choose a new password:\n\n"+
			r.d.ShopURL(h.tenant)+"/account/reset?token="+token+
			"\n\nIf you did not ask for it, ignore this mail: nothing has changed.\n")
}

func (r *Reactions) send(ctx context.Context, h happened, part, to, subject, text string) error {
	return r.d.Mailer.Send(ctx, ports.Mail{
		ID: string(h.ID) + "." + part, FromName: h.tenant.Shop.Name, ReplyTo: h.tenant.Shop.Email, To: to, Subject: subject, Text: text,
	})
}

func (r *Reactions) orderURL(h happened) string {
	o := h.state.Order
	return r.d.ShopURL(h.tenant) + "/orders/" + strconv.FormatInt(o.Number, 10) + "?secret=" + o.Secret
}

// receipt lists lines and totals as plain text.
func receipt(o order.Order) string {
	var b strings.Builder
	for _, l := range o.Lines {
		b.WriteString("  " + strconv.FormatInt(l.Quantity, 10) + " × " + l.Title)
		if l.VariantTitle != "" {
			b.WriteString(" (" + l.VariantTitle + ")")
		}
		b.WriteString("  " + l.Total.String() + "\n")
		for _, p := range l.Parts {
			b.WriteString("      " + strconv.FormatInt(p.Quantity*l.Quantity, 10) + " × " + p.Title)
			if p.VariantTitle != "" {
				b.WriteString(" (" + p.VariantTitle + ")")
			}
			b.WriteString("\n")
		}
		if !l.ShipsAt.IsZero() {
			b.WriteString("      pre-order, sent on " + l.ShipsAt.Format(time.DateOnly) + "\n")
		}
	}
	b.WriteString("\n  Items     " + o.Subtotal.String() + "\n  Shipping  " + o.Shipping.String() + "\n  Total     " + o.Total.String() + "\n")
	return b.String()
}

func addressText(o order.Order) string {
	a := o.Address
	var b strings.Builder
	for _, line := range []string{a.Name, a.Line1, a.Line2, strings.TrimSpace(a.PostalCode + " " + a.City), a.Region, a.Country, a.Phone} {
		if line != "" {
			b.WriteString("  " + line + "\n")
		}
	}
	return b.String()
}

func nameOf(o order.Order) string {
	if o.Address.Name != "" {
		return o.Address.Name
	}
	return "there"
}
