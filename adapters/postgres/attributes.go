package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
)

const (
	selectAttributes = `select a.key, a.name, a.type, a.choices, a.filterable, a.position, a.revision from attributes a`
	lockAttributes   = `select pg_advisory_xact_lock(hashtextextended(current_schema() || '/attributes', 0))`
	saveAttribute    = `insert into attributes (key, name, type, choices, filterable, position, revision) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (key) do update set name = excluded.name, choices = excluded.choices, filterable = excluded.filterable,
			position = excluded.position, revision = excluded.revision`
	deleteAttribute = `delete from attributes where key = $1`
	dropValues      = `update products set attributes = attributes - $1 where attributes ? $1`
)

// Attributes implements ports.AttributeView.
func (s *session) Attributes(ctx context.Context) ([]catalog.Attribute, error) {
	rows, err := s.db.Query(ctx, selectAttributes)
	if err != nil {
		return nil, fault(err, "list attributes")
	}
	all, err := collectAttributes(rows)
	return all, fault(err, "list attributes")
}

func collectAttributes(rows pgx.Rows) ([]catalog.Attribute, error) {
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a catalog.Attribute, err error) {
		return a, row.Scan(&a.Key, &a.Name, &a.Type, &a.Choices, &a.Filterable, &a.Position, &a.Revision)
	})
	catalog.SortAttributes(all)
	return all, err
}

// valuesOf puts stored values into the order of their definitions. One without a definition is left out.
func valuesOf(stored map[string]string, definitions []catalog.Attribute) (all []catalog.AttributeValue) {
	if len(stored) == 0 {
		return nil
	}
	for _, a := range definitions {
		if value, ok := stored[a.Key]; ok {
			all = append(all, catalog.AttributeValue{Attribute: a, Value: value})
		}
	}
	return all
}

// LockAttributes implements ports.AttributeTx.
func (s *session) LockAttributes(ctx context.Context) error {
	_, err := s.db.Exec(ctx, lockAttributes)
	return fault(err, "lock the attributes")
}

// SaveAttribute implements ports.AttributeTx.
func (s *session) SaveAttribute(ctx context.Context, a catalog.Attribute) error {
	choices := append([]string{}, a.Choices...)
	_, err := s.db.Exec(ctx, saveAttribute, a.Key, a.Name, a.Type, choices, a.Filterable, a.Position, a.Revision)
	return fault(err, "save an attribute")
}

// DeleteAttribute implements ports.AttributeTx.
func (s *session) DeleteAttribute(ctx context.Context, key string) error {
	var b pgx.Batch
	b.Queue(deleteAttribute, key)
	b.Queue(dropValues, key)
	b.Queue(dropTexts, catalog.AttributeSubject(key))
	return fault(s.db.SendBatch(ctx, &b).Close(), "delete an attribute")
}
