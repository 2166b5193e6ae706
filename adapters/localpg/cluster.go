package localpg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// maxSocketPath is the shortest limit among the systems we run on (macOS: 104 bytes with the final zero).
const maxSocketPath = 103

// ownedNames is all that may lie in the directory.
var ownedNames = []string{"data", "data.new", "socket", "password", "host.lock"}

// cluster is the directory on disk and what is needed to bring it to life.
type cluster struct {
	dir      string
	acct     account
	bin      binaries
	log      *logTail
	durable  bool
	password string
}

func (c *cluster) dataDir() string      { return filepath.Join(c.dir, "data") }
func (c *cluster) socketDir() string    { return filepath.Join(c.dir, "socket") }
func (c *cluster) passwordFile() string { return filepath.Join(c.dir, "password") }

// major returns the Postgres version that wrote the data, 0 when there is none yet.
func (c *cluster) major() int {
	raw, err := os.ReadFile(filepath.Join(c.dataDir(), "PG_VERSION"))
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(raw)))
	return n
}

// prepare makes a cluster of the directory, once.
func (c *cluster) prepare(ctx context.Context) error {
	fresh := c.major() == 0
	if err := c.loadPassword(fresh); err != nil || !fresh {
		return err
	}
	entries, err := os.ReadDir(c.dataDir())
	if err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not a Postgres data directory but holds files: choose another directory", c.dataDir())
	}
	// Created aside and renamed, so that an interrupted initdb never looks like a cluster.
	aside := filepath.Join(c.dir, "data.new")
	if err := c.initdb(ctx, aside); err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(c.dataDir()), os.Rename(aside, c.dataDir())); err != nil {
		return fmt.Errorf("new Postgres cluster: %w", err)
	}
	return nil
}

func (c *cluster) loadPassword(fresh bool) error {
	raw, err := os.ReadFile(c.passwordFile())
	if c.password = strings.TrimSpace(string(raw)); err == nil && c.password != "" {
		return nil
	}
	if !fresh {
		return fmt.Errorf("the password of the Postgres in %s is gone: restore %s, or remove the directory to start afresh", c.dir, c.passwordFile())
	}
	c.password = rand.Text()
	if err := os.WriteFile(c.passwordFile(), []byte(c.password+"\n"), 0o600); err != nil {
		return fmt.Errorf("password of Postgres: %w", err)
	}
	return os.Lchown(c.passwordFile(), c.acct.uid, c.acct.gid)
}

// initdb tries the wished locale first and C, which every system has, second.
func (c *cluster) initdb(ctx context.Context, into string) error {
	var err error
	for _, locale := range [][]string{localeArgs(c.bin.major, runtime.GOOS), {"--locale=C"}} {
		if err = os.RemoveAll(into); err != nil {
			return fmt.Errorf("new Postgres cluster: %w", err)
		}
		c.log.forget()
		cmd := c.program(exec.CommandContext(ctx, c.bin.initdb(), c.initArgs(into, locale)...))
		if err = run(cmd); err == nil {
			return nil
		}
		if ran := (*exec.ExitError)(nil); !errors.As(err, &ran) {
			return c.acct.explain("run", c.bin.initdb(), err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return fmt.Errorf("initdb cannot create a Postgres cluster in %s: %s", c.dir, c.log.reason(err))
}

func (c *cluster) initArgs(into string, locale []string) []string {
	args := []string{
		"-D", into, "-U", superuser, "--auth=scram-sha-256", "--pwfile=" + c.passwordFile(),
		"--encoding=UTF8", "--no-instructions",
	}
	if !c.durable {
		args = append(args, "--no-sync")
	}
	return append(args, locale...)
}

// localeArgs asks for Unicode letters and an order by code point, the same on every machine as far as it is possible.
func localeArgs(major int, goos string) []string {
	switch {
	case major >= 17:
		return []string{"--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"}
	case goos == "darwin":
		return []string{"--lc-collate=C", "--lc-ctype=en_US.UTF-8"}
	}
	return []string{"--locale=C.UTF-8"}
}

// clearSockets removes what a killed server left; nobody else uses this directory.
func (c *cluster) clearSockets() error {
	err := errors.Join(os.RemoveAll(c.socketDir()), os.Mkdir(c.socketDir(), 0o700))
	if err == nil {
		err = os.Lchown(c.socketDir(), c.acct.uid, c.acct.gid)
	}
	if err != nil {
		return fmt.Errorf("socket directory of Postgres: %w", err)
	}
	return nil
}

// command is the server itself; settings go on its command line, so a changed program needs no changed directory.
func (c *cluster) command(port int) *exec.Cmd {
	args := []string{"-D", c.dataDir()}
	for _, s := range c.settings(port) {
		args = append(args, "-c", s)
	}
	return c.program(exec.Command(c.bin.postgres(), args...))
}

func (c *cluster) settings(port int) []string {
	s := []string{
		"listen_addresses=" + loopback,
		"port=" + strconv.Itoa(port),
		"unix_socket_directories=" + c.sockets(port),
		"unix_socket_permissions=0700",
		"shared_buffers=128MB",
		"jit=off",
		"random_page_cost=1.1", // no disk turns any more
		"timezone=UTC", "log_timezone=UTC", "lc_messages=C",
		"logging_collector=off", "log_destination=stderr",
	}
	if c.bin.has("pg_stat_statements") {
		s = append(s, "shared_preload_libraries=pg_stat_statements")
	}
	if c.durable {
		return append(s, "max_connections=100")
	}
	return append(s, "max_connections=300", "fsync=off", "synchronous_commit=off", "full_page_writes=off")
}

// sockets is empty where the path would be too long or would need quoting; TCP is what we use.
func (c *cluster) sockets(port int) string {
	path := filepath.Join(c.socketDir(), ".s.PGSQL."+strconv.Itoa(port)+".lock")
	if len(path) > maxSocketPath || strings.ContainsAny(path, `," '\`) {
		return ""
	}
	return c.socketDir()
}

// program gives a Postgres program its user, its log and a clean environment: PG* variables of the host would change
// what it does.
func (c *cluster) program(cmd *exec.Cmd) *exec.Cmd {
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	for _, name := range []string{"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if v := os.Getenv(name); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	cmd.Stdout, cmd.Stderr = c.log, c.log
	cmd.WaitDelay = 5 * time.Second
	return c.acct.as(cmd)
}
