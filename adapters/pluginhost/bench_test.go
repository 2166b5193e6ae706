//go:build linux

package pluginhost_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

// The benchmarks compare the sandbox's bank called in this process with the same bank behind the border, on one journal.
// A new payment waits for the disk, some milliseconds that would hide all the rest, so both ask for one that is there:
// GetPayment reads it from memory, CreatePayment takes the journal's lock besides and finds nothing to write.

const benched payment.ID = "pay_bench"

type border struct {
	inProcess, throughPlugin map[string]func() error
}

func newBorder(b *testing.B) border {
	b.Helper()
	host, path := startSandbox(b, quick())
	sandbox := host.For(account("sandbox"))
	in := byCard(benched, "4242424242424242")
	_, err := sandbox.Create(b.Context(), in)
	require.NoError(b, err)
	j, err := journal.Open(path, time.Now)
	require.NoError(b, err)
	b.Cleanup(func() { _ = j.Close() })
	local, id := bank.New(j, time.Now), journal.ID{Tenant: "ten_a", Mode: "test", Key: string(benched)}
	purchase := bank.Purchase{
		Request: bank.Request{ID: id, Merchant: journal.Merchant{Revision: 1}}, Plan: bank.Cards["4242424242424242"],
		Amount: in.Payment.Asked.Amount, Currency: "BDT", Order: journal.Order{Number: in.OrderNumber},
	}
	return border{
		map[string]func() error{
			"GetPayment":    func() error { _, err := local.Get(b.Context(), id); return err },
			"CreatePayment": func() error { _, err := local.Pay(b.Context(), purchase); return err },
		},
		map[string]func() error{
			"GetPayment":    func() error { _, err := sandbox.Payment(b.Context(), cardPayment(benched)); return err },
			"CreatePayment": func() error { _, err := sandbox.Create(b.Context(), in); return err },
		},
	}
}

func median(all []time.Duration) float64 {
	slices.Sort(all)
	return all[len(all)/2].Seconds() * 1000
}

func timed(b *testing.B, op func() error) time.Duration {
	b.Helper()
	began := time.Now()
	err := op()
	took := time.Since(began)
	require.NoError(b, err)
	return took
}

func BenchmarkCreateInProcess(b *testing.B) {
	op, times := newBorder(b).inProcess["CreatePayment"], []time.Duration{}
	for b.Loop() {
		times = append(times, timed(b, op))
	}
	b.ReportMetric(median(times), "p50-ms")
}

func BenchmarkCreateThroughPlugin(b *testing.B) {
	op, times := newBorder(b).throughPlugin["CreatePayment"], []time.Duration{}
	b.ReportAllocs()
	for b.Loop() {
		times = append(times, timed(b, op))
	}
	b.ReportMetric(median(times), "p50-ms")
}

// BenchmarkBorder calls both sides in turn, so that whatever else the machine does meets both.
func BenchmarkBorder(b *testing.B) {
	for _, name := range []string{"GetPayment", "CreatePayment"} {
		b.Run(name, func(b *testing.B) {
			both := newBorder(b)
			var near, far []time.Duration
			for b.Loop() {
				near = append(near, timed(b, both.inProcess[name]))
				far = append(far, timed(b, both.throughPlugin[name]))
			}
			b.ReportMetric(median(near), "near-p50-ms")
			b.ReportMetric(median(far), "far-p50-ms")
			b.ReportMetric(median(far)-median(near), "border-p50-ms")
		})
	}
}

func BenchmarkThroughput(b *testing.B) {
	op := newBorder(b).throughPlugin["GetPayment"]
	const callers = 16
	var wg sync.WaitGroup
	turns := make(chan struct{}, b.N)
	for range b.N {
		turns <- struct{}{}
	}
	close(turns)
	b.ResetTimer()
	for range callers {
		wg.Go(func() {
			for range turns {
				if err := op(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// shipped are the plugins that make build has put into bin/.
func shipped(b *testing.B) pluginhost.Catalog {
	b.Helper()
	dir := b.TempDir()
	catalog, err := pluginhost.LoadCatalog("../../bin/plugins", map[string][]string{"payment-sandbox": {"--journal", dir + "/journal"}})
	require.NoError(b, err)
	require.NotEmpty(b, catalog, "run make build first")
	catalog.Grant("payment-sandbox", pluginhost.Grants{Write: []string{dir}})
	return catalog
}

func BenchmarkStartToReady(b *testing.B) {
	for _, entry := range shipped(b) {
		b.Run(entry.Program(), func(b *testing.B) {
			var times []time.Duration
			for b.Loop() {
				host := pluginhost.New(pluginhost.Catalog{entry}, quick())
				times = append(times, timed(b, func() error { return host.Start(context.WithoutCancel(b.Context())) }))
				host.Stop()
			}
			b.ReportMetric(median(times), "p50-ms")
			b.ReportMetric(slices.Max(times).Seconds()*1000, "max-ms")
		})
	}
}

// BenchmarkMemory measures no time: what is resident of each plugin once it is ready, shared pages included.
func BenchmarkMemory(b *testing.B) {
	host := pluginhost.New(shipped(b), quick())
	b.Cleanup(host.Stop)
	require.NoError(b, host.Start(b.Context()))
	for b.Loop() {
	}
	for _, state := range host.States() {
		b.ReportMetric(float64(statusKiB(b, state.PID, "VmRSS:"))/1024, state.Name+"-MB")
	}
}
