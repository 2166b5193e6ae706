package main

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

// openWindow is how long after Payment.CreatedAt a session may be opened.
const openWindow = 30 * time.Minute

// idForm is what SSLCommerz takes as tran_id and refund_trans_id: at most 30 characters. The platform's ids have 30.
var idForm = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,30}$`)

// CreatePayment opens a session, which takes nothing, and sends the shopper to SSLCommerz's page. All of its errors are
// therefore promises that nothing happened: a session whose address did not come back is one that nobody can pay.
//
// A repeat gets the address that is remembered. When that is forgotten there is none to give: another session could be
// paid beside the first.
func (s *sslcommerzPlugin) CreatePayment(ctx context.Context, in sdk.CreatePayment) (sdk.Result, error) {
	c, err := s.clients.of(in.Account)
	if err != nil {
		return sdk.Result{}, err
	}
	form, err := c.opening(in)
	if err != nil {
		return sdk.Result{}, err
	}
	h, err := s.state.hold(ctx, in.Account, in.Payment.ID)
	if err != nil {
		return sdk.Result{}, cannotRemember(ctx, err)
	}
	defer h.release()
	switch {
	case h.unpublished(in.Payment) && h.GivenUp:
		return sdk.Result{Outcome: sdk.Voided, Amount: in.Payment.Amount}, nil
	case h.unpublished(in.Payment):
		return c.begin(ctx, in, form, h)
	case h.Minor != 0 && h.Minor != in.Payment.Amount.Minor:
		return sdk.Result{}, sdk.Invalid("amount", "differs from what SSLCommerz was asked for before: begin another payment")
	}
	return c.look(ctx, in.Payment, h, "")
}

// unpublished reports whether no address was ever given to anybody, so that nobody can have paid. The platform has a
// reference as soon as it has an address.
func (r *record) unpublished(p sdk.Payment) bool { return r.URL == "" && p.Ref == "" }

func checkPayment(p sdk.Payment) error {
	switch {
	case !idForm.MatchString(p.ID):
		return sdk.Invalid("payment_id", "must be 1 to 30 letters, digits, or one of _ . : -")
	case p.Ref != "" && p.Ref != p.ID:
		return sdk.Invalid("payment_ref", "is not one of this provider")
	}
	return nil
}

func cannotRemember(ctx context.Context, err error) error {
	if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		sdk.LoggerOf(ctx).Error("the folder given with --state cannot be used: no payments can be made", "error", err.Error())
	}
	return sdk.Unavailable("the payment is in use, or could not be written down")
}

func (c *client) begin(ctx context.Context, in sdk.CreatePayment, form url.Values, h *held) (sdk.Result, error) {
	if c.now().Sub(in.Payment.CreatedAt) > openWindow {
		return sdk.Result{}, sdk.Invalid("payment", "is too old to be started: begin another one")
	}
	at := c.now()
	got, err := c.open(ctx, form)
	if err != nil {
		note(ctx, "SSLCommerz opened no session", in.Payment.ID, err)
		return sdk.Result{}, faultFor(err, "SSLCommerz does not make this payment just now")
	}
	u, err := url.Parse(got.GatewayPageURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && (c.APIBase == "" || u.Scheme != "http") {
		note(ctx, "SSLCommerz opened a session without an address for the shopper", in.Payment.ID, nil)
		return sdk.Result{}, sdk.Unavailable("SSLCommerz gave no address for the shopper")
	}
	h.record = record{Payment: in.Payment.ID, URL: got.GatewayPageURL, Minor: in.Payment.Amount.Minor, OpenedAt: at}
	if err := h.save(); err != nil {
		return sdk.Result{}, cannotRemember(ctx, err)
	}
	return h.waiting(in.Payment), nil
}

// opening is the form of a session. Errors: Invalid.
func (c *client) opening(in sdk.CreatePayment) (url.Values, error) {
	amount, err := c.checkCreate(in)
	if err != nil {
		return nil, err
	}
	email, phone := in.Buyer.Email, in.Buyer.Phone
	if !isEmail(email) {
		email = c.FallbackEmail
	}
	if phone == "" {
		phone = c.FallbackPhone
	}
	switch {
	case in.Buyer.Name == "":
		return nil, sdk.Invalid("buyer.name", "is needed for SSLCommerz")
	case phone == "":
		return nil, sdk.Invalid("buyer.phone", "is needed for SSLCommerz")
	case email == "":
		return nil, sdk.Invalid("buyer.email", "must be an e-mail address of at most 50 characters: SSLCommerz sends a receipt there")
	}
	form := url.Values{
		"tran_id": {in.Payment.ID}, "total_amount": {amount}, "currency": {currency}, "emi_option": {"0"},
		"success_url": {in.ReturnURL}, "fail_url": {in.ReturnURL}, "cancel_url": {in.ReturnURL},
		"cus_name": {clip(in.Buyer.Name, 50)}, "cus_email": {email}, "cus_phone": {clip(phone, 20)},
		"product_name": {"Order " + clip(in.OrderNumber, 200)}, "product_category": {"general"}, "product_profile": {"general"},
		"shipping_method": {"NO"}, "num_of_item": {"1"},
	}
	if in.WebhookURL != "" {
		form.Set("ipn_url", in.WebhookURL)
	}
	address(form, "cus_", in.Buyer.Address)
	if in.ShippingAddress != (sdk.Address{}) {
		form.Set("shipping_method", "YES")
		form.Set("product_profile", "physical-goods")
		form.Set("ship_name", orDash(in.ShippingAddress.Name, 50))
		address(form, "ship_", in.ShippingAddress)
	}
	return form, nil
}

// checkCreate returns the amount as SSLCommerz wants it. Errors: Invalid.
func (c *client) checkCreate(in sdk.CreatePayment) (string, error) {
	if err := checkPayment(in.Payment); err != nil {
		return "", err
	}
	amount, err := toDecimal(in.Payment.Amount)
	back, badURL := url.Parse(in.ReturnURL)
	switch {
	case in.Payment.MethodKind != methodKind:
		return "", sdk.Invalid("method.kind", "must be "+methodKind)
	case len(in.MethodFields) > 0:
		return "", sdk.Invalid("method.fields", "nothing is asked for: the shopper enters everything on SSLCommerz's page")
	case err != nil:
		return "", err
	case in.Payment.Amount.Minor < minAmount || in.Payment.Amount.Minor > maxAmount:
		return "", sdk.Invalid("amount", "must be from 10.00 to 500000.00 BDT for SSLCommerz")
	case badURL != nil || back.Host == "" || back.Scheme != "https" && back.Scheme != "http" || len(in.ReturnURL) > 255:
		return "", sdk.Invalid("return_url", "must be the http address that SSLCommerz brings the shopper back to, of at most 255 characters")
	case len(in.WebhookURL) > 255:
		return "", sdk.Invalid("webhook_url", "must be of at most 255 characters")
	}
	return amount, nil
}

// address fills in what is there. SSLCommerz demands these fields, but not that they say something.
func address(form url.Values, prefix string, a sdk.Address) {
	form.Set(prefix+"add1", orDash(a.Line1, 50))
	form.Set(prefix+"city", orDash(a.City, 50))
	form.Set(prefix+"postcode", orDash(a.PostalCode, 30))
	form.Set(prefix+"country", orDash(countryName(a.Country), 50))
	if a.Line2 != "" {
		form.Set(prefix+"add2", clip(a.Line2, 50))
	}
	if a.Region != "" {
		form.Set(prefix+"state", clip(a.Region, 50))
	}
}

func orDash(s string, most int) string {
	if s == "" {
		return "-"
	}
	return clip(s, most)
}

// countryName writes the usual country as SSLCommerz does; of others the code says enough.
func countryName(code string) string {
	if code == "BD" {
		return "Bangladesh"
	}
	return code
}

// waiting is the result of a payment for which the shopper has something to do. Without the address, as after the memory
// was lost, there is nothing to show, only to wait for.
func (r *record) waiting(p sdk.Payment) sdk.Result {
	if r.URL == "" {
		return sdk.Result{Outcome: sdk.Pending, ProviderRef: p.ID, Amount: p.Amount}
	}
	return sdk.Result{Outcome: sdk.RequiresAction, ProviderRef: p.ID, Amount: p.Amount, Next: &sdk.NextAction{RedirectURL: r.URL}}
}
