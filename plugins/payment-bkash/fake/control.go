package fake

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
)

// controls are what tests do instead of the shopper, the vendor in bKash's portal, and Amazon:
//
//	GET  /_fake/page?paymentID=…        bKash's page for the shopper
//	POST /_fake/page?paymentID=…        decision=approve|poor|cancel|fail|leave, then back to the shop, but for leave
//	POST /_fake/payments/{id}/refund    amount=… in paisa, as in bKash's portal
//	POST /_fake/notice                  a notification as bKash would send it: see notice.go
//	POST /_fake/faults                  suffix, kind, times: see Fault
//	GET  /_fake/books?payment=…         what really happened to a payment of the platform
//	GET  /SimpleNotificationService-….pem, GET /?Action=ConfirmSubscription   as Amazon has them
func (s *Server) controls() {
	s.mux.HandleFunc("GET /_fake/page", s.page)
	s.mux.HandleFunc("POST /_fake/page", s.decide)
	s.mux.HandleFunc("POST /_fake/payments/{id}/refund", s.refundInPortal)
	s.mux.HandleFunc("POST /_fake/notice", s.notice)
	s.mux.HandleFunc("POST /_fake/faults", s.injectFault)
	s.mux.HandleFunc("GET /_fake/books", s.books)
	s.mux.HandleFunc("GET /{file}", s.certificate)
	s.mux.HandleFunc("GET /{$}", s.confirm)
}

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprintf(w, `<title>Test bKash</title><form method="post"><p>Payment %s</p><button name="decision" value="approve">Approve</button>
<button name="decision" value="poor">Approve without money</button> <button name="decision" value="cancel">Cancel</button></form>`,
		html.EscapeString(r.FormValue("paymentID")))
}

// decide is what the shopper does on the page.
func (s *Server) decide(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.payments[r.FormValue("paymentID")]
	if p == nil {
		http.NotFound(w, r)
		return
	}
	status := map[string]string{"approve": "success", "poor": "success", "cancel": "cancel", "fail": "failure"}[r.FormValue("decision")]
	switch r.FormValue("decision") {
	case "poor":
		p.approved, p.poor = true, true
	case "approve", "leave":
		p.approved = true
	}
	back, err := url.Parse(p.callback)
	if err != nil || status == "" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	query := back.Query()
	query.Set("paymentID", p.id)
	query.Set("status", status)
	back.RawQuery = query.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (s *Server) refundInPortal(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.payments[r.PathValue("id")]
	amount, err := strconv.ParseInt(r.FormValue("amount"), 10, 64)
	if p == nil || err != nil || amount > p.amount-p.back() {
		http.Error(w, "no such payment, or not so much", http.StatusBadRequest)
		return
	}
	s.giveBack(p, amount, "portal")
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) injectFault(w http.ResponseWriter, r *http.Request) {
	times, _ := strconv.Atoi(r.FormValue("times")) // none is once
	s.Inject(Fault{Suffix: r.FormValue("suffix"), Kind: Kind(r.FormValue("kind")), Times: times})
	w.WriteHeader(http.StatusNoContent)
}

// books sums up all that carries the platform's id as its invoice number.
func (s *Server) books(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	charges, captured, refunded := 0, int64(0), int64(0)
	for _, p := range s.trxs {
		if p.invoice == r.FormValue("payment") {
			charges, captured, refunded = charges+1, captured+p.amount, refunded+p.back()
		}
	}
	reply(w, http.StatusOK, answer{"charges": charges, "captured": captured, "refunded": refunded})
}
