package catalog

// Unlimited stands for stock that is not counted.
const Unlimited = int64(1_000_000_000)

// Availability is what a shopper is told about getting something.
type Availability string

// The availabilities.
const (
	InStock    Availability = "in_stock"
	Backorder  Availability = "backorder" // it is sent when it comes in
	Preorder   Availability = "preorder"  // it is sent on a known day
	OutOfStock Availability = "out_of_stock"
)

// Available returns how many can be sold now; for untracked variants and uncapped backorders a number above any order's
// limit.
func (s StockPolicy) Available() int64 {
	left, limited := s.Left()
	if !limited {
		return Unlimited
	}
	return max(left-s.Held, 0)
}

// Left returns how many may still be sold, holds of carts aside; below zero when more was sold than is allowed by now.
// It is not limited when stock does not count.
func (s StockPolicy) Left() (left int64, limited bool) {
	switch {
	case !s.Tracked, s.Continue && s.Cap == nil:
		return 0, false
	case s.Continue:
		return s.OnHand - s.Reserved + *s.Cap, true
	}
	return s.OnHand - s.Reserved, true
}

// Shelf returns how many could be sent now to whoever comes next.
func (s StockPolicy) Shelf() int64 {
	if !s.Tracked {
		return Unlimited
	}
	return max(s.OnHand-s.Reserved-s.Held, 0)
}

// For says what somebody is told who wants a quantity.
func (s StockPolicy) For(quantity int64) Availability {
	switch {
	case s.Available() < quantity:
		return OutOfStock
	case s.Shelf() >= quantity:
		return InStock
	case s.ShipsAt.IsZero():
		return Backorder
	}
	return Preorder
}
