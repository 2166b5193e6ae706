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
	password  = "password"
	appSecret = "app_secret"
)

// The two bKashes. The version belongs to the path of most calls, but not of refunds.
const (
	sandboxHost = "https://tokenized.sandbox.bka.sh"
	liveHost    = "https://tokenized.pay.bka.sh"
	apiVersion  = "/v1.2.0-beta"
)

// settings are the public fields of the configuration, as config.schema.json describes them.
type settings struct {
	Username string `json:"username"`
	AppKey   string `json:"app_key"`
	TopicARN string `json:"topic_arn"`
	APIBase  string `json:"api_base"`
}

var (
	// headerForm and tokenForm are what can be sent in a header.
	headerForm = regexp.MustCompile(`^[\x21-\x7e]{1,256}$`)
	tokenForm  = regexp.MustCompile(`^[\x21-\x7e]+$`)
	topicForm  = regexp.MustCompile(`^arn:aws(-cn)?:sns:([a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_.-]+$`)
)

// read decodes and checks an account's settings. Errors: Misconfigured.
func read(account sdk.Account) (settings, error) {
	var s settings
	if err := account.Decode(&s); err != nil {
		return s, err
	}
	for _, field := range []struct{ name, value string }{
		{"username", s.Username}, {"app_key", s.AppKey}, {password, account.Secrets[password]}, {appSecret, account.Secrets[appSecret]},
	} {
		if !headerForm.MatchString(field.value) {
			return s, sdk.Misconfigured(field.name, "is required, as bKash has sent it: without spaces, at most 256 characters")
		}
	}
	switch {
	case account.Mode != sdk.Test && account.Mode != sdk.Live:
		return s, sdk.Misconfigured("mode", "must be test or live")
	case s.TopicARN != "" && !topicForm.MatchString(s.TopicARN):
		return s, sdk.Misconfigured("topic_arn", "must be the name of an Amazon SNS topic: it begins with arn:aws:sns:")
	case s.APIBase != "" && account.Mode != sdk.Test:
		return s, sdk.Misconfigured("api_base", "is for test mode only")
	case s.APIBase != "" && !loopback(s.APIBase):
		return s, sdk.Misconfigured("api_base", "must be an address of this machine, such as http://127.0.0.1:12111")
	}
	s.APIBase = strings.TrimRight(s.APIBase, "/")
	return s, nil
}

// host is where bKash answers, without the version.
func (s settings) host(mode sdk.Mode) string {
	switch {
	case s.APIBase != "":
		return s.APIBase
	case mode == sdk.Live:
		return liveHost
	}
	return sandboxHost
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
