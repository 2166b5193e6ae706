package postgres_test

import (
	"testing"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports/porttest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, func(o *postgres.Options) { o.MaxConns = 16 })
	porttest.Store(t, porttest.Subject{Store: db, Tenant: func(t testing.TB) tenant.Tenant { return pgtest.Tenant(t, db) }})
}
