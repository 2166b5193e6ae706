package sdk

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

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
	out := &paymentv1.DescribeResponse{Name: d.Name, Version: d.Version}
	for _, m := range d.Methods {
		out.Methods = append(out.Methods, methodToProto(m))
	}
	return out, nil
}

func (s paymentServer) Create(ctx context.Context, in *paymentv1.CreateRequest) (*paymentv1.ResultResponse, error) {
	return resultToProto(s.plugin.Create(ctx, CreateRequest{
		Account:   accountFromProto(in.GetAccount()),
		PaymentID: in.GetPaymentId(), IdempotencyKey: in.GetIdempotencyKey(),
		Amount:     amountFromProto(in.GetAmount()),
		MethodKind: in.GetMethodKind(), MethodFields: in.GetMethodFields(),
		OrderNumber: in.GetOrderNumber(), Email: in.GetEmail(), ReturnURL: in.GetReturnUrl(),
	}))
}

func (s paymentServer) Continue(ctx context.Context, in *paymentv1.ContinueRequest) (*paymentv1.ResultResponse, error) {
	return resultToProto(s.plugin.Continue(ctx, ContinueRequest{
		Account:   accountFromProto(in.GetAccount()),
		PaymentID: in.GetPaymentId(), IdempotencyKey: in.GetIdempotencyKey(), Params: in.GetParams(),
	}))
}

func (s paymentServer) Capture(ctx context.Context, in *paymentv1.CaptureRequest) (*paymentv1.ResultResponse, error) {
	return resultToProto(s.plugin.Capture(ctx, CaptureRequest{
		Account:   accountFromProto(in.GetAccount()),
		PaymentID: in.GetPaymentId(), IdempotencyKey: in.GetIdempotencyKey(), Amount: amountFromProto(in.GetAmount()),
	}))
}

func (s paymentServer) Void(ctx context.Context, in *paymentv1.VoidRequest) (*paymentv1.ResultResponse, error) {
	return resultToProto(s.plugin.Void(ctx, VoidRequest{
		Account:   accountFromProto(in.GetAccount()),
		PaymentID: in.GetPaymentId(), IdempotencyKey: in.GetIdempotencyKey(),
	}))
}

func (s paymentServer) Get(ctx context.Context, in *paymentv1.GetRequest) (*paymentv1.ResultResponse, error) {
	return resultToProto(s.plugin.Get(ctx, GetRequest{
		Account: accountFromProto(in.GetAccount()), PaymentID: in.GetPaymentId(),
	}))
}

func accountFromProto(a *borderv1.Account) Account {
	return Account{Tenant: a.GetTenant(), Settings: a.GetSettings(), Revision: a.GetRevision()}
}

func amountFromProto(a *borderv1.Amount) Amount {
	return Amount{Minor: a.GetMinor(), Currency: a.GetCurrency()}
}

func amountToProto(a Amount) *borderv1.Amount {
	return &borderv1.Amount{Minor: a.Minor, Currency: a.Currency}
}

func methodToProto(m Method) *paymentv1.Method {
	out := &paymentv1.Method{Kind: m.Kind, Name: m.Name, Hint: m.Hint}
	for _, f := range m.Fields {
		out.Fields = append(out.Fields, &paymentv1.Field{
			Name: f.Name, Label: f.Label, Autocomplete: f.Autocomplete, Example: f.Example, Secret: f.Secret,
		})
	}
	return out
}

var outcomeToProto = map[Outcome]paymentv1.Outcome{
	OutcomeUnknown:        paymentv1.Outcome_OUTCOME_UNKNOWN,
	OutcomeCaptured:       paymentv1.Outcome_OUTCOME_CAPTURED,
	OutcomeAuthorized:     paymentv1.Outcome_OUTCOME_AUTHORIZED,
	OutcomePending:        paymentv1.Outcome_OUTCOME_PENDING,
	OutcomeRequiresAction: paymentv1.Outcome_OUTCOME_REQUIRES_ACTION,
	OutcomeDeclined:       paymentv1.Outcome_OUTCOME_DECLINED,
	OutcomeVoided:         paymentv1.Outcome_OUTCOME_VOIDED,
	OutcomeNotFound:       paymentv1.Outcome_OUTCOME_NOT_FOUND,
}

func resultToProto(r Result, err error) (*paymentv1.ResultResponse, error) {
	if err != nil {
		return nil, faultToProto(err)
	}
	out := &paymentv1.Result{
		Outcome: outcomeToProto[r.Outcome], ProviderRef: r.ProviderRef, Amount: amountToProto(r.Amount),
		Code: r.Code, Message: r.Message, Retryable: r.Retryable,
	}
	if !r.ExpiresAt.IsZero() {
		out.ExpiresAt = timestamppb.New(r.ExpiresAt)
	}
	switch {
	case r.Next == nil:
	case r.Next.RedirectURL != "":
		out.Next = &paymentv1.NextAction{Action: &paymentv1.NextAction_Redirect{
			Redirect: &paymentv1.Redirect{Url: r.Next.RedirectURL},
		}}
	default:
		out.Next = &paymentv1.NextAction{Action: &paymentv1.NextAction_Instructions{
			Instructions: &paymentv1.Instructions{Text: r.Next.Instructions},
		}}
	}
	return &paymentv1.ResultResponse{Result: out}, nil
}
