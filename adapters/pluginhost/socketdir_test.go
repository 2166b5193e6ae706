package pluginhost

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLeftSocketFoldersAreSwept(t *testing.T) {
	in := t.TempDir()
	living, lock, err := newSocketDir(in)
	require.NoError(t, err)
	defer lock.Close()
	killed, left, err := newSocketDir(in)
	require.NoError(t, err)
	require.NoError(t, left.Close(), "as the kernel does for a process that is killed")
	fresh := filepath.Join(in, "hp-fresh")
	other := filepath.Join(in, "other")
	for _, dir := range []string{fresh, other} {
		require.NoError(t, os.Mkdir(dir, 0o700))
	}
	old := time.Now().Add(-time.Hour)
	for _, dir := range []string{living, killed, other} {
		require.NoError(t, os.Chtimes(dir, old, old))
	}
	next, lock2, err := newSocketDir(in)
	require.NoError(t, err)
	defer lock2.Close()
	require.NoDirExists(t, killed)
	for _, dir := range []string{living, fresh, other, next} {
		require.DirExists(t, dir)
	}
	info, err := os.Stat(next)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}
