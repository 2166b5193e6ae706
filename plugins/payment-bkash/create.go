package main

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

// openWindow is how long after Payment.CreatedAt a payment may be made at bKash.
const openWindow = 30 * time.Minute

var (
	// idForm is what bKash takes as an invoice number and a reference: at most 255 characters, none of < > &.
	idForm = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,200}$`)
	// refForm is what bKash's own ids look like.
	refForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)
	// walletForm is a mobile number of Bangladesh, as people write it.
	walletForm = regexp.MustCompile(`^(?:\+?88)?(01[3-9][0-9]{8})$`)
)

// CreatePayment makes a payment at bKash, which takes nothing, and sends the shopper to bKash's page. All of its errors
// are therefore promises that nothing happened: a payment whose id did not come back is one that nobody can execute.
//
// A repeat gets the payment that is remembered. When that is forgotten, a repeat makes another one at bKash, and no harm:
// only the one whose reference the platform has can be executed.
func (b *bkashPlugin) CreatePayment(ctx context.Context, in sdk.CreatePayment) (sdk.Result, error) {
	c, err := b.clients.of(in.Account)
	if err != nil {
		return sdk.Result{}, err
	}
	amount, err := checkCreate(in)
	if err != nil {
		return sdk.Result{}, err
	}
	h, err := b.state.hold(ctx, in.Account, in.Payment.ID)
	if err != nil {
		return sdk.Result{}, cannotRemember(ctx, err)
	}
	defer h.release()
	switch {
	case h.Ref == "" && in.Payment.Ref == "" && h.Voided:
		return sdk.Result{Outcome: sdk.Voided, Amount: in.Payment.Amount}, nil
	case h.Ref == "" && in.Payment.Ref == "":
		return b.open(ctx, c, in, amount, h)
	case h.Minor != 0 && h.Minor != in.Payment.Amount.Minor:
		return sdk.Result{}, sdk.Invalid("amount", "differs from what bKash was asked for before: begin another payment")
	}
	return c.look(ctx, in.Payment, h.record)
}

// checkCreate returns the amount as bKash wants it. Errors: Invalid.
func checkCreate(in sdk.CreatePayment) (string, error) {
	if err := checkPayment(in.Payment); err != nil {
		return "", err
	}
	if in.Payment.MethodKind != methodKind {
		return "", sdk.Invalid("method.kind", "must be "+methodKind)
	}
	for name := range in.MethodFields {
		return "", sdk.Invalid(name, "is not asked for: the shopper enters everything on bKash's page")
	}
	if u, err := url.Parse(in.ReturnURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", sdk.Invalid("return_url", "must be the http address that bKash brings the shopper back to")
	}
	return toBkash(in.Payment.Amount)
}

// checkPayment looks at the ids, which go into requests and file names. Errors: Invalid.
func checkPayment(p sdk.Payment) error {
	switch {
	case !idForm.MatchString(p.ID):
		return sdk.Invalid("payment_id", "must be 1 to 200 letters, digits, or one of _ . : -")
	case p.Ref != "" && !refForm.MatchString(p.Ref):
		return sdk.Invalid("payment_ref", "is not an id of bKash")
	}
	return nil
}

func cannotRemember(ctx context.Context, err error) error {
	if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		sdk.LoggerOf(ctx).Error("the folder given with --state cannot be used: no payments can be made", "error", err.Error())
	}
	return sdk.Unavailable("the payment is in use, or could not be written down")
}

// opened is bKash's answer to create.
type opened struct {
	PaymentID             string `json:"paymentID"`
	BkashURL              string `json:"bkashURL"`
	Amount                text   `json:"amount"`
	Currency              string `json:"currency"`
	MerchantInvoiceNumber string `json:"merchantInvoiceNumber"`
}

func (b *bkashPlugin) open(ctx context.Context, c *client, in sdk.CreatePayment, amount string, h *held) (sdk.Result, error) {
	if b.now().Sub(in.Payment.CreatedAt) > openWindow {
		return sdk.Result{}, sdk.Invalid("payment", "is too old to be started: begin another one")
	}
	at, got := b.now(), opened{}
	err := c.call(ctx, apiVersion+"/tokenized/checkout/create", map[string]string{
		"mode": "0011", "intent": "sale", "currency": currency, "amount": amount,
		"payerReference": payer(in), "callbackURL": in.ReturnURL, "merchantInvoiceNumber": in.Payment.ID,
	}, &got)
	if err != nil {
		note(ctx, "bKash made no payment", "", err)
		if classify(err) == refused {
			return sdk.Result{}, sdk.Unavailable("bKash does not make this payment (%s)", codeOf(err))
		}
		return sdk.Result{}, faultFor(err, "bKash did not answer")
	}
	if !c.fits(got, in.Payment) {
		note(ctx, "bKash made another payment than it was asked for: it is not used", got.PaymentID, nil)
		return sdk.Result{}, sdk.Unavailable("bKash made another payment than it was asked for")
	}
	h.record = record{Payment: in.Payment.ID, Ref: got.PaymentID, URL: got.BkashURL, Minor: in.Payment.Amount.Minor, OpenedAt: at}
	if err := h.save(); err != nil {
		return sdk.Result{}, cannotRemember(ctx, err)
	}
	return h.waiting(in.Payment), nil
}

// fits checks that the payment is the one that was asked for, and that the shopper is sent to bKash.
func (c *client) fits(got opened, p sdk.Payment) bool {
	minor, ok := fromBkash(string(got.Amount))
	u, err := url.Parse(got.BkashURL)
	secure := err == nil && u.Host != "" && (u.Scheme == "https" || c.APIBase != "" && u.Scheme == "http")
	return secure && ok && minor == p.Amount.Minor && got.Currency == currency && got.MerchantInvoiceNumber == p.ID && refForm.MatchString(got.PaymentID)
}

// payer is the reference for the payer. bKash fills a wallet's number in on its page.
func payer(in sdk.CreatePayment) string {
	if m := walletForm.FindStringSubmatch(in.Buyer.Phone); m != nil {
		return m[1]
	}
	return in.Payment.ID
}

// waiting is the result of a payment for which the shopper has something to do. Without bKash's address, as after the
// memory was lost, there is nothing to show, only to wait for.
func (r *record) waiting(p sdk.Payment) sdk.Result {
	if r.URL == "" || p.Ref != "" && p.Ref != r.Ref {
		return sdk.Result{Outcome: sdk.Pending, ProviderRef: refOf(p, *r), Amount: p.Amount}
	}
	return sdk.Result{Outcome: sdk.RequiresAction, ProviderRef: r.Ref, Amount: p.Amount, Next: &sdk.NextAction{RedirectURL: r.URL}}
}
