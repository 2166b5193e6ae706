package main

import (
	"context"
	"fmt"

	"github.com/halum-hut/halum/adapters/postgres"
)

type migrateCmd struct {
	Workers int `default:"8" help:"Tenants migrated at a time."`
}

// Run migrates the platform, then the fleet. It may be run again after a failure: what is done is skipped.
func (c *migrateCmd) Run(ctx context.Context, cfg config) error {
	if cfg.DatabaseURL == "" {
		return cfg.requireServers()
	}
	if err := postgres.Migrate(ctx, cfg.ownerURL()); err != nil {
		return err
	}
	fmt.Println("the platform schema is up to date")
	return migrateFleet(ctx, cfg, c.Workers)
}

type tenantMigrateCmd struct {
	Workers int `default:"8" help:"Tenants migrated at a time."`
}

// Run migrates the fleet only.
func (c *tenantMigrateCmd) Run(ctx context.Context, cfg config) error {
	if cfg.DatabaseURL == "" {
		return cfg.requireServers()
	}
	return migrateFleet(ctx, cfg, c.Workers)
}

func migrateFleet(ctx context.Context, cfg config, workers int) error {
	report, err := postgres.MigrateFleet(ctx, cfg.ownerURL(), postgres.FleetOptions{Workers: workers})
	failed := report.Failed()
	for _, f := range failed {
		fmt.Printf("%s: %v\n", f.Tenant, f.Err)
	}
	fmt.Printf("tenants at version %d: %d migrated, %d already there, %d failed\n", report.Version, len(report.Results)-len(failed), report.Skipped, len(failed))
	return err
}

// ownerURL is the login that may change the schema.
func (c *config) ownerURL() string {
	if c.OwnerDatabaseURL != "" {
		return c.OwnerDatabaseURL
	}
	return c.DatabaseURL
}
