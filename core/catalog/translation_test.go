package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
)

func TestTranslationsFallBackTextByText(t *testing.T) {
	shirt := catalog.Product{
		ID: "prod_1", Title: "Shirt", Description: "<p>Soft</p>", Category: &catalog.Category{ID: "cat_1", Slug: "shirts", Name: "Shirts"},
		Options:  []catalog.Option{{Name: "Size", Values: []string{"Small", "Large"}}, {Name: "Colour", Values: []string{"Red"}}},
		Variants: []catalog.Variant{{ID: "var_1", Values: []string{"Small", "Red"}}, {ID: "var_2", Values: []string{"Large", "Red"}}},
	}
	said := catalog.InOrder([]catalog.Translation{
		{Subject: "prod_1", Locale: "bn", Title: "শার্ট", Description: "<p>নরম</p>", Options: []catalog.OptionNames{{
			Option: "Size", Name: "মাপ", Values: map[string]string{"Small": "ছোট", "Large": "বড়", "Gone": "নেই"},
		}}},
		{Subject: "prod_1", Locale: "bn-IN", Title: "জামা"},
		{Subject: "cat_1", Locale: "bn", Title: "শার্ট"},
	}, []string{"bn-IN", "bn"})
	got := said.Product(shirt)
	require.Equal(t, "জামা", got.Title, "the best language first")
	require.Equal(t, "<p>নরম</p>", got.Description, "the next one for what it does not say")
	require.Equal(t, "শার্ট", got.Category.Name)
	require.Equal(t, []catalog.Option{{Name: "মাপ", Values: []string{"ছোট", "বড়"}}, {Name: "Colour", Values: []string{"Red"}}}, got.Options)
	require.Equal(t, []string{"বড়", "Red"}, got.Variants[1].Values)
	require.Equal(t, "Small", shirt.Variants[0].Values[0], "the product itself stays")
	require.Equal(t, "Shirts", shirt.Category.Name)
	require.Equal(t, "জামা", said.Summary(catalog.Summary{ID: "prod_1", Title: "Shirt"}).Title)
	require.Equal(t, shirt, catalog.Translations(nil).Product(shirt))
}

func TestValuesStayApart(t *testing.T) {
	p := catalog.Product{
		ID: "prod_1", Options: []catalog.Option{{Name: "Colour", Values: []string{"Navy", "Blue"}}},
		Variants: []catalog.Variant{{Values: []string{"Navy"}}, {Values: []string{"Blue"}}},
	}
	said := catalog.Translations{"prod_1": {{Subject: "prod_1", Options: []catalog.OptionNames{{
		Option: "Colour", Name: "রং", Values: map[string]string{"Navy": "নীল", "Blue": "নীল"},
	}}}}}
	got := said.Product(p)
	require.Equal(t, []catalog.Option{{Name: "রং", Values: []string{"Navy", "Blue"}}}, got.Options)
	require.Equal(t, []string{"Blue"}, got.Variants[1].Values)
}

func TestTranslationsAreChecked(t *testing.T) {
	require.Empty(t, catalog.Translation{Locale: "bn", Title: "শাড়ি"}.Check("t"))
	for _, bad := range []catalog.Translation{
		{Locale: "Bengali"},
		{Locale: "bn", Title: string(make([]byte, 256))},
		{Locale: "bn", Options: []catalog.OptionNames{{Option: ""}}},
		{Locale: "bn", Options: []catalog.OptionNames{{Option: "Size", Values: map[string]string{"S": ""}}}},
		{Locale: "bn", Options: make([]catalog.OptionNames, 4)},
	} {
		require.NotEmpty(t, bad.Check("t"), "%+v", bad)
	}
}

func TestOptionsAreNamedForAllProducts(t *testing.T) {
	said := catalog.InOrder([]catalog.Translation{
		{Subject: catalog.OptionsSubject, Locale: "bn", Options: []catalog.OptionNames{{Option: "Size", Name: "মাপ", Values: map[string]string{"S": "ছোট", "L": "বড়"}}}},
		{Subject: "prod_1", Locale: "bn", Options: []catalog.OptionNames{{Option: "Size", Values: map[string]string{"L": "বিশাল"}}}},
		{Subject: "prod_2", Locale: "bn", Title: "জামা"},
	}, []string{"bn"})
	require.Equal(t, catalog.OptionNames{Option: "Size", Name: "মাপ", Values: map[string]string{"S": "ছোট", "L": "বড়"}}, said.Option("Size"))
	require.Equal(t, "Colour", said.Option("Colour").Name)
	set := catalog.Offer{Product: "prod_1", Title: "Set", VariantTitle: "L / Red", Parts: []catalog.Part{{Product: "prod_2", Title: "Shirt", VariantTitle: "S"}}}
	got := said.Offer(set)
	require.Equal(t, "বিশাল / Red", got.VariantTitle)
	require.Equal(t, []catalog.Part{{Product: "prod_2", Title: "জামা", VariantTitle: "ছোট"}}, got.Parts)
	require.Equal(t, "Shirt", set.Parts[0].Title, "the offer itself stays")
	require.Equal(t, []string{"prod_1", "options", "prod_2"}, set.Subjects())
	require.NotEmpty(t, catalog.Translation{Subject: catalog.OptionsSubject, Locale: "bn", Title: "x"}.Check("t"))
	require.Empty(t, catalog.Translation{Subject: catalog.OptionsSubject, Locale: "bn", Options: []catalog.OptionNames{{Option: "A"}, {Option: "B"}, {Option: "C"}, {Option: "D"}}}.Check("t"))
}
