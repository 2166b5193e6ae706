package postgres

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/catalog"
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
				total, requires_shipping, parts, ships_at)
			select placed.id, l.n, l.variant_id, l.product_id, l.slug, l.title, l.variant_title, l.sku, l.image_url, l.quantity, l.price,
				l.total, l.requires_shipping, l.parts, l.ships_at
			from placed, unnest($20::text[], $21::text[], $22::text[], $23::text[], $24::text[], $25::text[], $26::text[], $27::bigint[],
				$28::bigint[], $29::bigint[], $30::boolean[], $40::jsonb[], $41::timestamptz[]) with ordinality as l (variant_id, product_id, slug, title, variant_title, sku,
				image_url, quantity, price, total, requires_shipping, parts, ships_at, n)
		), paid as (
			insert into payments (id, order_id, provider, mode, method_kind, asked, asked_currency, amount, currency, status, provider_ref,
				code, message, expires_at, created_at, updated_at)
			values ($31, $1, $32, $33, $34, $35, $36, $35, $36, $37, '', '', '', $38, $39, $39)
		)
		select number from placed`

	saveOrder = `update orders set status = $2, payment_status = $3, reason = $4, tracking = $5, updated_at = $6 where id = $1`
)

// PlaceOrder implements ports.OrderTx.
func (s *session) PlaceOrder(ctx context.Context, o order.Order, p payment.Payment) (number int64, err error) {
	l := toLineColumns(o.Lines)
	err = s.db.QueryRow(ctx, placeOrder, o.ID, o.Secret, o.CartID, o.CustomerID, o.Email, addressRow(o.Address), toRateRow(o.Rate),
		o.Total.Currency, o.Subtotal.Amount, o.Shipping.Amount, o.Total.Amount, o.Status, o.Payment, o.Provider, o.Reason, o.Note, o.Tracking,
		o.PlacedAt, o.UpdatedAt,
		l.variants, l.products, l.slugs, l.titles, l.variantTitles, l.skus, l.images, l.quantities, l.prices, l.totals, l.shipped,
		p.ID, p.Provider, p.Mode, p.MethodKind, p.Asked.Amount, p.Asked.Currency, p.Status, p.ExpiresAt, p.CreatedAt, l.parts, l.shipsAt,
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

func toRateRow(r shipping.Rate) rateRow {
	return rateRow{
		Provider: r.Provider, Service: r.Service, Name: r.Name, Amount: r.Price.Amount, Currency: string(r.Price.Currency),
		MinDays: r.MinDays, MaxDays: r.MaxDays, Pickup: r.Pickup, Ref: r.Ref,
	}
}

func (r lineRow) fromRow(c money.Currency) order.Line {
	l := order.Line{
		Variant: catalog.VariantID(r.Variant), Product: catalog.ProductID(r.Product), Slug: r.Slug, Title: r.Title, VariantTitle: r.VariantTitle,
		SKU: r.SKU, ImageURL: r.ImageURL, Quantity: r.Quantity, Price: money.New(r.Price, c), Total: money.New(r.Total, c), Shipped: r.Shipped,
	}
	for _, p := range r.Parts {
		l.Parts = append(l.Parts, order.Part(p))
	}
	if r.ShipsAt != nil {
		l.ShipsAt = r.ShipsAt.UTC()
	}
	return l
}

// lineColumns are order lines as one array per column.
type lineColumns struct {
	variants, products, slugs, titles, variantTitles, skus, images []string
	quantities, prices, totals                                     []int64
	shipped                                                        []bool
	parts                                                          [][]orderPartRow
	shipsAt                                                        []*time.Time
}

func toLineColumns(lines []order.Line) (c lineColumns) {
	for _, l := range lines {
		c.variants, c.products = append(c.variants, string(l.Variant)), append(c.products, string(l.Product))
		c.slugs, c.titles, c.variantTitles = append(c.slugs, l.Slug), append(c.titles, l.Title), append(c.variantTitles, l.VariantTitle)
		c.skus, c.images = append(c.skus, l.SKU), append(c.images, l.ImageURL)
		c.quantities, c.prices, c.totals = append(c.quantities, l.Quantity), append(c.prices, l.Price.Amount), append(c.totals, l.Total.Amount)
		c.shipped, c.shipsAt = append(c.shipped, l.Shipped), append(c.shipsAt, timeOrNull(l.ShipsAt))
		parts := []orderPartRow{}
		for _, p := range l.Parts {
			parts = append(parts, orderPartRow(p))
		}
		c.parts = append(c.parts, parts)
	}
	return c
}
