package pluginhost_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
)

// changes keeps what an observer is told.
type changes struct {
	mu  sync.Mutex
	all []pluginhost.State
}

func (c *changes) add(s pluginhost.State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, s)
}

// of lists the phases of a version; those before a process told its version count for all.
func (c *changes) of(version string) []pluginhost.Phase {
	c.mu.Lock()
	defer c.mu.Unlock()
	var phases []pluginhost.Phase
	for _, s := range c.all {
		if s.Version == version {
			phases = append(phases, s.Phase)
		}
	}
	return phases
}

func (c *changes) has(version string, phase pluginhost.Phase) bool {
	for _, p := range c.of(version) {
		if p == phase {
			return true
		}
	}
	return false
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func TestEveryChangeIsObservedLoggedAndRecorded(t *testing.T) {
	var seen, recorded changes
	var log lockedText
	o := quick()
	o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.Observe = seen.add
	o.Record = func(_ context.Context, s pluginhost.State) error { recorded.add(s); return nil }
	o.HealthMisses = 1000
	host := startEntries(t, o, probeVersion(t, "1.0.0"))
	first := pidOf(t, host)
	require.NoError(t, syscall.Kill(first, syscall.SIGSTOP))
	require.Eventually(t, func() bool { return seen.has("1.0.0", pluginhost.Degraded) }, 5*time.Second, time.Millisecond)
	require.NoError(t, syscall.Kill(first, syscall.SIGKILL))
	require.Eventually(t, func() bool { s := host.States()[0]; return s.Restarts == 1 && s.Phase == pluginhost.Ready }, 10*time.Second, time.Millisecond)
	host.Stop()

	phases := distinct(seen.of("1.0.0"))
	require.Equal(t, []pluginhost.Phase{
		pluginhost.Registered, pluginhost.Verified, pluginhost.Starting, pluginhost.Ready, pluginhost.Degraded, pluginhost.Backoff,
		pluginhost.Verified, pluginhost.Starting, pluginhost.Ready, pluginhost.Draining, pluginhost.Stopped,
	}, phases)
	require.Equal(t, phases, distinct(recorded.of("1.0.0")))
	for _, phase := range phases {
		require.Contains(t, log.String(), `msg="plugin `+string(phase)+`" plugin=payment-probe plugin_version=1.0.0`)
	}
}

// distinct drops repetitions that follow each other: a plugin is degraded at each missed ping.
func distinct(all []pluginhost.Phase) []pluginhost.Phase {
	var out []pluginhost.Phase
	for _, p := range all {
		if len(out) == 0 || out[len(out)-1] != p {
			out = append(out, p)
		}
	}
	return out
}

func TestStopLetsCallsEnd(t *testing.T) {
	o := quick()
	o.HealthInterval = time.Minute // on a busy machine, missed pings must not replace it
	host := startEntries(t, o, probeVersion(t, "1.0.0"))
	answer := make(chan payment.Result, 1)
	go func() {
		r, err := probe(background(), host, probeAccount(), "slow", nil)
		if err != nil {
			r.Message = err.Error()
		}
		answer <- r
	}()
	require.Eventually(t, func() bool { return host.States()[0].InFlight == 1 }, 5*time.Second, time.Millisecond)
	host.Stop()
	require.Equal(t, payment.Captured, (<-answer).Outcome)
}

func TestSecretsDoNotReachTheLog(t *testing.T) {
	const canary, former, typed = "sk_live_canary-0123456789", "sk_live_former-9876543210", "4242424242424242"
	var log lockedText
	o := quick()
	o.Keyring = keyring{}
	o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	host := startEntries(t, o, probeVersion(t, "1.0.0"))
	as := probeAccount()
	sealed := func(value string) []byte {
		s, err := keyring{}.SealFor(t.Context(), as.Tenant, as.SecretName("api_key"), []byte(value))
		require.NoError(t, err)
		return s
	}
	as.Secrets = map[string]provider.Secret{"api_key": {Sealed: sealed(canary), Former: sealed(former), FormerUntil: time.Now().Add(time.Hour)}}
	r, err := probe(t.Context(), host, as, "log", map[string]string{"card_number": typed})
	require.NoError(t, err)
	require.Equal(t, payment.Captured, r.Outcome)
	require.Eventually(t, func() bool {
		return strings.Contains(log.String(), "calling the provider") && strings.Contains(log.String(), "printed")
	}, 5*time.Second, time.Millisecond)
	host.Hide("payment-probe", "another-value")
	lines, count := host.Log("payment-probe")
	require.NotZero(t, count)
	for _, text := range []string{log.String(), strings.Join(lines, "\n")} {
		for _, secret := range []string{canary, former, typed} {
			require.NotContains(t, text, secret)
		}
		require.Contains(t, text, `msg="calling the provider with [secret]" plugin=payment-probe`)
		require.Contains(t, text, `authorization="Bearer [secret]"`)
		require.Contains(t, text, "card=[secret]")
		require.Contains(t, text, "tenant=ten_a")
		require.Contains(t, text, "plugin_=payment-other", "a plugin cannot speak in another's name")
	}
}

type lockedText struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedText) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedText) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
