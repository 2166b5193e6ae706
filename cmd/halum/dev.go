package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/halum-hut/halum/adapters/localpg"
	"github.com/halum-hut/halum/adapters/localredis"
	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/cmd/halum/demo"
)

type devCmd struct {
	NoSeed bool     `help:"Do not open the two demo shops."`
	Attach []string `help:"Use a plugin that you run yourself, as in a debugger: payment-NAME=ADDRESS, with what the plugin prints under HALUM_PLUGIN_DEBUG=1, or with the file it wrote that into. May be repeated." placeholder:"PLUGIN=ADDRESS"`
}

// Run brings up all that is not set: Postgres and Redis of its own, migrations, demo shops, server and worker.
func (c *devCmd) Run(ctx context.Context, cfg config) error {
	if err := portFree(cfg.Listen); err != nil {
		return err
	}
	if err := os.MkdirAll(cfg.DataDir, 0o755); err != nil {
		return err
	}
	if cfg.SandboxJournal == "" {
		cfg.SandboxJournal = filepath.Join(cfg.DataDir, "sandbox.jsonl")
	}
	cfg.LogLevel = cmp.Or(cfg.LogLevel, "warn") // the table below is what one wants to see
	stopDatabase, err := cfg.bringDatabase(ctx)
	if err != nil {
		return err
	}
	defer stopDatabase()
	stopRedis, err := cfg.bringRedis()
	if err != nil {
		return err
	}
	defer stopRedis()
	forget, err := cfg.tellRunning()
	if err != nil {
		return err
	}
	defer forget()
	return with(ctx, cfg, func(p *parts) error {
		if err := p.attach(c.Attach); err != nil {
			return err
		}
		if !c.NoSeed {
			if err := p.seed(ctx); err != nil {
				return fmt.Errorf("open the demo shops: %w", err)
			}
		}
		p.startPlugins(ctx)
		stopWorker, err := p.startWorker(ctx)
		if err != nil {
			return err
		}
		defer stopWorker()
		return p.serve(ctx, func() { p.welcome(os.Stdout) })
	})
}

// bringDatabase starts a private Postgres unless a server is set, and migrates either.
func (c *config) bringDatabase(ctx context.Context) (stop func(), err error) {
	stop = func() {}
	if c.DatabaseURL == "" {
		logFile, err := os.OpenFile(filepath.Join(c.DataDir, "postgres.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		pg, err := localpg.Start(ctx, localpg.Options{Dir: filepath.Join(c.DataDir, "postgres"), Durable: true, Log: logFile})
		if err != nil {
			return nil, err
		}
		stop = func() {
			if err := pg.Stop(); err != nil {
				slog.Error("stop Postgres", "error", err)
			}
			_ = logFile.Close()
		}
		password, err := keptSecret(filepath.Join(c.DataDir, "database.password"))
		if err != nil {
			stop()
			return nil, err
		}
		urls, err := postgres.Bootstrap(ctx, pg.AdminURL("postgres"), postgres.BootstrapOptions{AppPassword: password, OwnerPassword: password})
		if err != nil {
			stop()
			return nil, err
		}
		c.DatabaseURL, c.OwnerDatabaseURL = urls.App, urls.Owner
	}
	if err := postgres.Migrate(ctx, c.ownerURL()); err != nil {
		stop()
		return nil, err
	}
	if _, err := postgres.MigrateFleet(ctx, c.ownerURL(), postgres.FleetOptions{Workers: 4}); err != nil {
		stop()
		return nil, err
	}
	return stop, nil
}

func (c *config) bringRedis() (stop func(), err error) {
	if c.RedisURL != "" {
		return func() {}, nil
	}
	addr, stop, err := localredis.Start()
	if err != nil {
		return nil, err
	}
	c.RedisURL = "redis://" + addr
	return stop, nil
}

// keptSecret reads a secret from a file, or makes it.
func keptSecret(path string) (string, error) {
	if text, err := os.ReadFile(path); err == nil {
		return strings.TrimSpace(string(text)), nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	secret := rand.Text()
	return secret, os.WriteFile(path, []byte(secret+"\n"), 0o600)
}

// portFree says in one line what to do about a port that is taken, before anything is started.
func portFree(addr string) error {
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("port %s is taken: stop what listens there, or choose another one with HALUM_LISTEN=:8081 HALUM_BASE_DOMAIN=localhost:8081", addr)
	}
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	return l.Close()
}

// welcome prints where everything is.
func (p *parts) welcome(out io.Writer) {
	base := p.cfg.Scheme + "://" + p.cfg.BaseDomain
	fmt.Fprintf(out, "\nHalum Hut is running. Ctrl-C stops it; what is in %s stays.\n\n", p.cfg.DataDir)
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	for _, s := range demo.Shops {
		shop := p.cfg.Scheme + "://" + s.Slug + "." + p.cfg.BaseDomain
		fmt.Fprintf(w, "  %s\t%s\n", s.Name, shop)
		fmt.Fprintf(w, "  \t%s/vendor\t%s / %s\n", shop, s.OwnerEmail, demoPassword)
	}
	fmt.Fprintf(w, "  Mailbox\t%s/dev/mailbox\n", base)
	fmt.Fprintf(w, "  API docs\t%s/docs\n", base)
	fmt.Fprintf(w, "  Test card\t4242 4242 4242 4242\t12/40, any code\n")
	_ = w.Flush()
	fmt.Fprintf(out, "\nready %s after start\n", time.Since(started).Round(10*time.Millisecond))
}

var started = time.Now()
