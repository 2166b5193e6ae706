package postgres_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/localpg"
	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/ports"
)

// TestWithAManagedAdministrator runs on a server of its own, whose administrator is no superuser, as managed services
// give it out. The roles of the shared server belong to somebody else.
func TestWithAManagedAdministrator(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "halum-managed-")
	require.NoError(t, err)
	defer func() { _ = os.RemoveAll(dir) }()
	require.NoError(t, os.Chmod(dir, 0o711)) // the user Postgres runs as walks through
	server, err := localpg.Start(t.Context(), localpg.Options{Dir: filepath.Join(dir, "pg")})
	require.NoError(t, err)
	defer func() { _ = server.Stop() }()
	require.NoError(t, pgtest.Exec(t, server.AdminURL("postgres"), `create role rds login createdb createrole password 'managed'`))
	admin := "postgres://rds:managed@" + server.Addr() + "/postgres?sslmode=disable"

	one := strings.Replace(admin, "/postgres?", "/single?", 1)
	require.NoError(t, postgres.Migrate(t.Context(), one), "one login for all, and no database yet")
	works(t, one)

	var urls postgres.URLs
	for range 2 { // again changes nothing
		urls, err = postgres.Bootstrap(t.Context(), admin, postgres.BootstrapOptions{OwnerPassword: "owner", AppPassword: "app"})
		require.NoError(t, err)
		require.NoError(t, postgres.Migrate(t.Context(), urls.Owner))
	}
	works(t, urls.App)
}

// works makes a tenant and stores something with an event in it.
func works(t *testing.T, address string) {
	t.Helper()
	db, err := postgres.Open(t.Context(), address, postgres.Options{Routes: routes})
	require.NoError(t, err)
	defer db.Close()
	shop := pgtest.Tenant(t, db)
	saveProducts(t, db, shop, product("kurta", 1))
	o, p := checkoutOf(product("kurta", 1).Variants[0])
	update(t, db, shop, func(ctx context.Context, tx ports.Tx) (err error) {
		_, err = tx.PlaceOrder(ctx, o, p)
		tx.Emit("guest", confirmed)
		return err
	})
	require.NoError(t, db.Ping(t.Context()))
}

func TestSeveralProcessesMayMigrateAtOnce(t *testing.T) {
	t.Parallel()
	urls := pgtest.OwnDatabase(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := postgres.Migrate(context.Background(), urls.Owner); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	works(t, urls.App)
}

func TestAddressesAreNotShown(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"postgres://app:s3cret@host:notaport/x", "postgres://app:s3cret@127.0.0.1:1/x?connect_timeout=1"} {
		_, err := postgres.Open(t.Context(), address, postgres.Options{})
		require.Error(t, err)
		require.NotContains(t, err.Error(), "s3cret")
		err = postgres.Migrate(t.Context(), address)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "s3cret")
	}
	_, err := postgres.Open(t.Context(), "postgres://app@127.0.0.1:1/x?connect_timeout=1", postgres.Options{})
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
}
