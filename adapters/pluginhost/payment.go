package pluginhost

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/payment"
	accounts "github.com/halum-hut/halum/core/provider"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
	"github.com/halum-hut/halum/ports"
)

// Faults of this package. All of them mean that nothing was charged.
var (
	errMisconfigured = fault.New(fault.Invalid, "provider_misconfigured", "this shop has not set that way to pay up correctly: choose another")
	errProviderAway  = payment.ErrUnavailable
)

// For returns the account's provider. An unknown plugin gives one that refuses every call.
func (h *Host) For(account accounts.Account) ports.PaymentProvider {
	return provider{h, h.plugin(Payment, account.Plugin), account}
}

// provider is one payment plugin acting for one tenant. plugin is nil when it is not installed.
type provider struct {
	host    *Host
	plugin  *supervisor
	account accounts.Account
}

func (p provider) Create(ctx context.Context, in ports.CreatePayment) (payment.Result, error) {
	to := addressToProto(in.ShippingAddress)
	return ask(ctx, p, "CreatePayment", paymentClient.CreatePayment, &paymentv1.CreatePaymentRequest{
		Payment: paymentToProto(in.Payment), IdempotencyKey: string(in.Payment.ID), CaptureLater: in.CaptureLater,
		MethodFields: in.Method.Fields, OrderNumber: in.OrderNumber, ShippingAddress: to,
		Buyer:  &paymentv1.Buyer{Name: to.GetName(), Email: in.Email, Phone: to.GetPhone(), Address: to},
		Locale: in.Locale, ReturnUrl: in.ReturnURL, WebhookUrl: in.WebhookURL,
	})
}

func (p provider) Update(ctx context.Context, pay payment.Payment, key string) (payment.Result, error) {
	return ask(ctx, p, "UpdatePayment", paymentClient.UpdatePayment, &paymentv1.UpdatePaymentRequest{
		Payment: paymentToProto(pay), IdempotencyKey: key,
	})
}

func (p provider) Continue(ctx context.Context, pay payment.Payment, params map[string]string) (payment.Result, error) {
	return ask(ctx, p, "ContinuePayment", paymentClient.ContinuePayment, &paymentv1.ContinuePaymentRequest{
		Payment: paymentToProto(pay), IdempotencyKey: string(pay.ID) + ":continue", Params: params,
	})
}

func (p provider) Capture(ctx context.Context, pay payment.Payment, m payment.Move, final bool) (payment.Result, error) {
	return ask(ctx, p, "Capture", paymentClient.Capture, &paymentv1.CaptureRequest{
		Payment: paymentToProto(pay), CaptureId: string(m.ID), IdempotencyKey: string(m.ID), Amount: amountToProto(m.Amount), Final: final,
	})
}

func (p provider) Void(ctx context.Context, pay payment.Payment) (payment.Result, error) {
	return ask(ctx, p, "Void", paymentClient.Void, &paymentv1.VoidRequest{
		Payment: paymentToProto(pay), IdempotencyKey: string(pay.ID) + ":void",
	})
}

func (p provider) Payment(ctx context.Context, pay payment.Payment) (payment.Result, error) {
	return ask(ctx, p, "GetPayment", paymentClient.GetPayment, &paymentv1.GetPaymentRequest{Payment: paymentToProto(pay)})
}

func (p provider) Refund(ctx context.Context, pay payment.Payment, m payment.Move) (payment.MoveResult, error) {
	return askRefund(ctx, p, "Refund", paymentClient.Refund, &paymentv1.RefundRequest{
		Payment: paymentToProto(pay), RefundId: string(m.ID), IdempotencyKey: string(m.ID), Amount: amountToProto(m.Amount), Reason: m.Reason,
	})
}

func (p provider) RefundStatus(ctx context.Context, pay payment.Payment, m payment.Move) (payment.MoveResult, error) {
	return askRefund(ctx, p, "GetRefund", paymentClient.GetRefund, &paymentv1.GetRefundRequest{
		Payment: paymentToProto(pay), RefundId: string(m.ID), RefundRef: m.ProviderRef, Amount: amountToProto(m.Amount),
	})
}

type paymentClient = paymentv1.PaymentPluginClient

// operation is a method of the generated client.
type operation[Req proto.Message, Resp any] func(paymentClient, context.Context, Req, ...grpc.CallOption) (Resp, error)

// ask makes one call about a payment. Whatever is not certainly without effect is payment.Unknown.
func ask[Req forAccount](ctx context.Context, p provider, name string, op operation[Req, *paymentv1.ResultResponse], in Req) (payment.Result, error) {
	out, log, err := send(ctx, p, name, op, in)
	if err != nil {
		return payment.Result{Outcome: payment.Unknown}, failure(log, err)
	}
	result, problem := resultFromProto(out.GetResult(), name == "GetPayment")
	if problem != "" {
		log.Error("the plugin's answer cannot be used, its outcome is unknown", "problem", problem)
	}
	return result, nil
}

// askRefund makes one call about a refund.
func askRefund[Req forAccount](ctx context.Context, p provider, name string, op operation[Req, *paymentv1.RefundResponse], in Req) (payment.MoveResult, error) {
	out, log, err := send(ctx, p, name, op, in)
	if err != nil {
		return payment.MoveResult{Outcome: payment.Unknown}, failure(log, err)
	}
	result, problem := refundFromProto(out.GetResult(), name == "GetRefund")
	if problem != "" {
		log.Error("the plugin's answer cannot be used, its outcome is unknown", "problem", problem)
	}
	return result, nil
}

func send[Req forAccount, Resp any](ctx context.Context, p provider, name string, op operation[Req, Resp], in Req) (out Resp, log *slog.Logger, err error) {
	log = p.host.options.Logger.With("plugin", string(Payment)+"-"+p.account.Plugin, "operation", name, "tenant", p.account.Tenant)
	pick := func(conn grpc.ClientConnInterface) method[Req, Resp] {
		return func(ctx context.Context, in Req, opts ...grpc.CallOption) (Resp, error) {
			return op(paymentv1.NewPaymentPluginClient(conn), ctx, in, opts...)
		}
	}
	out, err = call(ctx, p.host, p.plugin, p.account, p.host.options.ChargeTimeout, pick, in)
	return out, log, err
}

// failure turns a call's error into a fault when nothing happened, and into nil when nobody knows.
func failure(log *slog.Logger, err error) error {
	refused := refusal{}
	if errors.As(err, &refused) {
		log.Warn("a call to the plugin was not sent", "cause", err)
		if errors.Is(err, errTooLarge) {
			return fault.New(fault.Invalid, "payment_input_too_large", "the payment details are too long").With(err)
		}
		return payment.ErrUnavailable.With(err)
	}
	if f := answerFault(err); f != nil {
		log.Info("the plugin refused a call", "cause", err)
		return f
	}
	log.Warn("a call to the plugin ended without an answer, its outcome is unknown", "cause", err)
	return nil
}

func paymentToProto(p payment.Payment) *paymentv1.Payment {
	return &paymentv1.Payment{
		Id: string(p.ID), Ref: p.ProviderRef, MethodKind: p.MethodKind, Amount: amountToProto(p.Asked), CreatedAt: timeToProto(p.CreatedAt),
	}
}

func timeToProto(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

var _ ports.PaymentProvider = provider{}
