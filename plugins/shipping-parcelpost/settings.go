package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

// The secret fields of the configuration.
const (
	apiKey        = "api_key"
	webhookSecret = "webhook_secret"
)

// settings are the public fields of the configuration, as config.schema.json describes them.
type settings struct {
	Services  []string `json:"services"`   // none means all that the carrier offers
	LabelSize string   `json:"label_size"` // a6 or a4
	Sender    *address `json:"sender"`     // where parcels come from when the platform knows the country only
}

var (
	keyPattern     = regexp.MustCompile(`^pp_(test|live)_[A-Za-z0-9]+_[A-Za-z0-9_-]+$`)
	servicePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
	countryPattern = regexp.MustCompile(`^[A-Z]{2}$`)
	idPattern      = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	moneyPattern   = regexp.MustCompile(`^[A-Z]{3}$`)
)

// read decodes and checks an account's settings. Errors: Misconfigured.
func read(account sdk.Account) (settings, error) {
	s := settings{LabelSize: "a6"}
	if err := account.Decode(&s); err != nil {
		return s, err
	}
	for i, code := range s.Services {
		if !servicePattern.MatchString(code) {
			return s, sdk.Misconfigured(fmt.Sprintf("services[%d]", i), "must be a code of the carrier, such as express")
		}
	}
	if s.LabelSize != "a6" && s.LabelSize != "a4" {
		return s, sdk.Misconfigured("label_size", "must be a6 or a4")
	}
	if err := s.checkSender(); err != nil {
		return s, err
	}
	key := account.Secrets[apiKey]
	switch {
	case !keyPattern.MatchString(key):
		return s, sdk.Misconfigured(apiKey, "must be a key of the carrier: it begins with pp_test_ or pp_live_")
	case !strings.HasPrefix(key, "pp_"+string(account.Mode)+"_"):
		return s, sdk.Misconfigured(apiKey, "must be a key of "+string(account.Mode)+" mode: it begins with pp_"+string(account.Mode)+"_")
	}
	return s, nil
}

func (s settings) checkSender() error {
	if s.Sender == nil {
		return nil
	}
	for _, f := range []struct{ name, value string }{
		{"name", s.Sender.Name}, {"line1", s.Sender.Line1}, {"city", s.Sender.City},
	} {
		if strings.TrimSpace(f.value) == "" {
			return sdk.Misconfigured("sender."+f.name, "is required")
		}
	}
	if !countryPattern.MatchString(s.Sender.Country) {
		return sdk.Misconfigured("sender.country", "must be a country of ISO 3166-1 in two capital letters, such as BD")
	}
	return nil
}
