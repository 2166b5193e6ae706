package web

import (
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
)

var waitPattern = regexp.MustCompile(`name="variant" value="(var_[^"]+)"`)

func TestWhoeverWaitsIsSignedUpWithoutAScript(t *testing.T) {
	s := newStack(t)
	p := s.sell(t, s.green, "kurta", "Cotton kurta", "<p>Cool</p>")
	b := s.open(t, s.green)
	require.Regexp(t, `data-wait hidden`, b.get("/p/kurta").Body, "the first combination is there")
	page := b.get("/p/kurta?o0=Small&o1=Red").Body
	require.NotRegexp(t, `data-wait hidden`, page)
	require.Contains(t, page, "Tell me when it is back")
	variant := waitPattern.FindStringSubmatch(page)[1]
	require.Equal(t, string(p.Variants[1].ID), variant)
	a := b.follow("/p/kurta/notify", url.Values{"variant": {variant}, "o0": {"Small"}, "o1": {"Red"}, "email": {"nobody"}})
	require.Equal(t, 422, a.Status)
	require.NotRegexp(t, `data-wait hidden`, a.Body, "what was chosen stays")
	require.Contains(t, a.Body, "Enter an email address")
	a = b.follow("/p/kurta/notify", url.Values{"variant": {variant}, "email": {"rina@example.com"}})
	require.Contains(t, a.Body, "You get one mail when it is back.")
	require.Equal(t, []string{"rina@example.com"}, pgtest.Texts(t, s.shops[s.green].ID, `select email from stock_signups`))
}
