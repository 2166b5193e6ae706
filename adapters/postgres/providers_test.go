package postgres_test

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/ports"
)

func accountsOf(t *testing.T, v ports.View, kind provider.Kind) (names []string) {
	t.Helper()
	all, err := v.ProviderAccounts(t.Context(), kind)
	require.NoError(t, err)
	for _, a := range all {
		names = append(names, a.Plugin+"/"+string(a.Mode))
	}
	return names
}

func TestProvidersAreOffered(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	of := pgtest.Tenant(t, db)
	live := provider.Account{Kind: provider.Payment, Plugin: "sandbox", Mode: provider.Live, Disabled: true}
	update(t, db, of, func(ctx context.Context, tx ports.Tx) error {
		require.NoError(t, tx.LockProviderAccounts(ctx))
		require.NoError(t, tx.SaveProviderAccount(ctx, live))
		require.NoError(t, tx.SaveProviderAccount(ctx, provider.Account{Kind: provider.Payment, Plugin: "another", Mode: provider.Test}))
		return nil
	})
	view(t, db, of, func(_ context.Context, v ports.View) error {
		require.Equal(t, []string{"sandbox/live", "sandbox/test", "manual/live", "another/test"}, accountsOf(t, v, provider.Payment))
		return nil
	})
	update(t, db, of, func(ctx context.Context, tx ports.Tx) error {
		return tx.OrderProviders(ctx, provider.Payment, []string{"another", "manual", "sandbox"})
	})
	view(t, db, of, func(_ context.Context, v ports.View) error {
		require.Equal(t, []string{"another/test", "manual/live", "sandbox/live", "sandbox/test"}, accountsOf(t, v, provider.Payment))
		require.Equal(t, []string{"flatrate/live"}, accountsOf(t, v, provider.Shipping))
		return nil
	})
	live.Disabled = false
	err := db.Update(t.Context(), of.ID, func(ctx context.Context, tx ports.Tx) error { return tx.SaveProviderAccount(ctx, live) })
	require.ErrorContains(t, err, "both_modes_enabled")
}

// TestOldSettingsAreConverted runs the migration on settings as they were: a flat map of texts.
func TestOldSettingsAreConverted(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), pgtest.URLs(t).Owner)
	require.NoError(t, err)
	defer conn.Close(context.Background()) //nolint:errcheck // nothing is pending
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	defer tx.Rollback(context.Background()) //nolint:errcheck // nothing is kept
	run := func(sql string) {
		t.Helper()
		_, err := tx.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
		require.NoError(t, err)
	}
	file := func(name string) string {
		text, err := os.ReadFile("migrations/tenant/" + name)
		require.NoError(t, err)
		return string(text)
	}
	schema := pgx.Identifier{"t_" + id.Secret()[:10]}.Sanitize()
	run("create schema " + schema + "; set local search_path to " + schema)
	run(file("00001_baseline.sql"))
	run(`insert into provider_accounts (kind, plugin, settings, revision, enabled, position) values
		('payment', 'manual', '{"cash_on_delivery":"true","counter":"false","bank_transfer":"","bank_instructions":"Pay to 1"}', 3, true, 0),
		('payment', 'sandbox', '{}', 1, true, 1), ('payment', 'acme', '{"a":"true"}', 1, false, 2),
		('shipping', 'flatrate', '{"services":"[{\"service\":\"standard\",\"price\":6000}]"}', 2, true, 0)`)
	run(file("00002_provider_accounts.sql"))
	rows, err := tx.Query(t.Context(), `select concat_ws(' ', kind, plugin, mode, config, secrets, rules, revision, enabled) from provider_accounts order by kind, position`)
	require.NoError(t, err)
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Equal(t, []string{
		`payment manual live {"counter": false, "cash_on_delivery": true, "bank_instructions": "Pay to 1"} {} {} 3 t`,
		`payment sandbox test {} {} {} 1 t`,
		`payment acme live {"a": "true"} {} {} 1 f`,
		`shipping flatrate live {"services": [{"price": 6000, "service": "standard"}]} {} {} 2 t`,
	}, got)
}
