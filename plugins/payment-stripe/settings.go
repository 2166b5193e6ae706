package main

import (
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

// The secret fields of the configuration.
const (
	secretKey     = "secret_key"
	webhookSecret = "webhook_secret"
)

// settings are the public fields of the configuration, as config.schema.json describes them.
type settings struct {
	PublishableKey      string `json:"publishable_key"`
	StatementDescriptor string `json:"statement_descriptor"`
	ConnectedAccount    string `json:"connected_account"`
	Multicapture        bool   `json:"multicapture"`
	APIBase             string `json:"api_base"`
}

var (
	connectedForm     = regexp.MustCompile(`^acct_[A-Za-z0-9]+$`)
	webhookSecretForm = regexp.MustCompile(`^whsec_[A-Za-z0-9+/=_-]+$`)
	// https://docs.stripe.com/get-started/account/statement-descriptors: Latin characters, at least one letter, none of
	// < > \ ' " *.
	descriptorForm = regexp.MustCompile(`^[ -~]{1,22}$`)
	letter         = regexp.MustCompile(`[A-Za-z]`)
)

// read decodes and checks an account's settings. Errors: Misconfigured.
func read(account sdk.Account) (settings, error) {
	var s settings
	if err := account.Decode(&s); err != nil {
		return s, err
	}
	switch {
	case !ofMode(account.Secrets[secretKey], account.Mode, "sk_", "rk_"):
		return s, sdk.Misconfigured(secretKey, wrongKey("sk_ or rk_", account.Mode))
	case !ofMode(s.PublishableKey, account.Mode, "pk_"):
		return s, sdk.Misconfigured("publishable_key", wrongKey("pk_", account.Mode))
	case s.ConnectedAccount != "" && !connectedForm.MatchString(s.ConnectedAccount):
		return s, sdk.Misconfigured("connected_account", "must be the id of an account: it begins with acct_")
	case s.StatementDescriptor != "" && !descriptor(s.StatementDescriptor):
		return s, sdk.Misconfigured("statement_descriptor", `must be 1 to 22 Latin characters with a letter among them, without < > \ ' " *`)
	case s.APIBase != "" && account.Mode != sdk.Test:
		return s, sdk.Misconfigured("api_base", "is for test mode only")
	case s.APIBase != "" && !loopback(s.APIBase):
		return s, sdk.Misconfigured("api_base", "must be an address of this machine, such as http://127.0.0.1:12111")
	}
	return s, nil
}

// ofMode reports whether a key has one of the prefixes, followed by the mode. It says nothing about whether Stripe knows
// the key.
func ofMode(key string, mode sdk.Mode, prefixes ...string) bool {
	for _, prefix := range prefixes {
		if rest, ok := strings.CutPrefix(key, prefix+string(mode)+"_"); ok && rest != "" {
			return true
		}
	}
	return false
}

func wrongKey(prefixes string, mode sdk.Mode) string {
	return "must be a key of " + string(mode) + " mode: it begins with " + prefixes + " and then " + string(mode) + "_"
}

func descriptor(s string) bool {
	return descriptorForm.MatchString(s) && letter.MatchString(s) && !strings.ContainsAny(s, `<>\'"*`)
}

// loopback accepts http and https addresses of this machine without anything behind the port.
func loopback(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
