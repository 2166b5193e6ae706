package main

import (
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

// storePasswd is the secret field of the configuration. SSLCommerz signs notifications with it as well.
const storePasswd = "store_passwd"

// The two SSLCommerzes.
const (
	sandboxHost = "https://sandbox.sslcommerz.com"
	liveHost    = "https://securepay.sslcommerz.com"
)

// settings are the public fields of the configuration, as config.schema.json describes them.
type settings struct {
	StoreID       string `json:"store_id"`
	FallbackEmail string `json:"fallback_email"`
	FallbackPhone string `json:"fallback_phone"`
	APIBase       string `json:"api_base"`
}

var (
	storeForm  = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,30}$`)
	phoneForm  = regexp.MustCompile(`^\+?[0-9 ()-]{5,19}$`)
	passwdForm = regexp.MustCompile(`^[\x21-\x7e]{1,64}$`)
)

// read decodes and checks an account's settings. Errors: Misconfigured.
func read(account sdk.Account) (settings, error) {
	var s settings
	if err := account.Decode(&s); err != nil {
		return s, err
	}
	switch {
	case !storeForm.MatchString(s.StoreID):
		return s, sdk.Misconfigured("store_id", "is required, as SSLCommerz has sent it: letters, digits, _ . or -, at most 30")
	case !passwdForm.MatchString(account.Secrets[storePasswd]):
		return s, sdk.Misconfigured(storePasswd, "is required, as SSLCommerz has sent it: it has no spaces")
	case account.Mode != sdk.Test && account.Mode != sdk.Live:
		return s, sdk.Misconfigured("mode", "must be test or live")
	case s.FallbackEmail != "" && !isEmail(s.FallbackEmail):
		return s, sdk.Misconfigured("fallback_email", "must be an e-mail address of at most 50 characters")
	case s.FallbackPhone != "" && !phoneForm.MatchString(s.FallbackPhone):
		return s, sdk.Misconfigured("fallback_phone", "must be a phone number of at most 20 characters")
	case s.APIBase != "" && account.Mode != sdk.Test:
		return s, sdk.Misconfigured("api_base", "is for test mode only")
	case s.APIBase != "" && !loopback(s.APIBase):
		return s, sdk.Misconfigured("api_base", "must be an address of this machine, such as http://127.0.0.1:12111")
	}
	s.APIBase = strings.TrimRight(s.APIBase, "/")
	return s, nil
}

// host is where SSLCommerz answers.
func (s settings) host(mode sdk.Mode) string {
	switch {
	case s.APIBase != "":
		return s.APIBase
	case mode == sdk.Live:
		return liveHost
	}
	return sandboxHost
}

// isEmail accepts a bare address as long as SSLCommerz takes one.
func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 50
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
