package postgres

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

// lowest is the lowest price of a variant v in the 30 days before the present one began, in a currency.
func lowest(currency string) string {
	return `(select min(h.amount) from price_history h where h.variant_id = v.id and h.currency = ` + currency + `
			and h.until > (select max(u.until) from price_history u where u.variant_id = v.id and u.currency = ` + currency + `) - interval '30 days')`
}

// tiers are the prices of the lists that apply to a variant v now, for everybody and for those in some groups.
func tiers(currency, groups string) string {
	return `(select jsonb_agg(jsonb_build_object('from', x.min_quantity, 'amount', x.amount, 'sale', l.sale or l.groups = '{}'))
			from prices x join price_lists l on l.id = x.list_id
			where x.variant_id = v.id and x.currency = ` + currency + ` and not l.deleted and l.starts_at <= now() and (l.ends_at is null or l.ends_at > now())
			and (l.groups = '{}' or l.groups && ` + groups + `))`
}

// groupsOf are those of the customer $n.
func groupsOf(n int) string {
	return `(select c.groups from customers c where c.id = $` + strconv.Itoa(n) + `::text)`
}

// askedIn joins what is asked for a variant v in the currency $n, "" for the main one: asked.currency, price, compare_at and
// sale. The price is null where there is none.
func askedIn(n int) string {
	wanted := `$` + strconv.Itoa(n) + `::text`
	return ` left join prices own on own.variant_id = v.id and own.list_id = '' and own.min_quantity = 1 and own.currency = ` + wanted + `
		cross join lateral (select case when main then p.currency else ` + wanted + ` end as currency, case when main then v.price else own.amount end as price,
			case when main then v.compare_at else own.compare_at end as compare_at, case when main then v.sale_price else own.sale_amount end as sale
			from (select ` + wanted + ` in ('', p.currency) as main) m) asked `
}

const (
	priceListColumns = `l.id, l.name, l.groups, l.sale, l.starts_at, l.ends_at, l.revision, l.created_at, l.updated_at`
	selectPriceLists = `select ` + priceListColumns + ` from price_lists l where not l.deleted order by l.id desc`
	selectPriceList  = `select ` + priceListColumns + ` from price_lists l where not l.deleted and l.id = $1`

	selectPrices = `select x.variant_id, x.list_id, x.min_quantity, x.amount, x.compare_at, x.currency, p.title, array_to_string(v.option_values, ' / '), v.sku
		from prices x join variants v on v.id = x.variant_id join products p on p.id = v.product_id
		where x.list_id = $1 and ($2 = '' or x.variant_id = $2) and (x.variant_id, x.currency, x.min_quantity) > ($3, $4, $5)
		order by x.variant_id, x.currency, x.min_quantity limit $6`

	variantsOf = `select v.id, v.id from variants v where v.id = any($1)
		union all select v.sku, min(v.id) from variants v where v.sku = any($1) and v.sku <> '' group by v.sku having count(*) = 1`
)

var selectQuotes = `select v.product_id, v.id, asked.currency, asked.price, asked.compare_at, asked.sale, ` + tiers("asked.currency", groupsOf(2)) + `,
		` + lowest("asked.currency") + `
	from products p join variants v on v.product_id = p.id` + askedIn(3) + `where p.id = any($1) and v.product_id = any($1) and p.status = 'active' and asked.price is not null
	order by v.product_id, v.position`

// tierRow is how a tier is read.
type tierRow struct {
	From   int64 `json:"from"`
	Amount int64 `json:"amount"`
	Sale   bool  `json:"sale"`
}

// askedRow is what is asked for a variant, as it is read.
type askedRow struct {
	price, was, sale, low *int64
	tiers                 []tierRow
}

func (r askedRow) fromRow(c money.Currency) (q catalog.Quote) {
	q.Price = money.Zero(c)
	if r.price != nil {
		q.Price.Amount = *r.price
	}
	if r.sale != nil {
		q.Sale = money.New(*r.sale, c)
	}
	if r.was != nil {
		q.CompareAt = optional(*r.was, c)
	}
	if r.low != nil {
		q.Lowest = money.New(*r.low, c)
	}
	for _, t := range r.tiers {
		q.Tiers = append(q.Tiers, catalog.Tier{From: t.From, Price: money.New(t.Amount, c), Sale: t.Sale})
	}
	return q
}

// PriceLists implements ports.PriceView.
func (s *session) PriceLists(ctx context.Context) ([]catalog.PriceList, error) {
	rows, err := s.db.Query(ctx, selectPriceLists)
	if err != nil {
		return nil, fault(err, "list price lists")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (catalog.PriceList, error) { return scanPriceList(row) })
	return all, fault(err, "list price lists")
}

// PriceList implements ports.PriceView.
func (s *session) PriceList(ctx context.Context, id catalog.PriceListID) (catalog.PriceList, error) {
	sql := selectPriceList
	if s.locks {
		sql += ` for update`
	}
	l, err := scanPriceList(s.db.QueryRow(ctx, sql, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return l, catalog.ErrNoPriceList
	}
	return l, fault(err, "read a price list")
}

func scanPriceList(row pgx.Row) (l catalog.PriceList, err error) {
	var ends *time.Time
	err = row.Scan(&l.ID, &l.Name, &l.Groups, &l.Sale, &l.StartsAt, &ends, &l.Revision, &l.CreatedAt, &l.UpdatedAt)
	if ends != nil {
		l.EndsAt = *ends
	}
	return l, err
}

// Prices implements ports.PriceView.
func (s *session) Prices(ctx context.Context, q ports.PriceQuery) (page ports.PricePage, err error) {
	variant, currency, from := "", "", int64(0)
	if q.After != "" {
		name, number, ok := decodeCursor(string(q.List), q.After)
		variant, currency, _ = strings.Cut(name, " ")
		if from, err = strconv.ParseInt(number, 10, 64); err != nil || !ok {
			return page, catalog.ErrCursor
		}
	}
	rows, err := s.db.Query(ctx, selectPrices, q.List, q.Variant, variant, currency, from, q.Limit+1)
	if err != nil {
		return page, fault(err, "list prices")
	}
	page.Prices, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (p ports.PricedVariant, err error) {
		var was int64
		err = row.Scan(&p.Variant, &p.List, &p.From, &p.Price.Amount, &was, &p.Price.Currency, &p.Title, &p.VariantTitle, &p.SKU)
		p.CompareAt = optional(was, p.Price.Currency)
		return p, err
	})
	if len(page.Prices) > q.Limit {
		page.Prices = page.Prices[:q.Limit]
		last := page.Prices[q.Limit-1]
		page.Next = encodeCursor(string(q.List), string(last.Variant)+" "+string(last.Price.Currency), strconv.FormatInt(last.From, 10))
	}
	return page, fault(err, "list prices")
}

// Quotes implements ports.PriceView.
func (s *session) Quotes(ctx context.Context, to catalog.Buyer, products []catalog.ProductID) ([]catalog.VariantQuote, error) {
	rows, err := s.db.Query(ctx, selectQuotes, products, to.Customer, to.Currency)
	if err != nil {
		return nil, fault(err, "read prices")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (q catalog.VariantQuote, err error) {
		var currency money.Currency
		var r askedRow
		err = row.Scan(&q.Product, &q.Variant, &currency, &r.price, &r.was, &r.sale, &r.tiers, &r.low)
		q.Quote = r.fromRow(currency)
		return q, err
	})
	return all, fault(err, "read prices")
}

// VariantsOf implements ports.PriceView.
func (s *session) VariantsOf(ctx context.Context, names []string) (map[string]catalog.VariantID, error) {
	rows, err := s.db.Query(ctx, variantsOf, names)
	if err != nil {
		return nil, fault(err, "look for variants")
	}
	found := make(map[string]catalog.VariantID, len(names))
	var name string
	var id catalog.VariantID
	_, err = pgx.ForEachRow(rows, []any{&name, &id}, func() error {
		found[name] = id
		return nil
	})
	return found, fault(err, "look for variants")
}
