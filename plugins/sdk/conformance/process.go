package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/halum-hut/halum/plugins/sdk"
)

// process is one run of the plugin, with the platform's environment, process group and death signal. It implements
// go-plugin's runner, because that one passes the terminal's input on and kills only the process itself.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr io.ReadCloser
	ends           []*os.File
	done           chan struct{}
	spare          atomic.Bool      // its children live on when it ends
	state          *os.ProcessState // once done
}

// memoryGoal is the GOMEMLIMIT that the platform sets by default.
const memoryGoal = 256 << 20

func prepare(cmd *exec.Cmd, argv []string, dir string, out *output) (*process, error) {
	stdout, outEnd, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	stderr, errEnd, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, stdout.Close(), outEnd.Close())
	}
	cmd.Path, cmd.Args, cmd.Dir, cmd.Stdin, cmd.Err = argv[0], argv, dir, nil, nil
	cmd.Env = append(cmd.Env, "TMPDIR="+dir, "GOMEMLIMIT="+strconv.Itoa(memoryGoal))
	cmd.Stdout, cmd.Stderr = outEnd, errEnd
	isolate(cmd)
	return &process{
		cmd: cmd, stdout: &stream{to: out, from: stdout, mute: true}, stderr: &stream{to: out, from: stderr},
		ends: []*os.File{outEnd, errEnd}, done: make(chan struct{}),
	}, nil
}

// Start starts the process from a thread that stays until it ends, because the kernel takes that thread's end for the
// parent's death.
func (p *process) Start(context.Context) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		for _, end := range p.ends {
			_ = end.Close() // the plugin has them now
		}
		started <- err
		if err != nil {
			return
		}
		_ = p.cmd.Wait() // how it ended is in the state
		if !p.spare.Load() {
			killGroup(p.cmd.Process.Pid)
		}
		p.state = p.cmd.ProcessState
		close(p.done)
	}()
	return <-started
}

// kill ends the process and all that it has started, as nothing can prevent.
func (p *process) kill() {
	if p.cmd.Process != nil && !p.ended() {
		killGroup(p.cmd.Process.Pid)
	}
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Wait returns when the process is gone.
func (p *process) Wait(context.Context) error {
	<-p.done
	return errors.Join(p.stdout.Close(), p.stderr.Close())
}

// Kill ends the process.
func (p *process) Kill(context.Context) error { p.kill(); return nil }

// Stdout is where the plugin says its address.
func (p *process) Stdout() io.ReadCloser { return p.stdout }

// Stderr is the plugin's log.
func (p *process) Stderr() io.ReadCloser { return p.stderr }

// Name is the program's path.
func (p *process) Name() string { return p.cmd.Path }

// ID is the process id.
func (p *process) ID() string { return strconv.Itoa(p.cmd.Process.Pid) }

// Diagnose adds nothing.
func (p *process) Diagnose(context.Context) string { return "" }

// PluginToHost changes nothing: both sides see the same files.
func (p *process) PluginToHost(network, addr string) (string, string, error) {
	return network, addr, nil
}

// HostToPlugin changes nothing either.
func (p *process) HostToPlugin(network, addr string) (string, string, error) {
	return network, addr, nil
}

// running is a plugin that serves.
type running struct {
	process *process
	client  *plugin.Client
	conn    *grpc.ClientConn
	ready   time.Duration // from the start to the first answer
}

const startTimeout = 20 * time.Second

// launch starts a program as the platform does and returns when it is healthy.
func launch(ctx context.Context, argv []string, dir, kind string, out *output, watch grpc.UnaryClientInterceptor) (*running, error) {
	var p *process
	since := time.Now()
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  sdk.Handshake,
		VersionedPlugins: sdk.Versions(),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     startTimeout,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: dir},
		Logger:           hclog.NewNullLogger(),
		SyncStdout:       &stream{to: out},
		SyncStderr:       &stream{to: out},
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, socketDir string) (r runner.Runner, err error) {
			p, err = prepare(cmd, argv, socketDir, out)
			return p, err
		},
		GRPCDialOptions: []grpc.DialOption{
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(sdk.MaxMessage), grpc.MaxCallSendMsgSize(4*sdk.MaxMessage)),
			grpc.WithDisableRetry(), grpc.WithDisableServiceConfig(), grpc.WithNoProxy(), grpc.WithIdleTimeout(0),
			grpc.WithChainUnaryInterceptor(watch),
		},
	})
	conn, err := connect(ctx, client, kind)
	if err != nil {
		if p != nil {
			p.kill()
		}
		client.Kill()
		return nil, fmt.Errorf("it did not start: %w%s", err, quoteWords(out))
	}
	return &running{process: p, client: client, conn: conn, ready: time.Since(since)}, nil
}

func quoteWords(out *output) string {
	if words := out.lastWords(); words != "" {
		return " (its last words: " + words + ")"
	}
	return ""
}

func connect(ctx context.Context, client *plugin.Client, kind string) (*grpc.ClientConn, error) {
	protocol, err := client.Client()
	if err != nil {
		return nil, err
	}
	service, err := protocol.Dispense(kind)
	if err != nil {
		return nil, err
	}
	conn, ok := service.(*grpc.ClientConn)
	if !ok {
		return nil, errors.New("no connection to it")
	}
	return conn, healthy(ctx, conn)
}

// healthy asks the health service that the platform pings.
func healthy(ctx context.Context, conn *grpc.ClientConn) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	answer, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: plugin.GRPCServiceName})
	if err != nil {
		return fmt.Errorf("its health service (grpc.health.v1, service %q) does not answer: %w", plugin.GRPCServiceName, err)
	}
	if answer.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		return errors.New("its health service says " + answer.GetStatus().String())
	}
	return nil
}

// end takes the plugin down, politely unless it was killed before.
func (r *running) end() {
	defer time.AfterFunc(5*time.Second, r.process.kill).Stop()
	r.client.Kill()
}

// crash kills the plugin at once and returns when it is gone.
func (r *running) crash() {
	r.process.kill()
	<-r.process.done
	r.client.Kill() // frees what belongs to it on our side
}

var _ runner.Runner = (*process)(nil)
