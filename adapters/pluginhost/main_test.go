package pluginhost_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
	"github.com/halum-hut/halum/ports"
)

// bin holds the real plugins, built once.
var bin string

func TestMain(m *testing.M) {
	if os.Getenv("PLUGINHOST_TEST_HOST") != "" {
		beHost()
	}
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	var err error
	if bin, err = os.MkdirTemp("", "pluginhost-bin-"); err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(bin) }()
	module := "github.com/halum-hut/halum/plugins/"
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin+"/",
		module+"payment-manual", module+"payment-sandbox", module+"shipping-flatrate", "./testdata/payment-odd")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("build the plugins: %v\n%s", err, out))
	}
	return m.Run()
}

// quick are options that make what takes seconds in production take tenths.
func quick() pluginhost.Options {
	return pluginhost.Options{
		Logger: slog.New(slog.DiscardHandler), HealthInterval: 100 * time.Millisecond, HealthTimeout: 200 * time.Millisecond,
		BackoffMin: 10 * time.Millisecond, BackoffMax: 100 * time.Millisecond, MaxRestarts: 1000, ChargeTimeout: 5 * time.Second,
	}
}

// start runs a host of the named programs and stops it at the test's end.
func start(t testing.TB, o pluginhost.Options, args map[string][]string, programs ...string) *pluginhost.Host {
	t.Helper()
	host := pluginhost.New(catalogOf(t, args, programs...), o)
	t.Cleanup(host.Stop)
	require.NoError(t, host.Start(t.Context()))
	return host
}

func catalogOf(t testing.TB, args map[string][]string, programs ...string) pluginhost.Catalog {
	t.Helper()
	all, err := pluginhost.LoadCatalog(bin, args)
	require.NoError(t, err)
	var some pluginhost.Catalog
	for _, entry := range all {
		for _, program := range programs {
			if entry.Program() == program {
				some = append(some, entry)
				for _, path := range args[program] { // the sandbox's journal
					if filepath.IsAbs(path) {
						some.Grant(program, pluginhost.Grants{Write: []string{filepath.Dir(path)}})
					}
				}
			}
		}
	}
	require.Len(t, some, len(programs))
	return some
}

// bankAt is the command line of a sandbox with this journal.
func bankAt(path string) map[string][]string {
	return map[string][]string{"payment-sandbox": {"--journal", path}}
}

func startSandbox(t testing.TB, o pluginhost.Options) (host *pluginhost.Host, journalPath string) {
	t.Helper()
	journalPath = filepath.Join(t.TempDir(), "sandbox.jsonl")
	return start(t, o, bankAt(journalPath), "payment-sandbox"), journalPath
}

func account(plugin string) provider.Account {
	return provider.Account{Tenant: "ten_a", Kind: provider.Payment, Plugin: plugin, Mode: provider.Test, Revision: 1}
}

func byCard(id payment.ID, number string) ports.CreatePayment {
	return ports.CreatePayment{
		Payment: cardPayment(id), OrderNumber: "1001", Email: "shopper@example.com",
		ReturnURL: "http://green.localhost:8080/orders/1001?secret=s",
		Method:    payment.Method{Kind: "card", Fields: map[string]string{"card_number": number, "card_expiry": "12/34", "card_cvc": "123"}},
	}
}

// cardPayment is the payment that byCard asks for, as the shop remembers it.
func cardPayment(id payment.ID) payment.Payment {
	return payment.Payment{ID: id, Provider: "sandbox", MethodKind: "card", Asked: money.New(199900, "BDT")}
}

// charges counts, by payment, how often the bank took money.
func charges(t *testing.T, path string) map[string]int {
	t.Helper()
	records, err := journal.Read(path)
	require.NoError(t, err)
	counts := map[string]int{}
	for _, r := range records {
		if r.Kind == journal.KindCapture && r.State == journal.Taken {
			counts[r.Key]++
		}
	}
	return counts
}

// booksOf is what the bank's books say about a payment of account("sandbox").
func booksOf(t *testing.T, path string, id payment.ID) journal.Payment {
	t.Helper()
	all, err := journal.Payments(path)
	require.NoError(t, err)
	return all[journal.ID{Tenant: "ten_a", Mode: "test", Key: string(id)}]
}

// eventually asks until the plugin answers something else than Unknown.
func eventually(t *testing.T, p ports.PaymentProvider, id payment.ID) payment.Result {
	t.Helper()
	var last payment.Result
	require.Eventually(t, func() bool {
		r, err := p.Payment(t.Context(), cardPayment(id))
		last = r
		return err == nil && r.Outcome != payment.Unknown
	}, 15*time.Second, 20*time.Millisecond)
	return last
}

func pidOf(t *testing.T, host *pluginhost.Host) int {
	t.Helper()
	var pid int
	require.Eventually(t, func() bool { pid = host.States()[0].PID; return pid != 0 }, 10*time.Second, 5*time.Millisecond)
	return pid
}

func background() context.Context { return context.Background() }

// beHost is the other side of TestHostKilledLeavesNoOrphan.
func beHost() {
	catalog, err := pluginhost.LoadCatalog(os.Getenv("PLUGINHOST_TEST_HOST"), nil)
	if err != nil {
		panic(err)
	}
	for _, entry := range catalog {
		if entry.Program() == "payment-manual" {
			host := pluginhost.New(pluginhost.Catalog{entry}, pluginhost.Options{Logger: slog.New(slog.DiscardHandler)})
			if err := host.Start(background()); err != nil {
				panic(err)
			}
			fmt.Println(host.States()[0].PID)
			time.Sleep(time.Minute)
		}
	}
	os.Exit(1)
}
