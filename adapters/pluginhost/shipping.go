package pluginhost

import (
	"context"

	"google.golang.org/grpc"

	accounts "github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	shippingv1 "github.com/halum-hut/halum/plugins/sdk/proto/shipping/v1"
)

const maxRates = 100

// Quote asks the account's plugin. A rate that cannot be sold (negative, in another currency, without a code) is left
// out and logged. Errors: shipping.ErrNoRates, whatever the reason; the cause tells.
func (h *Host) Quote(ctx context.Context, account accounts.Account, parcel shipping.Parcel) ([]shipping.Rate, error) {
	pick := func(conn grpc.ClientConnInterface) method[*shippingv1.QuoteRequest, *shippingv1.QuoteResponse] {
		return shippingv1.NewShippingPluginClient(conn).Quote
	}
	log := h.options.Logger.With("plugin", string(Shipping)+"-"+account.Plugin, "operation", "Quote", "tenant", account.Tenant)
	in := &shippingv1.QuoteRequest{Parcel: parcelToProto(parcel)}
	out, err := call(ctx, h, h.plugin(Shipping, account.Plugin), account, h.options.QuoteTimeout, pick, in)
	if err != nil {
		log.Warn("no shipping rates", "cause", err)
		return nil, shipping.ErrNoRates.With(err)
	}
	rates := make([]shipping.Rate, 0, len(out.GetRates()))
	for _, r := range out.GetRates()[:min(maxRates, len(out.GetRates()))] {
		rate := rateFromProto(account.Plugin, r)
		if rate.Service == "" || rate.Price.Amount < 0 || rate.Price.Currency != parcel.Subtotal.Currency {
			log.Error("the plugin quoted a rate that cannot be sold", "service", rate.Service)
			continue
		}
		rates = append(rates, rate)
	}
	return rates, nil
}

func parcelToProto(p shipping.Parcel) *shippingv1.Parcel {
	return &shippingv1.Parcel{
		Items: p.Items, Grams: p.Grams, Subtotal: amountToProto(p.Subtotal), From: addressToProto(p.From), To: addressToProto(p.To),
	}
}

func rateFromProto(provider string, r *shippingv1.Rate) shipping.Rate {
	return shipping.Rate{
		Provider: provider, Service: clip(r.GetService(), maxCode), Name: clip(r.GetName(), maxMessage),
		Price: amountFromProto(r.GetPrice()), MinDays: int(r.GetMinDays()), MaxDays: int(r.GetMaxDays()),
		Pickup: r.GetPickup(), Ref: clip(r.GetRef(), maxRef),
	}
}
