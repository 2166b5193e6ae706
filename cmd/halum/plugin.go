package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/halum-hut/halum/adapters/pluginhost"
)

type pluginCmd struct {
	Status pluginStatusCmd `cmd:"" help:"Start every plugin once and tell whether it becomes ready."`
}

type pluginStatusCmd struct{}

// Run starts the plugins, prints a table and stops them.
func (pluginStatusCmd) Run(ctx context.Context, cfg config) error {
	catalog, err := loadPlugins(cfg)
	if err != nil {
		return err
	}
	host := pluginhost.New(catalog, pluginhost.Options{})
	wait, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	failed := host.Start(wait)
	defer host.Stop()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PLUGIN\tSTATE\tPID\tCHECKSUM")
	states := host.States()
	for i, e := range catalog {
		fmt.Fprintf(w, "%s\t%s\t%d\t%.12s\n", e.Program(), states[i].Phase, states[i].PID, e.SHA256)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return failed
}
