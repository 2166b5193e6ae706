package pluginhost

import (
	"context"
	"errors"
	"slices"
	"sync"

	"google.golang.org/grpc"

	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
	accounts "github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
	"github.com/halum-hut/halum/ports"
)

// Methods lists the ways to pay of an account for a purchase, in the plugin's order. Errors: fault.Unavailable, and
// fault.Invalid for settings that the plugin refuses.
func (h *Host) Methods(ctx context.Context, account accounts.Account, country string, total money.Money) ([]ports.PaymentMethod, error) {
	d, err := h.describe(ctx, account)
	if err != nil || !d.takes(country, total) {
		return nil, err
	}
	return d.methods, nil
}

// PaymentTraits says what the account's plugin can. Errors: as Methods.
func (h *Host) PaymentTraits(ctx context.Context, account accounts.Account) (payment.Traits, error) {
	d, err := h.describe(ctx, account)
	return d.traits, err
}

// described is what a payment plugin said of itself to one account.
type described struct {
	methods    []ports.PaymentMethod
	traits     payment.Traits
	currencies []string
	countries  []string
	limits     map[money.Currency]bounds
	schema     string
	validates  bool
}

type bounds struct{ min, max int64 }

// takes reports whether the plugin takes a purchase. An empty country passes: the address is not known yet.
func (d described) takes(country string, total money.Money) bool {
	if len(d.currencies) > 0 && !slices.Contains(d.currencies, string(total.Currency)) ||
		len(d.countries) > 0 && country != "" && !slices.Contains(d.countries, country) {
		return false
	}
	l, bounded := d.limits[total.Currency]
	return !bounded || total.Amount >= l.min && (l.max == 0 || total.Amount <= l.max)
}

// describe asks a payment plugin what it is to an account. The answer is kept until the account's revision or the
// plugin's version changes.
func (h *Host) describe(ctx context.Context, account accounts.Account) (described, error) {
	s := h.plugin(Payment, account.Plugin)
	if s == nil {
		return described{}, payment.ErrUnavailable
	}
	who, stamp := methodKey{account.Tenant, account.Plugin, account.Mode}, methodStamp{account.Revision, s.current().Version}
	if known, ok := h.methods.get(who, stamp); ok {
		return known, nil
	}
	pick := func(conn grpc.ClientConnInterface) method[*paymentv1.DescribeRequest, *paymentv1.DescribeResponse] {
		return paymentv1.NewPaymentPluginClient(conn).Describe
	}
	out, err := call(ctx, h, s, account, h.options.QuoteTimeout, pick, &paymentv1.DescribeRequest{})
	if err != nil {
		if f := answerFault(err); f != nil {
			return described{}, f
		}
		return described{}, payment.ErrUnavailable.With(errors.Join(errors.New("list the ways to pay"), err))
	}
	found := describedFromProto(account, out)
	h.methods.put(who, stamp, found)
	return found, nil
}

func describedFromProto(account accounts.Account, in *paymentv1.DescribeResponse) described {
	c := in.GetCapabilities()
	d := described{
		traits: payment.Traits{
			Authorize: c.GetAuthorize(), PartialCapture: c.GetPartialCapture(), MultipleCaptures: c.GetMultipleCaptures(), Refund: c.GetRefund(),
			PartialRefund: c.GetPartialRefund(), Update: c.GetUpdate(), Webhooks: c.GetWebhooks(), Disputes: c.GetDisputes(), Offline: c.GetOffline(),
		},
		currencies: in.GetCurrencies(), countries: in.GetCountries(), limits: map[money.Currency]bounds{}, schema: in.GetConfigSchema(),
		validates: c.GetValidateConfig(),
	}
	for _, l := range in.GetLimits() {
		d.limits[money.Currency(l.GetCurrency())] = bounds{l.GetMin(), l.GetMax()}
	}
	for _, m := range in.GetMethods() {
		d.methods = append(d.methods, methodFromProto(account, m))
	}
	return d
}

func methodFromProto(account accounts.Account, m *paymentv1.Method) ports.PaymentMethod {
	fields := make([]ports.PaymentField, 0, len(m.GetFields()))
	for _, f := range m.GetFields() {
		fields = append(fields, ports.PaymentField{
			Name: clip(f.GetName(), maxCode), Label: clip(f.GetLabel(), maxMessage), Autocomplete: clip(f.GetAutocomplete(), maxCode),
			Example: clip(f.GetExample(), maxMessage), Secret: f.GetSecret(), ByLibrary: f.GetByLibrary(),
		})
	}
	return ports.PaymentMethod{
		Provider: account.Plugin, Kind: clip(m.GetKind(), maxCode), Name: clip(m.GetName(), maxMessage), Hint: clip(m.GetHint(), maxMessage),
		Test: account.Mode == accounts.Test, Fields: fields,
	}
}

type methodKey struct {
	tenant tenant.ID
	plugin string
	mode   accounts.Mode
}

type methodStamp struct {
	revision int64
	version  string
}

type cachedMethods struct {
	stamp methodStamp
	found described
}

// methodCache keeps one answer per account, for at most maxAccounts; beyond that an arbitrary one makes room.
type methodCache struct {
	mu    *sync.RWMutex
	known map[methodKey]cachedMethods
}

const maxAccounts = 10_000

func newMethodCache() methodCache { return methodCache{&sync.RWMutex{}, map[methodKey]cachedMethods{}} }

func (c methodCache) get(who methodKey, stamp methodStamp) (described, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	kept, ok := c.known[who]
	return kept.found, ok && kept.stamp == stamp
}

func (c methodCache) put(who methodKey, stamp methodStamp, found described) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxAccounts {
		for other := range c.known {
			delete(c.known, other)
			break
		}
	}
	c.known[who] = cachedMethods{stamp, found}
}
