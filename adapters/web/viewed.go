package web

import (
	"slices"
	"strings"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/id"
)

// onViewed is how many products that were looked at before are shown; one more is kept, since the one that is looked at
// now is not shown.
const onViewed = 4

// viewed are the products that this browser looked at, the last first. Only the browser keeps them.
func (v *visit) viewed() (all []catalog.ProductID) {
	for part := range strings.SplitSeq(v.cookie(viewedCookie), ".") {
		if name := "prod_" + part; id.Check("prod", name) == nil && len(all) <= onViewed {
			all = append(all, catalog.ProductID(name))
		}
	}
	return all
}

// keepViewed remembers p and returns what was looked at before. It is best effort: a page is useful without.
func (v *visit) keepViewed(p catalog.ProductID) []catalog.Summary {
	before := slices.DeleteFunc(v.viewed(), func(other catalog.ProductID) bool { return other == p })
	parts := []string{strings.TrimPrefix(string(p), "prod_")}
	for _, other := range before[:min(onViewed, len(before))] {
		parts = append(parts, strings.TrimPrefix(string(other), "prod_"))
	}
	v.setCookie(viewedCookie, strings.Join(parts, "."), 0)
	all, err := v.web.d.Shop.Catalog.Summaries(v.ctx, v.shop.ID, before[:min(onViewed, len(before))])
	if err != nil {
		v.web.d.Log.WarnContext(v.ctx, "the page does not show what was viewed before", "error", err)
	}
	return v.offered(all)
}
