package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/halum-hut/halum/ports"
)

type pluginStatusCmd struct{}

// Run prints the catalogue and what every node says.
func (pluginStatusCmd) Run(ctx context.Context, cfg config) error {
	return withRunning(ctx, cfg, func(p *parts) error {
		versions, err := p.db.PluginVersions(ctx)
		if err != nil {
			return err
		}
		statuses, err := p.db.PluginStatuses(ctx, time.Now().Add(-nodeSilence))
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "PLUGIN\tVERSION\tIN USE\tINSTALLED\tSHA256")
		for _, e := range p.shipped {
			fmt.Fprintf(w, "%s\tshipped\t%s\t\t%.12s\n", e.Program(), yes(!hasActive(versions, e.Program())), e.SHA256)
		}
		for _, v := range versions {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.12s\n", v.Program, v.Version, yes(v.State == ports.PluginActive), v.InstalledAt.Format(time.DateTime), v.SHA256)
		}
		fmt.Fprintln(w, "\nPLUGIN\tNODE\tVERSION\tSTATE\tSINCE\tPID\tRESTARTS\tIN FLIGHT\tNOTE")
		for _, s := range statuses {
			if s.Program == nodeItself {
				continue
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\n", s.Program, s.Node, s.Version, s.Phase,
				time.Since(s.Since).Round(time.Second), s.PID, s.Restarts, s.InFlight, cmp.Or(s.Refused, s.LastError))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		if len(statuses) == 0 {
			fmt.Println("no node has reported lately: is halum serve or halum dev running?")
		}
		return nil
	})
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return ""
}

func hasActive(all []ports.PluginVersion, program string) bool {
	return slices.ContainsFunc(all, func(v ports.PluginVersion) bool { return v.Program == program && v.State == ports.PluginActive })
}

type pluginLogsCmd struct {
	Plugin string `arg:"" help:"The plugin, such as payment-acme."`
	Lines  int    `short:"n" default:"50" help:"How many lines of each node, at most 100."`
}

// Run prints what nodes report of the log; the last lines come some ten seconds late.
func (c *pluginLogsCmd) Run(ctx context.Context, cfg config) error {
	return withRunning(ctx, cfg, func(p *parts) error {
		all, err := p.db.PluginStatuses(ctx, time.Now().Add(-time.Hour))
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(s ports.PluginStatus) bool { return s.Program != c.Plugin })
		if len(all) == 0 {
			return fmt.Errorf("no node has run %s in the last hour: see `halum plugin status`", c.Plugin)
		}
		for _, s := range all {
			for _, line := range s.Lines[max(0, len(s.Lines)-max(0, c.Lines)):] {
				fmt.Printf("%s %s\n", s.Node, line)
			}
		}
		return nil
	})
}
