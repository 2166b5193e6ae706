package shop

import (
	"context"
	"slices"
	"time"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/core/wishlist"
	"github.com/halum-hut/halum/ports"
)

// Wishlists is what shoppers keep for later. A guest's lists are opened by a token, which is made with the first of them.
type Wishlists struct {
	d     Deps
	carts *Carts
}

// Wished is a list at today's prices.
type Wished struct {
	wishlist.List
	Items []WishedItem
}

// WishedItem is an item with what it is now. Offers are the variants it may be bought as.
type WishedItem struct {
	wishlist.Item
	Summary catalog.Summary // zero when it is no longer for sale
	Offers  []catalog.Offer
	Now     wishlist.State
}

// Gone reports that the item is no longer for sale.
func (i WishedItem) Gone() bool { return i.Summary.ID == "" }

// Choice is the variant to buy; "" when the shopper has to choose one.
func (i WishedItem) Choice() catalog.VariantID {
	if i.Variant == "" && len(i.Offers) == 1 {
		return i.Offers[0].Variant
	}
	return i.Variant
}

// Wish names a product, or one of its variants, on one of the shopper's lists.
type Wish struct {
	List    wishlist.ID // "" for the first list, which is made when there is none
	Product catalog.ProductID
	Variant catalog.VariantID // "" for whichever
}

// ownerOf is the actor's side of a list. A guest without a token owns nothing yet.
func ownerOf(by identity.Actor, token string) wishlist.Owner {
	switch {
	case by.Kind == identity.Customer:
		return wishlist.Owner{Customer: by.ID}
	case token != "":
		return wishlist.Owner{Hash: account.HashToken(token)}
	}
	return wishlist.Owner{}
}

func lists(ctx context.Context, v ports.WishlistView, of wishlist.Owner) ([]wishlist.List, error) {
	if of.Customer == "" && of.Hash == nil {
		return nil, nil
	}
	return v.Wishlists(ctx, of)
}

// All returns the shopper's lists, the oldest first.
func (w *Wishlists) All(ctx context.Context, by identity.Actor, token string) (out []Wished, err error) {
	err = w.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		all, err := lists(ctx, v, ownerOf(by, token))
		if err != nil {
			return err
		}
		out, err = atPrices(ctx, v, all)
		return err
	})
	return out, err
}

// Shared returns the list that somebody shares. Errors: wishlist.ErrNotFound.
func (w *Wishlists) Shared(ctx context.Context, t tenant.ID, share string) (out Wished, err error) {
	err = w.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		found, err := v.SharedWishlist(ctx, share)
		if err != nil {
			return err
		}
		all, err := atPrices(ctx, v, []wishlist.List{found})
		if err == nil {
			out = all[0]
		}
		return err
	})
	return out, err
}

// atPrices adds what the items are now, in two statements for all lists.
func atPrices(ctx context.Context, v ports.View, all []wishlist.List) ([]Wished, error) {
	var ids []catalog.ProductID
	for _, l := range all {
		for _, i := range l.Items {
			ids = append(ids, i.Product)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	offers, err := v.Offering(ctx, ids)
	if err != nil {
		return nil, err
	}
	found := map[catalog.ProductID]catalog.Summary{}
	if len(ids) > 0 {
		summaries, err := v.Summaries(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, s := range summaries {
			found[s.ID] = s
		}
	}
	out := make([]Wished, len(all))
	for n, l := range all {
		out[n] = Wished{List: l, Items: make([]WishedItem, len(l.Items))}
		for k, i := range l.Items {
			out[n].Items[k] = WishedItem{Item: i, Summary: found[i.Product], Offers: offers[i.Product]}
			out[n].Items[k].Now, _ = i.StateOf(offers[i.Product])
		}
	}
	return out, nil
}

// Create makes a list; the token is set when it is a guest's first. Errors: wishlist.ErrName, wishlist.ErrTooMany.
func (w *Wishlists) Create(ctx context.Context, by identity.Actor, token, name string, once *app.Once) (out Made, err error) {
	return app.Update(ctx, w.d.Store, by.Tenant, once, func(ctx context.Context, tx ports.Tx) (Made, error) {
		l, fresh, err := w.begin(ctx, tx, by, token, name)
		if err != nil {
			return Made{}, err
		}
		return Made{l.ID, fresh}, tx.SaveWishlists(ctx, l)
	})
}

// Made is a list that was made or added to, with a guest's new token.
type Made struct {
	List  wishlist.ID
	Token string
}

// begin makes a list that is not saved yet.
func (w *Wishlists) begin(ctx context.Context, tx ports.Tx, by identity.Actor, token, name string) (l wishlist.List, fresh string, err error) {
	if by.Kind != identity.Customer && token == "" {
		token = id.Secret()
		fresh = token
	}
	owner := ownerOf(by, token)
	all, err := tx.Wishlists(ctx, owner)
	if err != nil {
		return l, fresh, err
	}
	if len(all) >= wishlist.MaxLists {
		return l, fresh, wishlist.ErrTooMany
	}
	now := w.d.Now()
	l = wishlist.List{ID: wishlist.ID(id.New("wish", now)), Owner: owner, CreatedAt: now}
	return l, fresh, l.Rename(name, now)
}

// Add keeps a product. What is there already stays as it is. Errors: catalog.ErrNotFound, wishlist.ErrNotFound, wishlist.ErrFull.
func (w *Wishlists) Add(ctx context.Context, by identity.Actor, token string, wish Wish) (out Made, err error) {
	err = w.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		out = Made{}
		l, err := w.listFor(ctx, tx, by, token, wish.List, &out.Token)
		if err != nil {
			return err
		}
		offers, err := tx.Offering(ctx, []catalog.ProductID{wish.Product})
		if err != nil {
			return err
		}
		item := wishlist.Item{Product: wish.Product, Variant: wish.Variant, AddedAt: w.d.Now()}
		now, ok := item.StateOf(offers[wish.Product])
		if !ok {
			return catalog.ErrNotFound
		}
		item.Seen, item.InStock = now.Price, now.InStock
		if err := l.Add(item); err != nil {
			return err
		}
		out.List = l.ID
		return tx.SaveWishlists(ctx, l)
	})
	return out, err
}

func (w *Wishlists) listFor(ctx context.Context, tx ports.Tx, by identity.Actor, token string, name wishlist.ID, fresh *string) (wishlist.List, error) {
	all, err := lists(ctx, tx, ownerOf(by, token))
	switch {
	case err != nil:
		return wishlist.List{}, err
	case name != "":
		return one(all, name)
	case len(all) > 0:
		return all[0], nil
	}
	l, secret, err := w.begin(ctx, tx, by, token, wishlist.DefaultName)
	*fresh = secret
	return l, err
}

func one(all []wishlist.List, name wishlist.ID) (wishlist.List, error) {
	i := slices.IndexFunc(all, func(l wishlist.List) bool { return l.ID == name })
	if i < 0 {
		return wishlist.List{}, wishlist.ErrNotFound
	}
	return all[i], nil
}

// change lets fn change one of the shopper's lists.
func (w *Wishlists) change(ctx context.Context, by identity.Actor, token string, name wishlist.ID, fn func(*wishlist.List, time.Time) error) (l wishlist.List, err error) {
	err = w.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		all, err := lists(ctx, tx, ownerOf(by, token))
		if err != nil {
			return err
		}
		if l, err = one(all, name); err != nil {
			return err
		}
		if err := fn(&l, w.d.Now()); err != nil {
			return err
		}
		return tx.SaveWishlists(ctx, l)
	})
	return l, err
}

// Remove takes an item out. Errors: wishlist.ErrNotFound, wishlist.ErrItem.
func (w *Wishlists) Remove(ctx context.Context, by identity.Actor, token string, wish Wish) error {
	_, err := w.change(ctx, by, token, wish.List, func(l *wishlist.List, now time.Time) error { return l.Remove(wish.Product, wish.Variant, now) })
	return err
}

// Rename gives a list another name. Errors: wishlist.ErrNotFound, wishlist.ErrName.
func (w *Wishlists) Rename(ctx context.Context, by identity.Actor, token string, list wishlist.ID, name string) (wishlist.List, error) {
	return w.change(ctx, by, token, list, func(l *wishlist.List, now time.Time) error { return l.Rename(name, now) })
}

// Share makes an address at which anybody may read the list, or takes it away: an old address never works again.
// Errors: wishlist.ErrNotFound.
func (w *Wishlists) Share(ctx context.Context, by identity.Actor, token string, list wishlist.ID, on bool) (wishlist.List, error) {
	return w.change(ctx, by, token, list, func(l *wishlist.List, now time.Time) error {
		switch {
		case !on:
			l.Share = ""
		case l.Share == "":
			l.Share = id.Secret()
		}
		l.UpdatedAt = now
		return nil
	})
}

// Delete removes a list. Errors: wishlist.ErrNotFound.
func (w *Wishlists) Delete(ctx context.Context, by identity.Actor, token string, list wishlist.ID) error {
	return w.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		all, err := lists(ctx, tx, ownerOf(by, token))
		if err != nil {
			return err
		}
		if _, err := one(all, list); err != nil {
			return err
		}
		return tx.DeleteWishlist(ctx, list)
	})
}

// Left is an item that stayed on the list.
type Left struct {
	Product catalog.ProductID
	Variant catalog.VariantID
	Err     error
}

// MoveToCart puts one of each item into the cart and takes it off the list, in one transaction. An item that cannot be
// bought stays, with the reason. With only, other items are left alone. Errors: wishlist.ErrNotFound, wishlist.ErrItem,
// cart.ErrOrdered.
func (w *Wishlists) MoveToCart(ctx context.Context, by identity.Actor, token, cartToken string, list wishlist.ID, only *Wish) (view CartView, left []Left, err error) {
	err = w.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		left = nil
		all, err := lists(ctx, tx, ownerOf(by, token))
		if err != nil {
			return err
		}
		l, err := one(all, list)
		if err != nil {
			return err
		}
		if only != nil && l.Find(only.Product, only.Variant) < 0 {
			return wishlist.ErrItem
		}
		priced, err := atPrices(ctx, tx, []wishlist.List{l})
		if err != nil {
			return err
		}
		basket, fresh, err := w.carts.open(ctx, tx, by, cartToken)
		if err != nil {
			return err
		}
		if basket.Ordered {
			return cart.ErrOrdered
		}
		wanted := basket.Variants()
		for _, i := range priced[0].Items {
			wanted = append(wanted, i.Choice())
		}
		offers, err := tx.OffersTo(ctx, basket.Buyer(), wanted)
		if err != nil {
			return err
		}
		for _, i := range priced[0].Items {
			if only != nil && (i.Product != only.Product || i.Variant != only.Variant) {
				continue
			}
			if err := w.move(&basket, &l, i, offers); err != nil {
				left = append(left, Left{i.Product, i.Variant, err})
			}
		}
		if err := tx.SaveWishlists(ctx, l); err != nil {
			return err
		}
		view, err = save(ctx, tx, basket, offers, fresh)
		return err
	})
	return view, left, err
}

// move buys one of an item. offers are those of the cart and of the items.
func (w *Wishlists) move(basket *cart.Cart, l *wishlist.List, i WishedItem, offers map[catalog.VariantID]catalog.Offer) error {
	choice := i.Choice()
	offer, offered := offers[choice]
	switch {
	case i.Gone():
		return cart.ErrUnavailable
	case choice == "":
		return wishlist.ErrChoose
	case !offered:
		return cart.ErrUnavailable
	}
	if basket.Currency == "" {
		basket.Currency = offer.Price.Currency
	}
	if err := basket.Add(offer, 1, w.d.Now()); err != nil {
		return err
	}
	return l.Remove(i.Product, i.Variant, w.d.Now())
}

// Merge moves a guest's lists into the account, as at sign-in: lists of the same name become one. A token that opens
// nothing is ignored, since signing in must not fail for it. Errors: identity.ErrSignIn.
func (w *Wishlists) Merge(ctx context.Context, by identity.Actor, token string) error {
	customer, err := by.CustomerID()
	if err != nil || token == "" {
		return err
	}
	return w.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		theirs, err := tx.Wishlists(ctx, wishlist.Owner{Hash: account.HashToken(token)})
		if err != nil || len(theirs) == 0 {
			return err
		}
		own, err := tx.Wishlists(ctx, wishlist.Owner{Customer: customer})
		if err != nil {
			return err
		}
		var changed []wishlist.List
		for _, l := range theirs {
			i := slices.IndexFunc(own, func(o wishlist.List) bool { return o.Name == l.Name })
			if i < 0 && len(own) < wishlist.MaxLists {
				l.Owner = wishlist.Owner{Customer: customer}
				own, changed = append(own, l), append(changed, l)
				continue
			}
			i = max(i, 0)
			own[i].Merge(l, w.d.Now())
			changed = slices.DeleteFunc(changed, func(c wishlist.List) bool { return c.ID == own[i].ID })
			changed = append(changed, own[i])
			if err := tx.DeleteWishlist(ctx, l.ID); err != nil {
				return err
			}
		}
		return tx.SaveWishlists(ctx, changed...)
	})
}
