package httpapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/app/reactions"
)

func TestADraftIsPublishedAtItsTime(t *testing.T) {
	v := start(t).vendor()
	at := time.Now().UTC().Add(time.Hour).Truncate(time.Second)
	p := v.create(with(jamdani, map[string]any{"publish_at": at.Format(time.RFC3339)}))
	require.Equal(t, at, *p.PublishAt)
	path := productsPath + "/" + p.ID
	shown := call{"GET", v.host, front + "/products/" + p.Slug, nil, nil}
	publish := func(at time.Time) []time.Duration {
		return v.react(v.of, at, reactions.PublishProduct)
	}
	waits := publish(at.Add(-time.Minute))
	require.Equal(t, []time.Duration{time.Minute, time.Minute}, waits)
	v.do(shown).is(404)

	// Put off: the first appointment has lapsed.
	later := at.Add(time.Hour)
	v.send("PATCH", path, map[string]any{"publish_at": later.Format(time.RFC3339)}, match(1)).is(200)
	publish(at.Add(time.Second))
	v.do(shown).is(404)
	publish(later)
	v.react(v.of, later, reactions.ForgetCatalog, reactions.IndexProducts)
	v.do(shown).is(200)
	var now StaffProduct
	v.send("GET", path, nil, nil).is(200).into(&now)
	require.Equal(t, "active", now.Status)
	require.Nil(t, now.PublishAt)
	require.EqualValues(t, 3, now.Revision)
	v.send("PATCH", path, map[string]any{"title": "X"}, match(2)).is(412, "revision_mismatch")
	require.Len(t, pgtest.Texts(t, v.of.ID, `select id from events where kind = 'catalog.changed' and actor = 'system'`), 1)
	require.Contains(t, v.find(v.of, "q=jamdani").slugs(), p.Slug)

	// What staff archive meanwhile stays so.
	q := v.create(with(jamdani, map[string]any{"publish_at": at.Format(time.RFC3339)}))
	v.send("PATCH", productsPath+"/"+q.ID, map[string]any{"status": "archived"}, match(1)).is(200)
	publish(later)
	var kept StaffProduct
	v.send("GET", productsPath+"/"+q.ID, nil, nil).is(200).into(&kept)
	require.Nil(t, kept.PublishAt)
	require.Equal(t, "archived", kept.Status)
}

func TestWhatIsSaidOfAPageIsChecked(t *testing.T) {
	v := start(t).vendor()
	for name, c := range map[string]struct {
		fields map[string]any
		path   string
	}{
		"no time":        {map[string]any{"publish_at": "tomorrow"}, "publish_at"},
		"active already": {map[string]any{"publish_at": "2027-01-01T00:00:00Z", "status": "active"}, "publish_at"},
		"unknown":        {map[string]any{"related": []string{"prod_none"}}, "related"},
		"zero character": {map[string]any{"seo_description": "a\x00"}, "seo_description"},
	} {
		t.Run(name, func(t *testing.T) {
			var p Problem
			v.send("POST", productsPath, with(jamdani, c.fields), nil).is(422).into(&p)
			require.Equal(t, c.path, p.Errors[0].Path)
		})
	}
}

func TestRelatedProductsAreChosenOrOfTheSameCategory(t *testing.T) {
	v := start(t).vendor()
	other := v.vendor()
	active := func(title string, more map[string]any) StaffProduct {
		return v.create(with(with(jamdani, map[string]any{"title": title, "status": "active"}), more))
	}
	a, b := active("A", nil), active("B", map[string]any{"category": ""})
	draft := v.create(jamdani)
	p := active("P", map[string]any{"related": []string{b.ID, draft.ID}, "seo_title": "Buy P", "seo_description": "All about P"})
	related := func(slug string) (ids []string) {
		var all RelatedProducts
		v.do(call{"GET", v.host, front + "/products/" + slug + "/related", nil, nil}).is(200).into(&all)
		for _, one := range all.Products {
			ids = append(ids, one.ID)
		}
		return ids
	}
	require.Equal(t, []string{b.ID}, related("p"))
	require.Contains(t, related("a"), p.ID)
	require.NotContains(t, related("a"), a.ID)
	require.Empty(t, related("b"))
	var shown Product
	v.do(call{"GET", v.host, front + "/products/p", nil, nil}).is(200).into(&shown)
	require.Equal(t, []string{"Buy P", "All about P"}, []string{shown.SEOTitle, shown.SEOText})
	v.do(call{"GET", other.host, front + "/products/p/related", nil, nil}).is(404, "product_not_found")
	var bad Problem
	v.send("PATCH", productsPath+"/"+p.ID, map[string]any{"related": []string{a.ID, p.ID, a.ID}}, match(1)).is(422).into(&bad)
	require.Len(t, bad.Errors, 2)
	foreign := other.create(jamdani)
	v.send("PATCH", productsPath+"/"+p.ID, map[string]any{"related": []string{foreign.ID}}, match(1)).is(422)
	v.send("PATCH", productsPath+"/"+p.ID, map[string]any{"related": []string{}}, match(1)).is(200)
	require.Eventually(t, func() bool { return len(related("p")) > 0 && related("p")[0] != b.ID }, 5*time.Second, 10*time.Millisecond)
}
