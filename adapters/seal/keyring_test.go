package seal_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/adapters/seal"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

func keyring(t *testing.T, db *postgres.DB, master []byte, older ...[]byte) *seal.Keyring {
	t.Helper()
	return seal.NewKeyring(db, sealer(t, master, older...), time.Now)
}

func opens(t *testing.T, k *seal.Keyring, of tenant.ID, sealed []byte, want string) {
	t.Helper()
	plain, err := k.OpenFor(t.Context(), of, "field", sealed)
	require.NoError(t, err)
	require.Equal(t, want, string(plain))
}

func sealFor(t *testing.T, k *seal.Keyring, of tenant.ID, plain string) []byte {
	t.Helper()
	sealed, err := k.SealFor(t.Context(), of, "field", []byte(plain))
	require.NoError(t, err)
	require.NotContains(t, string(sealed), plain)
	return sealed
}

func versions(t *testing.T, db *postgres.DB, of tenant.ID) []ports.TenantKey {
	t.Helper()
	all, err := db.TenantKeys(t.Context(), of)
	require.NoError(t, err)
	return all
}

func TestKeyringBindsToTenantAndField(t *testing.T) {
	db := pgtest.New(t)
	mine, other := pgtest.Tenant(t, db).ID, pgtest.Tenant(t, db).ID
	k := keyring(t, db, key(1))
	sealed := sealFor(t, k, mine, "canary")
	opens(t, k, mine, sealed, "canary")
	opens(t, keyring(t, db, key(1)), mine, sealed, "canary")
	_, err := k.OpenFor(t.Context(), other, "field", sealed)
	require.ErrorIs(t, err, seal.ErrSealed, "a tenant without a key")
	sealFor(t, k, other, "theirs")
	_, err = k.OpenFor(t.Context(), other, "field", sealed)
	require.ErrorIs(t, err, seal.ErrSealed)
	_, err = k.OpenFor(t.Context(), mine, "field2", sealed)
	require.ErrorIs(t, err, seal.ErrSealed)
	_, err = keyring(t, db, key(2)).OpenFor(t.Context(), mine, "field", sealed)
	require.ErrorIs(t, err, seal.ErrSealed, "another master key")
	_, err = k.OpenFor(t.Context(), mine, "field", nil)
	require.ErrorIs(t, err, seal.ErrSealed)

	theirs := versions(t, db, other)[0] // a wrapped key does not open for another tenant or version either
	theirs.Tenant, theirs.Version = mine, 2
	require.NoError(t, db.AddTenantKey(t.Context(), theirs))
	_, err = keyring(t, db, key(1)).OpenFor(t.Context(), mine, "field", sealed)
	require.ErrorIs(t, err, seal.ErrSealed)
}

func TestADataKeyIsRotatedOnAllNodes(t *testing.T) {
	db := pgtest.New(t)
	of := pgtest.Tenant(t, db).ID
	here, there := keyring(t, db, key(1)), keyring(t, db, key(1))
	first := sealFor(t, here, of, "one")
	opens(t, there, of, first, "one")
	require.NoError(t, here.Rotate(t.Context(), of))
	second := sealFor(t, here, of, "two")
	require.NotEqual(t, first[:5], second[:5], "sealed with the new key")
	opens(t, there, of, second, "two")
	opens(t, there, of, first, "one")
	require.Equal(t, second[:5], sealFor(t, there, of, "three")[:5], "the other node seals with the new key too")
	require.Len(t, versions(t, db, of), 2)
	unused := pgtest.Tenant(t, db).ID
	require.NoError(t, here.Rotate(t.Context(), unused))
	require.Len(t, versions(t, db, unused), 1)
}

func TestNodesAgreeOnTheFirstKey(t *testing.T) {
	db := pgtest.New(t)
	of := pgtest.Tenant(t, db).ID
	sealed := make([][]byte, 12)
	var all sync.WaitGroup
	for i := range sealed {
		k := keyring(t, db, key(1))
		all.Go(func() { sealed[i], _ = k.SealFor(t.Context(), of, "field", []byte("x")) })
	}
	all.Wait()
	require.Len(t, versions(t, db, of), 1)
	k := keyring(t, db, key(1))
	for _, s := range sealed {
		opens(t, k, of, s, "x")
	}
}

// TestTheMasterKeyIsReplaced has a database of its own: it wraps all keys there are.
func TestTheMasterKeyIsReplaced(t *testing.T) {
	urls := pgtest.OwnDatabase(t)
	require.NoError(t, postgres.Migrate(t.Context(), urls.Owner))
	db, err := postgres.Open(t.Context(), urls.App, postgres.Options{MaxConns: 4})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	old := keyring(t, db, key(1))
	sealed := map[tenant.ID][]byte{}
	for range 3 {
		of := pgtest.Tenant(t, db).ID
		sealed[of] = sealFor(t, old, of, "secret")
		require.NoError(t, old.Rotate(t.Context(), of))
	}
	both := keyring(t, db, key(2), key(1))
	for of, s := range sealed {
		opens(t, both, of, s, "secret")
	}
	n, err := both.Old(t.Context())
	require.NoError(t, err)
	require.Equal(t, 6, n)
	_, err = keyring(t, db, key(2)).Old(t.Context())
	require.ErrorIs(t, err, seal.ErrSealed, "the older key is missing")
	n, err = both.Rewrap(t.Context())
	require.NoError(t, err)
	require.Equal(t, 6, n)
	n, err = both.Rewrap(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	alone := keyring(t, db, key(2))
	for of, s := range sealed {
		opens(t, alone, of, s, "secret")
	}
	n, err = alone.Old(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
}
