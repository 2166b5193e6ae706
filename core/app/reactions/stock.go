package reactions

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/core/notification"
	"github.com/halum-hut/halum/ports"
)

// low says what has become low, a line for each variant that is still there.
func (r *Reactions) low(ctx context.Context, h happened) (lines []string, err error) {
	fact, err := factOf[inventory.Low](h)
	if err != nil {
		return nil, err
	}
	variants := make([]catalog.VariantID, len(fact.Items))
	for i, item := range fact.Items {
		variants[i] = item.Variant
	}
	err = r.d.Store.View(ctx, h.tenant.ID, func(ctx context.Context, v ports.View) error {
		lines = nil
		offers, err := v.Offers(ctx, variants)
		for _, item := range fact.Items {
			if o, ok := offers[item.Variant]; ok {
				lines = append(lines, nameOfOffer(o)+": "+leftText(item.Left))
			}
		}
		return err
	})
	return lines, err
}

func nameOfOffer(o catalog.Offer) string {
	name := o.Title
	if o.VariantTitle != "" {
		name += " (" + o.VariantTitle + ")"
	}
	if o.SKU != "" {
		name += " [" + o.SKU + "]"
	}
	return name
}

func leftText(left int64) string {
	switch {
	case left > 0:
		return strconv.FormatInt(left, 10) + " left"
	case left == 0:
		return "none left"
	}
	return strconv.FormatInt(-left, 10) + " sold beyond what is there"
}

// notifyLow tells staff inside the shop.
func (r *Reactions) notifyLow(ctx context.Context, h happened) error {
	lines, err := r.low(ctx, h)
	if err != nil || len(lines) == 0 {
		return err
	}
	body := lines[0]
	if len(lines) > 1 {
		body += " and " + strconv.Itoa(len(lines)-1) + " more"
	}
	return r.store(ctx, h, notification.Notification{
		Topic: notification.StaffTopic, EventID: h.ID, Kind: h.Kind, Title: "Stock is low", Body: body, At: h.At,
	})
}

// mailLow mails staff the same, with all of it.
func (r *Reactions) mailLow(ctx context.Context, h happened) error {
	lines, err := r.low(ctx, h)
	if err != nil || len(lines) == 0 {
		return err
	}
	receivers, err := r.d.Staff.StaffEmails(ctx, h.tenant.ID)
	if err != nil {
		return err
	}
	subject := "Stock is low: " + lines[0]
	if len(lines) > 1 {
		subject = "Stock of " + strconv.Itoa(len(lines)) + " variants is low"
	}
	text := "Hello,\n\nthis is left:\n\n  " + strings.Join(lines, "\n  ") + "\n\n" + r.d.ShopURL(h.tenant) + "/vendor\n"
	for _, to := range receivers {
		if err := r.send(ctx, h, "staff-"+to, to, subject, text); err != nil {
			return err
		}
	}
	return nil
}

// waiting is how many sign-ups are taken in one transaction.
const waiting = 100

// tellWaiting takes the sign-ups for what can be bought again. Whoever takes one writes down in the same transaction that
// its mail is due, so that running again tells nobody twice.
func (r *Reactions) tellWaiting(ctx context.Context, h happened) error {
	changed, err := factOf[catalog.Changed](h)
	if err != nil {
		return err
	}
	for more := true; more; {
		err := r.d.Store.Update(ctx, h.tenant.ID, func(ctx context.Context, tx ports.Tx) error {
			due, err := tx.DueSignups(ctx, changed.Products, waiting)
			for _, id := range due {
				tx.Emit("system", inventory.RestockDue{Signup: id})
			}
			more = len(due) == waiting
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// mailRestock tells one shopper that what they wait for is back, and forgets the address.
func (r *Reactions) mailRestock(ctx context.Context, h happened) error {
	var offer catalog.Offer
	var to inventory.Signup
	err := r.d.Store.Update(ctx, h.tenant.ID, func(ctx context.Context, tx ports.Tx) (err error) {
		if to, err = tx.Signup(ctx, inventory.SignupID(h.Subject)); err != nil {
			return err
		}
		offers, err := tx.Offers(ctx, []catalog.VariantID{to.Variant})
		offer = offers[to.Variant]
		return err
	})
	switch {
	case errors.Is(err, inventory.ErrSignup):
		return nil // it was told, or its variant is gone
	case err != nil:
		return err
	}
	if offer.Active {
		name := offer.Title
		if offer.VariantTitle != "" {
			name += " (" + offer.VariantTitle + ")"
		}
		text := "Hello,\n\n" + name + " can be bought again, at " + offer.Price.String() + ":\n\n" + r.d.ShopURL(h.tenant) + "/p/" + offer.Slug +
			"\n\nYou asked for this one mail. There will not be another.\n\n" + h.tenant.Shop.Name + "\n"
		if err := r.send(ctx, h, "restock", to.Email, name+" is back at "+h.tenant.Shop.Name, text); err != nil {
			return err
		}
	}
	return r.d.Store.Update(ctx, h.tenant.ID, func(ctx context.Context, tx ports.Tx) error { return tx.DeleteSignup(ctx, to.ID) })
}

// endHold looks at a cart's hold until it has ended, and tells of what can be bought again.
func (r *Reactions) endHold(ctx context.Context, h happened) (again time.Duration, err error) {
	err = r.d.Store.Update(ctx, h.tenant.ID, func(ctx context.Context, tx ports.Tx) error {
		left, back, err := tx.EndHolds(ctx, cart.ID(h.Subject))
		if len(back) > 0 {
			tx.Emit("system", catalog.Changed{Products: back})
		}
		again = left
		return err
	})
	return again, err
}
