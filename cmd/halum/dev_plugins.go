package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/halum-hut/halum/adapters/pluginhost"
)

// running is how other commands find what `halum dev` brought along. It holds passwords: only this user may read it.
type running struct {
	DatabaseURL      string `json:"database_url"`
	OwnerDatabaseURL string `json:"owner_database_url"`
	RedisURL         string `json:"redis_url"`
	SandboxJournal   string `json:"sandbox_journal"`
}

func (c *config) runningFile() string { return filepath.Join(c.DataDir, "dev.json") }

// tellRunning writes the file; forget removes it.
func (c *config) tellRunning() (forget func(), err error) {
	content, err := json.Marshal(running{c.DatabaseURL, c.OwnerDatabaseURL, c.RedisURL, c.SandboxJournal})
	if err != nil {
		return nil, err
	}
	path := c.runningFile()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return nil, err
	}
	return func() { _ = os.Remove(path) }, nil // a file that stays leads to a server that is away, which is told
}

// withRunning is with for a command that ends, against the servers of a running `halum dev` when none are set.
func withRunning(ctx context.Context, cfg config, fn func(*parts) error) error {
	cfg.LogLevel = cmp.Or(cfg.LogLevel, "warn")
	if cfg.DatabaseURL == "" {
		content, err := os.ReadFile(cfg.runningFile())
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("HALUM_DATABASE_URL is not set and no `halum dev` runs in %s: set it, or start one", cfg.DataDir)
		}
		var r running
		if err == nil {
			err = json.Unmarshal(content, &r)
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", cfg.runningFile(), err)
		}
		cfg.DatabaseURL, cfg.OwnerDatabaseURL, cfg.RedisURL = r.DatabaseURL, r.OwnerDatabaseURL, r.RedisURL
		cfg.SandboxJournal = r.SandboxJournal
	}
	return with(ctx, cfg, fn)
}

// attach reads "payment-acme=unix:/tmp/…", or the path of the file that the plugin wrote its address into, and lets the
// plugin that somebody runs take the place of the program of its name. Only the development mode knows the way here.
func (p *parts) attach(all []string) error {
	for _, text := range all {
		program, at, ok := strings.Cut(text, "=")
		if !ok || at == "" || !pluginhost.IsProgram(program) {
			return fmt.Errorf("--attach %s: write it as payment-NAME=ADDRESS, with what the plugin printed", text)
		}
		if !strings.HasPrefix(at, "unix:") {
			abs, err := filepath.Abs(at)
			if err != nil {
				return err
			}
			at = abs
		}
		kind, name, _ := strings.Cut(program, "-")
		p.attached = append(p.attached, pluginhost.Entry{Name: name, Kind: pluginhost.Kind(kind), Attach: at})
	}
	return nil
}
