package conformance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// provider is the program that plays the provider behind the plugin.
type provider struct {
	cmd  *exec.Cmd
	done chan struct{}
	said *output
}

const setupTimeout = 120 * time.Second

// startProvider starts a scenario's setup and returns the variables of its READY line.
func startProvider(ctx context.Context, s *Setup, dir string, v vars) (*provider, vars, error) {
	argv, err := v.list(s.Command)
	if err != nil {
		return nil, nil, err
	}
	path, err := exec.LookPath(argv[0])
	if strings.HasPrefix(argv[0], ".") { // relative to the scenario, not to the kit
		path, err = dir+"/"+argv[0], nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("setup: %w", err)
	}
	p := &provider{cmd: exec.Command(path, argv[1:]...), done: make(chan struct{}), said: newOutput()} //nolint:gosec,noctx // the author's own command; end kills it with its children
	p.cmd.Dir, p.cmd.Env = dir, os.Environ()
	isolate(p.cmd)
	stdout, stdoutEnd, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	p.cmd.Stdout, p.cmd.Stderr = stdoutEnd, &stream{to: p.said}
	if err := p.start(stdoutEnd); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("setup: %w", err), stdout.Close())
	}
	timeout := setupTimeout
	if s.TimeoutSeconds > 0 {
		timeout = time.Duration(s.TimeoutSeconds) * time.Second
	}
	ready, err := p.awaitReady(ctx, stdout, timeout)
	if err != nil {
		p.end()
		return nil, nil, fmt.Errorf("setup %s: %w%s", strings.Join(argv, " "), err, quoteWords(p.said))
	}
	return p, ready, nil
}

// start keeps the starting thread until the end, as a plugin's start does.
func (p *provider) start(stdoutEnd *os.File) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		_ = stdoutEnd.Close() // the program has it now
		started <- err
		if err != nil {
			return
		}
		p.cmd.WaitDelay = time.Second
		_ = p.cmd.Wait() // it is killed in the end, which reads as an error
		close(p.done)
	}()
	return <-started
}

func (p *provider) awaitReady(ctx context.Context, stdout io.ReadCloser, timeout time.Duration) (vars, error) {
	lines := make(chan vars, 1)
	go func() {
		defer close(lines)
		defer stdout.Close()
		in, told := bufio.NewScanner(stdout), false
		for in.Scan() { // also after the line, so that the program never blocks
			if rest, ok := strings.CutPrefix(in.Text(), "READY"); ok && !told {
				told = true
				lines <- assignments(rest)
			}
		}
	}()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case v, ok := <-lines:
		if !ok {
			return nil, errors.New("it ended without a READY line")
		}
		return v, nil
	case <-timer.C:
		return nil, fmt.Errorf("it printed no READY line within %s", timeout)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func assignments(s string) vars {
	v := vars{}
	for _, field := range strings.Fields(s) {
		if name, value, ok := strings.Cut(field, "="); ok {
			v[name] = value
		}
	}
	return v
}

// freeze lets every request to the provider wait until thaw.
func (p *provider) freeze() error { return stopGroup(p.cmd.Process.Pid) }

func (p *provider) thaw() error { return resumeGroup(p.cmd.Process.Pid) }

func (p *provider) end() {
	killGroup(p.cmd.Process.Pid)
	<-p.done
}
