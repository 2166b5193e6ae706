package localredis

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

const hostVar = "HALUM_LOCALREDIS_TEST_HOST"

// TestMain makes the test binary double as a host process that can be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(hostVar); dir != "" {
		addr, _, err := StartServer(context.Background(), dir)
		fmt.Println(addr, err)
		select {}
	}
	os.Exit(m.Run())
}

func client(t *testing.T, addr string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func gone(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err == nil {
		_ = conn.Close()
	}
	return err != nil
}

// TestBothServe holds for the embedded and the real server alike.
func TestBothServe(t *testing.T) {
	for name, start := range map[string]func() (string, func(), error){
		"embedded": Start,
		"server":   func() (string, func(), error) { return StartServer(t.Context(), t.TempDir()) },
	} {
		t.Run(name, func(t *testing.T) {
			addr, stop, err := start()
			require.NoError(t, err)
			defer stop()
			host, _, err := net.SplitHostPort(addr)
			require.NoError(t, err)
			require.Equal(t, loopback, host)

			c := client(t, addr)
			require.NoError(t, c.Set(t.Context(), "short", "1", time.Second).Err())
			require.NoError(t, c.Set(t.Context(), "long", "1", time.Minute).Err())
			require.Eventually(t, func() bool { return c.Exists(t.Context(), "short").Val() == 0 }, 5*time.Second, 50*time.Millisecond)
			left := c.TTL(t.Context(), "long").Val()
			require.Less(t, left, time.Minute)
			require.Greater(t, left, 50*time.Second)

			sub := c.Subscribe(t.Context(), "news")
			defer func() { _ = sub.Close() }()
			_, err = sub.Receive(t.Context())
			require.NoError(t, err)
			require.NoError(t, c.Publish(t.Context(), "news", "hello").Err())
			require.Equal(t, "hello", (<-sub.Channel()).Payload)

			stop()
			stop()
			require.True(t, gone(addr))
		})
	}
}

func TestServerPersistsOnlyWhenAsked(t *testing.T) {
	for _, tc := range []struct {
		name     string
		settings []string
		want     string
	}{
		{name: "by default", want: ""},
		{name: "appendonly", settings: []string{"--appendonly", "yes", "--appendfsync", "always"}, want: "v"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			addr, stop, err := StartServer(t.Context(), dir, tc.settings...)
			require.NoError(t, err)
			require.NoError(t, client(t, addr).Set(t.Context(), "k", "v", 0).Err())
			stop()
			addr, stop, err = StartServer(t.Context(), dir, tc.settings...)
			require.NoError(t, err)
			defer stop()
			require.Equal(t, tc.want, client(t, addr).Get(t.Context(), "k").Val())
		})
	}
}

func TestServerErrors(t *testing.T) {
	t.Run("absent", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		_, _, err := StartServer(t.Context(), t.TempDir())
		require.ErrorContains(t, err, "apt-get install redis-server")
		require.ErrorContains(t, err, "brew install redis")
	})
	t.Run("bad setting", func(t *testing.T) {
		_, _, err := StartServer(t.Context(), t.TempDir(), "--no-such-setting", "1")
		require.ErrorContains(t, err, "redis-server ended while starting: ")
		require.NotContains(t, err.Error(), "\n")
	})
}

func TestServerDiesWithHost(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no parent-death signal on this system")
	}
	host := exec.Command(os.Args[0], "-test.run=^$")
	host.Env = append(os.Environ(), hostVar+"="+t.TempDir())
	out, err := host.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, host.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	addr, failure, _ := strings.Cut(strings.TrimSpace(line), " ")
	require.Equal(t, "<nil>", failure)
	require.False(t, gone(addr))
	require.NoError(t, host.Process.Kill())
	require.Error(t, host.Wait())
	require.Eventually(t, func() bool { return gone(addr) }, 10*time.Second, 20*time.Millisecond)
}
