package postgres

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/ports"
)

const (
	// The lines of an order never change, so that they may be read beside a row that is being locked.
	selectOrder = `select o.id, o.number, o.secret, o.cart_id, o.customer_id, o.email, o.address, o.rate, o.currency, o.subtotal, o.shipping,
			o.total, o.status, o.payment_status, o.provider, o.reason, o.note, o.tracking, o.placed_at, o.updated_at,
			(select json_agg(json_build_object('variant', l.variant_id, 'product', l.product_id, 'slug', l.slug, 'title', l.title,
				'variant_title', l.variant_title, 'sku', l.sku, 'image_url', l.image_url, 'quantity', l.quantity, 'price', l.price,
				'total', l.total, 'shipped', l.requires_shipping, 'parts', l.parts, 'ships_at', l.ships_at) order by l.position) from order_lines l where l.order_id = o.id)
		from orders o `

	ordersPerPage    = 20
	maxOrdersPerPage = 100
)

// Order implements ports.OrderView.
func (s *session) Order(ctx context.Context, id order.ID) (order.Order, error) {
	o, err := scanOrder(s.db.QueryRow(ctx, selectOrder+`where o.id = $1`+s.forUpdate("o"), id))
	return o, orMissing(err, order.ErrNotFound, "read an order")
}

// OrderByNumber implements ports.OrderView.
func (s *session) OrderByNumber(ctx context.Context, number int64) (order.Order, error) {
	o, err := scanOrder(s.db.QueryRow(ctx, selectOrder+`where o.number = $1`, number))
	return o, orMissing(err, order.ErrNotFound, "read an order")
}

// Orders implements ports.OrderView.
func (s *session) Orders(ctx context.Context, q ports.OrderQuery) (page ports.OrderPage, err error) {
	if q.Limit == 0 {
		q.Limit = ordersPerPage
	}
	if q.Limit < 1 || q.Limit > maxOrdersPerPage {
		return page, corefault.InvalidField("limit", "use 1 to 100")
	}
	var f filtered
	if q.Customer != "" {
		f.add(`o.customer_id <> '' and o.customer_id = ` + f.arg(q.Customer))
	}
	if q.Status != "" {
		f.add(`o.status = ` + f.arg(q.Status))
	}
	if q.After != "" {
		key, _, ok := decodeCursor("orders", q.After)
		number, err := strconv.ParseInt(key, 10, 64)
		if !ok || err != nil {
			return page, errOrderCursor
		}
		f.add(`o.number < ` + f.arg(number))
	}
	rows, err := s.db.Query(ctx, selectOrder+f.where()+` order by o.number desc limit `+f.arg(q.Limit+1), f.args...)
	if err != nil {
		return page, fault(err, "list orders")
	}
	page.Orders, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (order.Order, error) { return scanOrder(row) })
	if len(page.Orders) > q.Limit {
		page.Orders = page.Orders[:q.Limit]
		page.Next = encodeCursor("orders", strconv.FormatInt(page.Orders[q.Limit-1].Number, 10), "")
	}
	return page, fault(err, "list orders")
}

var errOrderCursor = corefault.New(corefault.Invalid, "invalid_cursor", "this cursor does not belong to this list: start again without it")

// The JSON of an order row.
type (
	addressRow struct {
		Name       string `json:"name"`
		Line1      string `json:"line1"`
		Line2      string `json:"line2"`
		City       string `json:"city"`
		Region     string `json:"region"`
		PostalCode string `json:"postal_code"`
		Country    string `json:"country"`
		Phone      string `json:"phone"`
	}
	rateRow struct {
		Provider string `json:"provider"`
		Service  string `json:"service"`
		Name     string `json:"name"`
		Amount   int64  `json:"amount"`
		Currency string `json:"currency"`
		MinDays  int    `json:"min_days"`
		MaxDays  int    `json:"max_days"`
		Pickup   bool   `json:"pickup,omitempty"`
		Ref      string `json:"ref,omitempty"`
	}
	lineRow struct {
		Variant      string         `json:"variant"`
		Product      string         `json:"product"`
		Slug         string         `json:"slug"`
		Title        string         `json:"title"`
		VariantTitle string         `json:"variant_title"`
		SKU          string         `json:"sku"`
		ImageURL     string         `json:"image_url"`
		Quantity     int64          `json:"quantity"`
		Price        int64          `json:"price"`
		Total        int64          `json:"total"`
		Shipped      bool           `json:"shipped"`
		Parts        []orderPartRow `json:"parts"`
		ShipsAt      *time.Time     `json:"ships_at"`
	}
	orderPartRow struct {
		Variant      catalog.VariantID `json:"variant"`
		Title        string            `json:"title"`
		VariantTitle string            `json:"variant_title"`
		SKU          string            `json:"sku"`
		Quantity     int64             `json:"quantity"`
	}
)

func scanOrder(row pgx.Row) (o order.Order, err error) {
	var c money.Currency
	var address addressRow
	var rate rateRow
	var lines []byte
	err = row.Scan(&o.ID, &o.Number, &o.Secret, &o.CartID, &o.CustomerID, &o.Email, &address, &rate, &c, &o.Subtotal.Amount, &o.Shipping.Amount,
		&o.Total.Amount, &o.Status, &o.Payment, &o.Provider, &o.Reason, &o.Note, &o.Tracking, &o.PlacedAt, &o.UpdatedAt, &lines)
	if err != nil {
		return o, err
	}
	o.Subtotal.Currency, o.Shipping.Currency, o.Total.Currency = c, c, c
	o.Address, o.Rate = shipping.Address(address), rate.fromRow()
	o.Lines, err = linesFromRow(lines, c)
	return o, err
}

func (r rateRow) fromRow() shipping.Rate {
	return shipping.Rate{
		Provider: r.Provider, Service: r.Service, Name: r.Name, MinDays: r.MinDays, MaxDays: r.MaxDays, Pickup: r.Pickup,
		Ref: r.Ref, Price: money.New(r.Amount, money.Currency(r.Currency)),
	}
}

func linesFromRow(encoded []byte, c money.Currency) ([]order.Line, error) {
	if encoded == nil {
		return nil, nil
	}
	var rows []lineRow
	if err := json.Unmarshal(encoded, &rows); err != nil {
		return nil, err
	}
	lines := make([]order.Line, len(rows))
	for i, r := range rows {
		lines[i] = r.fromRow(c)
	}
	return lines, nil
}
