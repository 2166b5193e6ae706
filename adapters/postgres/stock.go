package postgres

import (
	"context"
	"slices"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/inventory"
)

const (
	// reserve locks the rows in the order of their variants, looks whether every line fits and only then holds them all.
	// The locked rows are the newest ones, also when the lock had to be waited for. It answers with the lines that do not
	// fit, or with the products of which this took the last piece.
	reserve = `with want as (
			select w.variant_id, w.quantity from unnest($1::text[], $2::bigint[]) as w (variant_id, quantity)
		), held as materialized (
			select variant_id, product_id, on_hand, reserved, tracked, backorder from stock where variant_id = any($1) order by variant_id for update
		), line as materialized (
			select w.variant_id, w.quantity, coalesce(h.product_id, '') as product_id,
				case when h.variant_id is null then 0 when not h.tracked or h.backorder then $3::bigint else greatest(h.on_hand - h.reserved, 0) end as available
			from want w left join held h using (variant_id)
		), moved as (
			update stock s set reserved = s.reserved + l.quantity from line l
			where s.variant_id = l.variant_id and not exists (select 1 from line where available < quantity)
		)
		select variant_id, quantity, available, product_id from line where available <= quantity order by variant_id`

	release = `with held as materialized (
			select variant_id from stock where variant_id = any($1) order by variant_id for update
		)
		update stock s set reserved = s.reserved - w.quantity
		from unnest($1::text[], $2::bigint[]) as w (variant_id, quantity) join held h on h.variant_id = w.variant_id
		where s.variant_id = w.variant_id`

	ship = `with held as materialized (
			select variant_id from stock where variant_id = any($1) order by variant_id for update
		)
		update stock s set reserved = s.reserved - w.quantity, on_hand = case when s.tracked then s.on_hand - w.quantity else s.on_hand end
		from unnest($1::text[], $2::bigint[]) as w (variant_id, quantity) join held h on h.variant_id = w.variant_id
		where s.variant_id = w.variant_id`
)

// Reserve implements ports.StockTx.
func (s *session) Reserve(ctx context.Context, lines []inventory.Line) (short []inventory.Shortage, soldOut []catalog.ProductID, err error) {
	variants, quantities := split(lines)
	rows, err := s.db.Query(ctx, reserve, variants, quantities, catalog.Unlimited)
	if err != nil {
		return nil, nil, fault(err, "reserve stock")
	}
	for rows.Next() {
		var l inventory.Shortage
		var product catalog.ProductID
		if err := rows.Scan(&l.Variant, &l.Wanted, &l.Available, &product); err != nil {
			rows.Close()
			return nil, nil, fault(err, "reserve stock")
		}
		if l.Available < l.Wanted {
			short = append(short, l)
		} else if !slices.Contains(soldOut, product) {
			soldOut = append(soldOut, product)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fault(err, "reserve stock")
	}
	if len(short) > 0 {
		return short, nil, nil
	}
	return nil, soldOut, nil
}

// Release implements ports.StockTx. A variant that has left the catalogue has nothing to give back to.
func (s *session) Release(ctx context.Context, lines []inventory.Line) error {
	variants, quantities := split(lines)
	_, err := s.db.Exec(ctx, release, variants, quantities)
	return fault(err, "release stock")
}

// Ship implements ports.StockTx. What is not tracked has no shelf to be taken from.
func (s *session) Ship(ctx context.Context, lines []inventory.Line) error {
	variants, quantities := split(lines)
	_, err := s.db.Exec(ctx, ship, variants, quantities)
	return fault(err, "ship stock")
}

func split(lines []inventory.Line) (variants []string, quantities []int64) {
	variants, quantities = make([]string, len(lines)), make([]int64, len(lines))
	for i, l := range lines {
		variants[i], quantities[i] = string(l.Variant), l.Quantity
	}
	return variants, quantities
}
