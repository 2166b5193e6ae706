package web

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/ports"
)

func TestAttributesAreShownAndFilteredBy(t *testing.T) {
	s := newStack(t)
	p, q := s.sell(t, s.green, "bowl", "Bowl", "<p>Turned</p>"), s.sell(t, s.green, "spoon", "Spoon", "<p>Carved</p>")
	of := s.shops[s.green]
	wood := catalog.Attribute{Key: "wood", Name: "Kind of wood", Type: catalog.TextAttribute, Filterable: true, Revision: 1}
	safe := catalog.Attribute{Key: "safe", Name: "Food safe", Type: catalog.BooleanAttribute, Filterable: true, Position: 1, Revision: 1}
	p.Attributes = []catalog.AttributeValue{{Attribute: wood, Value: "Oak <b>"}, {Attribute: safe, Value: "true"}}
	q.Attributes = []catalog.AttributeValue{{Attribute: wood, Value: "Ash"}}
	require.NoError(t, s.update(of.ID, func(ctx context.Context, tx ports.Tx) error {
		for _, a := range []catalog.Attribute{wood, safe} {
			if err := tx.SaveAttribute(ctx, a); err != nil {
				return err
			}
		}
		return tx.SaveProducts(ctx, []catalog.Product{p, q})
	}))
	require.NoError(t, s.index.Products(t.Context(), of, []catalog.ProductID{p.ID, q.ID}))
	b := s.open(t, s.green)
	shown := b.get("/p/bowl").Body
	require.Contains(t, shown, `<th scope="row">Kind of wood</th><td>Oak &lt;b&gt;</td>`)
	require.Contains(t, shown, `<th scope="row">Food safe</th><td>Yes</td>`)
	all := b.get("/products").Body
	require.Contains(t, all, "<summary>Kind of wood</summary>")
	require.Contains(t, all, `name="attribute" value="wood:Ash"`)
	require.NotContains(t, all, "<summary>Food safe</summary>", "with one value there is nothing to choose")
	ash := b.get("/products?attribute=wood%3AAsh").Body
	require.Contains(t, ash, "/p/spoon")
	require.NotContains(t, ash, `href="/p/bowl"`)
	require.Equal(t, 200, b.get("/products?attribute=gone%3Ax").Status)

	of.Shop.Languages = "bn"
	s.shops[s.green] = of
	require.NoError(t, s.update(of.ID, func(ctx context.Context, tx ports.Tx) error {
		return tx.SaveTranslations(ctx, []catalog.Translation{
			{Subject: catalog.AttributeSubject("wood"), Locale: "bn", Title: "কাঠ", Options: []catalog.OptionNames{{Option: "wood", Values: map[string]string{"Ash": "অ্যাশ"}}}},
			{Subject: catalog.OptionsSubject, Locale: "bn", Options: []catalog.OptionNames{{Option: "Size", Name: "মাপ", Values: map[string]string{"Small": "ছোট"}}}},
		})
	}))
	bengali := b.get("/products?lang=bn").Body
	require.Contains(t, bengali, "<summary>কাঠ</summary>")
	require.Regexp(t, `name="attribute" value="wood:Ash"[^<]*<[^<]*অ্যাশ`, bengali)
	require.Contains(t, bengali, "<summary>মাপ</summary>")
	require.Contains(t, bengali, "ছোট")
	require.Contains(t, b.get("/p/spoon").Body, `<th scope="row">কাঠ</th><td>অ্যাশ</td>`)
	b.get("/products?lang=en-BD")
	require.Contains(t, b.get("/products?attribute=safe%3Afalse").Body, "<summary>Food safe</summary>")
}
