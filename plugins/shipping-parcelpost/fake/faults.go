package fake

import (
	"net/http"
	"strings"
)

// Kind is a way to go wrong.
type Kind string

// The ways. Before and after are meant of what the request asks for.
const (
	ErrorBefore Kind = "error_before" // 500, nothing done
	ErrorAfter  Kind = "error_after"  // 500, but done
	HangBefore  Kind = "hang_before"  // no answer and nothing done
	HangAfter   Kind = "hang_after"   // no answer, but done
	BreakBefore Kind = "break_before" // the connection breaks and nothing is done
	BreakAfter  Kind = "break_after"  // the connection breaks after it is done
	RateLimit   Kind = "rate_limit"   // 429, nothing done
	Gateway     Kind = "gateway"      // 502 with a page of HTML, done
	Garbage     Kind = "garbage"      // 200 with something that is not JSON, done
	Huge        Kind = "huge"         // an answer that does not end, done
	Elsewhere   Kind = "elsewhere"    // a redirect to another host, nothing done
)

// Fault goes wrong at the next requests of one method whose path ends so.
type Fault struct {
	Method string `json:"method"`
	Suffix string `json:"suffix"`
	Kind   Kind   `json:"kind"`
	Times  int    `json:"times"` // 0 means once, below 0 always
}

// Inject makes later requests go wrong.
func (s *Server) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults = append(s.faults, f)
}

// Heal ends all faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Waiting is the number of faults that have yet to happen.
func (s *Server) Waiting() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		n += max(0, f.Times)
	}
	return n
}

func (s *Server) takeFault(r *http.Request) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.faults {
		f := &s.faults[i]
		if f.Times != 0 && f.Method == r.Method && strings.HasSuffix(r.URL.Path, f.Suffix) {
			f.Times--
			return *f
		}
	}
	return Fault{}
}

// before goes wrong ahead of the request and reports whether that was the answer.
func (f Fault) before(w http.ResponseWriter, r *http.Request) bool {
	switch f.Kind {
	case ErrorBefore:
		http.Error(w, "try again", http.StatusInternalServerError)
	case RateLimit:
		(&problem{http.StatusTooManyRequests, "rate_limited", "", "Too many requests."}).toAnswer().write(w)
	case HangBefore:
		<-r.Context().Done()
	case BreakBefore:
		panic(http.ErrAbortHandler)
	case Elsewhere:
		w.Header().Set("Location", "http://carrier.invalid/")
		w.WriteHeader(http.StatusTemporaryRedirect)
	case ErrorAfter, HangAfter, BreakAfter, Gateway, Garbage, Huge:
		return false
	default:
		return false
	}
	return true
}

// after goes wrong when the request was carried out.
func (f Fault) after(w http.ResponseWriter, r *http.Request) bool {
	switch f.Kind {
	case ErrorAfter:
		http.Error(w, "try again", http.StatusInternalServerError)
	case HangAfter:
		<-r.Context().Done()
	case BreakAfter:
		panic(http.ErrAbortHandler)
	case Gateway:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<h1>Bad gateway</h1>")) // the client may be gone
	case Garbage:
		_, _ = w.Write([]byte(`{"id": "shp_`)) // the client may be gone
	case Huge:
		page := make([]byte, 1<<20)
		for range 16 {
			if _, err := w.Write(page); err != nil {
				break
			}
		}
	case ErrorBefore, HangBefore, BreakBefore, RateLimit, Elsewhere:
		return false
	default:
		return false
	}
	return true
}
