package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/halum-hut/halum/plugins/sdk"
)

// class is what an error of a request says about its effect.
type class uint8

const (
	succeeded     class = iota
	unclear             // it may or may not have happened: 5xx, a broken connection, a deadline, not an answer of Stripe
	declined            // the issuer or Stripe's risk check said no
	refused             // Stripe did nothing: a 4xx about the request or the state of the object
	misconfigured       // Stripe did nothing: the key or the connected account
	away                // nothing happened: never sent, or turned away at the door
	busy                // nothing happened: another request with the same key, or on the same object, is under way
	reused              // the key was used for another request before: this one did nothing, that one may have
)

// classify follows https://docs.stripe.com/error-low-level and https://docs.stripe.com/api/errors.
func classify(err error) class {
	if err == nil {
		return succeeded
	}
	e := (*stripe.Error)(nil)
	if !errors.As(err, &e) {
		if errors.As(err, &notSent{}) {
			return away
		}
		return unclear
	}
	switch status := e.HTTPStatusCode; {
	case e.Type == stripe.ErrorTypeIdempotency && status != http.StatusConflict:
		return reused
	case status == http.StatusConflict, e.Code == stripe.ErrorCodeLockTimeout:
		return busy
	case status == http.StatusTooManyRequests:
		return away
	case status >= http.StatusInternalServerError:
		return unclear
	case status == http.StatusUnauthorized, status == http.StatusForbidden, e.Code == stripe.ErrorCodeAccountInvalid:
		return misconfigured
	case e.Type == stripe.ErrorTypeCard, status == http.StatusPaymentRequired:
		return declined
	case status >= http.StatusBadRequest:
		return refused
	}
	return unclear
}

// faultOf is the fault for an error after which certainly nothing has happened, and nil for any other. Stripe's own words
// about keys are not passed on, since they repeat parts of them.
func faultOf(err error) *sdk.Fault {
	switch classify(err) {
	case misconfigured:
		if e := stripeError(err); e.Code == stripe.ErrorCodeAccountInvalid {
			return sdk.Misconfigured("connected_account", "Stripe does not let this key act for the connected account")
		} else if e.HTTPStatusCode == http.StatusForbidden {
			return sdk.Misconfigured(secretKey, "lacks a permission: a restricted key needs PaymentIntents write, Charges read, Refunds write and Balance read")
		}
		return sdk.Misconfigured(secretKey, "Stripe does not know this key, or it has expired")
	case away:
		return sdk.Unavailable("Stripe cannot be reached, or takes no more requests just now")
	case refused:
		return sdk.Invalid(fieldOf(stripeError(err).Param), sentence(stripeError(err).Msg))
	case succeeded, unclear, declined, busy, reused:
	}
	return nil
}

// fieldOf names the platform's field for a parameter of Stripe.
func fieldOf(param string) string {
	switch name, _, _ := strings.Cut(param, "["); name {
	case "amount", "currency", methodField, "return_url":
		return name
	case "amount_to_capture":
		return "amount"
	case "statement_descriptor_suffix":
		return "statement_descriptor"
	case "shipping":
		return "shipping_address"
	}
	return "payment"
}

func sentence(msg string) string {
	if msg == "" {
		return "Stripe refused the request"
	}
	return msg
}

func stripeError(err error) *stripe.Error {
	e := &stripe.Error{}
	_ = errors.As(err, &e)
	return e
}

// pauses before a request is sent again that met another one under way. That is no retry of a failure: it was not tried.
var pauses = []time.Duration{50 * time.Millisecond, 150 * time.Millisecond, 400 * time.Millisecond, time.Second}

// whenFree sends a request, and again while Stripe is busy with its twin.
func whenFree[T any](ctx context.Context, send func() (T, error)) (T, error) {
	for _, pause := range pauses {
		got, err := send()
		if classify(err) != busy {
			return got, err
		}
		select {
		case <-ctx.Done():
			return got, err
		case <-time.After(pause):
		}
	}
	return send()
}

// note logs what staff will want to look up in Stripe's dashboard. It names ids and codes only.
func note(ctx context.Context, what string, err error) {
	e := stripeError(err)
	sdk.LoggerOf(ctx).Warn(what, "stripe_request", e.RequestID, "stripe_status", e.HTTPStatusCode, "stripe_code", string(e.Code), "sent", !errors.As(err, &notSent{}))
}

// hidden are the reasons that a shopper must not be told, since the card may be stolen.
// https://docs.stripe.com/declines/codes
var hidden = map[string]bool{
	"fraudulent": true, "lost_card": true, "stolen_card": true, "pickup_card": true, "restricted_card": true, "merchant_blacklist": true,
	"security_violation": true, "generic_decline": true, "": true,
}

// passing are the reasons that may be gone when the same card is tried later.
var passing = map[string]bool{
	"insufficient_funds": true, "processing_error": true, "try_again_later": true, "issuer_not_available": true, "reenter_transaction": true,
	"approve_with_id": true, "withdrawal_count_limit_exceeded": true, "card_velocity_exceeded": true, "authentication_required": true,
	"payment_intent_authentication_failure": true, "balance_insufficient": true,
}

// decline says why Stripe said no. The message of a card error is made for shoppers.
func decline(e *stripe.Error) sdk.Result {
	code := string(e.DeclineCode)
	if code == "" {
		code = string(e.Code)
	}
	if hidden[code] {
		return sdk.Decline("card_declined", "The card was declined.", false)
	}
	message := e.Msg
	if message == "" || e.Type != stripe.ErrorTypeCard {
		message = "The payment was declined."
	}
	return sdk.Decline(code, message, passing[code])
}
