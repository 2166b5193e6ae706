package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/halum-hut/halum/adapters/localpg"
	"github.com/halum-hut/halum/adapters/localredis"
)

// servers is what runs beside the command. Its zero value holds nothing, so stop is always safe.
type servers struct {
	env   []string // NAME=value for the command
	stops []func() error
}

func (s *servers) stop() error {
	var errs []error
	for i := len(s.stops) - 1; i >= 0; i-- {
		errs = append(errs, s.stops[i]())
	}
	return errors.Join(errs...)
}

func startServers(ctx context.Context) (*servers, error) {
	s := &servers{}
	database, cache := os.Getenv(databaseVar) == "", os.Getenv(redisVar) == ""
	if err := install(ctx, missing(ctx, database, cache)); err != nil {
		return s, err
	}
	dir, err := os.MkdirTemp("", "halum-testenv-")
	if err != nil {
		return s, err
	}
	s.stops = append(s.stops, func() error { return os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil { // the user Postgres runs as walks through
		return s, err
	}
	if database {
		err = s.startPostgres(ctx, filepath.Join(dir, "postgres"))
	}
	if err == nil && cache {
		err = s.startRedis(ctx, filepath.Join(dir, "redis"))
	}
	return s, err
}

func (s *servers) startPostgres(ctx context.Context, dir string) error {
	pg, err := localpg.Start(ctx, localpg.Options{Dir: dir})
	if err != nil {
		return err
	}
	s.stops = append(s.stops, pg.Stop)
	s.env = append(s.env, databaseVar+"="+pg.AdminURL("postgres"))
	return nil
}

func (s *servers) startRedis(ctx context.Context, dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	addr, stop, err := localredis.StartServer(ctx, dir)
	if err != nil {
		return err
	}
	s.stops = append(s.stops, func() error { stop(); return nil })
	s.env = append(s.env, redisVar+"=redis://"+addr+"/0")
	return nil
}

// missing names the Debian packages of the servers that are wanted and not on this machine.
func missing(ctx context.Context, database, cache bool) []string {
	var packages []string
	if database && !localpg.Installed(ctx) {
		packages = append(packages, "postgresql")
	}
	if _, err := exec.LookPath("redis-server"); cache && err != nil {
		packages = append(packages, "redis-server")
	}
	return packages
}

// install gets packages where it may (root, apt-get). Elsewhere a missing Postgres is left to localpg, which can
// download one, and a missing Redis is an error that says what to install.
func install(ctx context.Context, packages []string) error {
	apt, err := exec.LookPath("apt-get")
	if len(packages) == 0 || err != nil || os.Geteuid() != 0 {
		return nil
	}
	fmt.Fprintln(os.Stderr, "testenv: installing", strings.Join(packages, ", "), "with apt-get")
	if aptGet(ctx, apt, packages) == nil {
		return nil
	}
	if out, err := command(ctx, apt, "update", "-q").CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get update failed (%w): %s", err, lastLine(out))
	}
	return aptGet(ctx, apt, packages)
}

func aptGet(ctx context.Context, apt string, packages []string) error {
	args := append([]string{"install", "-q", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120"}, packages...)
	if out, err := command(ctx, apt, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get install %s failed (%w): %s", strings.Join(packages, " "), err, lastLine(out))
	}
	return nil
}

func command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	return cmd
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}
