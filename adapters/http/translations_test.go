package httpapi

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
)

const translationsPath = adminPath + "/translations"

func said(subject, title string, more map[string]any) map[string]any {
	return map[string]any{"translations": []any{with(map[string]any{"subject": subject, "locale": "bn", "title": title}, more)}}
}

func TestProductsAreShownInTheShoppersLanguage(t *testing.T) {
	v := start(t).vendor()
	p := v.create(with(jamdani, map[string]any{"status": "active"}))
	v.send("PUT", translationsPath, said(p.ID, "জামদানি শাড়ি", map[string]any{
		"description": `<p>হাতে বোনা</p><script>x</script>`,
		"options":     []any{map[string]any{"option": "Colour", "name": "রং", "values": map[string]string{"Indigo": "নীল"}}},
	}), nil).is(204)
	shelf := pgtest.Texts(t, v.of.ID, `select id from categories where slug = 'shelf'`)[0]
	v.send("PUT", translationsPath, said(shelf, "তাক", nil), nil).is(204)

	var shown Product
	v.do(call{"GET", v.host, front + "/products/jamdani-sari?locale=bn-BD", nil, nil}).is(200).into(&shown)
	require.Equal(t, "জামদানি শাড়ি", shown.Title)
	require.Equal(t, "<p>হাতে বোনা</p>", shown.Description)
	require.Equal(t, []Option{{"রং", []string{"নীল", "Red"}}}, shown.Options)
	require.Equal(t, "নীল", shown.Variants[0].Title)
	require.Equal(t, "তাক", shown.Category.Name)
	for _, other := range []string{"", "?locale=en", "?locale=fr", "?locale=%20"} {
		v.do(call{"GET", v.host, front + "/products/jamdani-sari" + other, nil, nil}).is(200).into(&shown)
		require.Equal(t, "Jamdani sari", shown.Title, other)
	}
	var list ProductPage
	v.do(call{"GET", v.host, front + "/products?locale=bn", nil, nil}).is(200).into(&list)
	require.Equal(t, "জামদানি শাড়ি", list.Products[0].Title)
	var shelves CategoryList
	v.do(call{"GET", v.host, front + "/categories?locale=bn", nil, nil}).is(200).into(&shelves)
	require.Equal(t, "তাক", shelves.Categories[0].Name)
	v.work(v.of)
	var found SearchPage
	v.do(call{"GET", v.host, front + "/search?locale=bn&q=" + url.QueryEscape("জামদানি"), nil, nil}).is(200).into(&found)
	require.Len(t, found.Products, 1, "found by its words in another language")
	require.Equal(t, "জামদানি শাড়ি", found.Products[0].Title)

	var all TranslationList
	v.send("GET", translationsPath+"/"+p.ID, nil, nil).is(200).into(&all)
	require.Len(t, all.Translations, 1)
	require.Equal(t, "bn", all.Translations[0].Locale)
	v.send("PUT", translationsPath, said(p.ID, "", nil), nil).is(204)
	require.Eventually(t, func() bool {
		v.do(call{"GET", v.host, front + "/products/jamdani-sari?locale=bn", nil, nil}).is(200).into(&shown)
		return shown.Title == "Jamdani sari"
	}, 5*time.Second, 10*time.Millisecond)
}

func TestShelvesAndFiltersAreShownInTheShoppersLanguage(t *testing.T) {
	v := start(t).vendor()
	v.send("POST", attributesPath, wood, nil).is(201)
	p := v.create(with(jamdani, map[string]any{"status": "active", "attributes": map[string]any{"wood": "Oak"}}))
	var c StaffCollection
	v.send("POST", collectionsPath, map[string]any{"title": "Gifts", "active": true, "products": []string{p.ID}}, nil).is(201).into(&c)
	named := func(option, name string, values map[string]string) map[string]any {
		return map[string]any{"options": []any{map[string]any{"option": option, "name": name, "values": values}}}
	}
	v.send("PUT", translationsPath, said("attr_wood", "কাঠ", named("wood", "", map[string]string{"Oak": "ওক"})), nil).is(204)
	v.send("PUT", translationsPath, said("options", "", named("Colour", "রং", map[string]string{"Indigo": "নীল", "Red": "লাল"})), nil).is(204)
	v.send("PUT", translationsPath, said(p.ID, "", named("Colour", "", map[string]string{"Red": "টুকটুকে লাল"})), nil).is(204)
	v.send("PUT", translationsPath, said(c.ID, "উপহার", map[string]any{"description": "<p>সবার</p><script>x</script>"}), nil).is(204)
	v.send("PUT", translationsPath, said("options", "x", nil), nil).is(422, "invalid_translation")
	v.send("PUT", translationsPath, said("attr_none", "x", nil), nil).is(422, "unknown_subject")
	v.work(v.of)

	var shown Product
	v.do(call{"GET", v.host, front + "/products/" + p.Slug + "?locale=bn", nil, nil}).is(200).into(&shown)
	require.Equal(t, []ProductAttribute{{"wood", "কাঠ", "choice", "Oak", "ওক"}}, shown.Attributes)
	require.Equal(t, []Option{{"রং", []string{"নীল", "টুকটুকে লাল"}}}, shown.Options, "the product's own word counts first")
	var found SearchPage
	v.do(call{"GET", v.host, front + "/search?locale=bn&facets=attributes&facets=options", nil, nil}).is(200).into(&found)
	require.Contains(t, found.Facets, Facet{Name: "attribute", Attribute: "wood", Label: "কাঠ", Values: []FacetValue{{Value: "Oak", Label: "ওক", Count: 1}}})
	require.Contains(t, found.Facets, Facet{Name: "option", Option: "Colour", Label: "রং", Values: []FacetValue{
		{Value: "Indigo", Label: "নীল", Count: 1}, {Value: "Red", Label: "লাল", Count: 1},
	}})
	require.Contains(t, v.find(v.of, "facets=attributes&facets=options").Facets, Facet{Name: "option", Option: "Colour", Values: []FacetValue{{Value: "Indigo", Count: 1}, {Value: "Red", Count: 1}}})
	var page CollectionPage
	v.do(call{"GET", v.host, front + "/collections/gifts?locale=bn", nil, nil}).is(200).into(&page)
	require.Equal(t, []string{"উপহার", "<p>সবার</p>"}, []string{page.Title, page.Description})
	var all CollectionSummaries
	v.do(call{"GET", v.host, front + "/collections?locale=bn", nil, nil}).is(200).into(&all)
	require.Equal(t, "উপহার", all.Collections[0].Title)

	v.send("DELETE", collectionsPath+"/"+c.ID, nil, nil).is(204)
	v.send("DELETE", attributesPath+"/wood", nil, nil).is(204)
	require.Equal(t, []string{"options", p.ID}, pgtest.Texts(t, v.of.ID, `select subject from translations order by subject`))
}

func TestTranslationsOfWhatIsNotThereAreRefused(t *testing.T) {
	s := start(t)
	v, other := s.vendor(), s.vendor()
	p := v.create(jamdani)
	for _, c := range []struct {
		body map[string]any
		code string
	}{
		{said("prod_none", "x", nil), "unknown_subject"},
		{said(p.ID, "x", map[string]any{"locale": "Bengali"}), "invalid_translation"},
		{said(p.ID, "x", map[string]any{"options": []any{map[string]any{"option": "Colour", "values": map[string]string{"Red": ""}}}}), "invalid_translation"},
		{map[string]any{"translations": []any{}}, "invalid_request"},
		{said(p.ID, "x", map[string]any{"title_bn": "x"}), "invalid_request"},
	} {
		v.send("PUT", translationsPath, c.body, nil).is(422, c.code)
	}
	twice := said(p.ID, "x", nil)
	twice["translations"] = append(twice["translations"].([]any), twice["translations"].([]any)...)
	v.send("PUT", translationsPath, twice, nil).is(422, "invalid_translation")
	other.send("PUT", translationsPath, said(p.ID, "x", nil), nil).is(422, "unknown_subject")
	v.send("PUT", translationsPath, said(p.ID, "শাড়ি", nil), nil).is(204)
	var all TranslationList
	other.send("GET", translationsPath+"/"+p.ID, nil, nil).is(200).into(&all)
	require.Empty(t, all.Translations)
	v.send("DELETE", productsPath+"/"+p.ID, nil, nil).is(204)
	require.Empty(t, pgtest.Texts(t, v.of.ID, `select subject from translations`))
}

func TestAShopSpeaksFurtherLanguages(t *testing.T) {
	v := start(t).vendor()
	var shop Shop
	v.send("PATCH", adminPath+"/shop", map[string]any{"languages": []string{"bn", "hi"}}, nil).is(200).into(&shop)
	require.Equal(t, []string{"bn", "hi"}, shop.Languages)
	for _, bad := range [][]string{{"bn", "bn"}, {"bengali"}, {shop.Locale}} {
		v.send("PATCH", adminPath+"/shop", map[string]any{"languages": bad}, nil).is(422)
	}
	v.send("PATCH", adminPath+"/shop", map[string]any{"languages": []string{}}, nil).is(200).into(&shop)
	require.Empty(t, shop.Languages)
}
