// Package fake is a carrier for tests: it quotes, books, prints labels as PDF, cancels after a while and knows where its
// parcels are, as ../API.md describes. What it has promised survives its own death: every change is in the journal, synced,
// before it is answered.
//
// Like the test systems of real carriers it reads wishes out of addresses: see the postal codes in shipment.go. It goes
// wrong on request (faults.go) and tells what it really did (control.go). Where API.md leaves a choice, it takes the one
// that is harder for the plugin: tracking events come unsorted, and labels are not ready at once.
package fake

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// maxRequest bounds what is read of a request.
const maxRequest = 256 << 10

// Server is the fake. Its zero value is not usable: see Open.
type Server struct {
	mu        sync.Mutex
	now       func() time.Time
	journal   *journal
	shipments map[string]*shipment // by id
	booked    map[string]*shipment // by account, mode and reference
	faults    []Fault
	mux       *http.ServeMux
}

// Open returns a carrier with the shipments that the journal file holds. A file that does not exist is made.
func Open(file string, now func() time.Time) (*Server, error) {
	s := &Server{now: now, shipments: map[string]*shipment{}, booked: map[string]*shipment{}, mux: http.NewServeMux()}
	var err error
	if s.journal, err = openJournal(file, s.keep); err != nil {
		return nil, err
	}
	s.api("GET /v1/account", s.account)
	s.api("POST /v1/rates", s.rates)
	s.api("POST /v1/shipments", s.create)
	s.api("GET /v1/shipments", s.find)
	s.api("GET /v1/shipments/{id}", s.onShipment(s.show))
	s.api("POST /v1/shipments/{id}/cancel", s.onShipment(s.cancel))
	s.api("GET /v1/shipments/{id}/documents", s.onShipment(s.documents))
	s.api("GET /v1/shipments/{id}/documents/{kind}", s.onShipment(s.document))
	s.controls()
	return s, nil
}

// Close ends the use of the journal.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.close()
}

// ServeHTTP answers the carrier's API, and the controls below /_fake/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// caller is whose key a request carries.
type caller struct{ account, mode string }

// call is a request being answered, under the lock.
type call struct {
	caller
	request *http.Request
	body    []byte
}

// answer is what a request is answered with: a file when it has a content type, and JSON otherwise.
type answer struct {
	status      int
	body        any
	contentType string
}

// problem is an error of the carrier, as the API describes it.
type problem struct {
	status             int
	code, param, words string
}

func (p *problem) toAnswer() answer {
	e := map[string]string{"code": p.code, "message": p.words}
	if p.param != "" {
		e["param"] = p.param
	}
	return answer{status: p.status, body: map[string]any{"error": e}}
}

// api registers an operation that needs a key.
func (s *Server) api(pattern string, do func(c *call) (answer, *problem)) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		body := http.MaxBytesReader(w, r.Body, maxRequest)
		c := &call{request: r}
		var err error
		if c.body, err = io.ReadAll(body); err != nil {
			(&problem{http.StatusRequestEntityTooLarge, "too_large", "", "The request is too large."}).toAnswer().write(w)
			return
		}
		fault := s.takeFault(r)
		if fault.before(w, r) {
			return
		}
		a := s.carryOut(c, do)
		if fault.after(w, r) {
			return
		}
		a.write(w)
	})
}

func (s *Server) carryOut(c *call, do func(c *call) (answer, *problem)) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	var p *problem
	if c.caller, p = callerOf(c.request.Header.Get("Authorization")); p != nil {
		return p.toAnswer()
	}
	a, p := do(c)
	if p != nil {
		return p.toAnswer()
	}
	return a
}

// callerOf reads a key such as pp_test_acme_3f9a: mode, account and something random. An account may have several.
func callerOf(header string) (caller, *problem) {
	key, bearer := strings.CutPrefix(header, "Bearer ")
	parts := strings.SplitN(key, "_", 4)
	switch {
	case !bearer || len(parts) != 4 || parts[0] != "pp" || parts[1] != "test" && parts[1] != "live", strings.HasSuffix(key, "revoked"):
		return caller{}, &problem{http.StatusUnauthorized, "unauthorized", "", "This key is not known."}
	case strings.HasSuffix(key, "suspended"):
		return caller{}, &problem{http.StatusForbidden, "forbidden", "", "The account may not use the API."}
	}
	return caller{account: parts[2], mode: parts[1]}, nil
}

func (s *Server) account(c *call) (answer, *problem) {
	return ok(map[string]any{"id": c.caller.account, "mode": c.mode})
}

func ok(body any) (answer, *problem) { return answer{status: http.StatusOK, body: body}, nil }

func (a answer) write(w http.ResponseWriter) {
	content, file := a.body.([]byte)
	if !file {
		a.contentType = "application/json"
		var err error
		if content, err = json.Marshal(a.body); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	w.Header().Set("Content-Type", a.contentType)
	w.WriteHeader(a.status)
	_, _ = w.Write(content) // the client may be gone
}

// decode reads a request's body strictly.
func decode(body []byte, into any) *problem {
	err := strictly(body, into)
	if err == nil {
		return nil
	}
	p := &problem{http.StatusUnprocessableEntity, "invalid", "", "The request is not JSON as the API describes it."}
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		p.param = wrong.Field
	}
	return p
}
