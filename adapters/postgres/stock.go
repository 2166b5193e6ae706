package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/inventory"
)

// Everything about a variant's stock is guarded by the lock of its row in stock: whoever changes levels, reservations or
// holds takes it first, by a statement of its own. The next statement then sees all that was committed before, which one
// that both waits and reads would not: its view of the other tables is from before it waited.

const (
	stateColumns = `s.variant_id, s.product_id, s.tracked, s.backorder, s.backorder_cap, s.ships_at, s.on_hand, s.reserved, s.low_at,
		coalesce(s.low_at, (select low_at from stock_settings)), s.revision, s.bundled, ` + bundlesWith

	lockStock = `select ` + stateColumns + ` from stock s where s.variant_id = any($1) order by s.variant_id for update of s`

	lockReserved = `select ` + stateColumns + ` from stock s
		where s.variant_id in (select variant_id from stock_reservations where reference = $1) order by s.variant_id for update of s`

	// limited is what may still be sold of a variant whose stock counts, before holds.
	limited   = `s.on_hand - s.reserved + case when s.backorder then s.backorder_cap else 0 end`
	unlimited = `(not s.tracked or s.backorder and s.backorder_cap is null)`

	// held is what carts hold of a variant, and heldByOthers what those hold that are not the second parameter. Most
	// variants are held by nobody, and their rows say so.
	held         = `case when s.held_until > statement_timestamp() then ` + heldSum + `), 0) else 0 end`
	heldByOthers = `case when s.held_until > statement_timestamp() then ` + heldSum + ` and h.reference <> $2), 0) else 0 end`
	heldSum      = `coalesce((select sum(h.quantity)::bigint from stock_reservations h where h.variant_id = s.variant_id and h.expires_at > statement_timestamp()`

	// wanted compares lines with what is available to the cart of the second parameter.
	wanted = `with line as materialized (
			select w.variant_id, w.quantity, ` + unlimited + ` as unlimited,
				case when s.variant_id is null or s.bundled then 0 when ` + unlimited + ` then $4::bigint else greatest(` + limited + ` - ` + heldByOthers + `, 0) end as available,
				case when s.tracked then least(greatest(s.on_hand - s.reserved, 0), w.quantity) else 0 end as placed
			from unnest($1::text[], $3::bigint[]) as w (variant_id, quantity)
			left join (select * from stock where variant_id = any($1)) s on s.variant_id = w.variant_id
		), `

	// reserve looks whether every line fits and only then takes them all. Of each line, what is on hand is reserved where
	// it lies: at one location if one has all of it, otherwise at the first ones. The rest is a backorder.
	reserve = wanted + `known as materialized (
			select exists (select from stock_reservations where reference = $5) as known
		), verdict as materialized (
			select not known and not exists (select from line where available < quantity) as fits from known
		), place as (
			select l.variant_id, v.location_id, l.placed, v.on_hand - v.reserved as free,
				coalesce(sum(v.on_hand - v.reserved) over (partition by l.variant_id order by v.on_hand - v.reserved >= l.placed desc, p.position, p.id
					rows between unbounded preceding and 1 preceding), 0)::bigint as before
			from line l join stock_levels v on v.variant_id = l.variant_id and v.variant_id = any($1) join locations p on p.id = v.location_id
			where (select fits from verdict) and l.placed > 0 and v.on_hand > v.reserved
		), part as materialized (
			select variant_id, location_id, least(free, placed - before) as quantity from place where before < placed
			union all
			select variant_id, '', quantity - placed from line where (select fits from verdict) and quantity > placed
		), ended as (
			delete from stock_reservations where reference = $2 and expires_at is not null and (select fits from verdict)
		), kept as (
			insert into stock_reservations (reference, variant_id, location_id, quantity) select $5, variant_id, location_id, quantity from part
		), levels as (
			update stock_levels v set reserved = v.reserved + p.quantity from part p
			where v.variant_id = p.variant_id and v.location_id = p.location_id and v.variant_id = any($1)
		), moved as (
			update stock s set reserved = s.reserved + l.quantity from line l
			where s.variant_id = l.variant_id and s.variant_id = any($1) and (select fits from verdict)
		)
		select variant_id, quantity, available, known from line, known order by variant_id`

	release = `with freed as (
			delete from stock_reservations where reference = $1 returning variant_id, location_id, quantity
		), levels as (
			update stock_levels v set reserved = v.reserved - f.quantity from freed f where v.variant_id = f.variant_id and v.location_id = f.location_id
		)
		update stock s set reserved = s.reserved - f.quantity
		from (select variant_id, sum(quantity)::bigint as quantity from freed group by 1) f
		where s.variant_id = f.variant_id returning s.variant_id, f.quantity, 0::bigint`

	// ship takes what is reserved from where it lies, backorders from the first locations where something is free, and
	// counts in at the main location what was sent although nobody had counted it.
	ship = `with freed as (
			delete from stock_reservations where reference = $1 returning variant_id, location_id, quantity
		), line as materialized (
			select f.variant_id, s.tracked, sum(f.quantity)::bigint as quantity,
				coalesce(sum(f.quantity) filter (where f.location_id = '' and s.tracked), 0)::bigint as unplaced
			from freed f join stock s on s.variant_id = f.variant_id group by 1, 2
		), levels as (
			update stock_levels v set reserved = v.reserved - f.quantity from freed f where v.variant_id = f.variant_id and v.location_id = f.location_id
		), moved as (
			update stock s set reserved = s.reserved - l.quantity from line l where s.variant_id = l.variant_id
		), place as (
			select l.variant_id, v.location_id, l.unplaced, v.on_hand - v.reserved as free,
				coalesce(sum(v.on_hand - v.reserved) over (partition by l.variant_id order by p.position, p.id
					rows between unbounded preceding and 1 preceding), 0)::bigint as before
			from line l join stock_levels v on v.variant_id = l.variant_id join locations p on p.id = v.location_id
			where l.unplaced > 0 and v.on_hand > v.reserved
		), part as materialized (
			select variant_id, location_id, least(free, unplaced - before) as quantity from place where before < unplaced
		), found as materialized (
			select l.variant_id, l.unplaced - coalesce((select sum(p.quantity)::bigint from part p where p.variant_id = l.variant_id), 0) as quantity from line l
		), booked as (
			insert into stock_movements (variant_id, location_id, kind, quantity, reason, reference, actor, at)
			select variant_id, $4, 'adjust', quantity, 'sent before it was counted', $1, $2, $3::timestamptz from found where quantity > 0
			union all
			select variant_id, location_id, 'sell', -sum(quantity), '', $1, $2, $3::timestamptz from (
				select f.variant_id, f.location_id, f.quantity from freed f join line l using (variant_id) where l.tracked and f.location_id <> ''
				union all select * from part
				union all select variant_id, $4, quantity from found where quantity > 0
			) sent group by 1, 2
		)
		select l.variant_id, l.quantity, case when l.tracked then l.quantity - f.quantity else 0 end from line l join found f using (variant_id)`
)

// Reserve implements ports.StockTx.
func (s *session) Reserve(ctx context.Context, r inventory.Reservation) (short []inventory.Shortage, soldOut []catalog.ProductID, err error) {
	variants, quantities := split(r.Lines)
	var b pgx.Batch
	b.Queue(lockStock, variants)
	b.Queue(reserve, variants, r.Cart, quantities, catalog.Unlimited, r.Reference)
	results := s.db.SendBatch(ctx, &b)
	before, err := collectStates(results)
	var lines []inventory.Shortage
	known := false
	if err == nil {
		lines, err = collectLines(results, &known)
	}
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	if err != nil || known {
		return nil, nil, fault(err, "reserve stock")
	}
	after := slices.Clone(before)
	for _, l := range lines {
		if l.Available < l.Wanted {
			short = append(short, l)
			continue
		}
		now := &after[stateOf(after, l.Variant)]
		now.Stock.Reserved += l.Wanted
		soldOut = goneFrom(*now, l.Available, l.Available-l.Wanted, soldOut)
	}
	if len(short) > 0 {
		return short, nil, nil
	}
	s.follow(before, after)
	return nil, soldOut, nil
}

// goneFrom adds the products of which something could be bought before and cannot now: of the variant itself, and of bundles.
func goneFrom(st inventory.State, before, now int64, all []catalog.ProductID) []catalog.ProductID {
	for _, u := range append([]inventory.Use{{Product: st.Product, Quantity: 1}}, st.Uses...) {
		if before >= u.Quantity && now < u.Quantity && !slices.Contains(all, u.Product) {
			all = append(all, u.Product)
		}
	}
	return all
}

// collectLines reads what is available of each line, and what else each row says.
func collectLines(results pgx.BatchResults, more ...any) ([]inventory.Shortage, error) {
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (l inventory.Shortage, err error) {
		return l, row.Scan(append([]any{&l.Variant, &l.Wanted, &l.Available}, more...)...)
	})
}

// Release implements ports.StockTx. A variant that has left the catalogue has nothing to give back to.
func (s *session) Release(ctx context.Context, reference string) error {
	return s.giveBack(ctx, reference, release, reference)
}

// Ship implements ports.StockTx. What is not tracked has no shelf to be taken from.
func (s *session) Ship(ctx context.Context, reference, by string) error {
	return s.giveBack(ctx, reference, ship, reference, by, s.d.o.Now(), inventory.Main)
}

// giveBack ends a reservation.
func (s *session) giveBack(ctx context.Context, reference, sql string, args ...any) error {
	var b pgx.Batch
	b.Queue(lockReserved, reference)
	b.Queue(sql, args...)
	results := s.db.SendBatch(ctx, &b)
	before, err := collectStates(results)
	after := slices.Clone(before)
	if err == nil {
		err = collectFreed(results, after)
	}
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fault(err, "end a reservation")
	}
	s.follow(before, after)
	return nil
}

func collectFreed(results pgx.BatchResults, after []inventory.State) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	var variant catalog.VariantID
	var freed, sent int64
	_, err = pgx.ForEachRow(rows, []any{&variant, &freed, &sent}, func() error {
		if i := stateOf(after, variant); i >= 0 {
			stock := &after[i].Stock
			stock.Reserved, stock.OnHand = stock.Reserved-freed, stock.OnHand-sent
		}
		return nil
	})
	return err
}

// follow emits what follows from a change of stock.
func (s *session) follow(before, after []inventory.State) {
	s.Emit("system", inventory.Follow(before, after)...)
}

func collectStates(results pgx.BatchResults) ([]inventory.State, error) {
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (st inventory.State, err error) { return st, scanState(row, &st) })
}

type useRow struct {
	Product  catalog.ProductID `json:"product"`
	Quantity int64             `json:"quantity"`
}

// scanState reads stateColumns, and what comes behind them.
func scanState(row pgx.Row, st *inventory.State, more ...any) error {
	var shipsAt *time.Time
	var uses []useRow
	p := &st.Stock
	err := row.Scan(append([]any{
		&st.Variant, &st.Product, &p.Tracked, &p.Continue, &p.Cap, &shipsAt, &p.OnHand, &p.Reserved, &st.OwnLowAt, &st.LowAt, &st.Revision, &st.Bundled, &uses,
	}, more...)...)
	for _, u := range uses {
		st.Uses = append(st.Uses, inventory.Use(u))
	}
	if shipsAt != nil {
		p.ShipsAt = *shipsAt
	}
	return err
}

// stateOf finds a variant among locked ones.
func stateOf(all []inventory.State, v catalog.VariantID) int {
	return slices.IndexFunc(all, func(s inventory.State) bool { return s.Variant == v })
}

func split(lines []inventory.Line) (variants []string, quantities []int64) {
	variants, quantities = make([]string, len(lines)), make([]int64, len(lines))
	for i, l := range lines {
		variants[i], quantities[i] = string(l.Variant), l.Quantity
	}
	return variants, quantities
}
