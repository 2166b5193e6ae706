// Package pgtest gives tests a real, migrated Postgres. All tests of a run share one database; each makes tenants of its
// own, so that they may run side by side.
package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/localpg"
	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// BaseDomain is below which the tests' tenants have their slugs.
const BaseDomain = "halum.test"

const (
	ownerPassword = "owner-of-the-tests"
	appPassword   = "app-of-the-tests"
	databaseVar   = "HALUM_TEST_DATABASE_URL"
)

// New opens the shared database as the app, and closes it with the test. change may set options.
func New(t testing.TB, change ...func(*postgres.Options)) *postgres.DB {
	t.Helper()
	o := postgres.Options{MaxConns: 8, BaseDomain: BaseDomain}
	for _, c := range change {
		c(&o)
	}
	db, err := postgres.Open(t.Context(), URLs(t).App, o)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

// Tenant provisions a shop of its own for the test, selling in BDT, with the sandbox and manual payment plugins and
// flat-rate shipping.
func Tenant(t testing.TB, p ports.Provisioner) tenant.Tenant {
	t.Helper()
	n := NewTenant()
	require.NoError(t, p.Provision(t.Context(), n))
	return n.Tenant
}

// NewTenant makes up a tenant that Provision accepts.
func NewTenant() ports.NewTenant {
	now := time.Now().UTC().Truncate(time.Microsecond)
	slug := "t" + id.Secret()[:12]
	made := tenant.Tenant{
		ID: tenant.ID(id.New("ten", now)), Slug: slug, Cell: "main", Status: tenant.Active, PublishableKey: "pk_" + id.Secret(), CreatedAt: now,
		Shop: tenant.Shop{Name: "Shop " + slug, Email: "shop@" + slug + ".example", Currency: "BDT", Locale: "en-BD", Country: "BD"},
	}
	made.Schema = tenant.SchemaFor(made.ID)
	return ports.NewTenant{
		Tenant: made,
		Owner:  account.Account{ID: id.New("usr", now), Email: "owner@" + slug + ".example", Name: "Owner", PasswordHash: "none", CreatedAt: now},
		Accounts: []provider.Account{
			{Tenant: made.ID, Kind: provider.Payment, Plugin: "sandbox", Mode: provider.Test, Config: []byte("{}")},
			{Tenant: made.ID, Kind: provider.Payment, Plugin: "manual", Mode: provider.Live, Config: []byte(`{"cash_on_delivery": true}`)},
			{Tenant: made.ID, Kind: provider.Shipping, Plugin: "flatrate", Mode: provider.Live, Config: []byte(standardRate)},
		},
	}
}

// standardRate is ৳60.00 for every parcel.
const standardRate = `{"services": [{"service": "standard", "name": "Standard delivery", "price": 6000, "min_days": 2, "max_days": 4}]}`

// URLs returns the addresses of the shared database.
func URLs(t testing.TB) postgres.URLs {
	t.Helper()
	urls, err := shared()
	require.NoError(t, err)
	return urls
}

// AdminURL returns a superuser's address of the server, for tests that make a database of their own.
func AdminURL(t testing.TB) string {
	t.Helper()
	admin, err := server()
	require.NoError(t, err)
	return admin
}

// OwnDatabase makes an empty, bootstrapped and not yet migrated database that is dropped with the test.
func OwnDatabase(t testing.TB) postgres.URLs {
	t.Helper()
	name := "halum_own_" + id.Secret()[:10]
	urls, err := bootstrap(t.Context(), AdminURL(t), name)
	require.NoError(t, err)
	t.Cleanup(func() { drop(t, AdminURL(t), name) })
	return urls
}

// shared makes the database once per server: its name follows from the migrations, and a lock in the server keeps test
// programs that run side by side from making it twice.
var shared = sync.OnceValues(func() (postgres.URLs, error) {
	admin, err := server()
	if err != nil {
		return postgres.URLs{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	sum := sha256.Sum256([]byte(postgres.MigrationText()))
	urls, err := bootstrap(ctx, admin, "halum_test_"+hex.EncodeToString(sum[:4]))
	if err == nil {
		err = postgres.Migrate(ctx, urls.Owner)
	}
	return urls, err
})

func bootstrap(ctx context.Context, admin, name string) (postgres.URLs, error) {
	return postgres.Bootstrap(ctx, admin, postgres.BootstrapOptions{Database: name, OwnerPassword: ownerPassword, AppPassword: appPassword})
}

// server returns the address of the server that was given, or starts one for this program. That one dies with the
// program; the folders of programs that have ended are swept.
var server = sync.OnceValues(func() (string, error) {
	if given := os.Getenv(databaseVar); given != "" {
		return given, nil
	}
	sweep()
	dir := filepath.Join(os.TempDir(), folder+strconv.Itoa(os.Getpid()))
	s, err := localpg.Start(context.Background(), localpg.Options{Dir: dir})
	if err != nil {
		return "", fmt.Errorf("no Postgres for the test: %w", err)
	}
	return s.AdminURL("postgres"), nil
})

const folder = "halum-pgtest-"

func sweep() {
	old, _ := filepath.Glob(filepath.Join(os.TempDir(), folder+"*"))
	for _, dir := range old {
		pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(dir), folder))
		if err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			_ = os.RemoveAll(dir)
		}
	}
}
