package web

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/tenant"
)

var noncePattern = regexp.MustCompile(`script-src 'nonce-([a-z0-9]{20,})'`)

// inspect reads a page as a browser does and looks at every tag: no inline handlers and styles, nonces on scripts, no
// script addresses.
func inspect(t *testing.T, body, nonce string) {
	t.Helper()
	for z := html.NewTokenizer(strings.NewReader(body)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			require.ErrorIs(t, z.Err(), io.EOF)
			return
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		tag := z.Token()
		has := map[string]string{}
		for _, a := range tag.Attr {
			has[a.Key] = a.Val
			require.False(t, strings.HasPrefix(a.Key, "on") || a.Key == "style", "%v", tag)
			require.NotContains(t, strings.ToLower(a.Val), "javascript:", "%v", tag)
		}
		if tag.Data == "script" || tag.Data == "style" {
			require.Equal(t, nonce, has["nonce"], "%v", tag)
		}
		if tag.Data == "iframe" {
			require.Contains(t, has, "sandbox")
		}
	}
}

func TestPagesCarryTheirHeaders(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Shirt", "<p>Cotton</p>")
	b := s.open(t, s.green)
	for _, path := range []string{
		"/", "/products", "/products?q=shirt", "/c/shirts", "/p/shirt", "/cart", "/checkout", "/account", "/account/sign-in", "/account/register",
		"/account/forgot", "/account/reset?token=x", "/orders/1?secret=x", "/vendor", "/vendor/sign-in", "/vendor/orders/1", "/nowhere",
		"/c/nothing", "/p/nothing", "/checkout/return?order=1&secret=x", "/dev/mailbox", "/dev/mailbox/one", "/dev/mailbox/two",
	} {
		t.Run(path, func(t *testing.T) {
			a := b.get(path)
			if a.Status == http.StatusSeeOther {
				return
			}
			nonce := noncePattern.FindStringSubmatch(a.Header.Get("Content-Security-Policy"))
			require.NotNil(t, nonce, "%d %v", a.Status, a.Header)
			require.Contains(t, a.Header.Get("Content-Security-Policy"), "default-src 'none'")
			require.Contains(t, a.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
			require.NotContains(t, a.Header.Get("Content-Security-Policy"), "unsafe")
			require.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"))
			require.Equal(t, "same-origin", a.Header.Get("Cross-Origin-Opener-Policy"))
			require.NotEmpty(t, a.Header.Get("Referrer-Policy"))
			require.Contains(t, a.Header.Get("Cache-Control"), "no-")
			inspect(t, a.Body, nonce[1])
			require.Contains(t, a.Body, `<a class="skip" href="#main">`)
		})
	}
}

func TestNonceIsNew(t *testing.T) {
	s := newStack(t)
	b := s.open(t, s.green)
	first, second := b.get("/").Header.Get("Content-Security-Policy"), b.get("/").Header.Get("Content-Security-Policy")
	require.NotEqual(t, first, second)
}

// TestFormsAreRefused asks the router itself which forms there are, so that a new one cannot be forgotten.
func TestFormsAreRefused(t *testing.T) {
	s := newStack(t)
	var paths []string
	for _, r := range s.app.GetRoutes(true) {
		// A provider's page posts shoppers back without a token of ours: that form only leads on to the same address.
		if r.Method == fiber.MethodPost && r.Path != "/checkout/return" {
			paths = append(paths, strings.ReplaceAll(r.Path, ":number", "1"))
		}
	}
	require.GreaterOrEqual(t, len(paths), 13)
	stranger := s.open(t, s.green)
	stranger.get("/cart")
	elsewhere := s.open(t, s.red)
	elsewhere.get("/cart")
	for _, path := range paths {
		b := s.open(t, s.green)
		b.get("/cart")
		own := b.csrf
		require.NotEmpty(t, own)
		for _, c := range []struct {
			name, token string
			header      map[string]string
			cookies     map[string]string
		}{
			{"no token", "", nil, b.cookies},
			{"another browser's token", stranger.csrf, nil, b.cookies},
			{"another shop's token", elsewhere.csrf, nil, elsewhere.cookies},
			{"no cookie", own, nil, map[string]string{}},
			{"another origin", own, map[string]string{"Origin": "http://evil.test"}, b.cookies},
			{"another shop's origin", own, map[string]string{"Origin": "http://" + s.red}, b.cookies},
			{"an opaque origin", own, map[string]string{"Origin": "null"}, b.cookies},
			{"another site", own, map[string]string{"Sec-Fetch-Site": "cross-site"}, b.cookies},
			{"a sibling site", own, map[string]string{"Sec-Fetch-Site": "same-site"}, b.cookies},
		} {
			t.Run(path+" "+c.name, func(t *testing.T) {
				sent := &browser{t: t, s: s, host: s.green, cookies: c.cookies, header: c.header}
				require.Equal(t, 403, sent.post(path, url.Values{"csrf": {c.token}}).Status)
			})
		}
	}
	b := s.open(t, s.green)
	b.get("/cart")
	b.header = map[string]string{"Origin": "http://" + s.green, "Sec-Fetch-Site": "same-origin"}
	require.Equal(t, 422, b.post("/account/forgot", url.Values{"email": {"x"}}).Status, "the browser's own form passes")
}

func TestTextOfProductsIsEscaped(t *testing.T) {
	s := newStack(t)
	bad := `"><script>alert(1)</script><img src=x onerror=alert(2)>`
	s.sell(t, s.green, "bad", bad, `<p onclick="x()">Good</p><script>alert(3)</script><iframe src="//evil.test"></iframe><a href="javascript:alert(4)">a</a>`)
	b := s.open(t, s.green)
	for _, path := range []string{"/", "/products", "/products?q=" + url.QueryEscape(bad), "/p/bad"} {
		a := b.get(path)
		require.Equal(t, 200, a.Status, path)
		require.NotContains(t, a.Body, "<script>alert")
		require.NotContains(t, a.Body, "<img src=x")
		require.NotContains(t, a.Body, "</script><img")
		require.NotContains(t, a.Body, "<iframe")
		inspect(t, a.Body, noncePattern.FindStringSubmatch(a.Header.Get("Content-Security-Policy"))[1])
	}
	require.Contains(t, b.get("/p/bad").Body, "<p>Good</p>")
}

func TestCookiesAreKeptFromScriptsAndSiblings(t *testing.T) {
	s := newStack(t)
	p := s.sell(t, s.green, "shirt", "Shirt", "")
	b := s.open(t, s.green)
	b.header["X-Test-Scheme"] = "https"
	b.get("/p/shirt")
	a := b.post("/cart/add", url.Values{"variant": {string(p.Variants[0].ID)}, "quantity": {"1"}})
	require.Equal(t, 303, a.Status)
	require.NotEmpty(t, a.Header.Values("Set-Cookie"))
	for _, c := range a.Header.Values("Set-Cookie") {
		require.True(t, strings.HasPrefix(c, "__Host-"), c)
		for _, flag := range []string{"HttpOnly", "secure", "SameSite=Lax", "path=/"} {
			require.Contains(t, c, flag)
		}
	}
	require.Contains(t, a.Header.Get("Location"), "/cart")
	require.Contains(t, b.get("/cart").Header.Get("Strict-Transport-Security"), "max-age=31536000")
}

func TestHostsWithoutAShop(t *testing.T) {
	s := newStack(t)
	for _, path := range []string{"/", "/products", "/vendor"} {
		a := s.open(t, "unknown.test").get(path)
		require.Equal(t, 421, a.Status)
		require.Contains(t, a.Body, "No shop here")
	}
	platform := s.open(t, "halum.test:8080")
	require.Equal(t, 200, platform.get("/").Status)
	require.Equal(t, 404, platform.get("/products").Status)
	closed := s.shops[s.red]
	closed.Status = tenant.Suspended
	s.shops[s.red] = closed
	require.Equal(t, 503, s.open(t, s.red).get("/").Status)
	require.Equal(t, 303, s.open(t, s.red).get("/vendor").Status, "staff may look")
}

func TestListing(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Blue shirt", "")
	b := s.open(t, s.green)
	for _, c := range []struct {
		path string
		has  bool
	}{
		{"/products", true},
		{"/products?q=blue", true},
		{"/products?q=teapot", false},
		{"/products?min=1000&max=1300", true},
		{"/products?min=2000", false},
		{"/c/shirts?stock=1&sort=price_asc", true},
	} {
		a := b.get(c.path)
		require.Equal(t, 200, a.Status, c.path)
		require.Equal(t, c.has, strings.Contains(a.Body, `href="/p/shirt"`), c.path)
	}
	a := b.get("/products?min=cheap&stock=1")
	require.Equal(t, 200, a.Status)
	require.Contains(t, a.Body, `value="cheap"`)
	require.Contains(t, a.Body, "Write a price")
	require.Contains(t, b.get("/products?after=nonsense").Body, "cursor")
	require.Equal(t, 404, s.open(t, s.red).get("/p/shirt").Status, "another shop does not know it")
}

func TestOptionsWithoutScript(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Shirt", "")
	b := s.open(t, s.green)
	a := b.get("/p/shirt?o0=Small")
	require.Contains(t, a.Body, "৳1,250")
	require.Contains(t, a.Body, "(sold out)", "small and red")
	require.Contains(t, b.get("/p/shirt?o0=Large").Body, "(not available in this combination)", "large and red")
	require.Contains(t, b.get("/p/shirt?o0=Large").Body, "৳1,350.50")
	for _, c := range []struct {
		size, colour, quantity string
		status                 int
		says                   string
	}{
		{"Large", "Red", "1", 422, "This combination is not made"},
		{"Small", "Red", "1", 409, "sold out"},
		{"Small", "Blue", "6", 409, "only 5 left"},
		{"Small", "Blue", "0", 422, "whole number from 1 to 999"},
		{"Small", "Blue", "-3", 422, "whole number from 1 to 999"},
		{"Small", "Blue", "99999999999999999999", 422, "whole number from 1 to 999"},
	} {
		a := b.post("/cart/add", url.Values{"slug": {"shirt"}, "o0": {c.size}, "o1": {c.colour}, "quantity": {c.quantity}})
		require.Equal(t, c.status, a.Status, c)
		require.Contains(t, a.Body, c.says)
		require.Regexp(t, `value="`+c.colour+`" checked`, a.Body, "the choice is kept")
	}
}

func TestPictures(t *testing.T) {
	s := newStack(t)
	b := s.open(t, s.green)
	a := b.get("/media/demo/a.svg")
	require.Equal(t, 200, a.Status)
	require.Contains(t, a.Header.Get("Content-Type"), "image/svg+xml")
	require.Contains(t, a.Header.Get("Content-Security-Policy"), "sandbox")
	require.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"))
	b.header["If-None-Match"] = a.Header.Get("ETag")
	require.Equal(t, 304, b.get("/media/demo/a.svg").Status)
	delete(b.header, "If-None-Match")
	for _, path := range []string{"/media/secret.txt", "/media/../web.go", "/media/..%2fweb.go", "/media/", "/media/demo", "/assets/store.css"} {
		require.Equal(t, 404, b.get(path).Status, path)
	}
	a = b.get(s.web.assets.css)
	require.Equal(t, 200, a.Status)
	require.Contains(t, a.Header.Get("Cache-Control"), "immutable")
	require.Equal(t, 200, b.get("/favicon.svg").Status)
}

func TestMailboxShowsMailHarmlessly(t *testing.T) {
	s := newStack(t)
	b := s.open(t, "halum.test:8080")
	require.Contains(t, b.get("/dev/mailbox").Body, "&lt;b&gt;Hello&lt;/b&gt;")
	a := b.get("/dev/mailbox/one")
	require.Contains(t, a.Body, `sandbox=""`)
	require.NotContains(t, a.Body, "<script>alert")
	require.Contains(t, a.Body, `href="http://green.test/x?a=1&amp;b=2"`)
}

func TestColoursThatAreNotColours(t *testing.T) {
	require.NotContains(t, theme(tenant.Colours{Primary: "red}body{display:none"}), "display")
	require.Contains(t, theme(tenant.Colours{Primary: "#123456"}), "--primary:#123456;--on-primary:#ffffff")
}

func TestMoneyForPeople(t *testing.T) {
	for _, c := range []struct {
		locale string
		m      money.Money
		want   string
	}{
		{"en-BD", money.New(1250000, "BDT"), "৳12,500"},
		{"en-BD", money.New(1250050, "BDT"), "৳12,500.50"},
		{"en-US", money.New(2200, "USD"), "$22"},
		{"en-US", money.New(2205, "USD"), "$22.05"},
		{"en-US", money.New(0, "USD"), "$0"},
		{"de-DE", money.New(123456, "EUR"), "1.234,56\u00a0€"},
		{"en", money.New(1500, "JPY"), "¥1,500"},
		{"", money.New(1999, "KWD"), "KWD\u00a01.999"},
	} {
		require.Equal(t, c.want, page{Shop: tenant.Shop{Locale: c.locale}}.Money(c.m))
	}
}

func TestOwnPath(t *testing.T) {
	for in, want := range map[string]string{
		"/checkout": "/checkout", "//evil.test": "/", "https://evil.test": "/", `/\evil.test`: "/", "": "/", "/a\nb": "/",
	} {
		require.Equal(t, want, ownPath(in, "/"), in)
	}
}

func TestExcerpt(t *testing.T) {
	require.Equal(t, "Soft & warm. Yes", excerpt("<p>Soft &amp; <b>warm</b>.</p><p>Yes</p>", 50))
	require.Equal(t, "Soft…", excerpt("<p>Soft, warm</p>", 6))
	require.Len(t, shelves(catalog.NewTree([]catalog.Category{{ID: "cat_a", Slug: "a"}}), nil), 1)
}

func TestSearchEnginesFindTheirWay(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Shirt & tie", "<p>Cotton</p>")
	s.sell(t, s.green, "শাড়ি", "শাড়ি", "<p>Silk</p>")
	s.sell(t, s.red, "secret", "Another shop's", "<p>Red</p>")
	b := s.open(t, s.green)
	origin := "http://" + s.green
	require.Contains(t, b.get("/robots.txt").Body, "Disallow: /checkout\n")
	require.Contains(t, b.get("/robots.txt").Body, "Sitemap: "+origin+"/sitemap.xml\n")

	read := func(path string, into any) {
		a := b.get(path)
		require.Equal(t, http.StatusOK, a.Status, "%s: %s", path, a.Body)
		require.Contains(t, a.Header.Get("Content-Type"), "xml")
		require.NoError(t, xml.Unmarshal([]byte(a.Body), into))
	}
	var index sitemapIndex
	read("/sitemap.xml", &index)
	require.Equal(t, []place{{Location: origin + "/sitemap-shop.xml"}, {Location: origin + "/sitemap-products-1.xml"}}, index.Parts)
	var found []string
	for _, part := range index.Parts {
		var pages sitemap
		read(strings.TrimPrefix(part.Location, origin), &pages)
		for _, p := range pages.Pages {
			found = append(found, strings.TrimPrefix(p.Location, origin))
			require.Equal(t, http.StatusOK, b.get(strings.TrimPrefix(p.Location, origin)).Status, p.Location)
		}
	}
	require.Subset(t, found, []string{"/", "/products", "/p/shirt", "/p/" + url.PathEscape("শাড়ি")})
	require.NotContains(t, found, "/p/secret")
	for _, wrong := range []string{"/sitemap-products-0.xml", "/sitemap-products-01.xml", "/sitemap-products-x.xml", "/sitemap-.xml", "/sitemap-other.xml"} {
		require.Equal(t, http.StatusNotFound, b.get(wrong).Status, wrong)
	}
	var none sitemap
	read("/sitemap-products-2.xml", &none)
	require.Empty(t, none.Pages)

	for path, kinds := range map[string][]string{"/": {"OnlineStore"}, "/products": {"BreadcrumbList"}, "/p/shirt": {"Product", "BreadcrumbList"}, "/products?q=x": nil} {
		var said []string
		for _, m := range linkedPattern.FindAllStringSubmatch(b.get(path).Body, -1) {
			var data map[string]any
			require.NoError(t, json.Unmarshal([]byte(m[1]), &data), "%s", m[1])
			said = append(said, data["@type"].(string)) //nolint:forcetypeassert // a panic fails the test
		}
		require.Equal(t, kinds, said, path)
	}
}

var linkedPattern = regexp.MustCompile(`(?s)<script[^>]* type="application/ld\+json"[^>]*>(.*?)</script>`)
