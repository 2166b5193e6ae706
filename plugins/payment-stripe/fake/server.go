// Package fake is a Stripe for tests, with the behaviour that the plugin relies on: PaymentIntents and what moves them,
// refunds, disputes, idempotency keys with everything they replay, lists, errors, signed events. It knows Stripe's names
// of test payment methods, goes wrong on request (faults.go) and tells what it really did (control.go).
//
// Where Stripe's documentation leaves a choice, it takes the one that is harder for the plugin.
package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Server is the fake. Its zero value is not usable: see New.
type Server struct {
	mu       sync.Mutex
	now      func() time.Time
	sequence int
	intents  map[string]*intent
	order    []*intent // oldest first
	refunds  []*refund
	disputes map[string]*dispute
	keys     map[string]*saved
	faults   []Fault
	seen     []Seen
	mux      *http.ServeMux
}

// Seen is a request that reached the fake.
type Seen struct {
	Method, Path, Key, Account string
	Form                       url.Values
}

// New returns a fake without payments.
func New(now func() time.Time) *Server {
	s := &Server{now: now, intents: map[string]*intent{}, disputes: map[string]*dispute{}, keys: map[string]*saved{}, mux: http.NewServeMux()}
	s.api("GET /v1/balance", s.balance)
	s.api("POST /v1/payment_intents", s.createIntent)
	s.api("GET /v1/payment_intents", s.listIntents)
	s.api("GET /v1/payment_intents/{id}", s.onIntent(func(*call, *intent) *problem { return nil }))
	s.api("POST /v1/payment_intents/{id}", s.onIntent(s.updateIntent))
	s.api("POST /v1/payment_intents/{id}/confirm", s.onIntent(s.confirmIntent))
	s.api("POST /v1/payment_intents/{id}/capture", s.onIntent(s.captureIntent))
	s.api("POST /v1/payment_intents/{id}/cancel", s.onIntent(s.cancelIntent))
	s.api("POST /v1/refunds", s.createRefund)
	s.api("GET /v1/refunds", s.listRefunds)
	s.api("GET /v1/refunds/{id}", s.getRefund)
	s.controls()
	return s
}

// ServeHTTP answers the part of Stripe's API that the plugin uses, and the controls below /_fake/.
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
	base    string
	id      string
	account string
	form    url.Values
}

func (c *call) has(name string) bool { return c.form.Get(name) != "" }

func (c *call) expand(name string) bool {
	for key, values := range c.form {
		if strings.HasPrefix(key, "expand[") && values[0] == name {
			return true
		}
	}
	return false
}

// metadata reads "metadata[name]=value".
func (c *call) metadata() map[string]string {
	m := map[string]string{}
	for key, values := range c.form {
		if name, ok := strings.CutPrefix(key, "metadata["); ok {
			m[strings.TrimSuffix(name, "]")] = values[0]
		}
	}
	return m
}

func (c *call) number(name string) (n int64, given bool) {
	if !c.has(name) {
		return 0, false
	}
	_, err := fmt.Sscan(c.form.Get(name), &n)
	return n, err == nil
}

// problem is an error of Stripe. One that is not kept was found before the request was carried out.
type problem struct {
	status                          int
	kind, code, decline, param, msg string
	intent                          map[string]any
	notKept                         bool
}

func (p *problem) toJSON() map[string]any {
	e := map[string]any{"type": p.kind, "message": p.msg}
	for name, value := range map[string]string{"code": p.code, "decline_code": p.decline, "param": p.param} {
		if value != "" {
			e[name] = value
		}
	}
	if p.intent != nil {
		e["payment_intent"] = p.intent
	}
	return map[string]any{"error": e}
}

func invalid(code, param, msg string) *problem {
	return &problem{status: http.StatusBadRequest, kind: "invalid_request_error", code: code, param: param, msg: msg, notKept: true}
}

func missing(what, id string) *problem {
	return &problem{status: http.StatusNotFound, kind: "invalid_request_error", code: "resource_missing", param: what, msg: "No such " + what + ": '" + id + "'"}
}

// saved is what a key replays.
type saved struct {
	request string
	status  int
	body    []byte
}

// api routes one operation, with what all have in common.
func (s *Server) api(pattern string, do func(*call) (map[string]any, *problem)) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			http.Error(w, "bad form", http.StatusBadRequest)
			return
		}
		w.Header().Set("Request-Id", s.newID("req"))
		fault := s.begin(r)
		if p := refuse(r); p != nil {
			reply(w, p.status, encode(p.toJSON()))
			return
		}
		if fault.before(w, r) {
			return
		}
		c := &call{base: "http://" + r.Host, id: r.PathValue("id"), account: r.Header.Get("Stripe-Account"), form: r.Form}
		status, body := s.once(w, r, fault, func() (map[string]any, *problem) { return do(c) })
		if fault.after(w, r) {
			return
		}
		reply(w, status, body)
	})
}

func (s *Server) begin(r *http.Request) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, Seen{r.Method, r.URL.Path, r.Header.Get("Idempotency-Key"), r.Header.Get("Stripe-Account"), r.Form})
	return s.takeFault(r)
}

// refuse checks the key: one that is not of test mode, or says that it is revoked or restricted, is turned away.
func refuse(r *http.Request) *problem {
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case strings.Contains(key, "revoked"), !strings.HasPrefix(key, "sk_test_") && !strings.HasPrefix(key, "rk_test_"):
		return &problem{status: http.StatusUnauthorized, kind: "invalid_request_error", msg: "Invalid API Key provided: " + key}
	case strings.Contains(key, "restricted"):
		return &problem{status: http.StatusForbidden, kind: "invalid_request_error", msg: "The provided key '" + key + "' does not have the required permissions"}
	case strings.Contains(r.Header.Get("Stripe-Account"), "stranger"):
		return &problem{status: http.StatusForbidden, kind: "invalid_request_error", code: "account_invalid", msg: "The provided key does not have access to account"}
	}
	return nil
}

// once carries a request out, or replays what was answered to its key before, errors included.
func (s *Server) once(w http.ResponseWriter, r *http.Request, fault Fault, do func() (map[string]any, *problem)) (int, []byte) {
	key := r.Header.Get("Idempotency-Key")
	if key != "" {
		key = r.Header.Get("Stripe-Account") + "/" + key
	}
	request := r.Method + " " + r.URL.Path + " " + r.Form.Encode()
	s.mu.Lock()
	defer s.mu.Unlock()
	if was := s.keys[key]; key != "" && r.Method == http.MethodPost && was != nil {
		if was.request != request {
			p := problem{status: http.StatusBadRequest, kind: "idempotency_error", msg: "Keys for idempotent requests can only be used with the same parameters they were first used with."}
			return p.status, encode(p.toJSON())
		}
		w.Header().Set("Idempotent-Replayed", "true")
		return was.status, was.body
	}
	status, body, keep := s.perform(fault, do)
	if key != "" && keep {
		s.keys[key] = &saved{request, status, body}
	}
	return status, body
}

func (s *Server) perform(fault Fault, do func() (map[string]any, *problem)) (status int, body []byte, keep bool) {
	broken := problem{status: http.StatusInternalServerError, kind: "api_error", msg: "Something went wrong"}
	if fault.Kind == ErrorBefore {
		return broken.status, encode(broken.toJSON()), true
	}
	answer, p := do()
	switch {
	case fault.Kind == ErrorAfter:
		return broken.status, encode(broken.toJSON()), true
	case p != nil:
		return p.status, encode(p.toJSON()), !p.notKept
	}
	return http.StatusOK, encode(answer), true
}

func (s *Server) newID(prefix string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nextID(prefix)
}

func (s *Server) nextID(prefix string) string {
	s.sequence++
	return fmt.Sprintf("%s_fake%06d", prefix, s.sequence)
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of plain values
	}
	return b
}

func reply(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // JSON, and the client may be gone
}

func (s *Server) balance(*call) (map[string]any, *problem) {
	return map[string]any{"object": "balance", "livemode": false, "available": []any{}, "pending": []any{}}, nil
}
