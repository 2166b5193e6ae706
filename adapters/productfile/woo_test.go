package productfile_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/ports"
)

// wooWanted is what testdata/woocommerce.csv says.
var wooWanted = []catalog.Product{
	{
		Slug: "kantha-throw", Title: "Kantha throw", Status: catalog.Active, Category: &catalog.Category{Slug: "throws", Name: "Throws"},
		Description: "<p>Two layers.</p>\nStitched by hand.\nIn <em>Jashore</em>, &#34;as always&#34;.", Tags: []string{"hand stitched", "cotton", "washed"},
		Options: []catalog.Option{{Name: "colour", Values: []string{"Red", "Blue"}}, {Name: "Size", Values: []string{"Single", "Double"}}},
		Images: []catalog.Image{
			{URL: "https://files.example/wp-content/uploads/2026/kantha.jpg"}, {URL: "https://files.example/wp-content/uploads/2026/kantha-2.jpg"},
		},
		Variants: []catalog.Variant{
			{SKU: "kantha-red", Values: []string{"Red", "Double"}, Price: bdt(200000), CompareAt: bdt(250000), Grams: 1100, RequiresShipping: true},
			{
				SKU: "kantha-blue", Values: []string{"Blue", "Single"}, Price: bdt(240000), Grams: 900, RequiresShipping: true, Taxable: true,
				ImageURL: "https://files.example/wp-content/uploads/2026/kantha-blue.jpg", Stock: catalog.StockPolicy{Tracked: true, OnHand: 4},
			},
			{
				SKU: "kantha-blue-double", Values: []string{"Blue", "Double"}, Price: bdt(240000), Grams: 900, RequiresShipping: true, Taxable: true,
				ImageURL: "https://files.example/wp-content/uploads/2026/kantha-blue.jpg", Stock: catalog.StockPolicy{Tracked: true},
			},
		},
	},
	{
		Slug: "clay-cup", Title: "Clay cup", Status: catalog.Active, Category: &catalog.Category{Slug: "cups", Name: "Cups"},
		Variants: []catalog.Variant{{SKU: "cup", Price: bdt(12050), RequiresShipping: true, Stock: catalog.StockPolicy{Tracked: true, Continue: true, OnHand: -2}}},
	},
	{
		Slug: "clay-cup-cup-2", Title: "Clay cup", Status: catalog.Draft, Description: "=not a formula",
		Variants: []catalog.Variant{{SKU: "cup-2", Price: bdt(13000), RequiresShipping: true, Taxable: true, Stock: catalog.StockPolicy{Tracked: true}}},
	},
	{
		Slug: "sewing-pattern", Title: "Sewing pattern", Status: catalog.Active,
		Variants: []catalog.Variant{{SKU: "pattern", Price: bdt(20000), CompareAt: bdt(25000), Taxable: true}},
	},
	{
		Slug: "oil-lamp", Title: "Oil lamp", Status: catalog.Draft,
		Variants: []catalog.Variant{{SKU: "lamp", Price: bdt(90000), RequiresShipping: true, Taxable: true}},
	},
	{
		Slug: "tea-set", Title: "Tea set", Status: catalog.Draft,
		Variants: []catalog.Variant{{SKU: "set", Price: bdt(0), RequiresShipping: true, Taxable: true}},
	},
	{
		Slug: "a-book-elsewhere", Title: "A book elsewhere", Status: catalog.Draft,
		Variants: []catalog.Variant{{SKU: "book", Price: bdt(1500), RequiresShipping: true, Taxable: true}},
	},
	{
		Slug: "shital-pati", Title: "Shital pati", Status: catalog.Active, Options: []catalog.Option{{Name: "Size", Values: []string{"Small", "Large"}}},
		Variants: []catalog.Variant{
			{SKU: "mat-s", Values: []string{"Small"}, Price: bdt(80000), RequiresShipping: true, Taxable: true, Stock: catalog.StockPolicy{Tracked: true, OnHand: 9}},
			{SKU: "mat-l", Values: []string{"Large"}, Price: bdt(120000), RequiresShipping: true, Taxable: true, Stock: catalog.StockPolicy{Tracked: true}},
		},
	},
}

func TestWooCommerce(t *testing.T) {
	data, err := os.ReadFile("testdata/woocommerce.csv")
	require.NoError(t, err)
	found, err := source.Detect(bytes.NewReader(data), "")
	require.NoError(t, err)
	require.Equal(t, catalog.FileWooCommerce, found)
	for _, f := range []ports.File{bytes.NewReader(data), bytes.NewReader(bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")))} {
		all := read(t, f)
		require.Len(t, all, len(wooWanted))
		notes := ""
		for i, p := range all {
			require.Empty(t, p.Errors)
			require.NoError(t, p.Product.Check())
			require.Equal(t, wooWanted[i], p.Product)
			for _, n := range p.Notes {
				notes += fmt.Sprintf("%d %s: %s\n", n.Line, n.Column, n.Message)
			}
		}
		require.Equal(t, []int{3, 3}, []int{all[0].Line, all[0].Rows})
		for _, says := range []string{
			"3 Categories: only the first of 2", "2 Attribute 1 value(s): this variation leaves a choice open: it became 2", "7 Date sale price ends: the sale price has no end here: end it on 2026-11-23",
			"8 Sale price: the sale is not on", "8 Type: imported as a draft: it was hidden", "9 Type: imported as a draft: grouped",
			"10 Type: imported as a draft: products that are sold elsewhere", "12 Stock: the variations share one stock", "14 Regular price: this variation has no price",
		} {
			require.Contains(t, notes, says)
		}
	}
}

func TestWooCommerceRowErrors(t *testing.T) {
	const head = "ID,Type,SKU,Name,Regular price,Sale price,Parent,Attribute 1 name,Attribute 1 value(s),Stock,Published,Tax status,Images,Weight (kg),Date sale price starts\n"
	const shirt = "1,variable,shirt,Shirt,,,,Size,\"S, L\"\n"
	for name, c := range map[string]struct {
		rows string
		line int
		col  string
		says string
	}{
		"unknown type":       {"1,bundle,a,A,5\n", 2, "Type", "not supported"},
		"no name":            {"1,simple,a,,5\n", 2, "Name", "no name"},
		"only signs":         {",simple,,!!!,5\n", 2, "Name", "address"},
		"decimal comma":      {"1,simple,a,A,\"5,50\"\n", 2, "Regular price", "point"},
		"negative price":     {"1,simple,a,A,-5\n", 2, "Regular price", "negative"},
		"parts of a thing":   {"1,simple,a,A,5,,,,,1.5\n", 2, "Stock", "whole number"},
		"perhaps":            {"1,simple,a,A,5,,,,,,maybe\n", 2, "Published", "1, 0 or -1"},
		"unknown tax":        {"1,simple,a,A,5,,,,,,1,half\n", 2, "Tax status", "taxable"},
		"script":             {"1,simple,a,A,5,,,,,,1,,javascript:x\n", 2, "Images", "https://"},
		"heavy words":        {"1,simple,a,A,5,,,,,,1,,,heavy\n", 2, "Weight (kg)", "plain number"},
		"some day":           {"1,simple,a,A,5,4,,,,,1,,,,tomorrow\n", 2, "Date sale price starts", "2026-11-23"},
		"orphan":             {"2,variation,b,B,5,,nobody,Size,S\n", 2, "Parent", "not in the file"},
		"same twice":         {shirt + "2,variation,,V,5,,shirt,Size,S\n3,variation,,V,5,,shirt,Size,s\n", 4, "Attribute 1 value(s)", "line 3 is the same"},
		"of a simple one":    {"1,simple,a,A,5\n2,variation,,V,5,,a,Size,S\n", 3, "Parent", "not a variable product"},
		"broken variation":   {shirt + "2,variation,\"b\"x,V,5,,shirt,Size,S\n", 3, "SKU", "behind"},
		"too many cells":     {"1,simple,a,A,5,,,,,,,,,,,,x\n", 2, "", "17 cells"},
		"two without option": {shirt + "2,variation,,V,5,,shirt\n3,variation,,V,5,,shirt\n", 4, "Attribute 1 value(s)", "line 3 is the same"},
	} {
		t.Run(name, func(t *testing.T) {
			all := read(t, strings.NewReader(head+c.rows+"99,simple,good,Good,5\n"))
			require.Empty(t, all[len(all)-1].Errors, "the next product is read all the same")
			var errs []catalog.RowError
			for _, p := range all {
				errs = append(errs, p.Errors...)
			}
			require.Len(t, errs, 1)
			require.Equal(t, []any{c.line, c.col}, []any{errs[0].Line, errs[0].Column})
			require.Contains(t, errs[0].Message, c.says)
		})
	}
}

func TestWooCommerceLimits(t *testing.T) {
	var many strings.Builder
	many.WriteString("ID,Type,SKU,Name,Regular price,Parent,Attribute 1 name,Attribute 1 value(s)\n1,variable,p,P,,,Size,\n")
	for i := range catalog.MaxVariants + 1 {
		fmt.Fprintf(&many, "%d,variation,,V,5,p,Size,s%d\n", i+2, i)
	}
	all := read(t, strings.NewReader(many.String()))
	require.Len(t, all, 1)
	require.Equal(t, catalog.MaxVariants+2, all[0].Rows)
	require.Contains(t, all[0].Errors[0].Message, "2000")

	values := strings.TrimSuffix(strings.Repeat("x,", 50), ",")
	for i := range 50 {
		values = strings.Replace(values, "x", fmt.Sprintf("v%d", i), 1)
	}
	open := fmt.Sprintf("Type,SKU,Name,Regular price,Parent,Attribute 1 name,Attribute 1 value(s),Attribute 2 name,Attribute 2 value(s),Attribute 3 name,Attribute 3 value(s)\n"+
		"variable,p,P,,,A,%[1]q,B,%[1]q,C,%[1]q\nvariation,,V,5,p,A,,B,,C,\n", values)
	all = read(t, strings.NewReader(open))
	require.Contains(t, all[0].Errors[0].Message, "2000 combinations")
}

func FuzzReadAnyFormat(f *testing.F) {
	for _, name := range []string{"classic.csv", "current.csv", "woocommerce.csv"} {
		data, err := os.ReadFile("testdata/" + name)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte("slug,title,price\na,A,1\n"))
	f.Add([]byte(`{"slug":"a","title":"A","variants":[{"price":{"amount":1,"currency":"BDT"}}]}`))
	f.Add([]byte("Type,Name,Regular price,Parent\nvariation,,1,a\nvariable,\"a\n\"\"b\",,"))
	f.Fuzz(func(t *testing.T, data []byte) {
		used := map[string]bool{}
		_ = source.Read(bytes.NewReader(data), "", "BDT", func(p ports.SourceProduct) error {
			require.LessOrEqual(t, p.End, int64(len(data)))
			if len(p.Errors) == 0 && p.Product.Check() == nil {
				require.False(t, used[p.Product.Slug], "no slug is handed on twice")
				used[p.Product.Slug] = true
			}
			return nil
		})
	})
}
