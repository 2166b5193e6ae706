package localpg

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is one child that is waited for on the thread that started it.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the child is gone
	err  error         // how it ended; read only after done
}

// launch starts cmd from a thread of its own. The kernel sends the parent-death signal when the *thread* that forked
// ends, so this goroutine keeps its thread until the child is gone.
func launch(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	return p, <-started
}

// run is launch for a program that ends by itself.
func run(cmd *exec.Cmd) error {
	p, err := launch(cmd)
	if err != nil {
		return err
	}
	<-p.done
	return p.err
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop asks for a fast shutdown, then an immediate one, then kills. Only what was not orderly is an error.
func (p *process) stop() error {
	if p.signalled(syscall.SIGINT, fastWithin) {
		var exit *exec.ExitError
		if errors.As(p.err, &exit) {
			return fmt.Errorf("postgres had already ended or ended badly: %w", p.err)
		}
		return nil
	}
	if p.signalled(syscall.SIGQUIT, quitWithin) || p.signalled(syscall.SIGKILL, quitWithin) {
		return errors.New("postgres did not stop in time and was ended by force; the next start recovers its data")
	}
	return fmt.Errorf("postgres (pid %d) cannot be ended", p.pid())
}

// signalled sends sig and tells whether the child was gone within the time.
func (p *process) signalled(sig syscall.Signal, within time.Duration) bool {
	_ = p.cmd.Process.Signal(sig) // fails only when it is gone already
	select {
	case <-p.done:
		return true
	case <-time.After(within):
		return false
	}
}
