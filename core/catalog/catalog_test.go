package catalog_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
)

func shirt() catalog.Product {
	return catalog.Product{
		ID: "prod_1", Slug: "shirt", Title: "Shirt", Status: catalog.Active, Tags: []string{"cotton"},
		Category: &catalog.Category{ID: "cat_1", Slug: "clothes", Name: "Clothes"},
		Options:  []catalog.Option{{Name: "Size", Values: []string{"S", "L"}}},
		Images:   []catalog.Image{{URL: "https://img.example/1.jpg"}},
		Variants: []catalog.Variant{
			{ID: "var_1", Values: []string{"S"}, Price: money.New(100, "BDT"), Stock: catalog.StockPolicy{Tracked: true, OnHand: 3}},
			{ID: "var_2", Values: []string{"L"}, Price: money.New(120, "BDT"), Stock: catalog.StockPolicy{Tracked: true}},
		},
	}
}

func TestSlugify(t *testing.T) {
	for in, want := range map[string]string{
		"Blue Shirt":         "blue-shirt",
		"  Blue -- Shirt!  ": "blue-shirt",
		"Émile's Café":       "émile-s-café",
		"শাড়ি ও পাঞ্জাবি":       "শাড়ি-ও-পাঞ্জাবি", // vowel signs and the hasanta are marks: without them it is another word
		"বাংলাদেশ ১৯৭১":          "বাংলাদেশ-১৯৭১",
		"हिन्दी":                 "हिन्दी",
		"日本 茶":                   "日本-茶",
		"Cafe\u0301":             "cafe\u0301",
		"\u0301cafe":             "cafe", // a mark with no letter before it
		"a \u0301 b":             "a-b",
		"100% Cotton":            "100-cotton",
		"a_b":                    "a-b",
		"":                       "",
		"!!!":                    "",
		"\xff":                   "",
		"../../etc/passwd":       "etc-passwd",
		"<script>alert</script>": "script-alert-script",
	} {
		require.Equal(t, want, catalog.Slugify(in), "%q", in)
	}
}

func TestSlugsOfAnyNameAreValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom(nil, unicode.Bengali, unicode.Mn, unicode.Latin, unicode.Zs))).Draw(t, "name")
		slug := catalog.Slugify(name)
		require.Equal(t, slug, catalog.Slugify(slug), "a slug is its own slug")
		if slug != "" && len(slug) <= 255 {
			p := shirt()
			p.Slug = slug
			require.NoError(t, p.Check())
		}
	})
}

func TestCheckProduct(t *testing.T) {
	many := func(n int) (all []catalog.Variant) {
		for i := range n {
			all = append(all, catalog.Variant{Values: []string{strings.Repeat("x", i)}})
		}
		return all
	}
	for name, c := range map[string]struct {
		change func(*catalog.Product)
		bad    []string
	}{
		"good":               {func(*catalog.Product) {}, nil},
		"Bengali slug":       {func(p *catalog.Product) { p.Slug = "শাড়ি-ও-পাঞ্জাবি" }, nil},
		"underscore":         {func(p *catalog.Product) { p.Slug = "a_b" }, nil},
		"free":               {func(p *catalog.Product) { p.Variants[0].Price.Amount = 0 }, nil},
		"most variants":      {func(p *catalog.Product) { p.Variants = many(catalog.MaxVariants) }, nil},
		"no title":           {func(p *catalog.Product) { p.Title = "  " }, []string{"title"}},
		"long title":         {func(p *catalog.Product) { p.Title = strings.Repeat("a", 256) }, []string{"title"}},
		"no slug":            {func(p *catalog.Product) { p.Slug = "" }, []string{"slug"}},
		"slug with a space":  {func(p *catalog.Product) { p.Slug = "a b" }, []string{"slug"}},
		"slug with a slash":  {func(p *catalog.Product) { p.Slug = "a/b" }, []string{"slug"}},
		"slug with hyphens":  {func(p *catalog.Product) { p.Slug = "a--b" }, []string{"slug"}},
		"slug that begins -": {func(p *catalog.Product) { p.Slug = "-a" }, []string{"slug"}},
		"slug that begins ´": {func(p *catalog.Product) { p.Slug = "\u0301a" }, []string{"slug"}},
		"slug with newline":  {func(p *catalog.Product) { p.Slug = "a\n" }, []string{"slug"}},
		"long slug":          {func(p *catalog.Product) { p.Slug = strings.Repeat("a", 256) }, []string{"slug"}},
		"no variants":        {func(p *catalog.Product) { p.Variants = nil }, []string{"variants"}},
		"too many variants":  {func(p *catalog.Product) { p.Variants = many(catalog.MaxVariants + 1) }, []string{"variants"}},
		"too many images":    {func(p *catalog.Product) { p.Images = make([]catalog.Image, catalog.MaxImages+1) }, []string{"images"}},
		"same values twice":  {func(p *catalog.Product) { p.Variants[1].Values = []string{"S"} }, []string{"variants"}},
		"missing value":      {func(p *catalog.Product) { p.Variants[1].Values = nil }, []string{"variants"}},
		"negative price":     {func(p *catalog.Product) { p.Variants[1].Price.Amount = -1 }, []string{"variants"}},
		"negative compare":   {func(p *catalog.Product) { p.Variants[1].CompareAt.Amount = -1 }, []string{"variants"}},
		"four options":       {func(p *catalog.Product) { p.Options = make([]catalog.Option, 4) }, []string{"options", "variants", "variants"}},
		"several":            {func(p *catalog.Product) { p.Title, p.Slug = "", "" }, []string{"title", "slug"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := shirt()
			c.change(&p)
			err := p.Check()
			if c.bad == nil {
				require.NoError(t, err)
				return
			}
			f := (*fault.Error)(nil)
			require.ErrorAs(t, err, &f)
			require.Equal(t, "invalid_product", f.Code)
			var paths []string
			for _, field := range f.Fields {
				paths = append(paths, field.Path)
			}
			require.Equal(t, c.bad, paths)
		})
	}
}

func TestSameAs(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		change func(*catalog.Product)
		same   bool
	}{
		"nothing":          {func(*catalog.Product) {}, true},
		"times":            {func(p *catalog.Product) { p.CreatedAt, p.UpdatedAt = now, now }, true},
		"category id":      {func(p *catalog.Product) { p.Category = &catalog.Category{ID: "cat_2", Slug: "clothes"} }, true},
		"reserved":         {func(p *catalog.Product) { p.Variants[0].Stock.Reserved = 2 }, true},
		"no compare price": {func(p *catalog.Product) { p.Variants[0].CompareAt.Currency = "BDT" }, true},
		"id":               {func(p *catalog.Product) { p.ID = "prod_2" }, false},
		"slug":             {func(p *catalog.Product) { p.Slug = "x" }, false},
		"title":            {func(p *catalog.Product) { p.Title = "x" }, false},
		"description":      {func(p *catalog.Product) { p.Description = "x" }, false},
		"brand":            {func(p *catalog.Product) { p.Brand = "x" }, false},
		"status":           {func(p *catalog.Product) { p.Status = catalog.Draft }, false},
		"tags":             {func(p *catalog.Product) { p.Tags = nil }, false},
		"category":         {func(p *catalog.Product) { p.Category = &catalog.Category{ID: "cat_1", Slug: "x"} }, false},
		"no category":      {func(p *catalog.Product) { p.Category = nil }, false},
		"option name":      {func(p *catalog.Product) { p.Options[0].Name = "x" }, false},
		"option values":    {func(p *catalog.Product) { p.Options[0].Values = []string{"L", "S"} }, false},
		"images":           {func(p *catalog.Product) { p.Images[0].Alt = "x" }, false},
		"a variant less":   {func(p *catalog.Product) { p.Variants = p.Variants[:1] }, false},
		"variant id":       {func(p *catalog.Product) { p.Variants[0].ID = "x" }, false},
		"sku":              {func(p *catalog.Product) { p.Variants[0].SKU = "x" }, false},
		"barcode":          {func(p *catalog.Product) { p.Variants[0].Barcode = "x" }, false},
		"values":           {func(p *catalog.Product) { p.Variants[0].Values = []string{"M"} }, false},
		"price":            {func(p *catalog.Product) { p.Variants[0].Price.Amount++ }, false},
		"currency":         {func(p *catalog.Product) { p.Variants[0].Price.Currency = "USD" }, false},
		"compare at":       {func(p *catalog.Product) { p.Variants[0].CompareAt.Amount = 200 }, false},
		"weight":           {func(p *catalog.Product) { p.Variants[0].Grams = 1 }, false},
		"variant image":    {func(p *catalog.Product) { p.Variants[0].ImageURL = "x" }, false},
		"shipping":         {func(p *catalog.Product) { p.Variants[0].RequiresShipping = true }, false},
		"tax":              {func(p *catalog.Product) { p.Variants[0].Taxable = true }, false},
		"tracked":          {func(p *catalog.Product) { p.Variants[0].Stock.Tracked = false }, false},
		"backorder":        {func(p *catalog.Product) { p.Variants[0].Stock.Continue = true }, false},
		"on hand":          {func(p *catalog.Product) { p.Variants[0].Stock.OnHand++ }, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := shirt()
			c.change(&p)
			require.Equal(t, c.same, shirt().SameAs(p))
			require.Equal(t, c.same, p.SameAs(shirt()))
		})
	}
}

func TestQueryCheck(t *testing.T) {
	q, err := catalog.Query{}.Check()
	require.NoError(t, err)
	require.Equal(t, catalog.Query{Limit: 20, Sort: catalog.Newest}, q)

	for name, c := range map[string]struct {
		query catalog.Query
		field string
	}{
		"all at once":        {catalog.Query{Text: "x", Category: "c", MinPrice: 1, MaxPrice: 1, InStock: true, Sort: catalog.PriceUp, Limit: 100, After: "c"}, ""},
		"cheapest first":     {catalog.Query{Sort: catalog.PriceUp}, ""},
		"dearest first":      {catalog.Query{Sort: catalog.PriceDown}, ""},
		"by title":           {catalog.Query{Sort: catalog.ByTitle}, ""},
		"no upper price":     {catalog.Query{MinPrice: 500}, ""},
		"limit":              {catalog.Query{Limit: 101}, "limit"},
		"negative limit":     {catalog.Query{Limit: -1}, "limit"},
		"negative price":     {catalog.Query{MinPrice: -1}, "max_price"},
		"negative highest":   {catalog.Query{MaxPrice: -1}, "max_price"},
		"prices crossed":     {catalog.Query{MinPrice: 2, MaxPrice: 1}, "max_price"},
		"long text":          {catalog.Query{Text: strings.Repeat("a", 201)}, "q"},
		"long category":      {catalog.Query{Category: strings.Repeat("a", 256)}, "q"},
		"unknown sort":       {catalog.Query{Sort: "price; drop table"}, "sort"},
		"sort in upper case": {catalog.Query{Sort: "NEWEST"}, "sort"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.query.Check()
			if c.field == "" {
				require.NoError(t, err)
				return
			}
			f := (*fault.Error)(nil)
			require.ErrorAs(t, err, &f)
			require.Equal(t, fault.Invalid, f.Kind)
			require.Equal(t, c.field, f.Fields[0].Path)
		})
	}
}

func TestStock(t *testing.T) {
	for name, c := range map[string]struct {
		stock catalog.StockPolicy
		want  int64
	}{
		"not tracked":        {catalog.StockPolicy{}, catalog.Unlimited},
		"backorder":          {catalog.StockPolicy{Tracked: true, Continue: true, OnHand: -5}, catalog.Unlimited},
		"some":               {catalog.StockPolicy{Tracked: true, OnHand: 5, Reserved: 2}, 3},
		"all reserved":       {catalog.StockPolicy{Tracked: true, OnHand: 5, Reserved: 5}, 0},
		"more than reserved": {catalog.StockPolicy{Tracked: true, OnHand: 5, Reserved: 9}, 0},
		"negative":           {catalog.StockPolicy{Tracked: true, OnHand: -5}, 0},
	} {
		require.Equal(t, c.want, c.stock.Available(), name)
		p := catalog.Product{Variants: []catalog.Variant{{Stock: c.stock}}}
		require.Equal(t, c.want > 0, p.InStock(), name)
	}
	require.False(t, catalog.Product{}.InStock())
}

func TestVariantTitle(t *testing.T) {
	require.Equal(t, "Large / Indigo", catalog.Variant{Values: []string{"Large", "Indigo"}}.Title())
	require.Empty(t, catalog.Variant{}.Title())
}

func TestChangedNamesItsFirstProduct(t *testing.T) {
	require.Equal(t, "prod_1", catalog.Changed{Products: []catalog.ProductID{"prod_1", "prod_2"}}.Subject())
	require.Empty(t, catalog.Changed{}.Subject())
}
