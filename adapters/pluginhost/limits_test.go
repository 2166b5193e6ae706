package pluginhost_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/plugins/sdk"
	"github.com/halum-hut/halum/ports"
)

// ask is one operation about a payment; refunds answer with their outcome alone.
type ask func(ctx context.Context) (payment.Result, error)

// operations are all that a provider does about one payment.
func operations(p ports.PaymentProvider, pay payment.Payment) map[string]ask {
	refund := func(r payment.MoveResult, err error) (payment.Result, error) {
		return payment.Result{Outcome: r.Outcome, Code: r.Code, Message: r.Message, Amount: r.Amount}, err
	}
	return map[string]ask{
		"CreatePayment": func(ctx context.Context) (payment.Result, error) {
			in := byCard(pay.ID, "4242424242424242")
			in.Payment, in.Method.Kind = pay, pay.MethodKind
			return p.Create(ctx, in)
		},
		"UpdatePayment":   func(ctx context.Context) (payment.Result, error) { return p.Update(ctx, pay, "key") },
		"ContinuePayment": func(ctx context.Context) (payment.Result, error) { return p.Continue(ctx, pay, nil) },
		"Capture": func(ctx context.Context) (payment.Result, error) {
			return p.Capture(ctx, pay, move("cap_1", 100), true)
		},
		"Void":       func(ctx context.Context) (payment.Result, error) { return p.Void(ctx, pay) },
		"GetPayment": func(ctx context.Context) (payment.Result, error) { return p.Payment(ctx, pay) },
		"Refund": func(ctx context.Context) (payment.Result, error) {
			return refund(p.Refund(ctx, pay, move("ref_1", 100)))
		},
		"GetRefund": func(ctx context.Context) (payment.Result, error) {
			return refund(p.RefundStatus(ctx, pay, move("ref_1", 100)))
		},
	}
}

// oddly is a payment with which the odd plugin does what the kind says.
func oddly(kind string) payment.Payment {
	pay := cardPayment("pay_odd")
	pay.MethodKind = kind
	return pay
}

// Whose fault it is, and whether something may have happened, is the same on both sides of the border.
func TestFaultsKeepTheirClass(t *testing.T) {
	var log lockedBuffer
	o := quick()
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	host := start(t, o, nil, "payment-odd")
	for _, c := range []struct {
		kind  string // what the plugin does
		is    error
		class fault.Kind
		code  string
		field string
	}{
		{"invalid", nil, fault.Invalid, "invalid_payment_input", "card_number"},                // the shopper's
		{"misconfigured", nil, fault.Invalid, "provider_misconfigured", "api_key"},             // the vendor's
		{"unavailable", payment.ErrUnavailable, fault.Unavailable, "provider_unavailable", ""}, // the provider's
		{"unsupported", ports.ErrUnsupported, fault.Invalid, "not_supported", ""},
		{"forged", ports.ErrForged, fault.Denied, "webhook_forged", ""},
	} {
		for name, op := range operations(host.For(account("odd")), oddly(c.kind)) {
			r, err := op(t.Context())
			require.Equal(t, payment.Unknown, r.Outcome, "%s %s: a fault claims nothing", name, c.kind)
			require.Equal(t, c.class, fault.KindOf(err), "%s %s", name, c.kind)
			require.Equal(t, c.code, fault.CodeOf(err), "%s %s", name, c.kind)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			if c.field != "" {
				require.Equal(t, c.field, fieldOf(t, err))
			}
		}
	}
	for _, kind := range []string{"panic", "plain_error"} { // the plugin's own: nobody knows what it has done
		for name, op := range operations(host.For(account("odd")), oddly(kind)) {
			r, err := op(t.Context())
			require.NoError(t, err, "%s %s", name, kind)
			require.Equal(t, payment.Unknown, r.Outcome, "%s %s", name, kind)
		}
	}
	require.Zero(t, host.States()[0].Restarts, "a panic in a method ends the call, not the process")
	require.Contains(t, log.String(), "panic in a plugin's method")
	require.NotContains(t, log.String(), "4242424242424242")
	r, err := host.For(account("odd")).Create(t.Context(), byCard("pay_o", "4242424242424242"))
	require.NoError(t, err, "answers of whatever kind do not open the breaker")
	require.Equal(t, payment.Captured, r.Outcome)
}

func TestAnswersThatDoNotFit(t *testing.T) {
	host := start(t, quick(), nil, "payment-odd")
	for kind, except := range map[string]map[string]payment.Outcome{
		"no_answer":       {},
		"not_found":       {"GetPayment": payment.NoSuchPayment, "GetRefund": payment.NoSuchPayment}, // an answer to a question only
		"unsafe_redirect": {},
		"no_action":       {},
	} {
		for name, op := range operations(host.For(account("odd")), oddly(kind)) {
			want := payment.Unknown
			if outcome, ok := except[name]; ok {
				want = outcome
			}
			r, err := op(t.Context())
			require.NoError(t, err, "%s %s", name, kind)
			require.Equal(t, want, r.Outcome, "%s %s", name, kind)
		}
	}
	for name, op := range operations(host.For(account("odd")), oddly("odd_code")) {
		r, err := op(t.Context())
		require.NoError(t, err)
		require.Contains(t, []string{"payment_declined", "refund_failed"}, r.Code, "%s: not a code that may be stored", name)
	}
}

// An answer above the bound is none, and a plugin that goes on like this is no longer asked.
func TestHugeAnswers(t *testing.T) {
	host := start(t, quick(), nil, "payment-odd")
	ask := operations(host.For(account("odd")), oddly("huge"))
	for _, name := range []string{"CreatePayment", "Refund", "GetPayment", "GetRefund", "Capture"} {
		r, err := ask[name](t.Context())
		require.NoError(t, err, name)
		require.Equal(t, payment.Unknown, r.Outcome, name)
	}
	_, err := ask["Void"](t.Context())
	require.ErrorIs(t, err, payment.ErrUnavailable)
}

func TestNextActions(t *testing.T) {
	host := start(t, quick(), nil, "payment-odd")
	for _, want := range []payment.NextAction{
		{Kind: "instructions", Instructions: "Send it to account 42."},
		{Kind: "qr_code", QR: "bank:pay?42"},
		{Kind: "client", Library: "bank.js", Data: map[string]string{"token": "for this shopper"}},
	} {
		r, err := host.For(account("odd")).Payment(t.Context(), oddly(want.Kind))
		require.NoError(t, err)
		require.Equal(t, &want, r.Next)
	}
}

func TestMessagesAreBounded(t *testing.T) {
	host := start(t, quick(), nil, "payment-odd")
	in := byCard("pay_r", "4242424242424242")
	r, err := host.For(account("odd")).Create(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, "[redacted fields]", r.Message, "form fields do not print")
	in.Method.Fields["card_number"] = strings.Repeat("4", sdk.MaxMessage-2048)
	r, err = host.For(account("odd")).Create(t.Context(), in)
	require.NoError(t, err, "a message just below the bound passes")
	require.Equal(t, payment.Captured, r.Outcome)
	in.Method.Fields["card_number"] = strings.Repeat("4", sdk.MaxMessage)
	_, err = host.For(account("odd")).Create(t.Context(), in)
	require.Equal(t, "payment_input_too_large", fault.CodeOf(err))
}

func TestLogFloodIsCut(t *testing.T) {
	var log lockedBuffer
	o := quick()
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	host := start(t, o, nil, "payment-odd")
	r, err := host.For(account("odd")).Payment(t.Context(), oddly("flood"))
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
		began := time.Now()
		r, err := host.For(who).Void(background(), oddly("sleep"))
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
	for range 5 {
		r, err := host.For(account("odd")).Void(t.Context(), oddly("sleep"))
		require.NoError(t, err)
		require.Equal(t, payment.Unknown, r.Outcome)
	}
	for name, op := range operations(host.For(account("odd")), oddly("any")) {
		_, err := op(t.Context())
		require.ErrorIs(t, err, payment.ErrUnavailable, name)
		require.ErrorContains(t, err, "circuit breaker is open", name)
	}
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
