package sdk

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
)

// What both kinds of plugin map in the same way.

var modesFromProto = map[borderv1.Mode]Mode{borderv1.Mode_MODE_TEST: Test, borderv1.Mode_MODE_LIVE: Live}

func modeToProto(m Mode) borderv1.Mode {
	for wire, mode := range modesFromProto {
		if mode == m {
			return wire
		}
	}
	return borderv1.Mode_MODE_UNSPECIFIED
}

func accountFromProto(a *borderv1.Account) Account {
	return Account{
		Tenant: a.GetTenant(), Mode: modesFromProto[a.GetMode()], Config: a.GetConfig(),
		Secrets: a.GetSecrets(), Former: a.GetFormerSecrets(), Revision: a.GetRevision(),
	}
}

func amountFromProto(a *borderv1.Amount) Amount {
	return Amount{Minor: a.GetMinor(), Currency: a.GetCurrency()}
}

func amountToProto(a Amount) *borderv1.Amount {
	return &borderv1.Amount{Minor: a.Minor, Currency: a.Currency}
}

func addressFromProto(a *borderv1.Address) Address {
	return Address{
		Name: a.GetName(), Line1: a.GetLine1(), Line2: a.GetLine2(), City: a.GetCity(), Region: a.GetRegion(),
		PostalCode: a.GetPostalCode(), Country: a.GetCountry(), Phone: a.GetPhone(),
	}
}

func timeFromProto(t *timestamppb.Timestamp) time.Time {
	if !t.IsValid() {
		return time.Time{}
	}
	return t.AsTime()
}

func timeToProto(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func webhookFromProto(in *borderv1.WebhookRequest) Webhook {
	return Webhook{
		Account: accountFromProto(in.GetAccount()), Method: in.GetMethod(), URL: in.GetUrl(), Header: in.GetHeader(),
		Body: in.GetBody(), ReceivedAt: timeFromProto(in.GetReceivedAt()),
	}
}

func replyToProto(r Reply) *borderv1.WebhookReply {
	return &borderv1.WebhookReply{Status: int32(max(0, min(r.Status, 599))), ContentType: r.ContentType, Body: r.Body}
}

func validateConfig(ctx context.Context, plugin any, in *borderv1.ValidateConfigRequest) (*borderv1.ValidateConfigResponse, error) {
	v, ok := plugin.(ConfigValidator)
	if !ok {
		return nil, faultToProto(unsupported("ValidateConfig"))
	}
	if err := v.ValidateConfig(ctx, accountFromProto(in.GetAccount())); err != nil {
		return nil, faultToProto(err)
	}
	return &borderv1.ValidateConfigResponse{}, nil
}
