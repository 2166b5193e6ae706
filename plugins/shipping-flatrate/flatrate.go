package main

import (
	"context"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

const version = "2.0.0"

const (
	maxServices = 50
	maxDays     = 365
)

//go:embed config.schema.json
var configSchema string

var (
	servicePattern  = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
	countryPattern  = regexp.MustCompile(`^[A-Z]{2}$`)
	currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)
)

// service is one entry of the settings.
type service struct {
	Service   string   `json:"service"`
	Name      string   `json:"name"`
	Price     *int64   `json:"price"` // a pointer: a forgotten price must not ship for free
	MinDays   int      `json:"min_days"`
	MaxDays   int      `json:"max_days"`
	Countries []string `json:"countries"`
	FreeOver  *int64   `json:"free_over"`
}

type settings struct {
	Services []service `json:"services"`
}

type flatrate struct{}

// Describe names the services of the account.
func (flatrate) Describe(_ context.Context, account sdk.Account) (sdk.ShippingDescription, error) {
	d := sdk.ShippingDescription{Name: "flatrate", Version: version, ConfigSchema: configSchema}
	if account.Tenant == "" {
		return d, nil
	}
	services, err := read(account)
	for _, s := range services {
		d.Services = append(d.Services, sdk.Service{Code: s.Service, Name: s.Name})
	}
	return d, err
}

func (flatrate) ValidateConfig(_ context.Context, account sdk.Account) error {
	_, err := read(account)
	return err
}

func (flatrate) Quote(_ context.Context, in sdk.Quote) ([]sdk.Rate, error) {
	services, err := read(in.Account)
	if err != nil {
		return nil, err
	}
	if err := possible(in.Parcel); err != nil {
		return nil, err
	}
	rates := make([]sdk.Rate, 0, len(services))
	for _, s := range services {
		if s.serves(in.Parcel.To.Country) {
			rates = append(rates, s.rate(in.Parcel.Subtotal))
		}
	}
	return rates, nil
}

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
	}
	return nil
}

func (s service) serves(country string) bool {
	return len(s.Countries) == 0 || slices.Contains(s.Countries, country)
}

func (s service) rate(subtotal sdk.Amount) sdk.Rate {
	price := *s.Price
	if s.FreeOver != nil && subtotal.Minor >= *s.FreeOver {
		price = 0
	}
	return sdk.Rate{
		Service: s.Service, Name: s.Name, Price: sdk.Amount{Minor: price, Currency: subtotal.Currency},
		MinDays: s.MinDays, MaxDays: s.MaxDays,
	}
}

// read decodes and checks an account's settings. Errors: Misconfigured, naming the entry and the key.
func read(account sdk.Account) ([]service, error) {
	var all settings
	if err := account.Decode(&all); err != nil {
		return nil, err
	}
	if len(all.Services) == 0 || len(all.Services) > maxServices {
		return nil, sdk.Misconfigured("services", fmt.Sprintf("list between 1 and %d services", maxServices))
	}
	seen := map[string]bool{}
	for i, s := range all.Services {
		if key, problem := s.problem(seen); problem != "" {
			return nil, sdk.Misconfigured(fmt.Sprintf("services[%d].%s", i, key), problem)
		}
		seen[s.Service] = true
	}
	return all.Services, nil
}

func (s service) problem(seen map[string]bool) (key, problem string) {
	badCountry := func(c string) bool { return !countryPattern.MatchString(c) }
	switch {
	case !servicePattern.MatchString(s.Service):
		return "service", "use a short code of lower-case letters, digits, - and _"
	case seen[s.Service]:
		return "service", "is listed twice"
	case strings.TrimSpace(s.Name) == "" || len(s.Name) > 120:
		return "name", "is required, in at most 120 characters"
	case s.Price == nil || *s.Price < 0:
		return "price", "is required, in minor units, zero or more"
	case s.MinDays < 0 || s.MinDays > maxDays:
		return "min_days", "must be between 0 and 365"
	case s.MaxDays < s.MinDays || s.MaxDays > maxDays:
		return "max_days", "must be between min_days and 365"
	case slices.ContainsFunc(s.Countries, badCountry):
		return "countries", "use two-letter codes in upper case, such as BD"
	case s.FreeOver != nil && *s.FreeOver < 0:
		return "free_over", "must be zero or more, in minor units"
	}
	return "", ""
}

var (
	_ sdk.ShippingPlugin  = flatrate{}
	_ sdk.ConfigValidator = flatrate{}
)
