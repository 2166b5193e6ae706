package productfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
)

// file writes a file whose header is the given columns behind Handle, Title and Price.
func file(columns string, rows ...string) *strings.Reader {
	return strings.NewReader("Handle,Title,Price" + strings.TrimSuffix(","+columns, ",") + "\n" + strings.Join(rows, "\n") + "\n")
}

func TestRowErrors(t *testing.T) {
	for _, c := range []struct {
		name, columns, row string // the row is line 2
		line               int
		column, says       string
	}{
		{"no price", "", "a,A,", 2, "Price", "missing"},
		{"negative price", "", "a,A,-1", 2, "Price", "negative"},
		{"grouped price", "", `a,A,"1,299.00"`, 2, "Price", "thousands"},
		{"price with sign", "", "a,A,$5", 2, "Price", "plain decimal"},
		{"price with three places", "", "a,A,1.005", 2, "Price", "2 decimal places"},
		{"huge price", "", "a,A,99999999999999999999", 2, "Price", "too large"},
		{"absurd price", "", "a,A,1." + strings.Repeat("0", 50), 2, "Price", "too many digits"},
		{"bad compare-at", "Compare-at price", "a,A,1,x", 2, "Compare-at price", "plain decimal"},
		{"negative quantity", "Inventory quantity", "a,A,1,-3", 2, "Inventory quantity", "negative"},
		{"broken quantity", "Inventory quantity", "a,A,1,many", 2, "Inventory quantity", "whole number"},
		{"huge quantity", "Inventory quantity", "a,A,1,99999999999999999999", 2, "Inventory quantity", "too large"},
		{"unknown policy", "Variant Inventory Policy", "a,A,1,perhaps", 2, "Variant Inventory Policy", "deny or continue"},
		{"unknown status", "Status", "a,A,1,hidden", 2, "Status", "active, draft or archived"},
		{"unknown bool", "Published", "a,A,1,maybe", 2, "Published", "true or false"},
		{"gift card", "Gift Card", "a,A,1,TRUE", 2, "Gift Card", "not supported"},
		{"negative weight", "Variant Grams", "a,A,1,-5", 2, "Variant Grams", "plain number"},
		{"weight without unit", "Variant Weight", "a,A,1,5", 2, "Variant Weight", "unit"},
		{"script image", "Image Src", "a,A,1,javascript:alert(1)", 2, "Image Src", "https://"},
		{"foreign path", "Image Src", "a,A,1,//evil.example/x.jpg", 2, "Image Src", "https://"},
		{"backslash path", "Image Src", `a,A,1,/\evil.example/x.jpg`, 2, "Image Src", "https://"},
		{"bad variant image", "Variant Image", "a,A,1,ftp://x/y", 2, "Variant Image", "https://"},
		{"bad position", "Image Src,Image Position", "a,A,1,/a.jpg,first", 2, "Image Position", "whole number"},
		{"long title", "", "a," + strings.Repeat("x", 256) + ",1", 2, "Title", "255"},
		{"no title", "", "a,,1", 2, "Title", "no title"},
		{"no slug", "", "!!!,A,1", 2, "Handle", "letters"},
		{"nameless option", "Option1 Name,Option1 Value", "a,A,1,,Red", 2, "Option1 Value", "no name"},
		{"missing value", "Option1 Name,Option1 Value", "a,A,1,Colour,", 2, "Option1 Value", "missing"},
		{"option gap", "Option1 Name,Option2 Name,Option2 Value", "a,A,1,,Size,L", 2, "Option1 Name", "before"},
		{"equal options", "Option1 Name,Option1 Value,Option2 Name,Option2 Value", "a,A,1,Size,L,size,M", 2, "Option2 Name", "two options"},
		{"too many cells", "", "a,A,1,2", 2, "", "4 cells"},
		{"absurdly many cells", "", "a,A,1" + strings.Repeat(",x", 3000), 2, "", "2000"},
		{"stray quote", "Vendor", `a,A,1,5" pots`, 2, "Vendor", "twice"},
		{"text behind a quote", "Vendor", `a,A,1,"5" pots"`, 2, "Vendor", "behind"},
		{"open quote", "Vendor", `a,A,1,"pots`, 2, "Vendor", "never closed"},
		{"long cell", "Vendor", "a,A,1," + strings.Repeat("x", 5<<20), 2, "Vendor", "4 MB"},
		{"cell below a long one", "Vendor,Inventory quantity", "a,A,1,\"two\nlines\",x", 3, "Inventory quantity", "whole number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := read(t, file(c.columns, c.row, "good,Good,5"))
			require.Len(t, all, 2, "the next product is read all the same")
			require.Empty(t, all[1].Errors)
			require.Equal(t, "good", all[1].Product.Slug)
			require.Len(t, all[0].Errors, 1)
			e := all[0].Errors[0]
			require.Equal(t, []any{c.line, c.column}, []any{e.Line, e.Column})
			require.Contains(t, e.Message, c.says)
		})
	}
}

func TestRowsOfOneProduct(t *testing.T) {
	const columns = "Option1 Name,Option1 Value,Image Src"
	for _, c := range []struct {
		name   string
		rows   []string
		line   int
		column string
		says   string
	}{
		{"same variant twice", []string{"a,A,1,Size,L,", "a,,1,,M,", "a,,1,,L,"}, 4, "Option1 Value", "line 2 is the same variant"},
		{"two variants without options", []string{"a,A,1,,,", "a,,1,,,"}, 3, "Option1 Value", "the same variant"},
		{"two default titles", []string{"a,A,1,Title,Default Title,", "a,,1,,Default Title,"}, 3, "Option1 Value", "the same variant"},
		{"another option name", []string{"a,A,1,Size,L,", "a,,1,Colour,M,"}, 3, "Option1 Name", "differently"},
		{"nothing in it", []string{"a,A,1,Size,L,", "a,,,,,"}, 3, "", "neither"},
		{"no handle", []string{"a,A,1,Size,L,", ",,1,,M,"}, 3, "Handle", "repeat"},
		{"variant without price", []string{"a,A,1,Size,L,", "a,,,,M,"}, 3, "Price", "missing"},
		{"broken quote in a variant", []string{"a,A,1,Size,L,", `a,,1,,M"m,`}, 3, "Option1 Value", "twice"},
		{"broken handle", []string{"a,A,1,Size,L,", `"a"x,,1,,M,`}, 3, "Handle", "behind"},
		{"broken first row", []string{`a,A"A,1,Size,L,`, "a,,1,,M,"}, 2, "Title", "twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := read(t, file(columns, append(c.rows, "good,Good,5,,,")...))
			require.Len(t, all, 2)
			require.Empty(t, all[1].Errors)
			require.Equal(t, len(c.rows), all[0].Rows)
			require.Len(t, all[0].Errors, 1)
			e := all[0].Errors[0]
			require.Equal(t, []any{c.line, c.column}, []any{e.Line, e.Column})
			require.Contains(t, e.Message, c.says)
		})
	}
}

func TestHandleThatComesBackFailsTheLaterRows(t *testing.T) {
	all := read(t, file("Option1 Name,Option1 Value", "a,A,1,Size,L", "b,B,1", "A,,1,,M", "a,,1,,S", "c,C,1"))
	require.Len(t, all, 4)
	require.Empty(t, all[0].Errors)
	require.Equal(t, 2, all[2].Rows)
	require.Len(t, all[2].Errors, 1)
	require.Equal(t, []any{4, "Handle"}, []any{all[2].Errors[0].Line, all[2].Errors[0].Column})
	require.Contains(t, all[2].Errors[0].Message, "already used in line 2")
	require.Empty(t, all[3].Errors)
}

func TestBrokenRowWithoutHandle(t *testing.T) {
	src := "Title,URL handle,Price\nA,a,1\n\"B\"x,b,1\nC,c,1\n"
	all := read(t, strings.NewReader(src))
	require.Len(t, all, 3)
	require.Empty(t, all[0].Errors, "a row with a title is not the product before it")
	require.Equal(t, []any{3, "Title"}, []any{all[1].Errors[0].Line, all[1].Errors[0].Column})
	require.Empty(t, all[2].Errors)
}

func TestStrayBytesFarIntoTheFileSpoilTheirRowOnly(t *testing.T) {
	var b strings.Builder
	b.WriteString("Handle,Title,Price\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "p%d,Product number %d,1\n", i, i)
	}
	b.WriteString("bad,Caf\xe9,1\nnul,N\x00,1\nlast,Last,1\n")
	all := read(t, strings.NewReader(b.String()))
	last := all[len(all)-1]
	require.Equal(t, "last", last.Product.Slug)
	require.Empty(t, last.Errors)
	failed := map[int]bool{}
	for _, p := range all {
		for _, e := range p.Errors {
			failed[e.Line] = true
			require.Contains(t, e.Message, "UTF-8")
		}
	}
	require.Equal(t, map[int]bool{5002: true, 5003: true}, failed)
}

func TestLimitsOfOneProduct(t *testing.T) {
	rows := []string{"a,A,1,Size,0,/0.jpg"}
	for i := 1; i < catalog.MaxVariants+10; i++ {
		rows = append(rows, fmt.Sprintf("a,,1,,%d,/%d.jpg", i, i))
	}
	all := read(t, file("Option1 Name,Option1 Value,Image Src", rows...))
	require.Len(t, all, 1)
	require.Len(t, all[0].Product.Variants, catalog.MaxVariants)
	require.Len(t, all[0].Product.Images, catalog.MaxImages)
	require.Len(t, all[0].Errors, 2, "each limit is reported once")
	require.Contains(t, all[0].Errors[0].Message, "250")
	require.Contains(t, all[0].Errors[1].Message, "2000")
}

func TestCells(t *testing.T) {
	for _, c := range []struct {
		name, columns, row string
		want               func(p catalog.Product) any
		is                 any
	}{
		{"blank published", "Published", "a,A,1,", func(p catalog.Product) any { return p.Status }, catalog.Active},
		{"status wins", "Published,Status", "a,A,1,false,ACTIVE", func(p catalog.Product) any { return p.Status }, catalog.Active},
		{"kilograms", "Variant Weight,Variant Weight Unit", "a,A,1,1.2345,kg", grams, int64(1235)},
		{"pounds", "Variant Weight,Variant Weight Unit", "a,A,1,2,lb", grams, int64(907)},
		{"ounces", "Variant Weight,Variant Weight Unit", "a,A,1,3.5,OZ", grams, int64(99)},
		{"decimal grams", "Variant Grams,Variant Weight Unit", "a,A,1,340.0,kg", grams, int64(340)},
		{"compare-at below", "Compare-at price", "a,A,10,9", func(p catalog.Product) any { return p.Variants[0].CompareAt.IsZero() }, true},
		{"tracker without quantity", "Inventory tracker", "a,A,1,shopify", stock, catalog.StockPolicy{Tracked: true}},
		{"quantity without tracker", "Inventory quantity", "a,A,1,4", stock, catalog.StockPolicy{Tracked: true, OnHand: 4}},
		{"neither", "", "a,A,1", stock, catalog.StockPolicy{}},
		{"backorder", "Continue selling when out of stock", "a,A,1,TRUE", stock, catalog.StockPolicy{Continue: true}},
		{"capital handle", "", "Ocean--Blue Shirt,A,1", slug, "ocean-blue-shirt"},
		{"underscores", "", "ocean_blue,A,1", slug, "ocean_blue"},
		{"no handle", "", ",Ocean Blue,1", slug, "ocean-blue"},
		{"missing cells", "Vendor,Tags", "a,A,1", slug, "a"},
		{"extra blank cells", "", "a,A,1,,, ", slug, "a"},
		{"unknown columns", "Cost per item,Google Shopping / MPN", "a,A,1,x,y", slug, "a"},
		{"nameless default", "Option1 Value", "a,A,1,Default Title", func(p catalog.Product) any { return len(p.Options) }, 0},
		{"option named title", "Option1 Name,Option1 Value", "a,A,1,Title,Hamlet", func(p catalog.Product) any { return p.Options[0].Name }, "Title"},
		{"category from taxonomy", "Product Category", "a,A,1,X > Y & Z", func(p catalog.Product) any { return *p.Category }, catalog.Category{Slug: "y-z", Name: "Y & Z"}},
		{"category of signs", "Type", "a,A,1,—", func(p catalog.Product) any { return p.Category == nil }, true},
		{
			"links", "Description", `a,A,1,"<a href=""https://x.example"" onclick=""y()"">z</a><iframe src=""/q""></iframe>"`, func(p catalog.Product) any { return p.Description },
			`<a href="https://x.example" rel="nofollow noreferrer noopener" target="_blank">z</a>`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := read(t, file(c.columns, c.row))
			require.Len(t, all, 1)
			require.Empty(t, all[0].Errors)
			require.NoError(t, all[0].Product.Check())
			got := c.want(all[0].Product)
			require.Equal(t, c.is, got)
		})
	}
}

func grams(p catalog.Product) any { return p.Variants[0].Grams }
func stock(p catalog.Product) any { return p.Variants[0].Stock }
func slug(p catalog.Product) any  { return p.Slug }
