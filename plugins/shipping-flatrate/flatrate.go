package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

const version = "1.0.0"

const (
	maxServices = 50
	maxDays     = 365
)

var (
	servicePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
	countryPattern = regexp.MustCompile(`^[A-Z]{2}$`)
)

// service is one entry of the setting.
type service struct {
	Service   string   `json:"service"`
	Name      string   `json:"name"`
	Price     *int64   `json:"price"` // a pointer: a forgotten price must not ship for free
	MinDays   int      `json:"min_days"`
	MaxDays   int      `json:"max_days"`
	Countries []string `json:"countries"`
	FreeOver  *int64   `json:"free_over"`
}

type flatrate struct{}

func (flatrate) Describe(context.Context, sdk.Account) (sdk.ShippingDescription, error) {
	return sdk.ShippingDescription{Name: "flatrate", Version: version}, nil
}

func (flatrate) Quote(_ context.Context, in sdk.QuoteRequest) ([]sdk.Rate, error) {
	services, err := parse(in.Account.Settings["services"])
	if err != nil {
		return nil, err
	}
	if in.Parcel.Subtotal.Currency == "" {
		return nil, sdk.Invalid("parcel.subtotal", "needs a currency")
	}
	rates := make([]sdk.Rate, 0, len(services))
	for _, s := range services {
		if s.serves(in.Parcel.To.Country) {
			rates = append(rates, s.rate(in.Parcel.Subtotal))
		}
	}
	return rates, nil
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

// parse reads the setting. Errors: Misconfigured, naming the entry and the key.
func parse(setting string) ([]service, error) {
	if strings.TrimSpace(setting) == "" {
		return nil, sdk.Misconfigured("settings.services", "list at least one service")
	}
	var services []service
	in := json.NewDecoder(strings.NewReader(setting))
	in.DisallowUnknownFields()
	if err := in.Decode(&services); err != nil {
		return nil, sdk.Misconfigured("settings.services", "is not the JSON list it should be: "+err.Error())
	}
	if in.More() {
		return nil, sdk.Misconfigured("settings.services", "holds more than one JSON list")
	}
	if len(services) == 0 || len(services) > maxServices {
		return nil, sdk.Misconfigured("settings.services", fmt.Sprintf("list between 1 and %d services", maxServices))
	}
	seen := map[string]bool{}
	for i, s := range services {
		if key, problem := s.problem(seen); problem != "" {
			return nil, sdk.Misconfigured(fmt.Sprintf("settings.services[%d].%s", i, key), problem)
		}
		seen[s.Service] = true
	}
	return services, nil
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

var _ sdk.ShippingPlugin = flatrate{}
