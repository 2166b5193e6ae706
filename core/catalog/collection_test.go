package catalog_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
)

func TestCollectionsAreChecked(t *testing.T) {
	rule := func(field catalog.ConditionField, operator catalog.Operator, values ...string) catalog.CollectionEdit {
		return catalog.CollectionEdit{Conditions: []catalog.Condition{{Field: field, Operator: operator, Values: values}}}
	}
	attribute := rule(catalog.FieldAttribute, catalog.Is, "Oak")
	attribute.Conditions[0].Key = "wood"
	for name, c := range map[string]struct {
		edit catalog.CollectionEdit
		path string // "" for a good one
	}{
		"nothing in it":        {catalog.CollectionEdit{}, ""},
		"products":             {catalog.CollectionEdit{Products: []catalog.ProductID{"a", "b"}}, ""},
		"brand":                {rule(catalog.FieldBrand, catalog.IsNot, "Aarong"), ""},
		"price":                {rule(catalog.FieldPrice, catalog.AtMost, "19900"), ""},
		"attribute":            {attribute, ""},
		"stock":                {rule(catalog.FieldStock, catalog.Is, "true"), ""},
		"twice":                {catalog.CollectionEdit{Products: []catalog.ProductID{"a", "a"}}, "products[1]"},
		"too many":             {catalog.CollectionEdit{Products: make([]catalog.ProductID, 1001)}, "products[1]"},
		"both":                 {catalog.CollectionEdit{Products: []catalog.ProductID{"a"}, Conditions: attribute.Conditions}, "conditions"},
		"field":                {rule("colour", catalog.Is, "red"), "conditions[0]"},
		"operator":             {rule(catalog.FieldBrand, catalog.AtLeast, "1"), "conditions[0]"},
		"no values":            {rule(catalog.FieldBrand, catalog.Is), "conditions[0]"},
		"blank value":          {rule(catalog.FieldTitle, catalog.Contains, " "), "conditions[0]"},
		"no number":            {rule(catalog.FieldPrice, catalog.AtMost, "1.5"), "conditions[0]"},
		"negative":             {rule(catalog.FieldPrice, catalog.AtMost, "-1"), "conditions[0]"},
		"neither true or not":  {rule(catalog.FieldStock, catalog.Is, "some"), "conditions[0]"},
		"attribute of nothing": {rule(catalog.FieldAttribute, catalog.Is, "Oak"), "conditions[0]"},
		"slug":                 {catalog.CollectionEdit{Slug: ptr("a b")}, "slug"},
		"title":                {catalog.CollectionEdit{Title: ptr("  ")}, "title"},
		"long title":           {catalog.CollectionEdit{Title: ptr(strings.Repeat("a", 256))}, "title"},
	} {
		t.Run(name, func(t *testing.T) {
			made, err := catalog.CreateCollection(catalog.CollectionEdit{Title: ptr("Eid gifts")}, noon)
			require.NoError(t, err)
			require.Equal(t, "eid-gifts", made.Slug)
			require.False(t, made.Active)
			got, err := c.edit.Apply(made, noon)
			if c.path == "" {
				require.NoError(t, err)
				require.EqualValues(t, 2, got.Revision)
				return
			}
			f := (*fault.Error)(nil)
			require.ErrorAs(t, err, &f)
			require.Equal(t, c.path, f.Fields[0].Path)
		})
	}
}
