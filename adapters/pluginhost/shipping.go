package pluginhost

import (
	"context"

	"google.golang.org/grpc"

	"github.com/halum-hut/halum/core/shipping"
	shippingv1 "github.com/halum-hut/halum/plugins/sdk/proto/shipping/v1"
	"github.com/halum-hut/halum/ports"
)

const maxRates = 100

// Quote asks the account's plugin. A rate that cannot be sold (negative, in another currency, without a code) is left
// out and logged. Errors: shipping.ErrNoRates, whatever the reason; the cause tells.
func (h *Host) Quote(ctx context.Context, account ports.ProviderAccount, parcel shipping.Parcel) ([]shipping.Rate, error) {
	s := h.plugins[string(Shipping)+"-"+account.Plugin]
	if s == nil {
		return nil, shipping.ErrNoRates
	}
	pick := func(conn grpc.ClientConnInterface) method[*shippingv1.QuoteRequest, *shippingv1.QuoteResponse] {
		return shippingv1.NewShippingPluginClient(conn).Quote
	}
	in := &shippingv1.QuoteRequest{Account: accountToProto(account), Parcel: parcelToProto(parcel)}
	out, err := call(ctx, s, string(account.Tenant), s.options.QuoteTimeout, pick, in)
	if err != nil {
		s.log.Warn("no shipping rates", "tenant", account.Tenant, "cause", err)
		return nil, shipping.ErrNoRates.With(err)
	}
	rates := make([]shipping.Rate, 0, len(out.GetRates()))
	for _, r := range out.GetRates()[:min(maxRates, len(out.GetRates()))] {
		rate := rateFromProto(account.Plugin, r)
		if rate.Service == "" || rate.Price.Amount < 0 || rate.Price.Currency != parcel.Subtotal.Currency {
			s.log.Error("the plugin quoted a rate that cannot be sold", "tenant", account.Tenant, "service", rate.Service)
			continue
		}
		rates = append(rates, rate)
	}
	return rates, nil
}

func parcelToProto(p shipping.Parcel) *shippingv1.Parcel {
	return &shippingv1.Parcel{
		Items: p.Items, Grams: p.Grams, Subtotal: amountToProto(p.Subtotal), FromCountry: p.From,
		To: &shippingv1.Address{
			Name: p.To.Name, Line1: p.To.Line1, Line2: p.To.Line2, City: p.To.City, Region: p.To.Region,
			PostalCode: p.To.PostalCode, Country: p.To.Country, Phone: p.To.Phone,
		},
	}
}

func rateFromProto(provider string, r *shippingv1.Rate) shipping.Rate {
	return shipping.Rate{
		Provider: provider, Service: clip(r.GetService(), maxCode), Name: clip(r.GetName(), maxMessage),
		Price: amountFromProto(r.GetPrice()), MinDays: int(r.GetMinDays()), MaxDays: int(r.GetMaxDays()),
	}
}
