package bank

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

const maxForm = 4 << 10

// Handler serves the bank's pages and its control API. {payment} is the bank's reference or, when no two merchants have
// the same, the platform's id. Fields are sent as a form, answers are JSON (a browser that sends a form of the pages is
// led back to them); a no is 409 with a code, an unknown payment 404.
//
//	GET  /                                     the latest payments, for people
//	GET  /payments/{payment}                   one of them, with buttons
//	GET  /authorise/{ref}                      where a redirect card sends the shopper
//	POST /authorise/{ref}                      decision=approve|decline, then back to the shop
//
//	GET  /api/payments/{payment}               what the bank's books say
//	POST /api/payments/{payment}/approve       as the shopper does
//	POST /api/payments/{payment}/decline
//	POST /api/payments/{payment}/capture       the bank takes the whole amount, whatever was said before
//	POST /api/payments/{payment}/expire        the promise or the shopper's time runs out
//	POST /api/payments/{payment}/refund        amount=… (all that is left without it): not asked for by the platform
//	POST /api/payments/{payment}/settle-refund refund=… (id or reference), status=succeeded|failed
//	POST /api/payments/{payment}/dispute       amount=…, reason=…
//	POST /api/payments/{payment}/decide-dispute dispute=… (the last one without it), decision=review|win|lose
//	POST /api/payments/{payment}/replay        every webhook of the payment is sent once more
//
// Only a caller on this machine that names it by a loopback address is served, and no other site's script.
func (b *Bank) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", b.showPayments)
	mux.HandleFunc("GET /payments/{payment}", b.showPayment)
	mux.HandleFunc("GET /authorise/{ref}", b.showAuthorise)
	mux.HandleFunc("POST /authorise/{ref}", b.decideAuthorise)
	mux.HandleFunc("GET /api/payments/{payment}", func(w http.ResponseWriter, r *http.Request) {
		p, err := b.Find(r.Context(), r.PathValue("payment"))
		answerPayment(w, p, err)
	})
	for action, do := range b.actions() {
		mux.HandleFunc("POST /api/payments/{payment}/"+action, act(do))
	}
	return onlyLoopback(http.NewCrossOriginProtection().Handler(mux))
}

// onlyLoopback refuses requests by another name, as of a site that has turned its own name to this machine.
func onlyLoopback(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if !local(strings.Trim(host, "[]")) {
			http.Error(w, "the bank is at a loopback address only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// action changes the named payment by what a form says.
type action func(ctx context.Context, payment string, form func(string) string, amount int64) (journal.Payment, error)

func (b *Bank) actions() map[string]action {
	return map[string]action{
		"approve": func(ctx context.Context, payment string, _ func(string) string, _ int64) (journal.Payment, error) {
			return b.Decide(ctx, payment, true)
		},
		"decline": func(ctx context.Context, payment string, _ func(string) string, _ int64) (journal.Payment, error) {
			return b.Decide(ctx, payment, false)
		},
		"capture": func(ctx context.Context, payment string, _ func(string) string, _ int64) (journal.Payment, error) {
			return b.TakeLate(ctx, payment)
		},
		"expire": func(ctx context.Context, payment string, _ func(string) string, _ int64) (journal.Payment, error) {
			return b.Expire(ctx, payment)
		},
		"refund": func(ctx context.Context, payment string, _ func(string) string, amount int64) (journal.Payment, error) {
			return b.RefundExternally(ctx, payment, amount)
		},
		"settle-refund": func(ctx context.Context, payment string, form func(string) string, _ int64) (journal.Payment, error) {
			return b.SettleRefund(ctx, payment, form("refund"), form("status") == "succeeded")
		},
		"dispute": func(ctx context.Context, payment string, form func(string) string, amount int64) (journal.Payment, error) {
			return b.OpenDispute(ctx, payment, amount, form("reason"))
		},
		"decide-dispute": func(ctx context.Context, payment string, form func(string) string, _ int64) (journal.Payment, error) {
			return b.DecideDispute(ctx, payment, form("dispute"), form("decision"))
		},
		"replay": func(ctx context.Context, payment string, _ func(string) string, _ int64) (journal.Payment, error) {
			return b.Replay(ctx, payment)
		},
	}
}

func act(do action) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		amount := int64(0)
		if text := r.PostFormValue("amount"); text != "" {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || n <= 0 {
				answerError(w, &Refusal{"amount_invalid", "give the amount in minor units, above zero"})
				return
			}
			amount = n
		}
		p, err := do(r.Context(), r.PathValue("payment"), r.PostFormValue, amount)
		if err == nil && strings.Contains(r.Header.Get("Accept"), "text/html") {
			http.Redirect(w, r, "/payments/"+p.Ref, http.StatusSeeOther)
			return
		}
		answerPayment(w, p, err)
	}
}

// Books are what the control API answers about a payment.
type Books struct {
	ID       string           `json:"id"` // the platform's
	Ref      string           `json:"ref"`
	Tenant   string           `json:"tenant"`
	Mode     string           `json:"mode"`
	State    journal.State    `json:"state"`
	Currency string           `json:"currency"`
	Amount   int64            `json:"amount"`   // minor units, as promised or asked for
	Charges  int              `json:"charges"`  // how often money was taken or promised: parts of one promise are one
	Captured int64            `json:"captured"` // in all
	Refunded int64            `json:"refunded"` // and about to be; failed refunds do not count
	Captures []journal.Record `json:"captures"`
	Refunds  []journal.Record `json:"refunds"`
	Disputes []journal.Record `json:"disputes"`
}

func booksOf(p journal.Payment) Books {
	b := Books{
		ID: p.Key, Ref: p.Ref, Tenant: p.Tenant, Mode: p.Mode, State: p.State, Currency: p.Currency, Amount: p.Amount,
		Captured: p.Taken(), Refunded: p.GivenBack(), Captures: p.Captures, Refunds: p.Refunds, Disputes: p.Disputes,
	}
	if p.Charged {
		b.Charges = 1
	}
	return b
}

func answerPayment(w http.ResponseWriter, p journal.Payment, err error) {
	if err != nil {
		answerError(w, err)
		return
	}
	answerJSON(w, http.StatusOK, booksOf(p))
}

func answerError(w http.ResponseWriter, err error) {
	refusal := (*Refusal)(nil)
	switch {
	case !errors.As(err, &refusal):
		answerJSON(w, http.StatusServiceUnavailable, map[string]string{"code": "journal", "message": "the bank cannot use its journal"})
	case refusal.Code == NoSuchPayment:
		answerJSON(w, http.StatusNotFound, map[string]string{"code": refusal.Code, "message": refusal.Message})
	default:
		answerJSON(w, http.StatusConflict, map[string]string{"code": refusal.Code, "message": refusal.Message})
	}
}

func answerJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller went away
}
