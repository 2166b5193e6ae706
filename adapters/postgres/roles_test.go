package postgres_test

import (
	"context"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// as runs a statement as the app, inside a transaction bound to a tenant ("" for none), and returns the SQLSTATE.
func as(t *testing.T, schema, statement string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pgtest.URLs(t).App)
	require.NoError(t, err)
	defer conn.Close(context.Background()) //nolint:errcheck // nothing is pending
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	if schema != "" {
		_, err = tx.Exec(t.Context(), `select set_config('search_path', $1, true), set_config('role', $1, true)`, schema)
		require.NoError(t, err)
	}
	_, err = tx.Exec(t.Context(), statement)
	if p, ok := err.(*pgconn.PgError); ok { //nolint:errorlint // it is not wrapped
		return p.Code
	}
	require.NoError(t, err)
	return ""
}

// TestTheDatabaseItselfRefuses is the second wall: what a mistake in our SQL would meet.
func TestTheDatabaseItselfRefuses(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	a, b := pgtest.Tenant(t, db), pgtest.Tenant(t, db)
	const denied, noTable, noSchemaToMakeIn = "42501", "42P01", "3F000"
	for name, c := range map[string]struct{ schema, statement, want string }{
		"own table":                         {a.Schema, `select 1 from orders`, ""},
		"another's table by name":           {a.Schema, `select 1 from ` + b.Schema + `.orders`, denied},
		"writing another's table":           {a.Schema, `insert into ` + b.Schema + `.categories values ('a', 'b', 'c')`, denied},
		"no tenant":                         {"", `select 1 from orders`, noTable},
		"no tenant, by name":                {"", `select 1 from ` + a.Schema + `.orders`, denied},
		"the platform as a tenant":          {a.Schema, `select 1 from platform.tenants`, denied},
		"the queue as a tenant":             {a.Schema, `select 1 from river.river_job`, denied},
		"provisioning as a tenant":          {a.Schema, `select platform.provision_tenant('', '', 't_00000000', '', '', '', '{}', now())`, denied},
		"changing the past":                 {a.Schema, `update events set kind = ''`, denied},
		"forgetting the past":               {a.Schema, `delete from events`, denied},
		"changing the books":                {a.Schema, `update ledger_entries set amount = 1`, denied},
		"emptying the books":                {a.Schema, `truncate ledger_entries`, denied},
		"changing the audit":                {"", `update platform.audit set actor = ''`, denied},
		"reading the audit":                 {"", `select 1 from platform.audit`, denied},
		"moving a tenant to another schema": {"", `update platform.tenants set schema_name = 't_00000000'`, denied},
		"making a tenant by hand":           {"", `insert into platform.tenants (id) values ('x')`, denied},
		"a table in the tenant":             {a.Schema, `create table mine (id int)`, denied},
		"dropping a table":                  {a.Schema, `drop table orders`, denied},
		"altering a table":                  {a.Schema, `alter table orders add column x int`, denied},
		"a table without a tenant":          {"", `create table mine (id int)`, noSchemaToMakeIn},
		"a table in public":                 {"", `create table public.mine (id int)`, denied},
		"a temporary table":                 {"", `create temp table mine (id int)`, denied},
		"a schema":                          {"", `create schema mine`, denied},
		"a role":                            {"", `create role mine`, denied},
		"the owner's role":                  {"", `set role halum_owner`, denied},
		"another's role from a tenant":      {a.Schema, `grant ` + b.Schema + ` to ` + a.Schema, denied},
		"copying a table to a program":      {"", `copy platform.tenants to program 'cat'`, denied},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, as(t, c.schema, c.statement)) })
	}
}

func TestProvisioning(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	n := pgtest.NewTenant()
	n.Hosts = []string{"Shop-" + n.Tenant.Slug + ".Example.COM:443"}
	n.Tenant.Shop.Colours.Primary = "#112233"
	require.NoError(t, db.Provision(t.Context(), n))
	host := "shop-" + n.Tenant.Slug + ".example.com"

	for _, find := range []func() (tenant.Tenant, error){
		func() (tenant.Tenant, error) { return db.Tenant(t.Context(), n.Tenant.ID) },
		func() (tenant.Tenant, error) {
			return db.TenantByHost(t.Context(), n.Tenant.Slug+"."+pgtest.BaseDomain)
		},
		func() (tenant.Tenant, error) { return db.TenantByHost(t.Context(), host) },
		func() (tenant.Tenant, error) { return db.TenantByKey(t.Context(), n.Tenant.PublishableKey) },
	} {
		got, err := find()
		require.NoError(t, err)
		require.Equal(t, n.Tenant, got)
	}
	for _, unknown := range []string{"x." + pgtest.BaseDomain, "a." + n.Tenant.Slug + "." + pgtest.BaseDomain, n.Tenant.Slug, pgtest.BaseDomain, ""} {
		_, err := db.TenantByHost(t.Context(), unknown)
		require.ErrorIs(t, err, tenant.ErrUnknownHost, unknown)
	}
	hosts, err := db.Hosts(t.Context(), n.Tenant.ID)
	require.NoError(t, err)
	require.Equal(t, []string{host, n.Tenant.Slug + "." + pgtest.BaseDomain}, hosts)
	_, err = db.Hosts(t.Context(), "ten_none")
	require.ErrorIs(t, err, tenant.ErrUnknownHost)
	role, err := db.Membership(t.Context(), n.Owner.ID, n.Tenant.ID)
	require.NoError(t, err)
	require.Equal(t, identity.Owner, role)
	view(t, db, n.Tenant, func(ctx context.Context, v ports.View) error {
		payment, err := v.ProviderAccounts(ctx, provider.Payment)
		require.NoError(t, err)
		want := slices.Clone(n.Accounts[:2])
		for i := range want {
			want[i].Revision = 1
		}
		require.Equal(t, want, payment)
		return nil
	})

	all, err := db.Tenants(t.Context())
	require.NoError(t, err)
	require.Contains(t, all, n.Tenant)
}

func TestProvisioningFailsWhole(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	first := pgtest.NewTenant()
	first.Hosts = []string{first.Tenant.Slug + ".example.com"}
	require.NoError(t, db.Provision(t.Context(), first))
	for name, c := range map[string]struct {
		change func(n *ports.NewTenant)
		want   string
	}{
		"slug":  {func(n *ports.NewTenant) { n.Tenant.Slug = first.Tenant.Slug }, "slug_taken"},
		"email": {func(n *ports.NewTenant) { n.Owner.Email = first.Owner.Email }, account.ErrEmailTaken.Code},
		"host":  {func(n *ports.NewTenant) { n.Hosts = first.Hosts }, "host_taken"},
		"name":  {func(n *ports.NewTenant) { n.Hosts = []string{"no host"} }, "invalid_request"},
		"id":    {func(n *ports.NewTenant) { n.Tenant.ID = "ten_x'; drop schema platform; --" }, "invalid_schema"},
	} {
		t.Run(name, func(t *testing.T) {
			n := pgtest.NewTenant()
			c.change(&n)
			require.ErrorContains(t, db.Provision(t.Context(), n), c.want)
			_, err := db.Tenant(t.Context(), n.Tenant.ID)
			require.ErrorIs(t, err, tenant.ErrUnknownHost)
			err = db.View(t.Context(), n.Tenant.ID, func(context.Context, ports.View) error { return nil })
			require.ErrorIs(t, err, tenant.ErrUnknownHost, "neither schema nor role may be left")
		})
	}
	second := pgtest.NewTenant()
	second.Owner = first.Owner
	require.NoError(t, db.Provision(t.Context(), second), "a second shop of the same owner")
	emails, err := db.StaffEmails(t.Context(), second.Tenant.ID)
	require.NoError(t, err)
	require.Equal(t, []string{first.Owner.Email}, emails)
}

func TestChangingATenant(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	shop := pgtest.Tenant(t, db)
	shop.Shop.Name, shop.Status = "Renamed", tenant.Suspended
	require.NoError(t, db.SaveShop(t.Context(), shop.ID, shop.Shop))
	require.NoError(t, db.SetStatus(t.Context(), shop.ID, tenant.Suspended))
	got, err := db.Tenant(t.Context(), shop.ID)
	require.NoError(t, err)
	require.Equal(t, shop, got)
	require.ErrorIs(t, db.SaveShop(t.Context(), "ten_none", shop.Shop), tenant.ErrUnknownHost)
	require.ErrorIs(t, db.SetStatus(t.Context(), "ten_none", tenant.Active), tenant.ErrUnknownHost)
}

// TestATenantIsSmall keeps the catalogue of a server with thousands of tenants small.
func TestATenantIsSmall(t *testing.T) {
	t.Parallel()
	shop := pgtest.Tenant(t, pgtest.New(t))
	conn, err := pgx.Connect(t.Context(), pgtest.URLs(t).Owner)
	require.NoError(t, err)
	defer conn.Close(context.Background()) //nolint:errcheck // nothing is pending
	var tables, relations, pending int
	require.NoError(t, conn.QueryRow(t.Context(), `select count(*) filter (where relkind = 'r'), count(*) from pg_class
		where relnamespace = $1::regnamespace`, shop.Schema).Scan(&tables, &relations))
	require.NoError(t, conn.QueryRow(t.Context(), `select count(*) from pg_class t join pg_class c on t.oid = c.reltoastrelid
		where c.relnamespace = $1::regnamespace`, shop.Schema).Scan(&pending))
	t.Logf("%d tables, %d relations with their indexes, and %d for large values", tables, relations, pending*2)
	require.LessOrEqual(t, tables, 45)
	require.LessOrEqual(t, relations, 150)
}

func TestWithOneAdministratorsLogin(t *testing.T) {
	t.Parallel()
	admin := pgtest.AdminURL(t)
	urls := pgtest.OwnDatabase(t)
	config, err := pgx.ParseConfig(urls.App)
	require.NoError(t, err)
	one, err := pgx.ParseConfig(admin)
	require.NoError(t, err)
	address := "postgres://" + one.User + ":" + one.Password + "@" + hostPort(one) + "/" + config.Database + "?sslmode=disable"
	_, err = postgres.Open(t.Context(), address, postgres.Options{})
	require.ErrorIs(t, err, postgres.ErrNotMigrated)
	require.NoError(t, postgres.Migrate(t.Context(), address))
	require.NoError(t, postgres.Migrate(t.Context(), address), "again")
	db, err := postgres.Open(t.Context(), address, postgres.Options{Routes: routes})
	require.NoError(t, err)
	defer db.Close()
	shop := pgtest.Tenant(t, db)
	saveProducts(t, db, shop, product("kurta", 1))
	update(t, db, shop, func(_ context.Context, tx ports.Tx) error {
		tx.Emit("guest", account.ResetRequested{Account: "cus_1"})
		return nil
	})
	report, err := postgres.MigrateFleet(t.Context(), address, postgres.FleetOptions{})
	require.NoError(t, err)
	require.Equal(t, 1, report.Skipped)
}
