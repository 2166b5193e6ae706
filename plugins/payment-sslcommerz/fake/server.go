// Package fake is an SSLCommerz for tests: sessions, the page for shoppers, order validation, transaction query, refunds
// and notifications of version 4 as its public documentation describes them. It goes wrong on request (faults.go) and
// tells what it really did (control.go).
//
// Where the documentation leaves a choice, it takes the one that is harder for the plugin: a second session with the same
// tran_id can be paid beside the first, a session in which nothing was tried is PENDING in the transaction query, and a
// repeated refund is answered without its refund_ref_id.
package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The store that the fake knows.
const (
	StoreID     = "fakestore0live"
	StorePasswd = "fake-store-passwd-canary"
)

const (
	sessionPath  = "/gwprocess/v4/api.php"
	pagePath     = "/gwprocess/v4/gw.php"
	validatePath = "/validator/api/validationserverAPI.php"
	queryPath    = "/validator/api/merchantTransIDvalidationAPI.php"
)

// Server is the fake. Its zero value is not usable: see New.
type Server struct {
	mu       sync.Mutex
	now      func() time.Time
	sequence int
	sessions map[string]*session // by session key
	attempts []*attempt
	refunds  []*refund
	faults   []Fault
	seen     []Seen
	sent     sync.WaitGroup // notifications
	mux      *http.ServeMux
}

// Seen is a request that reached the fake.
type Seen struct {
	Path   string
	Fields map[string]string
}

// New returns a fake without payments.
func New(now func() time.Time) *Server {
	s := &Server{now: now, sessions: map[string]*session{}, mux: http.NewServeMux()}
	s.api("POST "+sessionPath, s.open)
	s.api("GET "+validatePath, s.withStore(s.validate))
	s.api("GET "+queryPath, s.withStore(s.query))
	s.mux.HandleFunc("GET "+pagePath, s.page)
	s.mux.HandleFunc("POST "+pagePath, s.decide)
	s.controls()
	return s
}

// ServeHTTP answers the part of SSLCommerz's API that the plugin uses, its page, and the controls below /_fake/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Seen returns the requests so far that have a field, such as "refund_trans_id".
func (s *Server) Seen(field string) []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	var some []Seen
	for _, r := range s.seen {
		if r.Fields[field] != "" {
			some = append(some, r)
		}
	}
	return some
}

// Wait returns when all notifications were sent.
func (s *Server) Wait() { s.sent.Wait() }

// call is a request being answered, under the lock.
type call struct {
	base   string
	fields map[string]string
}

type answer map[string]any

// api routes one address, with what all have in common. SSLCommerz answers everything with 200.
func (s *Server) api(pattern string, do func(*call) answer) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		if err := r.ParseForm(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		c := &call{base: "http://" + r.Host, fields: map[string]string{}}
		values := r.URL.Query()
		if r.Method == http.MethodPost {
			values = r.PostForm
		}
		for name, all := range values {
			c.fields[name] = all[len(all)-1] // as PHP does
		}
		fault := s.begin(r, c)
		if fault.before(w, r) {
			return
		}
		s.mu.Lock()
		got := do(c)
		s.mu.Unlock()
		if fault.after(w, r) {
			return
		}
		fault.change(got)
		reply(w, got)
	})
}

func (s *Server) begin(r *http.Request, c *call) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, Seen{r.URL.Path, c.fields})
	return s.takeFault(c)
}

func known(c *call) bool {
	return c.fields["store_id"] == StoreID && c.fields["store_passwd"] == StorePasswd
}

func (s *Server) withStore(do func(*call) answer) func(*call) answer {
	return func(c *call) answer {
		if !known(c) {
			return answer{"APIConnect": "FAILED"}
		}
		return do(c)
	}
}

// query is the one address for transactions, refunds, and questions about refunds.
func (s *Server) query(c *call) answer {
	switch {
	case c.fields["bank_tran_id"] != "":
		return s.refund(c)
	case c.fields["refund_ref_id"] != "":
		return s.refundStatus(c)
	case c.fields["tran_id"] != "":
		return s.transactions(c)
	}
	return answer{"APIConnect": "INVALID_REQUEST"}
}

func (s *Server) next(prefix string) string {
	s.sequence++
	return fmt.Sprintf("%s%s%06d", prefix, s.now().UTC().Format("060102150405"), s.sequence)
}

// stamp is how SSLCommerz writes times: those of Dhaka, without saying so.
func stamp(t time.Time) string {
	return t.In(time.FixedZone("", 6*3600)).Format(time.DateTime)
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) //nolint:errchkjson // plain values, and the client may be gone
}

func within(s string, most int) bool { return strings.TrimSpace(s) != "" && len([]rune(s)) <= most }
