package catalog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
)

func values(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprint(i))
	}
	return all
}

func TestGeneratedVariants(t *testing.T) {
	p := shirt()
	p.Variants[0].Grams = 250
	for name, c := range map[string]struct {
		options []catalog.Option
		want    string // the ids' last characters by title; + for a new one
	}{
		"the same":          {p.Options, "S=1 L=2"},
		"another order":     {[]catalog.Option{{Name: "Size", Values: []string{"L", "S"}}}, "L=2 S=1"},
		"a value more":      {[]catalog.Option{{Name: "size", Values: []string{"S", "M", "L"}}}, "S=1 M=+ L=2"},
		"a value less":      {[]catalog.Option{{Name: "Size", Values: []string{"L"}}}, "L=2"},
		"an option more":    {[]catalog.Option{{Name: "Colour", Values: []string{"Red", "Blue"}}, p.Options[0]}, "Red / S=1 Red / L=2 Blue / S=+ Blue / L=+"},
		"another option":    {[]catalog.Option{{Name: "Colour", Values: []string{"Red", "Blue"}}}, "Red=1 Blue=+"},
		"nothing to choose": {nil, "=1"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := p.GenerateVariants(c.options, noon)
			require.NoError(t, err)
			var all []string
			for _, v := range got.Variants {
				id := "+"
				if i := slices.IndexFunc(p.Variants, func(o catalog.Variant) bool { return o.ID == v.ID }); i >= 0 {
					id = string(v.ID[4:])
				} else {
					require.Equal(t, money.New(100, "BDT"), v.Price)
					require.EqualValues(t, 250, v.Grams)
					require.Equal(t, catalog.StockPolicy{Tracked: true}, v.Stock)
				}
				all = append(all, v.Title()+"="+id)
			}
			require.Equal(t, c.want, strings.Join(all, " "))
		})
	}
	for name, options := range map[string][]catalog.Option{
		"no value":    {{Name: "Size"}},
		"same value":  {{Name: "Size", Values: []string{"S", "S"}}},
		"same name":   {{Name: "Size", Values: []string{"S"}}, {Name: "SIZE", Values: []string{"S"}}},
		"too many":    {{Name: "A", Values: values(41)}, {Name: "B", Values: values(7)}, {Name: "C", Values: values(7)}},
		"far too":     {{Name: "A", Values: values(1 << 16)}, {Name: "B", Values: values(1 << 16)}, {Name: "C", Values: values(1 << 16)}},
		"four":        make([]catalog.Option, 4),
		"without one": {{Name: "", Values: []string{"S"}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.GenerateVariants(options, noon)
			require.ErrorIs(t, err, catalog.ErrInvalid)
		})
	}
	_, err := p.GenerateVariants([]catalog.Option{{Name: "A", Values: values(40)}, {Name: "B", Values: values(50)}}, noon)
	require.NoError(t, err, "as many as there may be")
}

// Whatever matrices follow one another: every combination is there once, in order, and those that were there before keep
// their id and stock.
func TestGeneratingKeepsWhatExists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"Size", "Colour", "Cloth"}[:rapid.IntRange(1, 3).Draw(t, "options")]
		matrix := func() (all []catalog.Option) {
			for _, name := range names {
				all = append(all, catalog.Option{Name: name, Values: rapid.SliceOfNDistinct(rapid.StringMatching(`[a-h]`), 1, 6, rapid.ID).Draw(t, name)})
			}
			return all
		}
		p, err := shirt().GenerateVariants(matrix(), noon)
		require.NoError(t, err)
		for i := range p.Variants {
			p.Variants[i].Stock.OnHand = int64(i + 1)
		}
		options := matrix()
		got, err := p.GenerateVariants(options, noon)
		require.NoError(t, err)
		total := 1
		for _, o := range options {
			total *= len(o.Values)
		}
		require.Len(t, got.Variants, total)
		ids := map[catalog.VariantID]bool{}
		for n, v := range got.Variants {
			require.False(t, ids[v.ID])
			ids[v.ID] = true
			rest := n
			for i := len(options) - 1; i >= 0; i-- {
				of := options[i].Values
				require.Equal(t, of[rest%len(of)], v.Values[i])
				rest /= len(of)
			}
			i := slices.IndexFunc(p.Variants, func(o catalog.Variant) bool { return slices.Equal(o.Values, v.Values) })
			if i < 0 {
				require.Zero(t, v.Stock.OnHand)
				continue
			}
			require.Equal(t, p.Variants[i], v)
		}
		again, err := got.GenerateVariants(options, noon)
		require.NoError(t, err)
		require.True(t, again.SameAs(got))
	})
}
