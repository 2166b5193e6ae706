package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/ports"
)

// boxes are the filters of a page by the words beside them: "Blue 2" is the label of a box and how many it would leave.
func boxes(t *testing.T, body string) map[string]bool {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	require.NoError(t, err)
	all := map[string]bool{}
	for n := range root.Descendants() {
		if n.Data != "label" {
			continue
		}
		var words []string
		box, checked := false, false
		for c := range n.Descendants() {
			if c.Type == html.TextNode {
				words = append(words, strings.Fields(c.Data)...)
			}
			for _, a := range c.Attr {
				box = box || c.Data == "input" && a.Key == "type" && a.Val == "checkbox"
				checked = checked || a.Key == "checked"
			}
		}
		if box {
			all[strings.Join(words, " ")] = checked
		}
	}
	return all
}

func TestShoppersNarrowAListing(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Linen shirt", "<p>Cool</p>")
	s.sell(t, s.green, "kurta", "Cotton kurta", "<p>Cool</p>")
	s.sell(t, s.red, "secret", "Another shop's", "<p>Red</p>")
	b := s.open(t, s.green)
	all := b.get("/products")
	require.Contains(t, all.Body, "2 products")
	require.Equal(t, map[string]bool{"In stock only": false, "Blue 2": false, "Red 2": false, "Large 2": false, "Small 2": false}, boxes(t, all.Body))
	require.Contains(t, all.Body, `fill="#2b64c4"`, "a swatch for blue")

	words := b.get("/products?q=linen&option=Colour%3ABlue&option=Size%3AHuge")
	require.Contains(t, words.Body, "0 products")
	require.Equal(t, map[string]bool{"In stock only": false, "Huge 0": true, "Small 1": false, "Large 1": false, "Blue 0": true}, boxes(t, words.Body), "what was chosen can be given up")
	require.Contains(t, words.Body, `href="/products?q=linen"`)
	require.Contains(t, words.Body, "noindex")

	found := b.get("/products?q=linnen&option=Colour%3ABlue")
	require.Contains(t, found.Body, "1 product<")
	require.Contains(t, found.Body, `href="/products?q=linen"`, "another spelling")
	require.True(t, boxes(t, found.Body)["Blue 1"])
	require.NotContains(t, found.Body, "Cotton kurta")

	band := regexp.MustCompile(`href="(/products\?max=[^"]*&amp;min=[^"]*)"`).FindStringSubmatch(all.Body)
	require.NotNil(t, band, "a range of prices")
	require.Contains(t, b.get(html.UnescapeString(band[1])).Body, "2 products")
	for _, odd := range []string{"/products?option=x", "/products?option=:", "/products?brand=%00", "/products?rating=9", "/products?sort=nonsense"} {
		a := b.get(odd)
		require.Equal(t, http.StatusOK, a.Status, odd)
		require.NotContains(t, a.Body, "Another shop", odd)
	}
	require.Contains(t, b.get("/products?sort=nonsense").Body, `role="alert"`)
}

func TestTheSearchBoxMakesSuggestions(t *testing.T) {
	s := newStack(t)
	s.sell(t, s.green, "shirt", "Linen <b>shirt</b>", "<p>Cool</p>")
	s.sell(t, s.red, "lining", "Lining", "<p>Red</p>")
	b := s.open(t, s.green)
	a := b.get("/suggest?q=lin")
	require.Equal(t, http.StatusOK, a.Status)
	require.Contains(t, a.Body, `data-go="/products?q=linen"`)
	require.Contains(t, a.Body, `data-go="/p/shirt"`)
	require.Contains(t, a.Body, "Linen &lt;b&gt;shirt&lt;/b&gt;")
	require.NotContains(t, a.Body, "Lining")
	require.Empty(t, b.get("/suggest?q=zzz").Body)
	require.Equal(t, http.StatusUnprocessableEntity, b.get("/suggest?q="+url.QueryEscape(strings.Repeat("a ", 100))).Status)
}

func TestPagesRemindOfWhatWasViewed(t *testing.T) {
	s := newStack(t)
	var products []catalog.Product
	for _, slug := range []string{"one", "two", "three", "four", "five", "six"} {
		products = append(products, s.sell(t, s.green, slug, "The "+slug, "<p>Cool</p>"))
	}
	b := s.open(t, s.green)
	require.NotContains(t, b.get("/p/one").Body, "You looked at")
	for _, p := range products {
		b.get("/p/" + p.Slug)
	}
	last := b.get("/p/six").Body
	last = last[strings.Index(last, "You looked at"):]
	for _, seen := range []string{"two", "three", "four", "five"} {
		require.Contains(t, last, `href="/p/`+seen+`"`)
	}
	require.NotContains(t, last, `href="/p/one"`)
	require.NotContains(t, last, `href="/p/six"`)
	products[4].Status = catalog.Archived
	require.NoError(t, s.update(s.shops[s.green].ID, func(ctx context.Context, tx ports.Tx) error { return tx.SaveProducts(ctx, products[4:5]) }))
	require.NotContains(t, b.get("/p/six").Body, `href="/p/five"`)
	b.cookies["viewed"] = "nonsense..prod_.%00"
	require.NotContains(t, b.get("/p/six").Body, "You looked at")
	other := s.open(t, s.red)
	s.sell(t, s.red, "own", "Own", "<p>x</p>")
	other.cookies["viewed"] = strings.TrimPrefix(string(products[0].ID), "prod_")
	require.NotContains(t, other.get("/p/own").Body, "The one", "another shop's products are unknown here")
}

func TestColoursHaveNames(t *testing.T) {
	for name, known := range map[string]bool{"Indigo": true, "Dark indigo": true, "নীল": true, "XL": false, "": false, "Navy": true, "Bottle Green": true} {
		require.Equal(t, known, colourOf(name) != "", name)
	}
	for name, code := range colours {
		require.Regexp(t, `^#[0-9a-f]{6}$`, code, name)
	}
	require.Equal(t, string(search.PriceUp), string(catalog.PriceUp), "old addresses go on to work")
}
