package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/halum-hut/halum/plugins/sdk"
)

// succeededCode is the only statusCode that means yes. Most refusals come with HTTP status 200.
const succeededCode = "0000"

// apiError is an answer of bKash that is no success.
type apiError struct {
	status        int    // HTTP
	code, message string // code is empty when the answer was not bKash's own
}

func (e *apiError) Error() string {
	return fmt.Sprintf("bKash answered %d %s %s", e.status, e.code, e.message)
}

// class is what an error of a request says about its effect.
type class uint8

const (
	succeeded     class = iota
	unclear             // it may or may not have happened
	refused             // bKash did nothing, and says why with a code
	misconfigured       // bKash did nothing: the credentials
	away                // nothing happened: never sent, or turned away at the door
)

// Codes that the plugin tells apart, from https://developer.bka.sh/docs/error-codes.
const (
	invalidAppKey = "2001"
	tooMuchBack   = "2026"
	duplicate     = "2029"
	wrongState    = "2056"
	notApproved   = "2060"
)

// The list goes from firstCode to lastCode, with some more behind.
const firstCode, lastCode = "2001", "2069"

var (
	laterCodes      = []string{"2116", "2117", "2118", "2119"}
	credentialCodes = []string{invalidAppKey, "2067"}
	// vagueCodes do not say whether the request took effect: process failed, exception occurred, maintenance.
	vagueCodes = []string{"2003", "2020", "2024", "503"}
)

func classify(err error) class {
	if err == nil {
		return succeeded
	}
	e := (*apiError)(nil)
	if !errors.As(err, &e) {
		if errors.As(err, &notSent{}) {
			return away
		}
		return unclear
	}
	switch {
	case e.status == http.StatusTooManyRequests:
		return away
	case e.status == http.StatusUnauthorized, e.status == http.StatusForbidden, slices.Contains(credentialCodes, e.code):
		return misconfigured
	case e.status >= http.StatusInternalServerError, slices.Contains(vagueCodes, e.code):
		return unclear
	case documented(e.code):
		return refused
	}
	return unclear
}

// documented reports whether a code is in the list. Of any other it is not known what it says.
func documented(code string) bool {
	return len(code) == 4 && code >= firstCode && code <= lastCode || slices.Contains(laterCodes, code)
}

// says reports whether an error is an answer of bKash with a code of its own, known or not, that is not vague.
func says(err error) bool {
	e := (*apiError)(nil)
	return errors.As(err, &e) && e.code != "" && e.status < http.StatusInternalServerError && classify(err) != misconfigured && !slices.Contains(vagueCodes, e.code)
}

// codeOf is bKash's code in an error, or empty.
func codeOf(err error) string {
	e := (*apiError)(nil)
	if errors.As(err, &e) {
		return e.code
	}
	return ""
}

// faultFor turns the error of a request that can have no effect on money into a fault: nothing happened, whatever the
// class. bKash's own words about credentials are not passed on.
func faultFor(err error, otherwise string) error {
	f := (*sdk.Fault)(nil)
	switch class := classify(err); {
	case err == nil:
		return nil
	case errors.As(err, &f):
		return f
	case class == misconfigured:
		return sdk.Misconfigured("app_key", "bKash refuses these credentials: check user name, password, app key, app secret, and whether they are of this mode")
	case class == away:
		return sdk.Unavailable("bKash cannot be reached, or takes no more requests just now")
	}
	return sdk.Unavailable("%s", otherwise)
}

// no is why a payment or a refund did not come about. It is part of what is remembered.
type no struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	Retryable bool   `json:"retryable,omitzero"`
}

func (n no) result(ref string, amount sdk.Amount) sdk.Result {
	r := sdk.Decline(n.Code, n.Message, n.Retryable)
	r.ProviderRef, r.Amount = ref, amount
	return r
}

// declineFor says why an execution was refused, for shoppers.
func declineFor(code string) no {
	switch code {
	case "2023":
		return no{"insufficient_funds", "There is not enough money in the bKash account.", true}
	case duplicate:
		return no{"duplicate_transaction", "bKash has seen a payment like this one a moment ago. Wait some minutes before you try again.", true}
	case "2010", "2011", "2013", "2014", "2015", "2016", "2017", "2018", "2019", "2043", "2059":
		return no{"verification_failed", "The code or the PIN was wrong, or came too late.", true}
	case "2009", "2037", "2038", "2044", "2045", "2046", "2057", "2058":
		return no{"wallet_refused", "This bKash account cannot make the payment.", false}
	case "2039", "2040", "2041":
		return no{"merchant_refused", "The shop cannot take bKash payments at the moment.", false}
	case wrongState, "2069":
		return no{"payment_not_completed", "The payment was not completed at bKash. Please try again.", true}
	}
	return no{"payment_declined", "bKash declined the payment.", true}
}

// refundRefusal says why a refund was refused, for staff.
func refundRefusal(code, message string) no {
	switch code {
	case "2023":
		return no{"insufficient_balance", "There is not enough money in your bKash merchant account.", true}
	case tooMuchBack, "2034":
		return no{"refund_too_large", "bKash says that this payment has been given back, or that it is more than was paid.", false}
	case "2035", "2042":
		return no{"refund_not_permitted", "Your bKash merchant account may not refund: ask bKash.", false}
	case "2037", "2038", "2039", "2040", "2041", "2044", "2045", "2046", "2057", "2058":
		return no{"wallet_refused", "The shopper's bKash account cannot take the refund, or yours cannot make it.", false}
	}
	if message == "" {
		message = "bKash refused the refund"
	}
	return no{"refund_refused_" + code, message + " (" + code + ")", false}
}
