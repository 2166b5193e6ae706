package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
)

const (
	selectCart = `select c.id, c.token_hash, c.customer_id, c.currency, c.ordered, c.attempts, c.variants, c.quantities, c.seen, c.created_at, c.updated_at
		from carts c `

	saveCart = `insert into carts (id, token_hash, customer_id, currency, ordered, attempts, variants, quantities, seen, created_at,
			updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		on conflict (id) do update set token_hash = excluded.token_hash, customer_id = excluded.customer_id, currency = excluded.currency,
			ordered = excluded.ordered, attempts = excluded.attempts, variants = excluded.variants, quantities = excluded.quantities, seen = excluded.seen,
			updated_at = excluded.updated_at`
)

// Cart implements ports.CartView.
func (s *session) Cart(ctx context.Context, id cart.ID) (cart.Cart, error) {
	c, err := scanCart(s.db.QueryRow(ctx, selectCart+`where c.id = $1`+s.forUpdate("c"), id))
	return c, orMissing(err, cart.ErrNotFound, "read a cart")
}

// CustomerCart implements ports.CartView.
func (s *session) CustomerCart(ctx context.Context, customer string) (cart.Cart, error) {
	c, err := scanCart(s.db.QueryRow(ctx, selectCart+
		`where c.customer_id = $1 and c.customer_id <> '' and not c.ordered order by c.created_at desc, c.id desc limit 1`+s.forUpdate("c"), customer))
	return c, orMissing(err, cart.ErrNotFound, "read a cart")
}

func scanCart(row pgx.Row) (c cart.Cart, err error) {
	var variants []catalog.VariantID
	var quantities, seen []int64
	err = row.Scan(&c.ID, &c.TokenHash, &c.CustomerID, &c.Currency, &c.Ordered, &c.Attempts, &variants, &quantities, &seen, &c.CreatedAt, &c.UpdatedAt)
	if err != nil || len(variants) == 0 {
		return c, err
	}
	c.Lines = make([]cart.Line, len(variants))
	for i, v := range variants {
		c.Lines[i] = cart.Line{Variant: v, Quantity: quantities[i], Seen: money.New(seen[i], c.Currency)}
	}
	return c, nil
}

// SaveCart implements ports.CartTx.
func (s *session) SaveCart(ctx context.Context, c cart.Cart) error {
	variants, quantities, seen := make([]string, len(c.Lines)), make([]int64, len(c.Lines)), make([]int64, len(c.Lines))
	for i, l := range c.Lines {
		variants[i], quantities[i], seen[i] = string(l.Variant), l.Quantity, l.Seen.Amount
	}
	_, err := s.db.Exec(ctx, saveCart, c.ID, bytesOf(c.TokenHash), c.CustomerID, c.Currency, c.Ordered, c.Attempts, variants, quantities, seen, c.CreatedAt, c.UpdatedAt)
	return fault(err, "save a cart")
}

// DeleteCart implements ports.CartTx.
func (s *session) DeleteCart(ctx context.Context, id cart.ID) error {
	_, err := s.db.Exec(ctx, `delete from carts where id = $1`, id)
	return fault(err, "delete a cart")
}

// bytesOf keeps nil, which would be null, out of columns that are never null.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
