package postgres

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	corefault "github.com/halum-hut/halum/core/fault"
)

const (
	selectCategories = `select c.id, c.slug, c.name, coalesce(c.parent_id, ''), c.position, c.path, c.revision,
			exists (select 1 from products p where p.category_slug = c.slug and p.status = 'active')
		from categories c`

	// Two changes of the tree at once could make a circle that neither of them sees.
	lockCategories = `select pg_advisory_xact_lock(hashtextextended(current_schema() || '/categories', 0))`

	saveTree = `insert into categories as c (id, slug, name, parent_id, position, path, revision)
		select x.id, x.slug, x.name, nullif(x.parent_id, ''), x.position, x.path, x.revision
		from jsonb_to_recordset($1) as x (id text, slug text, name text, parent_id text, position integer, path text[], revision bigint)
		order by cardinality(x.path), x.id
		on conflict (id) do update set slug = excluded.slug, name = excluded.name, parent_id = excluded.parent_id,
			position = excluded.position, path = excluded.path, revision = excluded.revision`
	followSlugs = `update products p set category_slug = c.slug from categories c
		where c.id = any($1) and p.category_id = c.id and p.category_slug <> c.slug`

	slugsBelow = `select b.slug from categories c join categories b on b.path @> array[c.id] where c.slug = $1`

	productsBelow = `select p.id from categories b join products p on p.category_slug = b.slug
		where b.path @> array[$1::text] and p.id > $2 order by p.id limit $3`

	// above lists what is above a category c, from the top.
	above = `coalesce((select jsonb_agg(jsonb_build_object('id', a.id, 'slug', a.slug, 'name', a.name) order by cardinality(a.path))
		from categories a where a.id = any(c.path) and a.id <> c.id), '[]')`
)

var deleteCategory = `with gone as (delete from categories c where c.id = $1
			and not exists (select 1 from products p where p.category_slug = c.slug or p.category_id = c.id)
			and not exists (select 1 from categories b where b.parent_id = c.id) returning c.id),
			texts as (delete from translations t using gone g where t.subject = g.id), slugs as (` + slugsOfCategories.forget() + `)
		select g.id from gone g`

type placedRow struct {
	ID       catalog.CategoryID   `json:"id"`
	Slug     string               `json:"slug"`
	Name     string               `json:"name"`
	ParentID catalog.CategoryID   `json:"parent_id"`
	Position int                  `json:"position"`
	Path     []catalog.CategoryID `json:"path"`
	Revision int64                `json:"revision"`
}

// Categories implements ports.CategoryView.
func (s *session) Categories(ctx context.Context) ([]catalog.Category, error) {
	rows, err := s.db.Query(ctx, selectCategories)
	if err != nil {
		return nil, fault(err, "list categories")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c catalog.Category, err error) {
		return c, row.Scan(&c.ID, &c.Slug, &c.Name, &c.Parent, &c.Position, &c.Path, &c.Revision, &c.Stocked)
	})
	return all, fault(err, "list categories")
}

// CategoryFormerly implements ports.CategoryView.
func (s *session) CategoryFormerly(ctx context.Context, slug string) (id catalog.CategoryID, err error) {
	err = s.db.QueryRow(ctx, slugsOfCategories.find(), []string{slug}).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", catalog.ErrNoCategory
	}
	return id, fault(err, "read a former address")
}

// ProductsBelow implements ports.CategoryView.
func (s *session) ProductsBelow(ctx context.Context, c catalog.CategoryID, after catalog.ProductID, limit int) ([]catalog.ProductID, error) {
	rows, err := s.db.Query(ctx, productsBelow, c, after, limit)
	if err != nil {
		return nil, fault(err, "list products of a category")
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[catalog.ProductID])
	return ids, fault(err, "list products of a category")
}

// slugsBelow names a category and those below it; none when it does not exist.
func (s *session) slugsBelow(ctx context.Context, slug string) ([]string, error) {
	rows, err := s.db.Query(ctx, slugsBelow, slug)
	if err != nil {
		return nil, fault(err, "read categories")
	}
	slugs, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return slugs, fault(err, "read categories")
}

// LockCategories implements ports.CategoryTx.
func (s *session) LockCategories(ctx context.Context) error {
	_, err := s.db.Exec(ctx, lockCategories)
	return fault(err, "lock the categories")
}

// SaveCategories implements ports.CategoryTx.
func (s *session) SaveCategories(ctx context.Context, all []catalog.Category) error {
	rows, ids := make([]placedRow, len(all)), make([]catalog.CategoryID, len(all))
	for i, c := range all {
		rows[i], ids[i] = placedRow{c.ID, c.Slug, c.Name, c.Parent, c.Position, c.Path, c.Revision}, c.ID
	}
	encoded, err := json.Marshal(rows)
	if err != nil {
		return corefault.Wrap(err, "encode categories")
	}
	var b pgx.Batch
	b.Queue(slugsOfCategories.keep(), encoded)
	b.Queue(saveTree, encoded)
	b.Queue(slugsOfCategories.drop(), encoded)
	b.Queue(followSlugs, ids)
	return fault(s.db.SendBatch(ctx, &b).Close(), "save categories")
}

// DeleteCategory implements ports.CategoryTx.
func (s *session) DeleteCategory(ctx context.Context, id catalog.CategoryID) error {
	tag, err := s.db.Exec(ctx, deleteCategory, id)
	if err == nil && tag.RowsAffected() == 0 {
		return catalog.ErrCategoryKept
	}
	return fault(err, "delete a category")
}
