package fake

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
)

// controls are what tests do instead of the shopper and of SSLCommerz's staff:
//
//	POST /gwprocess/v4/gw.php?SESSIONKEY=…   the page: decision=pay|risky|decline|cancel|pend, then back to the shop
//	POST /_fake/refunds/{ref}                status=refunded|cancelled
//	POST /_fake/ipn                          a notification as SSLCommerz would post it: see ipn.go
//	POST /_fake/faults                       field, kind, times: see Fault
//	GET  /_fake/books?payment=…              what really happened to a payment of the platform
//
// SSLCommerz brings the shopper back with a form that the browser posts. The fake puts the same fields into the query of a
// redirect, which needs no browser; leave=yes does not come back at all.
func (s *Server) controls() {
	s.mux.HandleFunc("POST /_fake/refunds/{ref}", s.settle)
	s.mux.HandleFunc("POST /_fake/ipn", s.ipn)
	s.mux.HandleFunc("POST /_fake/faults", s.injectFault)
	s.mux.HandleFunc("GET /_fake/books", s.books)
}

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprintf(w, `<title>Test SSLCommerz</title><form method="post"><p>Session %s</p><button name="decision" value="pay">Pay</button>
<button name="decision" value="decline">Pay with a card that is declined</button> <button name="decision" value="cancel">Cancel</button></form>`,
		html.EscapeString(r.FormValue("SESSIONKEY")))
}

// decide is what the shopper does on the page.
func (s *Server) decide(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.sessions[r.FormValue("SESSIONKEY")]
	status := map[string]string{"pay": "VALID", "risky": "VALID", "decline": "FAILED", "cancel": "CANCELLED", "pend": "PENDING"}[r.FormValue("decision")]
	if in == nil || status == "" || in.closed {
		http.NotFound(w, r)
		return
	}
	if status == "PENDING" && s.waits(in) { // pressed again, it goes through
		status = "VALID"
	}
	in.closed = status != "PENDING"
	a := s.try(in, status)
	a.risky = r.FormValue("decision") == "risky"
	fields := a.fields()
	Sign(fields, StorePasswd)
	s.notify(in, fields)
	to := in.back[status]
	if status == "PENDING" {
		to = in.back["FAILED"]
	}
	back, err := url.Parse(to)
	if err != nil || r.FormValue("leave") != "" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	query := back.Query()
	for name, value := range fields {
		query.Set(name, value)
	}
	back.RawQuery = query.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (s *Server) waits(in *session) bool {
	for _, a := range s.attempts {
		if a.session == in && a.status == "PENDING" {
			return true
		}
	}
	return false
}

// settle decides on a refund, as SSLCommerz does after some days.
func (s *Server) settle(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.refunds {
		if one.ref == r.PathValue("ref") {
			one.status = r.FormValue("status")
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	http.NotFound(w, r)
}

func (s *Server) injectFault(w http.ResponseWriter, r *http.Request) {
	times, _ := strconv.Atoi(r.FormValue("times")) // none is once
	s.Inject(Fault{Field: r.FormValue("field"), Kind: Kind(r.FormValue("kind")), Times: times})
	w.WriteHeader(http.StatusNoContent)
}

// books sums up all that carries the platform's id.
func (s *Server) books(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	charges, captured, refunded := 0, int64(0), int64(0)
	for _, a := range s.attempts {
		if a.session.tranID == r.FormValue("payment") && a.paid() {
			charges, captured, refunded = charges+1, captured+a.amount, refunded+s.back(a)
		}
	}
	reply(w, answer{"charges": charges, "captured": captured, "refunded": refunded})
}
