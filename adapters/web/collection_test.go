package web

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/ports"
)

func TestACollectionHasAPage(t *testing.T) {
	s := newStack(t)
	of := s.shops[s.green]
	title, text, active := "Eid <gifts>", `<p>For <b>all</b></p><script>alert(1)</script>`, true
	e := catalog.CollectionEdit{Title: &title, Description: &text, Active: &active}
	for i := range perPage + 2 {
		e.Products = append(e.Products, s.sell(t, s.green, fmt.Sprintf("gift-%02d", i), "Gift", "").ID)
	}
	c, err := catalog.CreateCollection(e, time.Now())
	require.NoError(t, err)
	hidden := c
	hidden.ID, hidden.Slug, hidden.Active = "col_hidden", "hidden", false
	rules := c
	rules.ID, rules.Slug, rules.Products = "col_rules", "rules", nil
	rules.Conditions = []catalog.Condition{{Field: catalog.FieldTitle, Operator: catalog.Contains, Values: []string{"nothing like it"}}}
	require.NoError(t, s.update(of.ID, func(ctx context.Context, tx ports.Tx) error {
		for _, one := range []catalog.Collection{c, hidden, rules} {
			if err := tx.SaveCollection(ctx, one); err != nil {
				return err
			}
		}
		return nil
	}))
	b := s.open(t, s.green)
	page := b.get("/collections/eid-gifts").Body
	require.Contains(t, page, "<h1>Eid &lt;gifts&gt;</h1>")
	require.Contains(t, page, "<p>For <b>all</b></p>")
	require.NotContains(t, page, "alert(1)")
	require.Less(t, strings.Index(page, "/p/gift-00"), strings.Index(page, "/p/gift-01"))
	require.NotContains(t, page, "/p/gift-25")
	_, rest, _ := strings.Cut(page, `rel="next" href="`)
	next, _, _ := strings.Cut(rest, `"`)
	second := b.get(strings.ReplaceAll(next, "&amp;", "&")).Body
	require.Contains(t, second, "/p/gift-25")
	require.NotContains(t, second, `href="/p/gift-00"`)
	require.Contains(t, second, "noindex")
	require.Contains(t, b.get("/collections/eid-gifts?sort=newest").Body, "/p/gift-25")
	require.Equal(t, 200, b.get("/collections/eid-gifts?sort=colour&after=x").Status)
	empty := b.get("/collections/rules").Body
	require.Contains(t, empty, "Nothing of this is for sale at the moment.")
	require.NotContains(t, empty, "Our selection")
	require.Equal(t, 404, b.get("/collections/hidden").Status)
	require.Equal(t, 404, s.open(t, s.red).get("/collections/eid-gifts").Status)
	sitemap := b.get("/sitemap-shop.xml").Body
	require.Contains(t, sitemap, "/collections/eid-gifts</loc>")
	require.NotContains(t, sitemap, "/collections/hidden")
}
