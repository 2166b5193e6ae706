//go:build browser

package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestBrowserSearch finds a product by what is offered while typing, then by filters.
func TestBrowserSearch(t *testing.T) {
	d := startDev(t)
	w := open(t, browser(t), 1280, 900)
	const box = "#q"
	w.goTo(d.url("neel", "/"))
	w.run(chromedp.SendKeys(chromedp.CSS(box), "sar"))
	w.until("document.querySelectorAll('.offers [role=option]').length > 1", "see suggestions")
	w.shot("suggestions")
	w.run(chromedp.SendKeys(chromedp.CSS(box), kb.ArrowDown))
	w.until("document.getElementById(document.querySelector('"+box+"').getAttribute('aria-activedescendant')).getAttribute('aria-selected') === 'true'", "choose one")
	w.run(chromedp.SendKeys(chromedp.CSS(box), kb.Enter))
	w.until("location.pathname === '/products' && location.search.startsWith('?q=sar')", "follow the suggestion")
	w.see("Results for")

	w.goTo(d.url("neel", "/products"))
	w.press("input[name=option][value^='Colour:']")
	w.until("location.search.includes('option=Colour') && document.querySelector('input[name=option]:checked')", "narrow by colour")
	w.shot("facets")
	w.press("main .card a")
	w.see("Add to cart")
	w.quiet()
}
