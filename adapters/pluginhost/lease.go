package pluginhost

import (
	"context"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// lease is the connection to one process as calls see it. It counts them, so that a process that is replaced ends only
// after its last answer, and it hands those that come later to the successor: a call that had picked this process just
// before the change does not notice. It also learns the secrets in use, for the log to hide, and hides
// them in what the plugin says.
type lease struct {
	conn    *grpc.ClientConn
	secrets *secrets

	mu        sync.Mutex
	calls     int
	successor func(context.Context) (*lease, error) // set once retired
	idle      chan struct{}                         // closed when retired and without calls
}

func newLease(conn *grpc.ClientConn, s *secrets) *lease {
	return &lease{conn: conn, secrets: s, idle: make(chan struct{})}
}

// Invoke implements grpc.ClientConnInterface.
func (l *lease) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	at, err := l.enter(ctx)
	if err != nil {
		return err
	}
	defer at.leave()
	at.secrets.learn(args)
	if err := at.conn.Invoke(ctx, method, args, reply, opts...); err != nil {
		return at.secrets.hideInError(err)
	}
	at.secrets.hideInReply(reply)
	return nil
}

// NewStream refuses: the contract has no streams, and one could not be drained.
func (l *lease) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, status.Error(codes.Unimplemented, "the contract of plugins has no streams")
}

func (l *lease) enter(ctx context.Context) (*lease, error) {
	l.mu.Lock()
	next := l.successor
	if next == nil {
		l.calls++
	}
	l.mu.Unlock()
	if next == nil {
		return l, nil
	}
	other, err := next(ctx)
	if err != nil {
		return nil, status.Error(codes.Unavailable, err.Error())
	}
	return other.enter(ctx)
}

func (l *lease) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calls--; l.calls == 0 && l.successor != nil {
		close(l.idle)
	}
}

// retire sends later calls to next. idle is closed when those before have ended. It may be called again.
func (l *lease) retire(next func(context.Context) (*lease, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.successor == nil && l.calls == 0 {
		close(l.idle)
	}
	l.successor = next
}

var _ grpc.ClientConnInterface = (*lease)(nil)
