package inventory

import (
	"time"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
)

// Policy is what a vendor decides about the stock of a variant.
type Policy struct {
	Tracked bool
	Selling Selling
	Cap     *int64    // of backorders and pre-orders: how many more than are on hand; nil for any number
	ShipsAt time.Time // of pre-orders
	LowAt   *int64    // tell staff when no more than this is left; nil means the shop's own threshold
}

// Selling says what happens when nothing is on hand.
type Selling string

// The ways of selling.
const (
	Deny          Selling = "deny"
	SellBackorder Selling = "backorder"
	SellPreorder  Selling = "preorder"
)

// Settings is what a vendor decides about the stock of the whole shop.
type Settings struct {
	HoldMinutes int    // how long a checkout holds what is in the cart
	LowAt       *int64 // of variants without a threshold of their own; nil tells nobody
}

const (
	maxQuantity    = catalog.Unlimited
	maxPreorder    = 3 * 366 * 24 * time.Hour
	maxHoldMinutes = 120
)

// Check validates the settings. Errors: Invalid.
func (s Settings) Check() error {
	switch {
	case s.HoldMinutes < 1 || s.HoldMinutes > maxHoldMinutes:
		return fault.InvalidField("hold_minutes", "use 1 to 120 minutes")
	case s.LowAt != nil && (*s.LowAt < 0 || *s.LowAt > maxQuantity):
		return fault.InvalidField("low_at", "use 0 or more")
	}
	return nil
}

// Check validates a policy. Errors: ErrInvalid with the offending fields.
func (p Policy) Check(now time.Time) error {
	var bad []fault.Field
	add := func(path, message string) { bad = append(bad, fault.Field{Path: path, Message: message}) }
	switch p.Selling {
	case SellPreorder:
		if !p.ShipsAt.After(now) || p.ShipsAt.After(now.Add(maxPreorder)) {
			add("ships_at", "a pre-order needs a day to come, within three years")
		}
	case Deny, SellBackorder:
		if !p.ShipsAt.IsZero() {
			add("ships_at", "only a pre-order has a day on which it ships")
		}
	default:
		add("selling", "use deny, backorder or preorder")
	}
	if p.Cap != nil && (*p.Cap < 0 || *p.Cap > maxQuantity) {
		add("cap", "use 0 or more, or leave it out for any number")
	}
	if p.Cap != nil && p.Selling == Deny {
		add("cap", "only backorders and pre-orders have a cap")
	}
	if p.LowAt != nil && (*p.LowAt < 0 || *p.LowAt > maxQuantity) {
		add("low_at", "use 0 or more")
	}
	if bad == nil {
		return nil
	}
	return ErrInvalid.At(bad...)
}

// Equal reports that two policies say the same.
func (p Policy) Equal(o Policy) bool {
	return p.Tracked == o.Tracked && p.Selling == o.Selling && same(p.Cap, o.Cap) && p.ShipsAt.Equal(o.ShipsAt) && same(p.LowAt, o.LowAt)
}

func same(a, b *int64) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

// Policy returns what the vendor has decided. What a variant on sale only while it is there once had as a cap or day is
// not part of it.
func (s State) Policy() Policy {
	p := Policy{Tracked: s.Stock.Tracked, Selling: Deny, LowAt: s.OwnLowAt}
	switch {
	case !s.Stock.Continue:
		return p
	case s.Stock.ShipsAt.IsZero():
		p.Selling = SellBackorder
	default:
		p.Selling = SellPreorder
	}
	p.Cap, p.ShipsAt = s.Stock.Cap, s.Stock.ShipsAt
	return p
}

// Decide gives the variant another policy. Errors: ErrBundle, ErrOversold when more is already sold than it would allow.
func (s State) Decide(p Policy) (State, error) {
	if s.Bundled {
		return s, ErrBundle
	}
	s.Stock.Tracked, s.Stock.Continue, s.Stock.Cap, s.Stock.ShipsAt = p.Tracked, p.Selling != Deny, p.Cap, p.ShipsAt
	s.OwnLowAt = p.LowAt
	if left, limited := s.Stock.Left(); limited && left < 0 {
		return s, ErrOversold.Saying("%d more are already sold than this would allow", -left)
	}
	s.Revision++
	return s, nil
}
