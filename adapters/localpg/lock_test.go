package localpg

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// diesWithHost tells whether this system has a parent-death signal.
func diesWithHost() bool { return runtime.GOOS == "linux" }

// serverPid starts and stops a harmless program as the server's user; while it runs its pid stands for a reused one.
func serverPid(t *testing.T) (pid int, end func()) {
	t.Helper()
	acct, err := serverAccount()
	require.NoError(t, err)
	cmd := acct.as(exec.Command("sleep", "60"))
	cmd.Dir = "/"
	p, err := launch(cmd)
	require.NoError(t, err)
	end = func() {
		_ = cmd.Process.Kill()
		<-p.done
	}
	t.Cleanup(end)
	return p.pid(), end
}

func TestStaleLockIsRecovered(t *testing.T) {
	running, _ := serverPid(t)
	dead, end := serverPid(t)
	end()
	dir := openDir(t)
	first := start(t, Options{Dir: dir})
	exec1(t, first.AdminURL("postgres"), "create table kept as select 'kept'::text as v")
	require.NoError(t, first.Stop())
	data := filepath.Join(dir, "data")

	for name, content := range map[string]string{
		"dead process":  fmt.Sprintf("%d\n%s\n1700000000\n5432\n\n127.0.0.1\n 123456 1\nready\n", dead, data),
		"reused by any": fmt.Sprintf("%d\n%s\n1700000000\n5432\n\n127.0.0.1\n 123456 1\nready\n", running, data),
		"reused by us":  fmt.Sprintf("%d\n%s\n1700000000\n5432\n\n127.0.0.1\n 123456 1\nready\n", os.Getpid(), data),
		"empty":         "",
		"torn":          "x",
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(pidFile(data), []byte(content), 0o600))
			acct, err := serverAccount()
			require.NoError(t, err)
			require.NoError(t, os.Chown(pidFile(data), acct.uid, acct.gid))
			s := start(t, Options{Dir: dir})
			require.Equal(t, "kept", query(t, s.AdminURL("postgres"), "select v from kept"))
			require.NoError(t, s.Stop())
		})
	}
	require.True(t, alive(running), "the other program is left alone")
}

func TestForeignServerIsRespected(t *testing.T) {
	dir := openDir(t)
	s := start(t, Options{Dir: dir})
	// Somebody else's server: it runs, but neither the lock nor the record of a host speak of it.
	require.NoError(t, s.lock.record(1))
	require.NoError(t, s.lock.release())
	_, err := Start(t.Context(), Options{Dir: dir})
	require.ErrorContains(t, err, fmt.Sprintf("(pid %d, port ", s.process.pid()))
	require.ErrorContains(t, err, "not started by us")
	require.NotContains(t, err.Error(), "\n")
	require.Equal(t, "1", query(t, s.AdminURL("postgres"), "select '1'"), "it is still there")
}

func TestOrphanIsStopped(t *testing.T) {
	dir := openDir(t)
	s := start(t, Options{Dir: dir})
	exec1(t, s.AdminURL("postgres"), "create table kept as select 'kept'::text as v")
	require.NoError(t, s.lock.release()) // as the kernel does for a dead host, here with the server still running
	again := start(t, Options{Dir: dir})
	require.Equal(t, "kept", query(t, again.AdminURL("postgres"), "select v from kept"))
	<-s.process.done
}
