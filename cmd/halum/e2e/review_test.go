//go:build browser

package e2e

import "testing"

// TestBrowserReview buys, says what it is like, has it published and answered, and reads it on the product's page.
func TestBrowserReview(t *testing.T) {
	d := startDev(t)
	chromium := browser(t)
	const shop = "neel"
	w := open(t, chromium, 1280, 900)
	w.goTo(d.url(shop, "/account/register"))
	w.fill("#f-name", "Rina Khatun", "#f-email", "rina@example.com", "#f-password", "a long enough phrase")
	w.press("main button[type=submit]")
	w.see("Hello, Rina Khatun")
	w.toCheckout(d, shop, "rina@example.com")
	w.payWith(approvedCard)
	w.placeOrder()
	w.see("Your order is confirmed")

	vendor := open(t, chromium, 1280, 900)
	vendor.goTo(d.url(shop, "/vendor"))
	vendor.fill("#f-email", "owner@neel.example", "#f-password", "demo-password")
	vendor.press("main button[type=submit]")
	vendor.see("Orders")
	vendor.press("tr[data-order] a")
	vendor.see("Mark as fulfilled")
	vendor.press("form[action$='/fulfil'] button")
	vendor.see("Marked as sent.")

	w.goTo(d.url(shop, "/account/reviews"))
	w.see("What do you say of these?")
	w.press("main .line a.button")
	w.press("input[name=stars][value='4']")
	w.fill("#f-title", "Well made", "#f-text", "Soft, and the colour stays.")
	w.press("form.stack button[type=submit]")
	w.see("Thank you. The shop reads your review and publishes it.")
	w.see("Waiting for the shop")
	w.shot("my-reviews")

	vendor.goTo(d.url(shop, "/vendor/reviews"))
	vendor.see("Soft, and the colour stays.")
	vendor.shot("vendor-reviews")
	vendor.fill("textarea[name=reply]", "Thank you, Rina.")
	vendor.press("button[value=reply]")
	vendor.see("Saved.")
	vendor.press("button[value=publish]")
	vendor.see("No reviews here.")
	vendor.goTo(d.url(shop, "/vendor/reviews?status=published"))
	vendor.until("document.querySelector('textarea[name=reply]').value === 'Thank you, Rina.'", "keep the answer")

	w.goTo(d.url(shop, "/account/reviews"))
	page := w.href(`a[href^="/p/"]`)
	w.goTo(page)
	w.see("Verified purchase")
	w.see("Rina K.")
	w.see("Thank you, Rina.")
	w.shot("reviews")
	guest := open(t, chromium, 390, 844)
	guest.goTo(page + "/reviews?stars=4")
	guest.see("Well made")
	guest.shot("reviews-phone")
	for _, a := range audit(t, auditTools(t), []string{page, page + "/reviews"}, "--axe") {
		a.sound(t)
	}
	for _, w := range []*window{w, vendor, guest} {
		w.quiet()
	}
}
