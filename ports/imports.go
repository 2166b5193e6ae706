package ports

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/catalog"
)

// ImportChunk is the size of the parts in which a file is kept, in bytes. Only the last one is smaller.
const ImportChunk = 1 << 20

// ImportRowQuery asks for what an import did with products, in the order of the file. Zero fields do not filter.
type ImportRowQuery struct {
	Outcome catalog.ImportOutcome
	After   int // the number of a product
	Limit   int
}

// ImportView reads imports.
type ImportView interface {
	// CatalogImport returns an import. In a Tx the row is locked until commit. Errors: catalog.ErrImportNotFound.
	CatalogImport(ctx context.Context, id catalog.ImportID) (catalog.Import, error)
	// CatalogImports lists imports, newest first, after a given one.
	CatalogImports(ctx context.Context, after catalog.ImportID, limit int) ([]catalog.Import, error)
	// ImportRows lists what an import did.
	ImportRows(ctx context.Context, id catalog.ImportID, q ImportRowQuery) ([]catalog.ImportRow, error)
	// ImportChunk returns part n of the file, from 0. Errors: fault.Internal when it is not there.
	ImportChunk(ctx context.Context, id catalog.ImportID, n int) ([]byte, error)
}

// ImportTx writes imports.
type ImportTx interface {
	// SaveImport inserts or replaces an import.
	SaveImport(ctx context.Context, i catalog.Import) error
	// AddImportChunk keeps part n of the file.
	AddImportChunk(ctx context.Context, id catalog.ImportID, n int, data []byte) error
	// DropImportFile forgets the file. What was done with it stays.
	DropImportFile(ctx context.Context, id catalog.ImportID) error
	// AddImportRows stores what was done with products.
	AddImportRows(ctx context.Context, id catalog.ImportID, rows []catalog.ImportRow) error
	// DeleteImports removes an import with its file and rows; and, whatever the id, those that ended before a time and
	// those whose upload began before another and was never completed.
	DeleteImports(ctx context.Context, id catalog.ImportID, ended, begun time.Time) error
}
