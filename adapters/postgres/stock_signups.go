package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/inventory"
)

const (
	saveSignup = `insert into stock_signups (id, variant_id, email, created_at) values ($1, $2, $3, $4) 
		on conflict (variant_id, email) do update set id = excluded.id, created_at = excluded.created_at, notified_at = null
		where stock_signups.notified_at is not null`

	// dueSignups takes sign-ups that nobody has taken. Whoever waits for the same ones looks at them again and finds them
	// taken.
	dueSignups = `update stock_signups set notified_at = $3 where notified_at is null and id in (
			select u.id from ` + allStock + ` join stock_signups u on u.variant_id = s.variant_id join products p on p.id = s.product_id
			where s.product_id = any($1) and p.status = 'active' and u.notified_at is null and ` + sellable + `
			order by u.id limit $2 for update of u
		) returning id`
)

// SaveSignup implements ports.SignupTx.
func (s *session) SaveSignup(ctx context.Context, u inventory.Signup) error {
	_, err := s.db.Exec(ctx, saveSignup, u.ID, u.Variant, u.Email, u.CreatedAt)
	return fault(err, "save a sign-up")
}

// DueSignups implements ports.SignupTx.
func (s *session) DueSignups(ctx context.Context, products []catalog.ProductID, limit int) ([]inventory.SignupID, error) {
	rows, err := s.db.Query(ctx, dueSignups, products, limit, s.d.o.Now())
	if err != nil {
		return nil, fault(err, "take sign-ups")
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[inventory.SignupID])
	return ids, fault(err, "take sign-ups")
}

// Signup implements ports.SignupTx.
func (s *session) Signup(ctx context.Context, id inventory.SignupID) (u inventory.Signup, err error) {
	err = s.db.QueryRow(ctx, `select id, variant_id, email, created_at from stock_signups where id = $1`, id).
		Scan(&u.ID, &u.Variant, &u.Email, &u.CreatedAt)
	return u, orMissing(err, inventory.ErrSignup, "read a sign-up")
}

// DeleteSignup implements ports.SignupTx.
func (s *session) DeleteSignup(ctx context.Context, id inventory.SignupID) error {
	_, err := s.db.Exec(ctx, `delete from stock_signups where id = $1`, id)
	return fault(err, "delete a sign-up")
}
