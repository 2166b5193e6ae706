package fake

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
)

// controls are what tests do instead of the shopper, the vendor in the dashboard, the bank and time:
//
//	GET  /_fake/authenticate/{id}           the bank's page for 3-D Secure
//	POST /_fake/authenticate/{id}           decision=approve|decline, then back to the return URL
//	POST /_fake/intents/{id}/confirm        payment_method=…, as Stripe.js does in the browser
//	POST /_fake/intents/{id}/settle         status=succeeded|failed, of one that is processing
//	POST /_fake/intents/{id}/expire         the promise runs out
//	POST /_fake/intents/{id}/refund         amount=…, as in the dashboard
//	POST /_fake/refunds/{id}/settle         status=succeeded|failed
//	POST /_fake/event                       an event as Stripe would send it: see event.go
//	POST /_fake/faults                      method, suffix, kind, times: see Fault
//	GET  /_fake/books?payment=…             what really happened to a payment of the platform
func (s *Server) controls() {
	s.mux.HandleFunc("GET /_fake/authenticate/{id}", s.bankPage)
	s.mux.HandleFunc("POST /_fake/authenticate/{id}", s.bankDecision)
	s.control("POST /_fake/intents/{id}/confirm", func(i *intent, form url.Values) *problem { return s.confirmIntent(&call{form: form}, i) })
	s.control("POST /_fake/intents/{id}/settle", func(i *intent, form url.Values) *problem {
		if i.status != processing {
			return unexpected("settle", i)
		}
		if form.Get("status") == "failed" {
			s.fail(i, problem{code: "payment_intent_payment_attempt_failed", msg: "The payment failed."})
			return nil
		}
		s.pay(i)
		return nil
	})
	s.control("POST /_fake/intents/{id}/expire", func(i *intent, _ url.Values) *problem {
		if i.status != promised {
			return unexpected("expire", i)
		}
		s.end(i, "automatic")
		return nil
	})
	s.control("POST /_fake/intents/{id}/refund", func(i *intent, form url.Values) *problem {
		amount, _ := (&call{form: form}).number("amount")
		_, p := s.refund(i, amount, map[string]string{}, "")
		return p
	})
	s.mux.HandleFunc("POST /_fake/refunds/{id}/settle", s.settleRefund)
	s.mux.HandleFunc("POST /_fake/event", s.event)
	s.mux.HandleFunc("POST /_fake/faults", s.injectFault)
	s.mux.HandleFunc("GET /_fake/books", s.books)
}

func (s *Server) control(pattern string, do func(*intent, url.Values) *problem) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // a broken form has no values, and that is refused below
		s.mu.Lock()
		defer s.mu.Unlock()
		i := s.intents[r.PathValue("id")]
		if i == nil {
			http.NotFound(w, r)
			return
		}
		if p := do(i, r.Form); p != nil {
			reply(w, p.status, encode(p.toJSON()))
			return
		}
		reply(w, http.StatusOK, encode(i.toJSON("", true)))
	})
}

func (s *Server) bankPage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprintf(w, `<title>Test bank</title><form method="post"><p>Payment %s</p><button name="decision" value="approve">Approve</button>
<button name="decision" value="decline">Decline</button></form>`, html.EscapeString(r.PathValue("id")))
}

func (s *Server) bankDecision(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.intents[r.PathValue("id")]
	if i == nil || i.status != acting {
		http.Error(w, "there is nothing to decide", http.StatusConflict)
		return
	}
	status := "succeeded"
	if r.PostFormValue("decision") == "approve" {
		s.pay(i)
	} else {
		status = "failed"
		s.fail(i, problem{code: "payment_intent_authentication_failure", msg: "We are unable to authenticate your payment method."})
	}
	if i.returnURL == "" {
		reply(w, http.StatusOK, encode(i.toJSON("", false)))
		return
	}
	back, err := url.Parse(i.returnURL)
	if err != nil {
		http.Error(w, "bad return_url", http.StatusBadRequest)
		return
	}
	query := back.Query()
	query.Set("payment_intent", i.id)
	query.Set("redirect_status", status)
	back.RawQuery = query.Encode()
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
}

func (s *Server) settleRefund(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.findRefund(r.PathValue("id"))
	if got == nil {
		http.NotFound(w, r)
		return
	}
	s.settle(got, r.PostFormValue("status"))
	reply(w, http.StatusOK, encode(got.toJSON()))
}

func (s *Server) injectFault(w http.ResponseWriter, r *http.Request) {
	times, _ := (&call{form: r.Form}).number("times")
	s.Inject(Fault{Method: r.PostFormValue("method"), Suffix: r.PostFormValue("suffix"), Kind: Kind(r.PostFormValue("kind")), Times: int(times)})
	w.WriteHeader(http.StatusNoContent)
}

// Books is what really happened to a payment, in Stripe's units.
type Books struct {
	Charges  int   `json:"charges"` // how often money was taken or promised
	Captured int64 `json:"captured"`
	Refunded int64 `json:"refunded"`
	Intents  int   `json:"intents"` // PaymentIntents, charged or not
}

// Books tells what really happened to a payment of the platform.
func (s *Server) Books(payment string) Books {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b Books
	for _, i := range s.order {
		if i.metadata["halum_payment_id"] == payment {
			b.Charges, b.Captured, b.Refunded, b.Intents = b.Charges+i.charges, b.Captured+i.received, b.Refunded+max(0, i.booksRefunded()), b.Intents+1
		}
	}
	return b
}

func (i *intent) booksRefunded() int64 {
	if i.received == 0 {
		return 0
	}
	return i.givenBack()
}

func (s *Server) books(w http.ResponseWriter, r *http.Request) {
	reply(w, http.StatusOK, encode(s.Books(r.URL.Query().Get("payment"))))
}
