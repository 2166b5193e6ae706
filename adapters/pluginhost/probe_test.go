package pluginhost_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// probeVersion builds the probe as a version of its own and returns its entry.
func probeVersion(t *testing.T, version string) pluginhost.Entry {
	t.Helper()
	path := filepath.Join(bin, "probe-"+version, "payment-probe")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w -X main.version="+version, "-o", path, "./testdata/payment-probe")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	sum := sha256.Sum256(content)
	return pluginhost.Entry{Name: "probe", Kind: pluginhost.Payment, Path: path, SHA256: hex.EncodeToString(sum[:]), Version: version}
}

// startEntries runs a host of entries and stops it at the test's end.
func startEntries(t *testing.T, o pluginhost.Options, entries ...pluginhost.Entry) *pluginhost.Host {
	t.Helper()
	host := pluginhost.New(entries, o)
	t.Cleanup(host.Stop)
	require.NoError(t, host.Start(t.Context()))
	return host
}

func probeAccount() provider.Account {
	return provider.Account{Tenant: "ten_a", Kind: provider.Payment, Plugin: "probe", Mode: provider.Test, Revision: 1}
}

// probe asks the probe to try something and returns how it went: its version when all was well.
func probe(ctx context.Context, host *pluginhost.Host, as provider.Account, kind string, fields map[string]string) (payment.Result, error) {
	return host.For(as).Create(ctx, ports.CreatePayment{
		Payment: payment.Payment{ID: "pay_probe", Provider: "probe", MethodKind: kind, Asked: money.New(100, "BDT")},
		Method:  payment.Method{Kind: kind, Fields: fields}, OrderNumber: "1001",
	})
}

// keyring opens what was sealed by writing the tenant and the field in front.
type keyring struct{}

func (keyring) SealFor(_ context.Context, t tenant.ID, field string, plain []byte) ([]byte, error) {
	return append([]byte(string(t)+"/"+field+"/"), plain...), nil
}

func (keyring) OpenFor(_ context.Context, t tenant.ID, field string, sealed []byte) ([]byte, error) {
	return sealed[len(string(t)+"/"+field+"/"):], nil
}
