package ports

import (
	"io"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
)

// SourceProduct is one product as a file describes it.
type SourceProduct struct {
	// Product has no ids. Its category has a name and a slug, its variants their quantity on hand.
	Product catalog.Product
	Line    int // of its first row, counting the header as 1 and lines inside quoted cells
	Rows    int
	Errors  []RowError // when there are any, the product must not be imported
}

// RowError says what is wrong in a file, where, and how to mend it.
type RowError struct {
	Line    int
	Column  string // the header's text, "" when the whole row is meant
	Message string
}

// CatalogSource reads products from a file in some format.
type CatalogSource interface {
	// Read calls fn for every product in the order of the file, holding only one at a time. A row that cannot be used
	// is reported with its product; an error comes back only for a file that cannot be read at all (fault.Invalid,
	// naming what is missing), or from fn. Prices are read as decimal numbers of the given currency.
	Read(r io.Reader, currency money.Currency, fn func(SourceProduct) error) error
	// Sanitise leaves of HTML what is safe to show, as Read does with descriptions.
	Sanitise(html string) string
}
