package ports

import (
	"io"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
)

// File is a file that can be read in any order. A *bytes.Reader and an *io.SectionReader are such files.
type File interface {
	io.ReaderAt
	Size() int64
}

// SourceProduct is one product as a file describes it.
type SourceProduct struct {
	// Product has no ids. Its category has a name and a slug, its variants their quantity on hand.
	Product catalog.Product
	Line    int // of its first row, counting the header as 1 and lines inside quoted cells
	Rows    int
	End     int64              // how much of the file was read when it was complete, in bytes
	Errors  []catalog.RowError // when there are any, the product must not be imported
	Notes   []catalog.RowError // what a person should know although the product can be imported
}

// CatalogSource reads products from files.
type CatalogSource interface {
	// Detect tells the format of a file by its first lines, or whether it can be read as the given one. Errors:
	// fault.Invalid for a file that cannot.
	Detect(f File, as catalog.FileFormat) (catalog.FileFormat, error)
	// Read calls fn for every product of a file in the given format, or in the one Detect finds when it is "", holding
	// only one at a time; the same file gives the same products in the same order each time. A row that cannot be used
	// is reported with its product; an error comes back only for a file that cannot be read at all (fault.Invalid,
	// naming what is missing), or from fn. Prices are read as decimal numbers of the given currency.
	Read(f File, as catalog.FileFormat, currency money.Currency, fn func(SourceProduct) error) error
	// Sanitise leaves of HTML what is safe to show, as Read does with descriptions.
	Sanitise(html string) string
}

// CatalogSink writes products to files.
type CatalogSink interface {
	// Writer begins a file in one of our own formats. Errors: fault.Invalid for a format that is only read.
	Writer(w io.Writer, as catalog.FileFormat) (ProductWriter, error)
}

// ProductWriter writes one file. The same products in the same order make the same bytes.
type ProductWriter interface {
	Write(p catalog.Product) error
	// Close completes the file. It does not close what is below.
	Close() error
}
