// Command halum is the whole platform in one binary. Read wire.go for how its parts are put together, dev.go for what
// `halum dev` brings along, config.go for what can be set.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the release build.
var version = "dev"

type cli struct {
	Config string `help:"YAML file with settings; the environment wins over it." env:"HALUM_CONFIG" type:"path"`

	Dev      devCmd      `cmd:"" help:"Run everything on this machine with two demo shops: Postgres, Redis, plugins, server, worker."`
	Serve    serveCmd    `cmd:"" help:"Serve HTTP. Any number of these may run."`
	Worker   workerCmd   `cmd:"" help:"Work on jobs: notifications, mail, payments that are still open. Any number may run."`
	Migrate  migrateCmd  `cmd:"" help:"Bring the platform schema and all tenants to this version."`
	Tenant   tenantCmd   `cmd:"" help:"Create, list and migrate tenants."`
	Catalog  catalogCmd  `cmd:"" help:"Import products."`
	Search   searchCmd   `cmd:"" help:"Bring the search index up to date."`
	Payments paymentsCmd `cmd:"" help:"Compare payments with the providers."`
	Plugin   pluginCmd   `cmd:"" help:"Install, replace and watch the provider plugins."`
	Keys     keysCmd     `cmd:"" help:"Rotate the keys that seal providers' credentials."`
	Openapi  openapiCmd  `cmd:"" help:"Write the three OpenAPI documents into a folder."`
	Doctor   doctorCmd   `cmd:"" help:"Check settings, database, Redis and plugins, and say what to mend."`
	Show     showCmd     `cmd:"" name:"config" help:"Print all settings, without secrets."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	k := kong.Parse(&c, kong.Name("halum"), kong.Description("Halum Hut: many vendors, one commerce platform."),
		kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	cfg, err := loadConfig(c.Config, environ)
	if err == nil {
		k.BindTo(ctx, (*context.Context)(nil))
		err = k.Run(cfg)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "halum:", err)
		os.Exit(1) //nolint:gocritic // the deferred stop only releases a signal handler
	}
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run() error {
	fmt.Println(version)
	return nil
}

type showCmd struct{}

// Run prints the settings.
func (showCmd) Run(cfg config) error { //nolint:unparam // the command-line library asks for an error
	fmt.Print(cfg.describe())
	return nil
}
