package main

import (
	"bytes"
	"context"
	_ "embed"
	"maps"
	"regexp"
	"slices"

	"github.com/halum-hut/halum/plugins/sdk"
)

const version = "1.0.0"

//go:embed config.schema.json
var configSchema string

type tablerate struct{ tables *cache }

func newPlugin() tablerate { return tablerate{tables: newCache()} }

// Describe names services, countries and currency of the account's table. Errors: Misconfigured.
func (p tablerate) Describe(_ context.Context, account sdk.Account) (sdk.ShippingDescription, error) {
	d := sdk.ShippingDescription{Name: "tablerate", Version: version, ConfigSchema: configSchema}
	if len(bytes.TrimSpace(account.Config)) == 0 {
		return d, nil
	}
	t, err := p.tables.of(account)
	if err != nil {
		return d, err
	}
	d.Services, d.Countries, d.Currencies = t.offered(), t.countries(), []string{t.currency}
	return d, nil
}

// ValidateConfig names every mistake of a table, up to maxProblems. Errors: Misconfigured.
func (p tablerate) ValidateConfig(_ context.Context, account sdk.Account) error {
	_, err := parse(account.Config)
	return err
}

// Quote prices the services of the first zone that holds the destination. A parcel in another currency than the table's
// has no rate. Errors: Invalid, Misconfigured.
func (p tablerate) Quote(_ context.Context, in sdk.Quote) ([]sdk.Rate, error) {
	t, err := p.tables.of(in.Account)
	if err != nil {
		return nil, err
	}
	if err := possible(in.Parcel); err != nil {
		return nil, err
	}
	z := t.zoneOf(in.Parcel.To)
	if z == nil || in.Parcel.Subtotal.Currency != t.currency {
		return []sdk.Rate{}, nil
	}
	return z.rates(in.Parcel)
}

var (
	currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)
	countryPattern  = regexp.MustCompile(`^[A-Z]{2}$`)
)

// possible refuses parcels that cannot be.
func possible(p sdk.Parcel) error {
	switch {
	case p.Items < 0:
		return sdk.Invalid("parcel.items", "must be zero or more")
	case p.Grams < 0:
		return sdk.Invalid("parcel.grams", "must be zero or more")
	case p.Subtotal.Minor < 0:
		return sdk.Invalid("parcel.subtotal.minor", "must be zero or more")
	case !currencyPattern.MatchString(p.Subtotal.Currency):
		return sdk.Invalid("parcel.subtotal.currency", "must be a currency of ISO 4217")
	case !countryPattern.MatchString(p.To.Country):
		return sdk.Invalid("parcel.to.country", "must be a country of ISO 3166-1 alpha-2")
	}
	return nil
}

// offered are the services of all zones, each once.
func (t *table) offered() []sdk.Service {
	var all []sdk.Service
	seen := map[string]bool{}
	add := func(code, name string) {
		if !seen[code] {
			seen[code] = true
			all = append(all, sdk.Service{Code: code, Name: name})
		}
	}
	for _, z := range t.zones {
		for _, s := range z.services {
			add(s.code, s.name)
		}
		for _, p := range z.pickups {
			add(p.code, p.name)
		}
	}
	return all
}

// countries are those with a rate, and none when that is any.
func (t *table) countries() []string {
	some := map[string]bool{}
	for i, z := range t.zones {
		if len(z.services)+len(z.pickups) == 0 {
			continue
		}
		if z.rest {
			return nil
		}
		for country, areas := range t.areas {
			if slices.ContainsFunc(areas, func(a area) bool { return a.zone == i }) {
				some[country] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(some))
}

var (
	_ sdk.ShippingPlugin  = tablerate{}
	_ sdk.ConfigValidator = tablerate{}
)
