package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

// config is what a vendor fills in besides the secrets.
type config struct {
	BaseURL string `json:"base_url"`
}

func configOf(account sdk.Account) (config, error) {
	c := config{}
	if err := account.Decode(&c); err != nil {
		return c, err
	}
	if u, err := url.Parse(c.BaseURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return c, sdk.Misconfigured("base_url", "must be the https address of the Acme API")
	}
	if len(account.Secrets["api_key"]) < 8 {
		return c, sdk.Misconfigured("api_key", "is required")
	}
	return c, nil
}

// payment is Acme's record of a payment.
type payment struct {
	ID          string `json:"id"`
	Ref         string `json:"ref"`
	Status      string `json:"status"`
	Amount      int64  `json:"amount"`
	Currency    string `json:"currency"`
	Captured    int64  `json:"captured"`
	Refunded    int64  `json:"refunded"`
	Code        string `json:"code"`
	Message     string `json:"message"`
	RedirectURL string `json:"redirect_url"`
}

var outcomes = map[string]sdk.Outcome{
	"captured": sdk.Captured, "authorized": sdk.Authorized, "pending": sdk.Pending, "requires_action": sdk.RequiresAction,
	"declined": sdk.Declined, "voided": sdk.Voided, "expired": sdk.Expired,
}

func (p payment) result() sdk.Result {
	r := sdk.Result{
		Outcome: outcomes[p.Status], ProviderRef: p.Ref, Amount: sdk.Amount{Minor: p.Amount, Currency: p.Currency},
		Captured: sdk.Amount{Minor: p.Captured, Currency: p.Currency}, Refunded: sdk.Amount{Minor: p.Refunded, Currency: p.Currency},
		Code: p.Code, Message: p.Message,
	}
	if p.RedirectURL != "" {
		r.Next = &sdk.NextAction{RedirectURL: p.RedirectURL}
	}
	return r
}

// refund is Acme's record of a refund.
type refund struct {
	ID       string `json:"id"`
	Ref      string `json:"ref"`
	Status   string `json:"status"`
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Code     string `json:"code"`
	Message  string `json:"message"`
}

var refundOutcomes = map[string]sdk.RefundOutcome{"succeeded": sdk.RefundSucceeded, "pending": sdk.RefundPending, "failed": sdk.RefundFailed}

func (r refund) result() sdk.RefundResult {
	return sdk.RefundResult{
		Outcome: refundOutcomes[r.Status], ProviderRef: r.Ref, Amount: sdk.Amount{Minor: r.Amount, Currency: r.Currency}, Code: r.Code, Message: r.Message,
	}
}

const maxAnswer = 1 << 20

// call asks the provider. Which error it returns decides what the platform does next: Invalid, Misconfigured and
// Unavailable promise that nothing happened; after any other the platform asks GetPayment.
func (pr provider) call(ctx context.Context, account sdk.Account, method, path string, body, into any) (found bool, err error) {
	c, err := configOf(account)
	if err != nil {
		return false, err
	}
	data, err := json.Marshal(body)
	if err != nil {
		return false, err
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.BaseURL+"/payments/"+path, "/"), bytes.NewReader(data))
	if err != nil {
		return false, sdk.Invalid("payment.id", "cannot be part of an address")
	}
	req.Header.Set("Authorization", "Bearer "+account.Secrets["api_key"])
	resp, err := pr.http.Do(req)
	if dial := (*net.OpError)(nil); errors.As(err, &dial) && dial.Op == "dial" {
		return false, sdk.Unavailable("Acme cannot be reached")
	}
	if err != nil {
		return false, err // sent or not: nobody knows
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return false, err
	case resp.StatusCode == http.StatusNotFound:
		return false, nil
	case resp.StatusCode == http.StatusUnauthorized:
		return false, sdk.Misconfigured("api_key", "is not one that Acme knows")
	case resp.StatusCode == http.StatusBadRequest:
		return false, sdk.Invalid("amount", strings.TrimSpace(string(answer)))
	case resp.StatusCode != http.StatusOK:
		return false, fmt.Errorf("acme answered %s", resp.Status)
	}
	return true, json.Unmarshal(answer, into)
}
