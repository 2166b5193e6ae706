package productfile_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/adapters/productfile"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

// words are texts with everything that has a meaning somewhere on the way through a file.
func words(least, most int) *rapid.Generator[string] {
	letters := rapid.SampledFrom([]rune("abc 7শআ=+-@\t\r\n'\"|\\,;<>&＝{}.\u00a0\ufeff\x01"))
	return rapid.StringOfN(letters, least, most, -1)
}

func anyPrice(t *rapid.T, label string) money.Money {
	return bdt(rapid.Int64Range(0, 1e12).Draw(t, label))
}

// anyProduct makes products as shops hold them: they keep every rule of the catalogue.
func anyProduct(slug string) *rapid.Generator[catalog.Product] {
	return rapid.Custom(func(t *rapid.T) catalog.Product {
		p := catalog.Product{
			Slug: slug, Title: "T" + words(0, 12).Draw(t, "title"), Brand: words(0, 8).Draw(t, "brand"),
			Description: source.Sanitise(words(0, 40).Draw(t, "description")),
			Status:      rapid.SampledFrom([]catalog.Status{catalog.Active, catalog.Draft, catalog.Archived}).Draw(t, "status"),
			SEO:         catalog.SEO{Title: words(0, 8).Draw(t, "seo title"), Description: words(0, 8).Draw(t, "seo description")},
			Tags:        rapid.SliceOfN(words(1, 6), 0, 3).Draw(t, "tags"),
		}
		if rapid.Bool().Draw(t, "category") {
			p.Category = &catalog.Category{Slug: "c" + words(0, 4).Draw(t, "category slug"), Name: "n" + words(0, 6).Draw(t, "category name")}
		}
		values := rapid.SliceOfNDistinct(words(1, 5), 1, 4, func(s string) string { return s }).Draw(t, "values")
		for i := range rapid.IntRange(0, catalog.MaxOptions).Draw(t, "options") {
			p.Options = append(p.Options, catalog.Option{Name: fmt.Sprintf("%c%s.", 'A'+i, words(0, 4).Draw(t, "option")), Values: values})
		}
		n := 1
		if len(p.Options) > 0 {
			n = rapid.IntRange(1, len(values)).Draw(t, "variants")
		}
		for i := range n {
			v := catalog.Variant{
				SKU: words(0, 8).Draw(t, "sku"), Barcode: words(0, 8).Draw(t, "barcode"), Price: anyPrice(t, "price"),
				Grams: rapid.Int64Range(0, 999_999_999).Draw(t, "grams"), RequiresShipping: rapid.Bool().Draw(t, "shipping"),
				Taxable: rapid.Bool().Draw(t, "taxable"), ImageURL: rapid.SampledFrom([]string{"", "/a.jpg", "https://x.example/b?c=1,2"}).Draw(t, "image"),
				Stock: catalog.StockPolicy{
					Tracked: rapid.Bool().Draw(t, "tracked"), Continue: rapid.Bool().Draw(t, "backorder"),
					OnHand: rapid.Int64Range(-999_999_999, 999_999_999).Draw(t, "stock"),
				},
			}
			if was := anyPrice(t, "compare at"); was.Amount > v.Price.Amount {
				v.CompareAt = was
			}
			for range p.Options {
				v.Values = append(v.Values, values[i])
			}
			p.Variants = append(p.Variants, v)
		}
		for i := range rapid.IntRange(0, 5).Draw(t, "images") {
			p.Images = append(p.Images, catalog.Image{URL: fmt.Sprintf("/%d.jpg", i), Alt: words(0, 8).Draw(t, "alt")})
		}
		return p
	})
}

func write(t require.TestingT, as catalog.FileFormat, all ...catalog.Product) []byte {
	var out bytes.Buffer
	w, err := source.Writer(&out, as)
	require.NoError(t, err)
	for _, p := range all {
		require.NoError(t, w.Write(p))
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

func TestOwnFormatsRoundTrip(t *testing.T) {
	for _, format := range []catalog.FileFormat{catalog.FileCSV, catalog.FileJSONL} {
		t.Run(string(format), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				var all []catalog.Product
				for i := range rapid.IntRange(1, 3).Draw(t, "products") {
					all = append(all, anyProduct(fmt.Sprintf("p-%d", i)).Draw(t, "product"))
				}
				file := write(t, format, all...)
				found, err := source.Detect(bytes.NewReader(file), "")
				require.NoError(t, err)
				require.Equal(t, format, found)
				var again []catalog.Product
				var end int64
				require.NoError(t, source.Read(bytes.NewReader(file), "", "BDT", func(p ports.SourceProduct) error {
					require.Empty(t, p.Errors)
					require.NoError(t, p.Product.Check())
					require.Greater(t, p.End, end)
					end = p.End
					again = append(again, p.Product)
					return nil
				}))
				require.Len(t, again, len(all))
				for i := range all {
					require.True(t, all[i].SameAs(again[i]), "%#v\n%#v", all[i], again[i])
				}
				require.EqualValues(t, len(file), end)
				require.Equal(t, string(file), string(write(t, format, again...)))
			})
		})
	}
}

// TestFilesHoldEveryField fails when a product gets a field that files do not know: add it to both formats, or say here
// why it stays at home.
func TestFilesHoldEveryField(t *testing.T) {
	atHome := map[string]string{
		"ID": "belongs to one shop", "CreatedAt": "belongs to one shop", "UpdatedAt": "belongs to one shop", "Revision": "belongs to one shop",
		"Parts": "name variants of one shop", "Reserved": "is held by orders", "Held": "is held by carts", "Sale": "follows from price lists", "Tiers": "follow from price lists", "Lowest": "is the past of one shop", "FocalX": "is in JSON Lines; other files leave it as it is", "FocalY": "is in JSON Lines; other files leave it as it is", "Cap": "is a shop's decision about its stock", "ShipsAt": "is a shop's decision about its stock", "Rating": "is made of reviews", "Currency": "is in every price", "PublishAt": "is a plan of one shop", "Related": "names products of one shop",
		"Attributes": "are defined by each shop", "Parent": "files name one category", "Path": "belongs to one shop", "Position": "belongs to one shop", "Stocked": "follows from the products", "Above": "belongs to one shop",
	}
	known := map[string]bool{}
	for _, name := range strings.Fields(`Slug Title Description Brand Category Tags Status Options Variants Images Name Values SKU Barcode Price
		CompareAt Grams ImageURL RequiresShipping Taxable Stock Tracked Continue OnHand URL Alt SEO`) {
		known[name] = true
	}
	for _, of := range []any{catalog.Product{}, catalog.Variant{}, catalog.Option{}, catalog.Image{}, catalog.StockPolicy{}, catalog.Category{}} {
		for f := range reflect.TypeOf(of).Fields() {
			require.True(t, known[f.Name] || atHome[f.Name] != "", "%T.%s is neither in the files nor left out for a reason", of, f.Name)
		}
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		file := write(t, catalog.FileCSV, anyProduct("p").Draw(t, "product"))
		require.True(t, bytes.HasPrefix(file, []byte("\ufeff")))
		rows, err := csv.NewReader(bytes.NewReader(file[3:])).ReadAll()
		require.NoError(t, err)
		for _, row := range rows {
			for _, cell := range row {
				require.NotRegexp(t, `^[=+\-@\t\r\n＝]`, cell)
			}
		}
	})
}

func TestFormulasComeBackFromCSVAndStayInJSONLines(t *testing.T) {
	p := anyProduct("p").Example(1)
	p.Title, p.Options, p.Variants = `=HYPERLINK("http://evil.example")`, nil, p.Variants[:1]
	p.Variants[0].Values, p.Variants[0].SKU = nil, "'=x"
	require.Contains(t, string(write(t, catalog.FileCSV, p)), `"'=HYPERLINK(`)
	require.Contains(t, string(write(t, catalog.FileCSV, p)), `''=x`)
	require.Contains(t, string(write(t, catalog.FileJSONL, p)), `"title":"=HYPERLINK(`)
	again := read(t, bytes.NewReader(write(t, catalog.FileCSV, p)))
	require.Equal(t, p.Title, again[0].Product.Title)
	require.Equal(t, "'=x", again[0].Product.Variants[0].SKU)
}

func TestOwnCSVByHand(t *testing.T) {
	const head = "price,slug,title,stock,option1_name,option1,tags,image,currency\n"
	for name, c := range map[string]struct {
		rows string
		line int
		col  string
		says string
	}{
		"good":             {"1,a,A,5,Size,L, x | y ,/1.jpg,\n2,a,,,,M,,,BDT\n,a,,,,,,/2.jpg,\n", 0, "", ""},
		"no price":         {",a,A,5,,,,,\n", 2, "price", "missing"},
		"foreign currency": {"1,a,A,5,,,,,USD\n", 2, "currency", "sells in BDT"},
		"decimal comma":    {"\"19,90\",a,A,5,,,,,\n", 2, "price", "point"},
		"comes back":       {"1,a,A,5,,,,,\n1,b,B,5,,,,,\n1,a,A,5,,,,,\n", 4, "slug", "already used in line 2"},
		"no value":         {"1,a,A,5,Size,,,,\n", 2, "option1", "missing"},
		"no name":          {"1,a,A,5,,L,,,\n", 2, "option1", "no name"},
		"script picture":   {"1,a,A,5,,,,javascript:x,\n", 2, "image", "https://"},
		"words as stock":   {"1,a,A,many,,,,,\n", 2, "stock", "whole number"},
		"too many cells":   {"1,a,A,5,,,,,,,,x\n", 2, "", "12 cells"},
	} {
		t.Run(name, func(t *testing.T) {
			all := read(t, strings.NewReader(head+c.rows))
			last := all[len(all)-1]
			if c.says == "" {
				require.Empty(t, last.Errors)
				require.Equal(t, []string{"x", "y"}, last.Product.Tags)
				require.Equal(t, []catalog.Image{{URL: "/1.jpg"}, {URL: "/2.jpg"}}, last.Product.Images)
				require.Equal(t, []catalog.Option{{Name: "Size", Values: []string{"L", "M"}}}, last.Product.Options)
				require.Equal(t, catalog.StockPolicy{Tracked: true, OnHand: 5}, last.Product.Variants[0].Stock)
				require.Equal(t, catalog.Draft, last.Product.Status)
				return
			}
			require.Len(t, last.Errors, 1)
			require.Equal(t, []any{c.line, c.col}, []any{last.Errors[0].Line, last.Errors[0].Column})
			require.Contains(t, last.Errors[0].Message, c.says)
		})
	}
}

func TestJSONLinesByHand(t *testing.T) {
	const good = `{"slug":"a","title":"A","variants":[{"price":{"amount":5,"currency":"BDT"}}]}`
	all := read(t, strings.NewReader("\ufeff\n"+good+"\r\n\n"+strings.ReplaceAll(good, `"a"`, `"b"`)))
	require.Len(t, all, 2)
	require.Equal(t, []int{2, 4}, []int{all[0].Line, all[1].Line})
	require.True(t, all[0].Product.Variants[0].RequiresShipping)
	require.NoError(t, all[0].Product.Check())
	for name, c := range map[string]struct{ line, col, says string }{
		"unknown field": {`{"slug":"z","colour":"red"}`, "", `unknown field "colour"`},
		"no JSON":       {`{"slug":`, "", "not one product"},
		"two products":  {`{"slug":"y"}` + good, "", "text behind"},
		"wrong type":    {`{"title":5}`, "title", "not one product"},
		"foreign money": {strings.ReplaceAll(`{"slug":"z"`+good[len(`{"slug":"a"`):], "BDT", "USD"), "variants[0].price", "currency"},
		"no price":      {`{"slug":"z","variants":[{}]}`, "variants[0].price", "missing"},
		"not UTF-8":     {strings.Repeat(" ", 70_000) + "{\"slug\":\"\xff\"}", "", "UTF-8"},
		"endless":       {`{"title":"` + strings.Repeat("x", 9<<20), "", "8 MB"},
		"slug again":    {good, "slug", "already used in line 1"},
	} {
		t.Run(name, func(t *testing.T) {
			all := read(t, strings.NewReader(good+"\n"+c.line))
			require.Len(t, all, 2)
			require.Len(t, all[1].Errors, 1)
			require.Equal(t, c.col, all[1].Errors[0].Column)
			require.Contains(t, all[1].Errors[0].Message, c.says)
		})
	}
}

func TestOtherSeparators(t *testing.T) {
	for _, sep := range []string{";", "\t"} {
		file := strings.ReplaceAll("Handle,Title,Variant Price,Vendor\na,A,1.50,\"x"+"|"+"y\"\n", ",", sep)
		all := read(t, strings.NewReader(strings.ReplaceAll(file, "|", sep)))
		require.Len(t, all, 1)
		require.Empty(t, all[0].Errors)
		require.Equal(t, bdt(150), all[0].Product.Variants[0].Price)
		require.Equal(t, "x"+sep+"y", all[0].Product.Brand)
	}
}

func TestFormatsThatAreOnlyRead(t *testing.T) {
	for _, f := range []catalog.FileFormat{catalog.FileShopify, catalog.FileWooCommerce, "xlsx"} {
		_, err := source.Writer(&bytes.Buffer{}, f)
		require.ErrorIs(t, err, productfile.ErrFormat)
	}
}
