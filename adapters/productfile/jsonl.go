package productfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

// maxJSONLine bounds a product on its line, in bytes: what may be the longest with every letter escaped.
const maxJSONLine = 8 << 20

// looksLikeJSON looks at the first character of a file.
func looksLikeJSON(f ports.File) bool {
	start := make([]byte, 256)
	n, _ := f.ReadAt(start, 0) // what is wrong with the file shows when it is read
	start = bytes.TrimPrefix(start[:n], []byte("\ufeff"))
	return bytes.HasPrefix(bytes.TrimSpace(start), []byte("{"))
}

// readJSON reads one product from each line.
func (s *Source) readJSON(lines *splitter, currency money.Currency, fn func(ports.SourceProduct) error) error {
	used := newUsed()
	for n := 0; ; n++ {
		rec, err := lines.nextLine()
		switch {
		case errors.Is(err, io.EOF) && n == 0:
			return ErrEmpty
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return unread(err, rec.line)
		case n == maxRows:
			return ErrTooManyRows
		}
		p := ports.SourceProduct{Line: rec.line, Rows: 1, End: lines.position()}
		if rec.problem != "" {
			report(&p, catalog.RowError{Line: rec.line, Message: rec.problem})
		} else {
			s.fromJSON(&p, rec.bytes, currency)
		}
		if line, again := used.claim(p.Product.Slug, rec.line); again && p.Product.Slug != "" {
			report(&p, catalog.RowError{Line: rec.line, Column: "slug", Message: "this slug is already used in line " + strconv.Itoa(line) + ": give each product one line"})
		}
		if err := fn(p); err != nil {
			return err
		}
	}
}

// nextLine returns the next line that is not blank. Errors: io.EOF and those of the file.
func (s *splitter) nextLine() (record, error) {
	for {
		rec := record{line: s.line}
		end, fits := s.lineEnd(0)
		switch {
		case s.err != nil && !errors.Is(s.err, io.EOF):
			return rec, s.err
		case end == 0:
			return rec, io.EOF
		case !fits:
			rec.problem = "this line is longer than 8 MB: a product has its own line, and no more than that"
			return rec, s.skipLine()
		}
		if rec, err := s.take(rec, end); err != nil || rec.problem != "" || !blank(rec.bytes) {
			return rec, err
		}
	}
}

// fromJSON makes a product of one line.
func (s *Source) fromJSON(p *ports.SourceProduct, line []byte, currency money.Currency) {
	bad := func(column, message string) {
		report(p, catalog.RowError{Line: p.Line, Column: column, Message: message})
	}
	var in jsonProduct
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	err := d.Decode(&in)
	if err == nil && len(bytes.TrimSpace(line[d.InputOffset():])) > 0 {
		err = errors.New("there is text behind it")
	}
	p.Product.Slug = in.Slug
	if err != nil {
		column := ""
		if t := (*json.UnmarshalTypeError)(nil); errors.As(err, &t) {
			column = t.Field
		}
		bad(column, "this line is not one product as JSON ("+strings.TrimPrefix(err.Error(), "json: ")+"): write it as an export does")
		return
	}
	p.Product = catalog.Product{
		Slug: in.Slug, Title: in.Title, Brand: in.Brand, Tags: in.Tags, Status: catalog.Status(in.Status),
		Description: sanitise(s.html, in.Description), SEO: catalog.SEO{Title: in.SEOTitle, Description: in.SEOText},
	}
	if p.Product.Status == "" {
		p.Product.Status = catalog.Draft
	}
	if in.Category != nil {
		if bytes.IndexByte([]byte(in.Category.Slug+in.Category.Name), 0) >= 0 || len(in.Category.Slug) > maxText || len(in.Category.Name) > maxText {
			bad("category", "slug and name of a category have at most 255 bytes each, without zero characters")
		}
		p.Product.Category = categoryOf(in.Category.Slug, in.Category.Name)
	}
	for _, o := range in.Options {
		p.Product.Options = append(p.Product.Options, catalog.Option(o))
	}
	for _, i := range in.Images {
		p.Product.Images = append(p.Product.Images, catalog.Image(i))
	}
	for i, v := range in.Variants {
		at := "variants[" + strconv.Itoa(i) + "]"
		if v.Price == nil {
			bad(at+".price", "the price is missing: give amount and currency")
			continue
		}
		for name, m := range map[string]*jsonMoney{".price": v.Price, ".compare_at": v.CompareAt} {
			if m != nil && money.Currency(m.Currency) != currency {
				bad(at+name, "this price is not in the shop's currency, "+string(currency)+": convert the prices first")
			}
		}
		p.Product.Variants = append(p.Product.Variants, v.variant())
	}
}

func (v jsonVariant) variant() catalog.Variant {
	out := catalog.Variant{
		SKU: v.SKU, Barcode: v.Barcode, Values: v.Values, Price: money.New(v.Price.Amount, money.Currency(v.Price.Currency)), Grams: v.Grams,
		ImageURL: v.ImageURL, RequiresShipping: v.RequiresShipping == nil || *v.RequiresShipping, Taxable: v.Taxable == nil || *v.Taxable,
		Stock: catalog.StockPolicy{Tracked: v.Stock.Tracked, Continue: v.Stock.Backorder, OnHand: v.Stock.OnHand},
	}
	if v.CompareAt != nil && v.CompareAt.Amount != 0 {
		out.CompareAt = money.New(v.CompareAt.Amount, money.Currency(v.CompareAt.Currency))
	}
	return out
}
