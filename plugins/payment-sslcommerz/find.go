package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

// sessionLife is how long a session is taken to be payable. SSLCommerz ends sessions by itself (status EXPIRED) and does
// not say when; a day is far more than its page gives anybody.
const sessionLife = 24 * time.Hour

// attempt is one try to pay, as the validation and the transaction query tell of it. A payment may have several: one that
// failed and one that went well, and even two that went well.
type attempt struct {
	Status       string `json:"status"`
	TranID       string `json:"tran_id"`
	ValID        string `json:"val_id"`
	BankTranID   string `json:"bank_tran_id"`
	CardType     string `json:"card_type"`
	Amount       text   `json:"amount"`        // in Currency
	Currency     string `json:"currency"`      // that is settled
	CurrencyType string `json:"currency_type"` // that was asked for
	RiskLevel    text   `json:"risk_level"`
	RiskTitle    string `json:"risk_title"`
}

// valForm is what SSLCommerz's ids look like.
var valForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// paid reports whether the money was taken. VALIDATED says so as well, and that the shop has validated it before.
func (a attempt) paid() bool { return a.Status == "VALID" || a.Status == "VALIDATED" }

// same reports whether both tell of one transaction alike.
func (a attempt) same(b attempt) bool {
	mine, _ := fromDecimal(string(a.Amount))
	other, _ := fromDecimal(string(b.Amount))
	return a.TranID == b.TranID && a.ValID == b.ValID && a.BankTranID == b.BankTranID && mine == other
}

// minor is the amount in paisa; it is false when that cannot be said.
func (a attempt) minor() (int64, bool) {
	minor, ok := fromDecimal(string(a.Amount))
	inTaka := (a.Currency == currency || a.Currency == "") && (a.CurrencyType == currency || a.CurrencyType == "") && a.Currency+a.CurrencyType != ""
	return minor, ok && minor > 0 && inTaka && valForm.MatchString(a.BankTranID)
}

// attempts asks the transaction query.
func (c *client) attempts(ctx context.Context, tranID string) ([]attempt, error) {
	var answer struct {
		Found   text            `json:"no_of_trans_found"`
		Element json.RawMessage `json:"element"`
	}
	if err := c.get(ctx, c.http, queryPath, url.Values{"tran_id": {tranID}}, &answer); err != nil {
		return nil, err
	}
	if answer.Found == "0" { // what stands in element then is not documented
		return nil, nil
	}
	var list []attempt
	if err := json.Unmarshal(answer.Element, &list); err != nil {
		return nil, err
	}
	if string(answer.Found) != strconv.Itoa(len(list)) {
		return nil, errors.New("SSLCommerz counts other transactions than it lists")
	}
	for _, a := range list {
		if a.TranID != tranID {
			return nil, errors.New("SSLCommerz answered about another transaction")
		}
	}
	return list, nil
}

// validate asks the Order Validation API about one transaction. The answer has the status INVALID_TRANSACTION when there
// is no such one.
func (c *client) validate(ctx context.Context, valID string) (a attempt, err error) {
	err = c.get(ctx, c.http, validatePath, url.Values{"val_id": {valID}, "v": {"1"}}, &a)
	return a, err
}

// confirmed are the attempts, with each that was paid and not validated yet validated now, as SSLCommerz demands before
// anything is sent. valID is what the shopper brought: it counts when SSLCommerz says that it is of this payment, also
// where the list does not have it yet.
func (c *client) confirmed(ctx context.Context, tranID, valID string) ([]attempt, error) {
	list, err := c.attempts(ctx, tranID)
	known := slices.ContainsFunc(list, func(a attempt) bool { return a.ValID == valID })
	if valID != "" && !known && valForm.MatchString(valID) {
		a, invalid := c.validate(ctx, valID)
		if invalid == nil && a.paid() && a.TranID == tranID && a.ValID == valID {
			a.Status = "VALIDATED"
			list, err = append(list, a), nil
		}
	}
	if err != nil {
		return nil, err
	}
	for i, a := range list {
		if a.Status != "VALID" {
			continue
		}
		v, err := c.validate(ctx, a.ValID)
		if err != nil {
			return nil, err
		}
		if !v.paid() || !v.same(a) {
			return nil, errors.New("the validation does not say what the transaction query says")
		}
		list[i] = v
	}
	return list, nil
}

// GetPayment asks SSLCommerz by the platform's id. NotFound is true of a payment of which nobody ever had an address to
// pay at.
func (s *sslcommerzPlugin) GetPayment(ctx context.Context, in sdk.GetPayment) (sdk.Result, error) {
	c, err := s.clients.of(in.Account)
	if err != nil {
		return sdk.Result{}, err
	}
	if err := checkPayment(in.Payment); err != nil {
		return sdk.Result{}, err
	}
	r, err := s.state.Peek(in.Account, in.Payment.ID)
	if err != nil {
		return sdk.Result{}, err
	}
	return c.look(ctx, in.Payment, &held{record: r}, "")
}

// ContinuePayment asks as well. Of what the shopper brings back, val_id only says what to ask for. A failure counts when
// SSLCommerz has signed it, and nothing was taken.
func (s *sslcommerzPlugin) ContinuePayment(ctx context.Context, in sdk.ContinuePayment) (sdk.Result, error) {
	c, err := s.clients.of(in.Account)
	if err != nil {
		return sdk.Result{}, err
	}
	if err := checkPayment(in.Payment); err != nil {
		return sdk.Result{}, err
	}
	h, err := s.state.hold(ctx, in.Account, in.Payment.ID)
	if err != nil {
		return sdk.Result{}, cannotRemember(ctx, err)
	}
	defer h.release()
	if why := c.refusal(in); why != nil && h.Declined == nil {
		h.Declined = why
		if h.Payment != "" && h.save() != nil {
			note(ctx, "the folder given with --state cannot be written", in.Payment.ID, nil) // GetPayment then says that it waits
		}
	}
	r, err := c.look(ctx, in.Payment, h, in.Params["val_id"])
	if r.Outcome == sdk.NotFound {
		r.Outcome = sdk.Unknown
	}
	return r, err
}

// refusal is the failure in what the shopper brings back, if it is of this payment and signed.
func (c *client) refusal(in sdk.ContinuePayment) *no {
	if in.Params["tran_id"] != in.Payment.ID || !c.authentic(in.Params, in.Account) {
		return nil
	}
	switch in.Params["status"] {
	case "FAILED":
		return &declined
	case "CANCELLED":
		return &cancelled
	}
	return nil
}

// look says what became of a payment, together with what is remembered of it.
func (c *client) look(ctx context.Context, p sdk.Payment, h *held, valID string) (sdk.Result, error) {
	list, err := c.confirmed(ctx, p.ID, valID)
	if err != nil {
		return noAnswer(ctx, p, err)
	}
	if slices.ContainsFunc(list, attempt.paid) {
		return c.captured(ctx, p, list, h), nil
	}
	return c.unpaid(ctx, p, list, &h.record), nil
}

// noAnswer is what a question that failed is answered.
func noAnswer(ctx context.Context, p sdk.Payment, err error) (sdk.Result, error) {
	note(ctx, "SSLCommerz did not say what became of a payment", p.ID, err)
	if class := classify(err); class == misconfigured || class == away {
		return sdk.Result{}, faultFor(err, "")
	}
	return sdk.Result{Outcome: sdk.Unknown, ProviderRef: p.Ref}, nil
}

// captured sums up what was taken: with a session that was paid twice that is more than was asked for, and the platform
// sees it.
func (c *client) captured(ctx context.Context, p sdk.Payment, list []attempt, h *held) sdk.Result {
	total := int64(0)
	for _, a := range list {
		if !a.paid() {
			continue
		}
		minor, ok := a.minor()
		if !ok {
			note(ctx, "SSLCommerz took an amount or a currency that cannot be read", p.ID, nil)
			return sdk.Result{Outcome: sdk.Unknown, ProviderRef: p.ID}
		}
		if a.RiskLevel != "0" && a.RiskLevel != "" {
			sdk.LoggerOf(ctx).Warn("SSLCommerz calls a payment risky: check the shopper before you send anything", "tran_id", p.ID, "risk_title", clip(a.RiskTitle, 50))
		}
		total += minor
	}
	c.refresh(ctx, h)
	return sdk.Result{Outcome: sdk.Captured, ProviderRef: p.ID, Amount: taka(total), Captured: taka(total), Refunded: taka(min(h.back(""), total))}
}

// unpaid is the result of a payment that nobody has paid, as far as SSLCommerz says.
func (c *client) unpaid(ctx context.Context, p sdk.Payment, list []attempt, r *record) sdk.Result {
	at := func(outcome sdk.Outcome) sdk.Result {
		return sdk.Result{Outcome: outcome, ProviderRef: p.ID, Amount: p.Amount}
	}
	found := map[string]bool{}
	for _, a := range list {
		switch a.Status {
		case "PENDING": // also of a session in which nobody has chosen a way to pay
			found["PENDING"] = found["PENDING"] || a.BankTranID != "" || a.CardType != ""
		case "FAILED", "CANCELLED", "EXPIRED", "UNATTEMPTED":
			found[a.Status] = true
		default:
			note(ctx, "SSLCommerz answered with a status that is not known: "+clip(a.Status, 40), p.ID, nil)
			return at(sdk.Unknown)
		}
	}
	switch over := c.now().Sub(r.madeAt(p)) > sessionLife; {
	case found["PENDING"]:
		return at(sdk.Pending)
	case found["FAILED"]:
		return declined.result(p)
	case found["CANCELLED"]:
		return cancelled.result(p)
	case r.Declined != nil:
		return r.Declined.result(p)
	case r.unpublished(p) && r.GivenUp:
		return sdk.Result{Outcome: sdk.Voided, Amount: p.Amount}
	case r.unpublished(p):
		return sdk.Result{Outcome: sdk.NotFound}
	case over && r.GivenUp:
		return at(sdk.Voided)
	case over, found["EXPIRED"]:
		return at(sdk.Expired)
	case r.GivenUp:
		return at(sdk.Pending)
	}
	return r.waiting(p)
}

// madeAt is when the session was opened, or the last moment at which it can have been.
func (r *record) madeAt(p sdk.Payment) time.Time {
	if r.OpenedAt.IsZero() {
		return p.CreatedAt.Add(openWindow)
	}
	return r.OpenedAt
}
