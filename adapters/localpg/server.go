// Package localpg runs a private Postgres cluster for development and tests.
//
// It owns one directory (data, password, socket, lock) and one server process that never outlives the host process.
// It refuses to share: one host per directory, loopback only, password always asked. Production uses a real server
// through HALUM_DATABASE_URL and never comes here. Read Start first, then cluster.go (the disk) and lock.go (what is
// left behind after a crash).
package localpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	superuser = "postgres"
	loopback  = "127.0.0.1"

	readyWithin = 2 * time.Minute  // crash recovery of a large directory counts in
	fastWithin  = 30 * time.Second // fast shutdown, with its checkpoint
	quitWithin  = 5 * time.Second  // immediate shutdown
)

// Options says where the cluster lives and how careful it is.
type Options struct {
	Dir     string    // owned by the cluster, created when missing; must not hold anything else
	Port    int       // loopback TCP port; 0 picks a free one at each start
	Durable bool      // false: fsync and synchronous_commit off and 300 connections, for tests
	Log     io.Writer // the server's log and our own remarks; nil discards them
}

// Server is a running cluster. Its methods may be called from several goroutines.
type Server struct {
	addr     string
	password string
	process  *process
	lock     *dirLock
	stopOnce sync.Once
	stopErr  error
}

// Start brings the cluster in o.Dir up and returns when it accepts connections. The first start creates it, later ones
// find the data as it was left, also after a crash of the host. ctx bounds the start only; the server runs until Stop
// or until the host process dies. Run as root, the server runs as user postgres (or nobody), and a directory this user
// cannot reach is replaced by a fixed one under /var/lib/halum, which the log names. Every error is one line that says
// what to do.
func Start(ctx context.Context, o Options) (*Server, error) {
	log := newLogTail(o.Log)
	acct, err := serverAccount()
	if err != nil {
		return nil, err
	}
	dir, err := acct.place(o.Dir, relocated, log)
	if err != nil {
		return nil, err
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	s, err := startLocked(ctx, o, cluster{dir: dir, acct: acct, log: log, durable: o.Durable}, lock)
	if err != nil {
		return nil, errors.Join(err, lock.release())
	}
	return s, nil
}

func startLocked(ctx context.Context, o Options, c cluster, lock *dirLock) (*Server, error) {
	var err error
	if c.bin, err = systemFinder(c.acct).find(ctx, c.major(), c.log); err != nil {
		return nil, err
	}
	if err := c.prepare(ctx); err != nil {
		return nil, err
	}
	if err := lock.recover(c.dataDir(), c.log); err != nil {
		return nil, err
	}
	if err := c.clearSockets(); err != nil {
		return nil, err
	}
	s := &Server{password: c.password, lock: lock}
	return s, s.launch(ctx, c, o.Port)
}

// launch tries again where the reason passes by itself: another process took the free port first, or backends of a
// killed server have not yet noticed.
func (s *Server) launch(ctx context.Context, c cluster, port int) error {
	for attempt := 1; ; attempt++ {
		err := s.launchOnce(ctx, c, port)
		if err == nil {
			return nil
		}
		passing := c.log.mentions("shared memory block") || port == 0 && c.log.mentions("already in use")
		if !passing || attempt == 10 || ctx.Err() != nil {
			return err
		}
		time.Sleep(500 * time.Millisecond)
	}
}

func (s *Server) launchOnce(ctx context.Context, c cluster, port int) error {
	port, err := freePort(port)
	if err != nil {
		return err
	}
	c.log.forget()
	s.addr = net.JoinHostPort(loopback, strconv.Itoa(port))
	if s.process, err = launch(c.command(port)); err != nil {
		return c.acct.explain("run", c.bin.postgres(), err)
	}
	err = s.lock.record(s.process.pid())
	if err == nil {
		err = s.awaitReady(ctx, c.log)
	}
	if err != nil {
		_ = s.process.stop() // how a server ends that never was ready adds nothing
	}
	return err
}

// AdminURL returns a superuser connection URL to the named database. It holds the password: do not log it.
func (s *Server) AdminURL(db string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, s.password),
		Host: s.addr, Path: "/" + db, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Addr returns host:port of the server.
func (s *Server) Addr() string { return s.addr }

// Stop disconnects every client, shuts the server down with a checkpoint and waits until it is gone. Later calls
// return the first call's answer.
func (s *Server) Stop() error {
	s.stopOnce.Do(func() {
		s.stopErr = errors.Join(s.process.stop(), s.lock.release())
	})
	return s.stopErr
}

// freePort checks a wished port, or finds a free one for 0.
func freePort(port int) (int, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return 0, fmt.Errorf("port %d on %s is taken by another program: stop it, or choose another port for Postgres (0 picks a free one)", port, loopback)
	}
	if err != nil {
		return 0, fmt.Errorf("port %d on %s cannot be used for Postgres: %w", port, loopback, err)
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
