package pluginhost

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	accounts "github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/plugins/sdk"
	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
	"github.com/halum-hut/halum/ports"
)

// refusal is why a call was certainly not sent.
type refusal struct{ cause error }

func (r refusal) Error() string { return r.cause.Error() }
func (r refusal) Unwrap() error { return r.cause }

var (
	// errTooLarge refuses a message above the cap before it is sent.
	errTooLarge     = errors.New("the request is larger than a plugin accepts")
	errNotInstalled = errors.New("the plugin is not installed")
)

// method is a generated client's method.
type method[Req proto.Message, Resp any] func(ctx context.Context, in Req, opts ...grpc.CallOption) (Resp, error)

// plugin finds a plugin of the catalogue; nil when it is not installed.
func (h *Host) plugin(kind Kind, name string) *supervisor { return h.find(string(kind) + "-" + name) }

// forAccount is a request that names the account it is for.
type forAccount interface {
	proto.Message
	GetAccount() *borderv1.Account
}

func setAccount(in forAccount, a *borderv1.Account) {
	m := in.ProtoReflect()
	m.Set(m.Descriptor().Fields().ByName("account"), protoreflect.ValueOfMessage(a.ProtoReflect()))
}

// call sends one request for an account. Its error is a refusal (nothing was sent), an *sdk.Fault (the plugin's answer),
// or anything else: the request may have had its effect. The account's secrets are opened for this call alone.
func call[Req forAccount, Resp any](ctx context.Context, h *Host, s *supervisor, account accounts.Account, timeout time.Duration,
	pick func(grpc.ClientConnInterface) method[Req, Resp], in Req,
) (Resp, error) {
	var none Resp
	if s == nil {
		return none, refusal{errNotInstalled}
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	wire, err := h.accountToProto(limited, account)
	if err != nil {
		return none, refusal{err}
	}
	setAccount(in, wire)
	if proto.Size(in) > sdk.MaxMessage {
		return none, refusal{errTooLarge}
	}
	leave, err := s.bulkhead.enter(limited, string(account.Tenant))
	if err != nil {
		return none, refusal{err}
	}
	defer leave()
	target, err := s.ready(limited)
	if err != nil {
		return none, refusal{err}
	}
	report, err := target.breaker.Allow()
	if err != nil {
		return none, refusal{err}
	}
	out, err := pick(target.conn)(limited, in)
	plugins, answered := sdk.FaultFromStatus(err)
	report(transportError(ctx, err, answered))
	if answered {
		return none, plugins
	}
	return out, err
}

// transportError is what the breaker counts: calls that ended without an answer. A caller who went away is no sign of
// the plugin's health.
func transportError(caller context.Context, err error, answered bool) error {
	switch {
	case err == nil, answered:
		return nil
	case caller.Err() != nil, status.Code(err) == codes.Canceled:
		return context.Canceled
	}
	return err
}

// answerFault turns an answer of the plugin that promises that nothing was done into a fault; nil for any other error.
func answerFault(err error) *fault.Error {
	f := (*sdk.Fault)(nil)
	if !errors.As(err, &f) {
		return nil
	}
	fields := make([]fault.Field, 0, len(f.Fields))
	for _, field := range f.Fields {
		fields = append(fields, fault.Field{Path: clip(field.Path, maxCode), Message: clip(field.Message, maxMessage)})
	}
	switch f.Kind {
	case sdk.FaultInvalid:
		return fault.New(fault.Invalid, "invalid_payment_input", clip(f.Message, maxMessage)).At(fields...).With(f)
	case sdk.FaultMisconfigured:
		return errMisconfigured.At(fields...).With(f)
	case sdk.FaultUnavailable:
		return errProviderAway.With(f)
	case sdk.FaultForged:
		return ports.ErrForged.With(f)
	case sdk.FaultUnsupported:
		return ports.ErrUnsupported.With(f)
	case sdk.FaultPlugin:
	}
	return nil
}

var modesToProto = map[accounts.Mode]borderv1.Mode{accounts.Test: borderv1.Mode_MODE_TEST, accounts.Live: borderv1.Mode_MODE_LIVE}

// accountToProto opens the account's secrets. The zero account asks the plugin in general. Errors: a secret does not open.
func (h *Host) accountToProto(ctx context.Context, a accounts.Account) (*borderv1.Account, error) {
	out := &borderv1.Account{Tenant: string(a.Tenant), Mode: modesToProto[a.Mode], Config: a.Config, Revision: a.Revision}
	if len(a.Secrets) == 0 {
		return out, nil
	}
	if h.options.Keyring == nil {
		return nil, errors.New("there is no key to open the account's secrets with")
	}
	out.Secrets, out.FormerSecrets = map[string]string{}, map[string]string{}
	for field, s := range a.Secrets {
		opened, err := h.options.Keyring.OpenFor(ctx, a.Tenant, a.SecretName(field), s.Sealed)
		if err != nil {
			return nil, err
		}
		out.Secrets[field] = string(opened)
		if len(s.Former) == 0 || h.options.Now().After(s.FormerUntil) {
			continue
		}
		if opened, err = h.options.Keyring.OpenFor(ctx, a.Tenant, a.SecretName(field), s.Former); err != nil {
			return nil, err
		}
		out.FormerSecrets[field] = string(opened)
	}
	return out, nil
}

func amountToProto(m money.Money) *borderv1.Amount {
	return &borderv1.Amount{Minor: m.Amount, Currency: string(m.Currency)}
}

func amountFromProto(a *borderv1.Amount) money.Money {
	return money.New(a.GetMinor(), money.Currency(a.GetCurrency()))
}

func addressToProto(a shipping.Address) *borderv1.Address {
	return &borderv1.Address{
		Name: a.Name, Line1: a.Line1, Line2: a.Line2, City: a.City, Region: a.Region, PostalCode: a.PostalCode, Country: a.Country, Phone: a.Phone,
	}
}
