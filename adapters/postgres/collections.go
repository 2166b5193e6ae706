package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	corefault "github.com/halum-hut/halum/core/fault"
)

const (
	listCollections = `select c.id, c.slug, c.title, c.active, c.revision, c.created_at, c.updated_at from collections c order by c.title, c.slug`

	selectCollection = `select c.id, c.slug, c.title, c.description, c.active, c.products, c.conditions, c.any_of, c.revision, c.created_at, c.updated_at
		from collections c where `

	saveCollection = `insert into collections (id, slug, title, description, active, products, conditions, any_of, revision, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		on conflict (id) do update set slug = excluded.slug, title = excluded.title, description = excluded.description, active = excluded.active,
			products = excluded.products, conditions = excluded.conditions, any_of = excluded.any_of, revision = excluded.revision,
			updated_at = excluded.updated_at`
)

var deleteCollection = `with gone as (delete from collections c where c.id = $1 returning c.id),
	texts as (delete from translations t using gone g where t.subject = g.id) ` + slugsOfCollections.forget()

// conditionRow is how a condition is stored.
type conditionRow struct {
	Field    catalog.ConditionField `json:"field"`
	Key      string                 `json:"key,omitempty"`
	Operator catalog.Operator       `json:"operator"`
	Values   []string               `json:"values"`
}

// Collections implements ports.CollectionView.
func (s *session) Collections(ctx context.Context) ([]catalog.Collection, error) {
	rows, err := s.db.Query(ctx, listCollections)
	if err != nil {
		return nil, fault(err, "list collections")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c catalog.Collection, err error) {
		return c, row.Scan(&c.ID, &c.Slug, &c.Title, &c.Active, &c.Revision, &c.CreatedAt, &c.UpdatedAt)
	})
	return all, fault(err, "list collections")
}

// Collection implements ports.CollectionView.
func (s *session) Collection(ctx context.Context, id catalog.CollectionID) (catalog.Collection, error) {
	where := `c.id = $1`
	if s.locks {
		where += ` for update`
	}
	return s.collection(ctx, where, id)
}

// CollectionBySlug implements ports.CollectionView.
func (s *session) CollectionBySlug(ctx context.Context, slug string) (catalog.Collection, error) {
	found, err := s.collection(ctx, `c.slug = $1`, slug)
	if errors.Is(err, catalog.ErrNoCollection) {
		return s.collection(ctx, `c.id in (`+slugsOfCollections.find()+`)`, []string{slug})
	}
	return found, err
}

func (s *session) collection(ctx context.Context, where string, name any) (c catalog.Collection, err error) {
	var conditions []conditionRow
	err = s.db.QueryRow(ctx, selectCollection+where, name).Scan(&c.ID, &c.Slug, &c.Title, &c.Description, &c.Active, &c.Products, &conditions,
		&c.Any, &c.Revision, &c.CreatedAt, &c.UpdatedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, catalog.ErrNoCollection
	}
	for _, r := range conditions {
		c.Conditions = append(c.Conditions, catalog.Condition(r))
	}
	return c, fault(err, "read a collection")
}

// SaveCollection implements ports.CollectionTx.
func (s *session) SaveCollection(ctx context.Context, c catalog.Collection) error {
	rows := []conditionRow{}
	for _, one := range c.Conditions {
		rows = append(rows, conditionRow(one))
	}
	conditions, err := json.Marshal(rows)
	if err != nil {
		return corefault.Wrap(err, "encode conditions")
	}
	slug, err := json.Marshal([]map[string]string{{"id": string(c.ID), "slug": c.Slug}})
	if err != nil {
		return corefault.Wrap(err, "encode a slug")
	}
	products := append([]catalog.ProductID{}, c.Products...)
	var b pgx.Batch
	b.Queue(slugsOfCollections.keep(), slug)
	b.Queue(saveCollection, c.ID, c.Slug, c.Title, c.Description, c.Active, products, conditions, c.Any, c.Revision, c.CreatedAt, c.UpdatedAt)
	b.Queue(slugsOfCollections.drop(), slug)
	return fault(s.db.SendBatch(ctx, &b).Close(), "save a collection")
}

// DeleteCollection implements ports.CollectionTx.
func (s *session) DeleteCollection(ctx context.Context, id catalog.CollectionID) error {
	_, err := s.db.Exec(ctx, deleteCollection, id)
	return fault(err, "delete a collection")
}

// collection keeps to the products of a collection.
func (f *filtered) collection(c *catalog.Collection) {
	if !c.ByRules() {
		f.add(`p.id = any(` + f.arg(c.Products) + `)`)
		return
	}
	all := make([]string, len(c.Conditions))
	for i, one := range c.Conditions {
		all[i] = f.condition(one)
	}
	glue := ` and `
	if c.Any {
		glue = ` or `
	}
	f.add(`(` + strings.Join(all, glue) + `)`)
}

func (f *filtered) condition(c catalog.Condition) string {
	holds := `false`
	switch c.Field {
	case catalog.FieldBrand:
		holds = `p.brand = any(` + f.arg(c.Values) + `)`
	case catalog.FieldTag:
		holds = `p.tags && ` + f.arg(c.Values) + `::text[]`
	case catalog.FieldCategory:
		holds = `coalesce(p.category_id = any(array(select b.id from categories b where b.path && ` + f.arg(c.Values) + `::text[])), false)`
	case catalog.FieldAttribute:
		holds = `coalesce(p.attributes ->> ` + f.arg(c.Key) + `::text = any(` + f.arg(c.Values) + `), false)`
	case catalog.FieldStock:
		if holds = inStock; c.Values[0] != "true" {
			holds = `not ` + inStock
		}
	case catalog.FieldTitle:
		holds = `exists (select 1 from unnest(` + f.arg(c.Values) + `::text[]) as w (word) where position(lower(w.word) in lower(p.title)) > 0)`
	case catalog.FieldPrice:
		if amount, err := strconv.ParseInt(c.Values[0], 10, 64); err == nil {
			holds = `p.min_price ` + map[catalog.Operator]string{catalog.AtLeast: `>=`, catalog.AtMost: `<=`}[c.Operator] + ` ` + f.arg(amount)
		}
	}
	if c.Operator == catalog.IsNot {
		return `not (` + holds + `)`
	}
	return holds
}

// chosen sorts products as staff have put them.
func (f *filtered) chosen(c *catalog.Collection) sorting {
	place := map[catalog.ProductID]int{}
	for i, id := range c.Products {
		place[id] = i + 1
	}
	return sorting{`array_position(` + f.arg(c.Products) + `::text[], p.id)`, "bigint", "", ">", func(r summaryRow) string {
		return strconv.Itoa(place[r.ID])
	}}
}
