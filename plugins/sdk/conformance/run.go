package conformance

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

// Options change how the kit runs.
type Options struct {
	Scenario string       // path of the scenario file; conformance.json beside the plugin when empty
	Only     string       // a check, or the part of its name before the dot; all when empty
	Done     func(Result) // told each result as it comes; may be nil
}

const checkTimeout = 2 * time.Minute

// Verify builds what is at path when it must be built, runs it and tries it out. The path is a folder with a Go program or
// a package.json, or an executable. An error means that there is no report: the plugin could not be built or the scenario
// could not be set up. A plugin that fails its checks is not an error.
func Verify(ctx context.Context, path string, o Options) (*Report, error) {
	work, err := os.MkdirTemp("", "halum-conformance-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(work) }() // a folder in the temporary one: the system clears what is left
	target, err := resolve(ctx, path, work)
	if err != nil {
		return nil, err
	}
	scenario, err := LoadScenario(orElse(o.Scenario, filepath.Join(target.dir, ScenarioFile)))
	if err != nil {
		return nil, fmt.Errorf("the kit needs a scenario file that says how to use the plugin: %w", err)
	}
	return run(ctx, target, scenario, work, o)
}

func run(ctx context.Context, t target, s *Scenario, work string, o Options) (*Report, error) {
	k, err := newBench(ctx, t, s, work)
	if err != nil {
		return nil, err
	}
	defer k.close()
	report := &Report{
		Schema: ReportSchema, Date: time.Now().UTC().Truncate(time.Second),
		Plugin: Subject{Kind: k.kind, Name: k.about.name, Version: k.about.version, SHA256: t.sha256, Command: t.argv},
	}
	checks := paymentChecks
	if k.kind == sdk.KindShipping {
		checks = shippingChecks
	}
	if err := knownExcuses(s, checks); err != nil {
		return nil, err
	}
	for _, c := range checks {
		if !c.wanted(o.Only) {
			continue
		}
		result := k.try(ctx, c)
		report.Results = append(report.Results, result)
		if o.Done != nil {
			o.Done(result)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	if o.Only == "" && k.kind == sdk.KindPayment {
		report.Results = append(report.Results, hostCases()...)
	}
	report.Figures = k.figures
	report.Passed = len(report.Failures()) == 0
	if len(report.Results) == 0 {
		return nil, fmt.Errorf("there is no check named %s", o.Only)
	}
	return report, nil
}

func knownExcuses(s *Scenario, checks []check) error {
	for name := range s.NotApplicable {
		i := slices.IndexFunc(checks, func(c check) bool { return c.name == name })
		if i < 0 {
			return fmt.Errorf("not_applicable names %s, which is not a check", name)
		}
		if !checks[i].provider {
			return fmt.Errorf("not_applicable names %s, which does not depend on the provider and cannot be excused", name)
		}
	}
	return nil
}

// try runs one check on a healthy plugin and sees that it still is healthy afterwards.
func (k *bench) try(ctx context.Context, c check) Result {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	since := time.Now()
	err := k.revive(ctx)
	if err == nil {
		err = c.run(ctx, k)
	}
	if how, ended := k.gone(ctx); ended {
		err = fmt.Errorf("the plugin ended during this check: %s%s%s", how, quoteWords(k.output), during(err))
	}
	result := c.verdict(err, k.scenario.NotApplicable[c.name])
	result.Millis = time.Since(since).Milliseconds()
	return result
}

// gone says how the plugin has ended, if it has.
func (k *bench) gone(ctx context.Context) (how string, ended bool) {
	if k.plugin == nil {
		return "", false
	}
	if !k.plugin.process.ended() {
		if healthy(ctx, k.plugin.conn) == nil {
			return "", false
		}
		select { // its connection is closed before the kernel tells of its end
		case <-k.plugin.process.done:
		case <-time.After(2 * time.Second):
			k.plugin.process.kill()
			<-k.plugin.process.done
			return "it no longer answered and was killed", true
		}
	}
	return k.plugin.process.state.String(), true
}

func during(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}

func hostCases() []Result {
	var results []Result
	for _, c := range Cases {
		if c.Host != "" {
			results = append(results, Result{Check: "host", Title: c.Title, Cases: []int{c.Number}, Status: Host, Reason: c.Host})
		}
	}
	return results
}

// bench is one plugin under test with everything around it.
type bench struct {
	kind     string
	scenario *Scenario
	target   target
	argv     []string // with the scenario's arguments
	work     string
	vars     vars
	steps    stepper
	provider *provider // nil when the scenario has no setup
	plugin   *running  // nil after a crash that a check wanted
	output   *output
	watch    *watcher
	about    about
	tenant   string
	figures  Figures
}

func newBench(ctx context.Context, t target, s *Scenario, work string) (*bench, error) {
	dir := filepath.Join(work, "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	k := &bench{
		kind: sdk.KindPayment, scenario: s, target: t, work: work, vars: vars{"dir": dir, "source": s.dir}, steps: newStepper(s.dir),
		output: newOutput(), watch: &watcher{}, tenant: "t_" + strings.ToLower(rand.Text()[:12]),
	}
	if s.Shipping != nil {
		k.kind = sdk.KindShipping
	}
	if s.Setup != nil {
		p, ready, err := startProvider(ctx, s.Setup, s.dir, k.vars)
		if err != nil {
			return nil, err
		}
		k.provider, k.vars = p, k.vars.with(ready)
	}
	for name, value := range s.Account.Secrets {
		k.output.guard(name, value)
	}
	for name, value := range s.Account.FormerSecrets {
		k.output.guard("the former "+name, value)
	}
	if err := k.begin(ctx); err != nil {
		k.close()
		return nil, err
	}
	return k, nil
}

// begin starts the plugin for the first time and asks it who it is.
func (k *bench) begin(ctx context.Context) error {
	args, err := k.vars.list(k.scenario.Args)
	if err != nil {
		return err
	}
	k.argv = append(slices.Clone(k.target.argv), args...)
	if err := k.revive(ctx); err != nil {
		return fmt.Errorf("%s: %w", k.target.argv[0], err)
	}
	k.figures.ReadyMillis = k.plugin.ready.Milliseconds()
	if k.about, err = k.describe(ctx, nil); err != nil {
		return fmt.Errorf("%s does not describe itself as a %s plugin: %w", k.target.argv[0], k.kind, err)
	}
	if measurable {
		k.figures.IdleBytes, _, err = memoryOf(k.plugin.process.cmd.Process.Pid)
	}
	for _, name := range k.secretFields() {
		k.output.guard("the shopper's "+name.field, name.value)
	}
	return err
}

// revive starts the plugin when it does not run.
func (k *bench) revive(ctx context.Context) (err error) {
	if k.plugin != nil && !k.plugin.process.ended() {
		return nil
	}
	if k.plugin != nil {
		k.plugin.end()
	}
	k.plugin, err = launch(ctx, k.argv, k.work, k.kind, k.output, k.watch.intercept)
	return err
}

// restart ends the plugin politely and starts it again.
func (k *bench) restart(ctx context.Context) error {
	k.plugin.end()
	k.plugin = nil
	return k.revive(ctx)
}

// crash kills the plugin; revive brings it back.
func (k *bench) crash() {
	k.plugin.crash()
	k.plugin = nil
}

func (k *bench) close() {
	if k.plugin != nil {
		k.plugin.end()
	}
	if k.provider != nil {
		k.provider.end()
	}
}
