package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/inventory"
)

const (
	shelfColumns = stateColumns + `, ` + held + `,
		coalesce((select jsonb_object_agg(v.location_id, jsonb_build_array(v.on_hand, v.reserved)) from stock_levels v where v.variant_id = s.variant_id), '{}')`

	selectShelves = `select ` + shelfColumns + ` from stock s where s.variant_id = any($1)`

	insertMovements = `insert into stock_movements (variant_id, location_id, kind, quantity, reason, reference, actor, at)
		select m.variant_id, m.location_id, m.kind, m.quantity, m.reason, m.reference, m.actor, m.at
		from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::timestamptz[]) with ordinality
			as m (variant_id, location_id, kind, quantity, reason, reference, actor, at, n) order by m.n`

	decideStock = `update stock set tracked = $2, backorder = $3, backorder_cap = $4, ships_at = $5, low_at = $6, revision = $7 where variant_id = $1`

	selectLocations = `select id, name, code, country, position, active, revision, created_at from locations l order by position, id`

	saveLocations = `insert into locations (id, name, code, country, position, active, revision, created_at)
		select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::boolean[], $7::bigint[], $8::timestamptz[])
		on conflict (id) do update set name = excluded.name, code = excluded.code, country = excluded.country, position = excluded.position,
			active = excluded.active, revision = excluded.revision`

	inactiveStock = `select exists (select from stock_levels v join locations l on l.id = v.location_id where not l.active and v.on_hand > 0)`
)

// Shelves implements ports.StockView.
func (s *session) Shelves(ctx context.Context, variants []catalog.VariantID) (map[catalog.VariantID]inventory.Shelf, error) {
	var b pgx.Batch
	if s.locks {
		b.Queue(lockStock, variants)
	}
	b.Queue(selectShelves, variants)
	results := s.db.SendBatch(ctx, &b)
	var err error
	if s.locks {
		_, err = results.Exec()
	}
	found := map[catalog.VariantID]inventory.Shelf{}
	if err == nil {
		err = collectShelves(results, found)
	}
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	return found, fault(err, "read stock")
}

func collectShelves(results pgx.BatchResults, found map[catalog.VariantID]inventory.Shelf) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (inventory.Shelf, error) { return scanShelf(row) })
	for _, shelf := range all {
		found[shelf.Variant] = shelf
	}
	return err
}

// scanShelf reads shelfColumns, and what comes behind them.
func scanShelf(row pgx.Row, more ...any) (shelf inventory.Shelf, err error) {
	var levels map[inventory.LocationID][2]int64
	err = scanState(row, &shelf.State, append([]any{&shelf.Stock.Held, &levels}, more...)...)
	shelf.Levels = make(map[inventory.LocationID]inventory.Level, len(levels))
	for at, l := range levels {
		shelf.Levels[at] = inventory.Level{OnHand: l[0], Reserved: l[1]}
	}
	return shelf, err
}

// Move implements ports.StockBookTx.
func (s *session) Move(ctx context.Context, movements []inventory.Movement) error {
	if len(movements) == 0 {
		return nil
	}
	n := len(movements)
	variants, places, kinds, quantities := make([]string, n), make([]string, n), make([]string, n), make([]int64, n)
	reasons, references, actors, times := make([]string, n), make([]string, n), make([]string, n), make([]time.Time, n)
	for i, m := range movements {
		variants[i], places[i], kinds[i], quantities[i] = string(m.Variant), string(m.Location), string(m.Kind), m.Quantity
		reasons[i], references[i], actors[i], times[i] = m.Reason, m.Reference, m.Actor, m.At
	}
	_, err := s.db.Exec(ctx, insertMovements, variants, places, kinds, quantities, reasons, references, actors, times)
	return fault(err, "book movements")
}

// DecideStock implements ports.StockBookTx.
func (s *session) DecideStock(ctx context.Context, st inventory.State) error {
	_, err := s.db.Exec(ctx, decideStock, st.Variant, st.Stock.Tracked, st.Stock.Continue, st.Stock.Cap, timeOrNull(st.Stock.ShipsAt), st.OwnLowAt, st.Revision)
	return fault(err, "save a stock policy")
}

// Locations implements ports.StockPlaceView.
func (s *session) Locations(ctx context.Context) ([]inventory.Location, error) {
	text := selectLocations
	if s.locks {
		text += " for no key update of l"
	}
	rows, err := s.db.Query(ctx, text)
	if err != nil {
		return nil, fault(err, "list locations")
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[inventory.Location])
	return all, fault(err, "list locations")
}

// SaveLocations implements ports.StockBookTx.
func (s *session) SaveLocations(ctx context.Context, all ...inventory.Location) error {
	n := len(all)
	ids, names, codes, countries := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	positions, active, revisions, times := make([]int, n), make([]bool, n), make([]int64, n), make([]time.Time, n)
	for i, l := range all {
		ids[i], names[i], codes[i], countries[i] = string(l.ID), l.Name, l.Code, l.Country
		positions[i], active[i], revisions[i], times[i] = l.Position, l.Active, l.Revision, l.CreatedAt
	}
	if _, err := s.db.Exec(ctx, saveLocations, ids, names, codes, countries, positions, active, revisions, times); err != nil {
		return fault(err, "save locations")
	}
	// Whoever brought goods there meanwhile has ended by now, since the row was theirs until then.
	var full bool
	if err := s.db.QueryRow(ctx, inactiveStock).Scan(&full); err != nil {
		return fault(err, "save locations")
	}
	if full {
		return inventory.ErrHasStock
	}
	return nil
}

// StockSettings implements ports.StockPlaceView.
func (s *session) StockSettings(ctx context.Context) (v inventory.Settings, err error) {
	err = s.db.QueryRow(ctx, `select hold_minutes, low_at from stock_settings`).Scan(&v.HoldMinutes, &v.LowAt)
	return v, fault(err, "read the stock settings")
}

// SaveStockSettings implements ports.StockBookTx.
func (s *session) SaveStockSettings(ctx context.Context, v inventory.Settings) error {
	_, err := s.db.Exec(ctx, `update stock_settings set hold_minutes = $1, low_at = $2`, v.HoldMinutes, v.LowAt)
	return fault(err, "save the stock settings")
}
