package fake

import (
	"crypto/rand"
	"net/http"
	"reflect"
	"strings"
	"time"
)

// Wishes in the recipient's postal code.
const (
	refused   = "0000" // rates exist, but the booking is declined
	undecided = "0001" // the carrier confirms after a while
)

// How long the carrier takes.
const (
	decides  = 150 * time.Millisecond // to confirm or cancel
	printing = 40 * time.Millisecond  // labels
)

type amount struct {
	Amount   int64  `json:"amount"` // minor units
	Currency string `json:"currency"`
}

type address struct {
	Name       string `json:"name,omitempty"`
	Line1      string `json:"line1,omitempty"`
	Line2      string `json:"line2,omitempty"`
	City       string `json:"city,omitempty"`
	Region     string `json:"region,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country"`
	Phone      string `json:"phone,omitempty"`
}

type line struct {
	Title    string `json:"title"`
	SKU      string `json:"sku,omitempty"`
	Quantity int64  `json:"quantity"`
	Price    amount `json:"price"` // of one
}

// goods are what is asked to be moved.
type goods struct {
	From  address `json:"from"`
	To    address `json:"to"`
	Items int64   `json:"items"`
	Grams int64   `json:"grams"`
	Value amount  `json:"value"`
}

// order is the request that books a shipment.
type order struct {
	goods
	Reference   string `json:"reference"` // the customer's own; one shipment each
	OrderNumber string `json:"order_number,omitempty"`
	Service     string `json:"service"`
	RateID      string `json:"rate_id,omitempty"`
	Return      bool   `json:"return,omitempty"`
	Lines       []line `json:"lines,omitempty"`
}

type step struct {
	At     time.Time `json:"at"`
	Status string    `json:"status"`
	Place  string    `json:"place,omitempty"`
	Text   string    `json:"text,omitempty"`
}

type decline struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// shipment is a parcel that was booked, as the journal keeps it.
type shipment struct {
	ID       string    `json:"id"`
	Account  string    `json:"account"`
	Mode     string    `json:"mode"`
	Order    order     `json:"order"`
	State    string    `json:"state"` // pending, confirmed, declined, cancelling, cancelled
	Decline  *decline  `json:"decline,omitempty"`
	Tracking string    `json:"tracking"`
	Charge   amount    `json:"charge"`
	Booked   time.Time `json:"booked"`
	Settles  time.Time `json:"settles"` // when pending or cancelling ends
	Steps    []step    `json:"steps"`
}

func (s *Server) keep(p *shipment) {
	s.shipments[p.ID] = p
	s.booked[bookedAs(caller{p.Account, p.Mode}, p.Order.Reference)] = p
}

func bookedAs(c caller, reference string) string {
	return c.account + "\x00" + c.mode + "\x00" + reference
}

// save writes a changed copy of a shipment and takes it over: what could not be written did not happen.
func (s *Server) save(p shipment) (*shipment, *problem) {
	if err := s.journal.write(&p); err != nil {
		return nil, &problem{http.StatusInternalServerError, "internal", "", "The carrier could not write it down."}
	}
	s.keep(&p)
	return &p, nil
}

// settled is the shipment as of now: what was asked for a while ago has happened meanwhile.
func (s *Server) settled(p *shipment) shipment {
	now := *p
	now.Steps = append([]step(nil), p.Steps...)
	if s.now().Before(p.Settles) {
		return now
	}
	switch p.State {
	case "pending":
		now.State = "confirmed"
		now.Steps = append(now.Steps, step{p.Settles, "label_created", p.Order.From.City, "Label created"})
	case "cancelling":
		now.State = "cancelled"
		now.Steps = append(now.Steps, step{p.Settles, "cancelled", p.Order.From.City, "Cancelled by the sender"})
	}
	return now
}

// create books a shipment. The reference makes it one: the same order again is answered with the shipment as it is now.
func (s *Server) create(c *call) (answer, *problem) {
	var o order
	if p := decode(c.body, &o); p != nil {
		return answer{}, p
	}
	if o.Reference == "" || len(o.Reference) > 64 {
		return answer{}, lacking("reference")
	}
	if p, again := s.booked[bookedAs(c.caller, o.Reference)]; again {
		if !reflect.DeepEqual(p.Order, o) {
			return answer{}, &problem{http.StatusConflict, "reference_reused", "reference", "Another order has this reference."}
		}
		return ok(s.toJSON(p))
	}
	charge, p := s.charge(o)
	if p != nil {
		return answer{}, p
	}
	booked, p := s.save(s.newShipment(c.caller, o, charge))
	if p != nil {
		return answer{}, p
	}
	return answer{status: http.StatusCreated, body: s.toJSON(booked)}, nil
}

func (s *Server) newShipment(c caller, o order, charge amount) shipment {
	now := s.now().UTC()
	p := shipment{
		ID: "shp_" + strings.ToLower(rand.Text()[:20]), Account: c.account, Mode: c.mode, Order: o, State: "confirmed",
		Tracking: trackingNumber(len(s.shipments)+1, o.From.Country), Charge: charge, Booked: now, Settles: now,
		Steps: []step{},
	}
	switch o.To.PostalCode {
	case refused:
		p.State, p.Tracking, p.Charge = "declined", "", amount{}
		p.Decline = &decline{"address_unserviceable", "The courier does not reach this address."}
	case undecided:
		p.State, p.Settles = "pending", now.Add(decides)
	default:
		p.Steps = []step{{now, "label_created", o.From.City, "Label created"}}
	}
	return p
}

// charge checks an order and returns its price: that of the rate it was promised, or else today's.
func (s *Server) charge(o order) (amount, *problem) {
	for name, text := range map[string]string{
		"from.name": o.From.Name, "from.line1": o.From.Line1, "from.city": o.From.City,
		"to.name": o.To.Name, "to.line1": o.To.Line1, "to.city": o.To.City,
	} {
		if strings.TrimSpace(text) == "" {
			return amount{}, lacking(name)
		}
	}
	for end, a := range map[string]address{"from": o.From, "to": o.To} {
		if text := strings.Join(a.lines(), ""); printable(text) != text {
			return amount{}, &problem{http.StatusUnprocessableEntity, "invalid", end, "The address has letters that the label cannot show: write it in Latin letters."}
		}
	}
	if o.RateID != "" {
		return promised(o)
	}
	offers, p := o.offers()
	if p != nil {
		return amount{}, p
	}
	for _, r := range offers {
		if r.Service == o.Service {
			return r.Price, nil
		}
	}
	return amount{}, &problem{http.StatusUnprocessableEntity, "invalid", "service", "There is no such service for this parcel."}
}

func lacking(param string) *problem {
	return &problem{http.StatusUnprocessableEntity, "invalid", param, param + " is required."}
}

// find answers a list, which is empty when nothing was ever booked under the reference.
func (s *Server) find(c *call) (answer, *problem) {
	reference := c.request.URL.Query().Get("reference")
	if reference == "" {
		return answer{}, lacking("reference")
	}
	found := []any{}
	if p, known := s.booked[bookedAs(c.caller, reference)]; known {
		found = append(found, s.toJSON(p))
	}
	return ok(map[string]any{"shipments": found})
}

// onShipment finds the shipment of the path. Those of others do not exist.
func (s *Server) onShipment(do func(c *call, p *shipment) (answer, *problem)) func(c *call) (answer, *problem) {
	return func(c *call) (answer, *problem) {
		p, known := s.shipments[c.request.PathValue("id")]
		if !known || p.Account != c.caller.account || p.Mode != c.mode {
			return answer{}, &problem{http.StatusNotFound, "not_found", "", "There is no such shipment."}
		}
		return do(c, p)
	}
}

func (s *Server) show(_ *call, p *shipment) (answer, *problem) { return ok(s.toJSON(p)) }

// cancel starts giving a shipment up. It takes a while, and is too late once the parcel moves.
func (s *Server) cancel(_ *call, p *shipment) (answer, *problem) {
	now := s.settled(p)
	switch now.State {
	case "cancelling", "cancelled", "declined":
		return ok(s.toJSON(p))
	}
	for _, e := range now.Steps {
		if e.Status != "label_created" {
			return answer{}, &problem{http.StatusConflict, "too_late", "", "The parcel is already on its way."}
		}
	}
	now.State, now.Settles = "cancelling", s.now().UTC().Add(decides)
	saved, problem := s.save(now)
	if problem != nil {
		return answer{}, problem
	}
	return answer{status: http.StatusAccepted, body: s.toJSON(saved)}, nil
}

// toJSON is the shipment as the API shows it, with its steps in no order.
func (s *Server) toJSON(p *shipment) map[string]any {
	now := s.settled(p)
	steps := make([]step, 0, len(now.Steps))
	for i := range now.Steps {
		steps = append(steps, now.Steps[(i*7+1)%len(now.Steps)])
	}
	if len(now.Steps)%7 == 0 {
		steps = now.Steps
	}
	out := map[string]any{
		"id": now.ID, "mode": now.Mode, "reference": now.Order.Reference, "state": now.State, "events": steps,
		"tracking_number": now.Tracking, "tracking_url": "", "charge": now.Charge,
	}
	if now.Tracking != "" {
		out["tracking_url"] = "https://track.parcelpost.example/" + now.Tracking
	}
	if now.Decline != nil {
		out["decline"] = now.Decline
	}
	return out
}
