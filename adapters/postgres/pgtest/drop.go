package pgtest

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/tenant"
)

// Exec runs a statement at an address, outside of all that the store does.
func Exec(t testing.TB, address, statement string, args ...any) error {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), address)
	require.NoError(t, err)
	defer conn.Close(context.Background()) //nolint:errcheck // nothing is pending
	_, err = conn.Exec(context.Background(), statement, args...)
	return err
}

// Texts runs a query in a tenant's schema as the owner, to see what was really stored, and returns the first column.
func Texts(t testing.TB, of tenant.ID, query string, args ...any) []string {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), URLs(t).Owner)
	require.NoError(t, err)
	defer conn.Close(context.Background()) //nolint:errcheck // nothing is pending
	_, err = conn.Exec(context.Background(), `select set_config('search_path', $1, false)`, tenant.SchemaFor(of))
	require.NoError(t, err)
	rows, err := conn.Query(context.Background(), query, args...)
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return all
}

// Dump returns every row of a tenant's schema, of the platform's and of the queue's as text, bytes in hex: for tests that
// look for what must not be there.
func Dump(t testing.TB, of tenant.ID) string {
	t.Helper()
	var all strings.Builder
	for _, name := range Texts(t, of, `select format('%I.%I', table_schema, table_name) from information_schema.tables
		where table_schema in ($1, 'platform', 'river') and table_type = 'BASE TABLE'`, tenant.SchemaFor(of)) {
		for _, row := range Texts(t, of, "select r::text from "+name+" as r") {
			all.WriteString(name + " " + row + "\n")
		}
	}
	return all.String()
}

func drop(t testing.TB, admin, name string) {
	t.Helper()
	require.NoError(t, Exec(t, admin, "drop database "+pgx.Identifier{name}.Sanitize()+" with (force)"))
}
