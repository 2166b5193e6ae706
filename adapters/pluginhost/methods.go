package pluginhost

import (
	"context"
	"errors"
	"sync"

	"google.golang.org/grpc"

	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/tenant"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
	"github.com/halum-hut/halum/ports"
)

// Methods lists the ways to pay of an account, in the plugin's order. The answer is kept until the account's revision or
// the plugin's version changes. Errors: fault.Unavailable, and fault.Invalid for settings that the plugin refuses.
func (h *Host) Methods(ctx context.Context, account ports.ProviderAccount) ([]ports.PaymentMethod, error) {
	s := h.plugins[string(Payment)+"-"+account.Plugin]
	if s == nil {
		return nil, payment.ErrUnavailable
	}
	who, stamp := methodKey{account.Tenant, account.Plugin}, methodStamp{account.Revision, s.current().Version}
	if known, ok := h.methods.get(who, stamp); ok {
		return known, nil
	}
	pick := func(conn grpc.ClientConnInterface) method[*paymentv1.DescribeRequest, *paymentv1.DescribeResponse] {
		return paymentv1.NewPaymentPluginClient(conn).Describe
	}
	in := &paymentv1.DescribeRequest{Account: accountToProto(account)}
	out, err := call(ctx, s, string(account.Tenant), s.options.QuoteTimeout, pick, in)
	if err != nil {
		if f := answerFault(err); f != nil {
			return nil, f
		}
		return nil, payment.ErrUnavailable.With(errors.Join(errors.New("list the ways to pay"), err))
	}
	found := methodsFromProto(account.Plugin, out.GetMethods())
	h.methods.put(who, stamp, found)
	return found, nil
}

func methodsFromProto(provider string, in []*paymentv1.Method) []ports.PaymentMethod {
	out := make([]ports.PaymentMethod, 0, len(in))
	for _, m := range in {
		fields := make([]ports.PaymentField, 0, len(m.GetFields()))
		for _, f := range m.GetFields() {
			fields = append(fields, ports.PaymentField{
				Name: clip(f.GetName(), maxCode), Label: clip(f.GetLabel(), maxMessage), Autocomplete: clip(f.GetAutocomplete(), maxCode),
				Example: clip(f.GetExample(), maxMessage), Secret: f.GetSecret(),
			})
		}
		out = append(out, ports.PaymentMethod{
			Provider: provider, Kind: clip(m.GetKind(), maxCode), Name: clip(m.GetName(), maxMessage), Hint: clip(m.GetHint(), maxMessage), Fields: fields,
		})
	}
	return out
}

type methodKey struct {
	tenant tenant.ID
	plugin string
}

type methodStamp struct {
	revision int64
	version  string
}

type cachedMethods struct {
	stamp   methodStamp
	methods []ports.PaymentMethod
}

// methodCache keeps one answer per account, for at most maxAccounts; beyond that an arbitrary one makes room.
type methodCache struct {
	mu    *sync.RWMutex
	known map[methodKey]cachedMethods
}

const maxAccounts = 10_000

func newMethodCache() methodCache { return methodCache{&sync.RWMutex{}, map[methodKey]cachedMethods{}} }

func (c methodCache) get(who methodKey, stamp methodStamp) ([]ports.PaymentMethod, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	found, ok := c.known[who]
	return found.methods, ok && found.stamp == stamp
}

func (c methodCache) put(who methodKey, stamp methodStamp, methods []ports.PaymentMethod) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxAccounts {
		for other := range c.known {
			delete(c.known, other)
			break
		}
	}
	c.known[who] = cachedMethods{stamp, methods}
}
