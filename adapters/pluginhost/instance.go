package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"github.com/sony/gobreaker/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/halum-hut/halum/plugins/sdk"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
	shippingv1 "github.com/halum-hut/halum/plugins/sdk/proto/shipping/v1"
)

// instance is one running process with its connection. The breaker belongs to it: a new process starts with a clean one.
type instance struct {
	process lifeline
	client  *plugin.Client // nil when somebody else runs the process
	conn    *lease
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	version string
	dir     string // the socket folder
}

// lifeline is what the host holds of a process.
type lifeline interface {
	kill()
	ended() bool
	gone() <-chan struct{} // closed when it has ended
	pid() int
	exitReason() string
	crash() string // the trace of a panic that ended it
}

// launch starts what verify has opened and returns when it has described itself, or is gone again.
func (s *supervisor) launch(ctx context.Context, file *os.File) (*instance, error) {
	p := newProcess(s.entry, file, s.options.Limits)
	defer p.discard()
	in := &instance{process: p, breaker: newBreaker(s.entry, s.log)}
	in.client = plugin.NewClient(in.config(s, p))
	ctx, cancel := context.WithTimeout(ctx, s.options.StartTimeout)
	defer cancel()
	defer context.AfterFunc(ctx, p.kill)() // go-plugin's own waits are not all bounded
	if err := in.connect(ctx, s); err != nil {
		in.end(false, 0)
		if p.said.last() != "" || errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = fmt.Errorf("%s (%w)", p.exitReason(), err)
		}
		return nil, err
	}
	return in, nil
}

func (in *instance) config(s *supervisor, p *process) *plugin.ClientConfig {
	lines := newLogSink(s.entry.Program(), s.log, s.secrets, &p.said)
	return &plugin.ClientConfig{
		HandshakeConfig:  sdk.Handshake,
		VersionedPlugins: sdk.Versions(),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     s.options.StartTimeout,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: s.socketDir},
		Logger:           lines.logger(),
		Stderr:           &p.said,
		SyncStdout:       lines.writer("stdout"),
		SyncStderr:       lines.writer("stderr"),
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, dir string) (runner.Runner, error) {
			in.dir = dir
			return p.prepare(cmd, dir)
		},
		GRPCDialOptions: dialOptions(),
	}
}

func dialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(sdk.MaxMessage), grpc.MaxCallSendMsgSize(sdk.MaxMessage)),
		grpc.WithDisableRetry(), grpc.WithDisableServiceConfig(), grpc.WithNoProxy(), grpc.WithIdleTimeout(0),
	}
}

func (in *instance) connect(ctx context.Context, s *supervisor) error {
	protocol, err := in.client.Client()
	if err != nil {
		return err
	}
	service, err := protocol.Dispense(string(s.entry.Kind))
	if err != nil {
		return err
	}
	in.conn = newLease(service.(*grpc.ClientConn), s.secrets)
	return in.introduce(ctx, s.entry)
}

// introduce asks who the plugin is. One that a catalogue knows by another name or version is not the one it pinned.
func (in *instance) introduce(ctx context.Context, e Entry) error {
	name, version, err := in.describe(ctx, e.Kind)
	switch {
	case err != nil:
		return fmt.Errorf("it does not describe itself as a %s plugin: %w", e.Kind, err)
	case name != e.Name:
		return fmt.Errorf("it calls itself %q, but its file name says %q", name, e.Name)
	case e.Version != "" && version != e.Version:
		return fmt.Errorf("it calls itself version %q, but was installed as %q", version, e.Version)
	}
	in.version = version
	return nil
}

func (in *instance) describe(ctx context.Context, kind Kind) (name, version string, err error) {
	if kind == Payment {
		d, err := paymentv1.NewPaymentPluginClient(in.conn.conn).Describe(ctx, &paymentv1.DescribeRequest{})
		return d.GetName(), d.GetVersion(), err
	}
	d, err := shippingv1.NewShippingPluginClient(in.conn.conn).Describe(ctx, &shippingv1.DescribeRequest{})
	return d.GetName(), d.GetVersion(), err
}

func (in *instance) ping(ctx context.Context, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer, err := grpc_health_v1.NewHealthClient(in.conn.conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: plugin.GRPCServiceName})
	if err == nil && answer.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		err = errors.New("it reports " + answer.GetStatus().String())
	}
	return err
}

// end takes the process down and frees all that belonged to it. A polite end lets the process finish by itself first.
func (in *instance) end(politely bool, patience time.Duration) {
	if in.client == nil {
		in.process.kill()
		return
	}
	if politely {
		defer time.AfterFunc(patience, in.process.kill).Stop()
	} else {
		in.process.kill()
	}
	in.client.Kill()
	if in.dir != "" {
		_ = os.RemoveAll(in.dir) // go-plugin keeps it when the start failed
	}
}

// newBreaker opens after five transport failures in a row, or half of twenty, and tries one call again after 10 s.
func newBreaker(e Entry, log *slog.Logger) *gobreaker.TwoStepCircuitBreaker[struct{}] {
	return gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name: e.Program(), MaxRequests: 1, Interval: 30 * time.Second, Timeout: 10 * time.Second,
		ReadyToTrip: func(c gobreaker.Counts) bool {
			return c.ConsecutiveFailures >= 5 || c.Requests >= 20 && c.TotalFailures*2 >= c.Requests
		},
		IsExcluded: func(err error) bool { return errors.Is(err, context.Canceled) },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			log.Warn("breaker of the plugin "+to.String(), "before", from.String())
		},
	})
}
