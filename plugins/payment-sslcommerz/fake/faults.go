package fake

import "net/http"

// Kind is a way to go wrong.
type Kind string

// The ways. Before and after are meant of what the request asks for.
const (
	ErrorBefore Kind = "error_before" // 500, nothing done
	ErrorAfter  Kind = "error_after"  // 500, but done
	HangBefore  Kind = "hang_before"  // no answer and nothing done
	HangAfter   Kind = "hang_after"   // no answer, but done
	BreakAfter  Kind = "break_after"  // the connection breaks after it is done
	Gateway     Kind = "gateway"      // 502 with a page of HTML, done
	Huge        Kind = "huge"         // an answer that does not end, done
	RateLimit   Kind = "rate_limit"   // 429
	Inactive    Kind = "inactive"     // APIConnect INACTIVE, nothing done
	Invalid     Kind = "invalid"      // APIConnect INVALID_REQUEST, nothing done
	Behind      Kind = "behind"       // the transaction query does not have it yet
	WrongAmount Kind = "wrong_amount" // the answer tells of one taka less
	WrongOrder  Kind = "wrong_order"  // the answer is about another tran_id
	WrongMoney  Kind = "wrong_money"  // the answer is in another currency
	OddStatus   Kind = "odd_status"   // a status that is in no list
	Refusal     Kind = "refusal"      // the answer to a refund is failed, though done
	OtherRefund Kind = "other_refund" // the answer to a refund is that another one is under way, nothing done
)

// Fault goes wrong at the next requests that have a field: total_amount is that of a session, val_id of a validation,
// tran_id of a session and of the transaction query, refund_trans_id of a refund, refund_ref_id of a question about one.
type Fault struct {
	Field string
	Kind  Kind
	Times int // 0 means once, below 0 always

	answer answer // that was made up when the request came
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

func (s *Server) takeFault(c *call) Fault {
	for i := range s.faults {
		f := &s.faults[i]
		if f.Times == 0 || c.fields[f.Field] == "" {
			continue
		}
		f.Times--
		if taken := *f; taken.Kind != OtherRefund {
			return taken
		}
		last := answer{"APIConnect": "DONE", "bank_tran_id": c.fields["bank_tran_id"], "status": "processing", "errorReason": ""}
		if n := len(s.refunds); n > 0 {
			last["refund_ref_id"] = s.refunds[n-1].ref
		}
		return Fault{Kind: OtherRefund, answer: last}
	}
	return Fault{}
}

// before goes wrong ahead of the request and reports whether that was the answer.
func (f Fault) before(w http.ResponseWriter, r *http.Request) bool {
	switch f.Kind { //nolint:exhaustive // the others go wrong later
	case ErrorBefore:
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
	case RateLimit:
		http.Error(w, "Too Many Requests", http.StatusTooManyRequests)
	case Inactive:
		reply(w, answer{"APIConnect": "INACTIVE", "status": "FAILED", "failedreason": "Store is De-active"})
	case Invalid:
		reply(w, answer{"APIConnect": "INVALID_REQUEST", "status": "FAILED", "failedreason": "Invalid Information"})
	case HangBefore:
		<-r.Context().Done()
	case OtherRefund:
		reply(w, f.answer)
	default:
		return false
	}
	return true
}

// after goes wrong when the request was carried out.
func (f Fault) after(w http.ResponseWriter, r *http.Request) bool {
	switch f.Kind { //nolint:exhaustive // the others went wrong before, or change the answer
	case ErrorAfter:
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
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
	default:
		return false
	}
	return true
}

// change makes an answer wrong, with all that it lists.
func (f Fault) change(a answer) {
	list, _ := a["element"].([]answer)
	if f.Kind == Behind {
		a["no_of_trans_found"], a["element"] = 0, ""
		return
	}
	for _, one := range append(list, a) {
		amount, _ := one["amount"].(string)
		minor, ok := minorOf(amount)
		switch {
		case f.Kind == WrongAmount && ok:
			one["amount"] = decimal(minor - 100)
		case f.Kind == WrongOrder && one["tran_id"] != nil:
			one["tran_id"] = "somebody-elses"
		case f.Kind == WrongMoney && ok:
			one["currency_type"] = "USD"
		case f.Kind == OddStatus && one["status"] != nil:
			one["status"] = "SOMETHING"
		case f.Kind == Refusal && one["refund_ref_id"] != nil:
			one["status"], one["refund_ref_id"], one["errorReason"] = "failed", "", "Something went wrong"
		}
	}
}
