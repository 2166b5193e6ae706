package reactions

import (
	"context"
	"slices"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/notification"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/core/wishlist"
	"github.com/halum-hut/halum/ports"
)

// wishers is how many lists are looked at in one transaction.
const wishers = 100

// tellWishers looks at the lists that hold changed products. What an owner is told is written down in the transaction
// that decides it, so that running again tells nothing twice.
func (r *Reactions) tellWishers(ctx context.Context, h happened) error {
	changed, err := factOf[catalog.Changed](h)
	if err != nil {
		return err
	}
	for last, more := wishlist.ID(""), true; more; {
		if last, more, err = r.tellSome(ctx, h.tenant.ID, changed.Products, last); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reactions) tellSome(ctx context.Context, t tenant.ID, products []catalog.ProductID, after wishlist.ID) (last wishlist.ID, more bool, err error) {
	err = r.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		all, err := tx.WishlistsWith(ctx, products, after, wishers)
		if err != nil || len(all) == 0 {
			more = false
			return err
		}
		last, more = all[len(all)-1].ID, len(all) == wishers
		offers, err := tx.Offering(ctx, products)
		if err != nil {
			return err
		}
		for i := range all {
			if news := look(&all[i], products, offers); len(news) > 0 {
				tx.Emit("system", wishlist.Told{List: all[i].ID, Customer: all[i].Owner.Customer, News: news})
			}
		}
		return tx.SaveWishlists(ctx, all...)
	})
	return last, more, err
}

// look compares the items of a list that changed with what they are now.
func look(l *wishlist.List, changed []catalog.ProductID, offers map[catalog.ProductID][]catalog.Offer) (news []wishlist.News) {
	for k := range l.Items {
		item := &l.Items[k]
		if !slices.Contains(changed, item.Product) {
			continue
		}
		now, ok := item.StateOf(offers[item.Product])
		if !ok {
			item.InStock = false // no longer for sale; should it come back, that is news
			continue
		}
		if n, tell := item.Look(now); tell {
			news = append(news, n)
		}
	}
	return news
}

// wished is a fact with the titles of its products.
type wished struct {
	wishlist.Told
	offers map[catalog.ProductID][]catalog.Offer
}

func (r *Reactions) wished(ctx context.Context, h happened) (w wished, err error) {
	if w.Told, err = factOf[wishlist.Told](h); err != nil {
		return w, err
	}
	ids := make([]catalog.ProductID, len(w.News))
	for i, n := range w.News {
		ids[i] = n.Product
	}
	err = r.d.Store.View(ctx, h.tenant.ID, func(ctx context.Context, v ports.View) error {
		w.offers, err = v.Offering(ctx, ids)
		return err
	})
	return w, err
}

// lines says what changed, a line for each product that is still there.
func (w wished) lines(shopURL string) (all []string) {
	for _, n := range w.News {
		offers := w.offers[n.Product]
		if len(offers) == 0 {
			continue
		}
		line := offers[0].Title + ": "
		switch {
		case n.Was.Amount > 0 && n.Back:
			line += "back in stock, now " + n.Now.String() + " instead of " + n.Was.String()
		case n.Was.Amount > 0:
			line += "now " + n.Now.String() + " instead of " + n.Was.String()
		default:
			line += "back in stock, " + n.Now.String()
		}
		if shopURL != "" {
			line += "\n" + shopURL + "/p/" + offers[0].Slug
		}
		all = append(all, line)
	}
	return all
}

// notifyWisher tells a signed-in shopper inside the shop.
func (r *Reactions) notifyWisher(ctx context.Context, h happened) error {
	w, err := r.wished(ctx, h)
	lines := w.lines("")
	if err != nil || len(lines) == 0 {
		return err
	}
	body := lines[0]
	if len(lines) > 1 {
		body += " and more"
	}
	return r.store(ctx, h, notification.Notification{
		Topic: notification.CustomerTopic(w.Customer), EventID: h.ID, Kind: h.Kind, Title: "News from your wishlist", Body: body, At: h.At,
	})
}

// mailWisher mails the same.
func (r *Reactions) mailWisher(ctx context.Context, h happened) error {
	w, err := r.wished(ctx, h)
	lines := w.lines(r.d.ShopURL(h.tenant))
	if err != nil || len(lines) == 0 {
		return err
	}
	text := "Hello,\n\nsomething on your wishlist has changed:\n"
	for _, l := range lines {
		text += "\n" + l + "\n"
	}
	text += "\nYour wishlist: " + r.d.ShopURL(h.tenant) + "/wishlist\n\n" + h.tenant.Shop.Name + "\n"
	email := ""
	err = r.d.Store.View(ctx, h.tenant.ID, func(ctx context.Context, v ports.View) error {
		to, err := v.Customer(ctx, w.Customer)
		email = to.Email
		return err
	})
	if err != nil {
		return err
	}
	return r.send(ctx, h, "wisher", email, "News from your wishlist at "+h.tenant.Shop.Name, text)
}
