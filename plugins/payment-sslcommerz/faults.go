package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

// connected is the only APIConnect that means that a request was taken. FAILED says that the credentials are wrong,
// INACTIVE that the store is off, INVALID_REQUEST that the fields are.
const connected = "DONE"

// apiError is an answer of SSLCommerz that is no success.
type apiError struct {
	status  int    // HTTP
	connect string // APIConnect, or status of a session
	reason  string // failedreason of a session: a text without codes
}

func (e *apiError) Error() string {
	return fmt.Sprintf("SSLCommerz answered %d %s %s", e.status, e.connect, e.reason)
}

// class is what an error of a request says about its effect.
type class uint8

const (
	succeeded     class = iota
	unclear             // it may or may not have happened
	refused             // SSLCommerz did nothing
	misconfigured       // SSLCommerz did nothing: the credentials
	away                // nothing happened: never sent, or turned away at the door
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
	case e.status == http.StatusOK && (e.connect == "INACTIVE" || e.connect == "FAILED" && e.reason == ""):
		return misconfigured
	case strings.Contains(strings.ToLower(e.reason), "store credential"), strings.Contains(strings.ToLower(e.reason), "store is de-active"):
		return misconfigured
	case e.status == http.StatusOK && (e.connect == "INVALID_REQUEST" || e.connect == "FAILED"):
		return refused
	}
	return unclear
}

// faultFor turns the error of a request that can have no effect on money into a fault: nothing happened, whatever the
// class.
func faultFor(err error, otherwise string) error {
	f := (*sdk.Fault)(nil)
	switch class := classify(err); {
	case err == nil:
		return nil
	case errors.As(err, &f):
		return f
	case class == misconfigured:
		return sdk.Misconfigured("store_id", "SSLCommerz refuses these credentials: check store ID and store password, and whether they are of this mode and active")
	case class == away:
		return sdk.Unavailable("SSLCommerz cannot be reached, or takes no more requests just now")
	}
	return sdk.Unavailable("%s", otherwise)
}

// note logs what staff will want to look up.
func note(ctx context.Context, what, payment string, err error) {
	e := &apiError{}
	_ = errors.As(err, &e)
	sdk.LoggerOf(ctx).Warn(what, "tran_id", payment, "http_status", e.status, "answer", e.connect, "reason", clip(e.reason, 200), "sent", !errors.As(err, &notSent{}))
}

// clip cuts a text to so many characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	runes := []rune(strings.ToValidUTF8(s, ""))
	return string(runes[:min(most, len(runes))])
}

// no is why a payment or a refund did not come about. It is part of what is remembered.
type no struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	Retryable bool   `json:"retryable,omitzero"`
}

func (n no) result(p sdk.Payment) sdk.Result {
	r := sdk.Decline(n.Code, n.Message, n.Retryable)
	r.ProviderRef, r.Amount = p.ID, p.Amount
	return r
}

func (n no) refund() sdk.RefundResult { return sdk.FailRefund(n.Code, n.Message, n.Retryable) }

var (
	declined  = no{"payment_declined", "The payment was declined. Nothing was taken; you may try again or pay in another way.", true}
	cancelled = no{"cancelled", "The payment was cancelled.", true}
)
