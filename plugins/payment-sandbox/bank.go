package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

//go:embed bank.html
var pageSource string

var page = sync.OnceValue(func() *template.Template { return template.Must(template.New("bank").Parse(pageSource)) })

// bank is the page to which a redirect card sends the shopper. It starts listening when it is first needed and decides in
// the journal, so the payment is settled even when the shopper never comes back to the shop.
type bank struct {
	journal *journal.Journal
	addr    string
	mu      sync.Mutex
	base    string
}

func newBank(j *journal.Journal, addr string) *bank { return &bank{journal: j, addr: addr} }

// address returns the page's base URL, starting the server at the first call.
func (b *bank) address() (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.base != "" {
		return b.base, nil
	}
	listener, err := net.Listen("tcp", b.addr)
	if err != nil { // another process of the same bank has the port
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return "", fmt.Errorf("open the bank's page: %w", err)
		}
	}
	server := &http.Server{Handler: b.routes(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	go func() { _ = server.Serve(listener) }() // ends with the process
	b.base = "http://" + listener.Addr().String()
	return b.base, nil
}

func (b *bank) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorise/{ref}", b.show)
	mux.HandleFunc("POST /authorise/{ref}", b.decide)
	return mux
}

type pageData struct {
	Nonce, Amount, Order, Last4 string
	Open                        bool
	State                       journal.State
	Back                        string
}

func (b *bank) show(w http.ResponseWriter, r *http.Request) {
	record, ok, err := b.journal.ByRef(r.Context(), r.PathValue("ref"))
	switch {
	case err != nil:
		http.Error(w, "the bank cannot read its journal", http.StatusServiceUnavailable)
	case !ok:
		http.NotFound(w, r)
	default:
		b.render(w, record)
	}
}

func (b *bank) render(w http.ResponseWriter, record journal.Record) {
	back := returnURL(record)
	data := pageData{
		Nonce: rand.Text(), Amount: amountText(record), Order: record.Order, Last4: record.Last4,
		Open: record.State == journal.RequiresAction, State: record.State, Back: back,
	}
	// Browsers apply form-action to the redirect that follows the form too, so the shop's own origin is listed.
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+data.Nonce+"'; base-uri 'none'; "+
		"frame-ancestors 'none'; form-action 'self' "+origin(back))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_ = page().Execute(w, data) // the shopper went away
}

func (b *bank) decide(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	decision := r.PostFormValue("decision")
	if decision != "approve" && decision != "decline" {
		http.Error(w, "choose approve or decline", http.StatusBadRequest)
		return
	}
	record, ok, err := b.journal.ByRef(r.Context(), r.PathValue("ref"))
	if err == nil && !ok {
		http.NotFound(w, r)
		return
	}
	if err == nil {
		record, err = b.settle(r.Context(), record, decision == "approve")
	}
	if err != nil {
		http.Error(w, "the bank cannot write its journal", http.StatusServiceUnavailable)
		return
	}
	if record.ReturnURL == "" {
		b.render(w, record)
		return
	}
	http.Redirect(w, r, returnURL(record), http.StatusSeeOther)
}

// settle writes the shopper's decision, once: a payment that was settled or voided meanwhile stays as it is.
func (b *bank) settle(ctx context.Context, record journal.Record, approve bool) (journal.Record, error) {
	record, _, err := b.journal.Update(ctx, record.Tenant, record.Key, func(now journal.Record, ok bool) (journal.Record, bool) {
		if !ok || now.State != journal.RequiresAction {
			return now, false
		}
		now.State = journal.Captured
		if !approve {
			now.State, now.Code, now.Message = journal.Declined, "authentication_declined", "The payment was declined on the bank's page."
		}
		return now, true
	})
	return record, err
}

// returnURL brings the shopper back to the shop; the parameters are a hint for people, the journal is the truth.
func returnURL(r journal.Record) string {
	u, err := url.Parse(r.ReturnURL)
	if err != nil || u.Host == "" {
		return ""
	}
	q := u.Query()
	q.Set("sandbox_ref", r.Ref)
	q.Set("sandbox_state", string(r.State))
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
func amountText(r journal.Record) string {
	n, ok := digits[r.Currency]
	if !ok {
		n = 2
	}
	text := strconv.FormatInt(r.Amount, 10)
	if n > 0 {
		text = strings.Repeat("0", max(0, n+1-len(text))) + text
		text = text[:len(text)-n] + "." + text[len(text)-n:]
	}
	return r.Currency + " " + text
}
