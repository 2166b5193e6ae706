package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
	"github.com/halum-hut/halum/ports"
)

const (
	pluginDir      = "bin/plugins"
	sandboxProgram = "payment-sandbox"
	starts         = 7  // of each plugin; the median counts
	callers        = 16 // at once, for the throughput
)

// pluginFigures are what the border of plugins costs.
type pluginFigures struct {
	inProcess, throughPlugin time.Duration // p50 of one call
	perSecond                float64
	plugins                  []pluginStart
}

type pluginStart struct {
	program  string
	ready    time.Duration
	resident int64 // bytes, once ready
}

// measurePlugins starts each plugin in bin/ alone, and asks the sandbox's bank about a payment: in this process, and
// behind the border on the same journal. The question is answered from memory, since a payment that is written to the
// disk takes milliseconds, which would hide the border.
func measurePlugins(ctx context.Context, dir string, duration time.Duration) (f pluginFigures, err error) {
	path := filepath.Join(dir, "bench-sandbox.jsonl")
	catalog, err := pluginhost.LoadCatalog(pluginDir, map[string][]string{sandboxProgram: {"--journal", path}})
	if err != nil {
		return f, err
	}
	catalog.Grant(sandboxProgram, pluginhost.Grants{Write: []string{dir}})
	for _, entry := range catalog {
		s, err := measureStart(ctx, entry)
		if err != nil {
			return f, fmt.Errorf("start %s: %w", entry.Program(), err)
		}
		f.plugins = append(f.plugins, s)
	}
	i := slices.IndexFunc(catalog, func(e pluginhost.Entry) bool { return e.Program() == sandboxProgram })
	if i < 0 {
		return f, errors.New("there is no " + pluginDir + "/" + sandboxProgram + ": run make build")
	}
	host := hostOf(catalog[i])
	if err := host.Start(ctx); err != nil {
		return f, err
	}
	defer host.Stop()
	return f, f.measureCalls(ctx, host, path, duration)
}

func hostOf(e pluginhost.Entry) *pluginhost.Host {
	return pluginhost.New(pluginhost.Catalog{e}, pluginhost.Options{Logger: slog.New(slog.DiscardHandler)})
}

// measureStart starts a plugin several times and looks at the last process.
func measureStart(ctx context.Context, e pluginhost.Entry) (pluginStart, error) {
	s, times := pluginStart{program: e.Program()}, make([]time.Duration, 0, starts)
	for range starts {
		host, begun := hostOf(e), time.Now()
		err := host.Start(ctx)
		times = append(times, time.Since(begun))
		if err == nil {
			s.resident = processes()[host.States()[0].PID].rss
		}
		host.Stop()
		if err != nil {
			return s, err
		}
	}
	slices.Sort(times)
	s.ready = times[len(times)/2]
	return s, nil
}

func (f *pluginFigures) measureCalls(ctx context.Context, host *pluginhost.Host, path string, duration time.Duration) error {
	through, local, closeBank, err := bothSides(ctx, host, path)
	if err != nil {
		return err
	}
	defer closeBank()
	if _, err := repeat(ctx, []func() (time.Duration, error){timed(through)}, time.Second); err != nil { // warm up
		return err
	}
	var near, far []time.Duration
	// In turn, so that whatever else the machine does meets both sides.
	_, err = repeat(ctx, []func() (time.Duration, error){func() (time.Duration, error) {
		a, err := timed(local)()
		if err != nil {
			return 0, err
		}
		b, err := timed(through)()
		near, far = append(near, a), append(far, b)
		return b, err
	}}, duration)
	if err != nil {
		return err
	}
	f.inProcess, f.throughPlugin = median(near), median(far)
	crowd := make([]func() (time.Duration, error), callers)
	for i := range crowd {
		crowd[i] = timed(through)
	}
	begun := time.Now()
	calls, err := repeat(ctx, crowd, duration)
	f.perSecond = float64(len(calls)) / time.Since(begun).Seconds()
	return err
}

func timed(do func() error) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		begun := time.Now()
		err := do()
		return time.Since(begun), err
	}
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// bothSides makes a payment and returns how to ask for it through the plugin and in this process.
func bothSides(ctx context.Context, host *pluginhost.Host, path string) (through, local func() error, closeBank func(), err error) {
	pay := payment.Payment{ID: "pay_bench", Provider: "sandbox", MethodKind: "card", Asked: money.New(199900, "BDT")}
	sandbox := host.For(provider.Account{Tenant: "ten_bench", Kind: provider.Payment, Plugin: "sandbox", Mode: provider.Test, Revision: 1})
	_, err = sandbox.Create(ctx, ports.CreatePayment{
		Payment: pay, OrderNumber: "1001", ReturnURL: "https://bench.example/orders/1001",
		Method: payment.Method{Kind: "card", Fields: map[string]string{"card_number": "4242424242424242", "card_expiry": "12/34", "card_cvc": "123"}},
	})
	if err != nil {
		return nil, nil, nil, err
	}
	j, err := journal.Open(path, time.Now)
	if err != nil {
		return nil, nil, nil, err
	}
	here := bank.New(j, time.Now)
	through = func() error {
		r, err := sandbox.Payment(ctx, pay)
		if err == nil && r.Outcome != payment.Captured {
			err = fmt.Errorf("the plugin says that the payment is %s", r.Outcome)
		}
		return err
	}
	local = func() error {
		p, err := here.Get(ctx, journal.ID{Tenant: "ten_bench", Mode: "test", Key: string(pay.ID)})
		if err == nil && p.State != journal.Captured {
			err = fmt.Errorf("the bank says that the payment is %s", p.State)
		}
		return err
	}
	return through, local, func() { _ = j.Close() }, nil
}
