package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/halum-hut/halum/core/catalog"
	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/shipping"
)

const (
	placeOrder = `with placed as (
			insert into orders (id, secret, cart_id, customer_id, email, address, rate, currency, subtotal, shipping, total, status,
				payment_status, provider, reason, note, tracking, placed_at, updated_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) returning id, number
		), lines as (
			insert into order_lines (order_id, position, variant_id, product_id, slug, title, variant_title, sku, image_url, quantity, price,
				total, requires_shipping)
			select placed.id, l.n, l.variant_id, l.product_id, l.slug, l.title, l.variant_title, l.sku, l.image_url, l.quantity, l.price,
				l.total, l.requires_shipping
			from placed, unnest($20::text[], $21::text[], $22::text[], $23::text[], $24::text[], $25::text[], $26::text[], $27::bigint[],
				$28::bigint[], $29::bigint[], $30::boolean[]) with ordinality as l (variant_id, product_id, slug, title, variant_title, sku,
				image_url, quantity, price, total, requires_shipping, n)
		), paid as (
			insert into payments (id, order_id, provider, amount, currency, status, provider_ref, next_action, code, message, expires_at,
				created_at, updated_at)
			values ($31, $1, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42)
		)
		select number from placed`

	saveOrder = `update orders set status = $2, payment_status = $3, reason = $4, tracking = $5, updated_at = $6 where id = $1`

	saveSettlement = `with saved as (
			update orders set status = $2, payment_status = $3, reason = $4, tracking = $5, updated_at = $6 where id = $1 returning id
		), settled as (
			update payments set status = $8, provider_ref = $9, next_action = $10, code = $11, message = $12, expires_at = $13, updated_at = $14
			where id = $7 and order_id = $1 returning id
		), posted as (
			insert into ledger_entries (posting_id, account, payment_id, order_id, amount, currency, at)
			select e.posting_id, e.account, e.payment_id, e.order_id, e.amount, e.currency, e.at
			from unnest($15::text[], $16::text[], $17::text[], $18::text[], $19::bigint[], $20::text[], $21::timestamptz[])
				as e (posting_id, account, payment_id, order_id, amount, currency, at)
		)
		select (select count(*) from saved) = 1 and (select count(*) from settled) = 1`
)

// PlaceOrder implements ports.OrderTx.
func (s *session) PlaceOrder(ctx context.Context, o order.Order, p payment.Payment) (number int64, err error) {
	l := toLineColumns(o.Lines)
	next, err := toNext(p.Next)
	if err != nil {
		return 0, err
	}
	err = s.db.QueryRow(ctx, placeOrder, o.ID, o.Secret, o.CartID, o.CustomerID, o.Email, addressRow(o.Address), toRateRow(o.Rate),
		o.Total.Currency, o.Subtotal.Amount, o.Shipping.Amount, o.Total.Amount, o.Status, o.Payment, o.Provider, o.Reason, o.Note, o.Tracking,
		o.PlacedAt, o.UpdatedAt,
		l.variants, l.products, l.slugs, l.titles, l.variantTitles, l.skus, l.images, l.quantities, l.prices, l.totals, l.shipped,
		p.ID, p.Provider, p.Amount.Amount, p.Amount.Currency, p.Status, p.ProviderRef, next, p.Code, p.Message, p.ExpiresAt, p.CreatedAt, p.UpdatedAt,
	).Scan(&number)
	return number, fault(err, "place an order")
}

// SaveOrder implements ports.OrderTx.
func (s *session) SaveOrder(ctx context.Context, o order.Order) error {
	tag, err := s.db.Exec(ctx, saveOrder, o.ID, o.Status, o.Payment, o.Reason, o.Tracking, o.UpdatedAt)
	if err == nil && tag.RowsAffected() == 0 {
		return order.ErrNotFound
	}
	return fault(err, "save an order")
}

// SaveSettlement implements ports.OrderTx.
func (s *session) SaveSettlement(ctx context.Context, o order.Order, p payment.Payment, entries []payment.Entry) error {
	next, err := toNext(p.Next)
	if err != nil {
		return err
	}
	e := toEntryColumns(entries)
	var found bool
	err = s.db.QueryRow(ctx, saveSettlement, o.ID, o.Status, o.Payment, o.Reason, o.Tracking, o.UpdatedAt,
		p.ID, p.Status, p.ProviderRef, next, p.Code, p.Message, p.ExpiresAt, p.UpdatedAt,
		e.postings, e.accounts, e.payments, e.orders, e.amounts, e.currencies, e.times,
	).Scan(&found)
	if err == nil && !found {
		return order.ErrNotFound
	}
	return fault(err, "save a settlement")
}

func toRateRow(r shipping.Rate) rateRow {
	return rateRow{
		Provider: r.Provider, Service: r.Service, Name: r.Name, Amount: r.Price.Amount, Currency: string(r.Price.Currency),
		MinDays: r.MinDays, MaxDays: r.MaxDays,
	}
}

func (r lineRow) fromRow(c money.Currency) order.Line {
	return order.Line{
		Variant: catalog.VariantID(r.Variant), Product: catalog.ProductID(r.Product), Slug: r.Slug, Title: r.Title, VariantTitle: r.VariantTitle,
		SKU: r.SKU, ImageURL: r.ImageURL, Quantity: r.Quantity, Price: money.New(r.Price, c), Total: money.New(r.Total, c), Shipped: r.Shipped,
	}
}

// lineColumns are order lines as one array per column.
type lineColumns struct {
	variants, products, slugs, titles, variantTitles, skus, images []string
	quantities, prices, totals                                     []int64
	shipped                                                        []bool
}

func toLineColumns(lines []order.Line) (c lineColumns) {
	for _, l := range lines {
		c.variants, c.products = append(c.variants, string(l.Variant)), append(c.products, string(l.Product))
		c.slugs, c.titles, c.variantTitles = append(c.slugs, l.Slug), append(c.titles, l.Title), append(c.variantTitles, l.VariantTitle)
		c.skus, c.images = append(c.skus, l.SKU), append(c.images, l.ImageURL)
		c.quantities, c.prices, c.totals = append(c.quantities, l.Quantity), append(c.prices, l.Price.Amount), append(c.totals, l.Total.Amount)
		c.shipped = append(c.shipped, l.Shipped)
	}
	return c
}

// entryColumns are ledger entries as one array per column.
type entryColumns struct {
	postings, accounts, payments, orders, currencies []string
	amounts                                          []int64
	times                                            []time.Time
}

func toEntryColumns(entries []payment.Entry) (c entryColumns) {
	for _, e := range entries {
		c.postings, c.accounts = append(c.postings, e.PostingID), append(c.accounts, string(e.Account))
		c.payments, c.orders = append(c.payments, string(e.PaymentID)), append(c.orders, e.OrderID)
		c.amounts, c.currencies, c.times = append(c.amounts, e.Amount.Amount), append(c.currencies, string(e.Amount.Currency)), append(c.times, e.At)
	}
	return c
}

// toNext encodes what the shopper must do next; nil stays null.
func toNext(n *payment.NextAction) ([]byte, error) {
	if n == nil {
		return nil, nil
	}
	b, err := json.Marshal(n)
	return b, corefault.Wrap(err, "encode the next action")
}
