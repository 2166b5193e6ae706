package catalog_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
)

func TestValuesAreWrittenInOneWay(t *testing.T) {
	choice := []string{"Oak", "Ash"}
	for name, c := range map[string]struct {
		of    catalog.AttributeType
		value any
		want  string // "" when it is refused
	}{
		"text":           {catalog.TextAttribute, " by hand ", "by hand"},
		"blank":          {catalog.TextAttribute, "  ", ""},
		"zero character": {catalog.TextAttribute, "a\x00", ""},
		"long":           {catalog.TextAttribute, strings.Repeat("a", 1001), ""},
		"text of number": {catalog.TextAttribute, catalog.Number("1"), ""},
		"number":         {catalog.NumberAttribute, catalog.Number("01.50"), "1.5"},
		"large":          {catalog.NumberAttribute, catalog.Number("1000000000000"), "1000000000000"},
		"minus zero":     {catalog.NumberAttribute, catalog.Number("-0.0"), "0"},
		"too large":      {catalog.NumberAttribute, catalog.Number("12345678901234567"), ""},
		"not a number":   {catalog.NumberAttribute, catalog.Number("NaN"), ""},
		"number as text": {catalog.NumberAttribute, "1", ""},
		"choice":         {catalog.ChoiceAttribute, "Oak", "Oak"},
		"other case":     {catalog.ChoiceAttribute, "oak", ""},
		"true":           {catalog.BooleanAttribute, true, "true"},
		"text of true":   {catalog.BooleanAttribute, "true", ""},
		"date":           {catalog.DateAttribute, "2026-02-28", "2026-02-28"},
		"no such day":    {catalog.DateAttribute, "2026-02-30", ""},
		"list":           {catalog.TextAttribute, []any{"a"}, ""},
		"unknown type":   {"colour", "red", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, message := catalog.Attribute{Type: c.of, Choices: choice}.Written(c.value)
			require.Equal(t, c.want, got)
			require.Equal(t, c.want == "", message != "")
		})
	}
}

func TestAttributesAreChecked(t *testing.T) {
	good := catalog.Attribute{Key: "wood", Name: " Wood ", Type: catalog.ChoiceAttribute, Choices: []string{"Oak", "oak", " Ash"}}
	got, err := good.Check()
	require.NoError(t, err)
	require.Equal(t, []any{"Wood", []string{"Oak", "Ash"}}, []any{got.Name, got.Choices})
	for path, change := range map[string]func(*catalog.Attribute){
		"key":     func(a *catalog.Attribute) { a.Key = "Wood-1" },
		"name":    func(a *catalog.Attribute) { a.Name = " " },
		"type":    func(a *catalog.Attribute) { a.Type = "colour" },
		"choices": func(a *catalog.Attribute) { a.Choices = nil },
	} {
		a := good
		change(&a)
		_, err := a.Check()
		f := (*fault.Error)(nil)
		require.ErrorAs(t, err, &f)
		require.Equal(t, path, f.Fields[0].Path)
	}
	many := make([]catalog.Attribute, catalog.MaxFilterableAttributes+1)
	require.NoError(t, catalog.CheckAttributes(many))
	for i := range many {
		many[i].Filterable = true
	}
	require.ErrorIs(t, catalog.CheckAttributes(many), catalog.ErrTooManyAttributes)
}

func TestAnEditSetsValues(t *testing.T) {
	known := []catalog.Attribute{{Key: "a", Type: catalog.TextAttribute}, {Key: "b", Type: catalog.NumberAttribute}, {Key: "c", Type: catalog.BooleanAttribute}}
	p := shirt()
	p.Slug, p.Attributes = "x", []catalog.AttributeValue{{Attribute: known[0], Value: "old"}, {Attribute: known[1], Value: "1"}}
	got, err := catalog.Edit{Attributes: map[string]any{"a": nil, "c": true}, Definitions: known}.Apply(p, "BDT", noon)
	require.NoError(t, err)
	require.Equal(t, []catalog.AttributeValue{{Attribute: known[1], Value: "1"}, {Attribute: known[2], Value: "true"}}, got.Attributes)
	require.False(t, got.SameAs(p))
	_, err = catalog.Edit{Attributes: map[string]any{"b": "x", "z": true}, Definitions: known}.Apply(p, "BDT", noon)
	f := (*fault.Error)(nil)
	require.ErrorAs(t, err, &f)
	require.Equal(t, []string{"attributes.b", "attributes.z"}, []string{f.Fields[0].Path, f.Fields[1].Path})
}
