package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/adapters/localpg"
	"github.com/halum-hut/halum/adapters/localredis"
	"github.com/halum-hut/halum/adapters/postgres"
)

const (
	slug = "bench"
	bin  = "bin/halum"
)

// stack is everything that runs: Postgres, Redis, one serve process with its plugins.
type stack struct {
	env      []string
	addr     string // of the server
	metrics  string
	pg       *localpg.Server
	stats    *pgx.Conn
	server   *exec.Cmd
	log      *os.File
	ready    time.Duration
	cleanups []func()
}

func startStack(ctx context.Context, dir string, products int) (s *stack, err error) {
	s = &stack{}
	defer func() {
		if err != nil {
			s.stop()
		}
	}()
	// Postgres runs as another user when we are root, and must be able to walk here.
	if err = os.Chmod(dir, 0o755); err != nil {
		return s, err
	}
	if s.pg, err = localpg.Start(ctx, localpg.Options{Dir: filepath.Join(dir, "pg"), Durable: true}); err != nil {
		return s, err
	}
	s.cleanups = append(s.cleanups, func() { _ = s.pg.Stop() })
	redisAddr, stopRedis, err := localredis.StartServer(ctx, dir)
	if err != nil {
		return s, err
	}
	s.cleanups = append(s.cleanups, stopRedis)
	s.addr, s.metrics = freeAddr(), freeAddr()
	if s.log, err = os.Create(filepath.Join(dir, "server.log")); err != nil {
		return s, err
	}
	urls, err := postgres.Bootstrap(ctx, s.pg.AdminURL("postgres"), postgres.BootstrapOptions{AppPassword: "app", OwnerPassword: "owner"})
	if err != nil {
		return s, err
	}
	s.env = append(os.Environ(),
		"HALUM_DATABASE_URL="+urls.App, "HALUM_OWNER_DATABASE_URL="+urls.Owner, "HALUM_SANDBOX_JOURNAL="+filepath.Join(dir, "sandbox.jsonl"),
		"HALUM_REDIS_URL=redis://"+redisAddr, "HALUM_LISTEN="+s.addr,
		"HALUM_METRICS_LISTEN="+s.metrics, "HALUM_BASE_DOMAIN=localhost", "HALUM_DATA_DIR="+filepath.Join(dir, "data"),
		"HALUM_PLUGIN_DIR=bin/plugins", "HALUM_READS_PER_SECOND=0", "HALUM_LOG_LEVEL=warn", "HALUM_RATE_LIMITS=false",
		"HALUM_MASTER_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
	)
	file := filepath.Join(dir, "catalog.csv")
	if err = os.WriteFile(file, catalogCSV(products), 0o600); err != nil {
		return s, err
	}
	settings := filepath.Join(dir, "manual.json")
	if err = os.WriteFile(settings, []byte(`{"counter": true}`), 0o600); err != nil {
		return s, err
	}
	for _, args := range [][]string{
		{"migrate"},
		{"tenant", "create", "--slug", slug, "--name", "Bench", "--currency", "USD", "--email", "owner@bench.example", "--password", "correct horse battery"},
		{"tenant", "provider", "--tenant", slug, "--kind", "payment", "--plugin", "manual", "--settings", settings},
		{"catalog", "import", "--tenant", slug, file},
	} {
		if err = s.halum(ctx, args...); err != nil {
			return s, err
		}
	}
	if s.stats, err = pgx.Connect(ctx, s.pg.AdminURL("halum")); err != nil {
		return s, err
	}
	if _, err = s.stats.Exec(ctx, "create extension if not exists pg_stat_statements"); err != nil {
		return s, fmt.Errorf("statements cannot be counted: %w", err)
	}
	return s, s.serve(ctx)
}

// age places some orders and gathers statistics, as autovacuum does within a minute: plans made for empty tables are not
// what a shop lives with.
func (s *stack) age(ctx context.Context) error {
	steps := make([]func() (time.Duration, error), 8)
	for i := range steps {
		var err error
		if steps[i], err = s.checkingOut(1)(1000 + i); err != nil {
			return err
		}
	}
	if _, err := repeat(ctx, steps, 4*time.Second); err != nil {
		return err
	}
	_, err := s.stats.Exec(ctx, "vacuum analyze")
	return err
}

func (s *stack) halum(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Env, cmd.Stderr, cmd.Stdout = s.env, os.Stderr, io.Discard
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("halum %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// serve starts the server and notes how long it took until it was ready.
func (s *stack) serve(ctx context.Context) error {
	s.server = exec.Command(bin, "serve")
	s.server.Env, s.server.Stdout, s.server.Stderr = s.env, s.log, s.log
	begun := time.Now()
	if err := s.server.Start(); err != nil {
		return err
	}
	s.cleanups = append(s.cleanups, func() {
		_ = s.server.Process.Signal(syscall.SIGTERM)
		_ = s.server.Wait()
	})
	for time.Since(begun) < 30*time.Second && ctx.Err() == nil {
		if resp, err := http.Get("http://" + s.addr + "/readyz"); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				s.ready = time.Since(begun)
				return nil
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	text, _ := os.ReadFile(s.log.Name())
	return fmt.Errorf("the server did not become ready:\n%s", text)
}

func (s *stack) stop() {
	for i := len(s.cleanups) - 1; i >= 0; i-- {
		s.cleanups[i]()
	}
}

func freeAddr() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// catalogCSV is a product file with n products of two variants each, in four categories.
func catalogCSV(n int) []byte {
	var b strings.Builder
	b.WriteString("Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams," +
		"Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Requires Shipping,Image Src,Image Alt Text\n")
	for i := range n {
		fmt.Fprintf(&b, "product-%d,Product %d,<p>A good thing number %d with a longer description of what it is.</p>,Bench,Shelf %d,good,true,"+
			"Size,Small,SKU-%d-S,200,1000000,deny,%d.90,true,https://img.example/%d.jpg,Picture %d\n", i, i, i, i%4, i, 5+i%95, i, i)
		fmt.Fprintf(&b, "product-%d,,,,,,,,Large,SKU-%d-L,300,1000000,deny,%d.90,true,,\n", i, i, 8+i%95)
	}
	return []byte(b.String())
}
