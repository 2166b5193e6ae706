package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
)

// attachedTimeout replaces all deadlines of calls to a plugin that somebody may be stepping through.
const attachedTimeout = 30 * time.Minute

// attached is a plugin that somebody else runs: the host may only go away from it.
type attached struct {
	conn *grpc.ClientConn
	once sync.Once
	done chan struct{}
}

// attach connects to a plugin that was started by hand.
func (s *supervisor) attach(ctx context.Context) (*instance, error) {
	address, err := attachAddress(s.entry.Attach)
	if err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient(address, append(dialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		return nil, err
	}
	a := &attached{conn: conn, done: make(chan struct{})}
	in := &instance{process: a, conn: newLease(conn, s.secrets), breaker: newBreaker(s.entry, s.log)}
	ctx, cancel := context.WithTimeout(ctx, s.options.StartTimeout)
	defer cancel()
	if err := in.introduce(ctx, s.entry); err != nil {
		a.kill()
		return nil, fmt.Errorf("nothing answers at %s: %w", address, err)
	}
	go a.watch() //nolint:gosec // it lives as long as the connection, not as the start
	return in, nil
}

// attachAddress reads "unix:/path" as it is, and anything else as the name of a file that holds such a line. Only unix
// sockets are taken: the connection has no other protection than the socket's folder.
func attachAddress(text string) (string, error) {
	if !strings.HasPrefix(text, "unix:") {
		content, err := os.ReadFile(text)
		if err != nil {
			return "", fmt.Errorf("%q is neither unix:/path nor a file that the plugin wrote its address into: %w", text, err)
		}
		text = strings.TrimSpace(string(content))
	}
	if !strings.HasPrefix(text, "unix:/") {
		return "", errors.New("the address of an attached plugin must be unix:/path")
	}
	return text, nil
}

// watch ends the instance when the plugin's side of the connection closes. Time does not count: a plugin that stands at a
// breakpoint answers nothing.
func (a *attached) watch() {
	defer a.kill()
	for state := a.conn.GetState(); state == connectivity.Ready || state == connectivity.Connecting; state = a.conn.GetState() {
		if !a.conn.WaitForStateChange(context.Background(), state) {
			return
		}
	}
}

func (a *attached) kill() {
	a.once.Do(func() {
		_ = a.conn.Close() // it was only ours
		close(a.done)
	})
}

func (a *attached) ended() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

func (a *attached) gone() <-chan struct{} { return a.done }

func (a *attached) pid() int { return 0 }

func (a *attached) exitReason() string {
	return "the plugin that was attached to has closed the connection"
}

func (a *attached) crash() string { return "" }

var _ lifeline = (*attached)(nil)
