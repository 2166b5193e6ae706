package pluginhost

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/grpc"

	"github.com/halum-hut/halum/core/payment"
	accounts "github.com/halum-hut/halum/core/provider"
	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
	shippingv1 "github.com/halum-hut/halum/plugins/sdk/proto/shipping/v1"
	"github.com/halum-hut/halum/ports"
)

// Providers implements ports.ProviderCatalog. A plugin that does not answer is listed as not running, with what it said
// of itself before.
func (h *Host) Providers(ctx context.Context, kind accounts.Kind) ([]ports.ProviderInfo, error) {
	var all []ports.ProviderInfo
	for _, state := range h.States() {
		if string(state.Kind) != string(kind) {
			continue
		}
		info := ports.ProviderInfo{Plugin: state.Name, Version: state.Version}
		if kind == accounts.Payment {
			if d, err := h.describe(ctx, accounts.Account{Plugin: state.Name}); err == nil {
				info.Running, info.ConfigSchema, info.Validates, info.Traits = h.plugin(Payment, state.Name).runs(), []byte(d.schema), d.validates, d.traits
			}
		} else if d, err := h.describeShipping(ctx, state.Name); err == nil {
			info.Running, info.ConfigSchema, info.Validates = h.plugin(Shipping, state.Name).runs(), []byte(d.GetConfigSchema()), d.GetValidateConfig()
			info.Books = d.GetBooks()
		}
		all = append(all, info)
	}
	slices.SortFunc(all, func(a, b ports.ProviderInfo) int { return strings.Compare(a.Plugin, b.Plugin) })
	return all, nil
}

// runs reports whether a process takes calls now: what was said before is remembered while there is none.
func (s *supervisor) runs() bool {
	phase := s.current().Phase
	return phase == Ready || phase == Degraded
}

// shippingStamp is one version of a shipping plugin.
type shippingStamp struct{ name, version string }

// describeShipping remembers what each version of a plugin says of itself.
func (h *Host) describeShipping(ctx context.Context, name string) (*shippingv1.DescribeResponse, error) {
	s := h.plugin(Shipping, name)
	stamp := shippingStamp{name, s.current().Version}
	if known, ok := h.carriers.Load(stamp); ok {
		return known.(*shippingv1.DescribeResponse), nil
	}
	pick := func(conn grpc.ClientConnInterface) method[*shippingv1.DescribeRequest, *shippingv1.DescribeResponse] {
		return shippingv1.NewShippingPluginClient(conn).Describe
	}
	out, err := call(ctx, h, s, accounts.Account{}, h.options.QuoteTimeout, pick, &shippingv1.DescribeRequest{})
	if err == nil {
		h.carriers.Store(stamp, out)
	}
	return out, err
}

// ValidateConfig implements ports.ProviderCatalog.
func (h *Host) ValidateConfig(ctx context.Context, account accounts.Account) error {
	return h.validateConfig(ctx, h.plugin(Kind(account.Kind), account.Plugin), account)
}

// ValidateConfig lets the candidate check an account's settings and credentials. Errors: as of Host.
func (c *Candidate) ValidateConfig(ctx context.Context, account accounts.Account) error {
	return c.h.validateConfig(ctx, c.s, account)
}

func (h *Host) validateConfig(ctx context.Context, s *supervisor, account accounts.Account) error {
	pick := func(conn grpc.ClientConnInterface) method[*borderv1.ValidateConfigRequest, *borderv1.ValidateConfigResponse] {
		if account.Kind == accounts.Shipping {
			return shippingv1.NewShippingPluginClient(conn).ValidateConfig
		}
		return paymentv1.NewPaymentPluginClient(conn).ValidateConfig
	}
	_, err := call(ctx, h, s, account, h.options.ChargeTimeout, pick, &borderv1.ValidateConfigRequest{})
	if err == nil {
		return nil
	}
	f := answerFault(err)
	switch {
	case f == nil:
		return payment.ErrUnavailable.Saying("the plugin did not answer: nothing was saved, try again").With(err)
	case f.Code == ports.ErrUnsupported.Code:
		return nil
	case f.Code == errMisconfigured.Code:
		return f.Saying("the provider does not accept these settings")
	}
	return f
}

var _ ports.ProviderCatalog = (*Host)(nil)
