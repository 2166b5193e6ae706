package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/ports"
)

// A hold ends by the database's clock, whatever the nodes' clocks say.

const (
	hold = wanted + `live as materialized (
			select variant_id, quantity, expires_at from stock_reservations where reference = $2 and expires_at > statement_timestamp()
		), verdict as materialized (
			select not exists (select from line where available < quantity) as fits, exists (select from live) as had,
				coalesce((select max(expires_at) from live), statement_timestamp() + make_interval(mins => hold_minutes)) as until
			from stock_settings
		), gone as (
			delete from stock_reservations h where h.reference = $2 and h.expires_at is not null and (select fits from verdict)
				and not exists (select from line l where l.variant_id = h.variant_id and not l.unlimited)
		), kept as (
			insert into stock_reservations (reference, variant_id, location_id, quantity, expires_at)
			select $2, l.variant_id, '', l.quantity, v.until from line l, verdict v where v.fits and not l.unlimited
			on conflict (reference, variant_id, location_id) do update set quantity = excluded.quantity, expires_at = excluded.expires_at
		), marked as (
			update stock s set held_until = greatest(s.held_until, v.until) from line l, verdict v
			where s.variant_id = l.variant_id and s.variant_id = any($1) and v.fits and not l.unlimited
		)
		select l.variant_id, l.quantity, l.available, l.unlimited is true, coalesce(h.quantity, 0), v.until, v.had
		from verdict v, line l left join live h on h.variant_id = l.variant_id order by l.variant_id`

	endHolds = `with gone as (
			delete from stock_reservations where reference = $1 and expires_at <= statement_timestamp() returning variant_id, quantity
		)
		select coalesce((select extract(epoch from max(expires_at) - statement_timestamp()) from stock_reservations
				where reference = $1 and expires_at > statement_timestamp()), 0)::float8,
			array(select s.product_id from gone g join stock s on s.variant_id = g.variant_id
				where not ` + unlimited + ` and ` + limited + ` - ` + held + ` between 1 and g.quantity
				union select o.product_id from gone g join bundle_parts b on b.part_id = g.variant_id join stock o on o.variant_id = b.bundle_id order by 1)`
)

// Hold implements ports.HoldTx.
func (s *session) Hold(ctx context.Context, c cart.ID, lines []inventory.Line) (h ports.Held, err error) {
	variants, quantities := split(lines)
	var b pgx.Batch
	b.Queue(lockStock, variants)
	b.Queue(hold, variants, c, quantities, catalog.Unlimited)
	results := s.db.SendBatch(ctx, &b)
	states, err := collectStates(results)
	if err == nil {
		err = collectHold(results, states, &h)
	}
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	if err != nil || len(h.Short) > 0 {
		return ports.Held{Short: h.Short}, fault(err, "hold stock")
	}
	return h, nil
}

func collectHold(results pgx.BatchResults, states []inventory.State, h *ports.Held) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	var l inventory.Shortage
	var free, had bool
	var kept int64
	var until time.Time
	_, err = pgx.ForEachRow(rows, []any{&l.Variant, &l.Wanted, &l.Available, &free, &kept, &until, &had}, func() error {
		switch {
		case l.Available < l.Wanted:
			h.Short = append(h.Short, l)
		case free:
		default:
			h.Until, h.Fresh = until, !had
			h.SoldOut = goneFrom(states[stateOf(states, l.Variant)], l.Available-kept, l.Available-l.Wanted, h.SoldOut)
		}
		return nil
	})
	return err
}

// EndHolds implements ports.HoldTx.
func (s *session) EndHolds(ctx context.Context, c cart.ID) (left time.Duration, back []catalog.ProductID, err error) {
	var seconds float64
	if err := s.db.QueryRow(ctx, endHolds, c).Scan(&seconds, &back); err != nil {
		return 0, nil, fault(err, "end holds")
	}
	return time.Duration(seconds * float64(time.Second)), back, nil
}
