package pluginhost

import (
	"context"
	"errors"
	"log/slog"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
	"github.com/halum-hut/halum/ports"
)

// Faults of this package. All of them mean that nothing was charged.
var (
	errMisconfigured = fault.New(fault.Invalid, "provider_misconfigured", "this shop has not set that way to pay up correctly: choose another")
	errProviderAway  = payment.ErrUnavailable
)

// For returns the account's provider. An unknown plugin gives one that refuses every call.
func (h *Host) For(account ports.ProviderAccount) ports.PaymentProvider {
	s := h.plugins[string(Payment)+"-"+account.Plugin]
	if s == nil {
		return unassigned{}
	}
	return provider{s, account}
}

// provider is one payment plugin acting for one tenant.
type provider struct {
	plugin  *supervisor
	account ports.ProviderAccount
}

func (p provider) Create(ctx context.Context, in ports.CreatePayment) (payment.Result, error) {
	return send(ctx, p, "Create", paymentClient.Create, &paymentv1.CreateRequest{
		Account: accountToProto(p.account), PaymentId: string(in.ID), IdempotencyKey: string(in.ID),
		Amount: amountToProto(in.Amount), MethodKind: in.Method.Kind, MethodFields: in.Method.Fields,
		OrderNumber: in.OrderNumber, Email: in.Email, ReturnUrl: in.ReturnURL,
	})
}

func (p provider) Continue(ctx context.Context, in ports.ContinuePayment) (payment.Result, error) {
	return send(ctx, p, "Continue", paymentClient.Continue, &paymentv1.ContinueRequest{
		Account: accountToProto(p.account), PaymentId: string(in.ID), IdempotencyKey: string(in.ID) + ":continue", Params: in.Params,
	})
}

func (p provider) Capture(ctx context.Context, id payment.ID, amount money.Money) (payment.Result, error) {
	return send(ctx, p, "Capture", paymentClient.Capture, &paymentv1.CaptureRequest{
		Account: accountToProto(p.account), PaymentId: string(id), IdempotencyKey: string(id) + ":capture", Amount: amountToProto(amount),
	})
}

func (p provider) Void(ctx context.Context, id payment.ID) (payment.Result, error) {
	return send(ctx, p, "Void", paymentClient.Void, &paymentv1.VoidRequest{
		Account: accountToProto(p.account), PaymentId: string(id), IdempotencyKey: string(id) + ":void",
	})
}

func (p provider) Get(ctx context.Context, id payment.ID) (payment.Result, error) {
	return send(ctx, p, "Get", paymentClient.Get, &paymentv1.GetRequest{Account: accountToProto(p.account), PaymentId: string(id)})
}

type paymentClient = paymentv1.PaymentPluginClient

// send makes one call and reads its result. Whatever is not certainly without effect is payment.Unknown.
func send[Req proto.Message](ctx context.Context, p provider, operation string,
	op func(paymentClient, context.Context, Req, ...grpc.CallOption) (*paymentv1.ResultResponse, error), in Req,
) (payment.Result, error) {
	pick := func(conn grpc.ClientConnInterface) method[Req, *paymentv1.ResultResponse] {
		return func(ctx context.Context, in Req, opts ...grpc.CallOption) (*paymentv1.ResultResponse, error) {
			return op(paymentv1.NewPaymentPluginClient(conn), ctx, in, opts...)
		}
	}
	log := p.plugin.log.With("operation", operation, "tenant", p.account.Tenant)
	out, err := call(ctx, p.plugin, string(p.account.Tenant), p.plugin.options.ChargeTimeout, pick, in)
	if err != nil {
		return failure(log, err)
	}
	result, problem := resultFromProto(out.GetResult(), operation == "Get")
	if problem != "" {
		log.Error("the plugin's answer cannot be used, its outcome is unknown", "problem", problem)
	}
	return result, nil
}

func failure(log *slog.Logger, err error) (payment.Result, error) {
	unknown := payment.Result{Outcome: payment.Unknown}
	refused := refusal{}
	if errors.As(err, &refused) {
		log.Warn("a call to the plugin was not sent", "cause", err)
		if errors.Is(err, errTooLarge) {
			return unknown, fault.New(fault.Invalid, "payment_input_too_large", "the payment details are too long").With(err)
		}
		return unknown, payment.ErrUnavailable.With(err)
	}
	if f := answerFault(err); f != nil {
		log.Info("the plugin refused a call", "cause", err)
		return unknown, f
	}
	log.Warn("a call to the plugin ended without an answer, its outcome is unknown", "cause", err)
	return unknown, nil
}

// unassigned is the provider of an account whose plugin is not installed. It never charges.
type unassigned struct{}

func (unassigned) refuse() (payment.Result, error) {
	return payment.Result{Outcome: payment.Unknown}, payment.ErrUnavailable
}

func (u unassigned) Create(context.Context, ports.CreatePayment) (payment.Result, error) {
	return u.refuse()
}

func (u unassigned) Continue(context.Context, ports.ContinuePayment) (payment.Result, error) {
	return u.refuse()
}

func (u unassigned) Capture(context.Context, payment.ID, money.Money) (payment.Result, error) {
	return u.refuse()
}

func (u unassigned) Void(context.Context, payment.ID) (payment.Result, error) { return u.refuse() }
func (u unassigned) Get(context.Context, payment.ID) (payment.Result, error)  { return u.refuse() }

var (
	_ ports.PaymentProvider = provider{}
	_ ports.PaymentProvider = unassigned{}
)
