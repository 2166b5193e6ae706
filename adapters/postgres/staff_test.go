package postgres_test

import (
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

func hostPort(c *pgx.ConnConfig) string { return c.Host + ":" + strconv.Itoa(int(c.Port)) }

func staff(t *testing.T, db *postgres.DB) (account.Account, tenant.Tenant) {
	t.Helper()
	n := pgtest.NewTenant()
	require.NoError(t, db.Provision(t.Context(), n))
	return n.Owner, n.Tenant
}

func TestStaffAccounts(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	owner, _ := staff(t, db)
	for _, find := range []func() (account.Account, error){
		func() (account.Account, error) { return db.StaffByEmail(t.Context(), owner.Email) },
		func() (account.Account, error) { return db.StaffAccount(t.Context(), owner.ID) },
	} {
		got, err := find()
		require.NoError(t, err)
		require.Equal(t, owner, got)
	}
	_, err := db.StaffByEmail(t.Context(), "nobody@example.com")
	require.ErrorIs(t, err, account.ErrNotFound)
	_, err = db.Membership(t.Context(), owner.ID, "ten_none")
	require.ErrorIs(t, err, identity.ErrForbidden)
}

func TestStaffSessions(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	owner, _ := staff(t, db)
	s, token := account.StartSession(owner.ID, now())
	require.NoError(t, db.InsertStaffSession(t.Context(), s))
	got, err := db.StaffSession(t.Context(), s.ID)
	require.NoError(t, err)
	require.Equal(t, s, got)

	refused := errors.New("no")
	err = db.UpdateStaffSession(t.Context(), s.ID, func(s *account.Session) error { s.Generation = 99; return refused })
	require.ErrorIs(t, err, refused)

	// Of many refreshes with one token at once, one wins, and the others show that it was copied.
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 6 {
		wg.Go(func() {
			err := db.UpdateStaffSession(t.Context(), s.ID, func(s *account.Session) error { _, err := s.Rotate(token, now()); return err })
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !errors.Is(err, account.ErrReuse) && !errors.Is(err, account.ErrSession) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, won)
	got, err = db.StaffSession(t.Context(), s.ID)
	require.NoError(t, err)
	require.EqualValues(t, 2, got.Generation)
	require.False(t, got.RevokedAt.IsZero(), "the reuse must be kept")
	for _, read := range []error{
		func() error { _, err := db.StaffSession(t.Context(), "ses_none"); return err }(),
		db.UpdateStaffSession(t.Context(), "ses_none", func(*account.Session) error { return nil }),
	} {
		require.ErrorIs(t, read, account.ErrSession)
	}
}

func TestStaffPasswordReset(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	owner, _ := staff(t, db)
	s, _ := account.StartSession(owner.ID, now())
	require.NoError(t, db.InsertStaffSession(t.Context(), s))
	token := []byte(id.Secret())
	require.NoError(t, db.SaveStaffReset(t.Context(), owner.ID, []byte(id.Secret()), now().Add(time.Hour)))
	require.NoError(t, db.SaveStaffReset(t.Context(), owner.ID, token, now().Add(time.Hour)))
	_, err := db.TakeStaffReset(t.Context(), token, now().Add(2*time.Hour))
	require.ErrorIs(t, err, account.ErrResetToken)
	who, err := db.TakeStaffReset(t.Context(), token, now())
	require.NoError(t, err)
	require.Equal(t, owner.ID, who)
	_, err = db.TakeStaffReset(t.Context(), token, now())
	require.ErrorIs(t, err, account.ErrResetToken)
	require.NoError(t, db.SavePassword(t.Context(), owner.ID, "new hash", now()))
	got, err := db.StaffAccount(t.Context(), owner.ID)
	require.NoError(t, err)
	require.Equal(t, "new hash", got.PasswordHash)
	ended, err := db.StaffSession(t.Context(), s.ID)
	require.NoError(t, err)
	require.False(t, ended.RevokedAt.IsZero())
	require.ErrorIs(t, db.SavePassword(t.Context(), "usr_none", "x", now()), account.ErrNotFound)
}

func TestSigningKeysAreAddedOnce(t *testing.T) {
	t.Parallel()
	urls := pgtest.OwnDatabase(t)
	require.NoError(t, postgres.Migrate(t.Context(), urls.Owner))
	db, err := postgres.Open(t.Context(), urls.App, postgres.Options{})
	require.NoError(t, err)
	defer db.Close()
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if err := db.AddSigningKey(t.Context(), ports.SigningKey{KID: id.Secret(), Public: []byte{1}, Sealed: []byte{2}, CreatedAt: now()}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	old := ports.SigningKey{KID: "old", Public: []byte{3}, Sealed: []byte{4}, CreatedAt: now().AddDate(0, 0, -30)}
	require.NoError(t, db.AddSigningKey(t.Context(), old))
	require.NoError(t, pgtest.Exec(t, urls.Owner, `insert into platform.signing_keys values ('older', '\x01', '\x02', now() - interval '60 days')`))
	keys, err := db.SigningKeys(t.Context())
	require.NoError(t, err)
	require.Len(t, keys, 2)
	require.Equal(t, "older", keys[1].KID)
}
