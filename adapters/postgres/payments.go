package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
)

const (
	selectPayment = `select p.id, p.order_id, p.provider, p.mode, p.method_kind, p.asked, p.asked_currency, p.amount, p.currency, p.captured,
			p.refunded, p.refunding, p.disputed, p.lost, p.status, p.unfit, p.provider_ref, p.next_action, p.code, p.message, p.version,
			p.expires_at, p.created_at, p.updated_at
		from payments p `

	addPayment = `insert into payments (id, order_id, provider, mode, method_kind, asked, asked_currency, amount, currency, status, provider_ref,
			code, message, expires_at, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $6, $7, $8, '', '', '', $9, $10, $10)`

	saveSettlement = `with saved as (
			update orders set status = $2, payment_status = $3, reason = $4, tracking = $5, updated_at = $6 where id = $1 returning id
		), settled as (
			update payments set status = $8, provider_ref = $9, next_action = $10, code = $11, message = $12, expires_at = $13, updated_at = $14,
				amount = $15, currency = $16, captured = $17, refunded = $18, refunding = $19, disputed = $20, lost = $21, unfit = $22, version = $23
			where id = $7 and order_id = $1 returning id
		), posted as (
			insert into ledger_entries (posting_id, account, payment_id, order_id, amount, currency, at)
			select e.posting_id, e.account, e.payment_id, e.order_id, e.amount, e.currency, e.at
			from unnest($24::text[], $25::text[], $26::text[], $27::text[], $28::bigint[], $29::text[], $30::timestamptz[])
				as e (posting_id, account, payment_id, order_id, amount, currency, at)
		)
		select (select count(*) from saved) = 1 and (select count(*) from settled) = 1`

	selectMoves = `select id, kind, payment_id, order_id, amount, currency, final, status, provider_ref, reason, code, message, made_by, created_at,
			updated_at
		from payment_moves where order_id = $1 order by created_at, id`

	saveMove = `insert into payment_moves (id, kind, payment_id, order_id, amount, currency, final, status, provider_ref, reason, code, message,
			made_by, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		on conflict (id) do update set amount = excluded.amount, status = excluded.status, provider_ref = excluded.provider_ref,
			code = excluded.code, message = excluded.message, updated_at = excluded.updated_at`

	selectDisputes = `select payment_id, ref, order_id, status, amount, currency, reason, deadline, updated_at
		from disputes where order_id = $1 order by updated_at, ref`

	saveDispute = `insert into disputes (payment_id, ref, order_id, status, amount, currency, reason, deadline, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		on conflict (payment_id, ref) do update set status = excluded.status, reason = excluded.reason, deadline = excluded.deadline,
			updated_at = excluded.updated_at`
)

// Payments implements ports.PaymentView.
func (s *session) Payments(ctx context.Context, id order.ID) ([]payment.Payment, error) {
	rows, err := s.db.Query(ctx, selectPayment+`where p.order_id = $1 order by p.created_at desc, p.id desc`+s.forUpdate("p"), id)
	if err != nil {
		return nil, fault(err, "read payments")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (payment.Payment, error) { return scanPayment(row) })
	return all, fault(err, "read payments")
}

// Payment implements ports.PaymentView.
func (s *session) Payment(ctx context.Context, id payment.ID) (payment.Payment, error) {
	p, err := scanPayment(s.db.QueryRow(ctx, selectPayment+`where p.id = $1`, id))
	return p, orMissing(err, payment.ErrNotFound, "read a payment")
}

// PaymentByRef implements ports.PaymentView.
func (s *session) PaymentByRef(ctx context.Context, plugin string, mode provider.Mode, ref string) (payment.Payment, error) {
	p, err := scanPayment(s.db.QueryRow(ctx, selectPayment+`where p.provider = $1 and p.mode = $2 and p.provider_ref = $3 and p.provider_ref <> ''
		order by p.created_at desc limit 1`, plugin, mode, ref))
	return p, orMissing(err, payment.ErrNotFound, "read a payment")
}

func scanPayment(row pgx.Row) (p payment.Payment, err error) {
	var next *payment.NextAction
	err = row.Scan(&p.ID, &p.OrderID, &p.Provider, &p.Mode, &p.MethodKind, &p.Asked.Amount, &p.Asked.Currency, &p.Amount.Amount, &p.Amount.Currency,
		&p.Captured.Amount, &p.Refunded.Amount, &p.Refunding.Amount, &p.Disputed.Amount, &p.Lost.Amount, &p.Status, &p.Unfit, &p.ProviderRef,
		&next, &p.Code, &p.Message, &p.Version, &p.ExpiresAt, &p.CreatedAt, &p.UpdatedAt)
	p.Next = next
	for _, m := range []*money.Money{&p.Captured, &p.Refunded, &p.Refunding, &p.Disputed, &p.Lost} {
		m.Currency = p.Amount.Currency
	}
	return p, err
}

// AddPayment implements ports.OrderTx.
func (s *session) AddPayment(ctx context.Context, p payment.Payment) error {
	_, err := s.db.Exec(ctx, addPayment, p.ID, p.OrderID, p.Provider, p.Mode, p.MethodKind, p.Asked.Amount, p.Asked.Currency, p.Status,
		p.ExpiresAt, p.CreatedAt)
	return fault(err, "add a payment")
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
		p.Amount.Amount, p.Amount.Currency, p.Captured.Amount, p.Refunded.Amount, p.Refunding.Amount, p.Disputed.Amount, p.Lost.Amount, p.Unfit, p.Version,
		e.postings, e.accounts, e.payments, e.orders, e.amounts, e.currencies, e.times,
	).Scan(&found)
	if err == nil && !found {
		return order.ErrNotFound
	}
	return fault(err, "save a settlement")
}

// Moves implements ports.PaymentView.
func (s *session) Moves(ctx context.Context, id order.ID) ([]payment.Move, error) {
	rows, err := s.db.Query(ctx, selectMoves, id)
	if err != nil {
		return nil, fault(err, "read captures and refunds")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m payment.Move, err error) {
		return m, row.Scan(&m.ID, &m.Kind, &m.PaymentID, &m.OrderID, &m.Amount.Amount, &m.Amount.Currency, &m.Final, &m.Status, &m.ProviderRef,
			&m.Reason, &m.Code, &m.Message, &m.By, &m.CreatedAt, &m.UpdatedAt)
	})
	return all, fault(err, "read captures and refunds")
}

// SaveMoves implements ports.OrderTx.
func (s *session) SaveMoves(ctx context.Context, moves ...payment.Move) error {
	for _, m := range moves {
		if _, err := s.db.Exec(ctx, saveMove, m.ID, m.Kind, m.PaymentID, m.OrderID, m.Amount.Amount, m.Amount.Currency, m.Final, m.Status,
			m.ProviderRef, m.Reason, m.Code, m.Message, m.By, m.CreatedAt, m.UpdatedAt); err != nil {
			return fault(err, "save a capture or refund")
		}
	}
	return nil
}

// Disputes implements ports.PaymentView.
func (s *session) Disputes(ctx context.Context, id order.ID) ([]payment.Dispute, error) {
	rows, err := s.db.Query(ctx, selectDisputes, id)
	if err != nil {
		return nil, fault(err, "read disputes")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d payment.Dispute, err error) {
		var deadline *time.Time
		err = row.Scan(&d.PaymentID, &d.Ref, &d.OrderID, &d.Status, &d.Amount.Amount, &d.Amount.Currency, &d.Reason, &deadline, &d.UpdatedAt)
		if deadline != nil {
			d.Deadline = *deadline
		}
		return d, err
	})
	return all, fault(err, "read disputes")
}

// SaveDispute implements ports.OrderTx.
func (s *session) SaveDispute(ctx context.Context, d payment.Dispute) error {
	var deadline *time.Time
	if !d.Deadline.IsZero() {
		deadline = &d.Deadline
	}
	_, err := s.db.Exec(ctx, saveDispute, d.PaymentID, d.Ref, d.OrderID, d.Status, d.Amount.Amount, d.Amount.Currency, d.Reason, deadline, d.UpdatedAt)
	return fault(err, "save a dispute")
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
