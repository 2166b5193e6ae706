// Command testenv runs a command with a throw-away Postgres and Redis beside it:
//
//	go run ./cmd/testenv -- go test ./...
//
// The command finds them in HALUM_TEST_DATABASE_URL (superuser, database postgres) and HALUM_TEST_REDIS_URL. One that
// is already set is left as it is and no server is started for it. Everything is gone when the command ends, and
// testenv exits with the command's code, 125 when the servers cannot be had, 127 when the command cannot be run.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

const (
	databaseVar = "HALUM_TEST_DATABASE_URL"
	redisVar    = "HALUM_TEST_REDIS_URL"

	exitNoServers = 125
	exitNoCommand = 127
)

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: testenv -- command [argument …]")
		os.Exit(2)
	}
	code, err := inEnvironment(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testenv:", err)
	}
	os.Exit(code)
}

// inEnvironment returns the exit code. An error beside code 0 cannot happen: a server that ends badly fails the run.
func inEnvironment(args []string) (code int, err error) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	servers, err := startServers(ctx)
	defer func() {
		stopErr := servers.stop()
		if stopErr != nil && code == 0 {
			code = exitNoServers
		}
		err = errors.Join(err, stopErr)
	}()
	if err != nil {
		return exitNoServers, err
	}
	return run(args, servers.env)
}

// run passes stdio through and returns the command's exit code, 128 + n when signal n ended it.
func run(args, env []string) (int, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	forward := newForwarder(cmd)
	defer forward.stop()
	if err := cmd.Start(); err != nil {
		return exitNoCommand, err
	}
	go forward.to(cmd.Process.Pid)
	err := cmd.Wait()
	if state, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && state.Signaled() {
		return 128 + int(state.Signal()), nil
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return exitNoCommand, err
	}
	return cmd.ProcessState.ExitCode(), nil
}
