package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/ports"
)

const (
	customerColumns = `c.id, c.email, c.name, c.groups, c.created_at`
	listCustomers   = `select ` + customerColumns + ` from customers c
		where ($1 = '' or c.email = $1) and ($2 = '' or $2 = any(c.groups)) and ($3::timestamptz is null or (c.created_at, c.id) < ($3, $4))
		order by c.created_at desc, c.id desc limit $5`
	saveGroups = `update customers c set groups = $2 where c.id = $1 returning ` + customerColumns
)

// Customers implements ports.CustomerView.
func (s *session) Customers(ctx context.Context, q ports.CustomerQuery) (page ports.CustomerPage, err error) {
	var before *time.Time
	last := ""
	if q.After != "" {
		key, id, ok := decodeCursor("customers", q.After)
		at, err := time.Parse(time.RFC3339Nano, key)
		if err != nil || !ok {
			return page, catalog.ErrCursor
		}
		before, last = &at, id
	}
	rows, err := s.db.Query(ctx, listCustomers, q.Email, q.Group, before, last, q.Limit+1)
	if err != nil {
		return page, fault(err, "list customers")
	}
	page.Customers, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (ports.CustomerEntry, error) { return scanCustomer(row) })
	if len(page.Customers) > q.Limit {
		page.Customers = page.Customers[:q.Limit]
		end := page.Customers[q.Limit-1]
		page.Next = encodeCursor("customers", end.CreatedAt.Format(time.RFC3339Nano), end.ID)
	}
	return page, fault(err, "list customers")
}

// SaveGroups implements ports.CustomerTx.
func (s *session) SaveGroups(ctx context.Context, customer string, groups []string) (ports.CustomerEntry, error) {
	c, err := scanCustomer(s.db.QueryRow(ctx, saveGroups, customer, append([]string{}, groups...)))
	if errors.Is(err, pgx.ErrNoRows) {
		return c, account.ErrNotFound
	}
	return c, fault(err, "save groups")
}

func scanCustomer(row pgx.Row) (c ports.CustomerEntry, err error) {
	return c, row.Scan(&c.ID, &c.Email, &c.Name, &c.Groups, &c.CreatedAt)
}
