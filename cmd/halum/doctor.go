package main

import (
	"context"
	"fmt"
	"time"

	"github.com/halum-hut/halum/adapters/elastic"
	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/adapters/redis"
)

type doctorCmd struct{}

// Run checks one thing after the other and goes on after a failure, so that all is mended at once.
func (doctorCmd) Run(ctx context.Context, cfg config) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	failed := 0
	check := func(what string, err error) {
		mark := "ok  "
		if err != nil {
			mark, failed = "FAIL", failed+1
			what += ": " + err.Error()
		}
		fmt.Println(mark, what)
	}
	check("settings", cfg.requireServers())
	_, err := cfg.masterKey()
	check("master key", err)
	if cfg.DatabaseURL != "" {
		check("database: reachable, migrated", checkDatabase(ctx, cfg))
		old, err := checkKeys(ctx, cfg)
		check("data keys of the shops"+old, err)
	}
	if cfg.RedisURL != "" {
		check("Redis", checkRedis(ctx, cfg))
	}
	if cfg.SearchURL != "" {
		check("search server", checkSearch(ctx, cfg))
	}
	check("plugins", checkPlugins(ctx, cfg))
	if failed > 0 {
		return fmt.Errorf("%d checks failed", failed)
	}
	return nil
}

func checkDatabase(ctx context.Context, cfg config) error {
	p, err := assemble(ctx, cfg)
	if err != nil {
		return err
	}
	defer p.Close()
	if err := p.tokens.Load(ctx); err != nil {
		return fmt.Errorf("signing keys (is HALUM_MASTER_KEY the one they were sealed with?): %w", err)
	}
	_, err = p.db.Tenants(ctx)
	return err
}

// checkKeys tells how many data keys an older master key has wrapped.
func checkKeys(ctx context.Context, cfg config) (note string, err error) {
	p, err := assemble(ctx, cfg)
	if err != nil {
		return "", err
	}
	defer p.Close()
	old, err := p.keyring.Old(ctx)
	if err != nil {
		return "", fmt.Errorf("is a master key missing in HALUM_MASTER_KEY_OLD? %w", err)
	}
	if old > 0 {
		note = fmt.Sprintf(": an older master key wraps %d of them, run `halum keys rewrap`", old)
	}
	return note, nil
}

func checkSearch(ctx context.Context, cfg config) error {
	x, err := elastic.New(elastic.Options{URL: cfg.SearchURL})
	if err != nil {
		return err
	}
	defer func() { _ = x.Close() }()
	return x.Reach(ctx)
}

func checkRedis(ctx context.Context, cfg config) error {
	c, err := redis.Open(cfg.RedisURL)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	return c.Ping(ctx)
}

func checkPlugins(ctx context.Context, cfg config) error {
	catalog, err := loadPlugins(cfg)
	if err != nil {
		return err
	}
	if len(catalog) == 0 {
		return fmt.Errorf("no plugins in %s: set HALUM_PLUGIN_DIR", cfg.pluginDir())
	}
	host := pluginhost.New(catalog, pluginhost.Options{})
	defer host.Stop()
	return host.Start(ctx)
}
