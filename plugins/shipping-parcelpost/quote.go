package main

import (
	"context"
	"net/http"
	"slices"

	"github.com/halum-hut/halum/plugins/sdk"
)

// The bounds of a rate that can be sold.
const (
	maxDays = 365
	maxRef  = 200
	maxName = 120
)

type rate struct {
	Service string `json:"service"`
	Name    string `json:"name"`
	Price   amount `json:"price"`
	MinDays int    `json:"min_days"`
	MaxDays int    `json:"max_days"`
	RateID  string `json:"rate_id"`
}

// Quote asks the carrier, which must be quick: a checkout waits for it.
func (p *parcelpost) Quote(ctx context.Context, in sdk.Quote) ([]sdk.Rate, error) {
	c, err := p.client(in.Account)
	if err != nil {
		return nil, err
	}
	if err := possible(in.Parcel); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, quoteTimeout)
	defer cancel()
	parcel, own := goodsToJSON(in.Parcel, c.Sender, false)
	var answer struct {
		Rates *[]rate `json:"rates"`
	}
	if f := c.do(ctx, request{http.MethodPost, "/v1/rates", parcel}, &answer); f != nil {
		return nil, f.fault(own)
	}
	if answer.Rates == nil {
		return nil, sdk.Unavailable("the carrier answered without rates")
	}
	return c.sellable(ctx, *answer.Rates, in.Parcel.Subtotal.Currency), nil
}

// sellable leaves out what the vendor does not offer, and rates that must not be sold as they are.
func (c *client) sellable(ctx context.Context, all []rate, currency string) []sdk.Rate {
	out := []sdk.Rate{}
	seen := map[string]bool{}
	for _, r := range all {
		if len(c.Services) > 0 && !slices.Contains(c.Services, r.Service) {
			continue
		}
		if seen[r.Service] || !r.sound(currency) {
			sdk.LoggerOf(ctx).Warn("the carrier offered a rate that cannot be sold", "service", clip(r.Service, 40))
			continue
		}
		seen[r.Service] = true
		out = append(out, sdk.Rate{
			Service: r.Service, Name: clip(r.Name, maxName), Price: sdk.Amount{Minor: r.Price.Amount, Currency: r.Price.Currency},
			MinDays: r.MinDays, MaxDays: r.MaxDays, Ref: r.RateID,
		})
	}
	return out
}

func (r rate) sound(currency string) bool {
	return servicePattern.MatchString(r.Service) && r.Name != "" && len(r.RateID) <= maxRef &&
		r.Price.Amount >= 0 && r.Price.Currency == currency && r.MinDays >= 0 && r.MinDays <= r.MaxDays && r.MaxDays <= maxDays
}
