package pgtest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
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

func drop(t testing.TB, admin, name string) {
	t.Helper()
	require.NoError(t, Exec(t, admin, "drop database "+pgx.Identifier{name}.Sanitize()+" with (force)"))
}
