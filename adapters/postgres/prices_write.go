package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/ports"
)

const (
	dropPriceHistory = `delete from price_history h where h.until < $1 and h.until <= (select max(u.until) from price_history u
		where u.variant_id = h.variant_id and u.currency = h.currency) - interval '30 days'`

	savePriceList = `insert into price_lists as l (id, name, groups, sale, starts_at, ends_at, revision, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		on conflict (id) do update set name = excluded.name, groups = excluded.groups, sale = excluded.sale, starts_at = excluded.starts_at,
			ends_at = excluded.ends_at, revision = excluded.revision, updated_at = excluded.updated_at where not l.deleted`
	hidePriceList = `update price_lists set deleted = true, updated_at = $2 where id = $1`
	listVariants  = `select distinct x.variant_id from prices x where x.list_id = $1 and x.variant_id > $2 order by x.variant_id limit $3`
	dropHidden    = `delete from prices x using price_lists l where l.id = x.list_id and l.deleted and x.list_id = $1 and x.variant_id = any($2)`
	dropEmptyList = `delete from price_lists l where l.id = $1 and l.deleted and not exists (select from prices x where x.list_id = $1)`

	putPrices = `insert into prices (variant_id, list_id, currency, min_quantity, amount, compare_at)
		select * from unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::bigint[], $6::bigint[]) order by 1, 2, 3, 4
		on conflict (variant_id, list_id, currency, min_quantity) do update set amount = excluded.amount, compare_at = excluded.compare_at`
	dropPrices = `delete from prices x using unnest($1::text[], $2::text[], $3::text[], $4::integer[]) as g (variant, list, currency, quantity)
		where x.variant_id = g.variant and x.list_id = g.list and x.currency = g.currency and x.min_quantity = g.quantity`

	discounted = ` from products p join variants v on v.product_id = p.id where p.id = any($1)
			or p.category_id = any(array(select b.id from categories b where b.path && $2::text[]))
			or cardinality($1::text[]) = 0 and cardinality($2::text[]) = 0`
	countDiscounted = `select count(*)` + discounted
	putDiscount     = `with wanted as materialized (select v.id, p.currency, v.price` + discounted + `),
		usual as (select id, currency, price from wanted
			union all select w.id, own.currency, own.amount from wanted w join prices own on own.variant_id = w.id and own.list_id = ''),
		put as (insert into prices (variant_id, list_id, currency, min_quantity, amount)
			select u.id, $3, u.currency, 1, round(u.price::numeric * (10000 - $4::integer) / 10000) from usual u order by 1, 3
			on conflict (variant_id, list_id, currency, min_quantity) do update set amount = excluded.amount)
		select id from wanted order by id`

	lockPriced = `select p.id from products p where p.id in (select v.product_id from variants v where v.id = any($1)) order by p.id for update`

	// onSale is the lowest price of the lists that are for everybody at $2.
	onSale = `(select min(x.amount) from prices x join price_lists l on l.id = x.list_id
			where x.variant_id = v.id and x.currency = c.currency and x.min_quantity = 1 and not l.deleted and l.groups = '{}'
			and l.starts_at <= $2 and (l.ends_at is null or l.ends_at > $2))`
	applySales = `update variants t set sale_price = n.amount
		from (select v.id, ` + onSale + ` as amount from variants v join products c on c.id = v.product_id where v.id = any($1)) n
		where t.id = n.id and t.sale_price is distinct from n.amount`
	applyFurtherSales = `update prices t set sale_amount = n.amount
		from (select v.id, c.currency, ` + onSale + ` as amount from variants v join prices c on c.variant_id = v.id and c.list_id = '' where v.id = any($1)) n
		where t.variant_id = n.id and t.list_id = '' and t.currency = n.currency and t.sale_amount is distinct from n.amount`

	// agreePrices lets products be listed at what everybody is asked for their variants.
	agreePrices = `update products p set min_price = n.low, max_price = n.high, compare_at = n.was
		from (
			select v.product_id, min(a.pays) as low, max(a.pays) as high, (array_agg(a.was order by a.pays, v.position))[1] as was
			from variants v cross join lateral (
				select least(v.price, v.sale_price) as pays, case when v.sale_price < v.price then v.price else v.compare_at end as was
			) a where v.product_id = any($1) group by v.product_id
		) n
		where p.id = n.product_id and (p.min_price, p.max_price, p.compare_at) is distinct from (n.low, n.high, n.was)`
)

// SavePriceList implements ports.PriceTx.
func (s *session) SavePriceList(ctx context.Context, l catalog.PriceList) error {
	_, err := s.db.Exec(ctx, savePriceList, l.ID, l.Name, append([]string{}, l.Groups...), l.Sale, l.StartsAt, timeOrNull(l.EndsAt), l.Revision,
		l.CreatedAt, l.UpdatedAt)
	return fault(err, "save a price list")
}

// HidePriceList implements ports.PriceTx.
func (s *session) HidePriceList(ctx context.Context, id catalog.PriceListID, at time.Time) error {
	_, err := s.db.Exec(ctx, hidePriceList, id, at)
	return fault(err, "delete a price list")
}

// ListVariants implements ports.PriceTx.
func (s *session) ListVariants(ctx context.Context, id catalog.PriceListID, after catalog.VariantID, limit int) ([]catalog.VariantID, error) {
	rows, err := s.db.Query(ctx, listVariants, id, after, limit)
	if err != nil {
		return nil, fault(err, "list variants of a price list")
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[catalog.VariantID])
	return all, fault(err, "list variants of a price list")
}

// DropHidden implements ports.PriceTx.
func (s *session) DropHidden(ctx context.Context, id catalog.PriceListID, variants []catalog.VariantID) error {
	var b pgx.Batch
	b.Queue(dropHidden, id, variants)
	b.Queue(dropEmptyList, id)
	return fault(s.db.SendBatch(ctx, &b).Close(), "delete prices")
}

// priceColumns are prices as the columns of a statement.
type priceColumns struct {
	variants, lists, currencies []string
	quantities                  []int32
	amounts, compared           []int64
}

func toPriceColumns(prices []catalog.ListPrice) (c priceColumns) {
	for _, p := range prices {
		c.variants, c.lists = append(c.variants, string(p.Variant)), append(c.lists, string(p.List))
		c.currencies, c.quantities = append(c.currencies, string(p.Price.Currency)), append(c.quantities, int32(p.From))
		c.amounts, c.compared = append(c.amounts, p.Price.Amount), append(c.compared, p.CompareAt.Amount)
	}
	return c
}

// PutPrices implements ports.PriceTx.
func (s *session) PutPrices(ctx context.Context, prices []catalog.ListPrice) error {
	c := toPriceColumns(prices)
	_, err := s.db.Exec(ctx, putPrices, c.variants, c.lists, c.currencies, c.quantities, c.amounts, c.compared)
	return fault(err, "save prices")
}

// DropPrices implements ports.PriceTx.
func (s *session) DropPrices(ctx context.Context, prices []catalog.ListPrice) error {
	c := toPriceColumns(prices)
	_, err := s.db.Exec(ctx, dropPrices, c.variants, c.lists, c.currencies, c.quantities)
	return fault(err, "delete prices")
}

// PutDiscount implements ports.PriceTx.
func (s *session) PutDiscount(ctx context.Context, id catalog.PriceListID, d ports.Discount) ([]catalog.VariantID, error) {
	products, categories := append([]catalog.ProductID{}, d.Products...), append([]catalog.CategoryID{}, d.Categories...)
	var n int
	if err := s.db.QueryRow(ctx, countDiscounted, products, categories).Scan(&n); err != nil {
		return nil, fault(err, "count variants")
	}
	if n > catalog.MaxDiscounted {
		return nil, catalog.ErrTooManyDiscounts
	}
	rows, err := s.db.Query(ctx, putDiscount, products, categories, id, d.BasisPoints)
	if err != nil {
		return nil, fault(err, "save reduced prices")
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[catalog.VariantID])
	return all, fault(err, "save reduced prices")
}

// ApplySales implements ports.PriceTx.
func (s *session) ApplySales(ctx context.Context, variants []catalog.VariantID, at time.Time) ([]catalog.ProductID, error) {
	rows, err := s.db.Query(ctx, lockPriced, variants)
	if err != nil {
		return nil, fault(err, "apply sales")
	}
	products, err := pgx.CollectRows(rows, pgx.RowTo[catalog.ProductID])
	if err != nil {
		return nil, fault(err, "apply sales")
	}
	var b pgx.Batch
	b.Queue(applySales, variants, at)
	b.Queue(applyFurtherSales, variants, at)
	b.Queue(agreePrices, products)
	return products, fault(s.db.SendBatch(ctx, &b).Close(), "apply sales")
}

// DropPriceHistory implements ports.PriceTx.
func (s *session) DropPriceHistory(ctx context.Context, before time.Time) error {
	_, err := s.db.Exec(ctx, dropPriceHistory, before)
	return fault(err, "forget old prices")
}
