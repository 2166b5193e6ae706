package sdk

import (
	"context"

	"google.golang.org/protobuf/types/known/durationpb"

	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
)

// paymentServer maps protobuf to author types, once.
type paymentServer struct {
	paymentv1.UnimplementedPaymentPluginServer
	plugin PaymentPlugin
}

func (s paymentServer) Describe(ctx context.Context, in *paymentv1.DescribeRequest) (*paymentv1.DescribeResponse, error) {
	d, err := s.plugin.Describe(ctx, accountFromProto(in.GetAccount()))
	if err != nil {
		return nil, faultToProto(err)
	}
	out := &paymentv1.DescribeResponse{
		Name: d.Name, Version: d.Version, Capabilities: s.capabilities(d.Capabilities), Currencies: d.Currencies,
		Countries: d.Countries, ConfigSchema: d.ConfigSchema,
	}
	for _, m := range d.Methods {
		out.Methods = append(out.Methods, methodToProto(m))
	}
	for _, l := range d.Limits {
		out.Limits = append(out.Limits, &paymentv1.Limit{Currency: l.Currency, Min: l.Min, Max: l.Max})
	}
	return out, nil
}

// capabilities adds those that the plugin's type tells.
func (s paymentServer) capabilities(c PaymentCapabilities) *paymentv1.Capabilities {
	out := &paymentv1.Capabilities{
		Authorize: c.Authorize, PartialCapture: c.PartialCapture, MultipleCaptures: c.MultipleCaptures, Refund: c.Refund,
		PartialRefund: c.PartialRefund, Disputes: c.Disputes, Offline: c.Offline,
		AuthorizationLife: durationpb.New(c.AuthorizationLife), RefundWindow: durationpb.New(c.RefundWindow),
	}
	_, out.Update = s.plugin.(PaymentUpdater)
	_, out.Webhooks = s.plugin.(PaymentWebhooks)
	_, out.ValidateConfig = s.plugin.(ConfigValidator)
	return out
}

func (s paymentServer) ValidateConfig(ctx context.Context, in *borderv1.ValidateConfigRequest) (*borderv1.ValidateConfigResponse, error) {
	return validateConfig(ctx, s.plugin, in)
}

func (s paymentServer) CreatePayment(ctx context.Context, in *paymentv1.CreatePaymentRequest) (*paymentv1.ResultResponse, error) {
	buyer := in.GetBuyer()
	return resultResponse(s.plugin.CreatePayment(ctx, CreatePayment{
		Account: accountFromProto(in.GetAccount()), Payment: paymentFromProto(in.GetPayment()), IdempotencyKey: in.GetIdempotencyKey(),
		CaptureLater: in.GetCaptureLater(), MethodFields: in.GetMethodFields(), OrderNumber: in.GetOrderNumber(),
		Buyer:           Buyer{Name: buyer.GetName(), Email: buyer.GetEmail(), Phone: buyer.GetPhone(), Address: addressFromProto(buyer.GetAddress())},
		ShippingAddress: addressFromProto(in.GetShippingAddress()), Locale: in.GetLocale(), ReturnURL: in.GetReturnUrl(), WebhookURL: in.GetWebhookUrl(),
	}))
}

func (s paymentServer) UpdatePayment(ctx context.Context, in *paymentv1.UpdatePaymentRequest) (*paymentv1.ResultResponse, error) {
	u, ok := s.plugin.(PaymentUpdater)
	if !ok {
		return nil, faultToProto(unsupported("UpdatePayment"))
	}
	return resultResponse(u.UpdatePayment(ctx, UpdatePayment{
		Account: accountFromProto(in.GetAccount()), Payment: paymentFromProto(in.GetPayment()), IdempotencyKey: in.GetIdempotencyKey(),
	}))
}

func (s paymentServer) ContinuePayment(ctx context.Context, in *paymentv1.ContinuePaymentRequest) (*paymentv1.ResultResponse, error) {
	return resultResponse(s.plugin.ContinuePayment(ctx, ContinuePayment{
		Account: accountFromProto(in.GetAccount()), Payment: paymentFromProto(in.GetPayment()), IdempotencyKey: in.GetIdempotencyKey(),
		Params: in.GetParams(),
	}))
}

func (s paymentServer) Capture(ctx context.Context, in *paymentv1.CaptureRequest) (*paymentv1.ResultResponse, error) {
	return resultResponse(s.plugin.Capture(ctx, Capture{
		Account: accountFromProto(in.GetAccount()), Payment: paymentFromProto(in.GetPayment()), CaptureID: in.GetCaptureId(),
		IdempotencyKey: in.GetIdempotencyKey(), Amount: amountFromProto(in.GetAmount()), Final: in.GetFinal(),
	}))
}

func (s paymentServer) Void(ctx context.Context, in *paymentv1.VoidRequest) (*paymentv1.ResultResponse, error) {
	return resultResponse(s.plugin.Void(ctx, Void{
		Account: accountFromProto(in.GetAccount()), Payment: paymentFromProto(in.GetPayment()), IdempotencyKey: in.GetIdempotencyKey(),
	}))
}

func (s paymentServer) Refund(ctx context.Context, in *paymentv1.RefundRequest) (*paymentv1.RefundResponse, error) {
	return refundResponse(s.plugin.Refund(ctx, Refund{
		Account: accountFromProto(in.GetAccount()), Payment: paymentFromProto(in.GetPayment()), RefundID: in.GetRefundId(),
		IdempotencyKey: in.GetIdempotencyKey(), Amount: amountFromProto(in.GetAmount()), Reason: in.GetReason(),
	}))
}

func (s paymentServer) GetPayment(ctx context.Context, in *paymentv1.GetPaymentRequest) (*paymentv1.ResultResponse, error) {
	return resultResponse(s.plugin.GetPayment(ctx, GetPayment{Account: accountFromProto(in.GetAccount()), Payment: paymentFromProto(in.GetPayment())}))
}

func (s paymentServer) GetRefund(ctx context.Context, in *paymentv1.GetRefundRequest) (*paymentv1.RefundResponse, error) {
	return refundResponse(s.plugin.GetRefund(ctx, GetRefund{
		Account: accountFromProto(in.GetAccount()), Payment: paymentFromProto(in.GetPayment()), RefundID: in.GetRefundId(),
		RefundRef: in.GetRefundRef(), Amount: amountFromProto(in.GetAmount()),
	}))
}

func (s paymentServer) ParseWebhook(ctx context.Context, in *borderv1.WebhookRequest) (*paymentv1.ParseWebhookResponse, error) {
	w, ok := s.plugin.(PaymentWebhooks)
	if !ok {
		return nil, faultToProto(unsupported("ParseWebhook"))
	}
	parsed, err := w.ParseWebhook(ctx, webhookFromProto(in))
	if err != nil {
		return nil, faultToProto(err)
	}
	out := &paymentv1.ParseWebhookResponse{Reply: replyToProto(parsed.Reply)}
	for _, e := range parsed.Events {
		out.Events = append(out.Events, eventToProto(e))
	}
	return out, nil
}
