package web

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/tenant"
)

var statusOf = map[fault.Kind]int{
	fault.Internal: 500, fault.Invalid: 422, fault.Denied: 403, fault.NotFound: 404, fault.Conflict: 409,
	fault.Exhausted: 429, fault.Unavailable: 503, fault.Declined: 402,
}

// NotFound is the page for an address that leads nowhere, in the shop's colours.
func (w *Web) NotFound(c *fiber.Ctx) error {
	return w.Failure(c, fault.New(fault.NotFound, "page_not_found", "There is nothing at this address."))
}

// Failure is the page for an error, in the shop's colours. Defects are logged and not shown.
func (w *Web) Failure(c *fiber.Ctx, err error) error {
	v := w.visit(c.UserContext(), c)
	v.speak()
	if v.shop.ID == "" && (w.d.Platform == nil || !w.d.Platform(c)) && errors.Is(err, tenant.ErrUnknownHost) {
		return unknownHost(v)
	}
	return v.fail(err)
}

func unknownHost(v *visit) error {
	if v.web.d.Platform != nil && v.web.d.Platform(v.c) {
		return fault.New(fault.NotFound, "page_not_found", "There is nothing at this address.")
	}
	return v.private(fiber.StatusMisdirectedRequest, failurePage(v.plainPage("No shop here"), "No shop here",
		"No shop answers at this address. Look at the spelling in the address bar."))
}

// plainPage has no menu, so that a page about a failure cannot fail for it.
func (v *visit) plainPage(title string) page {
	p := page{Shop: v.shop.Shop, Title: t(v.ctx, title), Nonce: v.nonce, CSRF: v.formToken(), CSS: v.web.assets.css, JS: v.web.assets.js, CartCount: v.cartCount(), Hidden: true, Locale: v.locale}
	if v.shop.ID == "" {
		p.Shop = platformShop
	}
	return p
}

// fail answers with what went wrong.
func (v *visit) fail(err error) error {
	status, title, text := 500, "Something broke", "That is our fault, not yours. Try again in a moment; if it stays like this, write to us."
	known := (*fault.Error)(nil)
	routing := (*fiber.Error)(nil)
	switch {
	case errors.As(err, &known) && known.Kind != fault.Internal:
		status, text = statusOf[known.Kind], refusal(v.ctx, known.Message)
		title = titleOf(status)
		if errors.Is(err, identity.ErrSignIn) {
			status, title = 401, "Sign in first"
		}
	case errors.As(err, &routing):
		status, title, text = routing.Code, titleOf(routing.Code), sentence(routing.Message)
	default:
		v.web.d.Log.ErrorContext(v.ctx, "a page failed", "path", v.c.Path(), "tenant", string(v.shop.ID), "error", err)
	}
	return v.private(status, failurePage(v.plainPage(title), title, text))
}

func titleOf(status int) string {
	switch status {
	case 402:
		return "Payment declined"
	case 403:
		return "Not allowed"
	case 404:
		return "Page not found"
	case 409:
		return "That has changed meanwhile"
	case 422:
		return "That did not work"
	case 429:
		return "A little slower, please"
	case 503:
		return "Closed for a moment"
	}
	return "Something went wrong"
}
