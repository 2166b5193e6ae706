package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/halum-hut/halum/plugins/sdk"
	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
	shippingv1 "github.com/halum-hut/halum/plugins/sdk/proto/shipping/v1"
)

// callTimeout is the longest that the platform waits for an answer.
const callTimeout = 10 * time.Second

// watcher sees every call of the kit.
type watcher struct {
	calls atomic.Int64
	mu    sync.Mutex
	large map[string]bool // methods that answered with more than a message may hold
}

func (w *watcher) intercept(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	w.calls.Add(1)
	err := invoke(ctx, method, req, reply, conn, opts...)
	if status.Code(err) == codes.ResourceExhausted {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.large == nil {
			w.large = map[string]bool{}
		}
		w.large[method[strings.LastIndex(method, "/")+1:]] = true
	}
	return err
}

// about is what a plugin says of itself, of either kind.
type about struct {
	name, version, schema string
	currencies, countries []string
	webhooks, validates   bool
	payment               *paymentv1.DescribeResponse
	shipping              *shippingv1.DescribeResponse
}

func (k *bench) payments() paymentv1.PaymentPluginClient {
	return paymentv1.NewPaymentPluginClient(k.plugin.conn)
}

func (k *bench) shipments() shippingv1.ShippingPluginClient {
	return shippingv1.NewShippingPluginClient(k.plugin.conn)
}

func (k *bench) describe(ctx context.Context, account *borderv1.Account) (about, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if k.kind == sdk.KindPayment {
		d, err := k.payments().Describe(ctx, &paymentv1.DescribeRequest{Account: account})
		return about{
			name: d.GetName(), version: d.GetVersion(), schema: d.GetConfigSchema(), currencies: d.GetCurrencies(), countries: d.GetCountries(),
			webhooks: d.GetCapabilities().GetWebhooks(), validates: d.GetCapabilities().GetValidateConfig(), payment: d,
		}, err
	}
	d, err := k.shipments().Describe(ctx, &shippingv1.DescribeRequest{Account: account})
	return about{
		name: d.GetName(), version: d.GetVersion(), schema: d.GetConfigSchema(), currencies: d.GetCurrencies(), countries: d.GetCountries(),
		webhooks: d.GetWebhooks(), validates: d.GetValidateConfig(), shipping: d,
	}, err
}

func (k *bench) can() *paymentv1.Capabilities { return k.about.payment.GetCapabilities() }

// account is the vendor of the scenario.
func (k *bench) account() *borderv1.Account {
	a, err := k.accountOf(k.scenario.Account.Config, k.scenario.Account.Secrets)
	if err != nil {
		panic(err) // accountChecks has rendered it before anything else was tried
	}
	return a
}

func (k *bench) accountOf(config json.RawMessage, secrets map[string]string) (*borderv1.Account, error) {
	rendered, err := k.vars.json(config)
	if err != nil {
		return nil, err
	}
	if len(rendered) == 0 {
		rendered = json.RawMessage("{}")
	}
	return &borderv1.Account{
		Tenant: k.tenant, Mode: modeToProto(k.scenario.Account.Mode), Config: rendered, Secrets: secrets,
		FormerSecrets: k.scenario.Account.FormerSecrets, Revision: 1,
	}, nil
}

// bad is an account of the scenario that must be refused.
func (k *bench) bad(b BadAccount) (*borderv1.Account, error) {
	config, secrets := k.scenario.Account.Config, k.scenario.Account.Secrets
	if b.Config != nil {
		config = b.Config
	}
	if b.Secrets != nil {
		secrets = b.Secrets
	}
	a, err := k.accountOf(config, secrets)
	if err == nil {
		a.Revision = 2
	}
	return a, err
}

func modeToProto(mode string) borderv1.Mode {
	if mode == "live" {
		return borderv1.Mode_MODE_LIVE
	}
	return borderv1.Mode_MODE_TEST
}

func (k *bench) validate(ctx context.Context, a *borderv1.Account) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var err error
	if k.kind == sdk.KindPayment {
		_, err = k.payments().ValidateConfig(ctx, &borderv1.ValidateConfigRequest{Account: a})
	} else {
		_, err = k.shipments().ValidateConfig(ctx, &borderv1.ValidateConfigRequest{Account: a})
	}
	return err
}

// refused says whether an error is one of these faults.
func refused(err error, kinds ...sdk.FaultKind) bool {
	f, ok := sdk.FaultFromStatus(err)
	if !ok {
		return false
	}
	for _, kind := range kinds {
		if f.Kind == kind {
			return true
		}
	}
	return false
}

// cleanly says whether an error promises that nothing happened.
func cleanly(err error) bool {
	return refused(err, sdk.FaultInvalid, sdk.FaultMisconfigured, sdk.FaultUnavailable, sdk.FaultUnsupported)
}

// words says of an error whose fault it is, for a reason in the table.
func words(err error) string {
	if err == nil {
		return "no error"
	}
	if f, ok := sdk.FaultFromStatus(err); ok {
		return fmt.Sprintf("a fault of kind %s (%s)", faultNames[f.Kind], f.Error())
	}
	if s, ok := status.FromError(err); ok {
		return fmt.Sprintf("the gRPC status %s without a Fault in its details (%s)", s.Code(), s.Message())
	}
	return err.Error()
}

var faultNames = map[sdk.FaultKind]string{
	sdk.FaultPlugin: "PLUGIN", sdk.FaultInvalid: "INVALID", sdk.FaultMisconfigured: "MISCONFIGURED", sdk.FaultUnavailable: "UNAVAILABLE",
	sdk.FaultForged: "FORGED", sdk.FaultUnsupported: "UNSUPPORTED",
}

// together runs fn n times at once and returns the first error.
func together(n int, fn func(i int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = fn(i) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// eventually tries until fn is content or the time is over, and returns its last error. An error of the kind that says
// to stop is final.
func eventually(ctx context.Context, patience time.Duration, fn func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	pause := 20 * time.Millisecond
	for {
		err := fn()
		if err == nil || errors.As(err, &notApplicable{}) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
			pause = min(2*pause, 500*time.Millisecond)
		}
	}
}
