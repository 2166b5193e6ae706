package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
)

const (
	// The order is that of bytes, so that two servers with other languages write the same file.
	beginExport = `declare exported no scroll cursor for select p.id from products p order by p.slug collate "C"`
	nextExport  = `fetch 100 from exported`
	endExport   = `close exported`
)

// EachProduct implements ports.CatalogView: a cursor over the ids, and two statements for each hundred products.
func (s *session) EachProduct(ctx context.Context, fn func([]catalog.Product) error) error {
	if _, err := s.db.Exec(ctx, beginExport); err != nil {
		return fault(err, "begin an export")
	}
	for {
		rows, err := s.db.Query(ctx, nextExport)
		if err != nil {
			return fault(err, "read on in an export")
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[catalog.ProductID])
		if err != nil {
			return fault(err, "read on in an export")
		}
		if len(ids) == 0 {
			_, err := s.db.Exec(ctx, endExport)
			return fault(err, "end an export")
		}
		found, err := s.products(ctx, byID, ids, false)
		if err != nil {
			return err
		}
		products := make([]catalog.Product, 0, len(ids))
		for _, id := range ids {
			products = append(products, found[id])
		}
		if err := fn(products); err != nil {
			return err
		}
	}
}
