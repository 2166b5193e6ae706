package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// childVar makes the test binary double as the command that testenv runs.
const childVar = "HALUM_TESTENV_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVar) != "" {
		_, _ = os.Stdout.WriteString(os.Getenv(databaseVar) + " " + os.Getenv(redisVar) + "\n")
		time.Sleep(time.Minute)
	}
	os.Exit(m.Run())
}

func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "testenv")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}

func TestServersLiveAsLongAsTheCommand(t *testing.T) {
	tmp := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(tmp), 0o755))
	cmd := exec.Command(program(t), "--", os.Args[0])
	cmd.Env = append(os.Environ(), childVar+"=1", "TMPDIR="+tmp, databaseVar+"=", redisVar+"=")
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	database, cache, _ := strings.Cut(strings.TrimSpace(line), " ")

	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	var super bool
	require.NoError(t, conn.QueryRow(t.Context(), "select rolsuper from pg_roles where rolname = current_user").Scan(&super))
	require.True(t, super)
	options, err := redis.ParseURL(cache)
	require.NoError(t, err)
	client := redis.NewClient(options)
	require.NoError(t, client.Ping(t.Context()).Err())
	require.NoError(t, client.Close())

	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.Error(t, cmd.Wait())
	require.Equal(t, 128+int(syscall.SIGTERM), cmd.ProcessState.ExitCode(), "the command ended by the forwarded signal")
	_, err = pgx.Connect(t.Context(), database)
	require.Error(t, err, "Postgres is gone")
	left, err := os.ReadDir(tmp)
	require.NoError(t, err)
	require.Empty(t, left, "nothing stays on disk")
}

func TestExitCodes(t *testing.T) {
	path := program(t)
	given := append(os.Environ(), databaseVar+"=given", redisVar+"=given") // no server is needed
	for _, tc := range []struct {
		name   string
		args   []string
		code   int
		stdout string
	}{
		{name: "success, stdin and environment pass", args: []string{"--", "sh", "-c", "read x; echo $x $" + databaseVar}, stdout: "typed given\n"},
		{name: "failure", args: []string{"sh", "-c", "exit 7"}, code: 7},
		{name: "signal", args: []string{"--", "sh", "-c", "kill -9 $$"}, code: 128 + 9},
		{name: "no such command", args: []string{"--", "halum-no-such-command"}, code: exitNoCommand},
		{name: "usage", args: []string{"--"}, code: 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cmd := exec.Command(path, tc.args...)
			cmd.Env, cmd.Stdin = given, strings.NewReader("typed\n")
			out, _ := cmd.Output()
			require.Equal(t, tc.code, cmd.ProcessState.ExitCode())
			require.Equal(t, tc.stdout, string(out))
		})
	}
}

func TestNoServersIsSaid(t *testing.T) {
	cmd := exec.Command(program(t), "--", "true")
	cmd.Env = []string{"PATH=/nonexistent", "HOME=" + t.TempDir(), databaseVar + "=given"}
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Equal(t, exitNoServers, cmd.ProcessState.ExitCode())
	require.Contains(t, string(out), "apt-get install redis-server")
	require.Equal(t, 1, strings.Count(string(out), "\n"), string(out))
}
