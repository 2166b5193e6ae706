package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/ports"
)

const (
	sumLedger = `select payment_id, account, sum(amount)::bigint from ledger_entries where payment_id = any($1::text[]) group by payment_id, account`

	countWaiting = `select count(*) filter (where status in ('parked', 'received')), count(*) filter (where status = 'dead')
		from provider_events where received_at < $1 and status in ('received', 'parked', 'dead')`
)

// PaymentPage implements ports.BooksView.
func (s *session) PaymentPage(ctx context.Context, from, to time.Time, after payment.ID, limit int) ([]payment.Payment, error) {
	rows, err := s.db.Query(ctx, selectPayment+`where p.created_at >= $1 and p.created_at < $2 and p.id > $3 order by p.id limit $4`, from, to, after, limit)
	if err != nil {
		return nil, fault(err, "list payments")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (payment.Payment, error) { return scanPayment(row) })
	return all, fault(err, "list payments")
}

// Ledger implements ports.BooksView.
func (s *session) Ledger(ctx context.Context, of []payment.ID) (map[payment.ID]map[payment.Account]int64, error) {
	rows, err := s.db.Query(ctx, sumLedger, of)
	if err != nil {
		return nil, fault(err, "sum the ledger")
	}
	out := map[payment.ID]map[payment.Account]int64{}
	var id payment.ID
	var account payment.Account
	var amount int64
	_, err = pgx.ForEachRow(rows, []any{&id, &account, &amount}, func() error {
		if out[id] == nil {
			out[id] = map[payment.Account]int64{}
		}
		out[id][account] = amount
		return nil
	})
	return out, fault(err, "sum the ledger")
}

// Waiting implements ports.BooksView.
func (s *session) Waiting(ctx context.Context, before time.Time) (parked, dead int, err error) {
	err = s.db.QueryRow(ctx, countWaiting, before).Scan(&parked, &dead)
	return parked, dead, fault(err, "count events of providers")
}

var _ ports.BooksView = (*session)(nil)
