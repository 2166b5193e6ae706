package localredis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	readyWithin = 30 * time.Second
	stopWithin  = 10 * time.Second
	attempts    = 5 // another process may take the free port first
)

// StartServer runs the redis-server of the PATH with dir as its working directory and returns its host:port when it
// answers. Nothing is kept on disk unless settings ask for it, for example "--appendonly", "yes". ctx bounds the
// start only. stop ends the server in an orderly way, waits until it is gone, and may be called more than once.
func StartServer(ctx context.Context, dir string, settings ...string) (addr string, stop func(), err error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return "", nil, errors.New("no redis-server found: install it with `apt-get install redis-server` or `brew install redis`, or set HALUM_REDIS_URL")
	}
	for range attempts {
		var s *server
		if s, err = launch(program, dir, settings); err != nil {
			return "", nil, err
		}
		if err = s.awaitReady(ctx); err == nil {
			return s.addr, sync.OnceFunc(s.stop), nil
		}
		s.stop()
		if !strings.Contains(err.Error(), "in use") {
			break
		}
	}
	return "", nil, err
}

// server is one redis-server process.
type server struct {
	addr string
	cmd  *exec.Cmd
	log  *bytes.Buffer // to be read after done
	done chan struct{} // closed when the process is gone
}

// launch starts the process from a thread of its own. The kernel sends the parent-death signal when the *thread* that
// forked ends, so the goroutine keeps its thread until the process is gone.
func launch(program, dir string, settings []string) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	args := []string{
		"--bind", loopback, "--port", strconv.Itoa(port), "--dir", dir,
		"--daemonize", "no", "--save", "", "--appendonly", "no", "--loglevel", "notice",
	}
	s := &server{
		addr: net.JoinHostPort(loopback, strconv.Itoa(port)),
		cmd:  exec.Command(program, append(args, settings...)...),
		log:  &bytes.Buffer{}, done: make(chan struct{}),
	}
	s.cmd.Stdout, s.cmd.Stderr, s.cmd.SysProcAttr = s.log, s.log, sysProcAttr()
	s.cmd.WaitDelay = stopWithin
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.cmd.Start()
		started <- err
		if err == nil {
			_ = s.cmd.Wait() // what matters is that it is gone; the log says why
			close(s.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("cannot run %s: %w", program, err)
	}
	return s, nil
}

func (s *server) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	client := redis.NewClient(&redis.Options{Addr: s.addr, MaxRetries: -1, DialerRetries: 1})
	defer func() { _ = client.Close() }()
	for {
		select {
		case <-s.done: // looked at first: a PING might be answered by whoever has the port
			return fmt.Errorf("redis-server ended while starting: %s", lastLine(s.log.String()))
		default:
		}
		if s.answers(ctx, client) {
			return nil
		}
		select {
		case <-s.done:
		case <-ctx.Done():
			return fmt.Errorf("redis-server on %s did not become ready: %w", s.addr, context.Cause(ctx))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// answers asks the server for its process id, so that another Redis on the port is not taken for ours.
func (s *server) answers(ctx context.Context, client *redis.Client) bool {
	conn, err := net.Dial("tcp", s.addr) // before the client, which logs every refused attempt
	if err != nil {
		return false
	}
	_ = conn.Close()
	info, err := client.Info(ctx, "server").Result()
	return err == nil && strings.Contains(info, fmt.Sprintf("\nprocess_id:%d\r", s.cmd.Process.Pid))
}

func (s *server) stop() {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		_ = s.cmd.Process.Signal(sig) // fails only when it is gone already
		select {
		case <-s.done:
			return
		case <-time.After(stopWithin):
		}
	}
}

func lastLine(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		return 0, fmt.Errorf("free port for Redis: %w", err)
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
