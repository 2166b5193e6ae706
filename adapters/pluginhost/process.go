package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"

	"github.com/hashicorp/go-plugin/runner"
)

var errKilled = errors.New("the start was given up")

// process is one run of a plugin's executable. It implements go-plugin's runner, because that one passes the host's
// stdin on, kills only the process itself and executes a path that may have changed since it was hashed.
type process struct {
	entry  Entry
	limits Limits
	file   *os.File // the verified executable, open until it was started
	cmd    *exec.Cmd
	stdout *os.File
	stderr *os.File
	theirs []*os.File // the plugin's ends of the pipes, ours only until it has started
	said   lastWords
	done   chan struct{} // closed when the process is gone and reaped

	mu      sync.Mutex
	started bool
	killed  bool
	reaped  bool
	state   *os.ProcessState
}

// newProcess takes the open executable over.
func newProcess(e Entry, file *os.File, l Limits) *process {
	return &process{entry: e, file: file, limits: l, done: make(chan struct{})}
}

// verify opens an executable and compares it with its pin. What is returned is what may run.
func verify(e Entry) (*os.File, error) {
	f, err := os.Open(e.Path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode()&0o002 != 0 {
		err = fmt.Errorf("%s may be changed by every user of this machine and will not be run: chmod o-w it", e.Path)
	}
	sum := ""
	if err == nil {
		sum, err = checksum(f)
	}
	if err == nil && sum != e.SHA256 {
		err = fmt.Errorf("%s does not match its pinned checksum: it was changed and will not be run", e.Path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// prepare takes the command whose environment go-plugin has filled, and dir, the plugin's own socket folder.
func (p *process) prepare(cmd *exec.Cmd, dir string) (runner.Runner, error) {
	p.cmd = cmd
	cmd.Path, cmd.Args = p.entry.Path, append([]string{p.entry.Program()}, p.entry.Args...)
	cmd.Dir, cmd.Stdin, cmd.Err = dir, nil, nil
	cmd.Env = append(cmd.Env, "TMPDIR="+dir, "GOMEMLIMIT="+strconv.FormatInt(p.limits.Memory/2, 10),
		"PATH=/usr/local/bin:/usr/bin:/bin") // for scripts that name their interpreter through env
	isolate(cmd)
	stdout, out, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	stderr, outErr, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, stdout.Close(), out.Close())
	}
	p.stdout, p.stderr, p.theirs = stdout, stderr, []*os.File{out, outErr}
	cmd.Stdout, cmd.Stderr = out, outErr
	return p, nil
}

// Start starts what was verified. The thread that starts the process stays until it ends, because the kernel takes that
// thread's end for the parent's death; then it ends too, because it gave up rights that the host's other threads keep.
func (p *process) Start(context.Context) error {
	started := make(chan error)
	onOwnThread(func() {
		err := p.spawn()
		running := p.running()
		started <- err
		if running {
			p.reap()
		}
	})
	err := <-started
	if pid := p.pid(); pid != 0 {
		yieldToHost(pid)
	}
	return err
}

// onOwnThread runs fn on a thread that nobody else uses and that ends with it.
func onOwnThread(fn func()) {
	go func() {
		runtime.LockOSThread()
		if !onMainThread() {
			fn()
			return // still locked: this ends the thread
		}
		elsewhere := make(chan struct{})
		onOwnThread(func() {
			close(elsewhere)
			fn()
		})
		<-elsewhere // until then nobody else can be given this thread
		runtime.UnlockOSThread()
	}()
}

func (p *process) spawn() (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() { p.closeUnused(err) }()
	if p.killed {
		return errKilled
	}
	cmd, err := startConfined(p.cmd, p.file, p.cmd.Dir, p.entry.Grants, p.limits)
	if cmd != nil {
		p.cmd, p.started = cmd, true
	}
	if err != nil && p.started {
		killGroup(p.cmd.Process.Pid) // it must not run without its limits; it is reaped as any other
	}
	return err
}

func (p *process) running() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.started
}

// discard frees what was never started.
func (p *process) discard() { _ = p.file.Close() } // only read; closing it twice is harmless

// closeUnused closes the plugin's ends of the pipes, and ours too when nothing will be read from them.
func (p *process) closeUnused(failed error) {
	p.discard()
	_ = closeAll(p.theirs...)
	if failed != nil {
		_ = closeAll(p.stdout, p.stderr)
	}
}

// reap waits for the end, then kills whatever the plugin itself had started.
func (p *process) reap() {
	awaitExit(p.cmd.Process.Pid)
	p.mu.Lock()
	killGroup(p.cmd.Process.Pid)
	p.state, _ = p.cmd.Process.Wait() // an error leaves the state nil, which reads as unknown
	p.reaped = true
	p.mu.Unlock()
	close(p.done)
}

// kill ends the process and its children at once, and keeps one that is about to start from starting.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killed = true
	if p.started && !p.reaped {
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

// crash is the trace of a panic that ended the process, "" when there was none.
func (p *process) crash() string { return p.said.crash() }

func (p *process) gone() <-chan struct{} { return p.done }

func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.started || p.reaped {
		return 0
	}
	return p.cmd.Process.Pid
}

// exitReason says how the process ended and what it last wrote to stderr.
func (p *process) exitReason() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	reason := "it did not start"
	if p.started {
		reason = "still running"
	}
	if p.reaped {
		reason = p.state.String()
	}
	if words := p.said.last(); words != "" {
		reason += ": " + words
	}
	return reason
}

// Wait returns when the process has ended and everything it wrote was read.
func (p *process) Wait(context.Context) error {
	<-p.done
	return closeAll(p.stdout, p.stderr)
}

func closeAll(files ...*os.File) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// Kill ends the process and its children at once.
func (p *process) Kill(context.Context) error { p.kill(); return nil }

// Stdout is where the plugin says its address.
func (p *process) Stdout() io.ReadCloser { return p.stdout }

// Stderr is the plugin's log.
func (p *process) Stderr() io.ReadCloser { return p.stderr }

// Name is the program's name.
func (p *process) Name() string { return p.entry.Program() }

// ID is the process id, empty when it was never started.
func (p *process) ID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.started {
		return ""
	}
	return strconv.Itoa(p.cmd.Process.Pid)
}

// Diagnose adds nothing: exitReason carries the plugin's own words.
func (p *process) Diagnose(context.Context) string { return "" }

// PluginToHost changes nothing: both sides see the same files.
func (p *process) PluginToHost(network, addr string) (string, string, error) {
	return network, addr, nil
}

// HostToPlugin changes nothing either.
func (p *process) HostToPlugin(network, addr string) (string, string, error) {
	return network, addr, nil
}

var (
	_ runner.Runner = (*process)(nil)
	_ lifeline      = (*process)(nil)
)
