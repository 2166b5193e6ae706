package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/digital"
	"github.com/halum-hut/halum/core/order"
)

const (
	selectDigital = `select f.id, f.variant_id, f.name, f.bytes, f.created_at, f.removed_at from digital_files f `
	saveDigital   = `insert into digital_files (id, variant_id, name, bytes, created_at, removed_at) values ($1, $2, $3, $4, $5, $6)
		on conflict (id) do update set name = excluded.name, removed_at = excluded.removed_at`
	countDownload = `insert into digital_downloads as d (order_id, file_id, count, last_at) values ($1, $2, 1, $4)
		on conflict (order_id, file_id) do update set count = d.count + 1, last_at = excluded.last_at where d.count < $3 returning count`
	wasOrdered = `select exists (select from order_lines l where l.variant_id = $1)
		or exists (select from order_lines l where l.parts @> jsonb_build_array(jsonb_build_object('variant', $1::text)))`
)

// DigitalFile implements ports.DigitalView.
func (s *session) DigitalFile(ctx context.Context, id digital.FileID) (digital.File, error) {
	f, err := scanDigital(s.db.QueryRow(ctx, selectDigital+`where f.id = $1`+s.forUpdate("f"), id))
	return f, orMissing(err, digital.ErrNotFound, "read a file that is sold")
}

// DigitalFiles implements ports.DigitalView.
func (s *session) DigitalFiles(ctx context.Context, variants []catalog.VariantID) ([]digital.File, error) {
	rows, err := s.db.Query(ctx, selectDigital+`where f.variant_id = any($1) order by f.id`, variants)
	if err != nil {
		return nil, fault(err, "list files that are sold")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (digital.File, error) { return scanDigital(row) })
	return all, fault(err, "list files that are sold")
}

func scanDigital(row pgx.Row) (f digital.File, err error) {
	var removed *time.Time
	err = row.Scan(&f.ID, &f.Variant, &f.Name, &f.Bytes, &f.CreatedAt, &removed)
	if removed != nil {
		f.RemovedAt = *removed
	}
	return f, err
}

// Downloads implements ports.DigitalView.
func (s *session) Downloads(ctx context.Context, of order.ID) (map[digital.FileID]int, error) {
	rows, err := s.db.Query(ctx, `select file_id, count from digital_downloads where order_id = $1`, of)
	if err != nil {
		return nil, fault(err, "count downloads")
	}
	all := map[digital.FileID]int{}
	var id digital.FileID
	var n int
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error {
		all[id] = n
		return nil
	})
	return all, fault(err, "count downloads")
}

// WasOrdered implements ports.DigitalView.
func (s *session) WasOrdered(ctx context.Context, v catalog.VariantID) (was bool, err error) {
	err = s.db.QueryRow(ctx, wasOrdered, v).Scan(&was)
	return was, fault(err, "look for orders of a variant")
}

// SaveDigitalFile implements ports.DigitalTx.
func (s *session) SaveDigitalFile(ctx context.Context, f digital.File) error {
	_, err := s.db.Exec(ctx, saveDigital, f.ID, f.Variant, f.Name, f.Bytes, f.CreatedAt, timeOrNull(f.RemovedAt))
	return fault(err, "save a file that is sold")
}

// DeleteDigitalFile implements ports.DigitalTx.
func (s *session) DeleteDigitalFile(ctx context.Context, id digital.FileID) error {
	_, err := s.db.Exec(ctx, `delete from digital_files where id = $1`, id)
	return fault(err, "delete a file that is sold")
}

// CountDownload implements ports.DigitalTx.
func (s *session) CountDownload(ctx context.Context, of order.ID, id digital.FileID, limit int, at time.Time) (bool, error) {
	var n int
	err := s.db.QueryRow(ctx, countDownload, of, id, limit, at).Scan(&n)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, fault(err, "count a download")
}
