package pluginhost_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/tenant"
)

func TestAnswersThatDoNotFit(t *testing.T) {
	var log lockedBuffer
	o := quick()
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	host := start(t, o, nil, "payment-odd")
	for _, c := range []struct {
		kind    string
		outcome payment.Outcome
		fault   string
	}{
		{"panic", payment.Unknown, ""},
		{"plain_error", payment.Unknown, ""},
		{"not_found", payment.Unknown, ""},
		{"huge", payment.Unknown, ""},
		{"unsafe_redirect", payment.Unknown, ""},
		{"invalid", payment.Unknown, "invalid_payment_input"},
		{"misconfigured", payment.Unknown, "provider_misconfigured"},
		{"unavailable", payment.Unknown, "provider_unavailable"},
	} {
		in := byCard("pay_o", "4242424242424242")
		in.Payment.MethodKind, in.Method.Kind = c.kind, c.kind
		r, err := host.For(account("odd")).Create(t.Context(), in)
		require.Equal(t, c.fault, fault.CodeOf(err), c.kind)
		require.Equal(t, c.outcome, r.Outcome, c.kind)
	}
	require.Zero(t, host.States()[0].Restarts, "a panic in a method ends the call, not the process")
	require.Contains(t, log.String(), "panic in a plugin's method")
	require.NotContains(t, log.String(), "4242424242424242")

	in := byCard("pay_r", "4242424242424242")
	in.Payment.MethodKind, in.Method.Kind = "print", "print"
	r, err := host.For(account("odd")).Create(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, "[redacted fields]", r.Message, "form fields do not print")
	in.Method.Fields["card_number"] = strings.Repeat("4", 2<<20)
	_, err = host.For(account("odd")).Create(t.Context(), in)
	require.Equal(t, "payment_input_too_large", fault.CodeOf(err))
}

func TestLogFloodIsCut(t *testing.T) {
	var log lockedBuffer
	o := quick()
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	host := start(t, o, nil, "payment-odd")
	in := byCard("pay_l", "4242424242424242")
	in.Payment.MethodKind, in.Method.Kind = "flood", "flood"
	r, err := host.For(account("odd")).Create(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, payment.Captured, r.Outcome)
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "msg=flood") }, 5*time.Second, 10*time.Millisecond)
	host.Stop()
	require.LessOrEqual(t, strings.Count(log.String(), "msg=flood"), 600)
	require.Contains(t, log.String(), "plugin=payment-odd")
}

func TestBulkheadRefusesFast(t *testing.T) {
	o := quick()
	o.MaxInFlight, o.MaxPerTenant, o.ChargeTimeout = 6, 4, time.Second
	host := start(t, o, nil, "payment-odd")
	call := func(of tenant.ID) (payment.Result, time.Duration, error) {
		who := account("odd")
		who.Tenant = of
		in := byCard("pay_b", "4242424242424242")
		in.Payment.MethodKind, in.Method.Kind = "sleep", "sleep"
		began := time.Now()
		r, err := host.For(who).Create(background(), in)
		return r, time.Since(began), err
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { _, _, _ = call("a") })
	}
	require.Eventually(t, func() bool { return host.States()[0].InFlight == 4 }, time.Second, time.Millisecond)
	_, took, err := call("a")
	require.ErrorIs(t, err, payment.ErrUnavailable)
	require.Less(t, took, o.ChargeTimeout, "it did not wait for the others to end")
	r, _, err := call("b")
	require.NoError(t, err, "another shop still gets in")
	require.Equal(t, payment.Unknown, r.Outcome)
	wg.Wait()
	require.Zero(t, host.States()[0].InFlight)
}

func TestBreakerOpensOnSilence(t *testing.T) {
	o := quick()
	o.ChargeTimeout = 100 * time.Millisecond
	host := start(t, o, nil, "payment-odd")
	in := byCard("pay_s", "4242424242424242")
	in.Payment.MethodKind, in.Method.Kind = "sleep", "sleep"
	for range 5 {
		r, err := host.For(account("odd")).Create(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, payment.Unknown, r.Outcome)
	}
	_, err := host.For(account("odd")).Create(t.Context(), in)
	require.ErrorIs(t, err, payment.ErrUnavailable)
	require.ErrorContains(t, err, "circuit breaker is open")
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
