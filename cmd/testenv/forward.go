package main

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/mattn/go-isatty"
)

// forwarder hands the signals that testenv gets to the command. At a terminal the command stays in the foreground
// group and gets Ctrl-C from the terminal itself; elsewhere it gets a group of its own and every signal goes to the
// whole group, so that what the command started (go test's binaries) hears it too.
type forwarder struct {
	signals  chan os.Signal
	quit     chan struct{}
	terminal bool
}

func newForwarder(cmd *exec.Cmd) *forwarder {
	f := &forwarder{
		signals: make(chan os.Signal, 8), quit: make(chan struct{}),
		terminal: isatty.IsTerminal(os.Stdin.Fd()),
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: !f.terminal}
	signal.Notify(f.signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	return f
}

func (f *forwarder) to(pid int) {
	for {
		select {
		case <-f.quit:
			return
		case sig := <-f.signals:
			f.send(pid, sig.(syscall.Signal))
		}
	}
}

// send ignores errors: the command may have ended meanwhile.
func (f *forwarder) send(pid int, sig syscall.Signal) {
	switch {
	case !f.terminal:
		_ = syscall.Kill(-pid, sig)
	case sig == syscall.SIGTERM || sig == syscall.SIGHUP:
		_ = syscall.Kill(pid, sig)
	}
}

func (f *forwarder) stop() {
	signal.Stop(f.signals)
	close(f.quit)
}
