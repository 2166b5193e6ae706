package fake

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// Books are what the carrier really did under one reference.
type Books struct {
	Bookings  int `json:"bookings"`
	Cancelled int `json:"cancelled"`
}

// Books looks up a reference in all accounts.
func (s *Server) Books(reference string) Books {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b Books
	for _, p := range s.shipments {
		if p.Order.Reference != reference {
			continue
		}
		b.Bookings++
		if s.settled(p).State == "cancelled" {
			b.Cancelled++
		}
	}
	return b
}

// Move scans a parcel: it has the status from now on, or at another time when one is given.
func (s *Server) Move(id, status, place string, at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, known := s.shipments[id]
	if !known {
		return false
	}
	now := s.settled(p)
	if at.IsZero() {
		at = s.now()
	}
	now.Steps = append(now.Steps, step{at.UTC(), status, place, "Scanned"})
	_, problem := s.save(now)
	return problem == nil
}

// controls are for tests; a real carrier has nothing of the kind.
func (s *Server) controls() {
	control := func(pattern string, do func(body []byte, r *http.Request) (answer, *problem)) {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			a, p := do(body, r)
			if p != nil {
				a = p.toAnswer()
			}
			a.write(w)
		})
	}
	control("GET /_fake/books/{reference}", func(_ []byte, r *http.Request) (answer, *problem) {
		return ok(s.Books(r.PathValue("reference")))
	})
	control("POST /_fake/shipments/{id}/move", s.moveOnRequest)
	control("POST /_fake/shipments/{id}/webhook", s.hookOnRequest)
	control("POST /_fake/faults", func(body []byte, _ *http.Request) (answer, *problem) {
		var f Fault
		if p := decode(body, &f); p != nil {
			return answer{}, p
		}
		s.Inject(f)
		return ok(map[string]any{})
	})
	control("DELETE /_fake/faults", func([]byte, *http.Request) (answer, *problem) {
		s.Heal()
		return ok(map[string]any{})
	})
}

func (s *Server) moveOnRequest(body []byte, r *http.Request) (answer, *problem) {
	var move struct {
		Status string    `json:"status"`
		Place  string    `json:"place"`
		At     time.Time `json:"at"`
	}
	if p := decode(body, &move); p != nil {
		return answer{}, p
	}
	if !s.Move(r.PathValue("id"), move.Status, move.Place, move.At) {
		return answer{}, &problem{http.StatusNotFound, "not_found", "", "There is no such shipment."}
	}
	return ok(map[string]any{})
}

// hookOnRequest makes the webhook that the carrier would send now.
func (s *Server) hookOnRequest(body []byte, r *http.Request) (answer, *problem) {
	var ask struct {
		Event  string `json:"event"`
		Now    string `json:"now"` // seconds
		Mode   string `json:"mode"`
		Secret string `json:"secret"`
	}
	if p := decode(body, &ask); p != nil {
		return answer{}, p
	}
	seconds, err := strconv.ParseInt(ask.Now, 10, 64)
	if err != nil {
		return answer{}, lacking("now")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, known := s.shipments[r.PathValue("id")]
	if !known {
		return answer{}, &problem{http.StatusNotFound, "not_found", "", "There is no such shipment."}
	}
	h, err := s.hook(p, ask.Event, ask.Secret, ask.Mode, time.Unix(seconds, 0))
	if err != nil {
		return answer{}, &problem{http.StatusUnprocessableEntity, "invalid", "secret", err.Error()}
	}
	return ok(h)
}
