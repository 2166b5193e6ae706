package localpg

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const hostVar = "HALUM_LOCALPG_TEST_HOST"

// TestMain makes the test binary double as a host process that can be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(hostVar); dir != "" {
		beHost(dir)
	}
	os.Exit(m.Run())
}

func beHost(dir string) {
	s, err := Start(context.Background(), Options{Dir: dir, Log: os.Stderr})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println(s.process.pid(), s.AdminURL("postgres"))
	select {}
}

// openDir is a temporary directory that the server's user can reach.
func openDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	return filepath.Join(dir, "pg")
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Stop() })
	return s
}

func query(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	var answer string
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&answer))
	return answer
}

// exec1 runs one statement that returns nothing.
func exec1(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	_, err = conn.Exec(t.Context(), sql)
	require.NoError(t, err)
}

func TestRestartKeepsData(t *testing.T) {
	dir := openDir(t)
	first := start(t, Options{Dir: dir, Durable: true})
	exec1(t, first.AdminURL("postgres"), "create table kept as select 'as it was'::text as v")
	require.NoError(t, first.Stop())
	require.NoError(t, first.Stop(), "a second Stop answers like the first")
	_, err := net.Dial("tcp", first.Addr())
	require.Error(t, err, "nothing listens after Stop")
	require.NoFileExists(t, pidFile(filepath.Join(dir, "data")))

	second := start(t, Options{Dir: dir, Durable: true})
	require.Equal(t, "as it was", query(t, second.AdminURL("postgres"), "select v from kept"))
}

func TestSettings(t *testing.T) {
	for _, tc := range []struct {
		durable                    bool
		fsync, commit, connections string
	}{
		{durable: true, fsync: "on", commit: "on", connections: "100"},
		{durable: false, fsync: "off", commit: "off", connections: "300"},
	} {
		t.Run("durable="+strconv.FormatBool(tc.durable), func(t *testing.T) {
			dir := openDir(t)
			s := start(t, Options{Dir: dir, Durable: tc.durable})
			for name, want := range map[string]string{
				"fsync": tc.fsync, "synchronous_commit": tc.commit, "max_connections": tc.connections,
				"listen_addresses": loopback, "TimeZone": "UTC", "jit": "off", "shared_buffers": "128MB",
				"password_encryption": "scram-sha-256", "server_encoding": "UTF8",
			} {
				require.Equal(t, want, query(t, s.AdminURL("postgres"), "show "+name), name)
			}
			require.Equal(t, "élan", query(t, s.AdminURL("postgres"), "select lower('ÉLAN')"))
			info, err := os.Stat(filepath.Join(dir, "password"))
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		})
	}
}

func TestPasswordIsAsked(t *testing.T) {
	s := start(t, Options{Dir: openDir(t)})
	for _, user := range []string{"postgres:wrong@", "postgres@", ""} {
		_, err := pgx.Connect(t.Context(), "postgres://"+user+s.Addr()+"/postgres?sslmode=disable")
		require.Error(t, err, user)
	}
}

func TestTakenPort(t *testing.T) {
	l, err := net.Listen("tcp", loopback+":0")
	require.NoError(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	dir := openDir(t)
	_, err = Start(t.Context(), Options{Dir: dir, Port: port})
	require.ErrorContains(t, err, fmt.Sprintf("port %d on 127.0.0.1 is taken", port))
	require.NotContains(t, err.Error(), "\n")

	require.NoError(t, l.Close())
	s := start(t, Options{Dir: dir, Port: port})
	require.Equal(t, l.Addr().String(), s.Addr())
}

func TestRefusedDirectories(t *testing.T) {
	t.Run("foreign files", func(t *testing.T) {
		dir := openDir(t)
		require.NoError(t, os.Mkdir(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), nil, 0o600))
		_, err := Start(t.Context(), Options{Dir: dir})
		require.ErrorContains(t, err, "holds go.mod")
	})
	t.Run("lost password", func(t *testing.T) {
		dir := openDir(t)
		require.NoError(t, start(t, Options{Dir: dir}).Stop())
		require.NoError(t, os.Remove(filepath.Join(dir, "password")))
		_, err := Start(t.Context(), Options{Dir: dir})
		require.ErrorContains(t, err, "the password of the Postgres in")
	})
}

func TestCancelledStartLeavesNothing(t *testing.T) {
	dir := openDir(t)
	require.NoError(t, start(t, Options{Dir: dir}).Stop())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Start(ctx, Options{Dir: dir})
	require.ErrorIs(t, err, context.Canceled)
	start(t, Options{Dir: dir}) // nobody holds the directory
}

// startHost runs a host process on dir and returns it with its server's pid and URL.
func startHost(t *testing.T, dir string) (host *exec.Cmd, server int, url string) {
	t.Helper()
	var log bytes.Buffer
	host = exec.Command(os.Args[0], "-test.run=^$")
	host.Env = append(os.Environ(), hostVar+"="+dir)
	host.Stderr = &log
	out, err := host.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, host.Start())
	t.Cleanup(func() { _ = host.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	pid, url, _ := strings.Cut(strings.TrimSpace(line), " ")
	server, err = strconv.Atoi(pid)
	require.NoError(t, err, line)
	return host, server, url
}

func TestSecondHostIsRefused(t *testing.T) {
	dir := openDir(t)
	host, server, url := startHost(t, dir)
	_, err := Start(t.Context(), Options{Dir: dir})
	config, parseErr := pgx.ParseConfig(url)
	require.NoError(t, parseErr)
	require.ErrorContains(t, err, fmt.Sprintf("in use by process %d (server pid %d, port %d)", host.Process.Pid, server, config.Port))
	require.NotContains(t, err.Error(), "\n")
	require.Equal(t, "1", query(t, url, "select '1'"), "the first host is not disturbed")
	require.NoError(t, host.Process.Kill())
	require.Error(t, host.Wait())
	start(t, Options{Dir: dir}) // waits for the orphan, so that the directory can be removed
}

func TestKilledHost(t *testing.T) {
	t.Run("leaves no orphan", func(t *testing.T) {
		if !diesWithHost() {
			t.Skip("no parent-death signal on this system")
		}
		host, server, _ := startHost(t, openDir(t))
		require.NoError(t, host.Process.Signal(syscall.SIGKILL))
		require.Error(t, host.Wait())
		require.Eventually(t, func() bool { return !alive(server) }, 20*time.Second, 20*time.Millisecond)
	})
	t.Run("next start recovers at once", func(t *testing.T) {
		dir := openDir(t)
		for round := range 3 {
			host, _, url := startHost(t, dir)
			exec1(t, url, "create table if not exists kept (n int)")
			exec1(t, url, fmt.Sprintf("insert into kept values (%d)", round))
			require.NoError(t, host.Process.Signal(syscall.SIGKILL))
			require.Error(t, host.Wait())
		}
		s := start(t, Options{Dir: dir})
		require.Equal(t, "3", query(t, s.AdminURL("postgres"), "select count(*)::text from kept"))
	})
}

func TestKilledServer(t *testing.T) {
	dir := openDir(t)
	s := start(t, Options{Dir: dir, Durable: true})
	exec1(t, s.AdminURL("postgres"), "create table kept as select 'committed'::text as v")
	require.NoError(t, s.process.cmd.Process.Kill())
	require.ErrorContains(t, s.Stop(), "signal: killed", "a crash is not passed over")

	again := start(t, Options{Dir: dir, Durable: true})
	require.Equal(t, "committed", query(t, again.AdminURL("postgres"), "select v from kept"))
}
