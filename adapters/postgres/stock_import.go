package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/inventory"
)

// saveStock gives saved variants their stock: new ones a row, and all of them the quantity on hand and the way of selling
// that their products say.
func (s *session) saveStock(ctx context.Context, products []catalog.Product, variants []catalog.VariantID, rows []byte) error {
	made, shelves, err := s.openShelves(ctx, variants, rows)
	if err != nil {
		return fault(err, "save stock")
	}
	fresh := make(map[catalog.VariantID]bool, len(made))
	for _, id := range made {
		fresh[id] = true
	}
	var before, after []inventory.State
	var movements []inventory.Movement
	resell := false
	for _, p := range products {
		for _, v := range p.Variants {
			shelf := shelves[v.ID]
			m, now := shelf.Recount(v.Stock.OnHand, v.Stock.Tracked, v.Stock.Continue)
			if m.Quantity != 0 {
				m.Actor, m.At = "system", s.d.o.Now()
				movements = append(movements, m)
			}
			if !fresh[v.ID] {
				before = append(before, shelf.State)
			}
			after, resell = append(after, now), resell || now.Revision != shelf.Revision
		}
	}
	if err := s.Move(ctx, movements); err != nil {
		return err
	}
	if resell { // what is sold beyond what was on hand is on hand by now
		if _, err := s.db.Exec(ctx, resellStock, rows); err != nil {
			return fault(err, "save stock")
		}
	}
	s.follow(before, after)
	return nil
}

// openShelves makes rows for new variants, and locks and reads those of all.
func (s *session) openShelves(ctx context.Context, variants []catalog.VariantID, rows []byte,
) (fresh []catalog.VariantID, shelves map[catalog.VariantID]inventory.Shelf, err error) {
	var b pgx.Batch
	b.Queue(insertStock, rows)
	b.Queue(lockStock, variants)
	b.Queue(selectShelves, variants)
	results := s.db.SendBatch(ctx, &b)
	defer func() {
		if closeErr := results.Close(); err == nil {
			err = closeErr
		}
	}()
	made, err := results.Query()
	if err != nil {
		return nil, nil, err
	}
	if fresh, err = pgx.CollectRows(made, pgx.RowTo[catalog.VariantID]); err != nil {
		return nil, nil, err
	}
	if _, err = results.Exec(); err != nil {
		return nil, nil, err
	}
	shelves = make(map[catalog.VariantID]inventory.Shelf, len(variants))
	return fresh, shelves, collectShelves(results, shelves)
}
