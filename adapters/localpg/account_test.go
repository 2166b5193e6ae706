package localpg

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func droppedAccount(t *testing.T) account {
	t.Helper()
	acct, err := serverAccount()
	require.NoError(t, err)
	if !acct.dropped {
		t.Skip("only root runs the server as somebody else")
	}
	return acct
}

func TestUnreachableDirectoryMoves(t *testing.T) {
	acct := droppedAccount(t)
	elsewhere := filepath.Dir(openDir(t))
	home := filepath.Join(elsewhere, "home")
	require.NoError(t, os.Mkdir(home, 0o700))
	wished := filepath.Join(home, "pg")

	var log bytes.Buffer
	moved, err := acct.place(wished, elsewhere, &log)
	require.NoError(t, err)
	require.Equal(t, elsewhere, filepath.Dir(moved))
	require.Contains(t, log.String(), moved)
	require.NoDirExists(t, wished)
	again, err := acct.place(wished, elsewhere, &log)
	require.NoError(t, err)
	require.Equal(t, moved, again, "the second start finds the same place")

	_, err = acct.place(wished, home, &log)
	require.ErrorContains(t, err, "choose a directory open to all users, or set HALUM_DATABASE_URL")
}

func TestDirectoryChangesHands(t *testing.T) {
	acct := droppedAccount(t)
	dir := openDir(t)
	require.NoError(t, start(t, Options{Dir: dir}).Stop())
	inside := filepath.Join(dir, "data", "PG_VERSION")
	for _, path := range []string{dir, filepath.Join(dir, "data"), inside} {
		require.NoError(t, os.Lchown(path, 12345, 12345))
	}
	start(t, Options{Dir: dir})
	info, err := os.Stat(inside)
	require.NoError(t, err)
	require.Equal(t, acct.uid, int(info.Sys().(*syscall.Stat_t).Uid))
}
