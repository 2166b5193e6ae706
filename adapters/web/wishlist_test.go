package web

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	listPattern  = regexp.MustCompile(`name="list" value="(wish_[^"]+)"`)
	sharePattern = regexp.MustCompile(`href="(/wishlist/shared/[^"]+)"`)
)

func TestWishlistPages(t *testing.T) {
	s := newStack(t)
	shirt := s.sell(t, s.green, "shirt", "Linen shirt", "<p>Cool</p>")
	s.sell(t, s.green, "kurta", "Cotton kurta", "<p>Cool</p>")
	b := s.open(t, s.green)
	require.Contains(t, b.get("/wishlist").Body, "You keep nothing for later yet")
	require.Contains(t, b.get("/products").Body, `aria-label="Keep for later: Linen shirt"`)

	a := b.follow("/wishlist/add", url.Values{"product": {string(shirt.ID)}, "next": {"/products?q=linen"}})
	require.Contains(t, a.Body, "Kept for later on your wishlist.")
	require.Contains(t, a.Body, "Results for")
	b.follow("/wishlist/add", url.Values{"slug": {"kurta"}, "o0": {"Large"}, "o1": {"Blue"}, "quantity": {"1"}, "next": {"//evil.test"}})
	page := b.get("/wishlist").Body
	require.Contains(t, page, "2 items")
	require.Contains(t, page, "Large / Blue")
	require.Contains(t, page, "Choose one", "the shirt comes in several")
	list := listPattern.FindStringSubmatch(page)[1]

	do := func(what string, more url.Values) answer {
		form := url.Values{"do": {what}, "list": {list}}
		for k, v := range more {
			form[k] = v
		}
		return b.follow("/wishlist", form)
	}
	require.Contains(t, do("rename", url.Values{"name": {"Party <b>"}}).Body, "Party &lt;b&gt;")
	require.Contains(t, do("create", url.Values{"name": {""}}).Body, "The name of a list: Use 1 to 80 characters.")
	require.Contains(t, do("create", url.Values{"name": {"Birthday"}}).Body, "Birthday")
	shared := sharePattern.FindStringSubmatch(do("share", nil).Body)
	require.NotNil(t, shared)
	friend := s.open(t, s.green)
	require.Contains(t, friend.get(shared[1]).Body, "Linen shirt")
	require.NotContains(t, friend.get(shared[1]).Body, "Remove")
	require.Equal(t, http.StatusNotFound, s.open(t, s.red).get(shared[1]).Status)

	a = do("all", nil)
	require.Equal(t, http.StatusConflict, a.Status)
	require.Contains(t, a.Body, "Choose which one first")
	require.Contains(t, b.get("/cart").Body, "Cotton kurta")
	require.NotContains(t, b.get("/wishlist").Body, "Cotton kurta")

	// Signing up takes the lists along.
	b.follow("/account/register", url.Values{"email": {"wisher@example.com"}, "password": {"long enough to keep"}, "name": {"Rina"}})
	require.Empty(t, b.cookies["wishlist"])
	require.Contains(t, b.get("/wishlist").Body, "Linen shirt")
	require.NotContains(t, do("remove", url.Values{"product": {string(shirt.ID)}, "variant": {""}}).Body, "Linen shirt")
	require.NotContains(t, do("unshare", nil).Body, shared[1])
	require.Equal(t, http.StatusNotFound, friend.get(shared[1]).Status)
	require.NotContains(t, do("delete", nil).Body, "Party")
	require.NotEqual(t, http.StatusOK, do("nonsense", nil).Status)
}
