// Package productfile reads and writes products in files: Shopify's product CSV in its old dialect (Handle, Body (HTML),
// Variant Price …) and its new one (URL handle, Description, Price …), WooCommerce's product CSV, and our own CSV and
// JSON Lines, in which a shop comes out and goes in again without a byte of difference.
//
// It owns what the columns mean. It refuses files that are none of these, and reports rows it cannot use with their line,
// column and how to mend them; a bad row fails its own product only. Memory is bounded by one product, whatever the file
// holds: a row has at most 4 MB, and of a long file only a hash of every product is kept; of WooCommerce's, where the
// rows of a product stand anywhere, also where each row begins. Read shopify.go, woo.go and own.go for how rows become a
// product, records.go for how bytes become rows.
//
// What Shopify's files leave open:
//   - A product's first row carries its fields and its first variant; the rows of a product stand together. A handle that
//     comes back later is an error of the later rows, since the earlier ones are already handed on.
//   - A variant is tracked when it names an inventory tracker or when a quantity is given: Shopify's own sample files have
//     quantities without trackers. Tracked without a quantity is sold out; neither is not tracked.
//   - A row whose handle cannot be read belongs to the product before it, unless it has a title.
//   - A row with a title but no handle is a product of its own, its slug made of the title.
//   - A compare-at price that is not above the price is dropped.
//   - Later rows may repeat the product's fields; they are not looked at.
package productfile

import (
	"hash/maphash"
	"io"
	"strings"
	"time"

	"github.com/microcosm-cc/bluemonday"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

// Faults of whole files.
var (
	ErrEmpty       = fault.New(fault.Invalid, "empty_file", "the file is empty: export the products as CSV again")
	ErrNotCSV      = fault.New(fault.Invalid, "not_csv", "this is not a CSV file: export the products as CSV, or save the sheet as \"CSV UTF-8\"")
	ErrNotJSON     = fault.New(fault.Invalid, "not_json_lines", "these are no JSON Lines: each line holds one product and begins with {")
	ErrEncoding    = fault.New(fault.Invalid, "not_utf8", "the file is not UTF-8 text: save it as \"CSV UTF-8\"")
	ErrColumns     = fault.New(fault.Invalid, "missing_columns", "the header lacks columns")
	ErrBroken      = fault.New(fault.Invalid, "file_broken_off", "the file could not be read to its end: send it again")
	ErrTooManyRows = fault.New(fault.Invalid, "too_many_rows", "the file has more than 1,000,000 rows: split it and import one part after the other")
	ErrFormat      = fault.New(fault.Invalid, "unknown_format", "there is no such format: use csv, jsonl, shopify or woocommerce")
)

// maxRows bounds what is remembered of a file.
const maxRows = 1_000_000

// Source reads files of products. It is safe for concurrent use.
type Source struct {
	html *bluemonday.Policy
	now  func() time.Time
}

// New returns a Source. The clock says which sales of a file have begun and are not over.
func New(now func() time.Time) *Source {
	html := bluemonday.UGCPolicy()
	html.RequireNoReferrerOnFullyQualifiedLinks(true)
	html.AddTargetBlankToFullyQualifiedLinks(true)
	return &Source{html: html, now: now}
}

// Sanitise implements ports.CatalogSource.
func (s *Source) Sanitise(html string) string { return sanitise(s.html, html) }

func sanitise(by *bluemonday.Policy, html string) string { return strings.TrimSpace(by.Sanitize(html)) }

// Detect implements ports.CatalogSource. Errors: those of Read.
func (s *Source) Detect(f ports.File, as catalog.FileFormat) (catalog.FileFormat, error) {
	rows, json, err := open(f, as)
	if err != nil || json != nil {
		return catalog.FileJSONL, err
	}
	return rows.head.dialect.format, nil
}

// Read implements ports.CatalogSource. Errors: ErrEmpty, ErrNotCSV, ErrEncoding, ErrColumns, ErrTooManyRows, ErrFormat,
// ErrBroken when f fails with something that is no fault, and those of fn.
func (s *Source) Read(f ports.File, as catalog.FileFormat, currency money.Currency, fn func(ports.SourceProduct) error) error {
	rows, json, err := open(f, as)
	switch {
	case err != nil:
		return err
	case json != nil:
		return s.readJSON(json, currency, fn)
	case rows.head.dialect == &shopify:
		return s.readShopify(rows, currency, fn)
	case rows.head.dialect == &woo:
		return s.readWoo(f, rows, currency, fn)
	}
	return s.readOwn(rows, currency, fn)
}

// open begins to read a file: as rows, or as JSON Lines.
func open(f ports.File, as catalog.FileFormat) (*rows, *splitter, error) {
	src := func() io.Reader { return io.NewSectionReader(f, 0, f.Size()) }
	among := dialects
	switch as {
	case "":
		if looksLikeJSON(f) {
			as = catalog.FileJSONL
		}
	case catalog.FileJSONL:
	case catalog.FileCSV, catalog.FileShopify, catalog.FileWooCommerce:
		among = []*dialect{dialectOf(as)}
	default:
		return nil, nil, ErrFormat
	}
	if as == catalog.FileJSONL {
		lines := newSplitter(src())
		lines.max = maxJSONLine
		err := lines.begin()
		if err == nil && f.Size() > 0 && !looksLikeJSON(f) {
			err = ErrNotJSON
		}
		return nil, lines, err
	}
	rows, err := newRows(src(), among)
	return rows, nil, err
}

// used remembers which products a file has named.
type used struct {
	seed maphash.Seed
	seen map[uint64]int32 // hash of a slug → the line it was first used in
}

func newUsed() *used { return &used{maphash.MakeSeed(), map[uint64]int32{}} }

// claim reports the line in which a slug was used before.
func (u *used) claim(slug string, line int) (before int, again bool) {
	key := maphash.String(u.seed, slug)
	if line, again := u.seen[key]; again {
		return int(line), true
	}
	u.seen[key] = int32(line)
	return 0, false
}

var _ ports.CatalogSource = (*Source)(nil)
