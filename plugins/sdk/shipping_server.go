package sdk

import (
	"context"
	"math"

	shippingv1 "github.com/halum-hut/halum/plugins/sdk/proto/shipping/v1"
)

// shippingServer maps protobuf to author types, once.
type shippingServer struct {
	shippingv1.UnimplementedShippingPluginServer
	plugin ShippingPlugin
}

func (s shippingServer) Describe(ctx context.Context, in *shippingv1.DescribeRequest) (*shippingv1.DescribeResponse, error) {
	d, err := s.plugin.Describe(ctx, accountFromProto(in.GetAccount()))
	if err != nil {
		return nil, faultToProto(err)
	}
	return &shippingv1.DescribeResponse{Name: d.Name, Version: d.Version}, nil
}

func (s shippingServer) Quote(ctx context.Context, in *shippingv1.QuoteRequest) (*shippingv1.QuoteResponse, error) {
	rates, err := s.plugin.Quote(ctx, QuoteRequest{Account: accountFromProto(in.GetAccount()), Parcel: parcelFromProto(in.GetParcel())})
	if err != nil {
		return nil, faultToProto(err)
	}
	out := &shippingv1.QuoteResponse{}
	for _, r := range rates {
		out.Rates = append(out.Rates, &shippingv1.Rate{
			Service: r.Service, Name: r.Name, Price: amountToProto(r.Price), MinDays: days(r.MinDays), MaxDays: days(r.MaxDays),
		})
	}
	return out, nil
}

func days(n int) int32 { return int32(max(0, min(n, math.MaxInt16))) }

func parcelFromProto(p *shippingv1.Parcel) Parcel {
	to := p.GetTo()
	return Parcel{
		Items: p.GetItems(), Grams: p.GetGrams(), Subtotal: amountFromProto(p.GetSubtotal()), FromCountry: p.GetFromCountry(),
		To: Address{
			Name: to.GetName(), Line1: to.GetLine1(), Line2: to.GetLine2(), City: to.GetCity(), Region: to.GetRegion(),
			PostalCode: to.GetPostalCode(), Country: to.GetCountry(), Phone: to.GetPhone(),
		},
	}
}
