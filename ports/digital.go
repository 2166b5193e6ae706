package ports

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/digital"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/tenant"
)

// DigitalView reads files that are sold.
type DigitalView interface {
	// DigitalFile returns one. In a Tx it is locked until commit. Errors: digital.ErrNotFound.
	DigitalFile(ctx context.Context, id digital.FileID) (digital.File, error)
	// DigitalFiles returns the files of variants, removed ones too, in the order they came.
	DigitalFiles(ctx context.Context, variants []catalog.VariantID) ([]digital.File, error)
	// Downloads returns how often an order has downloaded files; 0 is missing.
	Downloads(ctx context.Context, of order.ID) (map[digital.FileID]int, error)
	// WasOrdered reports whether an order has the variant, by itself or in a bundle.
	WasOrdered(ctx context.Context, v catalog.VariantID) (bool, error)
}

// DigitalTx writes them.
type DigitalTx interface {
	// SaveDigitalFile inserts or replaces one by id.
	SaveDigitalFile(ctx context.Context, f digital.File) error
	// DeleteDigitalFile forgets one.
	DeleteDigitalFile(ctx context.Context, id digital.FileID) error
	// CountDownload counts a download of an order, unless there were limit already.
	CountDownload(ctx context.Context, of order.ID, id digital.FileID, limit int, at time.Time) (counted bool, err error)
}

// DigitalName is where a file that is sold is stored. Only links lead to it.
func DigitalName(t tenant.ID, id digital.FileID) string {
	return "sold/" + string(t) + "/" + string(id)
}
