package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/ports"
)

type pluginCmd struct {
	Install  pluginInstallCmd  `cmd:"" help:"Copy an executable into this node's plugin store and add its version to the catalogue, not in use."`
	Enable   pluginEnableCmd   `cmd:"" help:"Put a plugin's installed version in use."`
	Disable  pluginDisableCmd  `cmd:"" help:"Take a plugin's installed version out of use; a version shipped with halum serves again."`
	Upgrade  pluginUpgradeCmd  `cmd:"" help:"Put another installed version in use, without a restart and without a lost call."`
	Rollback pluginRollbackCmd `cmd:"" help:"Put the version from before in use again."`
	Status   pluginStatusCmd   `cmd:"" help:"Show what is installed and what every node runs."`
	Logs     pluginLogsCmd     `cmd:"" help:"Show the last lines of a plugin's log, from all nodes."`
	New      pluginNewCmd      `cmd:"" help:"Make a folder with a small working plugin to start from."`
	Verify   pluginVerifyCmd   `cmd:"" help:"Try a plugin of any language against the provider contract."`
}

type pluginInstallCmd struct {
	File  string   `arg:"" type:"existingfile" help:"The executable, named payment-NAME or shipping-NAME."`
	Arg   []string `help:"Argument of its command line; may be repeated." sep:"none"`
	Read  []string `type:"path" help:"File or folder that it may read; may be repeated."`
	Write []string `type:"path" help:"File or folder that it may read and write; may be repeated."`
}

// Run starts the executable once, confined as it will be, to learn who it is.
func (c *pluginInstallCmd) Run(ctx context.Context, cfg config) error {
	return withRunning(ctx, cfg, func(p *parts) error {
		program := strings.TrimSuffix(filepath.Base(c.File), ".exe")
		if !pluginhost.IsProgram(program) {
			return fmt.Errorf("%s: name the file payment-NAME or shipping-NAME, in small letters, digits and dashes", filepath.Base(c.File))
		}
		store, err := p.cfg.pluginStore()
		if err != nil {
			return err
		}
		sum, err := store.put(program, c.File)
		if err != nil {
			return err
		}
		v := ports.PluginVersion{Program: program, SHA256: sum, Args: c.Arg, Read: c.Read, Write: c.Write}
		err = p.tryPlugin(ctx, store.entry(v), func(_ context.Context, found *pluginhost.Candidate) error {
			v.Version = found.Version()
			return nil
		})
		if err != nil {
			return err
		}
		if v.Version == "" {
			return fmt.Errorf("%s does not tell its version: set it in what Describe returns", program)
		}
		if err := p.db.InstallPlugin(ctx, v, operator()); err != nil {
			return err
		}
		fmt.Printf("%s@%s is installed (sha256 %.12s). Put it in use with\n\n  halum plugin enable %s@%s\n", program, v.Version, sum, program, v.Version)
		return nil
	})
}

// tryPlugin starts a version here, beside everything, and asks it.
func (p *parts) tryPlugin(ctx context.Context, e pluginhost.Entry, check pluginhost.Check) error {
	host := pluginhost.New(nil, p.hostOptions)
	defer host.Stop()
	if err := host.Start(ctx); err != nil {
		return err
	}
	return host.Upgrade(ctx, e, check)
}

type pluginEnableCmd struct {
	Plugin string `arg:"" help:"The plugin, such as payment-acme, or payment-acme@1.0.0."`
}

// Run activates the named version, or the newest installed one.
func (c *pluginEnableCmd) Run(ctx context.Context, cfg config) error {
	return withRunning(ctx, cfg, func(p *parts) error { return p.activatePlugin(ctx, c.Plugin) })
}

type pluginUpgradeCmd struct {
	Plugin string `arg:"" help:"The plugin and its version, such as payment-acme@1.1.0."`
}

// Run activates the named version.
func (c *pluginUpgradeCmd) Run(ctx context.Context, cfg config) error {
	if !strings.Contains(c.Plugin, "@") {
		return fmt.Errorf("name the version too, such as %s@1.1.0: see `halum plugin status`", c.Plugin)
	}
	return withRunning(ctx, cfg, func(p *parts) error { return p.activatePlugin(ctx, c.Plugin) })
}

// activatePlugin checks a version against the settings of all shops that use the plugin, then puts it in use everywhere.
func (p *parts) activatePlugin(ctx context.Context, name string) error {
	v, err := p.installed(ctx, name)
	if err != nil {
		return err
	}
	store, err := p.cfg.pluginStore()
	if err != nil {
		return err
	}
	if err := p.tryPlugin(ctx, store.entry(v), p.acceptedByShops); err != nil {
		return err
	}
	if err := p.db.ActivatePlugin(ctx, v.Program, v.Version, operator()); err != nil {
		return err
	}
	return p.awaitPlugin(ctx, v.Program, v.SHA256, v.Version)
}

// installed finds a version by "program" (the newest) or "program@version". Errors: ports.ErrPluginUnknown.
func (p *parts) installed(ctx context.Context, name string) (ports.PluginVersion, error) {
	program, version, exact := strings.Cut(name, "@")
	all, err := p.db.PluginVersions(ctx)
	if err != nil {
		return ports.PluginVersion{}, err
	}
	at := slices.IndexFunc(all, func(v ports.PluginVersion) bool {
		return v.Program == program && (!exact || v.Version == version)
	})
	if at < 0 {
		return ports.PluginVersion{}, ports.ErrPluginUnknown.Saying("%s is not installed: see `halum plugin status`", name)
	}
	return all[at], nil
}

// acceptedByShops asks a candidate whether it accepts the settings of every account that it would serve.
func (p *parts) acceptedByShops(ctx context.Context, c *pluginhost.Candidate) error {
	kind, name, _ := strings.Cut(c.Program(), "-")
	all, err := p.db.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, t := range all {
		var accounts []provider.Account
		err := p.db.View(ctx, t.ID, func(ctx context.Context, v ports.View) (err error) {
			accounts, err = v.ProviderAccounts(ctx, provider.Kind(kind))
			return err
		})
		if err != nil {
			return fmt.Errorf("read the settings of %s: %w", t.Slug, err)
		}
		for _, a := range accounts {
			if a.Plugin != name || a.Disabled {
				continue
			}
			if err := c.ValidateConfig(ctx, a); err != nil {
				return fmt.Errorf("it does not accept the %s settings of the shop %s: %w", a.Mode, t.Slug, err)
			}
		}
	}
	return nil
}

type pluginRollbackCmd struct {
	Plugin string `arg:"" help:"The plugin, such as payment-acme."`
}

// Run brings the version from before back: the previous one of the catalogue, else the one shipped with halum.
func (c *pluginRollbackCmd) Run(ctx context.Context, cfg config) error {
	return withRunning(ctx, cfg, func(p *parts) error {
		v, err := p.db.RollbackPlugin(ctx, c.Plugin, operator())
		if err == nil {
			return p.awaitPlugin(ctx, v.Program, v.SHA256, v.Version)
		}
		shipped := p.shippedEntry(c.Plugin)
		if !errors.Is(err, ports.ErrPluginNoPrevious) || shipped == nil {
			return err
		}
		if err := p.db.DeactivatePlugin(ctx, c.Plugin, operator()); err != nil {
			return err
		}
		return p.awaitPlugin(ctx, c.Plugin, shipped.SHA256, "the version shipped with halum")
	})
}

type pluginDisableCmd struct {
	Plugin string `arg:"" help:"The plugin, such as payment-acme."`
}

// Run takes the active version out of use.
func (c *pluginDisableCmd) Run(ctx context.Context, cfg config) error {
	return withRunning(ctx, cfg, func(p *parts) error {
		if err := p.db.DeactivatePlugin(ctx, c.Plugin, operator()); err != nil {
			return err
		}
		if shipped := p.shippedEntry(c.Plugin); shipped != nil {
			return p.awaitPlugin(ctx, c.Plugin, shipped.SHA256, "the version shipped with halum")
		}
		return p.awaitPlugin(ctx, c.Plugin, "", "no version")
	})
}

func (p *parts) shippedEntry(program string) *pluginhost.Entry {
	for i := range p.shipped {
		if p.shipped[i].Program() == program {
			return &p.shipped[i]
		}
	}
	return nil
}

// operator is who runs a command, for the audit trail.
func operator() string {
	if u, err := user.Current(); err == nil {
		return "cli:" + u.Username
	}
	return "cli:" + fmt.Sprint(os.Getuid())
}

const awaitNodes = 30 * time.Second

// awaitPlugin tells the nodes and waits until each of them runs the wanted checksum ("": none) or says why not.
func (p *parts) awaitPlugin(ctx context.Context, program, sum, version string) error {
	if err := p.forget.Forget(ctx, pluginsChanged); err != nil {
		p.log.Warn("the nodes were not told and look by themselves in some seconds", "error", err)
	}
	began := time.Now()
	for {
		nodes, err := p.aliveNodes(ctx)
		if err != nil {
			return err
		}
		waiting, refused := following(nodes, program, sum, began)
		switch {
		case len(refused) > 0:
			return fmt.Errorf("%s is in use in the catalogue, but not everywhere: bring the version from before back with `halum plugin rollback %s`, or mend the nodes:\n  %s",
				program, program, strings.Join(refused, "\n  "))
		case len(waiting) == 0:
			fmt.Printf("%s: %s is in use on %d node(s)\n", program, version, len(nodes))
			return nil
		case time.Since(began) > awaitNodes:
			return fmt.Errorf("%s is in use in the catalogue; these nodes have not followed in %s: %s", program, awaitNodes, strings.Join(waiting, ", "))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// aliveNodes groups what nodes said lately by node.
func (p *parts) aliveNodes(ctx context.Context) (map[string][]ports.PluginStatus, error) {
	all, err := p.db.PluginStatuses(ctx, time.Now().Add(-nodeSilence))
	nodes := map[string][]ports.PluginStatus{}
	for _, s := range all {
		nodes[s.Node] = append(nodes[s.Node], s)
	}
	return nodes, err
}

// following lists the nodes that do not run the wanted checksum yet, and what those say that do not want to. What a node
// said before began does not count.
func following(nodes map[string][]ports.PluginStatus, program, sum string, began time.Time) (waiting, refused []string) {
	for node, statuses := range nodes {
		at := slices.IndexFunc(statuses, func(s ports.PluginStatus) bool { return s.Program == program })
		switch {
		case at < 0 && sum == "", at >= 0 && statuses[at].SHA256 == sum && statuses[at].Refused == "":
		case at >= 0 && statuses[at].Refused != "" && statuses[at].SeenAt.After(began):
			refused = append(refused, node+": "+statuses[at].Refused)
		default:
			waiting = append(waiting, node)
		}
	}
	slices.Sort(waiting)
	slices.Sort(refused)
	return waiting, refused
}
