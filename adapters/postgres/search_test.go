package postgres_test

import (
	"context"
	"testing"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
	"github.com/halum-hut/halum/ports/porttest"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, func(o *postgres.Options) { o.MaxConns = 12 })
	porttest.Search(t, porttest.SearchSubject{
		Index: postgres.NewSearch(db, 0), Other: postgres.NewSearch(pgtest.New(t), 0),
		Tenant: func(t testing.TB) tenant.Tenant { return pgtest.Tenant(t, db) },
		Synonyms: func(t testing.TB, of tenant.Tenant, all []search.Synonyms) {
			update(t, db, of, func(ctx context.Context, tx ports.Tx) error {
				have, err := tx.SearchSettings(ctx)
				if err != nil {
					return err
				}
				return tx.SaveSearchSettings(ctx, search.Settings{Synonyms: all, Version: have.Version + 1})
			})
		},
	})
}
