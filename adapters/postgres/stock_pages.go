package postgres

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/ports"
)

const (
	stockCursor    = "stock"
	movementCursor = "movements"

	selectMovements = `select m.seq, m.variant_id, m.location_id, m.kind, m.quantity, m.reason, m.reference, m.actor, m.at from stock_movements m`
)

var selectStock = `select ` + shelfColumns + `, p.slug, p.title, array_to_string(v.option_values, ' / '), v.sku, ` + partsOf(held) + `
		from stock s join variants v on v.id = s.variant_id join products p on p.id = v.product_id`

// StockPage implements ports.StockView.
func (s *session) StockPage(ctx context.Context, q ports.StockQuery) (page ports.StockPage, err error) {
	var f filtered
	if q.Low {
		f.add(`s.tracked and s.on_hand - s.reserved <= coalesce(s.low_at, (select low_at from stock_settings))`)
	}
	if q.Location != "" {
		f.add(`exists (select from stock_levels a where a.variant_id = s.variant_id and a.location_id = ` + f.arg(q.Location) + `)`)
	}
	if q.SKU != "" {
		f.add(`v.sku = ` + f.arg(q.SKU))
	}
	if q.Product != "" {
		f.add(`s.product_id = ` + f.arg(q.Product))
	}
	if q.Variant != "" {
		f.add(`s.variant_id = ` + f.arg(q.Variant))
	}
	if q.After != "" {
		_, last, ok := decodeCursor(stockCursor, q.After)
		if !ok {
			return page, catalog.ErrCursor
		}
		f.add(`s.variant_id > ` + f.arg(last))
	}
	rows, err := s.db.Query(ctx, selectStock+f.where()+` order by s.variant_id limit `+f.arg(q.Limit+1), f.args...)
	if err != nil {
		return page, fault(err, "list stock")
	}
	page.Items, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (i ports.StockItem, err error) {
		var parts []partRow
		i.Shelf, err = scanShelf(row, &i.Slug, &i.Title, &i.VariantTitle, &i.SKU, &parts)
		i.Parts = partsFromRows(parts)
		return i, err
	})
	if len(page.Items) > q.Limit {
		page.Items = page.Items[:q.Limit]
		page.Next = encodeCursor(stockCursor, "", string(page.Items[q.Limit-1].Variant))
	}
	return page, fault(err, "list stock")
}

// Movements implements ports.StockView.
func (s *session) Movements(ctx context.Context, q ports.MovementQuery) (page ports.MovementPage, err error) {
	var f filtered
	if q.Variant != "" {
		f.add(`m.variant_id = ` + f.arg(q.Variant))
	}
	if q.Location != "" {
		f.add(`m.location_id = ` + f.arg(q.Location))
	}
	if q.Kind != "" {
		f.add(`m.kind = ` + f.arg(q.Kind))
	}
	if q.After != "" {
		_, text, ok := decodeCursor(movementCursor, q.After)
		last, err := strconv.ParseInt(text, 10, 64)
		if !ok || err != nil {
			return page, catalog.ErrCursor
		}
		f.add(`m.seq < ` + f.arg(last))
	}
	rows, err := s.db.Query(ctx, selectMovements+f.where()+` order by m.seq desc limit `+f.arg(q.Limit+1), f.args...)
	if err != nil {
		return page, fault(err, "list movements")
	}
	page.Movements, err = pgx.CollectRows(rows, pgx.RowToStructByPos[inventory.Movement])
	if len(page.Movements) > q.Limit {
		page.Movements = page.Movements[:q.Limit]
		page.Next = encodeCursor(movementCursor, "", strconv.FormatInt(page.Movements[q.Limit-1].Seq, 10))
	}
	return page, fault(err, "list movements")
}
