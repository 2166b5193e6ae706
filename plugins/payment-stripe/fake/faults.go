package fake

import (
	"net/http"
	"strings"
)

// Kind is a way to go wrong.
type Kind string

// The ways. Before and after are meant of what the request asks for. An error that was answered is kept under the
// request's key and answered again.
const (
	ErrorBefore Kind = "error_before" // 500, nothing done
	ErrorAfter  Kind = "error_after"  // 500, but done
	HangBefore  Kind = "hang_before"  // no answer and nothing done
	HangAfter   Kind = "hang_after"   // no answer, but done
	BreakBefore Kind = "break_before" // the connection breaks and nothing is done
	BreakAfter  Kind = "break_after"  // the connection breaks after it is done
	RateLimit   Kind = "rate_limit"   // 429
	LockTimeout Kind = "lock_timeout" // 429, another request holds the object
	KeyInUse    Kind = "key_in_use"   // 409, as by a twin of the request under way
	Gateway     Kind = "gateway"      // 502 with a page of HTML, done
	Huge        Kind = "huge"         // an answer that does not end, done
)

// Fault goes wrong at the next requests of one method whose path ends so.
type Fault struct {
	Method, Suffix string
	Kind           Kind
	Times          int // 0 means once, below 0 always
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

func (s *Server) takeFault(r *http.Request) Fault {
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
	turnedAway := func(status int, kind, code string) bool {
		p := problem{status: status, kind: kind, code: code, msg: "Try again"}
		reply(w, status, encode(p.toJSON()))
		return true
	}
	switch f.Kind {
	case RateLimit:
		return turnedAway(http.StatusTooManyRequests, "invalid_request_error", "rate_limit")
	case LockTimeout:
		return turnedAway(http.StatusTooManyRequests, "invalid_request_error", "lock_timeout")
	case KeyInUse:
		return turnedAway(http.StatusConflict, "idempotency_error", "idempotency_key_in_use")
	case HangBefore:
		<-r.Context().Done()
		return true
	case BreakBefore:
		panic(http.ErrAbortHandler)
	case ErrorBefore, ErrorAfter, HangAfter, BreakAfter, Gateway, Huge:
	}
	return false
}

// after goes wrong when the request was carried out.
func (f Fault) after(w http.ResponseWriter, r *http.Request) bool {
	switch f.Kind {
	case HangAfter:
		<-r.Context().Done()
	case BreakAfter:
		panic(http.ErrAbortHandler)
	case Gateway:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<h1>Bad gateway</h1>")) // the client may be gone
	case Huge:
		page := make([]byte, 1<<20)
		for range 64 {
			if _, err := w.Write(page); err != nil {
				break
			}
		}
	case ErrorBefore, ErrorAfter, HangBefore, BreakBefore, RateLimit, LockTimeout, KeyInUse:
		return false
	default:
		return false
	}
	return true
}
