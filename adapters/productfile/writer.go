package productfile

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strconv"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

// Writer implements ports.CatalogSink. Our own CSV begins with a byte order mark, without which spreadsheets spoil letters,
// and cells that a spreadsheet would run as a formula are made safe; JSON Lines are left as they are.
func (s *Source) Writer(w io.Writer, as catalog.FileFormat) (ports.ProductWriter, error) {
	buffered := bufio.NewWriterSize(w, chunk)
	switch as {
	case catalog.FileCSV:
		if _, err := buffered.WriteString("\ufeff"); err != nil {
			return nil, err
		}
		out := &csvWriter{buf: buffered, csv: csv.NewWriter(buffered)}
		return out, out.csv.Write(ownHeader[:])
	case catalog.FileJSONL:
		out := &jsonWriter{buf: buffered, enc: json.NewEncoder(buffered)}
		out.enc.SetEscapeHTML(false)
		return out, nil
	case catalog.FileShopify, catalog.FileWooCommerce:
		return nil, ErrFormat.Saying("files of this format are only read: export as csv or jsonl")
	}
	return nil, ErrFormat
}

// csvWriter writes our own CSV.
type csvWriter struct {
	buf   *bufio.Writer
	csv   *csv.Writer
	cells [ownColumns]string
}

// Write implements ports.ProductWriter: one row per variant, the pictures spread over them from the first on.
func (w *csvWriter) Write(p catalog.Product) error {
	images := shown(p.Images)
	for i := range max(len(p.Variants), len(images)) {
		clear(w.cells[:])
		w.cells[ownSlug] = p.Slug
		if i == 0 {
			w.fields(p)
		}
		if i < len(p.Variants) {
			w.variant(p.Variants[i])
		}
		if i < len(images) {
			w.cells[ownImage], w.cells[ownImageAlt] = images[i].URL, images[i].Alt
		}
		for c, cell := range w.cells {
			w.cells[c] = guard(cell)
		}
		if err := w.csv.Write(w.cells[:]); err != nil {
			return err
		}
	}
	return nil
}

// Close implements ports.ProductWriter.
func (w *csvWriter) Close() error {
	w.csv.Flush()
	if err := w.csv.Error(); err != nil {
		return err
	}
	return w.buf.Flush()
}

func (w *csvWriter) fields(p catalog.Product) {
	w.cells[ownTitle], w.cells[ownDescription], w.cells[ownBrand] = p.Title, p.Description, p.Brand
	w.cells[ownSEOTitle], w.cells[ownSEOText] = p.SEO.Title, p.SEO.Description
	w.cells[ownTags], w.cells[ownStatus] = joinList(p.Tags), string(p.Status)
	if p.Category != nil {
		w.cells[ownCategory], w.cells[ownCategoryName] = p.Category.Slug, p.Category.Name
	}
	for i, o := range completed(p) {
		w.cells[ownOptionNames[i]], w.cells[ownOptionValues[i]] = o.Name, joinList(o.Values)
	}
}

func (w *csvWriter) variant(v catalog.Variant) {
	w.cells[ownSKU], w.cells[ownBarcode] = v.SKU, v.Barcode
	for i, value := range v.Values {
		w.cells[ownValues[i]] = value
	}
	w.cells[ownPrice], w.cells[ownCurrency] = v.Price.Decimal(), string(v.Price.Currency)
	if !v.CompareAt.IsZero() {
		w.cells[ownCompareAt] = v.CompareAt.Decimal()
	}
	w.cells[ownGrams], w.cells[ownVariantImage] = strconv.FormatInt(v.Grams, 10), v.ImageURL
	w.cells[ownShipping], w.cells[ownTaxable] = strconv.FormatBool(v.RequiresShipping), strconv.FormatBool(v.Taxable)
	w.cells[ownTracked], w.cells[ownBackorder] = strconv.FormatBool(v.Stock.Tracked), strconv.FormatBool(v.Stock.Continue)
	w.cells[ownStock] = strconv.FormatInt(v.Stock.OnHand, 10)
}

// shown leaves out pictures that are none.
func shown(all []catalog.Image) []catalog.Image {
	return slices.DeleteFunc(slices.Clone(all), func(i catalog.Image) bool { return i == catalog.Image{} })
}

// completed returns the options with all values that variants have, as reading the file makes them.
func completed(p catalog.Product) []catalog.Option {
	options := slices.Clone(p.Options)
	for i := range options {
		values := slices.Clone(options[i].Values)
		for _, v := range p.Variants {
			if i < len(v.Values) && !slices.Contains(values, v.Values[i]) {
				values = append(values, v.Values[i])
			}
		}
		options[i].Values = values
	}
	return options
}

// jsonWriter writes JSON Lines.
type jsonWriter struct {
	buf *bufio.Writer
	enc *json.Encoder
}

// Write implements ports.ProductWriter.
func (w *jsonWriter) Write(p catalog.Product) error {
	p.Options, p.Images = completed(p), shown(p.Images)
	return w.enc.Encode(toJSON(p))
}

// Close implements ports.ProductWriter.
func (w *jsonWriter) Close() error { return w.buf.Flush() }

// Our JSON Lines: the API's product without what only this shop knows.
type (
	jsonProduct struct {
		Slug        string        `json:"slug"`
		Title       string        `json:"title"`
		Description string        `json:"description"`
		Brand       string        `json:"brand"`
		Category    *jsonCategory `json:"category,omitempty"`
		Tags        []string      `json:"tags"`
		Status      string        `json:"status"`
		SEOTitle    string        `json:"seo_title"`
		SEOText     string        `json:"seo_description"`
		Options     []jsonOption  `json:"options"`
		Variants    []jsonVariant `json:"variants"`
		Images      []jsonImage   `json:"images"`
	}
	jsonCategory struct {
		Slug string `json:"slug"`
		Name string `json:"name"`
	}
	jsonOption struct {
		Name   string   `json:"name"`
		Values []string `json:"values"`
	}
	jsonImage struct {
		URL    string `json:"url"`
		Alt    string `json:"alt"`
		FocalX int    `json:"focal_x,omitempty"`
		FocalY int    `json:"focal_y,omitempty"`
	}
	jsonMoney struct {
		Amount   int64  `json:"amount"`
		Currency string `json:"currency"`
	}
	jsonStock struct {
		Tracked   bool  `json:"tracked"`
		Backorder bool  `json:"backorder"`
		OnHand    int64 `json:"on_hand"`
	}
	jsonVariant struct {
		SKU              string     `json:"sku"`
		Barcode          string     `json:"barcode"`
		Values           []string   `json:"values"`
		Price            *jsonMoney `json:"price"`
		CompareAt        *jsonMoney `json:"compare_at,omitempty"`
		Grams            int64      `json:"grams"`
		ImageURL         string     `json:"image_url"`
		RequiresShipping *bool      `json:"requires_shipping"`
		Taxable          *bool      `json:"taxable"`
		Stock            jsonStock  `json:"stock"`
	}
)

func toJSON(p catalog.Product) jsonProduct {
	out := jsonProduct{
		Slug: p.Slug, Title: p.Title, Description: p.Description, Brand: p.Brand, Tags: append([]string{}, p.Tags...), Status: string(p.Status),
		SEOTitle: p.SEO.Title, SEOText: p.SEO.Description,
		Options: []jsonOption{}, Variants: []jsonVariant{}, Images: []jsonImage{},
	}
	if p.Category != nil {
		out.Category = &jsonCategory{p.Category.Slug, p.Category.Name}
	}
	for _, o := range p.Options {
		out.Options = append(out.Options, jsonOption{o.Name, append([]string{}, o.Values...)})
	}
	for _, i := range p.Images {
		out.Images = append(out.Images, jsonImage(i))
	}
	for _, v := range p.Variants {
		j := jsonVariant{
			SKU: v.SKU, Barcode: v.Barcode, Values: append([]string{}, v.Values...), Price: moneyToJSON(v.Price), Grams: v.Grams,
			ImageURL: v.ImageURL, RequiresShipping: &v.RequiresShipping, Taxable: &v.Taxable,
			Stock: jsonStock{v.Stock.Tracked, v.Stock.Continue, v.Stock.OnHand},
		}
		if !v.CompareAt.IsZero() {
			j.CompareAt = moneyToJSON(v.CompareAt)
		}
		out.Variants = append(out.Variants, j)
	}
	return out
}

func moneyToJSON(m money.Money) *jsonMoney { return &jsonMoney{m.Amount, string(m.Currency)} }
