// Package fake is a bKash for tests: Tokenized Checkout without agreement as its public documentation describes it, with
// access tokens, bKash's page for shoppers, refunds and their list, and notifications signed like those of Amazon SNS.
// It goes wrong on request (faults.go) and tells what it really did (control.go).
//
// Where the documentation leaves a choice, it takes the one that is harder for the plugin: a second create with the same
// invoice number is another payment, an execution before the shopper has approved spoils the payment, a repeated refund
// is another refund, and the list of refunds does not say whose they are.
package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The merchant that the fake knows.
const (
	Username  = "fake-merchant"
	Password  = "fake-password-canary"
	AppKey    = "fake-app-key"
	AppSecret = "fake-app-secret-canary"
)

const version = "/v1.2.0-beta"

// Server is the fake. Its zero value is not usable: see New.
type Server struct {
	mu       sync.Mutex
	now      func() time.Time
	sequence int
	tokens   map[string]time.Time // when each ends
	payments map[string]*payment
	trxs     map[string]*payment
	faults   []Fault
	seen     []Seen
	signers  map[string]*signer
	Confirms int  // subscriptions that were confirmed
	TellSKU  bool // the list of refunds says whose they are
	mux      *http.ServeMux
}

// Seen is a request that reached the fake.
type Seen struct {
	Path string
	Body map[string]string
}

// New returns a fake without payments.
func New(now func() time.Time) *Server {
	s := &Server{
		now: now, tokens: map[string]time.Time{}, payments: map[string]*payment{}, trxs: map[string]*payment{},
		signers: map[string]*signer{}, mux: http.NewServeMux(),
	}
	s.api(version+"/tokenized/checkout/token/grant", s.grant)
	s.api(version+"/tokenized/checkout/token/refresh", s.refresh)
	s.api(version+"/tokenized/checkout/create", s.withToken(s.create))
	s.api(version+"/tokenized/checkout/execute", s.withToken(s.onPayment("paymentID", s.execute)))
	s.api(version+"/tokenized/checkout/payment/status", s.withToken(s.onPayment("paymentID", s.query)))
	s.api("/v2/tokenized-checkout/refund/payment/transaction", s.withToken(s.onPayment("paymentId", s.refund)))
	s.api("/v2/tokenized-checkout/refund/payment/status", s.withToken(s.onPayment("paymentId", s.refundStatus)))
	s.controls()
	return s
}

// ServeHTTP answers the part of bKash's API that the plugin uses, and the controls below /_fake/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Seen returns the requests so far whose path ends so.
func (s *Server) Seen(suffix string) []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	var some []Seen
	for _, r := range s.seen {
		if strings.HasSuffix(r.Path, suffix) {
			some = append(some, r)
		}
	}
	return some
}

// call is a request being answered, under the lock.
type call struct {
	base   string
	header http.Header
	body   map[string]string
}

type answer map[string]any

// problem is a refusal of bKash.
type problem struct {
	status int
	body   answer
}

func refusal(code, message string) *problem {
	return &problem{http.StatusOK, answer{"statusCode": code, "statusMessage": message}}
}

// api routes one operation, with what all have in common.
func (s *Server) api(path string, do func(*call) (answer, *problem)) {
	s.mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		c := &call{base: "http://" + r.Host, header: r.Header, body: map[string]string{}}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&c.body); err != nil {
			reply(w, http.StatusOK, answer{"statusCode": "2025", "statusMessage": "Invalid request body"})
			return
		}
		fault := s.begin(r, c)
		if fault.before(w, r) {
			return
		}
		s.mu.Lock()
		got, p := do(c)
		s.mu.Unlock()
		if fault.after(w, r) {
			return
		}
		if p != nil {
			reply(w, p.status, p.body)
			return
		}
		fault.change(got)
		reply(w, http.StatusOK, got)
	})
}

func (s *Server) begin(r *http.Request, c *call) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, Seen{r.URL.Path, c.body})
	f := s.takeFault(r)
	if f.Kind == ExpireToken {
		clear(s.tokens)
	}
	return f
}

func (s *Server) known(c *call) bool {
	return c.header.Get("username") == Username && c.header.Get("password") == Password && c.body["app_key"] == AppKey && c.body["app_secret"] == AppSecret
}

func (s *Server) grant(c *call) (answer, *problem) {
	if !s.known(c) {
		return nil, refusal("2001", "Invalid App Key")
	}
	id := s.next("token")
	s.tokens[id] = s.now().Add(time.Hour)
	return answer{
		"statusCode": "0000", "statusMessage": "Successful", "id_token": id, "token_type": "Bearer", "expires_in": 3600, "refresh_token": "refresh-" + id,
	}, nil
}

func (s *Server) refresh(c *call) (answer, *problem) {
	if !strings.HasPrefix(c.body["refresh_token"], "refresh-token") {
		return nil, &problem{http.StatusBadRequest, answer{"message": "Invalid refresh token"}}
	}
	return s.grant(c)
}

func (s *Server) withToken(do func(*call) (answer, *problem)) func(*call) (answer, *problem) {
	return func(c *call) (answer, *problem) {
		switch until, ok := s.tokens[c.header.Get("Authorization")]; {
		case c.header.Get("X-App-Key") != AppKey:
			return nil, &problem{http.StatusForbidden, answer{"message": "Forbidden"}}
		case !ok, s.now().After(until):
			return nil, &problem{http.StatusUnauthorized, answer{"message": "The incoming token has expired"}}
		}
		return do(c)
	}
}

func (s *Server) next(prefix string) string {
	s.sequence++
	return fmt.Sprintf("%s%08d", prefix, s.sequence)
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) //nolint:errchkjson // plain values, and the client may be gone
}
