package pluginhost

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/plugins/sdk"
	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
	"github.com/halum-hut/halum/ports"
)

// refusal is why a call was certainly not sent.
type refusal struct{ cause error }

func (r refusal) Error() string { return r.cause.Error() }
func (r refusal) Unwrap() error { return r.cause }

// errTooLarge refuses a message above the cap before it is sent.
var errTooLarge = errors.New("the request is larger than a plugin accepts")

// method is a generated client's method.
type method[Req proto.Message, Resp any] func(ctx context.Context, in Req, opts ...grpc.CallOption) (Resp, error)

// call sends one request. Its error is a refusal (nothing was sent), an *sdk.Fault (the plugin's answer), or anything
// else: the request may have had its effect.
func call[Req proto.Message, Resp any](ctx context.Context, s *supervisor, tenant string, timeout time.Duration,
	pick func(grpc.ClientConnInterface) method[Req, Resp], in Req,
) (Resp, error) {
	var none Resp
	if proto.Size(in) > sdk.MaxMessage {
		return none, refusal{errTooLarge}
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	leave, err := s.bulkhead.enter(limited, tenant)
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
	case sdk.FaultPlugin:
	}
	return nil
}

func accountToProto(a ports.ProviderAccount) *borderv1.Account {
	return &borderv1.Account{Tenant: string(a.Tenant), Settings: a.Settings, Revision: a.Revision}
}

func amountToProto(m money.Money) *borderv1.Amount {
	return &borderv1.Amount{Minor: m.Amount, Currency: string(m.Currency)}
}

func amountFromProto(a *borderv1.Amount) money.Money {
	return money.New(a.GetMinor(), money.Currency(a.GetCurrency()))
}
