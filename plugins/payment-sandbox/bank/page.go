package bank

import (
	"crypto/rand"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

//go:embed authorise.html
var authoriseSource string

//go:embed dashboard.html
var dashboardSource string

var pages = sync.OnceValue(func() *template.Template {
	t := template.New("bank").Funcs(template.FuncMap{"money": amountText, "amount": func(r journal.Record) string { return amountText(r.Amount, r.Currency) }})
	template.Must(t.New("authorise").Parse(authoriseSource))
	return template.Must(t.New("dashboard").Parse(dashboardSource))
})

type authorisePage struct {
	Nonce, Amount, Order, Last4 string
	Open                        bool
	State                       journal.State
	Back                        string
}

// showAuthorise is the page to which a redirect card sends the shopper.
func (b *Bank) showAuthorise(w http.ResponseWriter, r *http.Request) {
	p, err := b.Find(r.Context(), r.PathValue("ref"))
	if err != nil {
		answerError(w, err)
		return
	}
	b.renderAuthorise(w, p)
}

func (b *Bank) renderAuthorise(w http.ResponseWriter, p journal.Payment) {
	back := returnURL(p)
	data := authorisePage{
		Nonce: rand.Text(), Amount: amountText(p.Amount, p.Currency), Order: p.Order.Number, Last4: p.Order.Last4,
		Open: p.State == journal.RequiresAction, State: p.State, Back: back,
	}
	// Browsers apply form-action to the redirect that follows the form too, so the shop's own origin is listed.
	protect(w, data.Nonce, origin(back))
	_ = pages().ExecuteTemplate(w, "authorise", data) // the shopper went away
}

// decideAuthorise settles the payment, so that it is so even when the shopper never comes back to the shop.
func (b *Bank) decideAuthorise(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	decision := r.PostFormValue("decision")
	if decision != "approve" && decision != "decline" {
		http.Error(w, "choose approve or decline", http.StatusBadRequest)
		return
	}
	p, err := b.Decide(r.Context(), r.PathValue("ref"), decision == "approve")
	switch {
	case err != nil:
		answerError(w, err)
	case returnURL(p) == "":
		b.renderAuthorise(w, p)
	default:
		http.Redirect(w, r, returnURL(p), http.StatusSeeOther)
	}
}

type dashboardPage struct {
	Nonce    string
	Payment  *journal.Payment
	Payments []journal.Payment
}

const listed = 200

// showPayments lists the latest payments.
func (b *Bank) showPayments(w http.ResponseWriter, r *http.Request) {
	all, err := b.journal.All(r.Context())
	if err != nil {
		answerError(w, err)
		return
	}
	all = slices.DeleteFunc(all, func(p journal.Payment) bool { return !p.Known() })
	slices.SortFunc(all, func(x, y journal.Payment) int { return y.At.Compare(x.At) })
	renderDashboard(w, dashboardPage{Payments: all[:min(listed, len(all))]})
}

func (b *Bank) showPayment(w http.ResponseWriter, r *http.Request) {
	p, err := b.Find(r.Context(), r.PathValue("payment"))
	if err != nil {
		answerError(w, err)
		return
	}
	renderDashboard(w, dashboardPage{Payment: &p})
}

func renderDashboard(w http.ResponseWriter, data dashboardPage) {
	data.Nonce = rand.Text()
	protect(w, data.Nonce, "")
	_ = pages().ExecuteTemplate(w, "dashboard", data) // the reader went away
}

func protect(w http.ResponseWriter, nonce, formTarget string) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+nonce+"'; base-uri 'none'; "+
		"frame-ancestors 'none'; form-action 'self' "+formTarget)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "same-origin") // nothing to the shop, and the forms here say where they come from
	w.Header().Set("X-Content-Type-Options", "nosniff")
}

// returnURL brings the shopper back to the shop; the parameters are a hint for people, the journal is the truth.
func returnURL(p journal.Payment) string {
	u, err := url.Parse(p.Order.ReturnURL)
	if err != nil || u.Host == "" {
		return ""
	}
	q := u.Query()
	q.Set("sandbox_ref", p.Ref)
	q.Set("sandbox_state", string(p.State))
	u.RawQuery = q.Encode()
	return u.String()
}

func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// digits lists the currencies whose number of minor digits is not two (ISO 4217).
var digits = map[string]int{
	"CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "UGX": 0, "VND": 0, "XAF": 0, "XOF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3,
}

// amountText prints an amount as "BDT 1999.50".
func amountText(minor int64, currency string) string {
	n, ok := digits[currency]
	if !ok {
		n = 2
	}
	text := strconv.FormatInt(minor, 10)
	if n > 0 {
		text = strings.Repeat("0", max(0, n+1-len(text))) + text
		text = text[:len(text)-n] + "." + text[len(text)-n:]
	}
	return currency + " " + text
}
