package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/adapters/telemetry"
	"github.com/halum-hut/halum/ports"
)

const (
	// pluginsChanged is announced when the catalogue changed; the poll only bounds what a lost message costs.
	pluginsChanged = "plugins"
	pluginPoll     = 3 * time.Second
	// nodeSilence is after how long a node that reports nothing is taken for gone.
	nodeSilence = 15 * time.Second
	// nodeItself is what every node is listed with in place of a program.
	nodeItself = ""
	// The end of the log is reported less often than the rest, and cut: it is for a look, not an archive.
	linesEvery, maxReported, maxReportedLine = 10 * time.Second, 100, 500
)

// nodeName names this process among those that run plugins.
func nodeName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}

// newPlugins builds the host of what the catalogue wants now; nothing is started. A catalogue that cannot be read, as
// before its first migration, leaves the shipped plugins until it can.
func (p *parts) newPlugins(ctx context.Context) (err error) {
	if p.shipped, err = loadPlugins(p.cfg); err != nil {
		return err
	}
	p.pluginMetrics = telemetry.NewPlugins(p.metrics)
	want, err := p.wantedPlugins(ctx)
	if err != nil {
		p.log.Warn("the plugin catalogue cannot be read: starting with the plugins that came with halum", "error", err)
		want = p.shipped
	}
	p.plugins = pluginhost.New(want, p.watched(p.hostOptions))
	return nil
}

// watched adds metrics and the audit trail to a host's options.
func (p *parts) watched(o pluginhost.Options) pluginhost.Options {
	o.Observe = func(s pluginhost.State) { p.pluginMetrics.Changed(s.Program(), string(s.Phase)) }
	o.Record = func(ctx context.Context, s pluginhost.State) error { return p.db.RecordPlugin(ctx, status(s)) }
	return o
}

func status(s pluginhost.State) ports.PluginStatus {
	return ports.PluginStatus{
		Node: nodeName(), Program: s.Program(), Version: s.Version, SHA256: s.SHA256, Phase: string(s.Phase), PID: s.PID,
		Restarts: s.Restarts, InFlight: s.InFlight, Since: s.Since, LastError: s.LastError,
	}
}

// startPlugins starts all plugins and follows the catalogue until Close. One that does not start is logged and tried
// again; the shop goes on without it.
func (p *parts) startPlugins(ctx context.Context) {
	p.closers = append(p.closers, p.plugins.Stop)
	if err := p.plugins.Start(ctx); err != nil {
		p.log.Error("plugins are not ready", "error", err)
	}
	follow, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.followPlugins(follow)
	}()
	p.closers = append(p.closers, func() {
		stop()
		<-ended
	})
}

// followPlugins makes the host run what the catalogue wants and reports what it runs.
func (p *parts) followPlugins(ctx context.Context) {
	wake := make(chan struct{}, 1)
	ring := func() {
		select {
		case wake <- struct{}{}:
		default: // it is about to look anyway
		}
	}
	go func() {
		heard := func(what string) {
			if what == pluginsChanged {
				ring()
			}
		}
		if err := p.forget.Subscribe(ctx, heard, ring); err != nil {
			p.log.Error("announcements of changed plugins end", "error", err)
		}
	}()
	// A version is checked against the shops' settings once, by the command that puts it in use; here only its health is.
	follower := pluginhost.NewFollower(p.plugins, nil, time.Now)
	lines := reportedLines{}
	tick := time.NewTicker(pluginPoll)
	defer tick.Stop()
	for {
		p.followOnce(ctx, follower, lines)
		select {
		case <-ctx.Done():
			p.leaveBoard(ctx)
			return
		case <-tick.C:
		case <-wake:
		}
	}
}

func (p *parts) followOnce(ctx context.Context, follower *pluginhost.Follower, lines reportedLines) {
	want, err := p.wantedPlugins(ctx)
	if err == nil {
		follower.Apply(ctx, want)
		err = p.reportPlugins(ctx, follower, lines)
	}
	if err != nil && ctx.Err() == nil {
		p.log.Warn("the plugin catalogue cannot be followed now; what runs goes on", "error", err)
	}
}

// reportedLines remembers what was last reported of each program's log.
type reportedLines map[string]reportedLog

type reportedLog struct {
	phase pluginhost.Phase
	count int64
	at    time.Time
	lines []string
}

// of returns the end of a log, as it was at the last report unless that is some time ago or the plugin's state changed.
func (r reportedLines) of(host *pluginhost.Host, s pluginhost.State) []string {
	last := r[s.Program()]
	lines, count := host.Log(s.Program())
	if count == last.count || s.Phase == last.phase && time.Since(last.at) < linesEvery {
		return last.lines
	}
	lines = lines[max(0, len(lines)-maxReported):]
	for i, line := range lines {
		if len(line) > maxReportedLine {
			lines[i] = strings.ToValidUTF8(line[:maxReportedLine], "") + "…"
		}
	}
	r[s.Program()] = reportedLog{s.Phase, count, time.Now(), lines}
	return lines
}

func (p *parts) reportPlugins(ctx context.Context, follower *pluginhost.Follower, lines reportedLines) error {
	states := p.plugins.States()
	all := make([]ports.PluginStatus, 0, len(states))
	p.pluginMetrics.Forget()
	reported := map[string]bool{}
	for _, s := range states {
		one := status(s)
		one.Refused = follower.Refused(s.Program())
		one.Lines = lines.of(p.plugins, s)
		all, reported[s.Program()] = append(all, one), true
		p.pluginMetrics.Ready(s.Program(), s.Version, s.Phase == pluginhost.Ready || s.Phase == pluginhost.Degraded)
	}
	for program, why := range follower.AllRefused() { // also what never ran here
		if !reported[program] {
			all = append(all, ports.PluginStatus{Program: program, Phase: string(pluginhost.Stopped), Since: time.Now(), Refused: why})
		}
	}
	return p.db.ReportPlugins(ctx, nodeName(), all)
}

// leaveBoard takes this node off the list.
func (p *parts) leaveBoard(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = p.db.RemovePluginNode(ctx, nodeName()) // else it is forgotten by its silence
}
