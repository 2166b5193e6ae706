package productfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/productfile"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

// source reads on the day of the tests.
var source = productfile.New(func() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) })

func read(t testing.TB, f ports.File) []ports.SourceProduct {
	t.Helper()
	var all []ports.SourceProduct
	require.NoError(t, source.Read(f, "", "BDT", func(p ports.SourceProduct) error {
		all = append(all, p)
		return nil
	}))
	return all
}

func bdt(minor int64) money.Money { return money.New(minor, "BDT") }

// wanted is what both fixtures say.
var wanted = []catalog.Product{
	{
		Slug: "jamdani-scarf", Title: "Jamdani Scarf", Brand: "Tanti House", Status: catalog.Active,
		Description: "<p>Woven by hand,\nin &#34;Sonargaon&#34;.</p>",
		Category:    &catalog.Category{Slug: "scarves", Name: "Scarves"},
		Tags:        []string{"cotton", "handmade"},
		SEO:         catalog.SEO{Title: "Indigo scarves", Description: "Handmade, of cotton"},
		Options: []catalog.Option{
			{Name: "Colour", Values: []string{"Indigo", "Madder"}},
			{Name: "Size", Values: []string{"Long", "Short"}},
		},
		Variants: []catalog.Variant{
			{
				SKU: "JS-IN-L", Barcode: "8801234500017", Values: []string{"Indigo", "Long"}, Price: bdt(185000),
				CompareAt: bdt(220000), Grams: 140, ImageURL: "/media/demo/scarf-indigo.jpg", RequiresShipping: true,
				Taxable: true, Stock: catalog.StockPolicy{Tracked: true, OnHand: 7},
			},
			{
				SKU: "JS-IN-S", Values: []string{"Indigo", "Short"}, Price: bdt(145000), Grams: 90, RequiresShipping: true,
				Taxable: true, Stock: catalog.StockPolicy{Tracked: true, Continue: true},
			},
			{SKU: "JS-MA-L", Values: []string{"Madder", "Long"}, Price: bdt(185000), Grams: 140, RequiresShipping: true},
		},
		Images: []catalog.Image{
			{URL: "/media/demo/scarf-1.jpg", Alt: "Worn"},
			{URL: "/media/demo/scarf-2.jpg", Alt: "Folded"},
			{URL: "https://img.example.com/scarf-3.jpg"},
		},
	},
	{
		Slug: "clay-cup", Title: "Clay Cup", Brand: "Kumar", Status: catalog.Active, Description: "Plain &amp; simple",
		Category: &catalog.Category{Slug: "mugs", Name: "Mugs"},
		Variants: []catalog.Variant{{
			Price: bdt(0), RequiresShipping: true, Taxable: true, Stock: catalog.StockPolicy{Tracked: true, OnHand: 12},
		}},
	},
	{
		Slug: "pattern-pdf", Title: "Sewing Pattern", Status: catalog.Draft,
		Variants: []catalog.Variant{{Price: bdt(25050)}},
	},
	{
		Slug: "old-lamp", Title: "Old Lamp", Status: catalog.Archived,
		Category: &catalog.Category{Slug: "lighting", Name: "Lighting"},
		Variants: []catalog.Variant{{Price: bdt(90000), Grams: 1250, RequiresShipping: true, Taxable: true}},
	},
}

func TestBothDialectsSayTheSame(t *testing.T) {
	for _, name := range []string{"classic.csv", "current.csv"} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", name))
			require.NoError(t, err)
			for _, r := range []ports.File{bytes.NewReader(data), slowly{bytes.NewReader(data)}} {
				all := read(t, r)
				require.Len(t, all, len(wanted))
				for i, p := range all {
					require.Empty(t, p.Errors)
					require.Equal(t, wanted[i], p.Product)
					require.NoError(t, p.Product.Check())
				}
				require.Equal(t, []int{2, 4}, []int{all[0].Line, all[0].Rows})
				require.Equal(t, []int{7, 1}, []int{all[1].Line, all[1].Rows}, "lines inside cells count")
			}
		})
	}
}

func TestSharedSampleFiles(t *testing.T) {
	for _, c := range []struct {
		name                                           string
		products, variants, images, options, compareAt int
		onHand                                         int64
	}{
		{"shopify-apparel.csv", 20, 22, 20, 1, 0, 22},
		{"shopify-home-and-garden.csv", 20, 21, 21, 1, 16, 65},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := os.Open(filepath.Join("../../../shared/data", c.name))
			if errors.Is(err, os.ErrNotExist) {
				t.Skip("the sample files are not beside this checkout")
			}
			require.NoError(t, err)
			defer f.Close()
			info, err := f.Stat()
			require.NoError(t, err)
			var variants, images, options, compareAt int
			var onHand int64
			all := read(t, io.NewSectionReader(f, 0, info.Size()))
			for _, p := range all {
				require.Empty(t, p.Errors)
				require.NoError(t, p.Product.Check())
				require.Equal(t, catalog.Active, p.Product.Status)
				variants += len(p.Product.Variants)
				images += len(p.Product.Images)
				options += len(p.Product.Options)
				for _, v := range p.Product.Variants {
					require.True(t, v.Stock.Tracked)
					if onHand += v.Stock.OnHand; !v.CompareAt.IsZero() {
						compareAt++
					}
				}
			}
			require.Equal(t, []int{c.products, c.variants, c.images, c.options, c.compareAt},
				[]int{len(all), variants, images, options, compareAt})
			require.Equal(t, c.onHand, onHand)
		})
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	for _, c := range []struct {
		name, file string
		want       error
		says       string
	}{
		{"empty", "", productfile.ErrEmpty, "empty"},
		{"only a mark", "\ufeff\r\n\r\n", productfile.ErrEmpty, "empty"},
		{"missing columns", "Handle,Vendor\na,b\n", productfile.ErrColumns, "Title, Variant Price (or Price)"},
		{"repeated column", "Handle,Title,Price,Variant  price\n", productfile.ErrColumns, `"Price" and "Variant  price"`},
		{"gzip", "\x1f\x8b\x08\x00", productfile.ErrNotCSV, "unpack"},
		{"zstd", "\x28\xb5\x2f\xfd\x04", productfile.ErrNotCSV, "unpack"},
		{"something else", "<html><body>\n", productfile.ErrNotCSV, "none of the columns"},
		{"spreadsheet", "PK\x03\x04\x14\x00", productfile.ErrNotCSV, "spreadsheet"},
		{"binary", "Handle,Title\x00", productfile.ErrNotCSV, "not a CSV"},
		{"UTF-16", "\xff\xfeH\x00a\x00", productfile.ErrEncoding, "UTF-16"},
		{"Latin-1", "Handle,Title,Price\ncaf\xe9,Caf\xe9,1\n", productfile.ErrEncoding, "UTF-8"},
		{"bare returns", "Handle,Title,Price\ra,A,1\r", productfile.ErrNotCSV, "carriage returns"},
		{"open header", "Handle,\"Title,Price\na,A,1\n", productfile.ErrNotCSV, "line 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := source.Read(strings.NewReader(c.file), "", "BDT", func(ports.SourceProduct) error { return nil })
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
			require.Equal(t, fault.Invalid, fault.KindOf(err))
		})
	}
}

func TestReadersAndCallersErrorsComeBack(t *testing.T) {
	none := func(ports.SourceProduct) error { return nil }
	away := errors.New("connection reset")
	err := source.Read(broken{"Handle,Title,Price\na,A,1\n", away}, "", "BDT", none)
	require.ErrorIs(t, err, productfile.ErrBroken)
	require.ErrorIs(t, err, away)

	tooLarge := fault.New(fault.Invalid, "body_too_large", "send less")
	err = source.Read(broken{"", tooLarge}, "", "BDT", none)
	require.Equal(t, "body_too_large", fault.CodeOf(err))

	stop := errors.New("stop")
	calls := 0
	err = source.Read(strings.NewReader("Handle,Title,Price\na,A,1\nb,B,1\n"), "", "BDT", func(ports.SourceProduct) error {
		calls++
		return stop
	})
	require.Equal(t, stop, err)
	require.Equal(t, 1, calls)
}

// slowly is a file that comes byte by byte.
type slowly struct{ ports.File }

func (s slowly) ReadAt(p []byte, at int64) (int, error) { return s.File.ReadAt(p[:min(1, len(p))], at) }

// broken is a file of which only the beginning can be read.
type broken struct {
	text string
	err  error
}

func (b broken) Size() int64 { return 1 << 20 }

func (b broken) ReadAt(p []byte, at int64) (int, error) {
	if at >= int64(len(b.text)) {
		return 0, b.err
	}
	return copy(p, b.text[at:]), b.err
}

// endless is a long file: a header and then the same text for ever.
type endless struct {
	head, text string
	size       int64
}

func (e endless) Size() int64 { return e.size }

func (e endless) ReadAt(p []byte, at int64) (int, error) {
	if at < int64(len(e.head)) {
		return copy(p, e.head[at:]), nil
	}
	skip := int(at-int64(len(e.head))) % len(e.text)
	for n := 0; n < len(p); skip = 0 {
		n += copy(p[n:], e.text[skip:])
	}
	return len(p), nil
}

func TestMemoryIsBounded(t *testing.T) {
	const head = "Handle,Title,Price,Option1 Name,Option1 Value\n"
	for _, c := range []struct{ name, start, text string }{
		{"an open quote", "a,\"A", strings.Repeat("text", 40) + "\n"},
		{"an endless line", "a,A", "text"},
		{"an endless product", "a,A,1,Size,S\n", "a,,x,,S" + strings.Repeat("s", 100) + "\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			failed, peak := 0, uint64(0)
			src := endless{head: head + c.start, text: c.text, size: 24 << 20}
			err := source.Read(src, "", "BDT", func(p ports.SourceProduct) error {
				if failed++; failed%100_000 == 1 {
					runtime.ReadMemStats(&after)
					peak = max(peak, after.HeapSys)
				}
				require.NotEmpty(t, p.Errors)
				require.LessOrEqual(t, len(p.Errors), 101)
				return nil
			})
			require.NoError(t, err)
			require.Positive(t, failed)
			runtime.ReadMemStats(&after)
			peak = max(peak, after.HeapSys)
			require.Less(t, peak, before.HeapSys+32<<20)
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"classic.csv", "current.csv"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte("Handle,Title,Price\na,\"A,1\nb,B,2\n"))
	f.Add([]byte("Handle,Title,Price\n\"a\"\"\",A\"A,1\r\n,,\nb,B,2,3\n,C,\xff"))
	f.Add([]byte("Title,Handle,Price,Option1 Value,Image Src\n\"x\ny\",a,1,L,/a.jpg\n,a,1,M,//b\n,,,,"))
	f.Fuzz(func(t *testing.T, data []byte) {
		used := map[string]bool{}
		line := 0
		err := source.Read(bytes.NewReader(data), "", "BDT", func(p ports.SourceProduct) error {
			require.Greater(t, p.Line, line, "products come in the file's order")
			require.Positive(t, p.Rows)
			line = p.Line
			for _, e := range p.Errors {
				require.NotEmpty(t, e.Message)
				require.Positive(t, e.Line)
			}
			if len(p.Errors) == 0 {
				require.NoError(t, p.Product.Check())
				require.False(t, used[p.Product.Slug], "no slug is handed on twice")
				used[p.Product.Slug] = true
			}
			return nil
		})
		if err != nil {
			require.Equal(t, fault.Invalid, fault.KindOf(err))
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var file bytes.Buffer
	file.WriteString("Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Compare At Price,Image Src,Image Position,Status\n")
	const rows = 10_000
	for i := 0; i < rows; i += 2 {
		fmt.Fprintf(&file, "p-%d,Product %d,\"<p>A <b>fine</b> thing, made well.</p>\",Maker,Things,\"a, b\",true,Size,S,P%d-S,120,5,deny,19.90,25,https://img.example.com/%d.jpg,1,active\n", i, i, i, i)
		fmt.Fprintf(&file, "p-%d,,,,,,,,L,P%d-L,140,3,deny,21.90,,,,\n", i, i)
	}
	b.SetBytes(int64(file.Len()))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		err := source.Read(bytes.NewReader(file.Bytes()), "", "BDT", func(p ports.SourceProduct) error {
			n += p.Rows
			return nil
		})
		require.NoError(b, err)
		require.Equal(b, rows, n)
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}
