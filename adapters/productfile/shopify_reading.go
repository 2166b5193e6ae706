package productfile

import (
	"errors"
	"io"

	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

// shopifyReading is one pass over a file of Shopify's.
type shopifyReading struct {
	source   *Source
	currency money.Currency
	fn       func(ports.SourceProduct) error
	used     *used
	end      int64    // of the rows taken so far
	product  *builder // the present product, nil before the first
}

func (s *Source) readShopify(rows *rows, currency money.Currency, fn func(ports.SourceProduct) error) error {
	in := shopifyReading{source: s, currency: currency, fn: fn, used: newUsed()}
	for {
		row, err := rows.next()
		if errors.Is(err, io.EOF) {
			return in.flush()
		}
		if err == nil {
			err = in.add(&row)
		}
		if err != nil {
			return err
		}
		in.end = rows.split.position()
	}
}

// add puts a row to the product it belongs to, and hands on the one before when a new one begins.
func (in *shopifyReading) add(r *row) error {
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
		if line, again := in.used.claim(slug, r.line); again {
			in.product.refuse(r.fault(handle, "the handle %q is already used in line %d: put all rows of a product together, or give this one a handle of its own", slug, line))
		}
	}
	in.product.first(r)
	return nil
}

// belongs returns the slug of a row, and whether a product begins with it.
func (in *shopifyReading) belongs(r *row) (slug string, begins bool) {
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

func (in *shopifyReading) flush() error {
	if in.product == nil {
		return nil
	}
	p := in.product.finish()
	p.End = in.end
	in.product = nil
	return in.fn(p)
}
