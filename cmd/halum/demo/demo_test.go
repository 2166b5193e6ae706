package demo_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/cmd/halum/demo"
)

var price = regexp.MustCompile(`^[1-9][0-9]*(\.[0-9]{1,2})?$`)

// rows reads a catalogue as maps from column to value. The reader refuses rows of unequal length.
func rows(t *testing.T, s demo.Shop) []map[string]string {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(s.CatalogCSV)).ReadAll()
	require.NoError(t, err)
	var out []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, column := range records[0] {
			row[column] = record[i]
		}
		out = append(out, row)
	}
	return out
}

func eachShop(t *testing.T, check func(t *testing.T, s demo.Shop)) {
	for _, s := range demo.Shops {
		t.Run(s.Slug, func(t *testing.T) { check(t, s) })
	}
}

func TestCatalogueIsLargeAndVaried(t *testing.T) {
	eachShop(t, func(t *testing.T, s demo.Shop) {
		handles, types, drafts, soldOut := map[string]bool{}, map[string]bool{}, 0, 0
		for _, row := range rows(t, s) {
			if row["Title"] != "" {
				require.False(t, handles[row["Handle"]], "%s begins twice", row["Handle"])
				handles[row["Handle"]], types[row["Type"]] = true, true
			}
			if row["Published"] == "false" {
				drafts++
			}
			if row["Variant Inventory Qty"] == "0" {
				soldOut++
			}
		}
		require.GreaterOrEqual(t, len(handles), 32)
		require.GreaterOrEqual(t, len(types), 6)
		require.LessOrEqual(t, len(types), 8)
		require.Equal(t, 1, drafts)
		require.Positive(t, soldOut)
	})
}

func TestVariants(t *testing.T) {
	eachShop(t, func(t *testing.T, s demo.Shop) {
		skus, choices, handle := map[string]bool{}, map[string]bool{}, ""
		for _, row := range rows(t, s) {
			require.True(t, row["Title"] != "" || row["Handle"] == handle, "rows of %s are apart", row["Handle"])
			handle = row["Handle"]
			if row["Option1 Value"] == "" {
				require.NotEmpty(t, row["Image Src"], "an empty row of %s", handle)
				continue
			}
			choice := strings.Join([]string{handle, row["Option1 Value"], row["Option2 Value"]}, "/")
			require.False(t, choices[choice], choice)
			require.False(t, skus[row["Variant SKU"]], row["Variant SKU"])
			require.NotEmpty(t, row["Variant SKU"])
			choices[choice], skus[row["Variant SKU"]] = true, true
			checkNumbers(t, row)
		}
	})
}

func checkNumbers(t *testing.T, row map[string]string) {
	t.Helper()
	require.Regexp(t, price, row["Variant Price"])
	if was := row["Variant Compare At Price"]; was != "" {
		require.Regexp(t, price, was)
		require.Greater(t, cents(t, was), cents(t, row["Variant Price"]), "%s was cheaper before", row["Variant SKU"])
	}
	quantity, err := strconv.Atoi(row["Variant Inventory Qty"])
	require.NoError(t, err)
	require.GreaterOrEqual(t, quantity, 0)
}

func cents(t *testing.T, amount string) int64 {
	t.Helper()
	whole, fraction, _ := strings.Cut(amount, ".")
	n, err := strconv.ParseInt(whole+(fraction + "00")[:2], 10, 64)
	require.NoError(t, err)
	return n
}

func TestEveryPictureIsThere(t *testing.T) {
	eachShop(t, func(t *testing.T, s demo.Shop) {
		paths := []string{s.LogoPath, s.HeroPath, s.FaviconPath}
		for _, row := range rows(t, s) {
			if row["Image Src"] != "" {
				require.NotEmpty(t, row["Image Alt Text"], row["Image Src"])
				paths = append(paths, row["Image Src"])
			}
			if row["Title"] != "" {
				require.NotEmpty(t, row["Image Src"], row["Handle"])
			}
		}
		for _, path := range paths {
			require.True(t, strings.HasPrefix(path, "/media/demo/"+s.Slug+"/"), path)
			_, err := fs.Stat(demo.Media(), strings.TrimPrefix(path, "/media/"))
			require.NoError(t, err)
		}
	})
}

func TestMediaOpensItsOwnFolderOnly(t *testing.T) {
	for _, name := range []string{"", ".", "media", "demo.go", "demo/../demo.go", "demo/", "demolition", "/demo"} {
		_, err := demo.Media().Open(name)
		require.ErrorIs(t, err, fs.ErrNotExist, name)
	}
}

// TestPicturesAreSafeAndSmall keeps out what an SVG could do besides being a picture.
func TestPicturesAreSafeAndSmall(t *testing.T) {
	require.NoError(t, fs.WalkDir(demo.Media(), "demo", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		svg, err := fs.ReadFile(demo.Media(), path)
		require.NoError(t, err)
		limit := 6 << 10
		if d.Name() == "hero.svg" {
			limit = 20 << 10
		}
		require.LessOrEqual(t, len(svg), limit, path)
		checkSVG(t, path, svg)
		return nil
	}))
}

func checkSVG(t *testing.T, path string, svg []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err, path)
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		require.NotContains(t, []string{"script", "foreignObject", "image", "use", "style", "a"}, element.Name.Local, path)
		for _, a := range element.Attr {
			require.NotEqual(t, "href", a.Name.Local, path)
			require.False(t, strings.HasPrefix(a.Name.Local, "on"), "%s: %s", path, a.Name.Local)
			require.False(t, strings.Contains(a.Value, "url(") && !strings.HasPrefix(a.Value, "url(#"), "%s: %s", path, a.Value)
		}
	}
}

func TestColoursCanBeRead(t *testing.T) {
	eachShop(t, func(t *testing.T, s demo.Shop) {
		c := s.Colours
		require.GreaterOrEqual(t, contrast(t, c.OnPrimary, c.Primary), 4.5)
		require.GreaterOrEqual(t, contrast(t, c.Primary, c.Tint), 4.5)
		require.GreaterOrEqual(t, contrast(t, c.Primary, "#ffffff"), 4.5)
	})
}

// contrast is the WCAG contrast ratio of two colours.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	require.Regexp(t, `^#[0-9a-f]{6}$`, colour)
	sum := 0.0
	for i, weight := range []float64{.2126, .7152, .0722} {
		v, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		require.NoError(t, err)
		sum += weight * linear(float64(v)/255)
	}
	return sum
}

func linear(v float64) float64 {
	if v <= .03928 {
		return v / 12.92
	}
	return math.Pow((v+.055)/1.055, 2.4)
}

func TestEverythingHasABengaliName(t *testing.T) {
	said, err := demo.Bengali()
	require.NoError(t, err)
	eachShop(t, func(t *testing.T, s demo.Shop) {
		texts, option := said[s.Slug], map[string]string{}
		handles := map[string]bool{}
		for _, row := range rows(t, s) {
			handle := row["Handle"]
			if row["Title"] != "" {
				handles[handle] = true
				require.NotEmpty(t, texts.Products[handle][0], handle)
				require.NotEmpty(t, texts.Products[handle][1], handle)
				require.NotEmpty(t, texts.Categories[row["Type"]], row["Type"])
			}
			for _, n := range []string{"1", "2", "3"} {
				if name := row["Option"+n+" Name"]; name != "" {
					option[handle+n] = name
				}
				name, value := option[handle+n], row["Option"+n+" Value"]
				if value == "" || name == "Title" {
					continue
				}
				require.NotEmpty(t, texts.Options[name].Name, name)
				require.NotEmpty(t, texts.Options[name].Values[value], "%s: %s", name, value)
			}
		}
		require.Len(t, texts.Products, len(handles), "nothing is named that is not there")
	})
}
