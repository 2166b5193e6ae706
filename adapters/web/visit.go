package web

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/media"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/tenant"
)

// requestTimeout bounds the work of one page, a provider at checkout included.
const (
	requestTimeout = 45 * time.Second
)

// visit is one request for a page.
type visit struct {
	web      *Web
	c        *fiber.Ctx
	ctx      context.Context
	shop     tenant.Tenant // zero on the platform's host
	nonce    string
	who      *identity.Actor // read once by actor
	me       account.Account
	pays     bool           // the page asks for a card by Stripe.js
	locale   string         // BCP 47, of the reader
	currency money.Currency // that was chosen; "" for the shop's own
	cart     string         // id of the account's cart that a form is about, also when it was ordered meanwhile
}

// component is a rendered part of a page.
type component = templ.Component

type handler func(*visit) error

// front is the shop's home page, or the platform's on its own host.
func (w *Web) front(c *fiber.Ctx) error {
	if w.d.Platform != nil && w.d.Platform(c) {
		return w.open(landing)(c)
	}
	return w.page(home)(c)
}

// page serves a page of a shop.
func (w *Web) page(h handler) fiber.Handler {
	return w.open(func(v *visit) error {
		if v.shop.ID == "" {
			return unknownHost(v)
		}
		if v.shop.Status == tenant.Suspended && !strings.HasPrefix(v.c.Path(), "/vendor") {
			return tenant.ErrSuspended
		}
		return h(v)
	})
}

// action serves a form of a shop, once its token is checked.
func (w *Web) action(h handler) fiber.Handler {
	return w.page(func(v *visit) error {
		if err := v.checkForm(); err != nil {
			return err
		}
		return h(v)
	})
}

// open serves a page on any host.
func (w *Web) open(h handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.UserContext(), requestTimeout)
		defer cancel()
		v := w.visit(ctx, c)
		v.speak()
		v.price()
		if err := h(v); err != nil {
			return v.fail(err)
		}
		return nil
	}
}

func (w *Web) visit(ctx context.Context, c *fiber.Ctx) *visit {
	v := &visit{web: w, c: c, ctx: ctx, nonce: id.Secret()}
	v.shop, _ = w.d.Tenant(c)
	return v
}

// actor is the signed-in shopper, or a guest. A session that has ended is forgotten. The cart of somebody who is signed
// in follows the account, so that their cart token is "" unless a form names the cart.
func (v *visit) actor() (identity.Actor, string, error) {
	if v.who == nil {
		guest := identity.GuestOf(v.shop.ID)
		v.who = &guest
		if token := v.cookie(sessionCookie); token != "" {
			by, me, err := v.web.d.Shop.Accounts.Check(v.ctx, v.shop.ID, token)
			switch {
			case err == nil:
				v.who, v.me = &by, me
			case errors.Is(err, account.ErrSession), errors.Is(err, account.ErrNotFound):
				v.dropCookie(sessionCookie)
			default:
				v.who = nil
				return guest, "", err
			}
		}
	}
	if v.who.Kind == identity.Customer {
		if v.cart != "" {
			return *v.who, v.cart + ".", nil // an account's cart needs no secret
		}
		return *v.who, "", nil
	}
	return *v.who, v.cookie(cartCookie), nil
}

// form reads a field of a posted form, and never the address. Fiber reuses its buffers, so values are copied.
func (v *visit) form(name string) string { return string(v.c.Request().PostArgs().Peek(name)) }

func (v *visit) query(name string) string { return strings.Clone(v.c.Query(name)) }

// param reads a part of the path.
func (v *visit) param(name string) string {
	s := strings.Clone(v.c.Params(name))
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

func (v *visit) number() int64 {
	n, err := strconv.ParseInt(v.param("number"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// origin is the shop's address as the browser sees it, without a slash at its end.
func (v *visit) origin() string {
	return v.web.d.Scheme(v.c) + "://" + strings.Clone(v.web.d.Host(v.c))
}

func (v *visit) secure() bool { return v.web.d.Scheme(v.c) == "https" }

// redirect sends the browser to a path of this host after a form.
func (v *visit) redirect(path string) error { return v.c.Redirect(path, fiber.StatusSeeOther) }

// moved sends whoever follows an old address to the present one, for good. Browsers keep that for a while only, since
// something else may be there one day.
func (v *visit) moved(path string) error {
	if query := string(v.c.Request().URI().QueryString()); query != "" {
		path += "?" + query
	}
	v.c.Set(fiber.HeaderCacheControl, "public, max-age=300")
	return v.c.Redirect(path, fiber.StatusMovedPermanently)
}

// page fills in what the layout shows. Categories are best effort: a page is useful without its menu.
func (v *visit) page(title string) page {
	p := page{
		Shop: v.shop.Shop, Title: title, Path: strings.Clone(v.c.Path()), Nonce: v.nonce, CSRF: v.formToken(),
		CSS: v.web.assets.css, JS: v.web.assets.js, Origin: v.origin(), StripeJS: v.web.assets.stripe,
		CartCount: v.cartCount(), SignedIn: v.cookie(sessionCookie) != "", Locale: v.locale, Currency: v.currency,
	}
	if v.shop.ID == "" {
		p.Shop = platformShop
		return p
	}
	p.Canonical, p.Languages = v.origin()+p.Path, v.languages()
	p.Description = p.Shop.Tagline
	if v.query("saved") != "" {
		p.Notice = t(v.ctx, "Kept for later on your wishlist.")
	}
	if v.query("waiting") != "" {
		p.Notice = t(v.ctx, "You get one mail when it is back.")
	}
	if !strings.HasPrefix(p.Path, "/vendor") {
		p.tree = v.categories()
		p.Categories = p.tree.Children("")
	}
	return p
}

func (v *visit) categories() *catalog.Tree {
	tree, err := v.web.d.Shop.Catalog.Categories(v.ctx, v.shop, v.locale)
	if err != nil {
		v.web.d.Log.WarnContext(v.ctx, "the menu has no categories", "error", err)
		return catalog.NewTree(nil)
	}
	return tree
}

// render answers with a page.
func (v *visit) render(status int, body templ.Component) error {
	var b bytes.Buffer
	if err := body.Render(v.ctx, &b); err != nil {
		return fault.Wrap(err, "render a page")
	}
	v.headers()
	return v.c.Status(status).Type("html", "utf-8").Send(media.FromCDN(b.Bytes(), v.web.d.CDN))
}

// shown renders a page that anybody may see; it is not stored by others, since it carries a form token.
func (v *visit) shown(body templ.Component) error {
	v.c.Set(fiber.HeaderCacheControl, "private, no-cache")
	return v.render(fiber.StatusOK, body)
}

// private renders a page about one person.
func (v *visit) private(status int, body templ.Component) error {
	v.c.Set(fiber.HeaderCacheControl, "no-store")
	return v.render(status, body)
}
