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
	BreakAfter  Kind = "break_after"  // the connection breaks after it is done
	Maintenance Kind = "maintenance"  // bKash's code 503, nothing done
	Duplicate   Kind = "duplicate"    // bKash's code 2029, nothing done
	OddCode     Kind = "odd_code"     // a code that is in no list, nothing done
	Forgotten   Kind = "forgotten"    // bKash's code 2002, nothing done
	RateLimit   Kind = "rate_limit"   // 429
	Gateway     Kind = "gateway"      // 502 with a page of HTML, done
	Huge        Kind = "huge"         // an answer that does not end, done
	ExpireToken Kind = "expire_token" // all tokens end with this request
	WrongAmount Kind = "wrong_amount" // the answer tells of one paisa more
	WrongOrder  Kind = "wrong_order"  // the answer is about another invoice
)

// Fault goes wrong at the next requests whose path ends so.
type Fault struct {
	Suffix string
	Kind   Kind
	Times  int // 0 means once, below 0 always
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
		if f.Times != 0 && strings.HasSuffix(r.URL.Path, f.Suffix) {
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
		reply(w, http.StatusInternalServerError, answer{"message": "Internal server error"})
	case Maintenance:
		reply(w, http.StatusOK, answer{"errorCode": "503", "errorMessage": "System is undergoing maintenance. Please try again later"})
	case Duplicate:
		reply(w, http.StatusOK, answer{"statusCode": "2029", "statusMessage": "Duplicate for all transactions"})
	case OddCode:
		reply(w, http.StatusBadRequest, answer{"internalCode": "odd", "externalCode": "9876", "errorMessageEn": "Something"})
	case Forgotten:
		reply(w, http.StatusOK, answer{"statusCode": "2002", "statusMessage": "Invalid Payment ID"})
	case RateLimit:
		reply(w, http.StatusTooManyRequests, answer{"message": "Too Many Requests"})
	case HangBefore:
		<-r.Context().Done()
	case ErrorAfter, HangAfter, BreakAfter, Gateway, Huge, ExpireToken, WrongAmount, WrongOrder:
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
		reply(w, http.StatusInternalServerError, answer{"message": "Internal server error"})
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
	case ErrorBefore, HangBefore, Maintenance, Duplicate, OddCode, Forgotten, RateLimit, ExpireToken, WrongAmount, WrongOrder:
		return false
	default:
		return false
	}
	return true
}

// change makes an answer wrong.
func (f Fault) change(a answer) {
	if f.Kind == WrongAmount {
		if minor, ok := minorOf(a["amount"].(string)); ok {
			a["amount"] = decimal(minor + 1)
		}
	}
	for _, name := range []string{"merchantInvoiceNumber", "merchantInvoice"} {
		if _, there := a[name]; there && f.Kind == WrongOrder {
			a[name] = "somebody-elses"
		}
	}
}
