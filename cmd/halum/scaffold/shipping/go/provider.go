package main

import (
	"context"
	"slices"

	"github.com/halum-hut/halum/plugins/sdk"
)

const configSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "currency":  {"type": "string", "title": "Currency of the prices", "pattern": "^[A-Z]{3}$"},
    "base":      {"type": "integer", "title": "Price of a parcel in minor units", "minimum": 0},
    "per_kilo":  {"type": "integer", "title": "Price of each begun kilogram in minor units", "minimum": 0},
    "countries": {"type": "array", "title": "Countries of destination; all when empty", "items": {"type": "string", "pattern": "^[A-Z]{2}$"}}
  },
  "required": ["currency", "base", "per_kilo"],
  "additionalProperties": false
}`

// config is what a vendor fills in. Pointers tell a price that was forgotten from one of zero.
type config struct {
	Currency  string   `json:"currency"`
	Base      *int64   `json:"base"`
	PerKilo   *int64   `json:"per_kilo"`
	Countries []string `json:"countries"`
}

func configOf(account sdk.Account) (config, error) {
	c := config{}
	if err := account.Decode(&c); err != nil {
		return c, err
	}
	switch {
	case len(c.Currency) != 3:
		return c, sdk.Misconfigured("currency", "must be a code of ISO 4217, such as USD")
	case c.Base == nil || *c.Base < 0:
		return c, sdk.Misconfigured("base", "is required, in minor units, zero or more")
	case c.PerKilo == nil || *c.PerKilo < 0 || *c.PerKilo > 1_000_000_000:
		return c, sdk.Misconfigured("per_kilo", "is required, in minor units, between zero and a thousand million")
	}
	return c, nil
}

// provider computes its rates from the settings alone. Replace Quote by a call to the carrier's API; its price then is what
// the carrier says, and a carrier that is away is sdk.Unavailable.
type provider struct{}

func (provider) Describe(context.Context, sdk.Account) (sdk.ShippingDescription, error) {
	return sdk.ShippingDescription{
		Name: "acme", Version: "0.1.0", ConfigSchema: configSchema, Services: []sdk.Service{{Code: "standard", Name: "Acme standard"}},
	}, nil
}

func (provider) ValidateConfig(_ context.Context, account sdk.Account) error {
	_, err := configOf(account)
	return err
}

// maxGrams is the heaviest parcel that is taken.
const maxGrams = 30_000

// Quote answers no rate for what cannot be sent, and an error only for what is wrong.
func (provider) Quote(_ context.Context, in sdk.Quote) ([]sdk.Rate, error) {
	c, err := configOf(in.Account)
	switch {
	case err != nil:
		return nil, err
	case in.Parcel.Grams < 0 || in.Parcel.Items < 0 || in.Parcel.Subtotal.Minor < 0:
		return nil, sdk.Invalid("parcel", "has a weight, number or value below zero")
	case in.Parcel.Subtotal.Currency != c.Currency, in.Parcel.Grams > maxGrams:
		return nil, nil
	case len(c.Countries) > 0 && !slices.Contains(c.Countries, in.Parcel.To.Country):
		return nil, nil
	}
	kilos := (in.Parcel.Grams + 999) / 1000
	return []sdk.Rate{{
		Service: "standard", Name: "Acme standard", MinDays: 2, MaxDays: 4,
		Price: sdk.Amount{Minor: *c.Base + kilos**c.PerKilo, Currency: c.Currency},
	}}, nil
}

var (
	_ sdk.ShippingPlugin  = provider{}
	_ sdk.ConfigValidator = provider{}
)
