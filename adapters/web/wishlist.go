package web

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/wishlist"
	"github.com/halum-hut/halum/ports"
)

var wishRate = ports.Rate{Limit: 120, Per: time.Minute, Burst: 60}

// wishOwner is whose lists the browser opens: the account's, or those of a guest's token.
func (v *visit) wishOwner() (identity.Actor, string, error) {
	by, _, err := v.actor()
	if err != nil || by.Kind == identity.Customer {
		return by, "", err
	}
	return by, v.cookie(wishCookie), nil
}

func (v *visit) keepWishes(token string) {
	if token != "" {
		v.setCookie(wishCookie, token, wishLifetime)
	}
}

const wishLifetime = 365 * 24 * time.Hour

func showWishlist(v *visit) error { return v.wishlistAnswer(200, newForm()) }

func (v *visit) wishlistAnswer(status int, f form) error {
	by, token, err := v.wishOwner()
	if err != nil {
		return err
	}
	all, err := v.web.d.Shop.Wishlists.All(v.ctx, by, token)
	if err != nil {
		return err
	}
	v.nameWishes(all...)
	p := v.page(t(v.ctx, "Your wishlist"))
	p.Hidden = true
	return v.private(status, wishlistPage(p, all, f))
}

func sharedWishlist(v *visit) error {
	found, err := v.web.d.Shop.Wishlists.Shared(v.ctx, v.shop.ID, v.param("share"))
	if err != nil {
		return err
	}
	v.nameWishes(found)
	p := v.page(found.Name)
	p.Hidden = true
	return v.private(200, sharedPage(p, found))
}

// nameWishes calls what is on lists by its names in the reader's language.
func (v *visit) nameWishes(lists ...shop.Wished) {
	var ids []string
	for _, l := range lists {
		for _, i := range l.Items {
			ids = append(ids, string(i.Product), catalog.OptionsSubject)
		}
	}
	said := v.said(ids...)
	if said == nil {
		return
	}
	for _, l := range lists {
		for n, i := range l.Items {
			l.Items[n].Summary = said.Summary(i.Summary)
			for at, o := range i.Offers {
				i.Offers[at] = said.Offer(o)
			}
		}
	}
}

// addWish keeps a product: that of a card, or the chosen variant of a product's page.
func addWish(v *visit) error {
	by, token, err := v.wishOwner()
	if err == nil {
		err = v.limit("wish", wishRate, "")
	}
	if err != nil {
		return err
	}
	wish := shop.Wish{List: wishlist.ID(v.form("list")), Product: catalog.ProductID(v.form("product"))}
	if slug := v.form("slug"); slug != "" {
		found, err := v.product(slug)
		if err != nil {
			return err
		}
		c := choose(found, v.form)
		wish.Product, wish.Variant = found.ID, c.Variant.ID
	}
	made, err := v.web.d.Shop.Wishlists.Add(v.ctx, by, token, wish)
	if err != nil {
		return v.refuseWish(err, newForm())
	}
	v.keepWishes(made.Token)
	return v.redirect(saved(ownPath(v.form("next"), "/wishlist")))
}

// saved marks an address, so that the page there says that something was kept.
func saved(path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return "/wishlist"
	}
	q := u.Query()
	q.Set("saved", "1")
	u.RawQuery = q.Encode()
	return u.String()
}

// changeWishlist is every other form of the wishlist's page.
func changeWishlist(v *visit) error {
	by, token, err := v.wishOwner()
	if err != nil {
		return err
	}
	lists := v.web.d.Shop.Wishlists
	list := wishlist.ID(v.form("list"))
	wish := shop.Wish{List: list, Product: catalog.ProductID(v.form("product")), Variant: catalog.VariantID(v.form("variant"))}
	f := v.read("name", "list")
	switch v.form("do") {
	case "create":
		var made shop.Made
		made, err = lists.Create(v.ctx, by, token, f.Value("name"), nil)
		v.keepWishes(made.Token)
	case "rename":
		_, err = lists.Rename(v.ctx, by, token, list, f.Value("name"))
	case "share":
		_, err = lists.Share(v.ctx, by, token, list, true)
	case "unshare":
		_, err = lists.Share(v.ctx, by, token, list, false)
	case "delete":
		err = lists.Delete(v.ctx, by, token, list)
	case "remove":
		if err = lists.Remove(v.ctx, by, token, wish); errors.Is(err, wishlist.ErrItem) {
			err = nil // a second click
		}
	case "cart":
		return v.moveWishes(by, token, list, &wish)
	case "all":
		return v.moveWishes(by, token, list, nil)
	default:
		return errForm
	}
	if err != nil {
		return v.refuseWish(err, f)
	}
	return v.redirect("/wishlist")
}

func (v *visit) moveWishes(by identity.Actor, token string, list wishlist.ID, only *shop.Wish) error {
	_, cartToken, err := v.actor()
	if err != nil {
		return err
	}
	move := func(cartToken string) (shop.CartView, []shop.Left, error) {
		return v.web.d.Shop.Wishlists.MoveToCart(v.ctx, by, token, cartToken, list, only)
	}
	view, left, err := move(cartToken)
	if cartToken != "" && isGone(err) {
		view, left, err = move("")
	}
	if err != nil {
		return v.refuseWish(err, newForm())
	}
	if by.Kind != identity.Customer {
		v.keepCart(view.Token)
	}
	v.keepCount(count(view.Priced))
	if len(left) == 0 {
		return v.redirect("/cart?added=1")
	}
	var why []string
	for _, l := range left {
		if known := (*fault.Error)(nil); errors.As(l.Err, &known) {
			why = append(why, refusal(v.ctx, known.Message))
		}
	}
	f := newForm()
	f.Message = t(v.ctx, "Not everything could be put into your cart.") + " " + strings.Join(why, " ")
	return v.wishlistAnswer(409, f)
}

// refuseWish says on the list's page what was wrong.
func (v *visit) refuseWish(err error, f form) error {
	status := statusOf[fault.KindOf(err)]
	if err := f.explain(v.ctx, err); err != nil {
		return err
	}
	if wrong := f.Error("name"); wrong != "" {
		f.Message = t(v.ctx, "The name of a list: %s", wrong) // every list on the page has such a field
	}
	return v.wishlistAnswer(status, f)
}

// mergeWishes takes a guest's lists into the account. It is best effort: signing in must not fail for it.
func (v *visit) mergeWishes(customer string) {
	token := v.cookie(wishCookie)
	if token == "" {
		return
	}
	if err := v.web.d.Shop.Wishlists.Merge(v.ctx, identity.Actor{Tenant: v.shop.ID, Kind: identity.Customer, ID: customer}, token); err != nil {
		v.web.d.Log.WarnContext(v.ctx, "a guest's wishlists stay where they are", "error", err)
		return
	}
	v.dropCookie(wishCookie)
}

// dropped reports that an item costs less than its owner knew.
func dropped(i shop.WishedItem) bool {
	return i.Now.Price.Amount > 0 && i.Now.Price.Currency == i.Seen.Currency && i.Now.Price.Amount < i.Seen.Amount
}

// variantTitle names the variant of an item; "" when any will do.
func variantTitle(i shop.WishedItem) string {
	for _, o := range i.Offers {
		if o.Variant == i.Variant {
			return o.VariantTitle
		}
	}
	return ""
}
