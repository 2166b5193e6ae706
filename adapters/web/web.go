// Package web serves the pages: the shop on a vendor's host, the vendor's order desk below /vendor, the platform's
// landing page, and in development the mailbox. Pages are made on the server and work without JavaScript; the script
// adds comfort only. It refuses every form without its token, and shows nothing that the use cases did not allow.
//
// Read Mount for the routes, visit.go for what every page needs, checkout.go for the longest way through.
package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/microcosm-cc/bluemonday"

	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Deps is what the pages stand on. The funcs read facts of a request that only the edge knows.
type Deps struct {
	Shop       *shop.Shop
	Backoffice *backoffice.Backoffice
	Limiter    ports.Limiter // nil limits nothing

	Tenant   func(*fiber.Ctx) (tenant.Tenant, bool) // the shop of the request's host
	Platform func(*fiber.Ctx) bool                  // the host is the platform's own
	ClientIP func(*fiber.Ctx) netip.Addr
	Scheme   func(*fiber.Ctx) string // "http" or "https", as the shopper's browser sees it
	Host     func(*fiber.Ctx) string // with port, as the browser sees it; nil takes the Host header as it came

	Key     []byte  // 32 secret bytes shared by all nodes: form tokens are made with it
	Mailbox Mailbox // nil outside development
	Media   fs.FS   // pictures served below /media/; nil serves none
	CDN     string  // where pictures are got from; "" for the shop's own host
	Landing func(context.Context) Landing
	Log     *slog.Logger
	Now     func() time.Time
}

// Web is the pages.
type Web struct {
	d      Deps
	assets assets
	html   *bluemonday.Policy
}

// New builds them. The key must have at least 32 bytes.
func New(d Deps) *Web {
	if len(d.Key) < 32 {
		panic("web: the key for form tokens needs 32 bytes")
	}
	if d.Host == nil {
		d.Host = func(c *fiber.Ctx) string { return string(c.Request().Header.Host()) }
	}
	if d.Log == nil {
		d.Log = slog.Default()
	}
	return &Web{d: d, assets: loadAssets(), html: descriptionPolicy()}
}

// Mount registers the routes. The caller answers everything else with NotFound and Failure.
func (w *Web) Mount(r fiber.Router) {
	r.Get("/assets/:file", w.asset)
	r.Get("/theme.css", w.theme)
	r.Get("/robots.txt", w.open(robots))
	r.Get("/sitemap.xml", w.page(sitemaps))
	r.Get("/sitemap-:part.xml", w.page(sitemapPart))
	r.Get("/favicon.svg", w.favicon)
	r.Get("/favicon.ico", w.favicon)
	if w.d.Media != nil {
		r.Get("/media/*", w.media)
	}
	if w.d.Mailbox != nil {
		r.Get("/dev/mailbox", w.open(mailbox))
		r.Get("/dev/mailbox/:id", w.open(mailboxMessage))
	}
	r.Get("/", w.front)
	w.mountShop(r)
	w.mountVendor(r)
}

func (w *Web) mountShop(r fiber.Router) {
	r.Get("/products", w.page(listing))
	r.Get("/c/:category", w.page(listing))
	r.Get("/collections/:slug", w.page(collection))
	r.Get("/suggest", w.page(suggest))
	r.Get("/p/:slug", w.page(product))
	r.Get("/p/:slug/reviews", w.page(productReviews))
	r.Post("/reviews/vote", w.action(vote))
	r.Post("/p/:slug/notify", w.action(waitFor))
	r.Post("/currency", w.action(chooseCurrency))
	r.Get("/wishlist", w.page(showWishlist))
	r.Post("/wishlist", w.action(changeWishlist))
	r.Post("/wishlist/add", w.action(addWish))
	r.Get("/wishlist/shared/:share", w.page(sharedWishlist))
	r.Get("/cart", w.page(showCart))
	r.Post("/cart/add", w.action(addToCart))
	r.Post("/cart/set", w.action(setQuantity))
	r.Get("/checkout", w.page(startCheckout))
	r.Post("/checkout", w.action(goOnCheckout))
	r.Get("/checkout/return", w.page(returnFromProvider))
	r.Post("/checkout/return", w.page(postFromProvider))
	r.Get("/orders/:number", w.page(showOrder))
	r.Get("/orders/:number/pay", w.page(showWays))
	r.Post("/orders/:number/pay", w.action(payOtherwise))
	r.Post("/orders/:number/cancel", w.action(cancelMine))
	r.Post("/live/ticket", w.action(orderTicket))
	r.Get("/account", w.page(showAccount))
	r.Get("/account/reviews", w.page(myReviews))
	r.Get("/account/reviews/new", w.page(showWrite))
	r.Post("/account/reviews/new", w.action(writeReview))
	r.Get("/account/reviews/:review", w.page(showReview))
	r.Post("/account/reviews/:review", w.action(changeReview))
	r.Post("/account/reviews/:review/delete", w.action(removeReview))
	r.Get("/account/sign-in", w.page(showSignIn))
	r.Post("/account/sign-in", w.action(signIn))
	r.Get("/account/register", w.page(showRegister))
	r.Post("/account/register", w.action(register))
	r.Get("/account/forgot", w.page(showForgot))
	r.Post("/account/forgot", w.action(forgot))
	r.Get("/account/reset", w.page(showReset))
	r.Post("/account/reset", w.action(reset))
	r.Post("/account/sign-out", w.action(signOut))
}

func (w *Web) mountVendor(r fiber.Router) {
	r.Get("/vendor", w.page(desk))
	r.Get("/vendor/sign-in", w.page(showStaffSignIn))
	r.Post("/vendor/sign-in", w.action(staffSignIn))
	r.Get("/vendor/forgot", w.page(showForgot))
	r.Post("/vendor/forgot", w.action(staffForgot))
	r.Get("/vendor/reset", w.page(showReset))
	r.Post("/vendor/reset", w.action(staffReset))
	r.Post("/vendor/sign-out", w.action(staffSignOut))
	r.Get("/vendor/reviews", w.page(showDeskReviews))
	r.Post("/vendor/reviews", w.action(judge))
	r.Get("/vendor/orders/:number", w.page(deskOrder))
	r.Post("/vendor/orders/:number/fulfil", w.action(fulfil))
	r.Post("/vendor/orders/:number/capture", w.action(capture))
	r.Post("/vendor/orders/:number/refund", w.action(refundOrder))
	r.Post("/vendor/orders/:number/cancel", w.action(cancelOrder))
	r.Post("/vendor/orders/:number/accept", w.action(acceptPayment))
	r.Post("/vendor/orders/:number/return", w.action(returnPayment))
	r.Post("/vendor/orders/:number/shipments", w.action(bookShipment(shipping.Outward)))
	r.Post("/vendor/orders/:number/returns", w.action(bookShipment(shipping.Return)))
	r.Post("/vendor/orders/:number/shipments/:shipment/cancel", w.action(cancelShipment))
	r.Get("/vendor/orders/:number/shipments/:shipment/:kind", w.page(shipmentDocument))
	r.Post("/vendor/live/ticket", w.action(staffTicket))
}
