package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
)

const (
	selectBooking = `select b.id, b.order_id, b.direction, b.plugin, b.mode, b.service, b.rate_ref, b.parcel, b.status, b.cancelling,
			b.carrier_ref, b.tracking_number, b.tracking_url, b.price, b.currency, b.code, b.message, b.parcel_status, b.parcel_at, b.steps,
			b.made_by, b.created_at, b.updated_at
		from bookings b `

	// openBooking is the predicate of bookings_open_idx.
	openBooking = `(b.status in ('requested', 'pending') or b.status = 'booked' and (b.cancelling or b.parcel_status not in ('delivered', 'cancelled')))`

	saveBooking = `insert into bookings (id, order_id, direction, plugin, mode, service, rate_ref, parcel, status, cancelling, carrier_ref,
			tracking_number, tracking_url, price, currency, code, message, parcel_status, parcel_at, steps, made_by, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
		on conflict (id) do update set status = excluded.status, cancelling = excluded.cancelling, carrier_ref = excluded.carrier_ref,
			tracking_number = excluded.tracking_number, tracking_url = excluded.tracking_url, price = excluded.price,
			currency = excluded.currency, code = excluded.code, message = excluded.message, parcel_status = excluded.parcel_status,
			parcel_at = excluded.parcel_at, steps = excluded.steps, updated_at = excluded.updated_at`
)

// parcelRow is the JSON of what a carrier is asked to move.
type parcelRow struct {
	Items    int64      `json:"items"`
	Grams    int64      `json:"grams"`
	Amount   int64      `json:"amount"`
	Currency string     `json:"currency"`
	From     addressRow `json:"from"`
	To       addressRow `json:"to"`
}

// Bookings implements ports.BookingView.
func (s *session) Bookings(ctx context.Context, id order.ID) ([]shipping.Booking, error) {
	return s.bookings(ctx, `where b.order_id = $1 order by b.created_at, b.id`, id)
}

// OpenBookings implements ports.BookingView.
func (s *session) OpenBookings(ctx context.Context, since time.Time, after shipping.BookingID, limit int) ([]shipping.Booking, error) {
	return s.bookings(ctx, `where `+openBooking+` and b.created_at >= $1 and b.id > $2 order by b.id limit $3`, since, after, limit)
}

func (s *session) bookings(ctx context.Context, where string, args ...any) ([]shipping.Booking, error) {
	rows, err := s.db.Query(ctx, selectBooking+where, args...)
	if err != nil {
		return nil, fault(err, "read bookings")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (shipping.Booking, error) { return scanBooking(row) })
	return all, fault(err, "read bookings")
}

// Booking implements ports.BookingView.
func (s *session) Booking(ctx context.Context, id shipping.BookingID) (shipping.Booking, error) {
	b, err := scanBooking(s.db.QueryRow(ctx, selectBooking+`where b.id = $1`+s.forUpdate("b"), id))
	return b, orMissing(err, shipping.ErrNoBooking, "read a booking")
}

// BookingByRef implements ports.BookingView.
func (s *session) BookingByRef(ctx context.Context, plugin string, mode provider.Mode, ref string) (shipping.Booking, error) {
	b, err := scanBooking(s.db.QueryRow(ctx, selectBooking+`where b.plugin = $1 and b.mode = $2 and b.carrier_ref = $3 and b.carrier_ref <> ''
		order by b.created_at desc limit 1`, plugin, mode, ref))
	return b, orMissing(err, shipping.ErrNoBooking, "read a booking")
}

// SaveBooking implements ports.BookingTx.
func (s *session) SaveBooking(ctx context.Context, b shipping.Booking) error {
	var parcelAt *time.Time
	if !b.ParcelAt.IsZero() {
		parcelAt = &b.ParcelAt
	}
	steps := b.Steps
	if steps == nil {
		steps = []shipping.Step{}
	}
	_, err := s.db.Exec(ctx, saveBooking, b.ID, b.OrderID, b.Direction, b.Plugin, b.Mode, b.Service, b.RateRef, toParcelRow(b.Parcel), b.Status,
		b.Cancelling, b.CarrierRef, b.TrackingNumber, b.TrackingURL, b.Price.Amount, b.Price.Currency, b.Code, b.Message, b.ParcelStatus,
		parcelAt, steps, b.By, b.CreatedAt, b.UpdatedAt)
	return fault(err, "save a booking")
}

func scanBooking(row pgx.Row) (b shipping.Booking, err error) {
	var parcel parcelRow
	var parcelAt *time.Time
	err = row.Scan(&b.ID, &b.OrderID, &b.Direction, &b.Plugin, &b.Mode, &b.Service, &b.RateRef, &parcel, &b.Status, &b.Cancelling,
		&b.CarrierRef, &b.TrackingNumber, &b.TrackingURL, &b.Price.Amount, &b.Price.Currency, &b.Code, &b.Message, &b.ParcelStatus, &parcelAt,
		&b.Steps, &b.By, &b.CreatedAt, &b.UpdatedAt)
	if err != nil {
		return b, err
	}
	b.Parcel = parcel.fromRow()
	if parcelAt != nil {
		b.ParcelAt = *parcelAt
	}
	if len(b.Steps) == 0 {
		b.Steps = nil
	}
	return b, nil
}

func toParcelRow(p shipping.Parcel) parcelRow {
	return parcelRow{p.Items, p.Grams, p.Subtotal.Amount, string(p.Subtotal.Currency), addressRow(p.From), addressRow(p.To)}
}

func (r parcelRow) fromRow() shipping.Parcel {
	return shipping.Parcel{
		Items: r.Items, Grams: r.Grams, Subtotal: money.New(r.Amount, money.Currency(r.Currency)), From: shipping.Address(r.From), To: shipping.Address(r.To),
	}
}
