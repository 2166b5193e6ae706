package pluginhost_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/core/payment"
)

func TestUpgradesLoseNoCall(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	versions := []pluginhost.Entry{probeVersion(t, "1.0.0"), probeVersion(t, "2.0.0")}
	host := startEntries(t, quick(), versions[0])
	defer host.Stop()
	held := host.For(probeAccount()) // also somebody who keeps a provider from before
	_ = held
	var calls, failed atomic.Int64
	var seen sync.Map
	stop := make(chan struct{})
	var load sync.WaitGroup
	for worker := range 8 {
		kind := "create"
		if worker == 0 {
			kind = "slow" // always in the middle of a call
		}
		load.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				r, err := probe(background(), host, probeAccount(), kind, nil)
				calls.Add(1)
				if err != nil || r.Outcome != payment.Captured {
					failed.Add(1)
					t.Logf("%s: %v %v", kind, r.Outcome, err)
				}
				seen.Store(r.Message, true)
			}
		})
	}
	for n := range 20 {
		require.NoError(t, host.Upgrade(t.Context(), versions[(n+1)%2], nil))
		r, err := probe(t.Context(), host, probeAccount(), "create", nil)
		require.NoError(t, err)
		require.Equal(t, versions[(n+1)%2].Version, r.Message, "a call after the upgrade goes to the new version")
	}
	close(stop)
	load.Wait()
	require.Zero(t, failed.Load(), "of %d calls", calls.Load())
	require.Greater(t, calls.Load(), int64(200))
	for _, v := range versions {
		_, ok := seen.Load(v.Version)
		require.True(t, ok, "%s answered", v.Version)
	}
	require.Equal(t, pluginhost.Ready, host.States()[0].Phase)
	require.Zero(t, host.States()[0].Restarts)
}

func TestAnOldVersionFinishesItsCalls(t *testing.T) {
	var log changes
	o := quick()
	o.Observe = log.add
	one, two := probeVersion(t, "1.0.0"), probeVersion(t, "2.0.0")
	host := startEntries(t, o, one)
	before := pidOf(t, host)
	answer := make(chan payment.Result, 1)
	go func() {
		r, err := probe(background(), host, probeAccount(), "slow", nil)
		if err != nil {
			r.Message = err.Error()
		}
		answer <- r
	}()
	require.Eventually(t, func() bool { return host.States()[0].InFlight == 1 }, 5*time.Second, time.Millisecond)
	require.NoError(t, host.Upgrade(t.Context(), two, nil))
	require.Equal(t, "2.0.0", host.States()[0].Version)
	require.Equal(t, "1.0.0", (<-answer).Message, "the call in flight was answered by the version that had it")
	require.Eventually(t, func() bool { return log.has("1.0.0", pluginhost.Stopped) }, 5*time.Second, time.Millisecond)
	require.Equal(t, []pluginhost.Phase{
		pluginhost.Registered, pluginhost.Verified, pluginhost.Starting, pluginhost.Ready, pluginhost.Draining, pluginhost.Stopped,
	}, log.of("1.0.0"))
	require.Eventually(t, func() bool { return !alive(before) }, 5*time.Second, 5*time.Millisecond)
}

func TestARefusedVersionChangesNothing(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	one, two := probeVersion(t, "1.0.0"), probeVersion(t, "2.0.0")
	o := quick()
	o.Keyring = keyring{}
	host := startEntries(t, o, one)
	defer host.Stop()
	pid := pidOf(t, host)

	wrongVersion, changed, gone := two, two, two
	wrongVersion.Version = "3.0.0"
	changed.SHA256 = one.SHA256
	gone.Path += "-gone"
	refusal := errors.New("the shop's settings are not accepted")
	picky := probeAccount()
	picky.Config = []byte(`{"refused_by":"2.0.0"}`)
	for name, c := range map[string]struct {
		entry pluginhost.Entry
		check pluginhost.Check
		want  string
	}{
		"another version than installed": {wrongVersion, nil, `calls itself version "2.0.0"`},
		"another content than pinned":    {changed, nil, "pinned checksum"},
		"no such file":                   {gone, nil, "no such file"},
		"the check fails":                {two, func(context.Context, *pluginhost.Candidate) error { return refusal }, refusal.Error()},
		"a shop's settings do not fit": {two, func(ctx context.Context, c *pluginhost.Candidate) error {
			require.Equal(t, "2.0.0", c.Version())
			require.NoError(t, c.ValidateConfig(ctx, probeAccount()))
			return c.ValidateConfig(ctx, picky)
		}, "refused_by"},
	} {
		err := host.Upgrade(t.Context(), c.entry, c.check)
		require.Error(t, err, name)
		if name != "a shop's settings do not fit" {
			require.ErrorContains(t, err, c.want, name)
		}
		require.Equal(t, pid, pidOf(t, host), name)
		r, err := probe(t.Context(), host, probeAccount(), "create", nil)
		require.NoError(t, err, name)
		require.Equal(t, "1.0.0", r.Message, name)
	}
}

func TestUpgradeOfAFailedPlugin(t *testing.T) {
	odd := catalogOf(t, map[string][]string{"payment-odd": {"--die"}}, "payment-odd")[0]
	o := quick()
	o.MaxRestarts = 2
	host := pluginhost.New(pluginhost.Catalog{odd}, o)
	defer host.Stop()
	require.Error(t, host.Start(t.Context()))
	require.Eventually(t, func() bool { return host.States()[0].Phase == pluginhost.Failed }, 10*time.Second, time.Millisecond)
	odd.Args = nil
	require.NoError(t, host.Upgrade(t.Context(), odd, nil))
	require.Equal(t, pluginhost.Ready, host.States()[0].Phase)
}

func TestAFollowerKeepsUpWithTheCatalogue(t *testing.T) {
	one, two := probeVersion(t, "1.0.0"), probeVersion(t, "2.0.0")
	odd := catalogOf(t, nil, "payment-odd")[0]
	host := startEntries(t, quick(), odd)
	at := time.Now()
	refuse := false
	follower := pluginhost.NewFollower(host, func(context.Context, *pluginhost.Candidate) error {
		if refuse {
			return errors.New("not today")
		}
		return nil
	}, func() time.Time { return at })
	running := func() []string {
		var all []string
		for _, s := range host.States() {
			all = append(all, s.Program()+"@"+s.Version)
		}
		return all
	}

	follower.Apply(t.Context(), pluginhost.Catalog{odd, one})
	require.Equal(t, []string{"payment-odd@0.0.1", "payment-probe@1.0.0"}, running())
	pid := host.States()[1].PID
	follower.Apply(t.Context(), pluginhost.Catalog{odd, one})
	require.Equal(t, pid, host.States()[1].PID, "what runs already is left alone")

	refuse = true
	follower.Apply(t.Context(), pluginhost.Catalog{odd, two})
	require.Equal(t, []string{"payment-odd@0.0.1", "payment-probe@1.0.0"}, running())
	require.Contains(t, follower.Refused("payment-probe"), "not today")
	refuse = false
	follower.Apply(t.Context(), pluginhost.Catalog{odd, two})
	require.Contains(t, follower.Refused("payment-probe"), "not today", "it is not tried all the time")
	at = at.Add(2 * time.Minute)
	follower.Apply(t.Context(), pluginhost.Catalog{odd, two})
	require.Empty(t, follower.Refused("payment-probe"))
	require.Equal(t, []string{"payment-odd@0.0.1", "payment-probe@2.0.0"}, running())

	follower.Apply(t.Context(), pluginhost.Catalog{two})
	require.Equal(t, []string{"payment-probe@2.0.0"}, running())
	_, err := host.For(account("odd")).Create(t.Context(), byCard("pay_gone", "4242424242424242"))
	require.ErrorIs(t, err, payment.ErrUnavailable)
}
