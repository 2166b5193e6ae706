//go:build browser || faults

package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/localpg"
	"github.com/halum-hut/halum/adapters/localredis"
	"github.com/halum-hut/halum/adapters/postgres"
)

const root = "../../.." // of the repository, where make has put bin/

// stack is Postgres, Redis and a folder for plugins' journals; processes of the binary are started on top.
type stack struct {
	t       *testing.T
	dir     string
	db      *pgxpool.Pool
	pg      *localpg.Server
	redis   string // its address
	journal string
	env     []string
}

// newStack starts the servers and migrates an empty database.
func newStack(t *testing.T) *stack {
	t.Helper()
	dir, err := os.MkdirTemp("", "halum-e2e-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755)) // Postgres runs as another user when we are root
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &stack{t: t, dir: dir, journal: filepath.Join(dir, "sandbox.jsonl")}
	s.pg, err = localpg.Start(t.Context(), s.cluster(0))
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.pg.Stop() })
	redisAddr, stopRedis, err := localredis.StartServer(t.Context(), dir)
	require.NoError(t, err)
	t.Cleanup(stopRedis)
	urls, err := postgres.Bootstrap(t.Context(), s.pg.AdminURL("postgres"), postgres.BootstrapOptions{AppPassword: "app", OwnerPassword: "owner"})
	require.NoError(t, err)
	s.redis = redisAddr
	s.env = append(os.Environ(),
		"HALUM_DATABASE_URL="+urls.App, "HALUM_OWNER_DATABASE_URL="+urls.Owner, "HALUM_REDIS_URL=redis://"+redisAddr, "HALUM_BASE_DOMAIN=localhost",
		"HALUM_DATA_DIR="+filepath.Join(dir, "data"), "HALUM_PLUGIN_DIR="+filepath.Join(root, "bin/plugins"),
		"HALUM_SANDBOX_JOURNAL="+s.journal, "HALUM_MASTER_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
		"HALUM_PLUGIN_RESTARTS=1000000", "HALUM_PLUGIN_PAUSE=300ms", // they die far more often than in a life
		"HALUM_READS_PER_SECOND=0", "HALUM_RATE_LIMITS=false", "HALUM_LOG_LEVEL=warn",
	)
	s.halum("migrate")
	s.db, err = pgxpool.New(t.Context(), s.pg.AdminURL("halum"))
	require.NoError(t, err)
	t.Cleanup(s.db.Close)
	return s
}

// cluster is where the database lives; port 0 picks a free one.
func (s *stack) cluster(port int) localpg.Options {
	return localpg.Options{Dir: filepath.Join(s.dir, "pg"), Port: port}
}

// halum runs a command of the binary to its end.
func (s *stack) halum(args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), filepath.Join(root, "bin/halum"), args...)
	var out bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = s.env, &out, &out
	require.NoError(s.t, cmd.Run(), "halum %s:\n%s", strings.Join(args, " "), &out)
	return out.String()
}

// schema returns the schema of a tenant.
func (s *stack) schema(slug string) string {
	s.t.Helper()
	var name string
	require.NoError(s.t, s.db.QueryRow(s.t.Context(), "select schema_name from platform.tenants where slug = $1", slug).Scan(&name))
	return name
}

// count runs a query that returns one number; %s in it is the tenant's schema.
func (s *stack) count(slug, query string, args ...any) int64 {
	s.t.Helper()
	var n int64
	require.NoError(s.t, s.db.QueryRow(s.t.Context(), fmt.Sprintf(query, s.schema(slug)), args...).Scan(&n))
	return n
}

// process is one serve or worker of the binary.
type process struct {
	s    *stack
	args []string
	env  []string
	addr string
	mu   sync.Mutex
	cmd  *exec.Cmd
	log  *os.File
}

// start runs a long command; serve gets an address of its own and is awaited until ready.
func (s *stack) start(args ...string) *process {
	s.t.Helper()
	p := &process{s: s, args: args, addr: freeAddr(s.t)}
	p.env = append(append([]string(nil), s.env...), "HALUM_LISTEN="+p.addr)
	var err error
	p.log, err = os.Create(filepath.Join(s.dir, strings.Join(args, "-")+"-"+p.addr[strings.LastIndexByte(p.addr, ':')+1:]+".log"))
	require.NoError(s.t, err)
	s.t.Cleanup(func() {
		p.stop(syscall.SIGTERM)
		if s.t.Failed() {
			text, _ := os.ReadFile(p.log.Name())
			s.t.Logf("log of %v:\n%s", args, tail(text, 4000))
		}
	})
	p.begin()
	return p
}

func (p *process) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd = exec.Command(filepath.Join(root, "bin/halum"), p.args...)
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = p.env, p.log, p.log
	require.NoError(p.s.t, p.cmd.Start())
	if p.args[0] == "serve" {
		require.Eventually(p.s.t, func() bool { return ready(p.addr) }, 20*time.Second, 10*time.Millisecond, "serve did not become ready")
	}
}

// stop sends a signal and waits for the end.
func (p *process) stop(sig syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(sig)
	_ = p.cmd.Wait()
	p.cmd = nil
}

func ready(addr string) bool {
	client := http.Client{Timeout: time.Second}
	resp, err := client.Get("http://" + addr + "/readyz")
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func tail(b []byte, n int) []byte {
	if len(b) > n {
		return b[len(b)-n:]
	}
	return b
}
