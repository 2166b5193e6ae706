// Fake plays Acme for the conformance kit: an HTTP API that keeps payments in memory. It has test cards like every real
// provider, and pages below /test that a real one would not have. Replace it by the provider's own sandbox where that can
// do the same.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
)

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

	capture   bool
	returnURL string
	final     bool
	charges   int
	done      map[string]bool // captures
	refunds   map[string]*refund
}

type refund struct {
	ID       string `json:"id"`
	Ref      string `json:"ref"`
	Status   string `json:"status"`
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Code     string `json:"code"`
	Message  string `json:"message"`
}

type request struct {
	ID        string `json:"id"`
	Amount    int64  `json:"amount"`
	Currency  string `json:"currency"`
	Card      string `json:"card"`
	Capture   bool   `json:"capture"`
	Final     bool   `json:"final"`
	ReturnURL string `json:"return_url"`
}

// bank holds all payments. One lock is enough for a fake.
type bank struct {
	url string
	mu  sync.Mutex
	all map[string]*payment
}

const apiKey = "acme_key_for_tests"

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	b := &bank{url: "http://" + listener.Addr().String(), all: map[string]*payment{}}
	fmt.Println("READY url=" + b.url)
	err = http.Serve(listener, b.routes()) //nolint:gosec // on this machine only, for the time of a test
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func (b *bank) routes() http.Handler {
	mux := http.NewServeMux()
	api := func(pattern string, fn func(r *http.Request, in request) (any, string)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer "+apiKey {
				http.Error(w, "unknown key", http.StatusUnauthorized)
				return
			}
			b.answer(w, r, fn)
		})
	}
	api("POST /payments", b.create)
	api("GET /payments/{id}", func(r *http.Request, _ request) (any, string) { return b.find(r) })
	api("POST /payments/{id}/captures", b.take)
	api("POST /payments/{id}/void", b.void)
	api("POST /payments/{id}/refunds", b.refund)
	api("GET /payments/{id}/refunds/{refund}", b.findRefund)
	for _, step := range []string{"approve", "expire", "refund", "books"} {
		mux.HandleFunc("/test/"+step+"/{id}", func(w http.ResponseWriter, r *http.Request) { b.answer(w, r, b.play(step)) })
	}
	return mux
}

// answer runs one request alone. Nothing found is 404, and a text is what was wrong with the request.
func (b *bank) answer(w http.ResponseWriter, r *http.Request, fn func(r *http.Request, in request) (any, string)) {
	in := request{}
	if r.Method == http.MethodPost && r.Header.Get("Content-Type") == "" {
		_ = json.NewDecoder(r.Body).Decode(&in) // what is missing is refused below
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch out, wrong := fn(r, in); {
	case wrong == "redirect":
		http.Redirect(w, r, out.(string), http.StatusSeeOther)
	case wrong != "":
		http.Error(w, wrong, http.StatusBadRequest)
	case out == nil:
		http.NotFound(w, r)
	default:
		if err := json.NewEncoder(w).Encode(out); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

func (b *bank) find(r *http.Request) (any, string) {
	if p := b.all[r.PathValue("id")]; p != nil {
		return p, ""
	}
	return nil, ""
}

func (b *bank) create(_ *http.Request, in request) (any, string) {
	if p := b.all[in.ID]; p != nil {
		return p, "" // the same payment once more
	}
	if in.ID == "" || in.Amount <= 0 || len(in.Currency) != 3 {
		return nil, "id, amount and currency are required"
	}
	p := &payment{
		ID: in.ID, Ref: "ac_" + in.ID, Amount: in.Amount, Currency: in.Currency, capture: in.Capture, returnURL: in.ReturnURL,
		done: map[string]bool{}, refunds: map[string]*refund{},
	}
	b.all[in.ID] = p
	switch in.Card {
	case "4000000000000002":
		p.Status, p.Code, p.Message = "declined", "card_declined", "The card was declined."
	case "4000000000003220":
		p.Status, p.RedirectURL = "requires_action", b.url+"/test/approve/"+in.ID
	case "4242424242424242":
		p.approve()
	default:
		p.Status, p.Code, p.Message = "declined", "invalid_number", "That is not one of the test cards."
	}
	return p, ""
}

func (p *payment) approve() {
	p.Status, p.RedirectURL = "authorized", ""
	p.charges++
	if p.capture {
		p.Status, p.Captured, p.final = "captured", p.Amount, true
	}
}

func (b *bank) take(r *http.Request, in request) (any, string) {
	p := b.all[r.PathValue("id")]
	switch {
	case p == nil:
		return nil, "no such payment"
	case p.done[in.ID]:
		return p, ""
	case p.Status != "authorized" && p.Status != "captured":
		return nil, "the payment is " + p.Status
	case in.Amount <= 0 || in.Currency != p.Currency || p.final || p.Captured+in.Amount > p.Amount:
		return nil, "more than was authorised"
	}
	p.done[in.ID], p.Status, p.final = true, "captured", in.Final
	p.Captured += in.Amount
	return p, ""
}

// void also remembers payments that were never created, so that they never are.
func (b *bank) void(r *http.Request, _ request) (any, string) {
	id := r.PathValue("id")
	p := b.all[id]
	if p == nil {
		p = &payment{ID: id, Ref: "ac_" + id, Status: "voided"}
		b.all[id] = p
	}
	if p.Status == "authorized" || p.Status == "requires_action" {
		p.Status, p.RedirectURL = "voided", ""
	}
	return p, ""
}

func (b *bank) refund(r *http.Request, in request) (any, string) {
	p := b.all[r.PathValue("id")]
	switch {
	case p == nil:
		return nil, "no such payment"
	case p.refunds[in.ID] != nil:
		return p.refunds[in.ID], ""
	case in.Amount <= 0 || in.Currency != p.Currency || p.Refunded+in.Amount > p.Captured:
		return nil, "more than was captured"
	}
	p.Refunded += in.Amount
	p.refunds[in.ID] = &refund{ID: in.ID, Ref: "acr_" + in.ID, Status: "succeeded", Amount: in.Amount, Currency: p.Currency}
	return p.refunds[in.ID], ""
}

func (b *bank) findRefund(r *http.Request, _ request) (any, string) {
	if p := b.all[r.PathValue("id")]; p != nil && p.refunds[r.PathValue("refund")] != nil {
		return p.refunds[r.PathValue("refund")], ""
	}
	return nil, ""
}

// play does what people do on the provider's pages.
func (b *bank) play(step string) func(r *http.Request, in request) (any, string) {
	return func(r *http.Request, in request) (any, string) {
		p := b.all[r.PathValue("id")]
		switch {
		case step == "books" && p == nil:
			return map[string]int64{"charges": 0, "captured": 0, "refunded": 0}, ""
		case p == nil:
			return nil, "no such payment"
		case step == "books":
			return map[string]int64{"charges": int64(p.charges), "captured": p.Captured, "refunded": p.Refunded}, ""
		case step == "approve" && p.Status == "requires_action":
			p.approve()
			return p.returnURL + "?payment=" + p.ID, "redirect"
		case step == "expire" && p.Status == "authorized":
			p.Status = "expired"
		case step == "refund":
			p.Refunded = min(p.Captured, p.Refunded+refundOf(r))
		}
		return p, ""
	}
}

func refundOf(r *http.Request) (amount int64) {
	_, _ = fmt.Sscan(r.URL.Query().Get("amount"), &amount) // zero gives nothing back
	return amount
}
