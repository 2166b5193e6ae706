package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/media"
)

const (
	mediaColumns = `m.id, m.file, m.name, m.bytes, m.width, m.height, m.status, m.problem, m.sources, m.created_at`
	selectMedia  = `select ` + mediaColumns + ` from media m where m.id = $1`
	mediaByFile  = `select ` + mediaColumns + ` from media m where m.file = $1`
	mediaPage    = `select ` + mediaColumns + ` from media m where ($1 = '' or m.status = $1) and ($2 = '' or m.id < $2) order by m.id desc limit $3`
	saveMedia    = `insert into media (id, file, name, bytes, width, height, status, problem, sources, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (id) do update set status = excluded.status, problem = excluded.problem, name = excluded.name`
	mediaBySource  = `select ` + mediaColumns + ` from media m where m.sources && $1::varchar[]`
	addMediaSource = `update media set sources = array_append(sources, $2) where id = $1 and not $2 = any(sources)`
	deleteMedia    = `delete from media where id = $1`
	mediaUsed      = `select exists (select from products p where p.images @> jsonb_build_array(jsonb_build_object('url', $1::text)))
		or exists (select from variants v where v.image_url = $1)`
)

// Media implements ports.MediaView.
func (s *session) Media(ctx context.Context, id media.ID) (media.Media, error) {
	sql := selectMedia
	if s.locks {
		sql += ` for update`
	}
	return s.media(ctx, sql, id)
}

// MediaByFile implements ports.MediaView.
func (s *session) MediaByFile(ctx context.Context, file string) (media.Media, error) {
	return s.media(ctx, mediaByFile, file)
}

func (s *session) media(ctx context.Context, sql string, name any) (media.Media, error) {
	m, err := scanMedia(s.db.QueryRow(ctx, sql, name))
	if errors.Is(err, pgx.ErrNoRows) {
		return m, media.ErrNotFound
	}
	return m, fault(err, "read a picture")
}

// MediaPage implements ports.MediaView.
func (s *session) MediaPage(ctx context.Context, status media.Status, after media.ID, limit int) ([]media.Media, error) {
	rows, err := s.db.Query(ctx, mediaPage, status, after, limit)
	if err != nil {
		return nil, fault(err, "list pictures")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (media.Media, error) { return scanMedia(row) })
	return all, fault(err, "list pictures")
}

// MediaBySource implements ports.MediaView.
func (s *session) MediaBySource(ctx context.Context, sources []string) (map[string]media.Media, error) {
	rows, err := s.db.Query(ctx, mediaBySource, sources)
	if err != nil {
		return nil, fault(err, "look for pictures")
	}
	defer rows.Close()
	found := map[string]media.Media{}
	for rows.Next() {
		var from []string
		var m media.Media
		if err := rows.Scan(&m.ID, &m.File, &m.Name, &m.Bytes, &m.Width, &m.Height, &m.Status, &m.Problem, &from, &m.CreatedAt); err != nil {
			return nil, fault(err, "look for pictures")
		}
		for _, m.Source = range from {
			if known, ok := found[m.Source]; !ok || known.Status != media.Ready {
				found[m.Source] = m
			}
		}
	}
	return found, fault(rows.Err(), "look for pictures")
}

// AddMediaSource implements ports.MediaTx.
func (s *session) AddMediaSource(ctx context.Context, id media.ID, source string) error {
	_, err := s.db.Exec(ctx, addMediaSource, id, source)
	return fault(err, "save a picture")
}

// MediaUsed implements ports.MediaView.
func (s *session) MediaUsed(ctx context.Context, address string) (used bool, err error) {
	err = s.db.QueryRow(ctx, mediaUsed, address).Scan(&used)
	return used, fault(err, "look for a picture")
}

// SaveMedia implements ports.MediaTx.
func (s *session) SaveMedia(ctx context.Context, m media.Media) error {
	sources := []string{}
	if m.Source != "" {
		sources = append(sources, m.Source)
	}
	_, err := s.db.Exec(ctx, saveMedia, m.ID, m.File, m.Name, m.Bytes, m.Width, m.Height, m.Status, m.Problem, sources, m.CreatedAt)
	return fault(err, "save a picture")
}

// DeleteMedia implements ports.MediaTx.
func (s *session) DeleteMedia(ctx context.Context, id media.ID) error {
	_, err := s.db.Exec(ctx, deleteMedia, id)
	return fault(err, "delete a picture")
}

func scanMedia(row pgx.Row) (m media.Media, err error) {
	var sources []string
	err = row.Scan(&m.ID, &m.File, &m.Name, &m.Bytes, &m.Width, &m.Height, &m.Status, &m.Problem, &sources, &m.CreatedAt)
	if len(sources) > 0 {
		m.Source = sources[0]
	}
	return m, err
}
