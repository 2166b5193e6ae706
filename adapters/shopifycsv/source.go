// Package shopifycsv reads products from Shopify's product CSV, in its old dialect (Handle, Body (HTML), Variant Price …)
// and its new one (URL handle, Description, Price …), as files come out of the shop.
//
// It owns what the columns mean. It refuses files that are not such a CSV, and reports rows it cannot use with their line,
// column and how to mend them; a bad row fails its own product only. Memory is bounded by one product, whatever the file
// holds: a row has at most 1 MB, and of a long file only a hash of every handle is kept. Read product.go for how rows
// become a product, records.go for how bytes become rows.
//
// What the files leave open:
//   - A product's first row carries its fields and its first variant; the rows of a product stand together. A handle that
//     comes back later is an error of the later rows, since the earlier ones are already handed on.
//   - A variant is tracked when it names an inventory tracker or when a quantity is given: Shopify's own sample files have
//     quantities without trackers. Tracked without a quantity is sold out; neither is not tracked.
//   - A row whose handle cannot be read belongs to the product before it, unless it has a title.
//   - A row with a title but no handle is a product of its own, its slug made of the title.
//   - A compare-at price that is not above the price is dropped.
//   - Later rows may repeat the product's fields; they are not looked at.
package shopifycsv

import (
	"errors"
	"hash/maphash"
	"io"
	"strings"

	"github.com/microcosm-cc/bluemonday"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

// Faults of whole files.
var (
	ErrEmpty    = fault.New(fault.Invalid, "empty_file", "the file is empty: export the products as CSV again")
	ErrNotCSV   = fault.New(fault.Invalid, "not_csv", "this is not a CSV file: export the products as CSV, or save the sheet as \"CSV UTF-8\"")
	ErrEncoding = fault.New(fault.Invalid, "not_utf8", "the file is not UTF-8 text: save it as \"CSV UTF-8\"")
	ErrColumns  = fault.New(fault.Invalid, "missing_columns", "the header lacks columns")
	ErrBroken   = fault.New(fault.Invalid, "file_broken_off", "the file could not be read to its end: send it again")
)

// Source reads Shopify's product CSV. It is safe for concurrent use.
type Source struct{ html *bluemonday.Policy }

// New returns a Source.
func New() *Source {
	html := bluemonday.UGCPolicy()
	html.RequireNoReferrerOnFullyQualifiedLinks(true)
	html.AddTargetBlankToFullyQualifiedLinks(true)
	return &Source{html: html}
}

// Sanitise implements ports.CatalogSource.
func (s *Source) Sanitise(html string) string { return sanitise(s.html, html) }

func sanitise(by *bluemonday.Policy, html string) string { return strings.TrimSpace(by.Sanitize(html)) }

// Read calls fn for every product in the file's order. Errors: ErrEmpty, ErrNotCSV, ErrEncoding, ErrColumns, ErrBroken
// when r fails with something that is no fault, and those of fn.
func (s *Source) Read(r io.Reader, currency money.Currency, fn func(ports.SourceProduct) error) error {
	rows, err := newRows(r)
	if err != nil {
		return err
	}
	in := reading{source: s, currency: currency, fn: fn, seed: maphash.MakeSeed(), seen: map[uint64]int{}}
	for {
		row, err := rows.next()
		if errors.Is(err, io.EOF) {
			return in.flush()
		}
		if err != nil {
			return err
		}
		if err := in.add(&row); err != nil {
			return err
		}
	}
}

// reading is one pass over a file.
type reading struct {
	source   *Source
	currency money.Currency
	fn       func(ports.SourceProduct) error
	seed     maphash.Seed
	seen     map[uint64]int // hash of a slug → the line it was first used in
	product  *builder       // the present product, nil before the first
}

// add puts a row to the product it belongs to, and hands on the one before when a new one begins.
func (in *reading) add(r *row) error {
	slug, begins := in.belongs(r)
	if !begins {
		in.product.next(r)
		return nil
	}
	if err := in.flush(); err != nil {
		return err
	}
	in.product = newBuilder(in.currency, in.source.html, slug, r.line)
	if slug != "" && len(slug) <= maxText {
		key := maphash.String(in.seed, slug)
		if line, used := in.seen[key]; used {
			in.product.refuse(r.fault(handle, "the handle %q is already used in line %d: put all rows of a product together, or give this one a handle of its own", slug, line))
		} else {
			in.seen[key] = r.line
		}
	}
	in.product.first(r)
	return nil
}

// belongs returns the slug of a row, and whether a product begins with it.
func (in *reading) belongs(r *row) (slug string, begins bool) {
	h, t := r.get(handle), r.get(title)
	switch {
	case h != "":
		if slug = slugOf(h); slug == "" {
			return "", true
		}
		return slug, in.product == nil || in.product.p.Product.Slug != slug
	case t != "" || r.unreadable(title):
		return slugOf(t), true
	}
	return "", in.product == nil
}

func (in *reading) flush() error {
	if in.product == nil {
		return nil
	}
	p := in.product.finish()
	in.product = nil
	return in.fn(p)
}

var _ ports.CatalogSource = (*Source)(nil)
